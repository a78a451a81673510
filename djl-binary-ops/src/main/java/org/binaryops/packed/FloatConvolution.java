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
import org.binaryops.packed.kernel.FloatMatrix;
import org.binaryops.packed.kernel.Kernels;

/**
 * A convolution in float: the first and the last layers of most binary networks, the 1×1
 * convolutions of shortcuts, and layers whose weights are binary or ternary but whose inputs are
 * not. A fully connected layer has a window of the size of its image.
 *
 * <p>The products are added in the order of the kernel positions, each rounded, then the bias. An
 * engine may add in another order, so that the last bits of its results differ.
 */
public final class FloatConvolution extends Operation {

    static final int CODE = 16;

    /** How many floats are gathered at once. */
    private static final int TILE = 4096;

    /** Up to so many floats are copied one by one. */
    private static final int SHORT_RUN = 32;

    private final Window window;
    private final int groups;
    private final FloatWeights weights;
    private final float[] bias;
    private final FloatMatrix[] matrices;

    /** The factors of sums to which only the bias is added. */
    private final float[] ones;

    /**
     * Creates the operation.
     *
     * @param window where the kernel lies
     * @param groups the number of groups, a divisor of the channels and the units
     * @param weights the weights; the inputs of a unit are the kernel positions times the channels
     *     of a group, of which the channels lie side by side
     * @param bias the biases of the units, finite, or no element for none
     * @throws IllegalArgumentException if the sizes do not fit or a number is not finite
     */
    public FloatConvolution(Window window, int groups, FloatWeights weights, float[] bias) {
        this.window = window;
        this.groups = ValueType.checkWidth("groups", groups);
        this.weights = weights;
        this.bias = bias.clone();
        int units = weights.units();
        if (window.channels() % groups != 0
                || units % groups != 0
                || weights.inputs() != window.taps() * (window.channels() / groups)
                || bias.length != 0 && bias.length != units) {
            throw new IllegalArgumentException(
                    String.format(
                            "there is no convolution of %d channels, %d units of %d inputs and %d"
                                    + " biases in %d groups",
                            window.channels(), units, weights.inputs(), bias.length, groups));
        }
        window.output(ValueType.Kind.FLOATS, units, 0);
        checkFinite("the biases", this.bias);
        ones = new float[bias.length];
        Arrays.fill(ones, 1);
        float[] values = weights.values();
        int perGroup = units / groups;
        matrices = new FloatMatrix[groups];
        for (int g = 0; g < groups; ++g) {
            int size = perGroup * weights.inputs();
            float[] some = Arrays.copyOfRange(values, g * size, (g + 1) * size);
            matrices[g] = Kernels.get().floats(some, perGroup, weights.inputs());
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
    public FloatWeights weights() {
        return weights;
    }

    @Override
    int code() {
        return CODE;
    }

    @Override
    ValueType output(List<ValueType> inputs) {
        single(inputs).require(ValueType.Kind.FLOATS, window, "FloatConvolution");
        return window.output(ValueType.Kind.FLOATS, weights.units(), 0);
    }

    @Override
    void run(Scratch scratch, int[] in, int out, int rows) {
        int positions = window.positions();
        if (positions == 1 && isDirect()) {
            float[] x = scratch.floats[in[0]];
            int at = scratch.offset[out];
            matrices[0].multiply(
                    x,
                    scratch.offset[in[0]],
                    weights.inputs(),
                    rows,
                    scratch.floats[out],
                    at,
                    weights.units());
            addBias(scratch.floats[out], at, rows);
            return;
        }
        for (int row = 0; row < rows; ++row) {
            int end = (row + 1) * positions;
            for (int p = row * positions; p < end; p += tile()) {
                run(scratch, in, out, p, Math.min(p + tile(), end));
            }
        }
    }

    @Override
    void run(Scratch scratch, int[] in, int out, int from, int to) {
        int width = weights.inputs();
        int units = weights.units();
        int row = from / window.positions();
        int position = from - row * window.positions();
        int image = scratch.offset[in[0]] + row * window.inputPositions() * window.channels();
        int at = scratch.offset[out] + from * units;
        boolean direct = isDirect();
        float[] x = scratch.floats[in[0]];
        int first = image + position * width;
        float[] sums = scratch.floats[out];
        for (int g = 0; g < groups; ++g) {
            if (!direct) {
                x = scratch.reals(tile() * width);
                first = 0;
                gather(scratch.floats[in[0]], image, g, position, to - from, x);
            }
            matrices[g].multiply(x, first, width, to - from, sums, at + g * units / groups, units);
        }
        addBias(sums, at, to - from);
    }

    private void addBias(float[] sums, int at, int positions) {
        if (bias.length > 0) {
            Kernels.get().affine(sums, at, positions, ones, bias, false);
        }
    }

    @Override
    int tile() {
        return Math.max(1, Math.min(super.tile(), TILE / weights.inputs()));
    }

    /** Whether the floats of the input are the rows already. */
    private boolean isDirect() {
        return groups == 1 && (window.isPointwise() || window.isWhole());
    }

    /** Gathers what the kernel sees at some output positions into rows (im2row). */
    private void gather(float[] image, int from, int group, int position, int count, float[] rows) {
        int columns = window.outputWidth();
        int outY = position / columns;
        int outX = position % columns;
        for (int done = 0; done < count; ++outY, outX = 0) {
            int some = Math.min(count - done, columns - outX);
            gatherLine(image, from, group, outY, outX, some, rows, done * weights.inputs());
            done += some;
        }
    }

    /** Positions of one row of the output. */
    private void gatherLine(
            float[] image,
            int from,
            int group,
            int outY,
            int outX,
            int count,
            float[] rows,
            int at) {
        int channels = window.channels();
        int some = channels / groups;
        int run = window.kernelWidth() * some;
        int width = weights.inputs();
        // Where the kernel lies inside, what it sees of a line is side by side in the image.
        int step = window.strideWidth();
        int left = window.column(outX);
        int lastX = window.width() - window.kernelWidth();
        boolean dense = groups == 1 && window.dilationWidth() == 1 && lastX >= 0;
        int begin = dense ? Math.min(count, Math.max(0, (step - 1 - left) / step)) : count;
        int end =
                dense
                        ? Math.max(begin, Math.min(count, Math.floorDiv(lastX - left, step) + 1))
                        : count;
        int y = window.row(outY);
        for (int ky = 0; ky < window.kernelHeight(); ++ky, at += run) {
            int line = from + y * window.width() * channels + group * some;
            if (y < 0 || y >= window.height()) {
                for (int p = 0; p < count; ++p) {
                    Arrays.fill(rows, at + p * width, at + p * width + run, 0);
                }
            } else {
                for (int p = 0; p < begin; ++p) {
                    gatherTaps(image, line, left + p * step, rows, at + p * width);
                }
                int inside = line + (left + begin * step) * channels;
                copyRuns(
                        image, inside, step * channels, run, rows, at + begin * width, end - begin);
                for (int p = end; p < count; ++p) {
                    gatherTaps(image, line, left + p * step, rows, at + p * width);
                }
            }
            y += window.dilationHeight();
        }
    }

    /** Copies a run of numbers for each of some positions. */
    private void copyRuns(
            float[] from, int first, int step, int run, float[] to, int at, int count) {
        int width = weights.inputs();
        if (run > SHORT_RUN) {
            for (int p = 0; p < count; ++p) {
                System.arraycopy(from, first + p * step, to, at + p * width, run);
            }
            return;
        }
        // One number of all positions, then the next: the runs are too short for a loop each.
        for (int i = 0; i < run; ++i) {
            for (int p = 0; p < count; ++p) {
                to[at + p * width + i] = from[first + p * step + i];
            }
        }
    }

    /** The positions of a row of the kernel one by one, from a column on that may be outside. */
    private void gatherTaps(float[] image, int line, int left, float[] rows, int at) {
        int some = window.channels() / groups;
        for (int kx = 0; kx < window.kernelWidth(); ++kx, at += some) {
            int x = left + kx * window.dilationWidth();
            if (x >= 0 && x < window.width()) {
                int pixel = line + x * window.channels();
                for (int c = 0; c < some; ++c) {
                    rows[at + c] = image[pixel + c];
                }
            } else {
                Arrays.fill(rows, at, at + some, 0);
            }
        }
    }

    @Override
    long binaryWeights() {
        return weights.form() == WeightForm.SIGNS ? (long) weights.units() * weights.inputs() : 0;
    }

    @Override
    long floatProducts() {
        return (long) weights.units() * weights.inputs() * window.positions();
    }

    @Override
    long bodyBytes() {
        return padded(Window.BYTES + 16) + weights.bytes() + padded(4L * bias.length);
    }

    @Override
    void write(ByteBuffer body) {
        window.write(body);
        body.putInt(weights.units()).putInt(groups).putInt(weights.form().ordinal());
        body.putInt(bias.length == 0 ? 0 : 1);
        body.position((int) padded(body.position()));
        weights.write(body);
        for (float value : bias) {
            body.putFloat(value);
        }
    }

    static FloatConvolution read(BodyReader body) throws PackedFormatException {
        body.atLeast(padded(Window.BYTES + 16));
        Window window = Window.read(body);
        int units = body.width("units");
        int groups = body.width("groups");
        WeightForm form = WeightForm.of(body.integer());
        int biases = body.flag("bias") ? units : 0;
        body.padding();
        int inputs =
                ValueType.checkWidth("inputs", (long) window.taps() * (window.channels() / groups));
        FloatWeights.checkSize((long) units * inputs);
        int factors = form == WeightForm.FLOATS ? 0 : units;
        body.expect(
                padded(Window.BYTES + 16)
                        + form.bytes(units, inputs)
                        + padded(4L * factors)
                        + padded(4L * biases));
        FloatWeights weights = FloatWeights.read(body, form, units, inputs);
        return new FloatConvolution(window, groups, weights, body.floats(biases));
    }

    /** {@inheritDoc} */
    @Override
    public String toString() {
        return "FloatConvolution   "
                + window
                + ", "
                + weights.units()
                + " units"
                + (groups == 1 ? "" : ", " + groups + " groups")
                + ", weights as "
                + weights.form().name().toLowerCase(java.util.Locale.ROOT);
    }
}
