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
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractBlock;
import ai.djl.nn.Parameter;
import ai.djl.nn.norm.Dropout;
import ai.djl.training.ParameterStore;
import ai.djl.training.initializer.NormalInitializer;
import ai.djl.util.PairList;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.List;
import org.binaryops.gradient.Temporaries;
import org.binaryops.nn.QuantEmbedding;
import org.binaryops.nn.QuantLinear;
import org.binaryops.quantizer.Quantizer;
import org.binaryops.quantizer.StatisticsWeightQuantizer;

/**
 * A transformer over tokens: BERT-like for classification, GPT-like (causal, a prediction for each
 * token) for language models, quantized by a method's name.
 *
 * <pre>{@code
 * Block bert = TokenTransformer.bert("bit", 8000, 128, 2);
 * Block gpt = TokenTransformer.gpt("tbt-2-2-2", 96, 256);
 * }</pre>
 *
 * <p>The table of embeddings is quantized as the method publishes it; learned positions, layer
 * norms, residual sums and the output layer are in float.
 *
 * <p>Inputs, with S at most the maximal length:
 *
 * <ul>
 *   <li>[tokens]: (B, S), numbers of a vocabulary; those equal to the padding are masked
 *   <li>[tokens, mask]: (B, S) each, the mask 1 for a token to see and 0 for one to hide
 *   <li>output: logits (B, classes), or (B, S, classes) with a prediction for each token; then, if
 *       asked for, the outputs (B, S, E) of all layers
 * </ul>
 */
public final class TokenTransformer extends AbstractBlock {

    private static final byte VERSION = 1;

    private final int maxLength;
    private final int units;
    private final int classes;
    private final int layers;
    private final long padding;
    private final boolean perToken;
    private final boolean hiddenStates;
    private final boolean normFirst;
    private final float dropout;
    private final QuantEmbedding embedding;
    private final Parameter positions;
    private final ResidualNorm embeddingNorm;
    private final EncoderStack encoder;
    private final QuantLinear output;

    private TokenTransformer(Builder builder) {
        super(VERSION);
        maxLength = builder.maxLength;
        units = builder.units;
        classes = builder.classes;
        layers = builder.layers;
        padding = builder.padding;
        perToken = builder.perToken;
        hiddenStates = builder.hiddenStates;
        normFirst = builder.normFirst;
        dropout = builder.dropout;
        positions =
                addParameter(
                        Parameter.builder()
                                .setName("positions")
                                .setType(Parameter.Type.OTHER)
                                .optShape(new Shape(maxLength, units))
                                .optInitializer(new NormalInitializer(.02f))
                                .build());
        Quantizer table = builder.method().newEmbedding();
        embedding =
                addChildBlock(
                        "embedding",
                        QuantEmbedding.builder()
                                .setItems(builder.vocabulary)
                                .setDimension(units)
                                .optWeightQuantizer(table)
                                .optRowWise(table instanceof StatisticsWeightQuantizer)
                                .build());
        embeddingNorm = addChildBlock("embeddingNorm", new ResidualNorm(true, 0));
        encoder = addChildBlock("encoder", new EncoderStack(builder));
        output =
                addChildBlock(
                        "output", QuantLinear.builder().setUnits(classes).optBias(true).build());
    }

    /**
     * Creates a classifier of sequences like BERT, 2 layers of width 128 with 4 heads; the padding
     * is token 0.
     *
     * @param method the name of an {@link AttentionMethod}
     * @param vocabulary the number of tokens
     * @param maxLength the largest number of tokens of a sequence
     * @param classes the number of classes
     * @return a new model
     * @throws IllegalArgumentException if an argument is out of its range
     */
    public static TokenTransformer bert(String method, int vocabulary, int maxLength, int classes) {
        return builder()
                .optMethod(AttentionMethod.named(method))
                .setVocabulary(vocabulary)
                .setMaxLength(maxLength)
                .setClasses(classes)
                .optPadding(0)
                .build();
    }

    /**
     * Creates a language model like GPT, which predicts the next token at each, with 2 layers of
     * width 128, 4 heads and the norms first.
     *
     * @param method the name of an {@link AttentionMethod}
     * @param vocabulary the number of tokens
     * @param maxLength the largest number of tokens of a sequence
     * @return a new model
     * @throws IllegalArgumentException if an argument is out of its range
     */
    public static TokenTransformer gpt(String method, int vocabulary, int maxLength) {
        return builder()
                .optMethod(AttentionMethod.named(method))
                .setVocabulary(vocabulary)
                .setMaxLength(maxLength)
                .setClasses(vocabulary)
                .optCausal(true)
                .optPerToken(true)
                .optNormFirst(true)
                .build();
    }

    /** {@inheritDoc} */
    @Override
    protected NDList forwardInternal(
            ParameterStore parameterStore,
            NDList inputs,
            boolean training,
            PairList<String, Object> params) {
        check(inputs.getShapes());
        return EncoderStack.freed(
                inputs.head().getManager(), () -> outputs(parameterStore, inputs, training));
    }

    private NDList outputs(ParameterStore store, NDList inputs, boolean training) {
        NDArray tokens = inputs.head();
        long length = tokens.getShape().get(1);
        NDArray ids = tokens.toType(DataType.INT64, true);
        NDArray words = embedding.forward(store, new NDList(ids), training).head();
        NDArray table = Temporaries.parameter(store, positions, words, training);
        NDArray x = words.add(table.get(new NDIndex(":{}", length)));
        // With the norms first every branch has its own.
        x = normFirst ? x : embeddingNorm.norm(store, x, training);
        if (training && dropout > 0) {
            x = Dropout.dropout(x, dropout, true).head();
        }
        NDArray seen =
                inputs.size() == 2 ? inputs.get(1).neq(0) : padding < 0 ? null : ids.neq(padding);
        NDArray mask = seen == null ? null : seen.toType(x.getDataType(), false);
        NDList hidden = hiddenStates ? new NDList() : null;
        NDArray y =
                encoder.run(store, x, mask == null ? null : mask.expandDims(1), training, hidden);
        NDArray in = perToken ? y : mean(y, mask);
        NDList outputs = new NDList(output.forward(store, new NDList(in), training).head());
        if (hidden != null) {
            outputs.addAll(hidden);
        }
        return outputs;
    }

    /** The mean over the tokens that are seen; zeros where there are none. */
    private static NDArray mean(NDArray x, NDArray mask) {
        int[] tokens = {1};
        if (mask == null) {
            return x.mean(tokens);
        }
        NDArray share = mask.div(mask.sum(tokens, true).maximum(1));
        return x.mul(share.expandDims(2)).sum(tokens);
    }

    private void check(Shape[] shapes) {
        if (shapes.length != 1 && shapes.length != 2) {
            throw new IllegalArgumentException(
                    "TokenTransformer takes 1 or 2 inputs, [tokens] or [tokens, mask], but got "
                            + shapes.length
                            + ".");
        }
        if (shapes[0].dimension() != 2) {
            throw new IllegalArgumentException(
                    "TokenTransformer takes tokens of shape [batch, length], but got "
                            + shapes[0]
                            + ".");
        }
        if (shapes[0].get(1) > maxLength) {
            throw new IllegalArgumentException(
                    String.format(
                            "TokenTransformer takes at most %d tokens, but got tokens of shape %s.",
                            maxLength, shapes[0]));
        }
        if (shapes.length == 2 && !shapes[1].equals(shapes[0])) {
            throw new IllegalArgumentException(
                    String.format(
                            "TokenTransformer: the mask must have the shape %s of the tokens, but"
                                    + " has %s.",
                            shapes[0], shapes[1]));
        }
    }

    /**
     * Returns the encoder layers.
     *
     * @return the layers, first to last
     */
    public List<QuantEncoderLayer> getLayers() {
        return encoder.layers();
    }

    /**
     * Returns the largest number of tokens.
     *
     * @return the maximal length
     */
    public int getMaxLength() {
        return maxLength;
    }

    /** {@inheritDoc} */
    @Override
    public Shape[] getOutputShapes(Shape[] inputShapes) {
        check(inputShapes);
        Shape tokens = inputShapes[0];
        Shape[] shapes = new Shape[hiddenStates ? layers + 1 : 1];
        for (int i = 1; i < shapes.length; ++i) {
            shapes[i] = tokens.add(units);
        }
        shapes[0] = perToken ? tokens.add(classes) : new Shape(tokens.get(0), classes);
        return shapes;
    }

    /** {@inheritDoc} */
    @Override
    protected void beforeInitialize(Shape... inputShapes) {
        check(inputShapes);
        super.beforeInitialize(inputShapes);
    }

    /** {@inheritDoc} */
    @Override
    protected void initializeChildBlocks(
            NDManager manager, DataType dataType, Shape... inputShapes) {
        Shape tokens = inputShapes[0];
        // The longest sequence, since learned functions of scores belong to positions.
        Shape x = new Shape(tokens.get(0), maxLength, units);
        embedding.initialize(manager, dataType, tokens);
        embeddingNorm.initialize(manager, dataType, x);
        encoder.initialize(manager, dataType, x);
        output.initialize(manager, dataType, perToken ? x : new Shape(tokens.get(0), units));
    }

    /** {@inheritDoc} */
    @Override
    protected void saveMetadata(DataOutputStream os) throws IOException {
        super.saveMetadata(os);
        os.writeUTF(settings());
    }

    /** {@inheritDoc} */
    @Override
    protected void loadMetadata(byte loadVersion, DataInputStream is)
            throws IOException, MalformedModelException {
        super.loadMetadata(loadVersion, is);
        inputNames = AttentionInputs.names(inputShapes.length);
        String saved = is.readUTF();
        if (!saved.equals(settings())) {
            throw new MalformedModelException(
                    "TokenTransformer: this model has "
                            + settings()
                            + ", but the file has "
                            + saved);
        }
    }

    private String settings() {
        return String.format(
                "%d layers of width %d for %d tokens, %d outputs%s, padding %d, norms %s",
                layers,
                units,
                maxLength,
                classes,
                perToken ? " for each token" : "",
                padding,
                normFirst ? "first" : "last");
    }

    /**
     * Creates a builder.
     *
     * @return a new builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Builds a {@link TokenTransformer}; by default 2 layers of width 128 with 4 heads and 4 times
     * as many hidden units.
     */
    public static final class Builder extends TransformerBuilder<Builder> {

        private int vocabulary;
        private int maxLength;
        private long padding = -1;
        private boolean perToken;

        private Builder() {}

        @Override
        Builder self() {
            return this;
        }

        /**
         * Sets the number of tokens.
         *
         * @param vocabulary the number of tokens, positive
         * @return this builder
         */
        public Builder setVocabulary(int vocabulary) {
            this.vocabulary = vocabulary;
            return this;
        }

        /**
         * Sets the largest number of tokens of a sequence.
         *
         * @param maxLength the maximal length, positive
         * @return this builder
         */
        public Builder setMaxLength(int maxLength) {
            this.maxLength = maxLength;
            return this;
        }

        /**
         * Sets the token that fills sequences up and is not seen; by default there is none.
         *
         * @param padding the token, or a negative number for none
         * @return this builder
         */
        public Builder optPadding(long padding) {
            this.padding = padding;
            return this;
        }

        /**
         * Sets whether there is a prediction for each token, or one for the mean of all; the
         * default is {@code false}.
         *
         * @param perToken whether to predict for each token
         * @return this builder
         */
        public Builder optPerToken(boolean perToken) {
            this.perToken = perToken;
            return this;
        }

        /**
         * Builds the model.
         *
         * @return a new model
         * @throws IllegalArgumentException if a required setting is missing or one is out of its
         *     range
         */
        public TokenTransformer build() {
            if (vocabulary <= 0) {
                throw new IllegalArgumentException(
                        "vocabulary must be set and positive, but was " + vocabulary + ".");
            }
            if (maxLength <= 0) {
                throw new IllegalArgumentException(
                        "maxLength must be set and positive, but was " + maxLength + ".");
            }
            checkTransformer();
            return new TokenTransformer(this);
        }
    }
}
