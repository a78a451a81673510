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
 * A gated recurrent unit whose parameters have been looked up. To be made and used inside {@code
 * Temporaries.freed}.
 *
 * <p>The number of features and the device alone decide which arithmetic there is, so that a set
 * has the same bits in every batch.
 */
abstract class GruCell {

    /** F. */
    final long features;

    GruCell(NDArray weightIh) {
        features = weightIh.getShape().get(1);
    }

    static GruCell of(
            NDArray weightIh, NDArray weightHh, NDArray biasIh, NDArray biasHh, boolean training) {
        return EngineGruCell.takes(weightIh)
                ? new EngineGruCell(weightIh, weightHh, biasIh, biasHh)
                : new SeparateGruCell(weightIh, weightHh, biasIh, biasHh, training);
    }

    /** GRU(input, hidden), of operands that fit. */
    abstract NDArray apply(NDArray input, NDArray hidden);

    /** ½·(GRU(left, right) + GRU(right, left)), of operands that fit. */
    abstract NDArray applyBoth(NDArray left, NDArray right);

    /** The same of the rows of the first half of an array and those of the second. */
    NDArray applyBoth(NDArray operands) {
        NDList sides = operands.split(2, 0);
        return applyBoth(sides.get(0), sides.get(1));
    }

    /** The cell as an operation that checks its operands. */
    final Combination alone() {
        return (input, hidden) -> {
            check(input, hidden);
            return apply(input, hidden);
        };
    }

    /** Both orders of the operands as an operation that checks them. */
    final Combination symmetrized() {
        return new Combination() {
            @Override
            public NDArray apply(NDArray left, NDArray right) {
                check(left, right);
                return applyBoth(left, right);
            }

            @Override
            public NDArray halves(NDArray operands) {
                return applyBoth(operands);
            }
        };
    }

    /** Checks a pair of operands. */
    final void check(NDArray input, NDArray hidden) {
        Shape shape = input.getShape();
        if (shape.dimension() != 2
                || shape.get(1) != features
                || !hidden.getShape().equals(shape)) {
            throw new IllegalArgumentException(
                    String.format(
                            "GruOperator: the operands must be two arrays of one shape [rows, %d],"
                                    + " but have the shapes %s and %s",
                            features, shape, hidden.getShape()));
        }
    }
}
