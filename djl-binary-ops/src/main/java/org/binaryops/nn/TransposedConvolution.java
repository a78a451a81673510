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
package org.binaryops.nn;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;
import org.binaryops.engine.Convolutions;
import org.binaryops.gradient.Temporaries;

/**
 * The two-dimensional transposed convolution as an ordinary one, on every engine and device and
 * with gradients to both operands.
 *
 * <p>The outputs of one phase (those at the positions with the same remainder by the stride) are an
 * ordinary convolution of the input with every stride-th element of the kernel. All phases together
 * are one convolution with stride² times the filters, whose outputs are then interleaved. Unlike
 * the textbook form, which puts stride − 1 zeros between the input pixels, this multiplies with
 * almost no zeros (none at all where the stride divides the kernel).
 */
public final class TransposedConvolution {

    private TransposedConvolution() {}

    /**
     * Computes a transposed convolution.
     *
     * @param input X, [batch, channels, height, width]
     * @param weight W, [filters, channels / groups, kernel height, kernel width]
     * @param stride [vertical, horizontal], at least 1
     * @param padding what is cut off at each side, [vertical, horizontal]
     * @param outPadding what is cut off less at the lower and right side, smaller than the stride
     *     or the dilation
     * @param dilation [vertical, horizontal], at least 1
     * @param groups a divisor of the channels and of the filters
     * @return Y as in {@link QuantDeconv2d}, without scale and bias, attached to the manager of
     *     {@code input}
     * @throws IllegalArgumentException if the shapes do not fit each other
     */
    public static NDArray deconv2d(
            NDArray input,
            NDArray weight,
            Shape stride,
            Shape padding,
            Shape outPadding,
            Shape dilation,
            int groups) {
        Shape x = input.getShape();
        Shape w = weight.getShape();
        if (x.dimension() != 4 || w.dimension() != 4) {
            throw new IllegalArgumentException(
                    String.format(
                            "input and weight must have 4 axes, but had the shapes %s and %s.",
                            x, w));
        }
        ConvolutionWindow window =
                new ConvolutionWindow(w.slice(2), stride, padding, dilation, groups);
        window.check(2, Math.toIntExact(w.get(0)));
        checkOutPadding(window, outPadding);
        if (!window.weightShape(Math.toIntExact(w.get(0)), x).equals(w)) {
            throw new IllegalArgumentException(
                    String.format(
                            "A weight of shape %s in %d groups does not fit an input of shape %s.",
                            w, groups, x));
        }
        return apply(input, weight, window, outPadding);
    }

    /**
     * Converts a weight in the layout of PyTorch's {@code ConvTranspose2d}.
     *
     * @param weight an array of shape [channels, filters / groups, kernel height, kernel width]
     * @param groups the number of groups, a divisor of the channels
     * @return a new array of shape [filters, channels / groups, kernel height, kernel width]
     * @throws IllegalArgumentException if {@code weight} has not 4 axes, or {@code groups} does not
     *     divide the first
     */
    public static NDArray fromTorch(NDArray weight, int groups) {
        Shape shape = weight.getShape();
        if (shape.dimension() != 4 || groups <= 0 || shape.get(0) % groups != 0) {
            throw new IllegalArgumentException(
                    String.format(
                            "weight must have 4 axes, the first a multiple of groups = %d, but had"
                                    + " the shape %s.",
                            groups, shape));
        }
        long channels = shape.get(0) / groups;
        return Temporaries.freed(
                weight.getManager(),
                () ->
                        weight.reshape(new Shape(groups, channels).addAll(shape.slice(1)))
                                .transpose(0, 2, 1, 3, 4)
                                .reshape(
                                        new Shape(groups * shape.get(1), channels)
                                                .addAll(shape.slice(2)))
                                .duplicate());
    }

    /**
     * Arranges a weight as that of an ordinary convolution with stride 1, whose filters are the
     * phases of the outputs: the positions with the same remainder by the stride, the filter's
     * number first, then the vertical and the horizontal remainder. The ordinary convolution pads
     * with as many zeros as its kernel has elements but one.
     *
     * @param weight W, [filters, channels / groups, kernel height, kernel width]
     * @param stride [vertical, horizontal], at least 1
     * @param dilation [vertical, horizontal], at least 1
     * @return an array of shape [filters · stride², channels / groups, ⌈dilation · kernel /
     *     stride⌉, …], attached to the manager of {@code weight}
     */
    public static NDArray phases(NDArray weight, Shape stride, Shape dilation) {
        Shape zeros = new Shape(0, 0);
        ConvolutionWindow window =
                new ConvolutionWindow(weight.getShape().slice(2), stride, zeros, dilation, 1);
        return Temporaries.freed(weight.getManager(), () -> phases(weight, window).duplicate());
    }

    static NDArray apply(
            NDArray input, NDArray weight, ConvolutionWindow window, Shape outPadding) {
        Shape size = outputSize(input.getShape(), window, outPadding);
        return Temporaries.freed(
                input.getManager(),
                () -> {
                    NDArray phases = phases(weight, window);
                    // All outputs that a kernel which lies over the edge gives.
                    Shape around =
                            new Shape(phases.getShape().get(2) - 1, phases.getShape().get(3) - 1);
                    Shape ones = new Shape(1, 1);
                    NDArray y =
                            Convolutions.convolve(
                                    input, phases, null, ones, around, ones, window.groups());
                    return cut(interleave(y, window), window.padding(), size);
                });
    }

    /** The kernel of each phase, mirrored: [filters · stride², channels / groups, …]. */
    private static NDArray phases(NDArray weight, ConvolutionWindow window) {
        Shape w = weight.getShape();
        long sv = window.stride().get(0);
        long sh = window.stride().get(1);
        NDArray kernel = spread(weight, window);
        long rows = Math.floorDiv(kernel.getShape().get(2) + sv - 1, sv);
        long columns = Math.floorDiv(kernel.getShape().get(3) + sh - 1, sh);
        long right = columns * sh - kernel.getShape().get(3);
        long below = rows * sv - kernel.getShape().get(2);
        if (right > 0 || below > 0) {
            kernel = kernel.pad(new Shape(0, right, 0, below), 0);
        }
        if (sv > 1 || sh > 1) {
            kernel =
                    kernel.reshape(w.get(0), w.get(1), rows, sv, columns, sh)
                            .transpose(0, 3, 5, 1, 2, 4)
                            .reshape(w.get(0) * sv * sh, w.get(1), rows, columns);
        }
        return kernel.flip(2, 3);
    }

    /** Puts the zeros of the dilation behind each element of the kernel. */
    private static NDArray spread(NDArray weight, ConvolutionWindow window) {
        long dv = window.dilation().get(0);
        long dh = window.dilation().get(1);
        if (dv == 1 && dh == 1) {
            return weight;
        }
        Shape w = weight.getShape();
        return weight.reshape(w.get(0), w.get(1), w.get(2), 1, w.get(3), 1)
                .pad(new Shape(0, dh - 1, 0, 0, 0, dv - 1), 0)
                .reshape(w.get(0), w.get(1), w.get(2) * dv, w.get(3) * dh);
    }

    private static NDArray interleave(NDArray phases, ConvolutionWindow window) {
        long sv = window.stride().get(0);
        long sh = window.stride().get(1);
        if (sv == 1 && sh == 1) {
            return phases;
        }
        Shape shape = phases.getShape();
        long filters = shape.get(1) / (sv * sh);
        return phases.reshape(shape.get(0), filters, sv, sh, shape.get(2), shape.get(3))
                .transpose(0, 1, 4, 2, 5, 3)
                .reshape(shape.get(0), filters, shape.get(2) * sv, shape.get(3) * sh);
    }

    /** Takes the wanted outputs; with an output padding there may be fewer, the rest is 0. */
    private static NDArray cut(NDArray y, Shape padding, Shape size) {
        long below = padding.get(0) + size.get(0) - y.getShape().get(2);
        long right = padding.get(1) + size.get(1) - y.getShape().get(3);
        if (below > 0 || right > 0) {
            y = y.pad(new Shape(0, Math.max(0, right), 0, Math.max(0, below)), 0);
        }
        if (padding.get(0) == 0 && padding.get(1) == 0 && size.equals(y.getShape().slice(2))) {
            return y;
        }
        return y.get(
                new NDIndex(
                        ":, :, {}:{}, {}:{}",
                        padding.get(0),
                        padding.get(0) + size.get(0),
                        padding.get(1),
                        padding.get(1) + size.get(1)));
    }

    /** The height and the width of the output. */
    static Shape outputSize(Shape input, ConvolutionWindow window, Shape outPadding) {
        long[] size = new long[2];
        for (int i = 0; i < 2; ++i) {
            size[i] =
                    (input.get(2 + i) - 1) * window.stride().get(i)
                            - 2 * window.padding().get(i)
                            + window.span(i)
                            + outPadding.get(i);
            if (input.get(2 + i) < 1 || size[i] < 1) {
                throw new IllegalArgumentException(
                        String.format(
                                "Nothing is left of the output for an input of shape %s with"
                                        + " kernel %s and padding %s.",
                                input, window.kernel(), window.padding()));
            }
        }
        return new Shape(size);
    }

    static void checkOutPadding(ConvolutionWindow window, Shape outPadding) {
        ConvolutionWindow.check("outPadding", outPadding, 2, 0);
        for (int i = 0; i < 2; ++i) {
            if (outPadding.get(i) >= Math.max(window.stride().get(i), window.dilation().get(i))) {
                throw new IllegalArgumentException(
                        String.format(
                                "outPadding must be smaller than the stride %s or the dilation %s,"
                                        + " but was %s.",
                                window.stride(), window.dilation(), outPadding));
            }
        }
    }
}
