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
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import org.binaryops.engine.Convolutions;

/**
 * A layer that slides a quantized kernel over a quantized input: what {@link QuantConv1d}, {@link
 * QuantConv2d} and {@link QuantDeconv2d} have in common.
 *
 * <p>The input has the shape [batch, channels, a size for each spatial axis …], the weight
 * [filters, channels / groups, kernel …]. Padding is done after the quantization and with zeros, as
 * in the papers' code: a padded position adds nothing to an accumulator.
 */
public abstract sealed class QuantizedConvolution extends QuantizedLayer
        permits QuantConv1d, QuantConv2d, QuantDeconv2d {

    private final ConvolutionWindow window;

    QuantizedConvolution(Builder<?> builder) {
        super(builder);
        window = builder.window();
    }

    final ConvolutionWindow window() {
        return window;
    }

    /** Slides a kernel [filters, channels / groups, kernel …] over [batch, channels, size …]. */
    final NDArray convolve(NDArray input, NDArray kernel) {
        return Convolutions.convolve(
                input,
                kernel,
                null,
                window.stride(),
                window.padding(),
                window.dilation(),
                window.groups());
    }

    /**
     * The spatial axes of the output.
     *
     * @throws IllegalArgumentException if the kernel does not fit into such an input
     */
    abstract Shape outputSize(Shape input);

    /** The names of an input's axes, for errors. */
    abstract String axes();

    /** {@inheritDoc} */
    @Override
    protected final Shape weightShape(Shape input) {
        String layer = getClass().getSimpleName();
        if (input.dimension() != 2 + spatialAxes()) {
            throw new IllegalArgumentException(
                    String.format(
                            "%s takes an input of shape %s, but got %s.", layer, axes(), input));
        }
        Shape shape = window.weightShape(getUnits(), input);
        if (isInitialized()) {
            Shape weight = getDirectParameters().get("weight").getShape();
            if (!shape.equals(weight)) {
                throw new IllegalArgumentException(
                        String.format(
                                "%s was initialized for a weight of shape %s, but got an input of"
                                        + " shape %s.",
                                layer, weight, input));
            }
        }
        outputSize(input);
        return shape;
    }

    @Override
    String settings() {
        return super.settings() + ", " + window.settings();
    }

    /** {@inheritDoc} */
    @Override
    protected final NDArray broadcastable(NDArray perChannel) {
        long[] shape = new long[2 + spatialAxes()];
        Arrays.fill(shape, 1);
        shape[1] = getUnits();
        return perChannel.reshape(shape);
    }

    /** {@inheritDoc} */
    @Override
    public final Shape[] getOutputShapes(Shape[] inputs) {
        Shape size = outputSize(inputs[0]);
        return new Shape[] {new Shape(inputs[0].get(0), getUnits()).addAll(size)};
    }

    /**
     * Returns the size of the kernel.
     *
     * @return a number for each spatial axis
     */
    public final Shape getKernelShape() {
        return window.kernel();
    }

    /**
     * Returns the stride.
     *
     * @return a number for each spatial axis
     */
    public final Shape getStride() {
        return window.stride();
    }

    /**
     * Returns the padding with zeros at each end; of a transposed convolution, what is cut off
     * there.
     *
     * @return a number for each spatial axis
     */
    public final Shape getPadding() {
        return window.padding();
    }

    /**
     * Returns the dilation.
     *
     * @return a number for each spatial axis
     */
    public final Shape getDilation() {
        return window.dilation();
    }

    /**
     * Returns the number of groups.
     *
     * @return the number of groups
     */
    public final int getGroups() {
        return window.groups();
    }

    /**
     * The settings that all convolutions have; each shape has a number for each spatial axis.
     *
     * @param <T> the concrete builder
     */
    public abstract static sealed class Builder<T extends Builder<T>>
            extends QuantizedLayer.Builder<T>
            permits QuantConv1d.Builder, QuantConv2d.Builder, QuantDeconv2d.Builder {

        private final int axes;
        private Shape kernel;
        private Shape stride;
        private Shape padding;
        private Shape dilation;
        private int groups = 1;

        Builder(int axes) {
            this.axes = axes;
            long[] ones = new long[axes];
            Arrays.fill(ones, 1);
            stride = new Shape(ones);
            dilation = stride;
            padding = new Shape(new long[axes]);
        }

        final ConvolutionWindow window() {
            return new ConvolutionWindow(kernel, stride, padding, dilation, groups);
        }

        @Override
        void check() {
            window().check(axes, units);
            super.check();
        }

        /**
         * Sets the number of filters.
         *
         * @param filters the number of output channels, positive
         * @return this builder
         */
        public T setFilters(int filters) {
            this.units = filters;
            return self();
        }

        /**
         * Sets the size of the kernel.
         *
         * @param kernel [width] or [height, width]
         * @return this builder
         */
        public T setKernelShape(Shape kernel) {
            this.kernel = kernel;
            return self();
        }

        /**
         * Sets the stride; the default is 1. A transposed convolution's output is larger than its
         * input by this factor.
         *
         * @param stride [steps] or [vertical, horizontal]
         * @return this builder
         */
        public T optStride(Shape stride) {
            this.stride = stride;
            return self();
        }

        /**
         * Sets the padding with zeros at each end; the default is 0. From the output of a
         * transposed convolution as much is cut off instead.
         *
         * @param padding [zeros] or [vertical, horizontal]
         * @return this builder
         */
        public T optPadding(Shape padding) {
            this.padding = padding;
            return self();
        }

        /**
         * Sets the dilation, the distance of two elements of the kernel; the default is 1.
         *
         * @param dilation [distance] or [vertical, horizontal]
         * @return this builder
         */
        public T optDilation(Shape dilation) {
            this.dilation = dilation;
            return self();
        }

        /**
         * Sets the number of groups; the default is 1. As many groups as channels make the
         * convolution depthwise.
         *
         * @param groups a divisor of the channels and of the filters
         * @return this builder
         */
        public T optGroups(int groups) {
            this.groups = groups;
            return self();
        }
    }
}
