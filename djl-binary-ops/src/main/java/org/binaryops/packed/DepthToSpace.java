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

/**
 * Puts the channels of each position beside each other as positions of a larger image, and cuts the
 * image out that is wanted. A transposed convolution with a stride is an ordinary one whose units
 * are the phases of its outputs, and this operation after it.
 *
 * <p>Channel (n·S + i)·T + j of the position (p, q), with the strides S and T, becomes channel n of
 * the position (S·p + i, T·q + j). Of that image the rows and columns before the first wanted ones
 * are left out; wanted ones beyond its end are zeros.
 */
public final class DepthToSpace extends Operation {

    static final int CODE = 23;

    private final int strideHeight;
    private final int strideWidth;
    private final int top;
    private final int left;
    private final int height;
    private final int width;

    /**
     * Creates the operation.
     *
     * @param strideHeight the rows that a position becomes, S
     * @param strideWidth the columns that a position becomes, T
     * @param top the first wanted row, 0 or more
     * @param left the first wanted column, 0 or more
     * @param height the number of wanted rows
     * @param width the number of wanted columns
     * @throws IllegalArgumentException if a number is out of range
     */
    public DepthToSpace(
            int strideHeight, int strideWidth, int top, int left, int height, int width) {
        ValueType.checkWidth(
                "the phases of a position",
                ValueType.checkWidth("a stride", strideHeight)
                        * (long) ValueType.checkWidth("a stride", strideWidth));
        if (top < 0 || top > ValueType.MAX_WIDTH || left < 0 || left > ValueType.MAX_WIDTH) {
            throw new IllegalArgumentException(
                    "the first wanted row and column must be between 0 and "
                            + ValueType.MAX_WIDTH
                            + ", but are "
                            + top
                            + " and "
                            + left);
        }
        ValueType.checkWidth(
                "the size of the output",
                ValueType.checkWidth("the height of the output", height)
                        * (long) ValueType.checkWidth("the width of the output", width));
        this.strideHeight = strideHeight;
        this.strideWidth = strideWidth;
        this.top = top;
        this.left = left;
        this.height = height;
        this.width = width;
    }

    /**
     * Returns the number of rows of the output.
     *
     * @return the number of rows
     */
    public int height() {
        return height;
    }

    /**
     * Returns the number of columns of the output.
     *
     * @return the number of columns
     */
    public int width() {
        return width;
    }

    @Override
    int code() {
        return CODE;
    }

    private int phases() {
        return strideHeight * strideWidth;
    }

    @Override
    ValueType output(List<ValueType> inputs) {
        ValueType input = single(inputs);
        boolean numbers =
                input.kind() == ValueType.Kind.FLOATS
                        || input.kind() == ValueType.Kind.ACCUMULATORS;
        if (!numbers || input.channels() % phases() != 0) {
            throw new IllegalArgumentException(
                    "DepthToSpace takes floats or accumulators, a multiple of "
                            + phases()
                            + " at each position, but is given "
                            + input);
        }
        return new ValueType(
                input.kind(), input.channels() / phases(), height, width, input.fanIn());
    }

    @Override
    void run(Scratch scratch, int[] in, int out, int rows) {
        ValueType input = scratch.types[in[0]];
        boolean integers = input.kind() == ValueType.Kind.ACCUMULATORS;
        int channels = scratch.types[out].channels();
        int phases = phases();
        int to = scratch.offset[out];
        for (int row = 0; row < rows; ++row) {
            int image = scratch.offset[in[0]] + row * input.size();
            for (int y = top; y < top + height; ++y) {
                int p = y / strideHeight;
                for (int x = left; x < left + width; ++x, to += channels) {
                    int q = x / strideWidth;
                    boolean inside = p < input.height() && q < input.width();
                    int phase = y % strideHeight * strideWidth + x % strideWidth;
                    int from = image + (p * input.width() + q) * input.channels() + phase;
                    if (integers) {
                        int[] a = inside ? scratch.accumulators[in[0]] : null;
                        take(a, from, phases, scratch.accumulators[out], to, channels);
                    } else {
                        float[] a = inside ? scratch.floats[in[0]] : null;
                        take(a, from, phases, scratch.floats[out], to, channels);
                    }
                }
            }
        }
    }

    /** Takes one phase of all channels; zeros of no image. */
    private static void take(int[] from, int at, int step, int[] to, int target, int count) {
        if (from == null) {
            Arrays.fill(to, target, target + count, 0);
            return;
        }
        for (int c = 0; c < count; ++c) {
            to[target + c] = from[at + c * step];
        }
    }

    private static void take(float[] from, int at, int step, float[] to, int target, int count) {
        if (from == null) {
            Arrays.fill(to, target, target + count, 0);
            return;
        }
        for (int c = 0; c < count; ++c) {
            to[target + c] = from[at + c * step];
        }
    }

    @Override
    long bodyBytes() {
        return 24;
    }

    @Override
    void write(ByteBuffer body) {
        body.putInt(strideHeight).putInt(strideWidth).putInt(top).putInt(left);
        body.putInt(height).putInt(width);
    }

    static DepthToSpace read(BodyReader body) throws PackedFormatException {
        body.expect(24);
        return new DepthToSpace(
                body.integer(),
                body.integer(),
                body.integer(),
                body.integer(),
                body.integer(),
                body.integer());
    }

    /** {@inheritDoc} */
    @Override
    public String toString() {
        return "DepthToSpace       "
                + strideHeight
                + "×"
                + strideWidth
                + " positions each -> "
                + height
                + "×"
                + width
                + (top + left > 0 ? " from (" + top + ", " + left + ")" : "");
    }
}
