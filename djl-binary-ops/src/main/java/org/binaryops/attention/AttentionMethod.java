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
import java.util.List;
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

    private final AttentionMethodBuilder parts;

    AttentionMethod(AttentionMethodBuilder parts) {
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
        return PublishedAttention.named(name);
    }

    /**
     * Returns the names of the published methods.
     *
     * <p>The numbers of TBT and BiT are the bits of weights, embeddings and activations. {@code
     * bivit} is the form of its results (the fast binarization without a scale), {@code
     * bivit-optimal} has the alternating one, {@code bivit-mlp-1-32} keeps the activations of the
     * feed-forward layers in float. {@code fourier-karat} has G = 3 in each layer (G3B) and starts
     * from N(0, 1) as published, {@code fourier-karat-small} from N(0, 0.002²), {@code
     * fourier-karat-universal} has one block for all layers (G3U), {@code karat} cubic B-splines of
     * grid 3 on [−3, 3]. {@code entmax} has α = 1.5.
     *
     * @return what {@link #named} takes, {@code float} first
     */
    public static List<String> names() {
        return PublishedAttention.names();
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
        AttentionMethodBuilder builder = builder("elastic-" + weightBits + "-" + activationBits);
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
    public static AttentionMethodBuilder builder(String name) {
        return new AttentionMethodBuilder(name);
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

    /** Of projected queries, keys or values; each needs its own. */
    Quantizer newHeads() {
        return (parts.heads == null ? parts.input : parts.heads).get();
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
        Quantizer input = parts.quantizesHidden ? parts.hidden.get() : new Identity();
        return linear(units, staged(input), staged(parts.weight.get()));
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
        AttentionMethodBuilder copy = parts.copy();
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
}
