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
package org.binaryops.kan.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.function.IntFunction;
import org.binaryops.kan.Kan;
import org.binaryops.kan.reading.Pruning;
import org.junit.jupiter.api.Test;

class StartsTest {

    private static final KanFit TRIAL = KanFit.builder().optSteps(2).optGridUpdates(0, 0).build();

    private static Kan network(int seed) {
        return Kan.builder().setWidths(2, 1, 1).optSeed(seed).build();
    }

    @Test
    void theBestOfTheStartsGoesOnAndTheOthersAreFreed() {
        try (NDManager manager = NDManager.newBaseManager()) {
            Random random = new Random(2);
            double[] points = random.doubles(200, -1, 1).toArray();
            double[] values = new double[100];
            for (int s = 0; s < 100; ++s) {
                double b = points[2 * s + 1];
                values[s] = Math.exp(Math.sin(Math.PI * points[2 * s]) + b * b);
            }
            NDArray x = manager.create(points, new Shape(100, 2));
            NDArray y = manager.create(values, new Shape(100, 1));
            double least = Double.POSITIVE_INFINITY;
            double most = 0;
            for (int seed = 0; seed < 3; ++seed) {
                Kan alone = network(seed);
                alone.initialize(manager, DataType.FLOAT64, new Shape(1, 2));
                List<FitState> states = TRIAL.fit(alone, x, y);
                least = Math.min(least, states.get(1).train());
                most = Math.max(most, states.get(1).train());
                alone.clear();
            }
            assertTrue(most > least, "the starts differ");
            int before = manager.getManagedArrays().size();
            Kan best = new Starts(3, TRIAL).best(manager, StartsTest::network, x, y);
            int parameters = best.getParameters().size();
            assertEquals(before + parameters, manager.getManagedArrays().size());
            NDArray output =
                    best.forward(
                                    new ai.djl.training.ParameterStore(manager, false),
                                    new ai.djl.ndarray.NDList(x),
                                    false)
                            .head();
            double error = Math.sqrt(output.sub(y).square().mean().toDoubleArray()[0]);
            assertEquals(least, error, 1e-12);
        }
    }

    /** sin(πx₁) of two inputs: networks that kept less are taken, if they are as good. */
    @Test
    void theSparsestOfTheGoodStartsIsTaken() {
        try (NDManager manager = NDManager.newBaseManager()) {
            double[] points = new Random(3).doubles(120, -1, 1).toArray();
            double[] values = new double[60];
            for (int s = 0; s < 60; ++s) {
                values[s] = Math.sin(Math.PI * points[2 * s]);
            }
            NDArray x = manager.create(points, new Shape(60, 2));
            NDArray y = manager.create(values, new Shape(60, 1));
            KanFit sparse =
                    KanFit.builder()
                            .optSteps(4)
                            .optGridUpdates(0, 0)
                            .optRegularizer(KanRegularizer.builder().setLambda(1e-2).build())
                            .build();
            IntFunction<Kan> networks =
                    seed -> Kan.builder().setWidths(2, 2, 1).optSeed(seed).build();
            List<Integer> edges = new ArrayList<>();
            List<Double> errors = new ArrayList<>();
            for (int seed = 0; seed < 4; ++seed) {
                Kan alone = networks.apply(seed);
                alone.initialize(manager, DataType.FLOAT64, new Shape(1, 2));
                errors.add(sparse.fit(alone, x, y).get(3).train());
                edges.add(Pruning.prune(alone, manager, x).getEdges().size());
            }
            Starts starts = new Starts(4, sparse);
            int before = manager.getManagedArrays().size();
            Kan any = starts.sparsest(manager, networks, x, y, 1e9);
            assertEquals(before + any.getParameters().size(), manager.getManagedArrays().size());
            int left = Pruning.prune(any, manager, x).getEdges().size();
            assertEquals(Collections.min(edges), left, edges + " " + errors);

            // With no tolerance only the nearest counts.
            Kan nearest = starts.sparsest(manager, networks, x, y, 1);
            int first = errors.indexOf(Collections.min(errors));
            assertEquals(edges.get(first), Pruning.prune(nearest, manager, x).getEdges().size());
            IllegalArgumentException e =
                    assertThrows(
                            IllegalArgumentException.class,
                            () -> starts.sparsest(manager, networks, x, y, .5));
            assertEquals("tolerance must be at least 1, but was 0.5.", e.getMessage());
        }
    }

    @Test
    void noStartsGetOneSentence() {
        IllegalArgumentException e =
                assertThrows(IllegalArgumentException.class, () -> new Starts(0, TRIAL));
        assertEquals("count must be positive, but was 0.", e.getMessage());
    }
}
