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
import ai.djl.nn.core.Linear;
import org.binaryops.gradient.Temporaries;

/**
 * A fully connected layer with a quantized input and a quantized weight.
 *
 * <p>$$Y = \alpha \odot K \odot (Q_{in}(X) \, Q_w(W)^T) + b$$
 *
 * <p>Shapes:
 *
 * <ul>
 *   <li>input X: [x1, …, xn, features]
 *   <li>weight W: [units, features]
 *   <li>scale α: [units] or one number (see {@link WeightScale}); bias b: [units], optional
 *   <li>input scale K: [x1, …, xn, 1] (see {@link InputScale}), optional
 *   <li>output Y: [x1, …, xn, units]
 * </ul>
 *
 * <p>A binarized layer in the manner of Hubara et al. (NeurIPS 2016):
 *
 * <pre>{@code
 * QuantLinear.builder()
 *         .setUnits(512)
 *         .optInputQuantizer(new StraightThroughSign())
 *         .optWeightQuantizer(new StraightThroughSign())
 *         .build();
 * }</pre>
 */
public final class QuantLinear extends QuantizedLayer {

    private QuantLinear(Builder builder) {
        super(builder);
    }

    /** {@inheritDoc} */
    @Override
    protected Shape weightShape(Shape input) {
        if (input.dimension() < 1) {
            throw new IllegalArgumentException(
                    "QuantLinear takes an input of shape [..., features], but got a scalar.");
        }
        long features = input.get(input.dimension() - 1);
        if (isInitialized() && features != features()) {
            throw new IllegalArgumentException(
                    String.format(
                            "QuantLinear was initialized for %d features, but got an input of"
                                    + " shape %s.",
                            features(), input));
        }
        return new Shape(getUnits(), features);
    }

    private long features() {
        return getDirectParameters().get("weight").getShape().get(1);
    }

    /** {@inheritDoc} */
    @Override
    protected NDArray accumulate(NDArray input, NDArray weight) {
        return Linear.linear(input, weight).singletonOrThrow();
    }

    /** The mean |x| of each row: the last axis is the only one that the products run over. */
    @Override
    protected NDArray sampleMean(NDArray input) {
        int last = input.getShape().dimension() - 1;
        return input.stopGradient().abs().mean(new int[] {last}, true);
    }

    /** {@inheritDoc} */
    @Override
    protected NDArray timesSpatialMap(NDArray accumulators, NDArray input) {
        return accumulators.muli(Temporaries.freed(input.getManager(), () -> sampleMean(input)));
    }

    /** {@inheritDoc} */
    @Override
    protected NDArray broadcastable(NDArray perChannel) {
        return perChannel;
    }

    /** {@inheritDoc} */
    @Override
    public Shape[] getOutputShapes(Shape[] inputs) {
        Shape input = inputs[0];
        return new Shape[] {input.slice(0, input.dimension() - 1).add(getUnits())};
    }

    /**
     * Creates a builder.
     *
     * @return a new builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /** Builds a {@link QuantLinear}. */
    public static final class Builder extends QuantizedLayer.Builder<Builder> {

        private Builder() {}

        /**
         * Sets the number of units.
         *
         * @param units the size of the last axis of the output, positive
         * @return this builder
         */
        public Builder setUnits(int units) {
            this.units = units;
            return this;
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
         * @throws IllegalArgumentException if the number of units is not positive
         */
        public QuantLinear build() {
            if (units <= 0) {
                throw new IllegalArgumentException(
                        "units must be set and positive, but was " + units + ".");
            }
            check();
            return new QuantLinear(this);
        }
    }
}
