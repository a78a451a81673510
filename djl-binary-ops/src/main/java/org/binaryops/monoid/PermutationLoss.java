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
import java.util.Random;
import org.binaryops.gradient.Temporaries;

/**
 * Regularizes what a set may not depend on: the order of its elements (after Cohen-Karlik et al.,
 * "Regularizing Towards Permutation Invariance in Recurrent Models", NeurIPS 2020), and for a
 * learned operator the tree.
 */
public final class PermutationLoss {

    private PermutationLoss() {}

    /**
     * Computes the mean over the sets of ‖A(π(X)) − A(π′(X))‖² for two random orders π and π′.
     *
     * @param aggregator A
     * @param store the store that holds the parameters of the aggregator
     * @param elements the elements, of shape [N, F]
     * @param segments the sets
     * @param random the random numbers
     * @param training whether this is a training pass
     * @return a scalar, attached to the manager of {@code elements}, to be added to the loss of the
     *     task
     */
    public static NDArray of(
            SetAggregator aggregator,
            ParameterStore store,
            NDArray elements,
            Segments segments,
            Random random,
            boolean training) {
        return Temporaries.freed(
                elements.getManager(),
                () -> {
                    Segments one = segments.shuffled(random);
                    Segments other = segments.shuffled(random);
                    return aggregator
                            .aggregate(store, elements, one, training)
                            .sub(aggregator.aggregate(store, elements, other, training))
                            .square()
                            .sum(new int[] {1})
                            .mean();
                });
    }

    /**
     * Computes the mean over random triples x, y, z of elements of one set of ‖(x ⊕ y) ⊕ z − x ⊕ (y
     * ⊕ z)‖².
     *
     * @param operator ⊕
     * @param store the store that holds the parameters of the operator
     * @param elements the elements, of shape [N, F]
     * @param segments the sets; those with fewer than three elements have no say
     * @param triples how many triples to draw from each set
     * @param random the random numbers
     * @param training whether this is a training pass
     * @return a scalar, attached to the manager of {@code elements}; 0 if no set has three elements
     */
    public static NDArray ofTriples(
            BinaryOperator operator,
            ParameterStore store,
            NDArray elements,
            Segments segments,
            int triples,
            Random random,
            boolean training) {
        Rows.check("PermutationLoss", elements.getShape(), segments);
        int[][] rows = new int[3][triples * segments.sets()];
        int count = 0;
        for (int set = 0; set < segments.sets(); ++set) {
            int n = segments.length(set);
            for (int i = 0; n >= 3 && i < triples; ++i, ++count) {
                int x = random.nextInt(n);
                int y = (x + 1 + random.nextInt(n - 1)) % n;
                int z = random.nextInt(n);
                while (z == x || z == y) {
                    z = random.nextInt(n);
                }
                rows[0][count] = segments.row(set, x);
                rows[1][count] = segments.row(set, y);
                rows[2][count] = segments.row(set, z);
            }
        }
        int drawn = count;
        return Temporaries.freed(
                elements.getManager(),
                () -> {
                    if (drawn == 0) {
                        return elements.getManager()
                                .zeros(new ai.djl.ndarray.types.Shape(), elements.getDataType());
                    }
                    NDArray[] latents = new NDArray[3];
                    for (int i = 0; i < 3; ++i) {
                        latents[i] = Rows.gather(elements, java.util.Arrays.copyOf(rows[i], drawn));
                    }
                    return MonoidLaws.associator(
                                    operator, store, latents[0], latents[1], latents[2], training)
                            .mean();
                });
    }
}
