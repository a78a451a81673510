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
import ai.djl.nn.Activation;
import ai.djl.nn.norm.Dropout;
import ai.djl.nn.norm.LayerNorm;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import java.io.DataInputStream;
import java.io.IOException;
import org.binaryops.gradient.Temporaries;
import org.binaryops.nn.QuantLinear;

/**
 * A transformer encoder layer with quantized attention and a quantized feed-forward network, in the
 * manner of Liu et al., "Binary and Ternary Natural Language Generation" (TBT), ACL 2023.
 *
 * <p>$$Z = \mathrm{norm}_1(X + \mathrm{attention}(X)), \quad Y = \mathrm{norm}_2(Z + W_2 \,
 * \mathrm{relu}(W_1 Z + b_1) + b_2)$$
 *
 * <p>The attention is a {@link QuantAttention}. The feed-forward layers are {@link QuantLinear}
 * layers of the same bits; the input of the second, the output of a ReLU, is quantized from 0 up.
 * Layer norms and residual sums are in float.
 *
 * <p>Inputs: [(B, S, E)] or [(B, S, E), mask], the mask as in {@link QuantAttention}. Output: (B,
 * S, E).
 */
public final class QuantEncoderLayer extends AbstractBlock {

    private static final byte VERSION = 1;

    private final float dropout;
    private final QuantAttention attention;
    private final LayerNorm attentionNorm;
    private final QuantLinear expansion;
    private final QuantLinear contraction;
    private final LayerNorm outputNorm;

    private QuantEncoderLayer(Builder builder) {
        super(VERSION);
        dropout = builder.dropout;
        attention = addChildBlock("attention", QuantAttention.builder().with(builder).build());
        attentionNorm = addChildBlock("attentionNorm", LayerNorm.builder().axis(2).build());
        expansion =
                addChildBlock(
                        "expansion",
                        QuantLinear.builder()
                                .setUnits(builder.hidden)
                                .optInputQuantizer(BitWidths.signed(builder.activationBits))
                                .optWeightQuantizer(BitWidths.weight(builder.weightBits))
                                .optBias(true)
                                .build());
        contraction =
                addChildBlock(
                        "contraction",
                        QuantLinear.builder()
                                .setUnits(builder.units)
                                .optInputQuantizer(BitWidths.nonNegative(builder.activationBits))
                                .optWeightQuantizer(BitWidths.weight(builder.weightBits))
                                .optBias(true)
                                .build());
        outputNorm = addChildBlock("outputNorm", LayerNorm.builder().axis(2).build());
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
        NDArray attended = attention.forward(parameterStore, inputs, training).head();
        NDArray z = normalizedSum(parameterStore, attentionNorm, x, attended, training);
        NDArray fed =
                Temporaries.freed(
                        x.getManager(),
                        () -> {
                            NDArray hidden = apply(parameterStore, expansion, z, training);
                            NDArray active = Activation.relu(hidden);
                            return apply(parameterStore, contraction, active, training);
                        });
        NDArray y = normalizedSum(parameterStore, outputNorm, z, fed, training);
        z.close();
        return new NDList(y);
    }

    private static NDArray apply(
            ParameterStore store, QuantLinear layer, NDArray x, boolean training) {
        return layer.forward(store, new NDList(x), training).head();
    }

    /**
     * norm(x + dropout(branch)); closes the branch. The norm stays outside of the scope that frees
     * the temporaries, since it looks its parameters up by itself.
     */
    private NDArray normalizedSum(
            ParameterStore store, LayerNorm norm, NDArray x, NDArray branch, boolean training) {
        NDArray sum =
                Temporaries.freed(
                        x.getManager(),
                        () ->
                                x.add(
                                        training && dropout > 0
                                                ? Dropout.dropout(branch, dropout, true).head()
                                                : branch));
        branch.close();
        NDArray result = norm.forward(store, new NDList(sum), training).head();
        sum.close();
        return result;
    }

    private static void checkCount(int count) {
        if (count != 1 && count != 2) {
            throw new IllegalArgumentException(
                    "QuantEncoderLayer takes 1 or 2 inputs, [values] or [values, mask], but got "
                            + count
                            + ".");
        }
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
        expansion.initialize(manager, dataType, x);
        Shape hidden = expansion.getOutputShapes(new Shape[] {x})[0];
        contraction.initialize(manager, dataType, hidden);
        outputNorm.initialize(manager, dataType, x);
    }

    /** {@inheritDoc} */
    @Override
    protected void loadMetadata(byte loadVersion, DataInputStream is)
            throws IOException, MalformedModelException {
        super.loadMetadata(loadVersion, is);
        inputNames = AttentionInputs.names(inputShapes.length);
    }

    /**
     * Creates a builder.
     *
     * @return a new builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /** Builds a {@link QuantEncoderLayer}; the bits and the dropout hold for all of its parts. */
    public static final class Builder extends AttentionBuilder<Builder> {

        private int hidden;

        private Builder() {}

        @Override
        Builder self() {
            return this;
        }

        /**
         * Sets the width of the feed-forward network.
         *
         * @param hidden the number of hidden units, positive; as a rule 4 E
         * @return this builder
         */
        public Builder setHidden(int hidden) {
            this.hidden = hidden;
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
            if (hidden <= 0) {
                throw new IllegalArgumentException(
                        "hidden must be set and positive, but was " + hidden + ".");
            }
            return new QuantEncoderLayer(this);
        }
    }
}
