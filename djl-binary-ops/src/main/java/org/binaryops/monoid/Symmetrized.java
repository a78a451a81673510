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
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.ParameterStore;
import org.binaryops.gradient.Temporaries;

/**
 * Makes any operator g commutative: left ⊕ right = ½·(g(left, right) + g(right, left)).
 *
 * <p>Swapping the operands swaps two equal computations, and since the addition of floating-point
 * numbers is commutative, the result is the same bit for bit.
 */
public final class Symmetrized extends BinaryOperator {

    private static final byte VERSION = 1;

    private final BinaryOperator operator;

    /**
     * Symmetrizes an operator.
     *
     * @param operator g, which becomes a child of this block
     */
    public Symmetrized(BinaryOperator operator) {
        super(VERSION);
        if (operator == null) {
            throw new IllegalArgumentException("Symmetrized: the operator must not be null");
        }
        this.operator = addChildBlock("operator", operator);
    }

    /** {@inheritDoc} */
    @Override
    public NDArray combine(ParameterStore store, NDArray left, NDArray right, boolean training) {
        return Temporaries.freed(
                left.getManager(), () -> bind(store, left, training).apply(left, right));
    }

    /** {@inheritDoc} */
    @Override
    public Combination bind(ParameterStore store, NDArray like, boolean training) {
        return operator.bindSymmetrized(store, like, training);
    }

    /** {@inheritDoc} */
    @Override
    protected void initializeChildBlocks(
            NDManager manager, DataType dataType, Shape... inputShapes) {
        operator.initialize(manager, dataType, inputShapes);
    }
}
