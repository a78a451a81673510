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
import org.binaryops.nn.QuantEmbedding;
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
public final class TokenTransformer extends Transformer {

    private static final byte VERSION = 1;

    private final int maxLength;
    private final int units;
    private final int classes;
    private final long padding;
    private final boolean perToken;
    private final boolean normFirst;
    private final QuantEmbedding embedding;
    private final ResidualNorm embeddingNorm;

    private TokenTransformer(Builder builder) {
        super(VERSION, builder, builder.maxLength, builder.perToken);
        maxLength = builder.maxLength;
        units = builder.units;
        classes = builder.classes;
        padding = builder.padding;
        perToken = builder.perToken;
        normFirst = builder.normFirst;
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
        addEncoder(builder);
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

    @Override
    NDList run(ParameterStore store, NDList inputs, boolean training) {
        NDArray ids = inputs.head().toType(DataType.INT64, true);
        NDArray words = embedding.forward(store, new NDList(ids), training).head();
        NDArray x = positioned(store, words, training);
        // With the norms first every branch has its own.
        x = normFirst ? x : embeddingNorm.norm(store, x, training);
        NDArray seen =
                inputs.size() == 2 ? inputs.get(1).neq(0) : padding < 0 ? null : ids.neq(padding);
        NDArray mask = seen == null ? null : seen.toType(x.getDataType(), false);
        return outputs(store, x, mask, training);
    }

    @Override
    long length(Shape[] shapes) {
        return shapes[0].get(1);
    }

    @Override
    void check(Shape[] shapes) {
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
     * Returns the largest number of tokens.
     *
     * @return the maximal length
     */
    public int getMaxLength() {
        return maxLength;
    }

    @Override
    void initializeEmbedding(NDManager manager, DataType dataType, Shape[] inputShapes) {
        Shape tokens = inputShapes[0];
        embedding.initialize(manager, dataType, tokens);
        embeddingNorm.initialize(manager, dataType, new Shape(tokens.get(0), maxLength, units));
    }

    @Override
    String settings() {
        return String.format(
                " for %d tokens, %d outputs%s, padding %d, norms %s",
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
