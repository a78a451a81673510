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
package org.binaryops.graph;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import ai.djl.MalformedModelException;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.training.GradientCollector;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.util.List;
import java.util.Random;
import java.util.function.Supplier;
import org.binaryops.monoid.LcmAggregator;
import org.binaryops.monoid.PnaAggregator;
import org.binaryops.monoid.SetAggregator;
import org.binaryops.monoid.Statistic;
import org.binaryops.monoid.StatisticAggregator;
import org.binaryops.testing.Blocks;
import org.binaryops.testing.Gradients;
import org.binaryops.testing.Leaks;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The layers against their formulas, edge by edge. */
class GraphLayersTest {

    private static final int N = 5;
    private static final int F = 3;
    private static final int G = 4;
    private static final int[] SOURCE = {0, 1, 1, 2, 4, 0, 3};
    private static final int[] TARGET = {1, 0, 2, 1, 1, 4, 4};

    private final GraphBatch graph = GraphBatch.of(N, SOURCE, TARGET);
    private NDManager manager;
    private ParameterStore store;
    private double[][] x;

    @BeforeEach
    void open() {
        manager = NDManager.newBaseManager();
        store = new ParameterStore(manager, false);
        Engine.getInstance().setRandomSeed(71);
        Random random = new Random(5);
        x = new double[N][];
        for (int v = 0; v < N; ++v) {
            x[v] = random.doubles(F, -1, 1).toArray();
        }
    }

    @AfterEach
    void close() {
        manager.close();
    }

    private static List<Supplier<GraphLayer>> all() {
        return List.of(
                () -> new GinLayer(G),
                () -> new GinLayer(G, LcmAggregator.builder().build()),
                () -> new GcnLayer(G),
                () -> new GatLayer(G, 2),
                () -> new MpnnLayer(G, new PnaAggregator(1)),
                () -> new MpnnLayer(G, LcmAggregator.builder().build()));
    }

    private <L extends GraphLayer> L initialized(L layer) {
        return Blocks.initialize64(manager, layer, new Shape(1, F));
    }

    private NDArray features() {
        double[] flat = new double[N * F];
        for (int v = 0; v < N; ++v) {
            System.arraycopy(x[v], 0, flat, v * F, F);
        }
        return manager.create(flat, new Shape(N, F));
    }

    private double[] apply(GraphLayer layer) {
        return layer.apply(store, features(), graph, false).toDoubleArray();
    }

    private static double[] parameter(Block block, String name) {
        return block.getParameters().stream()
                .filter(p -> p.getKey().contains(name))
                .findFirst()
                .orElseThrow()
                .getValue()
                .getArray()
                .toDoubleArray();
    }

    private static double[] linear(Block block, String name, double[] input) {
        double[] w = parameter(block, name + "_weight");
        double[] b = new double[w.length / input.length];
        if (block.getParameters().keys().stream().anyMatch(k -> k.contains(name + "_bias"))) {
            b = parameter(block, name + "_bias").clone();
        }
        for (int i = 0; i < b.length; ++i) {
            for (int k = 0; k < input.length; ++k) {
                b[i] += w[i * input.length + k] * input[k];
            }
        }
        return b;
    }

    private static double[] relu(double[] values) {
        double[] result = values.clone();
        for (int i = 0; i < result.length; ++i) {
            result[i] = Math.max(0, result[i]);
        }
        return result;
    }

    private static double[] joined(double[] a, double[] b) {
        double[] both = java.util.Arrays.copyOf(a, a.length + b.length);
        System.arraycopy(b, 0, both, a.length, b.length);
        return both;
    }

    private static void assertRow(double[] expected, double[] actual, int node) {
        for (int i = 0; i < expected.length; ++i) {
            assertEquals(expected[i], actual[node * expected.length + i], 1e-12, "node " + node);
        }
    }

    @Test
    void ginIsItsFormula() {
        GinLayer layer = initialized(new GinLayer(G));
        layer.getParameters().get("epsilon").getArray().addi(0.25);
        double[] actual = apply(layer);
        for (int v = 0; v < N; ++v) {
            double[] sum = new double[F];
            for (int f = 0; f < F; ++f) {
                sum[f] = 1.25 * x[v][f];
                for (int e = 0; e < SOURCE.length; ++e) {
                    sum[f] += TARGET[e] == v ? x[SOURCE[e]][f] : 0;
                }
            }
            assertRow(linear(layer, "second", relu(linear(layer, "first", sum))), actual, v);
        }
    }

    @Test
    void gcnIsItsFormula() {
        GcnLayer layer = initialized(new GcnLayer(G));
        int[] degree = {2, 4, 2, 1, 3};
        double[] actual = apply(layer);
        for (int v = 0; v < N; ++v) {
            double[] sum = new double[F];
            for (int f = 0; f < F; ++f) {
                sum[f] = x[v][f] / degree[v];
                for (int e = 0; e < SOURCE.length; ++e) {
                    if (TARGET[e] == v) {
                        sum[f] += x[SOURCE[e]][f] / Math.sqrt(degree[v] * degree[SOURCE[e]]);
                    }
                }
            }
            assertRow(linear(layer, "linear", sum), actual, v);
        }
    }

    @Test
    void gatIsItsFormula() {
        GatLayer layer = initialized(new GatLayer(G, 2));
        double[] s = parameter(layer, "source");
        double[] t = parameter(layer, "target");
        double[] actual = apply(layer);
        for (int v = 0; v < N; ++v) {
            double[] result = new double[G];
            for (int h = 0; h < 2; ++h) {
                double total = 0;
                double[] top = new double[2];
                for (int e = -1; e < SOURCE.length; ++e) {
                    if (e >= 0 && TARGET[e] != v) {
                        continue;
                    }
                    double[] from = linear(layer, "linear", x[e < 0 ? v : SOURCE[e]]);
                    double[] to = linear(layer, "linear", x[v]);
                    double score = 0;
                    for (int c = 0; c < 2; ++c) {
                        score += s[2 * h + c] * from[2 * h + c] + t[2 * h + c] * to[2 * h + c];
                    }
                    // DJL's leaky rectifier keeps its slope in single precision.
                    double weight = Math.exp(score > 0 ? score : (double) 0.2f * score);
                    total += weight;
                    for (int c = 0; c < 2; ++c) {
                        top[c] += weight * from[2 * h + c];
                    }
                }
                result[2 * h] = top[0] / total;
                result[2 * h + 1] = top[1] / total;
            }
            assertRow(result, actual, v);
        }
    }

    @Test
    void mpnnIsItsFormula() {
        MpnnLayer layer =
                initialized(new MpnnLayer(G, new StatisticAggregator(Statistic.MAX, true)));
        double[] actual = apply(layer);
        for (int v = 0; v < N; ++v) {
            double[] received = new double[G];
            for (int e = 0; e < SOURCE.length; ++e) {
                if (TARGET[e] == v) {
                    double[] message = linear(layer, "message", joined(x[SOURCE[e]], x[v]));
                    for (int g = 0; g < G; ++g) {
                        // After the rectifier, nothing is below the 0 of a lone node.
                        received[g] = Math.max(received[g], message[g]);
                    }
                }
            }
            assertRow(relu(linear(layer, "update", joined(x[v], received))), actual, v);
        }
    }

    @Test
    void aGraphIsTheSameInEveryBatch() {
        GraphBatch other = RandomGraphs.any(9, new Random(2));
        GraphBatch batch = GraphBatch.batch(List.of(other, graph, other));
        NDArray more = manager.randomNormal(0, 1, new Shape(9, F), DataType.FLOAT64);
        NDArray nodes = more.concat(features()).concat(more);
        SetAggregator readout = LcmAggregator.builder().build();
        readout.initialize(manager, DataType.FLOAT64, new Shape(1, 1, G));
        for (Supplier<GraphLayer> factory : all()) {
            GraphLayer layer = initialized(factory.get());
            NDArray together = layer.apply(store, nodes, batch, false);
            NDArray alone = layer.apply(store, features(), graph, false);
            assertArrayEquals(alone.toDoubleArray(), together.get("9:14").toDoubleArray(), 1e-13);
            double[] one = readout.aggregate(store, alone, graph.graphs(), false).toDoubleArray();
            double[] second =
                    readout.aggregate(store, together, batch.graphs(), false)
                            .get(1)
                            .toDoubleArray();
            assertArrayEquals(one, second, 1e-13);
        }
    }

    @Test
    void blocksTrainSaveAndLeaveNothing() throws IOException, MalformedModelException {
        PairList<String, Object> params = new PairList<>();
        params.add(GraphLayer.GRAPH, graph);
        for (Supplier<GraphLayer> factory : all()) {
            GraphLayer layer = initialized(factory.get());
            Leaks.assertNothingLeft(
                    manager,
                    6,
                    step -> {
                        NDArray nodes = features();
                        nodes.attach(step);
                        nodes.setRequiresGradient(true);
                        try (GradientCollector collector =
                                Engine.getInstance().newGradientCollector()) {
                            Gradients.backward(
                                    collector,
                                    layer.apply(store, nodes, graph, true).square().sum());
                        }
                        assertTrue(nodes.getGradient().abs().sum().getDouble() > 0);
                    });
            GraphLayer fresh = factory.get();
            fresh.loadParameters(
                    manager, new DataInputStream(new ByteArrayInputStream(Blocks.save(layer))));
            NDList nodes = new NDList(features());
            assertArrayEquals(
                    layer.forward(store, nodes, false, params).get(0).toDoubleArray(),
                    fresh.forward(store, nodes, false, params).get(0).toDoubleArray());
        }
    }

    @Test
    void badInputGetsOneSentence() {
        GraphLayer layer = initialized(new GcnLayer(G));
        assertEquals(
                "GcnLayer: the features of the nodes must have the shape [5, features] for"
                        + " GraphBatch(1 graphs, 5 nodes, 7 edges), but have (4, 3)",
                assertThrows(
                                IllegalArgumentException.class,
                                () ->
                                        layer.apply(
                                                store, manager.ones(new Shape(4, F)), graph, false))
                        .getMessage());
        assertEquals(
                "GcnLayer: the parameter 'graph' of forward must be a GraphBatch, but is null",
                assertThrows(
                                IllegalArgumentException.class,
                                () -> layer.forward(store, new NDList(features()), false))
                        .getMessage());
        assertThrows(IllegalArgumentException.class, () -> new GatLayer(5, 2));
        assertThrows(IllegalArgumentException.class, () -> new GcnLayer(0));
    }

    @Tag("gpu")
    @Test
    void aGpuGivesTheSameNumbers() {
        Assumptions.assumeTrue(Engine.getInstance().getGpuCount() > 0, "no GPU");
        for (Supplier<GraphLayer> factory : all()) {
            GraphLayer layer = initialized(factory.get());
            double[] expected = apply(layer);
            try (NDManager gpu = NDManager.newBaseManager(Device.gpu())) {
                GraphLayer there = factory.get();
                there.loadParameters(
                        gpu, new DataInputStream(new ByteArrayInputStream(Blocks.save(layer))));
                double[] actual =
                        there.apply(
                                        new ParameterStore(gpu, false),
                                        features().toDevice(Device.gpu(), true),
                                        graph,
                                        false)
                                .toDoubleArray();
                assertArrayEquals(expected, actual, 1e-9);
            } catch (IOException | MalformedModelException e) {
                throw new AssertionError(e);
            }
        }
    }
}
