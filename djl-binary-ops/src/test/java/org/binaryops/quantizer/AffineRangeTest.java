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

import static org.binaryops.quantizer.AffineQuantizerTest.limit;
import static org.binaryops.quantizer.AffineQuantizerTest.parameter;
import static org.binaryops.quantizer.AffineQuantizerTest.value;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.DoubleStream;
import org.binaryops.testing.Blocks;
import org.binaryops.testing.Gradients;
import org.junit.jupiter.api.Test;

/** How the affine quantizer comes to its range: by calibration, or by watching a training. */
class AffineRangeTest {

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
    void eachChannelIsCalibratedByItself() {
        Random random = new Random(12);
        double[][] data = new double[4][];
        for (int channel = 0; channel < 4; ++channel) {
            double shift = channel - 1.5;
            double deviation = .3 * (channel + 1);
            data[channel] =
                    DoubleStream.generate(() -> random.nextGaussian() * deviation + shift)
                            .limit(101)
                            .toArray();
        }
        double[] flat = Arrays.stream(data).flatMapToDouble(Arrays::stream).toArray();
        Calibration[] methods = {
            Calibration.minMax(), Calibration.percentile(97.5), Calibration.meanSquaredError()
        };
        for (boolean symmetric : new boolean[] {true, false}) {
            for (Calibration method : methods) {
                try (NDManager manager = NDManager.newBaseManager()) {
                    AffineQuantizer all =
                            AffineQuantizer.builder()
                                    .setBits(4)
                                    .optSymmetric(symmetric)
                                    .optAxis(0)
                                    .build();
                    Blocks.initialize64(manager, all, new Shape(4, 101));
                    all.calibrate(manager.create(flat, new Shape(4, 101)), method);
                    for (int channel = 0; channel < 4; ++channel) {
                        // The single quantizer is held to its definition above.
                        AffineQuantizer one =
                                AffineQuantizer.builder()
                                        .setBits(4)
                                        .optSymmetric(symmetric)
                                        .build();
                        Blocks.initialize64(manager, one, new Shape(101));
                        one.calibrate(manager.create(data[channel]), method);
                        assertEquals(
                                parameter(one, "scale")[0],
                                parameter(all, "scale")[channel],
                                1e-12);
                        assertEquals(
                                parameter(one, "zeroPoint")[0],
                                parameter(all, "zeroPoint")[channel]);
                    }
                }
            }
        }
    }

    @Test
    void theLeastErrorHasTheLeastError() {
        double[] data = new double[2000];
        Random random = new Random(3);
        Arrays.setAll(data, i -> random.nextGaussian());
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray x = manager.create(data);
            double[] errors = new double[3];
            Calibration[] methods = {
                Calibration.minMax(), Calibration.percentile(99), Calibration.meanSquaredError()
            };
            for (int i = 0; i < 3; ++i) {
                AffineQuantizer q = AffineQuantizer.builder().setBits(4).build();
                Blocks.initialize64(manager, q, x.getShape());
                q.calibrate(x, methods[i]);
                NDArray y = Blocks.infer(manager, q, x).singletonOrThrow();
                errors[i] = y.sub(x).square().mean().getDouble();
            }
            // By numerical integration over N(0, 1): 15 symmetric levels have their least error,
            // .01289, at the step .3535.
            assertEquals(.01289, errors[2], .0013);
            assertTrue(errors[2] <= errors[1] && errors[1] < errors[0], Arrays.toString(errors));
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
            Gradients.backward(collector, first.add(second).sum());
            assertArrayEquals(new double[] {1, 1, 1}, a.getGradient().toDoubleArray(), 1e-12);
            assertArrayEquals(new double[] {1, 1, 1}, b.getGradient().toDoubleArray(), 1e-12);
        }
    }
}
