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

/**
 * The settings that attention and the layers around it have in common.
 *
 * @param <T> the concrete builder
 */
public abstract class AttentionBuilder<T extends AttentionBuilder<T>> {

    int units;
    int heads;
    int weightBits = 1;
    int activationBits = 1;
    boolean causal;
    float dropout;
    private AttentionMethod method;
    ScoreNormalizer sharedNormalizer;

    AttentionBuilder() {}

    /** The method that was set, or that of the bits. */
    AttentionMethod method() {
        return method == null ? AttentionMethod.elastic(weightBits, activationBits) : method;
    }

    /** This builder under its concrete type. */
    abstract T self();

    /** Takes the settings of another builder. */
    T with(AttentionBuilder<?> other) {
        units = other.units;
        heads = other.heads;
        weightBits = other.weightBits;
        activationBits = other.activationBits;
        causal = other.causal;
        dropout = other.dropout;
        method = other.method;
        sharedNormalizer = other.sharedNormalizer;
        return self();
    }

    /**
     * Sets the parts by a method, in place of the bits.
     *
     * @param method the method, as {@code AttentionMethod.named("bit")}
     * @return this builder
     * @throws IllegalArgumentException if the method is {@code null}
     */
    public T optMethod(AttentionMethod method) {
        if (method == null) {
            throw new IllegalArgumentException("method must be given, but was null.");
        }
        this.method = method;
        return self();
    }

    /**
     * Sets a normalizer that belongs to another block, which initializes and saves it: that of the
     * layers of a universal method. By default each attention has its own.
     *
     * @param normalizer the shared normalizer
     * @return this builder
     */
    public T optSharedNormalizer(ScoreNormalizer normalizer) {
        sharedNormalizer = normalizer;
        return self();
    }

    /**
     * Sets the width E of the inputs and of the output.
     *
     * @param units the width, a multiple of the number of heads
     * @return this builder
     */
    public T setUnits(int units) {
        this.units = units;
        return self();
    }

    /**
     * Sets the number of heads.
     *
     * @param heads the number of heads N, positive
     * @return this builder
     */
    public T setHeads(int heads) {
        this.heads = heads;
        return self();
    }

    /**
     * Sets the number of bits of the weights of the projections; the default is 1.
     *
     * @param bits 1 (binary), 2 (ternary) or 32 (float)
     * @return this builder
     * @throws IllegalArgumentException if {@code bits} is another number
     */
    public T optWeightBits(int bits) {
        weightBits = AttentionMethod.checkWeightBits(bits);
        return self();
    }

    /**
     * Sets the number of bits of the inputs of the projections, of queries, keys and values and of
     * the probabilities; the default is 1.
     *
     * @param bits 1, 2, 4, 8 or 32 (float)
     * @return this builder
     * @throws IllegalArgumentException if {@code bits} is another number
     */
    public T optActivationBits(int bits) {
        activationBits = AttentionMethod.checkActivationBits(bits);
        return self();
    }

    /**
     * Sets whether a query sees only the keys up to its own position; the default is {@code false}.
     * Causal attention needs as many keys as queries.
     *
     * @param causal whether to hide the future
     * @return this builder
     */
    public T optCausal(boolean causal) {
        this.causal = causal;
        return self();
    }

    /**
     * Sets the share of the probabilities that training drops; the default is 0.
     *
     * @param rate the share, in [0, 1)
     * @return this builder
     * @throws IllegalArgumentException if {@code rate} is out of its range
     */
    public T optDropout(float rate) {
        dropout = checkDropout(rate);
        return self();
    }

    static float checkDropout(float rate) {
        if (!(rate >= 0 && rate < 1)) {
            throw new IllegalArgumentException("dropout must be in [0, 1), but was " + rate + ".");
        }
        return rate;
    }

    /** Checks the width and the number of heads. */
    final void checkUnits() {
        if (units <= 0 || heads <= 0 || units % heads != 0) {
            throw new IllegalArgumentException(
                    String.format(
                            "units must be a positive multiple of heads, but units was %d and"
                                    + " heads %d.",
                            units, heads));
        }
    }
}
