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
package org.binaryops.quantizer.codebook;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import org.binaryops.gradient.Temporaries;

/** Clusters vectors, on their device: k-means++ chooses the centres, Lloyd's steps move them. */
final class KMeans {

    private KMeans() {}

    /**
     * Finds the centres of clusters.
     *
     * @param x the vectors, at least one, of shape [vectors, groups, width]
     * @param codes the number of centres of each group
     * @param iterations the number of Lloyd's steps
     * @return the centres, of shape [groups, codes, width]; one that attracts no vector stays
     */
    static NDArray centres(NDArray x, int codes, int iterations) {
        NDArray centres = seeds(x, codes);
        for (int i = 0; i < iterations; ++i) {
            NDArray before = centres;
            centres = Temporaries.freed(x.getManager(), () -> step(x, before));
            before.close();
        }
        return centres;
    }

    private static NDArray step(NDArray x, NDArray centres) {
        long codes = centres.getShape().get(1);
        NDArray ids = CodeTable.nearest(Snap.EUCLIDEAN.ofGroups(x, centres), 1);
        NDArray marks = CodeTable.marks(ids, codes, x.getDataType());
        NDArray sums = marks.transpose(1, 2, 0).matMul(x.swapAxes(0, 1));
        NDArray counts = marks.sum(new int[] {0}).expandDims(2);
        NDArray empty = counts.minimum(1).muli(-1).addi(1);
        return sums.add(centres.mul(empty)).div(counts.add(empty));
    }

    /**
     * The seeds of k-means++: each next one is a vector drawn with a probability proportional to
     * its squared distance to the nearest seed. The largest of logarithm + Gumbel noise is such a
     * draw, without a look at the numbers from the host.
     */
    private static NDArray seeds(NDArray x, int codes) {
        return Temporaries.freed(
                x.getManager(),
                () -> {
                    Shape shape = new Shape(x.getShape().get(1), x.getShape().get(0));
                    NDArray nearest = x.getManager().ones(shape, x.getDataType(), x.getDevice());
                    NDArray table = x.swapAxes(0, 1);
                    NDList chosen = new NDList(codes);
                    for (int i = 0; i < codes; ++i) {
                        NDArray distance = nearest;
                        boolean first = i == 0;
                        NDArray seed =
                                Temporaries.freed(
                                        x.getManager(),
                                        () -> CodeTable.rows(table, choose(distance), 0));
                        chosen.add(seed);
                        nearest =
                                Temporaries.freed(
                                        x.getManager(),
                                        () -> {
                                            NDArray d = table.sub(seed).square();
                                            NDArray squares = d.sum(new int[] {2});
                                            return first ? squares : squares.minimum(distance);
                                        });
                        distance.close();
                    }
                    return NDArrays.concat(chosen, 1);
                });
    }

    /** Draws one vector for each group, of shape [groups, 1], by weights [groups, tokens]. */
    private static NDArray choose(NDArray weights) {
        NDArray uniform =
                weights.getManager()
                        .randomUniform(
                                0,
                                1,
                                weights.getShape(),
                                weights.getDataType(),
                                weights.getDevice());
        // An uniform 0 would give a Gumbel of minus infinity to all, a weight 0 a NaN.
        NDArray gumbel = uniform.maximum(1e-30).log().neg().maximum(1e-30).log().neg();
        return weights.maximum(1e-30).log().add(gumbel).argMax(1).expandDims(1);
    }
}
