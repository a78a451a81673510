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
import org.binaryops.gradient.Temporaries;

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
final class GruCell {

    final NDArray half;
    final NDArray quarter;
    private final NDArray weightIh;
    private final NDArray weightHh;
    private final NDArray biasIh;
    private final NDArray biasHh;
    private final long features;
    private final long[] gatesAndCandidate;

    GruCell(NDArray weightIh, NDArray weightHh, NDArray biasIh, NDArray biasHh) {
        features = weightIh.getShape().get(1);
        gatesAndCandidate = new long[] {2 * features};
        half = Temporaries.constant(weightIh, 0.5);
        quarter = Temporaries.constant(weightIh, 0.25);
        NDArray ones =
                weightIh.getManager()
                        .ones(new Shape(features), weightIh.getDataType(), weightIh.getDevice());
        NDArray halfGates = ones.mul(half).repeat(2).concat(ones, 0);
        this.weightIh = weightIh.mul(halfGates.expandDims(1));
        this.biasIh = biasIh.mul(halfGates);
        this.weightHh = weightHh.mul(half);
        this.biasHh = biasHh.mul(half);
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

    /** What the cell needs of an input: W_i·x + b_i with halved gates, of shape [M, 3F]. */
    NDArray project(NDArray input) {
        return RowwiseLinear.apply(input, weightIh, biasIh);
    }

    /** Twice the new state. */
    NDArray update(NDArray input, NDArray hidden) {
        return updateProjected(project(input), hidden);
    }

    /** Twice the new state, for an input that was projected before. */
    NDArray updateProjected(NDArray projected, NDArray hidden) {
        NDList fromInput = projected.split(gatesAndCandidate, 1);
        NDList fromHidden =
                RowwiseLinear.apply(hidden, weightHh, biasHh).split(gatesAndCandidate, 1);
        NDList gates = fromInput.get(0).add(fromHidden.get(0)).tanh().split(2, 1);
        NDArray m = fromHidden.get(1);
        // A sum keeps none of its terms for the backward pass, so it may grow in place.
        NDArray n = fromInput.get(1).add(m).addi(gates.get(0).mul(m)).tanh();
        return n.add(hidden).addi(gates.get(1).mul(hidden.sub(n)));
    }
}
