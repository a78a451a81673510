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
package org.binaryops.monoid;

import ai.djl.ndarray.NDArray;
import ai.djl.training.ParameterStore;
import org.binaryops.gradient.Temporaries;

/**
 * The smooth maximum, left ⊕ right = log(exp(left) + exp(right)), elementwise: commutative, and
 * associative but for rounding.
 *
 * <p>Computed as max + log(1 + exp(−|left − right|)), so that nothing overflows.
 */
public final class LogSumExpOperator extends BinaryOperator {

    private static final byte VERSION = 1;

    /** Creates the operator; it has no parameters. */
    public LogSumExpOperator() {
        super(VERSION);
    }

    /** {@inheritDoc} */
    @Override
    public NDArray combine(ParameterStore store, NDArray left, NDArray right, boolean training) {
        return Temporaries.freed(
                left.getManager(),
                () -> {
                    // Detached: the derivative of the formula below is then the softmax, ties too.
                    NDArray largest = left.stopGradient().maximum(right.stopGradient());
                    return left.sub(largest).exp().add(right.sub(largest).exp()).log().add(largest);
                });
    }
}
