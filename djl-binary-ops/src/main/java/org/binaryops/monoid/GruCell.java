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
 * The arithmetic of a gated recurrent unit, arranged for few operations a call.
 *
 * <p>With σ(x) = ½ + ½·tanh(x/2), the rows of r, z and of W_hn are halved once, which is exact in
 * binary floating point. With t_r = 2r − 1, t_z = 2z − 1 and m = ½·(W_hn·h + b_hn),
 *
 * <pre>
 * n = tanh(W_in·x + b_in + m + t_r ⊙ m)
 * 2·GRU(x, h) = n + h + t_z ⊙ (h − n)
 * </pre>
 *
 * <p>The engine's own sigmoid rounds differently in the vectorized body of an array and in its last
 * few elements, so that the bits of a row would depend on where it lies; its tanh does not.
 *
 * <p>To be made and used inside {@code Temporaries.freed}.
 */
abstract class GruCell {

    /** Up to here a call costs more than the multiplications that it saves. */
    private static final long FEW_FEATURES = 64;

    final NDArray half;
    private final long features;

    GruCell(NDArray weightIh) {
        features = weightIh.getShape().get(1);
        half = weightIh.getManager().full(new Shape(), 0.5f, weightIh.getDataType());
    }

    /** Arranges the arithmetic for a number of features, which alone decides about the bits. */
    static GruCell of(NDArray weightIh, NDArray weightHh, NDArray biasIh, NDArray biasHh) {
        return weightIh.getShape().get(1) <= FEW_FEATURES
                ? new JointGruCell(weightIh, weightHh, biasIh, biasHh)
                : new SeparateGruCell(weightIh, weightHh, biasIh, biasHh);
    }

    /** Checks a pair of operands. */
    void check(NDArray input, NDArray hidden) {
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

    /** Twice the new state. */
    abstract NDArray update(NDArray input, NDArray hidden);

    /**
     * Twice the new state.
     *
     * @param gates t_r and t_z side by side, before their tanh
     * @param sum W_in·x + b_in + m
     * @param m m
     * @param hidden h
     */
    static NDArray update(NDArray gates, NDArray sum, NDArray m, NDArray hidden) {
        NDList t = gates.tanh().split(2, 1);
        // A sum keeps none of its terms for the backward pass, so it may grow in place.
        NDArray n = t.get(0).mul(m).addi(sum).tanh();
        return n.add(hidden).addi(t.get(1).mul(hidden.sub(n)));
    }
}
