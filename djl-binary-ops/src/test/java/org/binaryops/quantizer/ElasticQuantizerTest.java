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

import ai.djl.MalformedModelException;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
import ai.djl.training.ParameterStore;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.util.Arrays;
import java.util.Random;
import org.binaryops.quantizer.ElasticQuantizer.Range;
import org.binaryops.testing.Blocks;
import org.binaryops.testing.Gradients;
import org.binaryops.testing.Leaks;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ElasticQuantizerTest {

    private static final double[] POINTS = {-2, -1.1, -.6, -.4, 0, .3, .55, 1.2, 3};

    /** Values and gradients of one pass. */
    private record Pass(double[] y, double[] dx, double dStep) {}

    private static Pass run(Range range, int bits, double[] points, double step, double[] g) {
        try (NDManager manager = NDManager.newBaseManager();
                GradientCollector collector = Engine.getInstance().newGradientCollector()) {
            NDArray x = manager.create(points);
            NDArray alpha = manager.create(new double[] {step});
            x.setRequiresGradient(true);
            alpha.setRequiresGradient(true);
            NDArray y = ElasticQuantizer.quantize(x, alpha, range, bits);
            Gradients.backward(collector, y.mul(manager.create(g)).sum());
            return new Pass(
                    y.toDoubleArray(),
                    x.getGradient().toDoubleArray(),
                    alpha.getGradient().toDoubleArray()[0]);
        }
    }

    /** The method as the paper writes it, in plain doubles. */
    private static Pass formula(Range range, int bits, double[] x, double step, double[] g) {
        boolean signed = range == Range.SIGNED;
        int qn = signed ? (bits <= 2 ? -1 : -(1 << (bits - 1))) : 0;
        int qp = signed ? Math.max(1, (1 << (bits - 1)) - 1) : bits == 2 ? 2 : (1 << bits) - 1;
        double alpha = Math.max(step, 1e-5);
        boolean shifted = range == Range.UNSIGNED && bits > 1;
        double offset = shifted ? Arrays.stream(x).min().orElseThrow() : 0;
        double[] y = new double[x.length];
        double[] dx = new double[x.length];
        double dStep = 0;
        for (int i = 0; i < x.length; ++i) {
            double u = (x[i] - offset) / alpha;
            dx[i] = u >= qn && u <= qp ? g[i] : 0;
            double c;
            if (signed && bits == 1) {
                c = x[i] >= 0 ? 1 : -1;
                y[i] = alpha * c;
            } else {
                double level = Math.max(qn, Math.min(qp, Math.rint(u)));
                y[i] = alpha * level + offset;
                c = u < qn ? qn : u > qp ? qp : Math.rint(u) - u;
            }
            dStep += g[i] * c;
        }
        return new Pass(y, dx, dStep / Math.sqrt((double) x.length * qp));
    }

    private static void assertFormula(Range range, int bits, double[] x, double step) {
        double[] g = new double[x.length];
        for (int i = 0; i < g.length; ++i) {
            g[i] = 1 + .25 * i - (i % 3);
        }
        Pass expected = formula(range, bits, x, step, g);
        Pass actual = run(range, bits, x, step, g);
        String what = range + " " + bits + " bits, step " + step;
        assertArrayEquals(expected.y, actual.y, 1e-12, what);
        assertArrayEquals(expected.dx, actual.dx, 1e-12, what);
        assertEquals(expected.dStep, actual.dStep, 1e-10, what);
    }

    @Test
    void goldenSignedOneBit() {
        Pass pass = run(Range.SIGNED, 1, POINTS, 1, ones());
        // The authors' code has 0 for the value at 0 and 0 for the step; here sign(0) = +1.
        assertArrayEquals(new double[] {-1, -1, -1, -1, 1, 1, 1, 1, 1}, pass.y);
        assertArrayEquals(new double[] {0, 0, 1, 1, 1, 1, 1, 0, 0}, pass.dx);
        assertEquals(1 / 3.0, pass.dStep, 1e-12);
        double[] withoutZero = {-2, -1.1, -.6, -.4, .3, .55, 1.2, 3};
        double[] g = new double[8];
        Arrays.fill(g, 1);
        assertEquals(0, run(Range.SIGNED, 1, withoutZero, 1, g).dStep, 1e-12);
    }

    @Test
    void goldenSignedTwoBits() {
        Pass pass = run(Range.SIGNED, 2, POINTS, 1, ones());
        assertArrayEquals(new double[] {-1, -1, -1, 0, 0, 0, 1, 1, 1}, pass.y, 0);
        assertArrayEquals(new double[] {0, 0, 1, 1, 1, 1, 1, 0, 0}, pass.dx);
        assertEquals(.05, pass.dStep, 1e-12);
    }

    @Test
    void goldenUnsignedOneBit() {
        for (Range range : new Range[] {Range.UNSIGNED, Range.NON_NEGATIVE}) {
            Pass pass = run(range, 1, POINTS, 1, ones());
            assertArrayEquals(new double[] {0, 0, 0, 0, 0, 0, 1, 1, 1}, pass.y, 0);
            assertArrayEquals(new double[] {0, 0, 0, 0, 1, 1, 1, 0, 0}, pass.dx);
            assertEquals(.716667, pass.dStep, 5e-7);
        }
    }

    private static double[] ones() {
        double[] g = new double[POINTS.length];
        Arrays.fill(g, 1);
        return g;
    }

    @ParameterizedTest
    @CsvSource({"1", "2", "4", "8"})
    void matchesFormulaAtRandomPointsAndEdges(int bits) {
        Random random = new Random(bits);
        for (Range range : Range.values()) {
            for (double step : new double[] {.37, 1, 2.5, .01}) {
                double[] x = random.doubles(200, -300 * step, 300 * step).toArray();
                assertFormula(range, bits, x, step);
                x = random.doubles(200, -4 * step, 4 * step).toArray();
                assertFormula(range, bits, x, step);
                x = random.doubles(200, 0, 1).toArray();
                assertFormula(range, bits, x, step);
            }
            // Powers of two keep x / step exact, so that each edge is met and not nearly met.
            int qn = ElasticQuantizer.lowest(range, bits);
            int qp = ElasticQuantizer.highest(range, bits);
            for (double step : new double[] {.25, 1, 2}) {
                double[] u = {
                    0,
                    -0.,
                    qn,
                    qp,
                    .5,
                    -.5,
                    1.5,
                    -1.5,
                    qn - .5,
                    qp + .5,
                    qn + .5,
                    qp - .5,
                    Math.nextUp((double) qp),
                    Math.nextDown((double) qp),
                    Math.nextUp(.5),
                    1,
                    -1,
                    2
                };
                assertFormula(range, bits, Arrays.stream(u).map(v -> v * step).toArray(), step);
                // With 0 as its minimum the unsigned range meets the same edges.
                double[] positive = Arrays.stream(u).map(v -> Math.max(0, v) * step).toArray();
                assertFormula(range, bits, positive, step);
            }
        }
    }

    @Test
    void stepBelowTheFloorActsAsTheFloorAndStillLearns() {
        double[] x = {-1, -3e-6, 2e-6, 4e-6, .5};
        for (Range range : Range.values()) {
            for (int bits : new int[] {1, 2}) {
                for (double step : new double[] {1e-7, 0, -.3}) {
                    assertFormula(range, bits, x, step);
                }
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "SIGNED, 1, 2, 1", "SIGNED, 2, 2, 1", "SIGNED, 4, 2, 7", "SIGNED, 8, 2, 127",
        "UNSIGNED, 1, 4, 1", "UNSIGNED, 2, 4, 3", "NON_NEGATIVE, 4, 4, 15", "UNSIGNED, 8, 4, 255"
    })
    void firstTrainingBatchSetsTheStep(Range range, int bits, double factor, double root) {
        try (NDManager manager = NDManager.newBaseManager()) {
            ElasticQuantizer quantizer = new ElasticQuantizer(range, bits);
            Blocks.initialize64(manager, quantizer, new Shape(4));
            NDArray first = manager.create(new double[] {.5, -1.5, 2, 0});
            NDArray second = manager.create(new double[] {9, 9, 9, 9});
            Blocks.infer(manager, quantizer, second);
            assertFalse(quantizer.isStepInitialized());
            assertEquals(1, step(quantizer), "an inference pass leaves the step alone");

            Blocks.train(manager, quantizer, first);
            double expected = factor * 1.0 / Math.sqrt(root);
            assertEquals(expected, step(quantizer), 1e-12);
            assertTrue(quantizer.isStepInitialized());
            Blocks.train(manager, quantizer, second);
            assertEquals(expected, step(quantizer), 1e-12, "set once");
            assertTrue(parameter(quantizer).hasGradient());
        }
    }

    @Test
    void stepIsSetUnderAutogradAndItsGradientIsThatOfTheNewStep() {
        double[] points = {.5, -1.5, 2, .1};
        try (NDManager manager = NDManager.newBaseManager();
                GradientCollector collector = Engine.getInstance().newGradientCollector()) {
            ElasticQuantizer quantizer = ElasticQuantizer.signed(2);
            Blocks.initialize64(manager, quantizer, new Shape(4));
            NDArray x = manager.create(points);
            x.setRequiresGradient(true);
            NDArray y = Blocks.train(manager, quantizer, x.add(0)).singletonOrThrow();
            Gradients.backward(collector, y.sum());
            Pass expected =
                    formula(Range.SIGNED, 2, points, 2 * 4.1 / 4, new double[] {1, 1, 1, 1});
            assertArrayEquals(expected.y, y.toDoubleArray(), 1e-12);
            assertArrayEquals(expected.dx, x.getGradient().toDoubleArray(), 1e-12);
            double dStep = parameter(quantizer).getGradient().toDoubleArray()[0];
            assertEquals(expected.dStep, dStep, 1e-12);
        }
    }

    /** What the backward pass needs must not lie in buffers that the garbage collector frees. */
    @Test
    void gradientsOutliveAGarbageCollection() {
        double[] points = {.5, -1.5, 2, .1};
        double[] g = {1, 1, 1, 1};
        for (Range range : Range.values()) {
            for (int bits = 1; bits <= 2; ++bits) {
                try (NDManager manager = NDManager.newBaseManager();
                        GradientCollector collector = Engine.getInstance().newGradientCollector()) {
                    NDArray x = manager.create(points);
                    NDArray alpha = manager.create(new double[] {.7});
                    x.setRequiresGradient(true);
                    alpha.setRequiresGradient(true);
                    NDArray y = ElasticQuantizer.quantize(x, alpha, range, bits);
                    Gradients.backward(collector, y.sum(), true);
                    Pass expected = formula(range, bits, points, .7, g);
                    assertArrayEquals(expected.dx, x.getGradient().toDoubleArray(), 1e-12);
                    double dStep = alpha.getGradient().toDoubleArray()[0];
                    assertEquals(expected.dStep, dStep, 1e-12, range + " " + bits);
                }
            }
        }
    }

    @Test
    void constantZeroBatchGivesTheFloorAndNoNaN() {
        try (NDManager manager = NDManager.newBaseManager()) {
            ElasticQuantizer quantizer = ElasticQuantizer.signed(2);
            Blocks.initialize64(manager, quantizer, new Shape(3));
            NDArray zeros = manager.create(new double[3]);
            NDArray y = Blocks.train(manager, quantizer, zeros).singletonOrThrow();
            assertArrayEquals(new double[3], y.toDoubleArray());
            assertEquals(1e-5, step(quantizer), 1e-15);
        }
    }

    @Test
    void initializedStepSurvivesTheFile() throws Exception {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray x = manager.randomNormal(new Shape(3, 5));
            ElasticQuantizer trained = ElasticQuantizer.unsigned(4);
            trained.initialize(manager, DataType.FLOAT32, x.getShape());
            Blocks.train(manager, trained, x);
            ElasticQuantizer fresh = ElasticQuantizer.unsigned(4);
            Blocks.assertRoundTrip(manager, trained, fresh, x);
            assertTrue(fresh.isStepInitialized());
            float before = parameter(fresh).toFloatArray()[0];
            Blocks.train(manager, fresh, x.mul(7));
            assertEquals(before, parameter(fresh).toFloatArray()[0], "a loaded step is not reset");

            ElasticQuantizer untrained = ElasticQuantizer.unsigned(4);
            untrained.initialize(manager, DataType.FLOAT32, x.getShape());
            ElasticQuantizer other = ElasticQuantizer.unsigned(4);
            Blocks.assertRoundTrip(manager, untrained, other, x);
            assertFalse(other.isStepInitialized());

            byte[] bytes = Blocks.save(trained);
            MalformedModelException e =
                    assertThrows(
                            MalformedModelException.class,
                            () ->
                                    ElasticQuantizer.signed(2)
                                            .loadParameters(
                                                    manager,
                                                    new DataInputStream(
                                                            new ByteArrayInputStream(bytes))));
            assertTrue(e.getMessage().contains("SIGNED with 2 bits"), e.getMessage());
        }
    }

    @Test
    void rejectsOtherBits() {
        for (int bits : new int[] {-1, 0, 3, 16, 32}) {
            IllegalArgumentException e =
                    assertThrows(
                            IllegalArgumentException.class, () -> ElasticQuantizer.signed(bits));
            assertEquals("bits must be 1, 2, 4 or 8, but was " + bits + ".", e.getMessage());
        }
    }

    @Test
    void nothingLeaks() {
        try (NDManager lasting = NDManager.newBaseManager()) {
            for (Range range : Range.values()) {
                ElasticQuantizer quantizer = new ElasticQuantizer(range, 2);
                quantizer.initialize(lasting, DataType.FLOAT32, new Shape(8));
                ParameterStore store = new ParameterStore(lasting, false);
                Leaks.assertNothingLeft(
                        lasting,
                        300,
                        manager -> {
                            try (GradientCollector collector =
                                    Engine.getInstance().newGradientCollector()) {
                                NDArray x = manager.randomNormal(new Shape(8));
                                NDList y = quantizer.forward(store, new NDList(x), true);
                                int held = manager.getManagedArrays().size();
                                assertEquals(2, held, "the input and the output");
                                Gradients.backward(collector, y.singletonOrThrow().sum());
                            }
                        });
            }
        }
    }

    @Test
    @Tag("gpu")
    void runsOnTheGpu() {
        Assumptions.assumeTrue(Engine.getInstance().getGpuCount() > 0, "no CUDA device");
        try (NDManager manager = NDManager.newBaseManager(ai.djl.Device.gpu());
                GradientCollector collector = Engine.getInstance().newGradientCollector()) {
            ElasticQuantizer quantizer = ElasticQuantizer.signed(2);
            quantizer.initialize(manager, DataType.FLOAT32, new Shape(4));
            NDArray x = manager.create(new float[] {.5f, -1.5f, 2, .1f});
            NDArray y = Blocks.train(manager, quantizer, x).singletonOrThrow();
            Gradients.backward(collector, y.sum());
            assertTrue(y.getDevice().isGpu());
            assertArrayEquals(
                    new float[] {0, -2.05f, 2.05f, 0}, y.toFloatArray(), 1e-5f, "2 · mean|x|");
        }
    }

    private static NDArray parameter(ElasticQuantizer quantizer) {
        return quantizer.getDirectParameters().get("step").getArray();
    }

    private static double step(ElasticQuantizer quantizer) {
        return parameter(quantizer).toDoubleArray()[0];
    }

    @Test
    void theStepWaitsForDataAndIsFoundAnewAfterClear() {
        try (NDManager manager = NDManager.newBaseManager()) {
            ElasticQuantizer quantizer = ElasticQuantizer.signed(2);
            Shape shape = new Shape(1, 4);
            quantizer.initialize(manager, DataType.FLOAT32, shape);
            ParameterStore store = new ParameterStore(manager, false);
            quantizer.quantize(store, manager.ones(new Shape(0, 4)), true);
            assertFalse(quantizer.isStepInitialized());
            quantizer.quantize(store, manager.ones(shape), true);
            assertTrue(quantizer.isStepInitialized());
            quantizer.clear();
            quantizer.initialize(manager, DataType.FLOAT32, shape);
            assertFalse(quantizer.isStepInitialized());
        }
    }
}
