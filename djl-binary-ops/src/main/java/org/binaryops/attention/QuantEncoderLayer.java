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
package org.binaryops.attention;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.ParameterStore;

/**
 * A transformer encoder layer with a {@link QuantAttention} and a quantized feed-forward network,
 * for the inputs of DJL's {@code TransformerEncoderBlock}.
 *
 * <p>$$Z = \mathrm{norm}_1(X + \mathrm{attention}(X)), \quad Y = \mathrm{norm}_2(Z + W_2 \, f(W_1 Z
 * + b_1) + b_2)$$
 *
 * <p>or with the norms first, $Z = X + \mathrm{attention}(\mathrm{norm}_1(X))$, $Y = Z +
 * \mathrm{feed}(\mathrm{norm}_2(Z))$. The {@link AttentionMethod} says how everything is quantized
 * and what f is. Layer norms and residual sums are in float, as published. (DJL's block has batch
 * norms, and adds X instead of Z the second time.)
 *
 * <p>Inputs: [(B, S, E)] or [(B, S, E), mask], the mask as in {@link QuantAttention}. Output: (B,
 * S, E).
 */
public final class QuantEncoderLayer extends TransformerLayer {

    private static final byte VERSION = 2;

    private final QuantAttention attention;
    private final ResidualNorm attentionNorm;

    private QuantEncoderLayer(Builder builder) {
        super(VERSION, builder);
        attention = addChildBlock("attention", QuantAttention.builder().with(builder).build());
        attentionNorm = addChildBlock("attentionNorm", newNorm());
        addFeedForward(builder);
    }

    @Override
    NDArray attend(ParameterStore store, NDList inputs, boolean training) {
        return attentionNorm.around(
                store,
                inputs.head(),
                training,
                in -> {
                    NDList list =
                            inputs.size() == 1 ? new NDList(in) : new NDList(in, inputs.get(1));
                    NDArray y = attention.forward(store, list, training).head();
                    return attended(store, y, training);
                });
    }

    @Override
    void checkCount(int count) {
        if (count != 1 && count != 2) {
            throw new IllegalArgumentException(
                    "QuantEncoderLayer takes 1 or 2 inputs, [values] or [values, mask], but got "
                            + count
                            + ".");
        }
    }

    /**
     * Returns the attention.
     *
     * @return the child block
     */
    public QuantAttention getAttention() {
        return attention;
    }

    /** {@inheritDoc} */
    @Override
    public Shape[] getOutputShapes(Shape[] inputShapes) {
        checkCount(inputShapes.length);
        return attention.getOutputShapes(inputShapes);
    }

    /** {@inheritDoc} */
    @Override
    protected void initializeChildBlocks(
            NDManager manager, DataType dataType, Shape... inputShapes) {
        attention.initialize(manager, dataType, inputShapes);
        attentionNorm.initialize(manager, dataType, inputShapes[0]);
        initializeFeedForward(manager, dataType, inputShapes[0]);
    }

    /**
     * Creates a builder.
     *
     * @return a new builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /** Builds a {@link QuantEncoderLayer}; the method and the dropout hold for all of its parts. */
    public static final class Builder extends LayerBuilder<Builder> {

        private Builder() {}

        @Override
        Builder self() {
            return this;
        }

        /**
         * Builds the layer.
         *
         * @return a new layer
         * @throws IllegalArgumentException if a size is not positive, or the width not divisible by
         *     the number of heads
         */
        public QuantEncoderLayer build() {
            checkLayer();
            return new QuantEncoderLayer(this);
        }
    }
}
