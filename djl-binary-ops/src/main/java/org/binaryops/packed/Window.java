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

/**
 * Where the kernel of a convolution or a pooling lies on its input. A layer on vectors has an image
 * of 1×1 and a kernel of 1×1, one on sequences a height of 1.
 *
 * @param channels the number of channels of the input
 * @param height the number of rows of the input
 * @param width the number of columns of the input
 * @param kernelHeight the number of rows of the kernel
 * @param kernelWidth the number of columns of the kernel
 * @param strideHeight the step of the kernel from one row of the output to the next
 * @param strideWidth the step of the kernel from one column of the output to the next
 * @param paddingHeight the rows added above and below
 * @param paddingWidth the columns added at the left and at the right
 * @param dilationHeight the distance of two rows of the kernel
 * @param dilationWidth the distance of two columns of the kernel
 * @param outputHeight the number of rows of the output
 * @param outputWidth the number of columns of the output
 */
public record Window(
        int channels,
        int height,
        int width,
        int kernelHeight,
        int kernelWidth,
        int strideHeight,
        int strideWidth,
        int paddingHeight,
        int paddingWidth,
        int dilationHeight,
        int dilationWidth,
        int outputHeight,
        int outputWidth) {

    /** The size in a file. */
    static final int BYTES = 13 * 4;

    /**
     * Checks the sizes.
     *
     * @param channels the number of channels of the input
     * @param height the number of rows of the input
     * @param width the number of columns of the input
     * @param kernelHeight the number of rows of the kernel
     * @param kernelWidth the number of columns of the kernel
     * @param strideHeight the step of the kernel from one row of the output to the next
     * @param strideWidth the step of the kernel from one column of the output to the next
     * @param paddingHeight the rows added above and below
     * @param paddingWidth the columns added at the left and at the right
     * @param dilationHeight the distance of two rows of the kernel
     * @param dilationWidth the distance of two columns of the kernel
     * @param outputHeight the number of rows of the output
     * @param outputWidth the number of columns of the output
     * @throws IllegalArgumentException if a size is out of range or the output does not follow from
     *     the others
     */
    public Window {
        new ValueType(ValueType.Kind.FLOATS, channels, height, width, 0);
        ValueType.checkWidth("the height of the kernel", kernelHeight);
        ValueType.checkWidth("the width of the kernel", kernelWidth);
        ValueType.checkWidth(
                "the size of the kernel",
                ValueType.checkWidth("the kernel", (long) kernelHeight * kernelWidth)
                        * (long) channels);
        checkAxis(height, kernelHeight, strideHeight, paddingHeight, dilationHeight, outputHeight);
        checkAxis(width, kernelWidth, strideWidth, paddingWidth, dilationWidth, outputWidth);
        ValueType.checkWidth("the size of the output", (long) outputHeight * outputWidth);
    }

    private static void checkAxis(
            int size, int kernel, int stride, int padding, int dilation, int output) {
        ValueType.checkWidth("a stride", stride);
        ValueType.checkWidth("a dilation", dilation);
        if (padding < 0 || padding > ValueType.MAX_WIDTH) {
            throw new IllegalArgumentException(
                    "a padding must be between 0 and "
                            + ValueType.MAX_WIDTH
                            + ", but is "
                            + padding);
        }
        long room = size + 2L * padding - (dilation * (kernel - 1L) + 1);
        long floor = Math.floorDiv(room, (long) stride) + 1;
        // Pooling may round up, where its last window still begins inside the image.
        boolean up = output == floor + 1 && room % stride != 0 && floor * stride < size + padding;
        if (room < 0 && !up || output != floor && !up) {
            throw new IllegalArgumentException(
                    String.format(
                            "a kernel of %d with the stride %d, the padding %d and the dilation %d"
                                    + " does not give %d outputs of %d inputs",
                            kernel, stride, padding, dilation, output, size));
        }
    }

    /**
     * Returns the window of a layer on vectors.
     *
     * @param inputs the number of inputs
     * @return a window of 1×1
     */
    public static Window ofVector(int inputs) {
        return ofImage(inputs, 1, 1);
    }

    /**
     * Returns the window of a layer that takes a whole image at once.
     *
     * @param channels the number of channels
     * @param height the number of rows
     * @param width the number of columns
     * @return a window of the size of the image, with one output position
     */
    public static Window ofImage(int channels, int height, int width) {
        return new Window(channels, height, width, height, width, 1, 1, 0, 0, 1, 1, 1, 1);
    }

    /** The number of positions of the kernel. */
    int taps() {
        return kernelHeight * kernelWidth;
    }

    /** The number of positions of the output. */
    int positions() {
        return outputHeight * outputWidth;
    }

    /** The number of positions of the input. */
    int inputPositions() {
        return height * width;
    }

    /** Whether output position p is a function of input position p alone. */
    boolean isPointwise() {
        return taps() == 1
                && strideHeight == 1
                && strideWidth == 1
                && paddingHeight == 0
                && paddingWidth == 0;
    }

    /** Whether the only output position takes all input positions in their order. */
    boolean isWhole() {
        return positions() == 1
                && kernelHeight == height
                && kernelWidth == width
                && paddingHeight == 0
                && paddingWidth == 0
                && (dilationHeight == 1 || kernelHeight == 1)
                && (dilationWidth == 1 || kernelWidth == 1);
    }

    /** Whether a kernel row lies outside of the image for some output row, or a column. */
    boolean reachesOutside() {
        for (int axis = 0; axis < 2; ++axis) {
            int outputs = axis == 0 ? outputHeight : outputWidth;
            int size = axis == 0 ? height : width;
            int kernel = axis == 0 ? kernelHeight : kernelWidth;
            int dilation = axis == 0 ? dilationHeight : dilationWidth;
            int last =
                    (axis == 0 ? row(outputs - 1) : column(outputs - 1)) + dilation * (kernel - 1);
            if ((axis == 0 ? paddingHeight : paddingWidth) > 0 || last >= size) {
                return true;
            }
        }
        return false;
    }

    /** The input row under the first kernel row, which may be outside. */
    int row(int outputRow) {
        return outputRow * strideHeight - paddingHeight;
    }

    /** The input column under the first kernel column, which may be outside. */
    int column(int outputColumn) {
        return outputColumn * strideWidth - paddingWidth;
    }

    /** The rows of the padded image that the window at an output row covers, for averages. */
    int coveredRows(int outputRow) {
        return Math.min(row(outputRow) + kernelHeight, height + paddingHeight) - row(outputRow);
    }

    /** The columns of the padded image that the window at an output column covers. */
    int coveredColumns(int outputColumn) {
        return Math.min(column(outputColumn) + kernelWidth, width + paddingWidth)
                - column(outputColumn);
    }

    /** The type of a value on the output positions. */
    ValueType output(ValueType.Kind kind, int outputChannels, int fanIn) {
        return new ValueType(kind, outputChannels, outputHeight, outputWidth, fanIn);
    }

    void write(ByteBuffer body) {
        body.putInt(channels).putInt(height).putInt(width);
        body.putInt(kernelHeight).putInt(kernelWidth);
        body.putInt(strideHeight).putInt(strideWidth);
        body.putInt(paddingHeight).putInt(paddingWidth);
        body.putInt(dilationHeight).putInt(dilationWidth);
        body.putInt(outputHeight).putInt(outputWidth);
    }

    static Window read(BodyReader body) {
        int[] n = new int[13];
        for (int i = 0; i < n.length; ++i) {
            n[i] = body.integer();
        }
        return new Window(
                n[0], n[1], n[2], n[3], n[4], n[5], n[6], n[7], n[8], n[9], n[10], n[11], n[12]);
    }

    /**
     * Returns the sizes.
     *
     * @return for example {@code 64×32×32, kernel 3×3, stride 2×2, padding 1×1 -> 16×16}
     */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        text.append(channels).append('×').append(height).append('×').append(width);
        text.append(", kernel ").append(kernelHeight).append('×').append(kernelWidth);
        if (strideHeight != 1 || strideWidth != 1) {
            text.append(", stride ").append(strideHeight).append('×').append(strideWidth);
        }
        if (paddingHeight != 0 || paddingWidth != 0) {
            text.append(", padding ").append(paddingHeight).append('×').append(paddingWidth);
        }
        if (dilationHeight != 1 || dilationWidth != 1) {
            text.append(", dilation ").append(dilationHeight).append('×').append(dilationWidth);
        }
        return text.append(" -> ").append(outputHeight).append('×').append(outputWidth).toString();
    }
}
