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

import ai.djl.MalformedModelException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractBlock;
import ai.djl.nn.Block;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.function.Supplier;
import org.binaryops.gradient.Temporaries;

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
public final class QuantEncoderLayer extends AbstractBlock {

    private static final byte VERSION = 2;

    private final boolean normFirst;
    private final QuantAttention attention;
    private final ResidualNorm attentionNorm;
    private final FeedForward feedForward;
    private final ResidualNorm outputNorm;
    private final Block attentionOutput;
    private final Block feedForwardOutput;

    private QuantEncoderLayer(Builder builder) {
        super(VERSION);
        normFirst = builder.normFirst;
        attention = addChildBlock("attention", QuantAttention.builder().with(builder).build());
        attentionNorm = addChildBlock("attentionNorm", norm(builder));
        feedForward =
                addChildBlock(
                        "feedForward",
                        new FeedForward(builder.method(), builder.units, builder.hidden));
        outputNorm = addChildBlock("outputNorm", norm(builder));
        attentionOutput = optional("attentionOutput", builder.attentionOutput);
        feedForwardOutput = optional("feedForwardOutput", builder.feedForwardOutput);
    }

    private static ResidualNorm norm(Builder builder) {
        return new ResidualNorm(builder.normFirst, builder.dropout);
    }

    private Block optional(String name, Supplier<? extends Block> block) {
        return block == null ? null : addChildBlock(name, block.get());
    }

    /** {@inheritDoc} */
    @Override
    protected NDList forwardInternal(
            ParameterStore parameterStore,
            NDList inputs,
            boolean training,
            PairList<String, Object> params) {
        checkCount(inputs.size());
        NDArray x = inputs.head();
        return new NDList(
                Temporaries.freed(
                        x.getManager(), () -> output(parameterStore, x, inputs, training)));
    }

    private NDArray output(ParameterStore store, NDArray x, NDList inputs, boolean training) {
        NDArray z =
                attentionNorm.around(
                        store,
                        x,
                        training,
                        in ->
                                through(
                                        store,
                                        attentionOutput,
                                        attend(store, in, inputs, training),
                                        training));
        return outputNorm.around(
                store,
                z,
                training,
                in ->
                        through(
                                store,
                                feedForwardOutput,
                                feedForward.apply(store, in, training),
                                training));
    }

    private NDArray attend(ParameterStore store, NDArray x, NDList inputs, boolean training) {
        NDList list = inputs.size() == 1 ? new NDList(x) : new NDList(x, inputs.get(1));
        return attention.forward(store, list, training).head();
    }

    static NDArray through(ParameterStore store, Block block, NDArray x, boolean training) {
        return block == null ? x : block.forward(store, new NDList(x), training).head();
    }

    private static void checkCount(int count) {
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
    protected void beforeInitialize(Shape... inputShapes) {
        checkCount(inputShapes.length);
        super.beforeInitialize(inputShapes);
    }

    /** {@inheritDoc} */
    @Override
    protected void initializeChildBlocks(
            NDManager manager, DataType dataType, Shape... inputShapes) {
        attention.initialize(manager, dataType, inputShapes);
        Shape x = inputShapes[0];
        attentionNorm.initialize(manager, dataType, x);
        feedForward.initialize(manager, dataType, x);
        outputNorm.initialize(manager, dataType, x);
        initialize(attentionOutput, manager, dataType, x);
        initialize(feedForwardOutput, manager, dataType, x);
    }

    static void initialize(Block block, NDManager manager, DataType dataType, Shape x) {
        if (block != null) {
            block.initialize(manager, dataType, x);
        }
    }

    /** {@inheritDoc} */
    @Override
    protected void saveMetadata(DataOutputStream os) throws IOException {
        super.saveMetadata(os);
        os.writeBoolean(normFirst);
    }

    /** {@inheritDoc} */
    @Override
    protected void loadMetadata(byte loadVersion, DataInputStream is)
            throws IOException, MalformedModelException {
        super.loadMetadata(loadVersion, is);
        inputNames = AttentionInputs.names(inputShapes.length);
        if (is.readBoolean() != normFirst) {
            throw new MalformedModelException(
                    String.format(
                            "QuantEncoderLayer: this layer has its norms %s, but the file has them"
                                    + " %s",
                            normFirst ? "first" : "last", normFirst ? "last" : "first"));
        }
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
