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
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.core.Linear;
import ai.djl.training.GradientCollector;
import ai.djl.training.ParameterStore;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Supplier;
import org.binaryops.testing.Blocks;
import org.binaryops.testing.Gradients;
import org.binaryops.testing.Leaks;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The aggregators beside the learned monoid, against their formulas. */
class AggregatorsTest {

    private static final int F = 4;
    private static final int[] INDEX = {1, 3, 1, 0, 3, 1, 3, 3, 1, 1};

    private NDManager manager;
    private ParameterStore store;
    private double[] values;
    private final Segments segments = Segments.ofIndex(INDEX, 4);

    @BeforeEach
    void open() {
        manager = NDManager.newBaseManager();
        store = new ParameterStore(manager, false);
        Engine.getInstance().setRandomSeed(61);
        values = new Random(8).doubles(INDEX.length * F, -2, 2).toArray();
    }

    @AfterEach
    void close() {
        manager.close();
    }

    private static Map<String, Supplier<SetAggregator>> all() {
        Map<String, Supplier<SetAggregator>> all = new LinkedHashMap<>();
        for (Statistic statistic : Statistic.values()) {
            all.put(statistic.name(), () -> new StatisticAggregator(statistic, true));
        }
        all.put("softmax", SoftmaxAggregator::new);
        all.put("pna", () -> new PnaAggregator(1.2));
        all.put("gru", () -> new GruFoldAggregator(true, 1));
        all.put("attention", () -> new SetAttentionPooling(2, 3));
        all.put(
                "deep sets",
                () ->
                        new DeepSetsAggregator(
                                Linear.builder().setUnits(6).build(),
                                Linear.builder().setUnits(3).build()));
        all.put("lcm", () -> LcmAggregator.builder().build());
        all.put(
                "randomized lcm",
                () ->
                        LcmAggregator.builder()
                                .optShuffle(true)
                                .optTrainingTree(TreeShape.RANDOM)
                                .optSeed(4)
                                .build());
        return all;
    }

    private <A extends SetAggregator> A initialized(A aggregator) {
        return Blocks.initialize64(manager, aggregator, new Shape(1, 1, F));
    }

    private double[] apply(SetAggregator aggregator) {
        return aggregator
                .aggregate(
                        store, manager.create(values, new Shape(INDEX.length, F)), segments, false)
                .toDoubleArray();
    }

    /** Column f of the elements of a set. */
    private double[] column(int set, int f) {
        double[] column = new double[segments.length(set)];
        Arrays.setAll(column, i -> values[segments.row(set, i) * F + f]);
        return column;
    }

    private static double statistic(Statistic statistic, double[] x) {
        if (x.length == 0) {
            return 0;
        }
        double mean = Arrays.stream(x).average().orElseThrow();
        double variance = Arrays.stream(x).map(v -> (v - mean) * (v - mean)).sum() / x.length;
        return switch (statistic) {
            case SUM -> Arrays.stream(x).sum();
            case MEAN -> mean;
            case MAX -> Arrays.stream(x).max().orElseThrow();
            case MIN -> Arrays.stream(x).min().orElseThrow();
            case VARIANCE -> variance;
            case STANDARD_DEVIATION -> Math.sqrt(variance + 1e-5);
        };
    }

    @Test
    void statisticsAreTheirFormulas() {
        for (Statistic statistic : Statistic.values()) {
            double[] actual = apply(initialized(new StatisticAggregator(statistic, true)));
            for (int i = 0; i < actual.length; ++i) {
                assertEquals(
                        statistic(statistic, column(i / F, i % F)),
                        actual[i],
                        1e-12,
                        statistic.name());
            }
        }
    }

    @Test
    void pnaIsStatisticsTimesScalers() {
        double delta = PnaAggregator.delta(segments);
        assertEquals((Math.log(2) + Math.log(6) + Math.log(1) + Math.log(5)) / 4, delta, 1e-12);
        PnaAggregator pna = initialized(new PnaAggregator(delta));
        assertEquals(12 * F, pna.outputFeatures(F));
        double[] actual = apply(pna);
        Statistic[] statistics = {
            Statistic.MEAN, Statistic.MAX, Statistic.MIN, Statistic.STANDARD_DEVIATION
        };
        for (int set = 0; set < 4; ++set) {
            double log = Math.log(segments.length(set) + 1);
            double[] scales = {1, log / delta, log == 0 ? 0 : delta / log};
            for (int i = 0; i < 12 * F; ++i) {
                double expected =
                        scales[i / (4 * F)] * statistic(statistics[i / F % 4], column(set, i % F));
                assertEquals(expected, actual[set * 12 * F + i], 1e-12);
            }
        }
    }

    @Test
    void softmaxIsItsFormula() {
        SoftmaxAggregator softmax = initialized(new SoftmaxAggregator());
        double[] t = {0.5, -1, 3, 0};
        PlainMonoid.parameter(softmax, "inverse_temperature").set(t);
        double[] actual = apply(softmax);
        for (int i = 0; i < actual.length; ++i) {
            double top = 0;
            double bottom = 0;
            for (double x : column(i / F, i % F)) {
                top += x * Math.exp(t[i % F] * x);
                bottom += Math.exp(t[i % F] * x);
            }
            assertEquals(bottom == 0 ? 0 : top / bottom, actual[i], 1e-12);
        }
    }

    @Test
    void attentionIsItsFormula() {
        int heads = 2;
        int queries = 3;
        int width = F / heads;
        SetAttentionPooling pooling = initialized(new SetAttentionPooling(heads, queries));
        double[] k = PlainMonoid.parameter(pooling, "key").toDoubleArray();
        double[] v = PlainMonoid.parameter(pooling, "value").toDoubleArray();
        double[] q = PlainMonoid.parameter(pooling, "query").toDoubleArray();
        double[] o = PlainMonoid.parameter(pooling, "output").toDoubleArray();
        double[] actual = apply(pooling);
        for (int set = 0; set < 4; ++set) {
            int n = segments.length(set);
            double[] pooled = new double[queries * F];
            for (int h = 0; h < heads; ++h) {
                for (int j = 0; j < queries; ++j) {
                    double[] weight = new double[n];
                    double total = 0;
                    for (int i = 0; i < n; ++i) {
                        double score = 0;
                        for (int c = 0; c < width; ++c) {
                            double key = 0;
                            for (int f = 0; f < F; ++f) {
                                key += k[(h * width + c) * F + f] * column(set, f)[i];
                            }
                            score += key * q[(h * queries + j) * width + c];
                        }
                        weight[i] = Math.exp(score / Math.sqrt(width));
                        total += weight[i];
                    }
                    for (int i = 0; i < n; ++i) {
                        for (int c = 0; c < width; ++c) {
                            double value = 0;
                            for (int f = 0; f < F; ++f) {
                                value += v[(h * width + c) * F + f] * column(set, f)[i];
                            }
                            // Heads outside, queries inside: the order of the output's columns.
                            pooled[(h * queries + j) * width + c] += weight[i] / total * value;
                        }
                    }
                }
            }
            for (int f = 0; f < F; ++f) {
                double expected = 0;
                for (int c = 0; c < pooled.length; ++c) {
                    expected += o[f * pooled.length + c] * pooled[c];
                }
                assertEquals(expected, actual[set * F + f], 1e-12);
            }
        }
    }

    @Test
    void gruFoldIsTheRecurrence() {
        GruFoldAggregator fold = initialized(new GruFoldAggregator());
        PlainMonoid plain = new PlainMonoid(fold, F);
        double[] actual = apply(fold);
        for (int set = 0; set < 4; ++set) {
            double[] state = new double[F];
            for (int i = 0; i < segments.length(set); ++i) {
                int from = segments.row(set, i) * F;
                state = plain.gru(Arrays.copyOfRange(values, from, from + F), state);
            }
            assertArrayEquals(state, Arrays.copyOfRange(actual, set * F, (set + 1) * F), 1e-12);
        }
    }

    @Test
    void deepSetsLayerIsEquivariant() {
        DeepSetsLayer layer = new DeepSetsLayer(3, new StatisticAggregator(Statistic.MAX, true));
        Blocks.initialize64(manager, layer, new Shape(1, 1, F));
        double[] w = layer.getParameters().get("weight").getArray().toDoubleArray();
        double[] v = PlainMonoid.parameter(layer, "pool_weight").toDoubleArray();
        NDArray elements = manager.create(values, new Shape(INDEX.length, F));
        double[] actual = layer.apply(store, elements, segments, false).toDoubleArray();
        for (int row = 0; row < INDEX.length; ++row) {
            for (int g = 0; g < 3; ++g) {
                double expected = 0;
                for (int f = 0; f < F; ++f) {
                    expected += w[g * F + f] * values[row * F + f];
                    expected += v[g * F + f] * statistic(Statistic.MAX, column(INDEX[row], f));
                }
                assertEquals(expected, actual[row * 3 + g], 1e-12);
            }
        }
        Blocks.assertRoundTrip(
                manager,
                layer,
                new DeepSetsLayer(3, new StatisticAggregator(Statistic.MAX, true)),
                elements.reshape(2, 5, F));
    }

    @Test
    void oneInterfaceRaggedPaddedAloneAndSaved() {
        NDArray padded = manager.randomNormal(0, 1, new Shape(3, 5, F), DataType.FLOAT64);
        NDArray mask = manager.create(new float[] {1, 0, 1, 1, 0, 0, 0, 0, 1, 0, 1, 1, 1, 1, 1});
        boolean[][] present = {
            {true, false, true, true, false},
            {false, false, false, true, false},
            {true, true, true, true, true}
        };
        all().forEach(
                        (name, factory) -> {
                            SetAggregator a = initialized(factory.get());
                            NDArray result =
                                    a.aggregate(
                                            store,
                                            padded.reshape(15, F),
                                            Segments.ofMask(present),
                                            false);
                            assertEquals(new Shape(3, a.outputFeatures(F)), result.getShape());
                            assertArrayEquals(
                                    result.toByteArray(),
                                    Blocks.infer(manager, a, padded, mask.reshape(3, 5))
                                            .get(0)
                                            .toByteArray(),
                                    name);
                            NDArray alone =
                                    padded.get("0, {}", manager.create(new long[] {0, 2, 3}));
                            assertArrayEquals(
                                    result.get(0).toDoubleArray(),
                                    a.aggregate(store, alone, Segments.ofLengths(3), false)
                                            .toDoubleArray(),
                                    1e-15,
                                    name);
                            Blocks.assertRoundTrip(manager, a, factory.get(), padded);
                        });
    }

    @Test
    void gradientsReachEveryElementAndNothingIsLeft() {
        all().forEach(
                        (name, factory) -> {
                            SetAggregator a = factory.get();
                            a.initialize(manager, DataType.FLOAT32, new Shape(1, 1, F));
                            Leaks.assertNothingLeft(
                                    manager,
                                    8,
                                    step -> {
                                        NDArray x = step.randomNormal(new Shape(INDEX.length, F));
                                        x.setRequiresGradient(true);
                                        try (GradientCollector collector =
                                                Engine.getInstance().newGradientCollector()) {
                                            NDArray y = a.aggregate(store, x, segments, true);
                                            assertEquals(2, step.getManagedArrays().size(), name);
                                            Gradients.backward(collector, y.square().sum());
                                        }
                                        assertTrue(
                                                x.getGradient().abs().sum().getFloat() > 0, name);
                                    });
                        });
    }

    @Test
    void randomOrdersAreUsedInTrainingOnly() {
        Map<String, Supplier<SetAggregator>> all = all();
        for (String name : List.of("gru", "randomized lcm")) {
            SetAggregator a = initialized(all.get(name).get());
            NDArray x = manager.create(values, new Shape(INDEX.length, F));
            double[] still = a.aggregate(store, x, segments, false).toDoubleArray();
            assertArrayEquals(still, a.aggregate(store, x, segments, false).toDoubleArray());
            List<String> seen = new ArrayList<>();
            for (int i = 0; i < 5; ++i) {
                seen.add(
                        Arrays.toString(
                                a.aggregate(store, x, segments, true).get(1).toDoubleArray()));
            }
            assertTrue(seen.stream().distinct().count() >= 4, name);
            NDArray dense = x.reshape(1, INDEX.length, F);
            String one = Arrays.toString(train(a, dense));
            assertTrue(!one.equals(Arrays.toString(train(a, dense))), name);
        }
    }

    private double[] train(SetAggregator a, NDArray dense) {
        return a.forward(store, new NDList(dense), true).get(0).toDoubleArray();
    }

    @Test
    void permutationLossesAreTheirFormulas() {
        NDArray x = manager.create(values, new Shape(INDEX.length, F));
        GruFoldAggregator fold = initialized(new GruFoldAggregator(false, 0));
        double loss = PermutationLoss.of(fold, store, x, segments, new Random(3), true).getDouble();
        Random same = new Random(3);
        Segments one = segments.shuffled(same);
        Segments other = segments.shuffled(same);
        PlainMonoid plain = new PlainMonoid(fold, F);
        double expected = 0;
        for (int set = 0; set < 4; ++set) {
            double[] a = new double[F];
            double[] b = new double[F];
            for (int i = 0; i < segments.length(set); ++i) {
                int from = one.row(set, i) * F;
                a = plain.gru(Arrays.copyOfRange(values, from, from + F), a);
                from = other.row(set, i) * F;
                b = plain.gru(Arrays.copyOfRange(values, from, from + F), b);
            }
            for (int f = 0; f < F; ++f) {
                expected += (a[f] - b[f]) * (a[f] - b[f]) / 4;
            }
        }
        assertTrue(expected > 1e-6);
        assertEquals(expected, loss, 1e-13);

        BinaryOperator operator = new Symmetrized(new GruOperator());
        Blocks.initialize64(manager, operator, new Shape(1, F), new Shape(1, F));
        assertTrue(triples(operator, x, segments) > 1e-5);
        assertEquals(0, triples(new MaxOperator(), x, segments));
        // Without three elements there is no triple.
        assertEquals(0, triples(operator, x, Segments.uniform(5, 2)));
    }

    private double triples(BinaryOperator operator, NDArray x, Segments sets) {
        return PermutationLoss.ofTriples(operator, store, x, sets, 4, new Random(5), true)
                .getDouble();
    }
}
