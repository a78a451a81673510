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
import org.binaryops.gradient.Temporaries;

/**
 * A two-dimensional convolution with a quantized input and a quantized weight.
 *
 * <p>$$Y = \alpha \odot K \odot (Q_{in}(X) * Q_w(W)) + b$$
 *
 * <p>Shapes:
 *
 * <ul>
 *   <li>input X: [batch, channels, height, width]
 *   <li>weight W: [filters, channels / groups, kernel height, kernel width]
 *   <li>scale α: [filters], one number or of rank one (see {@link WeightScale}); bias b: [filters],
 *       optional
 *   <li>input scale K: [batch, 1, 1, 1] or [batch, 1 or filters, output height, output width] (see
 *       {@link InputScale}), optional
 *   <li>output Y: [batch, filters, ⌊(height + 2·padding − dilation·(kernel − 1) − 1) / stride⌋ + 1,
 *       …]
 * </ul>
 *
 * <p>The padding is done after the quantization and with zeros, as in the papers' code: a padded
 * position adds nothing to an accumulator.
 */
public final class QuantConv2d extends QuantizedConvolution {

    private QuantConv2d(Builder builder) {
        super(builder);
    }

    @Override
    Shape outputSize(Shape input) {
        return window().outputSize(input);
    }

    @Override
    String axes() {
        return "[batch, channels, height, width]";
    }

    /** {@inheritDoc} */
    @Override
    protected NDArray accumulate(NDArray input, NDArray weight) {
        return convolve(input, weight);
    }

    /** {@inheritDoc} */
    @Override
    protected int spatialAxes() {
        return 2;
    }

    /** {@inheritDoc} */
    @Override
    protected NDArray timesSpatialMap(NDArray accumulators, NDArray input) {
        // |x| is as large as the input, and is freed at once.
        NDArray map = Temporaries.freed(input.getManager(), () -> spatialMap(input));
        int groups = getGroups();
        if (groups == 1 || groups == getUnits()) {
            return accumulators.muli(map);
        }
        Shape out = accumulators.getShape();
        long units = getUnits() / groups;
        return accumulators
                .reshape(out.get(0), groups, units, out.get(2), out.get(3))
                .mul(map.expandDims(2))
                .reshape(out);
    }

    /** K of each group, of shape [batch, groups, output height, output width]. */
    private NDArray spatialMap(NDArray input) {
        Shape in = input.getShape();
        int groups = getGroups();
        Shape kernel = getKernelShape();
        long perGroup = in.get(1) / groups;
        NDArray sums =
                input.stopGradient()
                        .abs()
                        .reshape(in.get(0), groups, perGroup, in.get(2), in.get(3))
                        .sum(new int[] {2});
        double share = 1.0 / (perGroup * kernel.size());
        NDArray average =
                input.getManager()
                        .ones(new Shape(groups, 1).addAll(kernel), input.getDataType())
                        .muli(share);
        return convolve(sums, average);
    }

    /**
     * Creates a builder.
     *
     * @return a new builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /** Builds a {@link QuantConv2d}. */
    public static final class Builder extends QuantizedConvolution.Builder<Builder> {

        private Builder() {
            super(2);
        }

        /** {@inheritDoc} */
        @Override
        protected boolean supports(InputScale scale) {
            return true;
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
        public QuantConv2d build() {
            check();
            return new QuantConv2d(this);
        }
    }
}
