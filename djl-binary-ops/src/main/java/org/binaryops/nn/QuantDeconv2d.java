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

/**
 * A two-dimensional transposed convolution (deconvolution) with a quantized input and a quantized
 * weight, for decoders and generators.
 *
 * <p>$$Y = \alpha \odot (Q_{in}(X) *^T Q_w(W)) + b$$
 *
 * <p>where every input pixel adds its multiple of the kernel to the output, at the output position
 * stride · i + dilation · k − padding for the input position i and the kernel position k, along
 * each axis; what falls outside is dropped.
 *
 * <p>Shapes:
 *
 * <ul>
 *   <li>input X: [batch, channels, height, width]
 *   <li>weight W: [filters, channels / groups, kernel height, kernel width]. The first axis is the
 *       output channel, as in all quantized layers, so that a weight quantizer has a scale for each
 *       output channel. PyTorch stores [channels, filters / groups, kernel height, kernel width];
 *       {@link TransposedConvolution#fromTorch} converts.
 *   <li>scale α: [filters], one number or of rank one (see {@link WeightScale}); bias b: [filters],
 *       optional
 *   <li>output Y: [batch, filters, (height − 1)·stride − 2·padding + dilation·(kernel − 1) +
 *       outPadding + 1, …]
 * </ul>
 *
 * <p>The arithmetic is that of {@link TransposedConvolution}, made of operations that every engine
 * has: DJL's own {@code Conv2dTranspose} is not implemented on PyTorch. Of the input scales it has
 * those of whole samples, not {@link InputScale#SPATIAL_MAP}.
 */
public final class QuantDeconv2d extends QuantizedLayer {

    private final ConvolutionWindow window;
    private final Shape outPadding;

    private QuantDeconv2d(Builder builder) {
        super(builder);
        window = builder.window();
        outPadding = builder.outPadding;
    }

    /** {@inheritDoc} */
    @Override
    protected Shape weightShape(Shape input) {
        if (input.dimension() != 4) {
            throw new IllegalArgumentException(
                    "QuantDeconv2d takes an input of shape [batch, channels, height, width], but"
                            + " got "
                            + input
                            + ".");
        }
        Shape shape = window.weightShape(getUnits(), input);
        if (isInitialized()) {
            Shape weight = getDirectParameters().get("weight").getShape();
            ConvolutionWindow.checkWeight("QuantDeconv2d", weight, shape, input);
        }
        TransposedConvolution.outputSize(input, window, outPadding);
        return shape;
    }

    @Override
    String settings() {
        return super.settings() + ", " + window.settings() + ", outPadding " + outPadding;
    }

    /** {@inheritDoc} */
    @Override
    protected NDArray accumulate(NDArray input, NDArray weight) {
        return TransposedConvolution.apply(input, weight, window, outPadding);
    }

    /** {@inheritDoc} */
    @Override
    protected int spatialAxes() {
        return 2;
    }

    /** {@inheritDoc} */
    @Override
    protected NDArray broadcastable(NDArray perChannel) {
        return perChannel.reshape(1, getUnits(), 1, 1);
    }

    /** {@inheritDoc} */
    @Override
    public Shape[] getOutputShapes(Shape[] inputs) {
        Shape size = TransposedConvolution.outputSize(inputs[0], window, outPadding);
        return new Shape[] {new Shape(inputs[0].get(0), getUnits()).addAll(size)};
    }

    /**
     * Creates a builder.
     *
     * @return a new builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /** Builds a {@link QuantDeconv2d}. */
    public static final class Builder extends QuantizedLayer.Builder<Builder> {

        private Shape kernel;
        private Shape stride = new Shape(1, 1);
        private Shape padding = new Shape(0, 0);
        private Shape outPadding = new Shape(0, 0);
        private Shape dilation = new Shape(1, 1);
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
         * @param kernel [height, width]
         * @return this builder
         */
        public Builder setKernelShape(Shape kernel) {
            this.kernel = kernel;
            return this;
        }

        /**
         * Sets the stride, the factor by which the output is larger than the input; the default is
         * [1, 1].
         *
         * @param stride [vertical, horizontal]
         * @return this builder
         */
        public Builder optStride(Shape stride) {
            this.stride = stride;
            return this;
        }

        /**
         * Sets how many rows and columns are cut off at each side of the output; the default is [0,
         * 0].
         *
         * @param padding [vertical, horizontal]
         * @return this builder
         */
        public Builder optPadding(Shape padding) {
            this.padding = padding;
            return this;
        }

        /**
         * Sets how many rows and columns are cut off less at the lower and right side; the default
         * is [0, 0]. It chooses between the output sizes that a convolution with the same stride
         * maps to one input size.
         *
         * @param outPadding [vertical, horizontal], each smaller than the stride or the dilation
         * @return this builder
         */
        public Builder optOutPadding(Shape outPadding) {
            this.outPadding = outPadding;
            return this;
        }

        /**
         * Sets the dilation; the default is [1, 1].
         *
         * @param dilation [vertical, horizontal]
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
        public QuantDeconv2d build() {
            window().check(2, units);
            TransposedConvolution.checkOutPadding(window(), outPadding);
            check();
            return new QuantDeconv2d(this);
        }
    }
}
