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
package org.binaryops.attention;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.training.GradientCollector;
import ai.djl.training.ParameterStore;
import ai.djl.util.Pair;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.binaryops.testing.Blocks;
import org.binaryops.testing.Gradients;
import org.binaryops.testing.Leaks;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every published method: its values, and what all attention must keep. */
class AttentionMembersTest {

    private static final int WIDTH = 12;
    private static final int HEADS = 3;

    private NDManager manager;

    static List<String> all() {
        return AttentionMethod.names();
    }

    /**
     * Methods whose quantizers take no statistics over the whole array of the batch, the published
     * range of TBT from 2 bits on and of BiT with 2 bits.
     */
    static Stream<String> rowwise() {
        Predicate<String> statistics = n -> n.matches("(tbt-.-.-8|tbt-2-2-2|bit-1-1-2)");
        return all().stream().filter(statistics.negate());
    }

    @BeforeEach
    void open() {
        Engine.getInstance().setRandomSeed(17);
        manager = NDManager.newBaseManager();
    }

    @AfterEach
    void close() {
        manager.close();
    }

    private NDArray random(long... shape) {
        return manager.randomNormal(new Shape(shape)).toType(DataType.FLOAT64, false);
    }

    private static QuantAttention.Builder builder(String method) {
        return QuantAttention.builder()
                .setUnits(WIDTH)
                .setHeads(HEADS)
                .optMethod(AttentionMethod.named(method));
    }

    /** A float64 block whose zeros are random, and whose steps one training pass has set. */
    private QuantAttention prepared(QuantAttention block, NDArray... inputs) {
        Blocks.initialize64(manager, block, new NDList(inputs).getShapes());
        for (Pair<String, Parameter> p : block.getParameters()) {
            if (p.getKey().matches(".*(bias|Bias|shift|alueWeight|queryWeight|keyWeight)")) {
                NDArray array = p.getValue().getArray();
                boolean required = array.hasGradient();
                array.setRequiresGradient(false);
                array.addi(random(array.getShape().getShape()).mul(.3));
                array.setRequiresGradient(required);
            }
        }
        Blocks.train(manager, block, inputs);
        return block;
    }

    private NDArray infer(Block block, NDArray... inputs) {
        return Blocks.infer(manager, block, inputs).head();
    }

    /** All but fixed grids. */
    private static List<Pair<String, Parameter>> learned(Block block) {
        return block.getParameters().stream()
                .filter(p -> !p.getKey().matches(".*(grid|knots)"))
                .toList();
    }

    @ParameterizedTest
    @MethodSource("all")
    void matchesItsPaperInAllForms(String name) {
        int b = 3;
        int f = 5;
        int t = 4;
        NDArray values = random(b, f, WIDTH);
        NDArray keys = random(b, f, WIDTH);
        NDArray queries = random(b, t, WIDTH);
        NDArray self = manager.randomUniform(0, 1, new Shape(b, f, f)).gt(.4);
        NDArray cross = manager.randomUniform(0, 1, new Shape(b, t, f)).gt(.4);
        NDArray[][] forms = {
            {values},
            {values, self.toType(DataType.INT32, false)},
            {keys, queries, values},
            {keys, queries, values, cross.toType(DataType.FLOAT32, false)}
        };
        for (int form = 0; form < 6; ++form) {
            NDArray[] inputs = forms[form % 4];
            boolean causal = form > 3;
            QuantAttention block = builder(name).optCausal(causal).build();
            prepared(block, inputs);
            int n = inputs.length;
            int rows = n < 3 ? f : t;
            boolean[] mask = n % 2 == 0 ? (n == 2 ? self : cross).toBooleanArray() : null;
            boolean[][][] keep = new boolean[b][rows][f];
            for (int i = 0; i < b * rows * f; ++i) {
                keep[i / rows / f][i / f % rows][i % f] =
                        (mask == null || mask[i]) && !(causal && i % f > i / f % rows);
            }
            double[][][] expected =
                    new PlainMember(block, name, HEADS)
                            .apply(
                                    PlainMember.plain(inputs[0]),
                                    PlainMember.plain(inputs[n < 3 ? 0 : 1]),
                                    PlainMember.plain(inputs[n < 3 ? 0 : 2]),
                                    keep);
            double[][][] actual = PlainMember.plain(infer(block, inputs));
            for (int i = 0; i < b * rows; ++i) {
                assertArrayEquals(
                        expected[i / rows][i % rows],
                        actual[i / rows][i % rows],
                        1e-9,
                        name + ", form " + form + ", row " + i);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("rowwise")
    void causalAttentionNeverSeesTheFuture(String name) {
        NDArray x = random(2, 7, WIDTH);
        QuantAttention block = builder(name).optCausal(true).build();
        prepared(block, x);
        NDArray y = infer(block, x);
        for (int t = 1; t < 7; ++t) {
            NDArray other = x.duplicate();
            other.set(new NDIndex(":, {}:", t), random(2, 7 - t, WIDTH).mul(5));
            NDArray changed = infer(block, other);
            NDIndex past = new NDIndex(":, :{}", t);
            assertArrayEquals(
                    y.get(past).toDoubleArray(), changed.get(past).toDoubleArray(), 1e-13);
            NDIndex future = new NDIndex(":, {}:", t);
            assertFalse(
                    Arrays.equals(
                            y.get(future).toDoubleArray(), changed.get(future).toDoubleArray()));
        }
    }

    @ParameterizedTest
    @MethodSource("rowwise")
    void masksEqualRemoval(String name) {
        NDArray x = random(2, 7, WIDTH);
        // KArAt has functions for each position, so that only keys at the end can go.
        boolean learned = name.contains("karat");
        int[] keep = learned ? new int[] {1, 1, 1, 1, 0, 0, 0} : new int[] {1, 0, 1, 1, 0, 1, 0};
        int[] left = learned ? new int[] {0, 1, 2, 3} : new int[] {0, 2, 3, 5};
        QuantAttention block = prepared(builder(name).build(), x);
        NDIndex at = new NDIndex(":, {}, :", manager.create(left));
        NDArray row = manager.create(keep, new Shape(1, 1, 7));
        NDArray removed = infer(block, x.get(at));
        NDArray full = infer(block, x, row.broadcast(2, 7, 7));
        assertArrayEquals(removed.toDoubleArray(), full.get(at).toDoubleArray(), 1e-11);
        NDArray oneRow = infer(block, x, row.broadcast(2, 1, 7));
        assertArrayEquals(full.toDoubleArray(), oneRow.toDoubleArray());
        NDArray offset = infer(block, x, row.sub(1).mul(100000).expandDims(1));
        assertArrayEquals(full.toDoubleArray(), offset.toDoubleArray(), 1e-11);
        assertFalse(
                Arrays.equals(full.toDoubleArray(), infer(block, x).toDoubleArray()),
                "the mask matters");
    }

    @ParameterizedTest
    @MethodSource("rowwise")
    void aBatchOfOneEqualsTheBatch(String name) {
        NDArray x = random(5, 6, WIDTH);
        QuantAttention block = prepared(builder(name).build(), x);
        NDArray y = infer(block, x);
        for (int i = 0; i < 5; ++i) {
            NDArray one = infer(block, x.get(new NDIndex("{}:{}", i, i + 1)));
            assertArrayEquals(y.get(i).toDoubleArray(), one.get(0).toDoubleArray(), 1e-11);
        }
    }

    @ParameterizedTest
    @MethodSource("all")
    void aQueryThatSeesNothingIsDefined(String name) {
        NDArray x = random(2, 4, WIDTH);
        NDArray mask = manager.ones(new Shape(2, 4, 4));
        mask.set(new NDIndex("0, 2"), 0);
        mask.set(new NDIndex("1"), 0);
        QuantAttention block = prepared(builder(name).build(), x, mask);
        NDArray y;
        try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
            y = Blocks.train(manager, block, x, mask).head();
            Gradients.backward(collector, y.sum());
        }
        assertTrue(Arrays.stream(y.toDoubleArray()).allMatch(Double::isFinite));
        for (Pair<String, Parameter> p : learned(block)) {
            double[] gradient = p.getValue().getArray().getGradient().toDoubleArray();
            assertTrue(Arrays.stream(gradient).allMatch(Double::isFinite), p.getKey());
        }
        // Rows that see nothing have the same context, zeros: the same output.
        double[][] rows = PlainMember.plain(y)[1];
        assertArrayEquals(rows[0], rows[3], 1e-12);
        assertArrayEquals(rows[0], PlainMember.plain(y)[0][2], 1e-12);
    }

    @ParameterizedTest
    @MethodSource("all")
    void roundTripInEveryForm(String name) {
        NDArray x = manager.randomNormal(new Shape(2, 5, WIDTH));
        NDArray q = manager.randomNormal(new Shape(2, 3, WIDTH));
        NDArray self = manager.randomUniform(0, 1, new Shape(2, 5, 5)).gt(.3);
        NDArray cross = manager.randomUniform(0, 1, new Shape(2, 3, 5)).gt(.3);
        for (NDArray[] inputs : new NDArray[][] {{x}, {x, self}, {x, q, x}, {x, q, x, cross}}) {
            QuantAttention block = builder(name).build();
            block.initialize(manager, DataType.FLOAT32, new NDList(inputs).getShapes());
            Blocks.train(manager, block, inputs);
            Blocks.assertRoundTrip(manager, block, builder(name).build(), inputs);
        }
    }

    @ParameterizedTest
    @MethodSource("all")
    void everyParameterLearnsAndGradientsOutliveACollection(String name) {
        NDArray x = random(4, 5, WIDTH);
        NDArray mask = manager.ones(new Shape(4, 5, 5));
        double[][] gradients = new double[2][];
        for (int i = 0; i < 2; ++i) {
            Engine.getInstance().setRandomSeed(9);
            QuantEncoderLayer layer =
                    QuantEncoderLayer.builder()
                            .setUnits(WIDTH)
                            .setHeads(HEADS)
                            .setHidden(16)
                            .optMethod(AttentionMethod.named(name))
                            .optDropout(.1f)
                            .optNormFirst(true)
                            .build();
            Blocks.initialize64(manager, layer, x.getShape(), mask.getShape());
            try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
                NDArray y = Blocks.train(manager, layer, x, mask).head();
                Gradients.backward(collector, y.sub(.3).square().mul(y).sum(), i == 1);
            }
            for (Pair<String, Parameter> p : learned(layer)) {
                double[] g = p.getValue().getArray().getGradient().toDoubleArray();
                assertTrue(Arrays.stream(g).allMatch(Double::isFinite), p.getKey());
                // A softmax cancels what is the same for all keys of a query.
                boolean cancelled =
                        p.getKey().endsWith("keyProjection_bias") && !name.contains("karat");
                assertTrue(
                        cancelled || Arrays.stream(g).anyMatch(v -> v != 0),
                        p.getKey() + " has no gradient");
            }
            gradients[i] =
                    learned(layer).stream()
                            .map(p -> p.getValue().getArray().getGradient().toDoubleArray())
                            .flatMapToDouble(
                                    g -> IntStream.range(0, g.length).mapToDouble(k -> g[k]))
                            .toArray();
        }
        assertArrayEquals(gradients[0], gradients[1]);
    }

    /**
     * Methods without a step function: the gradient must be the derivative of the plain formula.
     */
    @ParameterizedTest
    @MethodSource("smooth")
    void gradientsAreDerivativesOfThePlainFormula(String name) {
        NDArray x = random(1, 4, WIDTH);
        QuantAttention block = prepared(builder(name).build(), x);
        boolean[][][] keep = new boolean[1][4][4];
        Arrays.stream(keep[0]).forEach(row -> Arrays.fill(row, true));
        NDArray upstream = random(1, 4, WIDTH);
        double[] d = upstream.toDoubleArray();
        x.setRequiresGradient(true);
        double[] gradient;
        try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
            Gradients.backward(
                    collector, Blocks.train(manager, block, x).head().mul(upstream).sum());
            gradient = x.getGradient().toDoubleArray();
        }
        PlainMember plain = new PlainMember(block, name, HEADS);
        double[] at = x.toDoubleArray();
        for (int i = 0; i < at.length; i += 5) {
            double[] sums = new double[2];
            for (int side = 0; side < 2; ++side) {
                double[][][] in = PlainMember.plain(x);
                in[0][i / WIDTH][i % WIDTH] += side == 0 ? 1e-5 : -1e-5;
                double[][][] y = plain.apply(in, in, in, keep);
                for (int k = 0; k < d.length; ++k) {
                    sums[side] += d[k] * y[0][k / WIDTH][k % WIDTH];
                }
            }
            assertEquals(
                    (sums[0] - sums[1]) / 2e-5, gradient[i], 1e-5 * (1 + Math.abs(gradient[i])));
        }
    }

    static Stream<String> smooth() {
        return Stream.of(
                "float",
                "karat",
                "fourier-karat",
                "fourier-karat-small",
                "fourier-karat-universal",
                "entmax",
                "sparsemax");
    }

    @ParameterizedTest
    @MethodSource("all")
    void nothingLeaks(String name) {
        QuantEncoderLayer layer =
                QuantEncoderLayer.builder()
                        .setUnits(WIDTH)
                        .setHeads(HEADS)
                        .setHidden(16)
                        .optMethod(AttentionMethod.named(name))
                        .build();
        NDManager lasting = manager;
        layer.initialize(lasting, DataType.FLOAT32, new Shape(2, 5, WIDTH), new Shape(2, 5, 5));
        ParameterStore store = new ParameterStore(lasting, false);
        Leaks.assertNothingLeft(
                lasting,
                30,
                step -> {
                    NDArray x = step.randomNormal(new Shape(2, 5, WIDTH));
                    NDArray mask = step.ones(new Shape(2, 5, 5));
                    try (GradientCollector collector =
                            Engine.getInstance().newGradientCollector()) {
                        NDList y = layer.forward(store, new NDList(x, mask), true);
                        assertEquals(3, step.getManagedArrays().size(), "inputs, output");
                        Gradients.backward(collector, y.head().square().sum());
                    }
                });
    }
}
