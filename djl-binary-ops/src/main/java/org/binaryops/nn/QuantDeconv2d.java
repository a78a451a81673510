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
 * has: PyTorch's engine in DJL has no {@code Conv2dTranspose}. Of the input scales it has those of
 * whole samples, not {@link InputScale#SPATIAL_MAP}.
 */
public final class QuantDeconv2d extends QuantizedConvolution {

    private final Shape outPadding;

    private QuantDeconv2d(Builder builder) {
        super(builder);
        outPadding = builder.outPadding;
    }

    @Override
    Shape outputSize(Shape input) {
        return TransposedConvolution.outputSize(input, window(), outPadding);
    }

    @Override
    String axes() {
        return "[batch, channels, height, width]";
    }

    @Override
    String settings() {
        return super.settings() + ", outPadding " + outPadding;
    }

    /** {@inheritDoc} */
    @Override
    protected NDArray accumulate(NDArray input, NDArray weight) {
        return TransposedConvolution.apply(input, weight, window(), outPadding);
    }

    /** {@inheritDoc} */
    @Override
    protected int spatialAxes() {
        return 2;
    }

    /**
     * Returns how much less is cut off at the lower and right side.
     *
     * @return [vertical, horizontal]
     */
    public Shape getOutPadding() {
        return outPadding;
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
    public static final class Builder extends QuantizedConvolution.Builder<Builder> {

        private Shape outPadding = new Shape(0, 0);

        private Builder() {
            super(2);
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
            check();
            TransposedConvolution.checkOutPadding(window(), outPadding);
            return new QuantDeconv2d(this);
        }
    }
}
