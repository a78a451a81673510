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

/** A {@link GruCell} that multiplies x and h each by itself: no multiplication is wasted. */
final class SeparateGruCell extends GruCell {

    private final NDArray weightIh;
    private final NDArray weightHh;
    private final NDArray biasIh;
    private final NDArray biasHh;
    private final long[] gatesAndCandidate;

    SeparateGruCell(NDArray weightIh, NDArray weightHh, NDArray biasIh, NDArray biasHh) {
        super(weightIh);
        long features = weightIh.getShape().get(1);
        gatesAndCandidate = new long[] {2 * features};
        NDArray ones =
                weightIh.getManager()
                        .ones(new Shape(features), weightIh.getDataType(), weightIh.getDevice());
        NDArray halfGates = ones.mul(half).repeat(2).concat(ones, 0);
        this.weightIh = weightIh.mul(halfGates.expandDims(1));
        this.biasIh = biasIh.mul(halfGates);
        this.weightHh = weightHh.mul(half);
        this.biasHh = biasHh.mul(half);
    }

    /** What the cell needs of an input: W_i·x + b_i with halved gates, of shape [M, 3F]. */
    NDArray project(NDArray input) {
        return RowwiseLinear.apply(input, weightIh, biasIh);
    }

    @Override
    NDArray update(NDArray input, NDArray hidden) {
        return updateProjected(project(input), hidden);
    }

    /** Twice the new state, for an input that was projected before. */
    NDArray updateProjected(NDArray projected, NDArray hidden) {
        NDList fromInput = projected.split(gatesAndCandidate, 1);
        NDList fromHidden =
                RowwiseLinear.apply(hidden, weightHh, biasHh).split(gatesAndCandidate, 1);
        NDArray m = fromHidden.get(1);
        return update(fromInput.get(0).add(fromHidden.get(0)), fromInput.get(1).add(m), m, hidden);
    }
}
