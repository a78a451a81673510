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
import org.binaryops.testing.Blocks;
import org.binaryops.testing.Gradients;
import org.binaryops.testing.Leaks;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The affine quantizer with a given range, against its formula in plain Java. */
class AffineQuantizerTest {

    static double limit(int bits, boolean symmetric) {
        return Math.pow(2, symmetric ? bits - 1 : bits) - 1;
    }

    static double value(double x, double s, double z, int bits, boolean symmetric) {
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
                            Gradients.backward(collector, y.singletonOrThrow().sum());
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

    static double[] parameter(AffineQuantizer q, String name) {
        NDArray array = q.getDirectParameters().get(name).getArray();
        return array.toType(DataType.FLOAT64, false).toDoubleArray();
    }
}
