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
 * A transformer decoder layer: causal attention to the targets so far, attention to the outputs of
 * an encoder (the memory), and a feed-forward network, each with a residual sum and a layer norm as
 * in {@link QuantEncoderLayer}.
 *
 * <p>Inputs, with T targets and F positions of the memory:
 *
 * <ul>
 *   <li>[targets, memory]: [(B, T, E), (B, F, E)]
 *   <li>[targets, memory, memory mask]: the mask (B, T, F) or (B, 1, F), as in {@link
 *       QuantAttention}
 *   <li>[targets, memory, memory mask, target mask]: the last (B, T, T) or (B, 1, T), beside the
 *       causal one
 *   <li>output: (B, T, E)
 * </ul>
 *
 * <p>For a decoder without a memory (GPT) use a causal {@link QuantEncoderLayer}.
 */
public final class QuantDecoderLayer extends TransformerLayer {

    private static final byte VERSION = 1;

    private final QuantAttention selfAttention;
    private final ResidualNorm selfNorm;
    private final QuantAttention crossAttention;
    private final ResidualNorm crossNorm;

    private QuantDecoderLayer(Builder builder) {
        super(VERSION, builder);
        selfAttention =
                addChildBlock(
                        "selfAttention",
                        QuantAttention.builder().with(builder).optCausal(true).build());
        selfNorm = addChildBlock("selfNorm", newNorm());
        crossAttention =
                addChildBlock(
                        "crossAttention",
                        QuantAttention.builder().with(builder).optCausal(false).build());
        crossNorm = addChildBlock("crossNorm", newNorm());
        addFeedForward(builder);
    }

    @Override
    NDArray attend(ParameterStore store, NDList inputs, boolean training) {
        NDArray memory = inputs.get(1);
        NDArray seen =
                selfNorm.around(
                        store,
                        inputs.head(),
                        training,
                        in -> {
                            NDList list = new NDList(in);
                            if (inputs.size() == 4) {
                                list.add(inputs.get(3));
                            }
                            NDArray y = selfAttention.forward(store, list, training).head();
                            return attended(store, y, training);
                        });
        return crossNorm.around(
                store,
                seen,
                training,
                in -> {
                    NDList list = new NDList(memory, in, memory);
                    if (inputs.size() > 2) {
                        list.add(inputs.get(2));
                    }
                    return crossAttention.forward(store, list, training).head();
                });
    }

    @Override
    void checkCount(int count) {
        if (count < 2 || count > 4) {
            throw new IllegalArgumentException(
                    "QuantDecoderLayer takes 2 to 4 inputs, [targets, memory], [targets, memory,"
                        + " memory mask] or [targets, memory, memory mask, target mask], but got "
                            + count
                            + ".");
        }
    }

    /** {@inheritDoc} */
    @Override
    public Shape[] getOutputShapes(Shape[] inputShapes) {
        checkCount(inputShapes.length);
        return new Shape[] {inputShapes[0]};
    }

    /** {@inheritDoc} */
    @Override
    protected void initializeChildBlocks(
            NDManager manager, DataType dataType, Shape... inputShapes) {
        Shape x = inputShapes[0];
        Shape memory = inputShapes[1];
        selfAttention.initialize(manager, dataType, x);
        selfNorm.initialize(manager, dataType, x);
        crossAttention.initialize(manager, dataType, memory, x, memory);
        crossNorm.initialize(manager, dataType, x);
        initializeFeedForward(manager, dataType, x);
    }

    /**
     * Creates a builder.
     *
     * @return a new builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /** Builds a {@link QuantDecoderLayer}; {@code optCausal} is of no effect. */
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
        public QuantDecoderLayer build() {
            checkLayer();
            return new QuantDecoderLayer(this);
        }
    }
}
