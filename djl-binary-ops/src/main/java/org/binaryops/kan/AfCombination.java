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
import java.util.function.BinaryOperator;

/**
 * The seven ways of AF-KAN to make one function of a rising one, p = act(x − s), and a falling one,
 * q = act(e − x); see {@link AfKanBasis}.
 */
public enum AfCombination {
    /** (p q)², the default. */
    QUAD1((p, q) -> p.mul(q).square()),
    /** p q + p² + q². */
    QUAD2((p, q) -> p.mul(q).add(p.square()).add(q.square())),
    /** p + q. */
    SUM(NDArray::add),
    /** p q. */
    PROD(NDArray::mul),
    /** p + q + p q. */
    SUM_PROD((p, q) -> p.add(q).add(p.mul(q))),
    /** (p + q) (p² + q²). */
    CUBIC1((p, q) -> p.add(q).mul(p.square().add(q.square()))),
    /** (p q)³. */
    CUBIC2(
            (p, q) -> {
                NDArray product = p.mul(q);
                return product.square().mul(product);
            });

    private final BinaryOperator<NDArray> function;

    AfCombination(BinaryOperator<NDArray> function) {
        this.function = function;
    }

    /**
     * Combines.
     *
     * @param p the rising function
     * @param q the falling function
     * @return a new array
     */
    NDArray apply(NDArray p, NDArray q) {
        return function.apply(p, q);
    }
}
