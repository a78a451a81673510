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
import org.binaryops.packed.kernel.BitPlanes;
import org.binaryops.packed.kernel.ByteMatrix;
import org.binaryops.packed.kernel.Kernels;
import org.binaryops.packed.kernel.TernaryMatrix;

/**
 * A convolution in whole numbers: accumulators \(a_n = \sum_k w_{nk} (x_k - z)\) of unsigned inputs
 * x of 1 to 8 bits with the zero point z and weights of 1 to 8 bits. Padding is the zero point,
 * whose products vanish. A fully connected layer has a window of the size of its image.
 *
 * <p>Weights ±1 and −1, 0, +1 are multiplied in planes of bits, others as bytes.
 */
public final class IntegerConvolution extends Operation {

    static final int CODE = 21;

    /** Sums of products in planes have room up to here, whatever the weights. */
    private static final int MAX_INPUTS = 1 << 20;

    private static final int HEAD = Window.BYTES + 20;

    /** How many bytes are gathered at once. */
    private static final int TILE = 1 << 14;

    /** Up to so many planes, ternary weights are faster in bits than in bytes. */
    private static final int TERNARY_PLANES = 4;

    private final Window window;
    private final int groups;
    private final int largest;
    private final int zeroPoint;
    private final IntegerWeights weights;
    private final int bound;

    /** How many planes of bits the inputs are taken apart into; 0 if they stay bytes. */
    private final int planes;

    /** For each group its weights; of the three arrays one is there. */
    private BinaryMatrix[] binary;

    private TernaryMatrix[] ternary;
    private ByteMatrix[] bytes;

    /** Whether the weights are bytes; else their levels less 128 are. */
    private final boolean plain;

    /**
     * Creates the operation.
     *
     * @param window where the kernel lies
     * @param groups the number of groups, a divisor of the channels and the units
     * @param largest the largest input, 1 to 255
     * @param zeroPoint the input z that stands for 0, −255 to 255; with padding an input, 0 to 255
     * @param weights the weights; the inputs of a unit are the kernel positions times the channels
     *     of a group, of which the channels lie side by side
     * @throws IllegalArgumentException if the sizes do not fit, or if an accumulator could be 2³⁰
     *     or more
     */
    public IntegerConvolution(
            Window window, int groups, int largest, int zeroPoint, IntegerWeights weights) {
        this.window = window;
        this.groups = ValueType.checkWidth("groups", groups);
        this.largest = Quantize.checkLevels(largest + 1L) - 1;
        this.zeroPoint = zeroPoint;
        this.weights = weights;
        if (window.channels() % groups != 0
                || weights.units() % groups != 0
                || weights.inputs() != window.taps() * (window.channels() / groups)) {
            throw new IllegalArgumentException(
                    String.format(
                            "there is no convolution of %d channels and %d units of %d inputs in %d"
                                    + " groups",
                            window.channels(), weights.units(), weights.inputs(), groups));
        }
        if (zeroPoint < -255 || zeroPoint > 255 || zeroPoint < 0 && window.reachesOutside()) {
            throw new IllegalArgumentException(
                    "the zero point cannot be " + zeroPoint + " for " + window);
        }
        long most = bound(weights, largest, zeroPoint);
        if (most >= 1 << 30 || weights.inputs() > MAX_INPUTS) {
            throw new IllegalArgumentException(
                    "accumulators of "
                            + weights.inputs()
                            + " products up to "
                            + most
                            + " have no place in an integer");
        }
        bound = (int) most;
        window.output(ValueType.Kind.ACCUMULATORS, weights.units(), bound);
        int bits = Integer.SIZE - Integer.numberOfLeadingZeros(Math.max(largest, zeroPoint));
        boolean signs = weights.isSigns();
        boolean few = bits <= TERNARY_PLANES && weights.isTernary();
        planes = signs || few ? bits : 0;
        plain = planes > 0 || weights.areBytes();
        layOut(signs, few);
    }

    /**
     * Returns how large an accumulator can be.
     *
     * @param weights the weights
     * @param largest the largest input
     * @param zeroPoint the zero point
     * @return a bound of the absolute value
     */
    public static long bound(IntegerWeights weights, int largest, int zeroPoint) {
        return weights.largestSum() * Math.max(Math.abs(zeroPoint), Math.abs(largest - zeroPoint));
    }

    private void layOut(boolean signs, boolean few) {
        int perGroup = weights.units() / groups;
        int inputs = weights.inputs();
        binary = signs ? new BinaryMatrix[groups] : null;
        ternary = few ? new TernaryMatrix[groups] : null;
        bytes = signs || few ? null : new ByteMatrix[groups];
        Kernels kernels = Kernels.get();
        for (int g = 0; g < groups; ++g) {
            int from = g * perGroup;
            int to = from + perGroup;
            if (signs) {
                binary[g] = kernels.binary(weights.positive(from, to), perGroup, inputs);
            } else if (few) {
                long[] nonzero = weights.nonzero(from, to);
                ternary[g] = kernels.ternary(weights.positive(from, to), nonzero, perGroup, inputs);
            } else {
                bytes[g] = kernels.bytes(weights.bytes(from, to), perGroup, inputs);
            }
        }
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
     * Returns the weights.
     *
     * @return the weights
     */
    public IntegerWeights weights() {
        return weights;
    }

    /**
     * Returns the input that stands for 0.
     *
     * @return the zero point
     */
    public int zeroPoint() {
        return zeroPoint;
    }

    @Override
    int code() {
        return CODE;
    }

    @Override
    ValueType output(List<ValueType> inputs) {
        ValueType input = single(inputs);
        input.require(ValueType.Kind.BYTES, window, "IntegerConvolution");
        if (input.fanIn() != largest) {
            throw new IllegalArgumentException(
                    "IntegerConvolution takes bytes up to "
                            + largest
                            + " but is given bytes up to "
                            + input.fanIn());
        }
        return window.output(ValueType.Kind.ACCUMULATORS, weights.units(), bound);
    }

    @Override
    void run(Scratch scratch, int[] in, int out, int rows) {
        int width = weights.inputs();
        int units = weights.units();
        int positions = window.positions();
        int imageSize = window.inputPositions() * window.channels();
        byte[] x = scratch.bytes[in[0]];
        int[] to = scratch.accumulators[out];
        int tile = Math.max(1, Math.min(positions, TILE / width));
        boolean direct = groups == 1 && (window.isPointwise() || window.isWhole());
        if (direct && positions == 1) {
            multiply(scratch, 0, x, 0, rows, to, 0);
            return;
        }
        int perGroup = units / groups;
        for (int row = 0; row < rows; ++row) {
            for (int p = 0; p < positions; p += tile) {
                int some = Math.min(tile, positions - p);
                int at = (row * positions + p) * units;
                for (int g = 0; g < groups; ++g) {
                    if (direct) {
                        multiply(scratch, g, x, row * imageSize + p * width, some, to, at);
                    } else {
                        byte[] gathered = scratch.octets(tile * width);
                        gather(x, row * imageSize, g, p, some, gathered);
                        multiply(scratch, g, gathered, 0, some, to, at + g * perGroup);
                    }
                }
            }
        }
    }

    /** Multiplies rows of inputs with the weights of a group. */
    private void multiply(
            Scratch scratch, int group, byte[] x, int from, int rows, int[] to, int at) {
        int width = weights.inputs();
        int units = weights.units();
        if (planes == 0) {
            bytes[group].multiply(x, from, width, rows, zeroPoint, to, at, units);
            if (!plain) {
                addCenters(group, x, from, rows, to, at);
            }
            return;
        }
        long[] bits = scratch.words(rows * planes * ValueType.words(width));
        BitPlanes.split(x, from, width, rows, width, planes, bits, 0);
        if (binary != null) {
            binary[group].multiplyPlanes(bits, 0, planes, zeroPoint, rows, to, at, units);
        } else {
            ternary[group].multiplyPlanes(bits, 0, planes, zeroPoint, rows, to, at, units);
        }
    }

    /** Turns sums of levels less 128 into sums of weights. */
    private void addCenters(int group, byte[] x, int from, int rows, int[] to, int at) {
        int width = weights.inputs();
        int units = weights.units();
        int perGroup = units / groups;
        for (int row = 0; row < rows; ++row) {
            int sum = -zeroPoint * width;
            for (int k = from + row * width; k < from + (row + 1) * width; ++k) {
                sum += x[k] & 0xff;
            }
            for (int n = 0; n < perGroup; ++n) {
                int i = at + row * units + n;
                to[i] = weights.distance() * to[i] + weights.center(group * perGroup + n) * sum;
            }
        }
    }

    /** Gathers what the kernel sees at some output positions into rows (im2row). */
    private void gather(byte[] image, int from, int group, int position, int count, byte[] rows) {
        int channels = window.channels();
        int some = channels / groups;
        int columns = window.outputWidth();
        int at = 0;
        for (int p = position; p < position + count; ++p) {
            int top = window.row(p / columns);
            int left = window.column(p % columns);
            for (int ky = 0; ky < window.kernelHeight(); ++ky) {
                int y = top + ky * window.dilationHeight();
                for (int kx = 0; kx < window.kernelWidth(); ++kx, at += some) {
                    int x = left + kx * window.dilationWidth();
                    if (y >= 0 && y < window.height() && x >= 0 && x < window.width()) {
                        int pixel = from + (y * window.width() + x) * channels + group * some;
                        System.arraycopy(image, pixel, rows, at, some);
                    } else {
                        Arrays.fill(rows, at, at + some, (byte) zeroPoint);
                    }
                }
            }
        }
    }

    private long products() {
        return (long) weights.units() * weights.inputs() * window.positions();
    }

    @Override
    long binaryWeights() {
        return binary == null ? 0 : (long) weights.units() * weights.inputs();
    }

    @Override
    long binaryProducts() {
        return products() * planes * (ternary == null ? 1 : 2);
    }

    @Override
    long floatProducts() {
        return planes == 0 ? products() : 0;
    }

    @Override
    long bodyBytes() {
        return HEAD + weights.bytes();
    }

    @Override
    void write(ByteBuffer body) {
        window.write(body);
        body.putInt(weights.units()).putInt(groups).putInt(largest).putInt(zeroPoint).putInt(0);
        weights.write(body);
    }

    static IntegerConvolution read(BodyReader body) throws PackedFormatException {
        body.atLeast(HEAD + 8);
        Window window = Window.read(body);
        int units = body.width("units");
        int groups = body.width("groups");
        int largest = body.integer();
        int zeroPoint = body.integer();
        body.zero();
        int inputs =
                ValueType.checkWidth("inputs", (long) window.taps() * (window.channels() / groups));
        if (inputs > MAX_INPUTS) {
            // Before memory is allocated: a few bits of a weight become 32, and few units many.
            throw new PackedFormatException("IntegerConvolution has " + inputs + " inputs");
        }
        IntegerWeights weights = IntegerWeights.read(body, units, inputs, HEAD);
        return new IntegerConvolution(window, groups, largest, zeroPoint, weights);
    }

    /** {@inheritDoc} */
    @Override
    public String toString() {
        return "IntegerConvolution "
                + window
                + ", "
                + weights.units()
                + " units"
                + (groups == 1 ? "" : ", " + groups + " groups")
                + ", weights of "
                + weights.bits()
                + (weights.bits() == 1 ? " bit" : " bits")
                + ", inputs to "
                + largest
                + (zeroPoint == 0 ? "" : ", zero point " + zeroPoint);
    }
}
