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
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import org.binaryops.testing.Blocks;
import org.binaryops.testing.Garbage;
import org.binaryops.testing.Leaks;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Trees over sets without padding. */
class RaggedTreeTest {

    private static final double STEP = 1e-3;

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

    /** left ⊕ right = left + 0.5·right + 1, which tells every tree and order apart. */
    private static final class Witness extends BinaryOperator {

        private int calls;
        private long rows;

        Witness() {
            super((byte) 1);
        }

        @Override
        public NDArray combine(
                ParameterStore store, NDArray left, NDArray right, boolean training) {
            ++calls;
            rows += left.getShape().get(0);
            return left.add(right.mul(0.5)).add(1);
        }

        static double of(double left, double right) {
            return left + 0.5 * right + 1;
        }
    }

    private static double balanced(List<Double> nodes) {
        List<Double> level = nodes;
        while (level.size() > 1) {
            List<Double> next = new ArrayList<>();
            for (int i = 0; i + 1 < level.size(); i += 2) {
                next.add(Witness.of(level.get(i), level.get(i + 1)));
            }
            if (level.size() % 2 == 1) {
                next.add(level.get(level.size() - 1));
            }
            level = next;
        }
        return level.get(0);
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
                    assertEquals(balanced(elements), tree[s], 1e-12);
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
        assertTrue(witness.rows <= needed + 12 * 16, witness.rows + " rows for " + needed);
        long padded = 3000L * 4095;
        assertTrue(witness.rows * 100 < padded);
        System.out.printf(
                "power-law sets: %d sets, %d elements, longest 4096: %d rows combined; padded to"
                        + " the longest %d%n",
                segments.sets(), segments.elements(), witness.rows, padded);
        assertEquals(4095, TreeReduction.depth(segments, TreeShape.LEFT_TO_RIGHT, null));
    }

    @ParameterizedTest
    @EnumSource(
            value = DataType.class,
            names = {"FLOAT32", "FLOAT64"})
    void raggedPaddedAndAloneAreTheSameBits(DataType type) {
        for (int features : new int[] {1, 5, 32}) {
            LcmAggregator block = LcmAggregator.builder().build();
            block.initialize(manager, type, new Shape(1, 1, features));
            int n = 21;
            int[] lengths = new int[n];
            Arrays.setAll(lengths, i -> i + 1);
            NDArray padded = manager.randomNormal(0, 1, new Shape(n, n, features), type);
            boolean[][] mask = new boolean[n][n];
            for (int s = 0; s < n; ++s) {
                Arrays.fill(mask[s], 0, lengths[s], true);
            }
            byte[] expected = block.aggregate(store, padded, lengths, false).toByteArray();
            assertArrayEquals(
                    expected,
                    block.aggregate(
                                    store,
                                    padded.reshape(n * n, features),
                                    Segments.ofMask(mask, lengths),
                                    false)
                            .toByteArray());
            NDArray together =
                    TreeReduction.fold(
                            block.getOperator(),
                            store,
                            padded.reshape(n * n, features),
                            Segments.ofMask(mask),
                            false);
            for (int s = 0; s < n; ++s) {
                NDArray alone = padded.get(s + ", 0:" + lengths[s]).duplicate();
                assertArrayEquals(
                        together.get(s).toByteArray(),
                        block.aggregate(store, alone, Segments.ofLengths(lengths[s]), false)
                                .toByteArray(),
                        type + " features " + features + " size " + lengths[s]);
            }
        }
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
        assertEquals(balanced(all), prefixes[31], 1e-12);
        assertEquals(Witness.of(balanced(all.subList(0, 2)), values[2]), prefixes[2], 1e-12);
    }

    @Test
    void gradientsAreThoseOfTheUnrolledFold() {
        int features = 3;
        int[] index = {1, 0, 1, 3, 1, 0, 1, 3, 1, 1};
        Segments segments = Segments.ofIndex(index, 4);
        BinaryOperator operator =
                Blocks.initialize64(
                        manager,
                        new Symmetrized(new GruOperator()),
                        new Shape(1, features),
                        new Shape(1, features));
        operator.getParameters().forEach(p -> p.getValue().getArray().muli(2));
        PlainMonoid plain = new PlainMonoid(operator, features);
        double[] values = new Random(3).doubles(30, -1, 1).toArray();
        double[] up = new Random(4).doubles(30, -1, 1).toArray();
        Function<NDArray, NDArray> tree =
                x -> TreeReduction.fold(operator, store, x, segments, true);
        check(plain, values, Arrays.copyOf(up, 12), features, tree, v -> plain(plain, v, segments));
        Function<NDArray, NDArray> chain =
                x ->
                        TreeReduction.fold(
                                operator,
                                store,
                                x,
                                segments,
                                TreeShape.LEFT_TO_RIGHT,
                                null,
                                null,
                                true);
        check(
                plain,
                values,
                Arrays.copyOf(up, 12),
                features,
                chain,
                v -> plainChain(plain, v, segments));
        Function<NDArray, NDArray> scan =
                x -> TreeReduction.scan(operator, store, x, segments, true);
        check(plain, values, up, features, scan, v -> plainScan(plain, v, segments));
    }

    private void check(
            PlainMonoid plain,
            double[] values,
            double[] up,
            int features,
            Function<NDArray, NDArray> function,
            Function<double[], double[]> formula) {
        NDArray x = manager.create(values, new Shape(values.length / features, features));
        x.setRequiresGradient(true);
        try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
            NDArray y = function.apply(x);
            assertArrayEquals(formula.apply(values), y.toDoubleArray(), 1e-12);
            Garbage.collectAndOverwrite();
            collector.backward(y.mul(manager.create(up, y.getShape())).sum());
        }
        double[] gradient = x.getGradient().toDoubleArray();
        for (int i = 0; i < values.length; ++i) {
            double[] at = new double[4];
            double[] steps = {-2 * STEP, -STEP, STEP, 2 * STEP};
            for (int k = 0; k < 4; ++k) {
                double[] moved = values.clone();
                moved[i] += steps[k];
                double[] y = formula.apply(moved);
                for (int j = 0; j < y.length; ++j) {
                    at[k] += up[j] * y[j];
                }
            }
            assertEquals((at[0] - 8 * at[1] + 8 * at[2] - at[3]) / (12 * STEP), gradient[i], 1e-7);
        }
    }

    private static List<double[]> rows(double[] values, Segments segments, int set, int features) {
        List<double[]> rows = new ArrayList<>();
        for (int i = 0; i < segments.length(set); ++i) {
            int from = segments.row(set, i) * features;
            rows.add(Arrays.copyOfRange(values, from, from + features));
        }
        return rows;
    }

    private static double[] plain(PlainMonoid plain, double[] values, Segments segments) {
        double[] result = new double[segments.sets() * plain.features];
        for (int s = 0; s < segments.sets(); ++s) {
            List<double[]> rows = rows(values, segments, s, plain.features);
            if (!rows.isEmpty()) {
                System.arraycopy(plain.fold(rows), 0, result, s * plain.features, plain.features);
            }
        }
        return result;
    }

    private static double[] plainChain(PlainMonoid plain, double[] values, Segments segments) {
        double[] result = new double[segments.sets() * plain.features];
        for (int s = 0; s < segments.sets(); ++s) {
            List<double[]> rows = rows(values, segments, s, plain.features);
            double[] state = rows.isEmpty() ? new double[plain.features] : rows.get(0);
            for (int i = 1; i < rows.size(); ++i) {
                state = plain.symmetrized(state, rows.get(i));
            }
            System.arraycopy(state, 0, result, s * plain.features, plain.features);
        }
        return result;
    }

    private static double[] plainScan(PlainMonoid plain, double[] values, Segments segments) {
        double[] result = new double[values.length];
        for (int s = 0; s < segments.sets(); ++s) {
            List<double[]> prefixes = prefixes(plain, rows(values, segments, s, plain.features));
            for (int i = 0; i < prefixes.size(); ++i) {
                System.arraycopy(
                        prefixes.get(i),
                        0,
                        result,
                        segments.row(s, i) * plain.features,
                        plain.features);
            }
        }
        return result;
    }

    private static List<double[]> prefixes(PlainMonoid plain, List<double[]> rows) {
        if (rows.size() < 2) {
            return rows;
        }
        List<double[]> pairs = new ArrayList<>();
        for (int i = 0; i + 1 < rows.size(); i += 2) {
            pairs.add(plain.symmetrized(rows.get(i), rows.get(i + 1)));
        }
        List<double[]> ofPairs = prefixes(plain, pairs);
        List<double[]> all = new ArrayList<>();
        for (int i = 0; i < rows.size(); ++i) {
            if (i == 0) {
                all.add(rows.get(0));
            } else if (i % 2 == 1) {
                all.add(ofPairs.get(i / 2));
            } else {
                all.add(plain.symmetrized(ofPairs.get(i / 2 - 1), rows.get(i)));
            }
        }
        return all;
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
                        collector.backward(tree.add(chain).sum().add(scan.sum()));
                    }
                });
    }
}
