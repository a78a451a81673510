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

import java.util.function.Supplier;
import org.binaryops.attention.AttentionMethod.Nonlinearity;
import org.binaryops.nn.WeightScale;
import org.binaryops.quantizer.Identity;
import org.binaryops.quantizer.Quantizer;

/**
 * Builds an {@link AttentionMethod} from its parts; without further settings it is the float
 * transformer.
 */
public final class AttentionMethodBuilder implements Cloneable {

    final String name;
    String paper = "";
    Supplier<? extends Quantizer> input = Identity::new;
    Supplier<? extends Quantizer> hidden = Identity::new;
    Supplier<? extends Quantizer> weight = Identity::new;
    Supplier<? extends Quantizer> embedding = Identity::new;

    /** Of queries, keys and values; null for that of the inputs. */
    Supplier<? extends Quantizer> heads;

    Supplier<? extends Quantizer> probability = Identity::new;
    Supplier<? extends ScoreNormalizer> normalizer = Softmax::new;
    WeightScale scale = WeightScale.NONE;
    Nonlinearity nonlinearity = Nonlinearity.GELU;
    int residualRank;
    boolean universal;
    boolean quantizesHidden = true;
    boolean staged;

    AttentionMethodBuilder(String name) {
        if (name == null || name.isBlank()) {
            throw new IllegalArgumentException("name must not be empty.");
        }
        this.name = name;
    }

    AttentionMethodBuilder copy() {
        try {
            return (AttentionMethodBuilder) clone();
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
    public AttentionMethodBuilder optPaper(String paper) {
        this.paper = required("paper", paper);
        return this;
    }

    /**
     * Sets the quantizer of the inputs of linear layers, and of queries, keys and values where
     * {@link #optHeads} does not set another; the default is none ({@link Identity}).
     *
     * @param quantizer makes a new quantizer at each call, for [..., features]
     * @return this builder
     */
    public AttentionMethodBuilder optActivations(Supplier<? extends Quantizer> quantizer) {
        input = required("activations", quantizer);
        return this;
    }

    /**
     * Sets the quantizer of the queries, keys and values where it is not that of the inputs.
     *
     * @param quantizer makes a new quantizer at each call, for [batch, length, width]
     * @return this builder
     */
    public AttentionMethodBuilder optHeads(Supplier<? extends Quantizer> quantizer) {
        heads = required("heads", quantizer);
        return this;
    }

    /**
     * Sets the quantizer of the input of the second feed-forward layer; the default is none.
     *
     * @param quantizer makes a new quantizer at each call, for what the nonlinearity gives
     * @return this builder
     */
    public AttentionMethodBuilder optHidden(Supplier<? extends Quantizer> quantizer) {
        hidden = required("hidden", quantizer);
        return this;
    }

    /**
     * Sets whether the activations of both feed-forward layers are quantized; the default is {@code
     * true}.
     *
     * @param quantized {@code false} to quantize only their weights
     * @return this builder
     */
    public AttentionMethodBuilder optFeedForwardActivations(boolean quantized) {
        quantizesHidden = quantized;
        return this;
    }

    /**
     * Sets the quantizer of the weights of linear layers; the default is none.
     *
     * @param quantizer makes a new quantizer at each call
     * @return this builder
     */
    public AttentionMethodBuilder optWeight(Supplier<? extends Quantizer> quantizer) {
        weight = required("weight", quantizer);
        return this;
    }

    /**
     * Sets the scale of the linear layers; the default is {@link WeightScale#NONE}.
     *
     * @param scale the scale of the products
     * @return this builder
     */
    public AttentionMethodBuilder optScale(WeightScale scale) {
        this.scale = required("scale", scale);
        return this;
    }

    /**
     * Sets the quantizer of tables of embeddings; the default is none.
     *
     * @param quantizer makes a new quantizer at each call, for [items, width]
     * @return this builder
     */
    public AttentionMethodBuilder optEmbedding(Supplier<? extends Quantizer> quantizer) {
        embedding = required("embedding", quantizer);
        return this;
    }

    /**
     * Sets the quantizer of the normalized scores; the default is none.
     *
     * @param quantizer makes a new quantizer at each call, for [batch, heads, queries, keys]
     * @return this builder
     */
    public AttentionMethodBuilder optProbability(Supplier<? extends Quantizer> quantizer) {
        probability = required("probability", quantizer);
        return this;
    }

    /**
     * Sets the function of the scores; the default is {@link Softmax}.
     *
     * @param normalizer makes a new normalizer at each call
     * @return this builder
     */
    public AttentionMethodBuilder optNormalizer(Supplier<? extends ScoreNormalizer> normalizer) {
        this.normalizer = required("normalizer", normalizer);
        return this;
    }

    /**
     * Sets whether the layers of a network share one normalizer; the default is {@code false}.
     *
     * @param universal whether they share it
     * @return this builder
     */
    public AttentionMethodBuilder optUniversal(boolean universal) {
        this.universal = universal;
        return this;
    }

    /**
     * Sets the rank of {@link ResidualEstimators}; the default is 0, no estimators.
     *
     * @param rank the rank, not negative
     * @return this builder
     */
    public AttentionMethodBuilder optResidualRank(int rank) {
        if (rank < 0) {
            throw new IllegalArgumentException(
                    "residualRank must not be negative, but was " + rank + ".");
        }
        residualRank = rank;
        return this;
    }

    /**
     * Sets the function between the feed-forward layers; the default is {@link Nonlinearity#GELU}.
     *
     * @param nonlinearity the function
     * @return this builder
     */
    public AttentionMethodBuilder optNonlinearity(Nonlinearity nonlinearity) {
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
