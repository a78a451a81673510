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
public final class QuantConv1d extends QuantizedConvolution {

    private QuantConv1d(Builder builder) {
        super(builder);
    }

    @Override
    Shape outputSize(Shape input) {
        return window().outputSize(input);
    }

    @Override
    String axes() {
        return "[batch, channels, width]";
    }

    /** {@inheritDoc} */
    @Override
    protected NDArray accumulate(NDArray input, NDArray weight) {
        return convolve(input, weight);
    }

    /** {@inheritDoc} */
    @Override
    protected int spatialAxes() {
        return 1;
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
    public static final class Builder extends QuantizedConvolution.Builder<Builder> {

        private Builder() {
            super(1);
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
            check();
            return new QuantConv1d(this);
        }
    }
}
