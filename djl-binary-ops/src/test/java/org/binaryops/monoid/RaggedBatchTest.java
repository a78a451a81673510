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

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

class RaggedBatchTest {

    /** Whatever the mask: the present elements in their order, then zeros. */
    @Property(tries = 60)
    void aMaskMovesThePresentElementsToTheFront(
            @ForAll @IntRange(min = 1, max = 6) int sets,
            @ForAll @IntRange(min = 1, max = 40) int n,
            @ForAll @IntRange(min = 1, max = 3) int features,
            @ForAll double share,
            @ForAll long seed) {
        Random random = new Random(seed);
        double probability = Math.abs(share) % 1.01;
        boolean[] mask = new boolean[sets * n];
        double[] elements = new double[mask.length * features];
        double[] expected = new double[elements.length];
        boolean[] expectedPresence = new boolean[mask.length];
        for (int set = 0; set < sets; ++set) {
            int next = set * n;
            for (int i = set * n; i < (set + 1) * n; ++i) {
                mask[i] = random.nextDouble() < probability;
                for (int f = 0; f < features; ++f) {
                    elements[i * features + f] = mask[i] ? random.nextGaussian() : Double.NaN;
                    if (mask[i]) {
                        expected[next * features + f] = elements[i * features + f];
                    }
                }
                if (mask[i]) {
                    expectedPresence[next++] = true;
                }
            }
        }
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray array = manager.create(elements, new Shape(sets, n, features));
            RaggedBatch batch = RaggedBatch.of(array, manager.create(mask, new Shape(sets, n)));
            assertArrayEquals(expected, batch.elements().toDoubleArray());
            assertArrayEquals(expectedPresence, batch.presence().toBooleanArray());
        }
    }
}
