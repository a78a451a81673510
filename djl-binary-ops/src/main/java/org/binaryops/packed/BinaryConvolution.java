/*
 * Copyright 2026 the djl-binary-ops authors
 *
 * Licensed under the Apache License, Version 2.0 (the "License");
 * you may not use this file except in compliance with the License.
 * You may obtain a copy of the License at
 *
 *     https://www.apache.org/licenses/LICENSE-2.0
 *
 * Unless required by applicable law or agreed to in writing, software
 * distributed under the License is distributed on an "AS IS" BASIS,
 * WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
 * See the License for the specific language governing permissions and
 * limitations under the License.
 */
package org.binaryops.packed;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import org.binaryops.packed.kernel.BinaryMatrix;
import org.binaryops.packed.kernel.Kernels;
import org.binaryops.packed.kernel.TernaryMatrix;

/**
 * The binary convolution: accumulators of the products of an image of bits with weights that are
 * ±1, or −1, 0 and +1. Padding counts as 0, as in the layers of an engine, so that the accumulators
 * are those of the trained layer.
 *
 * <p>Ternary weights are two planes of bits: the first is set where the weight is +1, the second
 * where it is not 0.
 */
public final class BinaryConvolution extends Operation {

    static final int CODE = 15;

    private final Window window;
    private final int units;
    private final int groups;
    private final int planes;
    private final int inputs;
    private final long[] weights;
    private final BitRows gathering;

    /** Gathers where neighbouring positions share columns, else null. */
    private final BitColumns columns;

    private final PaddingCorrection correction;

    /** For each group its weights; of the two one is null. */
    private final BinaryMatrix[] binary;

    private final TernaryMatrix[] ternary;

    /** The products if the convolution is depthwise, else null. */
    private final DepthwiseProducts depthwise;

    /**
     * Creates the operation.
     *
     * @param window where the kernel lies
     * @param units the number N of filters
     * @param groups the number of groups, a divisor of the channels and the filters
     * @param planes 1 for weights ±1, 2 for weights −1, 0 and +1
     * @param weights the weights, a plane after the other, N rows each of ⌈K/64⌉ words; K are the
     *     kernel positions times the channels of a group, of which the channels lie side by side.
     *     Bit k mod 64 of word k/64 of a row is set for +1; bits past K are clear
     * @throws IllegalArgumentException if the sizes do not fit or bits are set that must be clear
     */
    public BinaryConvolution(Window window, int units, int groups, int planes, long[] weights) {
        this.window = window;
        this.units = ValueType.checkWidth("units", units);
        this.groups = ValueType.checkWidth("groups", groups);
        this.planes = planes;
        if (window.channels() % groups != 0 || units % groups != 0 || planes < 1 || planes > 2) {
            throw new IllegalArgumentException(
                    String.format(
                            "there is no binary convolution of %d channels and %d units in %d"
                                    + " groups with %d planes",
                            window.channels(), units, groups, planes));
        }
        inputs = window.taps() * (window.channels() / groups);
        int words = ValueType.words(inputs);
        this.weights = weights.clone();
        if (weights.length != (long) planes * units * words) {
            throw new IllegalArgumentException(
                    "expected "
                            + (long) planes * units * words
                            + " words of weights, but got "
                            + weights.length);
        }
        window.output(ValueType.Kind.ACCUMULATORS, units, inputs);
        checkTail(this.weights, planes * units, inputs);
        for (int i = 0; planes == 2 && i < units * words; ++i) {
            if ((this.weights[i] & ~this.weights[units * words + i]) != 0) {
                throw new IllegalArgumentException("a ternary weight is both +1 and 0");
            }
        }
        gathering = new BitRows(window, groups);
        columns = planes == 1 ? BitColumns.of(window, groups) : null;
        correction =
                window.reachesOutside() ? new PaddingCorrection(window, tapSums(), units) : null;
        binary = planes == 1 ? new BinaryMatrix[groups] : null;
        ternary = planes == 2 ? new TernaryMatrix[groups] : null;
        boolean single = groups > 1 && groups == units && groups == window.channels();
        depthwise = single && planes == 1 ? new DepthwiseProducts(window, this.weights) : null;
        int perGroup = units / groups;
        for (int g = 0; depthwise == null && g < groups; ++g) {
            int from = g * perGroup * words;
            long[] first = Arrays.copyOfRange(this.weights, from, from + perGroup * words);
            if (planes == 1) {
                first = columns == null ? first : columns.arranged(first);
                binary[g] = Kernels.get().binary(first, perGroup, inputs);
            } else {
                from += units * words;
                long[] second = Arrays.copyOfRange(this.weights, from, from + perGroup * words);
                ternary[g] = Kernels.get().ternary(first, second, perGroup, inputs);
            }
        }
    }

    /** Bits past the last: their products must vanish from every population count. */
    static void checkTail(long[] rows, int count, int bits) {
        int words = ValueType.words(bits);
        long beyond = (bits & 63) == 0 ? 0 : -1L << bits;
        for (int row = 0; row < count; ++row) {
            if ((rows[(row + 1) * words - 1] & beyond) != 0) {
                throw new IllegalArgumentException(
                        "unit " + row + " has a bit set past its " + bits + " weights");
            }
        }
    }

    /** For each unit and kernel position the sum of the weights over the channels. */
    private int[] tapSums() {
        int taps = window.taps();
        int channels = inputs / taps;
        int[] sums = new int[units * taps];
        for (int n = 0; n < units; ++n) {
            for (int tap = 0; tap < taps; ++tap) {
                int words = ValueType.words(inputs);
                int positive = count(n * words, tap * channels, channels);
                int all =
                        planes == 1
                                ? channels
                                : count((units + n) * words, tap * channels, channels);
                sums[n * taps + tap] = 2 * positive - all;
            }
        }
        return sums;
    }

    private int count(int row, int from, int bits) {
        int count = 0;
        for (int done = 0; done < bits; ) {
            int at = from + done;
            int some = Math.min(bits - done, 64 - (at & 63));
            long mask = some == 64 ? -1L : (1L << some) - 1;
            count += Long.bitCount(weights[row + (at >>> 6)] >>> at & mask);
            done += some;
        }
        return count;
    }

    /**
     * Returns where the kernel lies.
     *
     * @return the window
     */
    public Window window() {
        return window;
    }

    /**
     * Returns the number of filters.
     *
     * @return the number of filters, N
     */
    public int units() {
        return units;
    }

    /**
     * Returns the number of groups.
     *
     * @return the number of groups
     */
    public int groups() {
        return groups;
    }

    /**
     * Returns one weight.
     *
     * @param unit the index of the filter
     * @param input the index of the input, kernel position times channels of a group plus channel
     * @return −1, 0 or +1
     */
    public int weight(int unit, int input) {
        int words = ValueType.words(inputs);
        int word = unit * words + (input >>> 6);
        if (planes == 2 && (weights[units * words + word] >>> input & 1) == 0) {
            return 0;
        }
        return (weights[word] >>> input & 1) == 0 ? -1 : 1;
    }

    int planes() {
        return planes;
    }

    /** The weights as they were given; not to be changed. */
    long[] words() {
        return weights;
    }

    @Override
    int code() {
        return CODE;
    }

    @Override
    ValueType output(List<ValueType> types) {
        single(types).require(ValueType.Kind.BITS, window, "BinaryConvolution");
        return window.output(ValueType.Kind.ACCUMULATORS, units, inputs);
    }

    @Override
    void run(Scratch scratch, int[] in, int out, int rows) {
        int positions = window.positions();
        for (int row = 0; row < rows; ++row) {
            int end = (row + 1) * positions;
            for (int p = row * positions; p < end; p += tile()) {
                run(scratch, in, out, p, Math.min(p + tile(), end));
            }
        }
    }

    @Override
    void run(Scratch scratch, int[] in, int out, int from, int to) {
        int row = from / window.positions();
        int image = row * scratch.types[in[0]].words();
        int position = from - row * window.positions();
        int[] sums = scratch.accumulators[out];
        accumulate(scratch, scratch.bits[in[0]], image, position, to - from, sums, from * units);
    }

    /** Gathered rows stay in the first cache too. */
    @Override
    int tile() {
        return columns == null
                ? Math.max(1, Math.min(super.tile(), 2048 / gathering.words()))
                : columns.tile(super.tile());
    }

    /** Computes the accumulators of some output positions. */
    void accumulate(
            Scratch scratch, long[] image, int from, int position, int count, int[] to, int at) {
        if (columns == null) {
            multiplyRows(scratch, image, from, position, count, to, at);
        } else {
            multiplyColumns(scratch, image, from, position, count, to, at);
        }
        if (correction != null) {
            correction.add(position, count, to, at);
        }
    }

    private void multiplyColumns(
            Scratch scratch, long[] image, int from, int position, int count, int[] to, int at) {
        int width = window.outputWidth();
        int row = position / width;
        int column = position % width;
        long[] gathered = scratch.words(columns.words(width));
        for (int done = 0; done < count; ++row, column = 0) {
            int some = Math.min(count - done, width - column);
            columns.gather(image, from, row, column, some, gathered);
            binary[0].multiply(gathered, 0, columns.stride(), some, to, at + done * units, units);
            done += some;
        }
    }

    private void multiplyRows(
            Scratch scratch, long[] image, int from, int position, int count, int[] to, int at) {
        int words = gathering.words();
        long[] rows = image;
        int first = from + position * words;
        int perGroup = units / groups;
        boolean direct = isDirect();
        if (depthwise != null) {
            depthwise.accumulate(scratch, image, from, position, count, to, at);
        }
        for (int g = 0; depthwise == null && g < groups; ++g) {
            if (!direct) {
                rows = scratch.words(tile() * words);
                first = 0;
                gathering.gather(image, from, g, position, count, rows);
            }
            int group = at + g * perGroup;
            if (planes == 1) {
                binary[g].multiply(rows, first, words, count, to, group, units);
            } else {
                ternary[g].multiply(rows, first, words, count, to, group, units);
            }
        }
    }

    /** Whether the bits of the input are the rows already. */
    private boolean isDirect() {
        if (groups > 1) {
            return false;
        }
        boolean dense = (window.channels() & 63) == 0 || window.inputPositions() == 1;
        return window.isPointwise() || window.isWhole() && dense;
    }

    @Override
    long binaryWeights() {
        return (long) units * inputs;
    }

    @Override
    long binaryProducts() {
        return (long) planes * units * inputs * window.positions();
    }

    @Override
    long bodyBytes() {
        return Window.BYTES + 12 + 8L * weights.length;
    }

    @Override
    void write(ByteBuffer body) {
        window.write(body);
        body.putInt(units).putInt(groups).putInt(planes);
        for (long word : weights) {
            body.putLong(word);
        }
    }

    static BinaryConvolution read(BodyReader body) throws PackedFormatException {
        body.atLeast(Window.BYTES + 12);
        Window window = Window.read(body);
        int units = body.width("units");
        int groups = body.width("groups");
        int planes = body.width("planes");
        long inputs = (long) window.taps() * (window.channels() / groups);
        long words = units * ((inputs + 63) / 64) * Math.min(planes, 2);
        body.expect(Window.BYTES + 12 + 8 * words);
        return new BinaryConvolution(window, units, groups, planes, body.longs((int) words));
    }

    /** {@inheritDoc} */
    @Override
    public String toString() {
        return (planes == 1 ? "BinaryConvolution  " : "TernaryConvolution ")
                + window
                + ", "
                + units
                + " units"
                + (groups == 1 ? "" : ", " + groups + " groups");
    }
}
