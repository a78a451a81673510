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
import java.util.stream.DoubleStream;
import org.binaryops.testing.Blocks;
import org.binaryops.testing.Gradients;
import org.binaryops.testing.Leaks;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The affine quantizer against its formula in plain Java. */
class AffineQuantizerTest {

    private static double limit(int bits, boolean symmetric) {
        return Math.pow(2, symmetric ? bits - 1 : bits) - 1;
    }

    private static double value(double x, double s, double z, int bits, boolean symmetric) {
        double qp = limit(bits, symmetric);
        double qn = symmetric ? -qp : 0;
        return s * (Math.max(qn, Math.min(qp, Math.rint(x / s) + z)) - z);
    }

    private static double gradient(double x, double s, double z, int bits, boolean symmetric) {
        double qp = limit(bits, symmetric);
        double v = x / s + z;
        return v >= (symmetric ? -qp : 0) && v <= qp ? 1 : 0;
    }

    private static void assertFormula(double[] x, double s, double z, int bits, boolean symmetric) {
        double[] upstream = new Random(5).doubles(x.length, -2, 2).toArray();
        double[] y = new double[x.length];
        double[] dx = new double[x.length];
        for (int i = 0; i < x.length; ++i) {
            y[i] = value(x[i], s, z, bits, symmetric);
            dx[i] = upstream[i] * gradient(x[i], s, z, bits, symmetric);
        }
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray scale = manager.create(new double[] {s});
            NDArray zero = symmetric ? null : manager.create(new double[] {z});
            String what = bits + " bits, s " + s + ", z " + z;
            assertArrayEquals(
                    y,
                    Gradients.values(
                            x, a -> AffineQuantizer.quantize(a, scale, zero, bits, symmetric)),
                    Math.abs(s) * 1e-9,
                    what);
            assertArrayEquals(
                    dx,
                    Gradients.at(
                            x,
                            upstream,
                            a -> AffineQuantizer.quantize(a, scale, zero, bits, symmetric)),
                    1e-12,
                    what);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3, 4, 5, 6, 7, 8, 16})
    void matchesFormulaAtRandomPointsAndEdges(int bits) {
        Random random = new Random(bits);
        for (boolean symmetric : new boolean[] {true, false}) {
            double qp = limit(bits, symmetric);
            double qn = symmetric ? -qp : 0;
            double[] zeroPoints =
                    symmetric ? new double[] {0} : new double[] {0, 1, Math.floor(qp / 3), qp};
            for (double z : zeroPoints) {
                for (double s : new double[] {.37, .013}) {
                    double reach = 1.5 * qp * s;
                    assertFormula(
                            random.doubles(200, -reach, reach).toArray(), s, z, bits, symmetric);
                    assertFormula(
                            random.doubles(50, -3 * s, 3 * s).toArray(), s, z, bits, symmetric);
                }
                // Powers of two keep x / s exact, so that each edge is met and not nearly met.
                double[] u = {
                    0,
                    -0.,
                    .5,
                    -.5,
                    1.5,
                    -1.5,
                    2.5,
                    qn - z,
                    qp - z,
                    qn - z - .5,
                    qp - z + .5,
                    qn - z + .5,
                    qp - z - .5,
                    qn - z - .25,
                    qp - z + .25,
                    1e300,
                    -1e300
                };
                for (double s : new double[] {.25, 1, 2}) {
                    assertFormula(
                            Arrays.stream(u).map(v -> v * s).toArray(), s, z, bits, symmetric);
                }
            }
            if (symmetric) {
                double[] next = {Math.nextUp(qp), Math.nextDown(qp), -Math.nextUp(qp)};
                assertFormula(next, 1, 0, bits, true);
            }
        }
    }

    @Test
    void goldens() {
        // 8 bits over [-1, 3]: s = 4/255, z = round(63.75) = 64.
        try (NDManager manager = NDManager.newBaseManager()) {
            AffineQuantizer q = AffineQuantizer.builder().setBits(8).optSymmetric(false).build();
            Blocks.initialize64(manager, q, new Shape(3));
            q.calibrate(manager.create(new double[] {-1, 0, 3}), Calibration.minMax());
            assertEquals(4 / 255.0, parameter(q, "scale")[0], 1e-15);
            assertEquals(64, parameter(q, "zeroPoint")[0]);
            assertArrayEquals(
                    new double[] {-64 * 4 / 255.0, 0, 191 * 4 / 255.0, 64 * 4 / 255.0},
                    Blocks.infer(manager, q, manager.create(new double[] {-9, 0, 9, 1.0001}))
                            .singletonOrThrow()
                            .toDoubleArray(),
                    1e-12);
            // 8 bits, symmetric: 127 steps to the largest |x|.
            AffineQuantizer sym = AffineQuantizer.builder().setBits(8).build();
            Blocks.initialize64(manager, sym, new Shape(3));
            sym.calibrate(manager.create(new double[] {-2.54, 0, 1}), Calibration.minMax());
            assertEquals(.02, parameter(sym, "scale")[0], 1e-15);
            assertArrayEquals(
                    new double[] {-2.54, -.02, .02, 2.54},
                    Blocks.infer(manager, sym, manager.create(new double[] {-9, -.021, .019, 9}))
                            .singletonOrThrow()
                            .toDoubleArray(),
                    1e-12);
        }
    }

    @Test
    void zeroStaysExactlyZeroInFloat32() {
        Random random = new Random(1);
        try (NDManager manager = NDManager.newBaseManager()) {
            for (int bits : new int[] {2, 5, 8, 16}) {
                for (int i = 0; i < 20; ++i) {
                    float shift = (float) (random.nextGaussian() * 3);
                    NDArray x = manager.randomNormal(new Shape(64)).add(shift);
                    AffineQuantizer q =
                            AffineQuantizer.builder().setBits(bits).optSymmetric(false).build();
                    q.initialize(manager, DataType.FLOAT32, x.getShape());
                    q.calibrate(x, Calibration.minMax());
                    NDArray zero = manager.zeros(new Shape(1));
                    assertEquals(0, Blocks.infer(manager, q, zero).get(0).getFloat());
                }
            }
        }
    }

    @Test
    void channelsAlongAnyAxisHaveTheirOwnScale() {
        int[] dims = {3, 4, 2};
        double[] data = new Random(2).doubles(24, -1, 2).toArray();
        for (int axis = 0; axis < 3; ++axis) {
            for (boolean symmetric : new boolean[] {true, false}) {
                try (NDManager manager = NDManager.newBaseManager()) {
                    NDArray x = manager.create(data, new Shape(3, 4, 2));
                    AffineQuantizer q =
                            AffineQuantizer.builder()
                                    .setBits(4)
                                    .optSymmetric(symmetric)
                                    .optAxis(axis)
                                    .build();
                    Blocks.initialize64(manager, q, x.getShape());
                    q.calibrate(x, Calibration.minMax());
                    double[] y = Blocks.infer(manager, q, x).singletonOrThrow().toDoubleArray();
                    double qp = limit(4, symmetric);
                    for (int i = 0; i < 24; ++i) {
                        int channel = channel(i, axis);
                        double low = 0;
                        double high = 0;
                        for (int j = 0; j < 24; ++j) {
                            if (channel(j, axis) == channel) {
                                low = Math.min(low, data[j]);
                                high = Math.max(high, data[j]);
                            }
                        }
                        double s = (symmetric ? Math.max(-low, high) : high - low) / qp;
                        double z = symmetric ? 0 : Math.rint(-low / s);
                        assertEquals(value(data[i], s, z, 4, symmetric), y[i], 1e-12);
                        assertEquals(s, parameter(q, "scale")[channel], 1e-15);
                        assertEquals(z, parameter(q, "zeroPoint")[channel], 0);
                    }
                    assertEquals(dims[axis], parameter(q, "scale").length);
                }
            }
        }
    }

    private static int channel(int index, int axis) {
        return axis == 0 ? index / 8 : axis == 1 ? index / 2 % 4 : index % 2;
    }

    @Test
    void constantZeroAndOneSidedDataAreHarmless() {
        try (NDManager manager = NDManager.newBaseManager()) {
            for (boolean symmetric : new boolean[] {true, false}) {
                AffineQuantizer q =
                        AffineQuantizer.builder()
                                .setBits(4)
                                .optSymmetric(symmetric)
                                .optAxis(0)
                                .build();
                NDArray x = manager.create(new float[][] {{0, 0}, {5, 7.5f}, {-7.5f, -5}});
                q.initialize(manager, DataType.FLOAT32, x.getShape());
                for (Calibration method :
                        new Calibration[] {
                            Calibration.minMax(),
                            Calibration.percentile(90),
                            Calibration.meanSquaredError()
                        }) {
                    q.calibrate(x, method);
                    float[] y = Blocks.infer(manager, q, x).get(0).toFloatArray();
                    assertEquals(0, y[0]);
                    assertEquals(0, y[1]);
                    assertEquals(7.5, y[3], .6);
                    assertEquals(-7.5, y[4], .6);
                }
            }
        }
    }

    @Test
    void observerFollowsTrainingPassesOnly() {
        try (NDManager manager = NDManager.newBaseManager()) {
            AffineQuantizer q =
                    AffineQuantizer.builder()
                            .setBits(4)
                            .optSymmetric(false)
                            .optObserver(.75)
                            .build();
            Blocks.initialize64(manager, q, new Shape(2));
            assertFalse(q.isCalibrated());
            NDArray first = manager.create(new double[] {-1, 2});
            assertThrows(IllegalStateException.class, () -> Blocks.infer(manager, q, first));
            double low = -1;
            double high = 2;
            Blocks.train(manager, q, first);
            assertTrue(q.isCalibrated());
            assertRange(q, low, high);
            double[][] batches = {{-3, 1}, {4, 8}, {-.5, -.25}};
            for (double[] batch : batches) {
                NDArray x = manager.create(batch);
                Blocks.infer(manager, q, x);
                assertRange(q, low, high);
                double[] y = Blocks.train(manager, q, x).singletonOrThrow().toDoubleArray();
                low = .75 * low + .25 * Math.min(0, batch[0]);
                high = .75 * high + .25 * Math.max(0, batch[1]);
                assertRange(q, low, high);
                double s = (high - low) / 15;
                double z = Math.rint(-low / s);
                assertEquals(value(batch[1], s, z, 4, false), y[1], 1e-12, "the new range");
            }
            q.setObserving(false);
            Blocks.train(manager, q, manager.create(new double[] {-90, 90}));
            assertRange(q, low, high);
            q.setObserving(true);
            q.calibrate(manager.create(new double[] {-4, 4}), Calibration.minMax());
            Blocks.train(manager, q, manager.create(new double[] {-8, 0}));
            assertRange(q, -5, 3);
        }
    }

    private static void assertRange(AffineQuantizer q, double low, double high) {
        assertEquals(low, parameter(q, "low")[0], 1e-12);
        assertEquals(high, parameter(q, "high")[0], 1e-12);
        double s = (high - low) / 15;
        assertEquals(s, parameter(q, "scale")[0], 1e-12);
        assertEquals(Math.rint(-low / s), parameter(q, "zeroPoint")[0]);
    }

    @Test
    void oneBackwardPassThroughTwoObservedForwardPasses() {
        // Each pass keeps the scale that it used, though the second has moved the range.
        try (NDManager manager = NDManager.newBaseManager();
                GradientCollector collector = Engine.getInstance().newGradientCollector()) {
            AffineQuantizer q =
                    AffineQuantizer.builder().setBits(4).optSymmetric(false).optObserver(0).build();
            Blocks.initialize64(manager, q, new Shape(3));
            NDArray a = manager.create(new double[] {-1, .3, 2});
            NDArray b = manager.create(new double[] {-10, .3, 20});
            a.setRequiresGradient(true);
            b.setRequiresGradient(true);
            NDArray first = Blocks.train(manager, q, a).singletonOrThrow();
            NDArray second = Blocks.train(manager, q, b).singletonOrThrow();
            collector.backward(first.add(second).sum());
            assertArrayEquals(new double[] {1, 1, 1}, a.getGradient().toDoubleArray(), 1e-12);
            assertArrayEquals(new double[] {1, 1, 1}, b.getGradient().toDoubleArray(), 1e-12);
        }
    }

    @Test
    void frozenValuesAreThoseOfInference() {
        for (boolean symmetric : new boolean[] {true, false}) {
            try (NDManager manager = NDManager.newBaseManager()) {
                NDArray x = manager.randomNormal(new Shape(5, 40));
                AffineQuantizer q =
                        AffineQuantizer.builder()
                                .setBits(3)
                                .optSymmetric(symmetric)
                                .optAxis(0)
                                .build();
                q.initialize(manager, DataType.FLOAT32, x.getShape());
                q.calibrate(x.mul(.6), Calibration.minMax());
                float[] before = x.toFloatArray();
                ParameterStore store = new ParameterStore(manager, false);
                assertArrayEquals(
                        q.quantize(store, x, false).toFloatArray(),
                        q.quantizeFrozen(store, x).toFloatArray(),
                        0);
                assertArrayEquals(before, x.toFloatArray(), "the argument is left alone");
                assertFalse(q.isBinary());
            }
        }
    }

    @Test
    void rangeSurvivesTheFile() throws Exception {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray x = manager.randomNormal(new Shape(3, 50));
            AffineQuantizer.Builder[] builders = {
                AffineQuantizer.builder().setBits(8),
                AffineQuantizer.builder().setBits(4).optSymmetric(false).optAxis(0),
                AffineQuantizer.builder().setBits(5).optSymmetric(false).optObserver(.9)
            };
            for (AffineQuantizer.Builder builder : builders) {
                AffineQuantizer q = builder.build();
                q.initialize(manager, DataType.FLOAT32, x.getShape());
                q.calibrate(x, Calibration.percentile(99));
                AffineQuantizer fresh = builder.build();
                Blocks.assertRoundTrip(manager, q, fresh, x);
                assertTrue(fresh.isCalibrated());
                fresh.getParameters()
                        .forEach(p -> assertFalse(p.getValue().getArray().hasGradient()));
            }
            AffineQuantizer q = builders[1].build();
            q.initialize(manager, DataType.FLOAT32, x.getShape());
            byte[] bytes = Blocks.save(q);
            AffineQuantizer empty = builders[1].build();
            empty.loadParameters(manager, new DataInputStream(new ByteArrayInputStream(bytes)));
            assertFalse(empty.isCalibrated());
            AffineQuantizer other = builders[0].build();
            MalformedModelException e =
                    assertThrows(
                            MalformedModelException.class,
                            () ->
                                    other.loadParameters(
                                            manager,
                                            new DataInputStream(new ByteArrayInputStream(bytes))));
            assertEquals(
                    "AffineQuantizer: this quantizer has 8 symmetric bits, one scale and no"
                        + " observer, but the file has 4 asymmetric bits, scales along axis 0 and"
                        + " no observer",
                    e.getMessage());
        }
    }

    @Test
    void badArgumentsAreNamed() {
        for (int bits : new int[] {0, 1, 9, 15, 17, 32}) {
            assertMessage(
                    "bits must be 2 to 8 or 16, but was " + bits + ".",
                    () -> AffineQuantizer.builder().setBits(bits).build());
        }
        assertMessage(
                "axis must not be negative, but was -1.",
                () -> AffineQuantizer.builder().optAxis(-1));
        assertMessage(
                "momentum must be in [0, 1), but was 1.0.",
                () -> AffineQuantizer.builder().optObserver(1));
        assertMessage(
                "percentile must be in (50, 100], but was 50.0.", () -> Calibration.percentile(50));
        try (NDManager manager = NDManager.newBaseManager()) {
            AffineQuantizer q = AffineQuantizer.builder().setBits(8).optAxis(1).build();
            NDArray x = manager.ones(new Shape(2, 3));
            assertThrows(IllegalStateException.class, () -> q.calibrate(x, Calibration.minMax()));
            q.initialize(manager, DataType.FLOAT32, x.getShape());
            NDArray wide = manager.ones(new Shape(2, 4));
            assertMessage(
                    "This quantizer has 3 scales along axis 1, but got shape (2, 4).",
                    () -> q.calibrate(wide, Calibration.minMax()));
            NDArray vector = manager.ones(new Shape(3));
            assertMessage(
                    "A quantizer with a scale for each slice along axis 1 needs at least 2 axes,"
                            + " but got shape (3).",
                    () -> q.calibrate(vector, Calibration.minMax()));
            NDArray none = manager.ones(new Shape(0, 3));
            assertMessage(
                    "data must not be empty, but has shape (0, 3).",
                    () -> q.calibrate(none, Calibration.minMax()));
            for (double wrong :
                    new double[] {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY}) {
                NDArray bad = x.add(wrong);
                assertMessage(
                        "data must be finite, but has an infinity or a NaN.",
                        () -> q.calibrate(bad, Calibration.minMax()));
            }
            assertFalse(q.isCalibrated());
            assertThrows(IllegalStateException.class, () -> q.setObserving(true));
        }
    }

    private static void assertMessage(String message, Executable action) {
        assertEquals(message, assertThrows(IllegalArgumentException.class, action).getMessage());
    }

    @Test
    void nothingLeaks() {
        try (NDManager lasting = NDManager.newBaseManager()) {
            AffineQuantizer q =
                    AffineQuantizer.builder()
                            .setBits(4)
                            .optSymmetric(false)
                            .optAxis(1)
                            .optObserver(.9)
                            .build();
            q.initialize(lasting, DataType.FLOAT32, new Shape(6, 8));
            ParameterStore store = new ParameterStore(lasting, false);
            Leaks.assertNothingLeft(
                    lasting,
                    200,
                    manager -> {
                        try (GradientCollector collector =
                                Engine.getInstance().newGradientCollector()) {
                            NDArray x = manager.randomNormal(new Shape(6, 8));
                            x.setRequiresGradient(true);
                            q.calibrate(x, Calibration.percentile(90));
                            NDList y = q.forward(store, new NDList(x), true);
                            assertEquals(2, manager.getManagedArrays().size());
                            collector.backward(y.singletonOrThrow().sum());
                        }
                    });
            Leaks.assertNothingLeft(
                    lasting,
                    3,
                    manager -> {
                        NDArray x = manager.randomNormal(new Shape(6, 8));
                        q.calibrate(x, Calibration.meanSquaredError());
                        assertEquals(1, manager.getManagedArrays().size());
                    });
        }
    }

    @Test
    void calibrationsFollowTheirDefinitions() {
        Random random = new Random(11);
        double[] data =
                DoubleStream.generate(() -> random.nextGaussian() * 2 + .5).limit(501).toArray();
        data[100] = 14;
        double[] sorted = Arrays.stream(data).sorted().toArray();
        double[] sizes = Arrays.stream(data).map(Math::abs).sorted().toArray();
        for (boolean symmetric : new boolean[] {true, false}) {
            for (int bits : new int[] {3, 8}) {
                for (double p : new double[] {100, 99.9, 95.33, 60}) {
                    double high = symmetric ? percentile(sizes, p) : percentile(sorted, p);
                    double low = symmetric ? -high : percentile(sorted, 100 - p);
                    assertCalibrated(data, bits, symmetric, Calibration.percentile(p), low, high);
                }
                double low = symmetric ? -sizes[500] : sorted[0];
                double high = symmetric ? sizes[500] : sorted[500];
                assertCalibrated(data, bits, symmetric, Calibration.minMax(), low, high);
                double least = Double.POSITIVE_INFINITY;
                double best = 0;
                for (int i = 100; i >= 1; --i) {
                    double error = error(data, bits, symmetric, low * i / 100, high * i / 100);
                    if (error < least) {
                        least = error;
                        best = i / 100.0;
                    }
                }
                assertTrue(bits == 8 || best < 1, "with few levels an outlier is clipped");
                assertCalibrated(
                        data,
                        bits,
                        symmetric,
                        Calibration.meanSquaredError(),
                        low * best,
                        high * best);
            }
        }
    }

    private static double percentile(double[] sorted, double p) {
        double position = (sorted.length - 1) * p / 100;
        int below = (int) position;
        double next = sorted[Math.min(below + 1, sorted.length - 1)];
        return sorted[below] + (position - below) * (next - sorted[below]);
    }

    private static double error(
            double[] data, int bits, boolean symmetric, double low, double high) {
        double s = (symmetric ? high : high - low) / limit(bits, symmetric);
        double z = symmetric ? 0 : Math.rint(-low / s);
        return Arrays.stream(data).map(x -> Math.pow(x - value(x, s, z, bits, symmetric), 2)).sum();
    }

    private static void assertCalibrated(
            double[] data,
            int bits,
            boolean symmetric,
            Calibration method,
            double low,
            double high) {
        try (NDManager manager = NDManager.newBaseManager()) {
            AffineQuantizer q =
                    AffineQuantizer.builder().setBits(bits).optSymmetric(symmetric).build();
            Blocks.initialize64(manager, q, new Shape(data.length));
            q.calibrate(manager.create(data), method);
            double lowest = Math.min(0, low);
            double highest = Math.max(0, high);
            double s =
                    (symmetric ? Math.max(-lowest, highest) : highest - lowest)
                            / limit(bits, symmetric);
            assertEquals(s, parameter(q, "scale")[0], s * 1e-9);
            assertEquals(symmetric ? 0 : Math.rint(-lowest / s), parameter(q, "zeroPoint")[0]);
        }
    }

    @Test
    @Tag("gpu")
    void runsOnTheGpu() {
        Assumptions.assumeTrue(Engine.getInstance().getGpuCount() > 0, "no CUDA device");
        try (NDManager manager = NDManager.newBaseManager(Device.gpu())) {
            AffineQuantizer q =
                    AffineQuantizer.builder().setBits(2).optSymmetric(false).optAxis(0).build();
            NDArray x = manager.create(new float[][] {{-1, 0, 2}, {0, 3, 6}});
            q.initialize(manager, DataType.FLOAT32, x.getShape());
            for (Calibration method :
                    new Calibration[] {Calibration.meanSquaredError(), Calibration.minMax()}) {
                q.calibrate(x, method);
                NDArray y = Blocks.infer(manager, q, x).singletonOrThrow();
                assertTrue(y.getDevice().isGpu());
            }
            assertArrayEquals(
                    new float[] {-1, 0, 2, 0, 4, 6},
                    Blocks.infer(manager, q, x).singletonOrThrow().toFloatArray(),
                    1e-6f);
        }
    }

    private static double[] parameter(AffineQuantizer q, String name) {
        NDArray array = q.getDirectParameters().get(name).getArray();
        return array.toType(DataType.FLOAT64, false).toDoubleArray();
    }
}
