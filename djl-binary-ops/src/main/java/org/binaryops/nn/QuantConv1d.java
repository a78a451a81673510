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
import ai.djl.nn.convolutional.Conv1d;

/**
 * A one-dimensional convolution with a quantized input and a quantized weight, for series and
 * sequences.
 *
 * <p>$$Y = \alpha \odot (Q_{in}(X) * Q_w(W)) + b$$
 *
 * <p>Shapes:
 *
 * <ul>
 *   <li>input X: [batch, channels, width]
 *   <li>weight W: [filters, channels / groups, kernel]
 *   <li>scale α: [filters], one number or of rank one (see {@link WeightScale}); bias b: [filters],
 *       optional
 *   <li>output Y: [batch, filters, ⌊(width + 2·padding − dilation·(kernel − 1) − 1) / stride⌋ + 1]
 * </ul>
 *
 * <p>The padding is done after the quantization and with zeros, as in {@link QuantConv2d}. Of the
 * input scales it has those of whole samples, not {@link InputScale#SPATIAL_MAP}.
 */
public final class QuantConv1d extends QuantizedLayer {

    private final ConvolutionWindow window;

    private QuantConv1d(Builder builder) {
        super(builder);
        window = builder.window();
    }

    /** {@inheritDoc} */
    @Override
    protected Shape weightShape(Shape input) {
        if (input.dimension() != 3) {
            throw new IllegalArgumentException(
                    "QuantConv1d takes an input of shape [batch, channels, width], but got "
                            + input
                            + ".");
        }
        Shape shape = window.weightShape(getUnits(), input);
        if (isInitialized()) {
            Shape weight = getDirectParameters().get("weight").getShape();
            ConvolutionWindow.checkWeight("QuantConv1d", weight, shape, input);
        }
        if (outputWidth(input) < 1) {
            throw new IllegalArgumentException(
                    String.format(
                            "The kernel %s does not fit into an input of shape %s with padding"
                                    + " %s.",
                            window.kernel(), input, window.padding()));
        }
        return shape;
    }

    private long outputWidth(Shape input) {
        long room = input.get(2) + 2 * window.padding().get(0) - window.span(0);
        return Math.floorDiv(room, window.stride().get(0)) + 1;
    }

    @Override
    String settings() {
        return super.settings() + ", " + window.settings();
    }

    /** {@inheritDoc} */
    @Override
    protected NDArray accumulate(NDArray input, NDArray weight) {
        return Conv1d.conv1d(
                        input,
                        weight,
                        null,
                        window.stride(),
                        window.padding(),
                        window.dilation(),
                        window.groups())
                .singletonOrThrow();
    }

    /** {@inheritDoc} */
    @Override
    protected int spatialAxes() {
        return 1;
    }

    /** {@inheritDoc} */
    @Override
    protected NDArray broadcastable(NDArray perChannel) {
        return perChannel.reshape(1, getUnits(), 1);
    }

    /** {@inheritDoc} */
    @Override
    public Shape[] getOutputShapes(Shape[] inputs) {
        Shape input = inputs[0];
        return new Shape[] {new Shape(input.get(0), getUnits(), outputWidth(input))};
    }

    /**
     * Returns the size of the kernel.
     *
     * @return [width]
     */
    public Shape getKernelShape() {
        return window.kernel();
    }

    /**
     * Returns the stride.
     *
     * @return [horizontal]
     */
    public Shape getStride() {
        return window.stride();
    }

    /**
     * Returns the padding with zeros on each side.
     *
     * @return [horizontal]
     */
    public Shape getPadding() {
        return window.padding();
    }

    /**
     * Returns the dilation.
     *
     * @return [horizontal]
     */
    public Shape getDilation() {
        return window.dilation();
    }

    /**
     * Returns the number of groups.
     *
     * @return the number of groups
     */
    public int getGroups() {
        return window.groups();
    }

    /**
     * Creates a builder.
     *
     * @return a new builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /** Builds a {@link QuantConv1d}. */
    public static final class Builder extends QuantizedLayer.Builder<Builder> {

        private Shape kernel;
        private Shape stride = new Shape(1);
        private Shape padding = new Shape(0);
        private Shape dilation = new Shape(1);
        private int groups = 1;

        private Builder() {}

        /**
         * Sets the number of filters.
         *
         * @param filters the number of output channels, positive
         * @return this builder
         */
        public Builder setFilters(int filters) {
            this.units = filters;
            return this;
        }

        /**
         * Sets the size of the kernel.
         *
         * @param kernel [width]
         * @return this builder
         */
        public Builder setKernelShape(Shape kernel) {
            this.kernel = kernel;
            return this;
        }

        /**
         * Sets the stride; the default is [1].
         *
         * @param stride [steps]
         * @return this builder
         */
        public Builder optStride(Shape stride) {
            this.stride = stride;
            return this;
        }

        /**
         * Sets the padding with zeros at each end; the default is [0].
         *
         * @param padding [zeros]
         * @return this builder
         */
        public Builder optPadding(Shape padding) {
            this.padding = padding;
            return this;
        }

        /**
         * Sets the dilation; the default is [1].
         *
         * @param dilation [distance of two elements of the kernel]
         * @return this builder
         */
        public Builder optDilation(Shape dilation) {
            this.dilation = dilation;
            return this;
        }

        /**
         * Sets the number of groups; the default is 1. As many groups as channels make the
         * convolution depthwise.
         *
         * @param groups a divisor of the channels and of the filters
         * @return this builder
         */
        public Builder optGroups(int groups) {
            this.groups = groups;
            return this;
        }

        private ConvolutionWindow window() {
            return new ConvolutionWindow(kernel, stride, padding, dilation, groups);
        }

        /** {@inheritDoc} */
        @Override
        protected Builder self() {
            return this;
        }

        /**
         * Builds the layer.
         *
         * @return a new layer
         * @throws IllegalArgumentException if a required setting is missing or one is out of range
         */
        public QuantConv1d build() {
            window().check(1, units);
            check();
            return new QuantConv1d(this);
        }
    }
}
