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
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
import ai.djl.training.ParameterStore;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.binaryops.testing.Gradients;
import org.binaryops.testing.Leaks;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Trees over sets without padding. */
class RaggedTreeTest {

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

    /** All values that some tree gives. */
    private static List<Double> anyTree(List<Double> nodes) {
        if (nodes.size() == 1) {
            return nodes;
        }
        List<Double> all = new ArrayList<>();
        for (int split = 1; split < nodes.size(); ++split) {
            for (double left : anyTree(nodes.subList(0, split))) {
                for (double right : anyTree(nodes.subList(split, nodes.size()))) {
                    all.add(Witness.of(left, right));
                }
            }
        }
        return all;
    }

    private double[] fold(double[] values, Segments segments, TreeShape shape, long seed) {
        NDArray elements = manager.create(values, new Shape(values.length, 1));
        return TreeReduction.fold(
                        new Witness(),
                        store,
                        elements,
                        segments,
                        shape,
                        new Random(seed),
                        null,
                        false)
                .toDoubleArray();
    }

    private static List<Double> set(double[] values, Segments segments, int set) {
        List<Double> result = new ArrayList<>();
        for (int i = 0; i < segments.length(set); ++i) {
            result.add(values[segments.row(set, i)]);
        }
        return result;
    }

    @Test
    void lengthsUnsortedIndexAndMaskFoldAlongTheRightTrees() {
        Random random = new Random(2);
        for (int round = 0; round < 30; ++round) {
            int sets = 1 + random.nextInt(9);
            int rows = random.nextInt(60);
            int[] index = random.ints(rows, 0, sets).toArray();
            boolean[][] mask = new boolean[sets][7];
            for (boolean[] row : mask) {
                for (int i = 0; i < 7; ++i) {
                    row[i] = random.nextBoolean();
                }
            }
            int[] lengths = random.ints(sets, 0, 20).toArray();
            for (Segments segments :
                    new Segments[] {
                        Segments.ofIndex(index, sets),
                        Segments.ofMask(mask),
                        Segments.ofLengths(lengths)
                    }) {
                double[] values = random.doubles(segments.rows(), -1, 1).toArray();
                double[] tree = fold(values, segments, TreeShape.BALANCED, 0);
                double[] chain = fold(values, segments, TreeShape.LEFT_TO_RIGHT, 0);
                for (int s = 0; s < sets; ++s) {
                    List<Double> elements = set(values, segments, s);
                    if (elements.isEmpty()) {
                        assertEquals(0, tree[s]);
                        assertEquals(0, chain[s]);
                        continue;
                    }
                    assertEquals(Witness.balanced(elements), tree[s], 1e-12);
                    double state = elements.get(0);
                    for (double x : elements.subList(1, elements.size())) {
                        state = Witness.of(state, x);
                    }
                    assertEquals(state, chain[s], 1e-12);
                }
            }
        }
    }

    @Test
    void setsOfOneSizeFoldAlongTheRightTrees() {
        Random random = new Random(3);
        for (int sets : new int[] {1, 2, 5, 32}) {
            for (int size = 1; size <= 40; ++size) {
                Segments segments = Segments.uniform(sets, size);
                double[] values = random.doubles(sets * size, -1, 1).toArray();
                double[] tree = fold(values, segments, TreeShape.BALANCED, 0);
                for (int s = 0; s < sets; ++s) {
                    assertEquals(Witness.balanced(set(values, segments, s)), tree[s], 1e-12);
                }
            }
        }
    }

    /** Once the elements are laid out, a level with whole blocks of pairs moves nothing. */
    @Test
    void setsOfOneSizeAreMovedOnce() {
        for (Segments segments :
                new Segments[] {Segments.ofLengths(1024), Segments.uniform(16, 37)}) {
            List<ReductionPlan.Level> levels = segments.balanced().levels();
            int whole = 0;
            for (ReductionPlan.Level level : levels.subList(1, levels.size() - 1)) {
                boolean afterWhole =
                        levels.get(levels.indexOf(level) - 1).combined() % ReductionPlan.BLOCK == 0;
                if (level.combined() % ReductionPlan.BLOCK == 0 && afterWhole) {
                    ++whole;
                    assertNull(level.gathered());
                }
            }
            assertTrue(whole > 1);
        }
    }

    @Test
    void randomTreesAreTreesOfAllShapes() {
        Segments segments = Segments.ofLengths(4, 1, 4, 5);
        double[] values = new Random(5).doubles(14, -1, 1).toArray();
        List<Double> possible = anyTree(set(values, segments, 0));
        assertEquals(5, possible.size());
        boolean[] seen = new boolean[5];
        for (int seed = 0; seed < 400; ++seed) {
            // Spread: the first numbers of neighbouring seeds are alike.
            double[] result = fold(values, segments, TreeShape.RANDOM, seed * 0x9E3779B97F4A7C15L);
            for (int s = 0; s < 4; ++s) {
                double value = result[s];
                assertTrue(
                        anyTree(set(values, segments, s)).stream()
                                .anyMatch(t -> Math.abs(t - value) < 1e-12));
            }
            for (int tree = 0; tree < 5; ++tree) {
                seen[tree] |= Math.abs(possible.get(tree) - result[0]) < 1e-12;
            }
        }
        assertArrayEquals(new boolean[] {true, true, true, true, true}, seen);
        assertArrayEquals(
                fold(values, segments, TreeShape.RANDOM, 9),
                fold(values, segments, TreeShape.RANDOM, 9));
        assertThrows(
                IllegalArgumentException.class,
                () ->
                        TreeReduction.fold(
                                new SumOperator(),
                                store,
                                manager.ones(new Shape(2, 1)),
                                Segments.ofLengths(2),
                                TreeShape.RANDOM,
                                null,
                                null,
                                false));
    }

    /** One batched call a level, and rows in proportion to the elements, not to the longest. */
    @Test
    void costFollowsTheNumberOfElements() {
        Random random = new Random(7);
        // A power law: most sets have a few elements, the largest has thousands.
        int[] lengths =
                random.doubles(3000)
                        .mapToInt(u -> (int) Math.min(4096, Math.pow(1 - u, -1 / 1.1)))
                        .toArray();
        lengths[17] = 4096;
        Segments segments = Segments.ofLengths(lengths);
        NDArray elements = manager.ones(new Shape(segments.rows(), 1));
        Witness witness = new Witness();
        TreeReduction.fold(witness, store, elements, segments, false);
        assertEquals(12, witness.calls);
        assertEquals(12, TreeReduction.depth(segments, TreeShape.BALANCED, null));
        long needed = segments.elements() - segments.sets();
        assertTrue(witness.rows >= needed);
        // What is made up to whole blocks.
        assertTrue(
                witness.rows <= needed + 12 * ReductionPlan.BLOCK,
                witness.rows + " rows for " + needed);
        long padded = 3000L * 4095;
        assertTrue(witness.rows * 100 < padded);
        System.out.printf(
                "power-law sets: %d sets, %d elements, longest 4096: %d rows combined; padded to"
                        + " the longest %d%n",
                segments.sets(), segments.elements(), witness.rows, padded);
        assertEquals(4095, TreeReduction.depth(segments, TreeShape.LEFT_TO_RIGHT, null));
    }

    @Test
    void nothingIsLeftBehind() {
        BinaryOperator operator = new Symmetrized(new GruOperator());
        operator.initialize(manager, DataType.FLOAT32, new Shape(1, 8), new Shape(1, 8));
        Segments segments = Segments.ofLengths(5, 0, 1, 12);
        Leaks.assertNothingLeft(
                manager,
                100,
                step -> {
                    NDArray x = step.randomNormal(new Shape(18, 8));
                    try (GradientCollector collector =
                            Engine.getInstance().newGradientCollector()) {
                        int before = step.getManagedArrays().size();
                        NDArray tree = TreeReduction.fold(operator, store, x, segments, true);
                        NDArray chain =
                                TreeReduction.fold(
                                        operator,
                                        store,
                                        x,
                                        segments,
                                        TreeShape.LEFT_TO_RIGHT,
                                        null,
                                        null,
                                        true);
                        NDArray scan = TreeReduction.scan(operator, store, x, segments, true);
                        assertEquals(before + 3, step.getManagedArrays().size());
                        Gradients.backward(collector, tree.add(chain).sum().add(scan.sum()));
                    }
                });
    }
}
