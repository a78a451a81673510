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
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;

/**
 * A {@link GruCell} for few features outside training: all that is linear in [x; h] comes from one
 * matrix product. It multiplies with some zeros, since m has nothing of x, but makes fewer calls.
 */
final class JointGruCell extends GruCell {

    private final NDArray weight;
    private final NDArray bias;
    private final long[] gatesSumAndM;

    JointGruCell(NDArray weightIh, NDArray weightHh, NDArray biasIh, NDArray biasHh) {
        super(weightIh, false);
        long features = weightIh.getShape().get(1);
        gatesSumAndM = new long[] {2 * features, 3 * features};
        weight = ofInput(weightIh).concat(ofHidden(weightHh), 1);
        bias = ofInput(biasIh).add(ofHidden(biasHh));
    }

    /** What x has in the rows for the gates, the sum, and m. */
    private NDArray ofInput(NDArray parameter) {
        NDList parts = gatesAndCandidate(parameter);
        NDArray candidate = candidateOfInput(parts.get(1));
        return NDArrays.concat(new NDList(parts.get(0), candidate, candidate.zerosLike()), 0);
    }

    /** What h has in the same rows. */
    private NDArray ofHidden(NDArray parameter) {
        NDList parts = gatesAndCandidate(parameter);
        NDArray m = candidateOfHidden(parts.get(1));
        return NDArrays.concat(new NDList(parts.get(0), m, m), 0);
    }

    @Override
    NDArray update(NDArray input, NDArray hidden) {
        NDList parts =
                RowwiseLinear.apply(input.concat(hidden, 1), weight, bias).split(gatesSumAndM, 1);
        return update(parts.get(0), parts.get(1), parts.get(2), hidden);
    }
}
