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
package org.binaryops.quantizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import ai.djl.MalformedModelException;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
import ai.djl.training.ParameterStore;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.util.Arrays;
import java.util.Random;
import org.binaryops.testing.Blocks;
import org.binaryops.testing.Gradients;
import org.binaryops.testing.Leaks;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The power quantizer against its formula in plain Java. */
class PowerQuantizerTest {

    /** |q| / L. */
    private static double level(double w, double max, double a, int bits) {
        double largest = Math.pow(2, bits - 1) - 1;
        return max == 0 ? 0 : Math.rint(largest * Math.pow(Math.abs(w) / max, a)) / largest;
    }

    private static double value(double w, double max, double a, int bits) {
        return Math.signum(w) * max * Math.pow(level(w, max, a, bits), 1 / a);
    }

    private static double max(double[] w) {
        return Arrays.stream(w).map(Math::abs).max().orElseThrow();
    }

    private static PowerQuantizer quantizer(NDManager manager, int bits, double a, Shape shape) {
        PowerQuantizer q = PowerQuantizer.perTensor(bits, false);
        Blocks.initialize64(manager, q, shape);
        q.setExponent(a);
        return q;
    }

    @Test
    void matchesFormulaAtRandomPointsAndEdges() {
        for (int bits : new int[] {2, 3, 4, 5, 6, 7, 8, 16}) {
            double[] random = new Random(bits).doubles(300, -2, 2).toArray();
            // With the maximum 3 and three bits these are the ties and the levels.
            double[] edges = {0, -0., .5, -.5, 1.5, -1.5, 2.5, -2.5, 3, -3, 1, -2, 1e-300};
            for (double[] w : new double[][] {random, edges, {0, 0, -0.}, {1e-30, -3e-30}, {-7}}) {
                for (double a : new double[] {1, .5, .62, .3, 1.4}) {
                    double max = max(w);
                    double[] expected = Arrays.stream(w).map(v -> value(v, max, a, bits)).toArray();
                    try (NDManager manager = NDManager.newBaseManager()) {
                        NDArray x = manager.create(w);
                        PowerQuantizer q = quantizer(manager, bits, a, x.getShape());
                        assertArrayEquals(
                                expected,
                                Blocks.infer(manager, q, x).singletonOrThrow().toDoubleArray(),
                                1e-12 * max,
                                bits + " bits, a " + a);
                    }
                }
            }
        }
    }

    @Test
    void anExponentOfOneIsTheUniformQuantizer() {
        double[] w = new Random(1).doubles(100, -3, 3).toArray();
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray x = manager.create(w);
            PowerQuantizer q = quantizer(manager, 4, 1, x.getShape());
            double step = max(w) / 7;
            assertArrayEquals(
                    Arrays.stream(w).map(v -> step * Math.rint(v / step)).toArray(),
                    Blocks.infer(manager, q, x).singletonOrThrow().toDoubleArray(),
                    1e-12);
        }
    }

    @Test
    void channelsHaveTheirOwnMaximum() {
        double[] w = new Random(2).doubles(24, -1, 2).toArray();
        for (int axis = 0; axis < 2; ++axis) {
            int channelAxis = axis;
            double[] maxima = new double[axis == 0 ? 4 : 6];
            for (int i = 0; i < 24; ++i) {
                int c = axis == 0 ? i / 6 : i % 6;
                maxima[c] = Math.max(maxima[c], Math.abs(w[i]));
            }
            try (NDManager manager = NDManager.newBaseManager()) {
                NDArray x = manager.create(w, new Shape(4, 6));
                PowerQuantizer q = PowerQuantizer.perChannel(5, channelAxis, false);
                Blocks.initialize64(manager, q, x.getShape());
                double[] y = Blocks.infer(manager, q, x).singletonOrThrow().toDoubleArray();
                for (int i = 0; i < 24; ++i) {
                    double max = maxima[axis == 0 ? i / 6 : i % 6];
                    assertEquals(value(w[i], max, .5, 5), y[i], 1e-12);
                }
            }
        }
    }

    @Test
    void gradients() {
        double[] w = {-2, -1.1, -.3, 1e-9, 0, .02, .5, 1.3, 1.9};
        double[] g = {1, -2, 3, .5, -1, 7, 2, -.25, 4};
        // The exponents beyond [.1, 1.5] act as the limits, and still learn.
        double[][] exponents = {{.5, .5}, {.8, .8}, {1.5, 1.5}, {.05, .1}, {1.7, 1.5}};
        for (boolean learned : new boolean[] {false, true}) {
            for (double[] exponent : exponents) {
                try (NDManager manager = NDManager.newBaseManager();
                        GradientCollector collector = Engine.getInstance().newGradientCollector()) {
                    PowerQuantizer q = PowerQuantizer.perTensor(4, learned);
                    NDArray x = manager.create(w);
                    Blocks.initialize64(manager, q, x.getShape());
                    q.setExponent(manager.create(new double[] {exponent[0]}));
                    assertEquals(learned, q.getExponent().hasGradient());
                    x.setRequiresGradient(true);
                    NDArray y = Blocks.train(manager, q, x).singletonOrThrow();
                    Gradients.backward(collector, y.mul(manager.create(g)).sum());
                    assertArrayEquals(g, x.getGradient().toDoubleArray(), 1e-12);
                    double a = exponent[1];
                    double[] expected = Arrays.stream(w).map(v -> value(v, 2, a, 4)).toArray();
                    assertArrayEquals(expected, y.toDoubleArray(), 1e-12);
                    if (learned) {
                        double da = 0;
                        for (int i = 0; i < w.length; ++i) {
                            double u = level(w[i], 2, a, 4);
                            da += u == 0 ? 0 : -g[i] * expected[i] * Math.log(u) / (a * a);
                        }
                        assertEquals(da, q.getExponent().getGradient().toDoubleArray()[0], 1e-10);
                    }
                }
            }
        }
    }

    @Test
    void theGradientWithAFixedResidual() {
        double[] w = {-2, -1.1, -.3, 1e-9, 0, .02, .5, 1.3, 1.9};
        double[] g = {1, -2, 3, .5, -1, 7, 2, -.25, 4};
        for (int bits : new int[] {2, 4, 8}) {
            for (double a : new double[] {.2, .5, .8, 1.4}) {
                try (NDManager manager = NDManager.newBaseManager();
                        GradientCollector collector = Engine.getInstance().newGradientCollector()) {
                    PowerQuantizer q =
                            PowerQuantizer.perTensor(
                                    bits, PowerQuantizer.ExponentGradient.FIXED_RESIDUAL);
                    NDArray x = manager.create(w);
                    Blocks.initialize64(manager, q, x.getShape());
                    q.setExponent(a);
                    x.setRequiresGradient(true);
                    NDArray y = Blocks.train(manager, q, x).singletonOrThrow();
                    Gradients.backward(collector, y.mul(manager.create(g)).sum());
                    assertArrayEquals(g, x.getGradient().toDoubleArray(), 1e-12);
                    double da = 0;
                    for (int i = 0; i < w.length; ++i) {
                        double u = level(w[i], 2, a, bits);
                        double v = Math.pow(Math.abs(w[i]) / 2, a);
                        double value = value(w[i], 2, a, bits);
                        assertEquals(value, y.getDouble(i), 1e-12);
                        if (u > 0) {
                            // w_q = m (v + r)^(1/a) with r fixed, by a central difference.
                            double h = 1e-5;
                            double up =
                                    Math.pow(
                                            Math.pow(Math.abs(w[i]) / 2, a + h) + u - v,
                                            1 / (a + h));
                            double down =
                                    Math.pow(
                                            Math.pow(Math.abs(w[i]) / 2, a - h) + u - v,
                                            1 / (a - h));
                            da += g[i] * Math.signum(w[i]) * 2 * (up - down) / (2 * h);
                        }
                    }
                    assertEquals(
                            da,
                            q.getExponent().getGradient().toDoubleArray()[0],
                            1e-6,
                            bits + " " + a);
                }
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"3, .3664, .66", "4, .1575, .62", "6, .03553, .63", "8, .00867, .62"})
    void aLearnedExponentReachesTheLeastErrorFromAnyStart(int bits, double best, double exponent) {
        float[] w = Arrays.copyOf(gaussian(), 40_000);
        for (double start : new double[] {.4, 1.2}) {
            PowerQuantizer q =
                    PowerQuantizer.perTensor(bits, PowerQuantizer.ExponentGradient.FIXED_RESIDUAL);
            try (NDManager manager = NDManager.newBaseManager()) {
                NDArray x = manager.create(w);
                q.initialize(manager, DataType.FLOAT32, x.getShape());
                double a = start;
                for (int step = 0; step < 60; ++step) {
                    q.setExponent(a);
                    // The descent needs the sign of the gradient only, in steps that shrink.
                    a -= .04 * Math.pow(.93, step) * Math.signum(slope(manager, q, x));
                }
                q.setExponent(a);
                assertEquals(best, relativeError(w, values(manager, q, x)), .02 * best);
                assertEquals(exponent, a, .04);
            }
        }
    }

    /** The gradient of the squared error at the exponent. */
    private static double slope(NDManager manager, PowerQuantizer q, NDArray x) {
        try (NDManager step = manager.newSubManager();
                GradientCollector collector = Engine.getInstance().newGradientCollector()) {
            NDArray w = x.duplicate();
            w.attach(step);
            NDArray error = Blocks.train(step, q, w).singletonOrThrow().sub(w);
            Gradients.backward(collector, error.square().mean());
            try (NDArray gradient = q.getExponent().getGradient()) {
                double value = gradient.toFloatArray()[0];
                gradient.subi(gradient);
                return value;
            }
        }
    }

    /** 200 000 weights from N(0, 1) whose largest is 4.819 σ, as those of the published figures. */
    private static float[] gaussian() {
        Random random = new Random(3);
        float[] w = new float[200_000];
        for (int i = 1; i < w.length; ++i) {
            w[i] = (float) Math.max(-4.819, Math.min(4.819, random.nextGaussian()));
        }
        w[0] = 4.819f;
        return w;
    }

    private static double relativeError(float[] w, float[] y) {
        double error = 0;
        double norm = 0;
        for (int i = 0; i < w.length; ++i) {
            error += Math.pow((double) w[i] - y[i], 2);
            norm += Math.pow(w[i], 2);
        }
        return Math.sqrt(error / norm);
    }

    @ParameterizedTest
    @CsvSource({
        "3, .4644, .3869, .3664, .66",
        "4, .1989, .1623, .1575, .62",
        "6, .04491, .03650, .03553, .63",
        "8, .01096, .00891, .00867, .62"
    })
    void errorsOnGaussianWeights(
            int bits, double uniform, double half, double best, double exponent) {
        float[] w = gaussian();
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray x = manager.create(w);
            PowerQuantizer q = PowerQuantizer.perTensor(bits, false);
            q.initialize(manager, DataType.FLOAT32, x.getShape());
            assertEquals(half, relativeError(w, values(manager, q, x)), .01 * half);
            q.setExponent(1);
            assertEquals(uniform, relativeError(w, values(manager, q, x)), .01 * uniform);
            q.fit(x);
            double a = q.getExponent().toFloatArray()[0];
            double fitted = relativeError(w, values(manager, q, x));
            assertEquals(best, fitted, .01 * best);
            // The minimum is flat, so that the place differs more than the error.
            assertEquals(exponent, a, .03);
        }
    }

    private static float[] values(NDManager manager, PowerQuantizer q, NDArray x) {
        return Blocks.infer(manager, q, x).singletonOrThrow().toFloatArray();
    }

    @Test
    void fitFindsTheLeastSumOverLayersOfPlainJava() {
        Random random = new Random(9);
        double[] one = random.doubles(150).map(v -> random.nextGaussian()).toArray();
        double[] two = random.doubles(90, -3, 3).map(v -> v * v * v).toArray();
        double least = Double.POSITIVE_INFINITY;
        for (int i = 200; i <= 3000; ++i) {
            double a = i / 2000.0;
            least = Math.min(least, error(one, a) + error(two, a));
        }
        try (NDManager manager = NDManager.newBaseManager()) {
            PowerQuantizer q = PowerQuantizer.perTensor(4, false);
            Blocks.initialize64(manager, q, new Shape(150));
            q.fit(manager.create(one), manager.create(two, new Shape(9, 10)));
            double a = q.getExponent().toDoubleArray()[0];
            double found = error(one, a) + error(two, a);
            // The error is jagged on few weights: the grid may end in a neighbouring dip.
            assertEquals(least, found, .02 * least);
            assertTrue(found < error(one, 1) + error(two, 1));
            assertTrue(found < error(one, .5) + error(two, .5) + 1e-12);
        }
    }

    private static double error(double[] w, double a) {
        double max = max(w);
        return Math.sqrt(Arrays.stream(w).map(v -> Math.pow(v - value(v, max, a, 4), 2)).sum());
    }

    @Test
    void roundTripAndFrozenValues() {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray w = manager.randomNormal(new Shape(4, 60));
            for (boolean learned : new boolean[] {false, true}) {
                PowerQuantizer q = PowerQuantizer.perChannel(6, 0, learned);
                q.initialize(manager, DataType.FLOAT32, w.getShape());
                q.fit(w);
                PowerQuantizer fresh = PowerQuantizer.perChannel(6, 0, learned);
                Blocks.assertRoundTrip(manager, q, fresh, w);
                assertArrayEquals(
                        q.getExponent().toFloatArray(), fresh.getExponent().toFloatArray());
                float[] before = w.toFloatArray();
                ParameterStore store = new ParameterStore(manager, false);
                assertArrayEquals(
                        q.quantize(store, w, false).toFloatArray(),
                        q.quantizeFrozen(store, w).toFloatArray(),
                        1e-6f);
                assertArrayEquals(before, w.toFloatArray(), "the argument is left alone");
                assertFalse(q.isBinary());
                byte[] bytes = Blocks.save(q);
                MalformedModelException e =
                        assertThrows(
                                MalformedModelException.class,
                                () ->
                                        PowerQuantizer.perTensor(8, false)
                                                .loadParameters(
                                                        manager,
                                                        new DataInputStream(
                                                                new ByteArrayInputStream(bytes))));
                assertEquals(
                        "PowerQuantizer: this quantizer has 8 bits and one maximum, but the file"
                                + " has 6 bits and maxima along axis 0",
                        e.getMessage());
            }
        }
    }

    @Test
    void badArgumentsAreNamed() {
        assertMessage(
                "bits must be 2 to 8 or 16, but was 1.", () -> PowerQuantizer.perTensor(1, false));
        assertMessage(
                "axis must not be negative, but was -2.",
                () -> PowerQuantizer.perChannel(4, -2, false));
        PowerQuantizer q = PowerQuantizer.perChannel(4, 1, false);
        assertThrows(IllegalStateException.class, () -> q.setExponent(.5));
        assertThrows(IllegalStateException.class, q::fit);
        assertThrows(IllegalStateException.class, q::getExponent);
        try (NDManager manager = NDManager.newBaseManager()) {
            q.initialize(manager, DataType.FLOAT32, new Shape(2, 3));
            assertMessage("exponent must be in [0.1, 1.5], but was 2.0.", () -> q.setExponent(2));
            NDArray two = manager.ones(new Shape(2));
            assertMessage(
                    "exponent must have shape (1), but has shape (2).", () -> q.setExponent(two));
            assertMessage("There must be at least one array of weights.", q::fit);
            assertMessage(
                    "A quantizer with a scale for each slice along axis 1 needs at least 2 axes,"
                            + " but got shape (2).",
                    () -> q.fit(two));
            NDArray none = manager.ones(new Shape(0, 2));
            assertMessage(
                    "The weights must not be empty, but have shape (0, 2).", () -> q.fit(none));
            NDArray bad = manager.full(new Shape(2, 3), Float.NaN);
            assertMessage(
                    "The weights must be finite, but have an infinity or a NaN.", () -> q.fit(bad));
        }
    }

    private static void assertMessage(String message, Executable action) {
        assertEquals(message, assertThrows(IllegalArgumentException.class, action).getMessage());
    }

    @Test
    void nothingLeaks() {
        try (NDManager lasting = NDManager.newBaseManager()) {
            NDArray w = lasting.randomNormal(new Shape(4, 6));
            w.setRequiresGradient(true);
            for (boolean learned : new boolean[] {false, true}) {
                PowerQuantizer q = PowerQuantizer.perChannel(4, 0, learned);
                q.initialize(lasting, DataType.FLOAT32, w.getShape());
                ParameterStore store = new ParameterStore(lasting, false);
                Leaks.assertNothingLeft(
                        lasting,
                        100,
                        manager -> {
                            q.quantize(store, w, true).close();
                            q.quantizeFrozen(store, w).close();
                            q.setExponent(.7);
                        });
                Leaks.assertNothingLeft(lasting, 3, manager -> q.fit(w));
            }
        }
    }

    @Test
    @Tag("gpu")
    void runsOnTheGpu() {
        Assumptions.assumeTrue(Engine.getInstance().getGpuCount() > 0, "no CUDA device");
        float[] w = gaussian();
        try (NDManager manager = NDManager.newBaseManager(Device.gpu())) {
            NDArray x = manager.create(w);
            PowerQuantizer q = PowerQuantizer.perTensor(4, false);
            q.initialize(manager, DataType.FLOAT32, x.getShape());
            q.fit(x);
            assertEquals(.1575, relativeError(w, values(manager, q, x)), .0016);
        }
    }
}
