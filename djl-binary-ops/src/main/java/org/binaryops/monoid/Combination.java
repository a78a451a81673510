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
import ai.djl.ndarray.types.Shape;

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
     * Combines neighbouring rows, which is what a level of a tree does.
     *
     * @param nodes the operands, of shape [2M, F], contiguous
     * @return the row 2i ⊕ row 2i + 1 for i in 0..M − 1, a new array of shape [M, F]
     */
    default NDArray pairs(NDArray nodes) {
        Shape shape = nodes.getShape();
        // A pair is one row of 2F numbers: its halves are the operands, without a copy.
        NDList operands = nodes.reshape(shape.get(0) / 2, 2 * shape.get(1)).split(2, 1);
        return apply(operands.get(0), operands.get(1));
    }
}
