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
import ai.djl.nn.Activation;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.function.Supplier;
import org.binaryops.nn.QuantLinear;
import org.binaryops.nn.WeightScale;
import org.binaryops.quantizer.ElasticQuantizer;
import org.binaryops.quantizer.Identity;
import org.binaryops.quantizer.Quantizer;
import org.binaryops.quantizer.Staged;
import org.binaryops.quantizer.StatisticsWeightQuantizer;

/**
 * What the parts of a transformer are made of: the quantizers of its linear layers and of the
 * operands of its attention, the function of the scores, and the estimators of residuals.
 * Immutable; every layer asks for parts of its own.
 *
 * <p>The published methods have names:
 *
 * <pre>{@code
 * Block bert = TokenTransformer.bert("bit", vocabulary, 128, classes);
 * QuantAttention attention =
 *         QuantAttention.builder().setUnits(64).setHeads(4)
 *                 .optMethod(AttentionMethod.named("bivit")).build();
 * }</pre>
 *
 * <p>and a method of one's own is built from its parts:
 *
 * <pre>{@code
 * AttentionMethod mine =
 *         AttentionMethod.builder("mine")
 *                 .optWeight(() -> new StatisticsWeightQuantizer(2))
 *                 .optNormalizer(() -> new Entmax(1.5))
 *                 .build();
 * }</pre>
 */
public final class AttentionMethod {

    /** The function between the two layers of a feed-forward network. */
    public enum Nonlinearity {
        /** max(x, 0), after which a quantizer from 0 up fits: TBT, BiT, BiPFT. */
        RELU,
        /** The Gaussian error linear unit, as in BERT and vision transformers. */
        GELU;

        NDArray apply(NDArray x) {
            return this == RELU ? Activation.relu(x) : Activation.gelu(x);
        }
    }

    private static final int FLOAT = 32;

    private final Builder parts;

    private AttentionMethod(Builder parts) {
        this.parts = parts;
    }

    /**
     * Returns a published method.
     *
     * @param name its name, one of {@link #names()} or an alias ({@code tbt} for {@code tbt-1-1-1},
     *     {@code karat-fourier} for {@code fourier-karat}), in any case
     * @return the method
     * @throws IllegalArgumentException if there is no such method
     */
    public static AttentionMethod named(String name) {
        AttentionMethod method =
                PublishedAttention.find(
                        Objects.requireNonNullElse(name, "").toLowerCase(Locale.ROOT));
        if (method == null) {
            throw new IllegalArgumentException(
                    "name must be one of "
                            + String.join(", ", names())
                            + ", but was "
                            + name
                            + ".");
        }
        return method;
    }

    /**
     * Returns the names of the published methods.
     *
     * <p>The numbers of TBT and BiT are the bits of weights, embeddings and activations. {@code
     * bivit} is the form of its results (the fast binarization without a scale), {@code
     * bivit-optimal} has the alternating one, {@code bivit-mlp-1-32} keeps the activations of the
     * feed-forward layers in float. {@code fourier-karat} has G = 3 in each layer (G3B), {@code
     * fourier-karat-universal} one block for all layers (G3U), {@code karat} cubic B-splines of
     * grid 3 on [−3, 3]. {@code entmax} has α = 1.5.
     *
     * @return what {@link #named} takes, {@code float} first
     */
    public static List<String> names() {
        return new ArrayList<>(PublishedAttention.ALL.keySet());
    }

    /**
     * Returns the quantizers of TBT with learned steps at any number of bits, which take no
     * statistics over a batch: what one sequence gives does not depend on the others.
     *
     * @param weightBits the bits of weights: 1 (binary), 2 (ternary) or 32 (float)
     * @param activationBits the bits of inputs, queries, keys, values and probabilities: 1, 2, 4, 8
     *     or 32 (float)
     * @return the method
     * @throws IllegalArgumentException if a number of bits is another
     */
    public static AttentionMethod elastic(int weightBits, int activationBits) {
        checkWeightBits(weightBits);
        checkActivationBits(activationBits);
        Builder builder = builder("elastic-" + weightBits + "-" + activationBits);
        if (weightBits != FLOAT) {
            builder.optWeight(() -> new StatisticsWeightQuantizer(weightBits))
                    .optEmbedding(() -> new StatisticsWeightQuantizer(weightBits));
        }
        if (activationBits != FLOAT) {
            builder.optActivations(() -> ElasticQuantizer.signed(activationBits))
                    .optHidden(() -> ElasticQuantizer.nonNegative(activationBits))
                    .optProbability(() -> ElasticQuantizer.nonNegative(activationBits));
        }
        return builder.optNonlinearity(Nonlinearity.RELU).build();
    }

    static int checkWeightBits(int bits) {
        if (bits != 1 && bits != 2 && bits != FLOAT) {
            throw new IllegalArgumentException(
                    "weightBits must be 1, 2 or 32 (float), but was " + bits + ".");
        }
        return bits;
    }

    static int checkActivationBits(int bits) {
        if (bits != 1 && bits != 2 && bits != 4 && bits != 8 && bits != FLOAT) {
            throw new IllegalArgumentException(
                    "activationBits must be 1, 2, 4, 8 or 32 (float), but was " + bits + ".");
        }
        return bits;
    }

    /**
     * Creates a builder for a method of one's own; without further settings it is the float
     * transformer.
     *
     * @param name how tables and plots shall call it, not empty
     * @return a new builder
     */
    public static Builder builder(String name) {
        return new Builder(name);
    }

    /**
     * Returns the name.
     *
     * @return the name
     */
    public String getName() {
        return parts.name;
    }

    /**
     * Returns where the method was published.
     *
     * @return authors, title, venue and year; empty if none was given
     */
    public String getPaper() {
        return parts.paper;
    }

    /**
     * Creates the quantizer of a table of embeddings, whose rows are its channels.
     *
     * @return a new quantizer
     */
    public Quantizer newEmbedding() {
        return parts.embedding.get();
    }

    Quantizer newQuery() {
        return parts.query.get();
    }

    Quantizer newKey() {
        return parts.key.get();
    }

    Quantizer newValue() {
        return parts.value.get();
    }

    Quantizer newProbability() {
        return parts.probability.get();
    }

    /**
     * Creates the function of the scores.
     *
     * @return a new normalizer
     */
    public ScoreNormalizer newNormalizer() {
        return parts.normalizer.get();
    }

    /** The estimators of residuals, or null. */
    ResidualEstimators newEstimators() {
        return parts.residualRank == 0 ? null : new ResidualEstimators(parts.residualRank);
    }

    /**
     * Returns whether the layers of a network share one normalizer.
     *
     * @return {@code true} for universal KArAt
     */
    public boolean isUniversal() {
        return parts.universal;
    }

    /**
     * Returns the function between the layers of the feed-forward network.
     *
     * @return the function
     */
    public Nonlinearity getNonlinearity() {
        return parts.nonlinearity;
    }

    /** A projection of the attention. */
    QuantLinear projection(int units) {
        return linear(units, parts.input.get(), parts.weight.get());
    }

    /** The first layer of the feed-forward network. */
    QuantLinear expansion(int units) {
        Quantizer input = parts.quantizesHidden ? parts.input.get() : new Identity();
        return linear(units, staged(input), staged(parts.weight.get()));
    }

    /** The second layer, after the nonlinearity. */
    QuantLinear contraction(int units) {
        return linear(units, staged(parts.hidden.get()), staged(parts.weight.get()));
    }

    private Quantizer staged(Quantizer quantizer) {
        return parts.staged && !(quantizer instanceof Identity) ? Staged.of(quantizer) : quantizer;
    }

    private QuantLinear linear(int units, Quantizer input, Quantizer weight) {
        return QuantLinear.builder()
                .setUnits(units)
                .optInputQuantizer(input)
                .optWeightQuantizer(weight)
                .optScale(parts.scale)
                .optBias(true)
                .build();
    }

    /**
     * Returns this method for the cross-layer training of BiViT: the feed-forward layers are in
     * float until {@code Staged.setEnabled(net, true)}, the attention is quantized from the start.
     *
     * @return a method of the same name whose feed-forward quantizers are {@link Staged}
     * @throws IllegalStateException if the layers have a scale of their own, which would act in the
     *     float stage too
     */
    public AttentionMethod withFeedForwardLater() {
        if (parts.scale != WeightScale.NONE) {
            throw new IllegalStateException(
                    "The scale must be part of the weight quantizer to be switched on later, but"
                            + " the layers have "
                            + parts.scale
                            + ".");
        }
        Builder copy = parts.copy();
        copy.staged = true;
        return new AttentionMethod(copy);
    }

    /**
     * Returns the name.
     *
     * @return the name
     */
    @Override
    public String toString() {
        return getName();
    }

    /** Builds an {@link AttentionMethod}. */
    public static final class Builder implements Cloneable {

        private final String name;
        private String paper = "";
        private Supplier<? extends Quantizer> input = Identity::new;
        private Supplier<? extends Quantizer> hidden = Identity::new;
        private Supplier<? extends Quantizer> weight = Identity::new;
        private Supplier<? extends Quantizer> embedding = Identity::new;
        private Supplier<? extends Quantizer> query = Identity::new;
        private Supplier<? extends Quantizer> key = Identity::new;
        private Supplier<? extends Quantizer> value = Identity::new;
        private Supplier<? extends Quantizer> probability = Identity::new;
        private Supplier<? extends ScoreNormalizer> normalizer = Softmax::new;
        private WeightScale scale = WeightScale.NONE;
        private Nonlinearity nonlinearity = Nonlinearity.GELU;
        private int residualRank;
        private boolean universal;
        private boolean quantizesHidden = true;
        private boolean staged;

        private Builder(String name) {
            if (name == null || name.isBlank()) {
                throw new IllegalArgumentException("name must not be empty.");
            }
            this.name = name;
        }

        private Builder copy() {
            try {
                return (Builder) clone();
            } catch (CloneNotSupportedException e) {
                throw new AssertionError(e);
            }
        }

        private static <V> V required(String argument, V value) {
            if (value == null) {
                throw new IllegalArgumentException(argument + " must be given, but was null.");
            }
            return value;
        }

        /**
         * Sets where the method was published; the default is empty.
         *
         * @param paper authors, title, venue and year
         * @return this builder
         */
        public Builder optPaper(String paper) {
            this.paper = required("paper", paper);
            return this;
        }

        /**
         * Sets the quantizer of the inputs of linear layers, and with it those of queries, keys and
         * values; the default is none ({@link Identity}).
         *
         * @param quantizer makes a new quantizer at each call, for [..., features]
         * @return this builder
         */
        public Builder optActivations(Supplier<? extends Quantizer> quantizer) {
            input = required("activations", quantizer);
            query = quantizer;
            key = quantizer;
            value = quantizer;
            return this;
        }

        /**
         * Sets the quantizer of the queries, keys and values where it is not that of the inputs.
         *
         * @param quantizer makes a new quantizer at each call, for [batch, length, width]
         * @return this builder
         */
        public Builder optHeads(Supplier<? extends Quantizer> quantizer) {
            query = required("heads", quantizer);
            key = quantizer;
            value = quantizer;
            return this;
        }

        /**
         * Sets the quantizer of the input of the second feed-forward layer; the default is none.
         *
         * @param quantizer makes a new quantizer at each call, for what the nonlinearity gives
         * @return this builder
         */
        public Builder optHidden(Supplier<? extends Quantizer> quantizer) {
            hidden = required("hidden", quantizer);
            return this;
        }

        /**
         * Sets whether the activations of both feed-forward layers are quantized; the default is
         * {@code true}.
         *
         * @param quantized {@code false} to quantize only their weights
         * @return this builder
         */
        public Builder optFeedForwardActivations(boolean quantized) {
            quantizesHidden = quantized;
            if (!quantized) {
                hidden = Identity::new;
            }
            return this;
        }

        /**
         * Sets the quantizer of the weights of linear layers; the default is none.
         *
         * @param quantizer makes a new quantizer at each call
         * @return this builder
         */
        public Builder optWeight(Supplier<? extends Quantizer> quantizer) {
            weight = required("weight", quantizer);
            return this;
        }

        /**
         * Sets the scale of the linear layers; the default is {@link WeightScale#NONE}.
         *
         * @param scale the scale of the products
         * @return this builder
         */
        public Builder optScale(WeightScale scale) {
            this.scale = required("scale", scale);
            return this;
        }

        /**
         * Sets the quantizer of tables of embeddings; the default is none.
         *
         * @param quantizer makes a new quantizer at each call, for [items, width]
         * @return this builder
         */
        public Builder optEmbedding(Supplier<? extends Quantizer> quantizer) {
            embedding = required("embedding", quantizer);
            return this;
        }

        /**
         * Sets the quantizer of the normalized scores; the default is none.
         *
         * @param quantizer makes a new quantizer at each call, for [batch, heads, queries, keys]
         * @return this builder
         */
        public Builder optProbability(Supplier<? extends Quantizer> quantizer) {
            probability = required("probability", quantizer);
            return this;
        }

        /**
         * Sets the function of the scores; the default is {@link Softmax}.
         *
         * @param normalizer makes a new normalizer at each call
         * @return this builder
         */
        public Builder optNormalizer(Supplier<? extends ScoreNormalizer> normalizer) {
            this.normalizer = required("normalizer", normalizer);
            return this;
        }

        /**
         * Sets whether the layers of a network share one normalizer; the default is {@code false}.
         *
         * @param universal whether they share it
         * @return this builder
         */
        public Builder optUniversal(boolean universal) {
            this.universal = universal;
            return this;
        }

        /**
         * Sets the rank of {@link ResidualEstimators}; the default is 0, no estimators.
         *
         * @param rank the rank, not negative
         * @return this builder
         */
        public Builder optResidualRank(int rank) {
            if (rank < 0) {
                throw new IllegalArgumentException(
                        "residualRank must not be negative, but was " + rank + ".");
            }
            residualRank = rank;
            return this;
        }

        /**
         * Sets the function between the feed-forward layers; the default is {@link
         * Nonlinearity#GELU}.
         *
         * @param nonlinearity the function
         * @return this builder
         */
        public Builder optNonlinearity(Nonlinearity nonlinearity) {
            this.nonlinearity = required("nonlinearity", nonlinearity);
            return this;
        }

        /**
         * Builds the method.
         *
         * @return a new method
         */
        public AttentionMethod build() {
            return new AttentionMethod(copy());
        }
    }
}
