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
 * A symmetrized operation: both orders of all pairs go through one call of the operation, as the
 * rows of one array, and are added up.
 */
class BothOrders implements Combination {

    private final Combination one;
    private final NDArray factor;

    /**
     * Symmetrizes an operation whose rows do not depend on each other.
     *
     * @param one g
     * @param factor what (g(l, r) + g(r, l)) is multiplied with, a scalar
     */
    BothOrders(Combination one, NDArray factor) {
        this.one = one;
        this.factor = factor;
    }

    @Override
    public NDArray apply(NDArray left, NDArray right) {
        return symmetrized(left, right, left.concat(right, 0));
    }

    @Override
    public NDArray halves(NDArray operands) {
        NDList sides = operands.split(2, 0);
        return symmetrized(sides.get(0), sides.get(1), operands);
    }

    private NDArray symmetrized(NDArray left, NDArray right, NDArray operands) {
        NDList orders = one.apply(operands, right.concat(left, 0)).split(2, 0);
        return orders.get(0).add(orders.get(1)).muli(factor);
    }
}
