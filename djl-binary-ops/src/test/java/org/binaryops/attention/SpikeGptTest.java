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
import java.util.Random;
import java.util.stream.DoubleStream;
import org.binaryops.nn.LifNeuron;
import org.binaryops.testing.Blocks;
import org.binaryops.testing.Gradients;
import org.binaryops.testing.Leaks;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** SpikeGPT: its recurrences against their sums, and token by token against the whole sequence. */
class SpikeGptTest {

    private NDManager manager;

    @BeforeEach
    void open() {
        Engine.getInstance().setRandomSeed(23);
        manager = NDManager.newBaseManager();
    }

    @AfterEach
    void close() {
        manager.close();
    }

    /** The sums of the paper, written out; k and v are [T][C]. */
    private static double[][] wkv(double[] w, double[] u, double[][] k, double[][] v) {
        double[][] y = new double[k.length][w.length];
        for (int t = 0; t < k.length; ++t) {
            for (int c = 0; c < w.length; ++c) {
                double max = u[c] + k[t][c];
                for (int i = 0; i < t; ++i) {
                    max = Math.max(max, -(t - 1 - i) * Math.exp(w[c]) + k[i][c]);
                }
                double weights = Math.exp(u[c] + k[t][c] - max);
                double sum = weights * v[t][c];
                for (int i = 0; i < t; ++i) {
                    double e = Math.exp(-(t - 1 - i) * Math.exp(w[c]) + k[i][c] - max);
                    weights += e;
                    sum += e * v[i][c];
                }
                y[t][c] = sum / weights;
            }
        }
        return y;
    }

    private static double[] flat(double[]... parts) {
        return Arrays.stream(parts).flatMapToDouble(Arrays::stream).toArray();
    }

    /** w, u, k and v in one array of (2 + 2 T) C numbers. */
    private static NDArray wkv(NDArray all, int length, int width) {
        NDArray w = all.get(new NDIndex("{}:{}", 0, width));
        NDArray u = all.get(new NDIndex("{}:{}", width, 2 * width));
        int half = 2 * width + length * width;
        NDArray k = all.get(new NDIndex("{}:{}", 2 * width, half)).reshape(1, length, width);
        NDArray v = all.get(new NDIndex("{}:{}", half, half + length * width));
        return RwkvTimeMix.weightedKeyValue(w, u, k, v.reshape(1, length, width));
    }

    private static double[] plainWkv(double[] all, int length, int width) {
        double[][] k = new double[length][];
        double[][] v = new double[length][];
        for (int t = 0; t < length; ++t) {
            k[t] = Arrays.copyOfRange(all, (2 + t) * width, (3 + t) * width);
            v[t] = Arrays.copyOfRange(all, (2 + length + t) * width, (3 + length + t) * width);
        }
        return flat(
                wkv(Arrays.copyOf(all, width), Arrays.copyOfRange(all, width, 2 * width), k, v));
    }

    @Test
    void rwkvIsItsSums() {
        Random random = new Random(1);
        for (int length : new int[] {1, 2, 9}) {
            for (double size : new double[] {1, 400}) {
                int width = 3;
                double[] all =
                        random.doubles((2 + 2L * length) * width).map(x -> 2 * x - 1).toArray();
                for (int i = 2 * width; i < (2 + length) * width; ++i) {
                    all[i] *= size; // exponents that overflow unless they are kept in range
                }
                double[] y = Gradients.values(all, a -> wkv(a, length, width));
                assertArrayEquals(plainWkv(all, length, width), y, 1e-12);
            }
        }
    }

    /** e^w = ln 2, u = 0, k = 0: weights of halves, ..., 1/2, 1 and 1 for the present. */
    @Test
    void rwkvGolden() {
        double w = Math.log(Math.log(2));
        double[] all = {w, 0, 0, 0, 0, 0, 8, 4, 2, 1};
        double[] expected = {8, 6, (4 + 4 + 2) / 2.5, (2 + 2 + 2 + 1) / 2.75};
        assertArrayEquals(expected, Gradients.values(all, a -> wkv(a, 4, 1)), 1e-12);
    }

    @Test
    void rwkvGradientsAreDerivatives() {
        Random random = new Random(2);
        int length = 6;
        int width = 2;
        double[] all = random.doubles((2 + 2L * length) * width).map(x -> 2 * x - 1).toArray();
        double[] d = random.doubles((long) length * width).toArray();
        double[] g = Gradients.at(all, d, a -> wkv(a, length, width).reshape(-1));
        for (int i = 0; i < all.length; ++i) {
            double[] up = all.clone();
            double[] down = all.clone();
            up[i] += 1e-6;
            down[i] -= 1e-6;
            double[] p = plainWkv(up, length, width);
            double[] q = plainWkv(down, length, width);
            double numeric = 0;
            for (int k = 0; k < d.length; ++k) {
                numeric += d[k] * (p[k] - q[k]) / 2e-6;
            }
            assertEquals(numeric, g[i], 1e-8);
        }
    }

    @Test
    void lifGoldens() {
        assertSpikes(1.5, true, 0, 1, 0, 1, 0, 1);
        assertSpikes(1, true, 0, 0, 0, 0, 0, 0);
        assertSpikes(3, true, 1, 1, 1, 1, 1, 1);
        assertSpikes(.6, false, 0, 0, 1, 0, 0, 1);
    }

    private void assertSpikes(double input, boolean decay, double... expected) {
        LifNeuron lif = LifNeuron.builder().optTimeAxis(1).optDecayInput(decay).build();
        double[] x = DoubleStream.generate(() -> input).limit(6).toArray();
        NDArray in = manager.create(x, new Shape(1, 6, 1));
        Blocks.initialize64(manager, lif, in.getShape());
        assertArrayEquals(expected, Blocks.infer(manager, lif, in).head().toDoubleArray());
    }

    private static double[] parameter(Block block, String name) {
        return block.getParameters().stream()
                .filter(p -> p.getKey().endsWith(name))
                .findFirst()
                .orElseThrow()
                .getValue()
                .getArray()
                .toDoubleArray();
    }

    private static double[] multiply(double[] w, double[] x) {
        double[] y = new double[w.length / x.length];
        for (int i = 0; i < w.length; ++i) {
            y[i / x.length] += w[i] * x[i % x.length];
        }
        return y;
    }

    private static double[] mixed(double[] mu, double[] x, double[] last) {
        double[] y = new double[x.length];
        for (int i = 0; i < y.length; ++i) {
            y[i] = x[i] * mu[i] + last[i] * (1 - mu[i]);
        }
        return y;
    }

    private static double sigmoid(double x) {
        return 1 / (1 + Math.exp(-x));
    }

    @Test
    void timeAndChannelMixAreTheirFormulas() {
        int width = 4;
        int length = 5;
        NDArray x = random64(1, length, width);
        double[][] in = PlainMember.plain(x)[0];
        RwkvTimeMix time = new RwkvTimeMix(width, 1, 3);
        RwkvChannelMix channel = new RwkvChannelMix(width, 1, 3);
        Blocks.initialize64(manager, time, x.getShape());
        Blocks.initialize64(manager, channel, x.getShape());
        double[][] k = new double[length][];
        double[][] v = new double[length][];
        double[][] r = new double[length][];
        double[][] fed = new double[length][];
        for (int t = 0; t < length; ++t) {
            double[] last = t == 0 ? new double[width] : in[t - 1];
            k[t] =
                    multiply(
                            parameter(time, "key_weight"),
                            mixed(parameter(time, "keyMix"), in[t], last));
            v[t] =
                    multiply(
                            parameter(time, "value_weight"),
                            mixed(parameter(time, "valueMix"), in[t], last));
            r[t] =
                    multiply(
                            parameter(time, "receptance_weight"),
                            mixed(parameter(time, "receptanceMix"), in[t], last));
            double[] hidden =
                    multiply(
                            parameter(channel, "key_weight"),
                            mixed(parameter(channel, "keyMix"), in[t], last));
            double[] squares = Arrays.stream(hidden).map(h -> h > 0 ? h * h : 0).toArray();
            fed[t] = multiply(parameter(channel, "value_weight"), squares);
            double[] gate =
                    multiply(
                            parameter(channel, "receptance_weight"),
                            mixed(parameter(channel, "receptanceMix"), in[t], last));
            for (int c = 0; c < width; ++c) {
                fed[t][c] *= sigmoid(gate[c]);
            }
        }
        double[][] means = wkv(parameter(time, "decay"), parameter(time, "first"), k, v);
        double[][] out = PlainMember.plain(Blocks.infer(manager, time, x).head())[0];
        double[][] mix = PlainMember.plain(Blocks.infer(manager, channel, x).head())[0];
        for (int t = 0; t < length; ++t) {
            double[] gated = new double[width];
            for (int c = 0; c < width; ++c) {
                gated[c] = sigmoid(r[t][c]) * means[t][c];
            }
            assertArrayEquals(multiply(parameter(time, "output_weight"), gated), out[t], 1e-12);
            assertArrayEquals(fed[t], mix[t], 1e-12);
        }
        // Start values of layer 1 of 3.
        assertEquals(-5 + 8 * Math.pow(1 / 3., .7 + 1.3 / 2), parameter(time, "decay")[1], 1e-12);
        assertEquals(Math.log(.3) + .5, parameter(time, "first")[1], 1e-12);
        assertEquals(Math.pow(.25, 2 / 3.), parameter(time, "keyMix")[1], 1e-12);
        assertEquals(Math.pow(.25, 2 / 3.) + .15, parameter(time, "valueMix")[1], 1e-12);
        assertEquals(Math.pow(.25, 1 / 3.), parameter(time, "receptanceMix")[1], 1e-12);
    }

    private NDArray random64(long... shape) {
        return manager.randomNormal(new Shape(shape)).toType(DataType.FLOAT64, false);
    }

    private static SpikeGpt model() {
        return new SpikeGpt(11, 8, 2, .1f, .7f);
    }

    private NDArray tokens(int batch, int length) {
        return manager.randomInteger(0, 11, new Shape(batch, length), DataType.INT64);
    }

    @Test
    void tokenByTokenEqualsTheWholeSequence() {
        SpikeGpt model = model();
        NDArray tokens = tokens(3, 20);
        Blocks.initialize64(manager, model, tokens.getShape());
        NDArray whole = Blocks.infer(manager, model, tokens).head();
        ParameterStore store = new ParameterStore(manager, false);
        NDList state = null;
        for (int t = 0; t < 20; ++t) {
            NDList next = model.step(store, tokens.get(new NDIndex(":, {}", t)), state);
            assertArrayEquals(
                    whole.get(new NDIndex(":, {}", t)).toDoubleArray(),
                    next.head().toDoubleArray(),
                    1e-11,
                    "token " + t);
            state = new NDList(next.subList(1, next.size()));
            assertEquals(14, state.size());
            assertTrue(state.stream().allMatch(a -> a.getShape().equals(new Shape(3, 8))));
        }
    }

    @Test
    void theFutureIsNotSeenAndABatchOfOneEqualsTheBatch() {
        SpikeGpt model = model();
        NDArray tokens = tokens(3, 12);
        Blocks.initialize64(manager, model, tokens.getShape());
        NDArray y = Blocks.infer(manager, model, tokens).head();
        for (int t = 1; t < 12; ++t) {
            NDArray other = tokens.duplicate();
            NDIndex future = new NDIndex(":, {}:", t);
            other.set(future, tokens.get(future).add(1).mod(11));
            NDArray changed = Blocks.infer(manager, model, other).head();
            NDIndex past = new NDIndex(":, :{}", t);
            assertArrayEquals(
                    y.get(past).toDoubleArray(), changed.get(past).toDoubleArray(), 1e-12);
            assertFalse(
                    Arrays.equals(
                            y.get(future).toDoubleArray(), changed.get(future).toDoubleArray()));
        }
        NDArray one = Blocks.infer(manager, model, tokens.get(new NDIndex("1:2"))).head();
        assertArrayEquals(y.get(1).toDoubleArray(), one.get(0).toDoubleArray(), 1e-12);
    }

    @Test
    void branchesGiveSpikes() {
        SpikeGptBlock block = new SpikeGptBlock(8, 1, 2, 0);
        block.setInitializer(
                new ai.djl.training.initializer.NormalInitializer(1), Parameter.Type.WEIGHT);
        NDArray x = random64(2, 10, 8);
        Blocks.initialize64(manager, block, x.getShape());
        double[] added = Blocks.infer(manager, block, x).head().sub(x).toDoubleArray();
        long fired = 0;
        for (double v : added) {
            long spikes = Math.round(v);
            assertEquals(spikes, v, 1e-12, "0, 1 or 2 spikes");
            fired += spikes;
        }
        assertTrue(fired > 0 && fired < 2 * added.length, "fired " + fired);
    }

    @Test
    void roundTripLeaksAndGradients() {
        SpikeGpt model = model();
        NDArray tokens = tokens(2, 6);
        model.initialize(manager, DataType.FLOAT32, tokens.getShape());
        Blocks.train(manager, model, tokens);
        Blocks.assertRoundTrip(manager, model, model(), tokens);
        ParameterStore store = new ParameterStore(manager, false);
        Leaks.assertNothingLeft(
                manager,
                20,
                step -> {
                    NDArray in = step.zeros(new Shape(2, 6), DataType.INT64);
                    try (GradientCollector collector =
                            Engine.getInstance().newGradientCollector()) {
                        NDArray y = model.forward(store, new NDList(in), true).head();
                        assertEquals(2, step.getManagedArrays().size(), "input, output");
                        Gradients.backward(collector, y.square().sum());
                    }
                    model.step(store, step.zeros(new Shape(2), DataType.INT64), null);
                });
        double[][] gradients = new double[2][];
        for (int i = 0; i < 2; ++i) {
            Engine.getInstance().setRandomSeed(4);
            SpikeGpt again = model();
            Blocks.initialize64(manager, again, tokens.getShape());
            try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
                NDArray y = Blocks.train(manager, again, tokens).head();
                Gradients.backward(collector, SpikeGpt.penalized(y.square().sum(), y), i == 1);
            }
            gradients[i] =
                    again.getParameters().stream()
                            .peek(p -> assertLearns(p))
                            .flatMapToDouble(
                                    p ->
                                            Arrays.stream(
                                                    p.getValue()
                                                            .getArray()
                                                            .getGradient()
                                                            .toDoubleArray()))
                            .toArray();
        }
        assertArrayEquals(gradients[0], gradients[1]);
    }

    private static void assertLearns(Pair<String, Parameter> p) {
        double[] g = p.getValue().getArray().getGradient().toDoubleArray();
        assertTrue(Arrays.stream(g).allMatch(Double::isFinite), p.getKey());
        assertTrue(Arrays.stream(g).anyMatch(v -> v != 0), p.getKey() + " has no gradient");
    }
}
