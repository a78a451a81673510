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

    AttentionBuilder() {}

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
        weightBits = BitWidths.checkWeight(bits);
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
        activationBits = BitWidths.checkActivation(bits);
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
        dropout = BitWidths.checkDropout(rate);
        return self();
    }
}
