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

import org.binaryops.quantizer.Quantizer;

/**
 * The settings of one attention block: besides those in common, the quantizers of the operands of
 * its products, each of which can belong to one block only.
 *
 * @param <T> the concrete builder
 */
public abstract class OperandBuilder<T extends OperandBuilder<T>> extends AttentionBuilder<T> {

    private Quantizer keyQuantizer;
    private Quantizer queryQuantizer;
    private Quantizer valueQuantizer;
    private Quantizer probabilityQuantizer;

    OperandBuilder() {}

    Quantizer keyQuantizer() {
        return keyQuantizer == null ? method().newHeads() : keyQuantizer;
    }

    Quantizer queryQuantizer() {
        return queryQuantizer == null ? method().newHeads() : queryQuantizer;
    }

    Quantizer valueQuantizer() {
        return valueQuantizer == null ? method().newHeads() : valueQuantizer;
    }

    Quantizer probabilityQuantizer() {
        return probabilityQuantizer == null ? method().newProbability() : probabilityQuantizer;
    }

    /**
     * Sets the quantizer of the projected keys in place of the default.
     *
     * @param quantizer a new quantizer, owned by the block
     * @return this builder
     */
    public T optKeyQuantizer(Quantizer quantizer) {
        keyQuantizer = quantizer;
        return self();
    }

    /**
     * Sets the quantizer of the projected queries in place of the default.
     *
     * @param quantizer a new quantizer, owned by the block
     * @return this builder
     */
    public T optQueryQuantizer(Quantizer quantizer) {
        queryQuantizer = quantizer;
        return self();
    }

    /**
     * Sets the quantizer of the projected values in place of the default.
     *
     * @param quantizer a new quantizer, owned by the block
     * @return this builder
     */
    public T optValueQuantizer(Quantizer quantizer) {
        valueQuantizer = quantizer;
        return self();
    }

    /**
     * Sets the quantizer of the probabilities in place of the default.
     *
     * @param quantizer a new quantizer, owned by the block
     * @return this builder
     */
    public T optProbabilityQuantizer(Quantizer quantizer) {
        probabilityQuantizer = quantizer;
        return self();
    }
}
