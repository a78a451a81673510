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
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

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
import org.junit.jupiter.api.Test;

class StatisticsWeightQuantizerTest {

    private static final double[] GOLDEN = {.5, -.2, .1, .9, -.3, .3, -.05, .02};

    @Test
    void goldens() {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray w = manager.create(GOLDEN, new Shape(2, 4));
            assertArrayEquals(
                    new double[] {.425, -.425, .425, .425, -.1675, .1675, -.1675, .1675},
                    StatisticsWeightQuantizer.binary(w).toDoubleArray(),
                    1e-12);
            double a = 4 / 3.0 * .425;
            double b = 4 / 3.0 * .1675;
            assertArrayEquals(
                    new double[] {a, 0, 0, a, -b, b, 0, 0},
                    StatisticsWeightQuantizer.ternary(w).toDoubleArray(),
                    1e-12);
        }
    }

    @Test
    void matchesFormulaForEveryRank() {
        Random random = new Random(3);
        Shape[] shapes = {new Shape(5, 7), new Shape(3, 4, 2), new Shape(4, 2, 3, 3)};
        try (NDManager manager = NDManager.newBaseManager()) {
            for (Shape shape : shapes) {
                int rows = (int) shape.get(0);
                int columns = (int) (shape.size() / rows);
                double[] w = random.doubles(shape.size(), -1, 1).toArray();
                w[3] = 0;
                double[] one = new double[w.length];
                double[] two = new double[w.length];
                for (int r = 0; r < rows; ++r) {
                    int from = r * columns;
                    double mean =
                            Arrays.stream(w, from, from + columns).map(Math::abs).sum() / columns;
                    double alpha = 4 * mean / 3;
                    for (int i = from; i < from + columns; ++i) {
                        one[i] = w[i] >= 0 ? mean : -mean;
                        two[i] = alpha * Math.rint(Math.max(-1, Math.min(1, w[i] / alpha)));
                    }
                }
                NDArray array = manager.create(w, shape);
                NDArray binary = StatisticsWeightQuantizer.binary(array);
                assertEquals(shape, binary.getShape());
                assertArrayEquals(one, binary.toDoubleArray(), 1e-12);
                NDArray ternary = StatisticsWeightQuantizer.ternary(array);
                assertArrayEquals(two, ternary.toDoubleArray(), 1e-12);
                for (int bits = 1; bits <= 2; ++bits) {
                    NDArray frozen =
                            new StatisticsWeightQuantizer(bits)
                                    .quantizeFrozen(new ParameterStore(manager, false), array);
                    assertArrayEquals(bits == 1 ? one : two, frozen.toDoubleArray(), 1e-12);
                }
            }
        }
    }

    @Test
    void thresholdsAndZeros() {
        try (NDManager manager = NDManager.newBaseManager()) {
            // mean|w| = .75, α = 1: the weights ±.5 lie at the thresholds and become 0.
            NDArray w = manager.create(new double[][] {{.5, -.5, 1, -1}, {0, 0, 0, 0}});
            assertArrayEquals(
                    new double[] {0, 0, 1, -1, 0, 0, 0, 0},
                    StatisticsWeightQuantizer.ternary(w).toDoubleArray(),
                    1e-15);
            NDArray zero = manager.create(new double[][] {{0, -2}, {0, 0}});
            assertArrayEquals(
                    new double[] {1, -1, 0, 0},
                    StatisticsWeightQuantizer.binary(zero).toDoubleArray(),
                    "sign(0) = +1; a channel of zeros stays zeros");
            NDArray floats = zero.toType(DataType.FLOAT32, false);
            for (float v : StatisticsWeightQuantizer.ternary(floats).toFloatArray()) {
                assertTrue(Float.isFinite(v));
            }
        }
    }

    @Test
    void gradientIsTheIdentity() {
        for (int bits = 1; bits <= 2; ++bits) {
            try (NDManager manager = NDManager.newBaseManager();
                    GradientCollector collector = Engine.getInstance().newGradientCollector()) {
                NDArray w = manager.create(GOLDEN, new Shape(2, 4));
                w.setRequiresGradient(true);
                double[] g = {1, -2, 3, .5, 0, 7, -.25, 4};
                StatisticsWeightQuantizer quantizer = new StatisticsWeightQuantizer(bits);
                NDArray y = Blocks.train(manager, quantizer, w).singletonOrThrow();
                Gradients.backward(collector, y.mul(manager.create(g, new Shape(2, 4))).sum());
                assertArrayEquals(g, w.getGradient().toDoubleArray());
            }
        }
    }

    @Test
    void uniformWeightsFallIntoExactThirds() {
        int n = 3 * 64;
        double[] grid = new double[n];
        for (int i = 0; i < n; ++i) {
            grid[i] = (2 * i + 1 - n) / (double) n;
        }
        try (NDManager manager = NDManager.newBaseManager()) {
            double[] q =
                    StatisticsWeightQuantizer.ternary(manager.create(grid, new Shape(1, n)))
                            .toDoubleArray();
            for (int sign = -1; sign <= 1; ++sign) {
                int level = sign;
                assertEquals(64, Arrays.stream(q).filter(v -> Math.signum(v) == level).count());
            }
            assertEquals(2 / 3.0, Arrays.stream(q).max().orElseThrow(), 1e-12, "α = 2a/3");
        }
    }

    @Test
    void ternaryErrorOnGaussianRowsIsThatOfItsFormulaAndTwnIsTheOptimum() {
        Random random = new Random(7);
        int n = 20000;
        double[] w = random.doubles(n).map(v -> random.nextGaussian()).toArray();
        double mean = Arrays.stream(w).map(Math::abs).sum() / n;
        // Ternary weight networks (Li et al., 2016): threshold .7 mean|w|, level the mean beyond.
        double level =
                Arrays.stream(w).map(Math::abs).filter(v -> v > .7 * mean).average().orElseThrow();
        double twn = 0;
        for (double v : w) {
            twn += Math.pow(v - (Math.abs(v) > .7 * mean ? Math.signum(v) * level : 0), 2) / n;
        }
        double tbt = 0;
        try (NDManager manager = NDManager.newBaseManager()) {
            double[] q =
                    StatisticsWeightQuantizer.ternary(manager.create(w, new Shape(1, n)))
                            .toDoubleArray();
            for (int i = 0; i < n; ++i) {
                tbt += Math.pow(w[i] - q[i], 2) / n;
            }
        }
        // The price of a third per level on weights that are not uniform, against levels that fit.
        assertEquals(.190, twn, .01);
        assertEquals(gaussianTernaryError(4 / 3.0 * Math.sqrt(2 / Math.PI)), tbt, .01);
        assertTrue(twn < tbt, twn + " " + tbt);
    }

    /**
     * E(w − αt)² for w ~ N(0, 1) and levels −α, 0, α with the thresholds ±α/2, by a Riemann sum.
     */
    private static double gaussianTernaryError(double alpha) {
        double sum = 0;
        double h = 1e-3;
        for (double w = -8 + h / 2; w < 8; w += h) {
            double q = Math.abs(w) > alpha / 2 ? Math.signum(w) * alpha : 0;
            sum += (w - q) * (w - q) * Math.exp(-w * w / 2) / Math.sqrt(2 * Math.PI) * h;
        }
        return sum;
    }

    @Test
    void roundTripAndOtherBits() {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray w = manager.randomNormal(new Shape(4, 6));
            StatisticsWeightQuantizer one = new StatisticsWeightQuantizer(1);
            one.initialize(manager, DataType.FLOAT32, w.getShape());
            Blocks.assertRoundTrip(manager, one, new StatisticsWeightQuantizer(1), w);
            byte[] bytes = Blocks.save(one);
            MalformedModelException e =
                    assertThrows(
                            MalformedModelException.class,
                            () ->
                                    new StatisticsWeightQuantizer(2)
                                            .loadParameters(
                                                    manager,
                                                    new DataInputStream(
                                                            new ByteArrayInputStream(bytes))));
            assertTrue(e.getMessage().contains("has 2 bits, but the file has 1"), e.getMessage());
            assertThrows(IllegalArgumentException.class, () -> new StatisticsWeightQuantizer(3));
            NDArray vector = manager.ones(new Shape(3));
            IllegalArgumentException shape =
                    assertThrows(
                            IllegalArgumentException.class,
                            () -> StatisticsWeightQuantizer.binary(vector));
            assertTrue(shape.getMessage().contains("two axes"), shape.getMessage());
        }
    }

    @Test
    void nothingLeaks() {
        try (NDManager lasting = NDManager.newBaseManager()) {
            NDArray w = lasting.randomNormal(new Shape(4, 6));
            w.setRequiresGradient(true);
            Leaks.assertNothingLeft(
                    lasting,
                    300,
                    manager -> {
                        StatisticsWeightQuantizer.binary(w).close();
                        StatisticsWeightQuantizer.ternary(w).close();
                    });
        }
    }
}
