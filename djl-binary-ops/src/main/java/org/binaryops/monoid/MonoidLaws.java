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
 * Measures how far an operator is from the laws of a commutative monoid, differentiably.
 *
 * <p>The result of a fold is independent of the order and the tree exactly if both measures are
 * zero on all latents.
 */
public final class MonoidLaws {

    private MonoidLaws() {}

    /**
     * Computes ‖(x ⊕ y) ⊕ z − x ⊕ (y ⊕ z)‖² for every row.
     *
     * @param operator ⊕
     * @param store the store that holds the parameters of the operator
     * @param x the left latents, of shape [M, F]
     * @param y the middle latents, of shape [M, F]
     * @param z the right latents, of shape [M, F]
     * @param training whether this is a training pass
     * @return the squared norms, of shape [M], attached to the manager of {@code x}
     */
    public static NDArray associator(
            BinaryOperator operator,
            ParameterStore store,
            NDArray x,
            NDArray y,
            NDArray z,
            boolean training) {
        return Temporaries.freed(
                x.getManager(),
                () -> {
                    NDArray leftFirst =
                            operator.combine(
                                    store, operator.combine(store, x, y, training), z, training);
                    NDArray rightFirst =
                            operator.combine(
                                    store, x, operator.combine(store, y, z, training), training);
                    return squaredDistance(leftFirst, rightFirst);
                });
    }

    /**
     * Computes ‖x ⊕ y − y ⊕ x‖² for every row. It is exactly zero for a {@link Symmetrized}
     * operator.
     *
     * @param operator ⊕
     * @param store the store that holds the parameters of the operator
     * @param x the one operand, of shape [M, F]
     * @param y the other operand, of shape [M, F]
     * @param training whether this is a training pass
     * @return the squared norms, of shape [M], attached to the manager of {@code x}
     */
    public static NDArray commutator(
            BinaryOperator operator, ParameterStore store, NDArray x, NDArray y, boolean training) {
        return Temporaries.freed(
                x.getManager(),
                () ->
                        squaredDistance(
                                operator.combine(store, x, y, training),
                                operator.combine(store, y, x, training)));
    }

    private static NDArray squaredDistance(NDArray a, NDArray b) {
        return a.sub(b).square().sum(new int[] {1});
    }
}
