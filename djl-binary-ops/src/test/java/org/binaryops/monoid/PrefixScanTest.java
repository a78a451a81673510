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
import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.ParameterStore;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** All prefixes of ragged sets. */
class PrefixScanTest {

    private NDManager manager;
    private ParameterStore store;

    @BeforeEach
    void open() {
        manager = NDManager.newBaseManager();
        store = new ParameterStore(manager, false);
        Engine.getInstance().setRandomSeed(41);
    }

    @AfterEach
    void close() {
        manager.close();
    }

    @Test
    void scanGivesEveryPrefix() {
        Random random = new Random(9);
        Segments segments =
                Segments.ofMask(
                        new boolean[][] {
                            {true, true, false, true, true, true, true, true, true},
                            {false, false, false, false, false, false, false, false, false},
                            {true, true, true, true, true, true, true, true, true},
                            {false, false, true, false, false, false, false, false, false}
                        });
        double[] values = random.doubles(36, -9, 9).toArray();
        NDArray elements = manager.create(values, new Shape(36, 1));
        double[] sums =
                TreeReduction.scan(new SumOperator(), store, elements, segments, false)
                        .toDoubleArray();
        double[] maxima =
                TreeReduction.scan(new MaxOperator(), store, elements, segments, false)
                        .toDoubleArray();
        double[] expectedSums = new double[36];
        double[] expectedMaxima = new double[36];
        for (int s = 0; s < 4; ++s) {
            double sum = 0;
            double max = Double.NEGATIVE_INFINITY;
            for (int i = 0; i < segments.length(s); ++i) {
                int row = segments.row(s, i);
                expectedSums[row] = sum += values[row];
                expectedMaxima[row] = max = Math.max(max, values[row]);
            }
        }
        assertArrayEquals(expectedSums, sums, 1e-12);
        assertArrayEquals(expectedMaxima, maxima);

        // The calls: one a level up, one a level down.
        Witness witness = new Witness();
        double[] prefixes =
                TreeReduction.scan(
                                witness,
                                store,
                                manager.create(values, new Shape(36, 1)),
                                Segments.ofLengths(32, 4),
                                false)
                        .toDoubleArray();
        assertEquals(5 + 4, witness.calls);
        List<Double> all = new ArrayList<>();
        for (int i = 0; i < 32; ++i) {
            all.add(values[i]);
        }
        assertEquals(Witness.balanced(all), prefixes[31], 1e-12);
        assertEquals(
                Witness.of(Witness.balanced(all.subList(0, 2)), values[2]), prefixes[2], 1e-12);
    }
}
