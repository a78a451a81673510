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
package org.binaryops.kan;

import ai.djl.ndarray.NDArray;
import ai.djl.nn.Activation;
import java.util.function.UnaryOperator;
import org.binaryops.gradient.Temporaries;

/** The nine activations that AF-KAN builds its functions from; see {@link AfKanBasis}. */
public enum AfActivation {
    /** log(1 + eˣ). */
    SOFTPLUS(Activation::softPlus),
    /** 1 / (1 + e⁻ˣ). */
    SIGMOID(Activation::sigmoid),
    /** x sigmoid(x), the default. */
    SILU(x -> x.mul(Activation.sigmoid(x))),
    /** max(x, 0). */
    RELU(Activation::relu),
    /** x for x ≥ 0, x / 100 below. */
    LEAKY_RELU(
            x ->
                    Activation.relu(x)
                            .sub(Activation.relu(x.neg()).mul(Temporaries.constant(x, .01)))),
    /** x for x ≥ 0, eˣ − 1 below. */
    ELU(x -> Activation.elu(x, 1)),
    /** x Φ(x), with the distribution function of the normal distribution. */
    GELU(Activation::gelu),
    /** Self-normalizing: λ x for x ≥ 0, λ α (eˣ − 1) below, λ = 1.0507…, α = 1.6732…. */
    SELU(Activation::selu),
    /** tanh(x). */
    TANH(Activation::tanh);

    private final UnaryOperator<NDArray> function;

    AfActivation(UnaryOperator<NDArray> function) {
        this.function = function;
    }

    /**
     * Applies the activation.
     *
     * @param x the argument
     * @return a new array
     */
    NDArray apply(NDArray x) {
        return function.apply(x);
    }
}
