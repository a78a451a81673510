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

/** A {@link GruCell} that multiplies x and h each by itself: no multiplication is wasted. */
final class SeparateGruCell extends GruCell {

    private final NDArray weightIh;
    private final NDArray weightHh;
    private final NDArray biasIh;
    private final NDArray biasHh;
    private final long[] gates;

    SeparateGruCell(
            NDArray weightIh, NDArray weightHh, NDArray biasIh, NDArray biasHh, boolean training) {
        super(weightIh, training);
        gates = new long[] {2 * weightIh.getShape().get(1)};
        this.weightIh = ofInput(weightIh);
        this.biasIh = ofInput(biasIh);
        this.weightHh = ofHidden(weightHh);
        this.biasHh = ofHidden(biasHh);
    }

    private NDArray ofInput(NDArray parameter) {
        NDList parts = gatesAndCandidate(parameter);
        return parts.get(0).concat(candidateOfInput(parts.get(1)), 0);
    }

    private NDArray ofHidden(NDArray parameter) {
        NDList parts = gatesAndCandidate(parameter);
        return parts.get(0).concat(candidateOfHidden(parts.get(1)), 0);
    }

    /** What the cell needs of an input, of shape [M, 3F]. */
    NDArray project(NDArray input) {
        return RowwiseLinear.apply(input, weightIh, biasIh);
    }

    @Override
    NDArray update(NDArray input, NDArray hidden) {
        return updateProjected(project(input), hidden);
    }

    /** The new state over {@link #share}, for an input that was projected before. */
    NDArray updateProjected(NDArray projected, NDArray hidden) {
        NDList fromInput = projected.split(gates, 1);
        NDList fromHidden = RowwiseLinear.apply(hidden, weightHh, biasHh).split(gates, 1);
        NDArray m = fromHidden.get(1);
        return update(fromInput.get(0).add(fromHidden.get(0)), fromInput.get(1).add(m), m, hidden);
    }
}
