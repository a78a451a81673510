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
import ai.djl.ndarray.NDList;

/**
 * A binary operation ⊕ whose parameters have been looked up, to be applied at every level of a
 * tree.
 *
 * <p>Made by {@link BinaryOperator#bind} and valid inside the {@code Temporaries.freed} in which it
 * was made.
 */
@FunctionalInterface
public interface Combination {

    /**
     * Combines the rows of two arrays.
     *
     * @param left the left operands, of shape [M, F]
     * @param right the right operands, of shape [M, F]
     * @return left ⊕ right, a new array of shape [M, F]
     */
    NDArray apply(NDArray left, NDArray right);

    /**
     * Combines the rows of the first half of an array with those of the second, which is what a
     * level of a tree does.
     *
     * @param operands the operands, of shape [2M, F]
     * @return the row i ⊕ row M + i for i in 0..M − 1, a new array of shape [M, F]
     */
    default NDArray halves(NDArray operands) {
        NDList sides = operands.split(2, 0);
        return apply(sides.get(0), sides.get(1));
    }
}
