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

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
import java.util.Arrays;
import java.util.Random;
import org.binaryops.testing.Blocks;
import org.binaryops.testing.Gradients;
import org.binaryops.testing.Leaks;
import org.junit.jupiter.api.Test;

/** Ternary weights against the formula of their paper in plain Java. */
class TernaryQuantizerTest {

    private static double[] formula(double[] w, int rows) {
        int columns = w.length / rows;
        double[] y = new double[w.length];
        for (int from = 0; from < w.length; from += columns) {
            double threshold =
                    .7 * Arrays.stream(w, from, from + columns).map(Math::abs).sum() / columns;
            double alpha =
                    Arrays.stream(w, from, from + columns)
                            .map(Math::abs)
                            .filter(v -> v > threshold)
                            .average()
                            .orElse(0);
            for (int i = from; i < from + columns; ++i) {
                y[i] = Math.abs(w[i]) > threshold ? alpha * Math.signum(w[i]) : 0;
            }
        }
        return y;
    }

    @Test
    void matchesFormulaForEveryRank() {
        Random random = new Random(3);
        Shape[] shapes = {new Shape(5, 7), new Shape(3, 4, 2), new Shape(4, 2, 3, 3)};
        try (NDManager manager = NDManager.newBaseManager()) {
            for (Shape shape : shapes) {
                double[] w = random.doubles(shape.size(), -1, 1).toArray();
                w[3] = 0;
                NDArray y = TernaryQuantizer.quantize(manager.create(w, shape));
                assertEquals(shape, y.getShape());
                assertArrayEquals(formula(w, (int) shape.get(0)), y.toDoubleArray(), 1e-12);
            }
        }
    }

    @Test
    void goldens() {
        double[] w = {.5, -.2, .1, .9, -.3, .3, -.05, .02};
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray y = TernaryQuantizer.quantize(manager.create(w, new Shape(2, 4)));
            // Row 1: Δ = .7 · .425 = .2975, α = (.5 + .9) / 2; row 2: Δ = .11725, α = .3.
            assertArrayEquals(new double[] {.7, 0, 0, .7, -.3, .3, 0, 0}, y.toDoubleArray(), 1e-12);
        }
    }

    @Test
    void thresholdsAndZeros() {
        try (NDManager manager = NDManager.newBaseManager()) {
            // mean|w| = 1: .7 is at the threshold and becomes 0, its neighbour does not.
            double above = Math.nextUp(.7);
            NDArray w = manager.create(new double[][] {{.7, -.7, 1.3, -1.3}, {0, 0, 0, 0}});
            assertArrayEquals(
                    new double[] {0, 0, 1.3, -1.3, 0, 0, 0, 0},
                    TernaryQuantizer.quantize(w).toDoubleArray(),
                    1e-15);
            NDArray near = manager.create(new double[][] {{above, -above, 1.3, -1.3}});
            assertArrayEquals(
                    new double[] {1, -1, 1, -1},
                    TernaryQuantizer.quantize(near).toDoubleArray(),
                    1e-15);
        }
    }

    @Test
    void gradientIsTheIdentity() {
        double[] g = {1, -2, 3, .5, 0, 7};
        try (NDManager manager = NDManager.newBaseManager();
                GradientCollector collector = Engine.getInstance().newGradientCollector()) {
            NDArray w = manager.create(new double[][] {{.5, -.2, 0}, {3, -9, .1}});
            w.setRequiresGradient(true);
            NDArray y = Blocks.train(manager, new TernaryQuantizer(), w).singletonOrThrow();
            Gradients.backward(collector, y.mul(manager.create(g, new Shape(2, 3))).sum());
            assertArrayEquals(g, w.getGradient().toDoubleArray());
        }
    }

    @Test
    void noOtherLevelHasALesserError() {
        double[] w = new Random(4).doubles(300, -1, 1).map(v -> v * v * v).toArray();
        try (NDManager manager = NDManager.newBaseManager()) {
            double[] y =
                    TernaryQuantizer.quantize(manager.create(w, new Shape(1, 300))).toDoubleArray();
            double least = error(w, y, 1);
            assertTrue(least < error(w, y, 1.01), "a larger α");
            assertTrue(least < error(w, y, .99), "a smaller α");
            double[] entropy =
                    StatisticsWeightQuantizer.ternary(manager.create(w, new Shape(1, 300)))
                            .toDoubleArray();
            assertTrue(least < error(w, entropy, 1), "levels of maximal entropy");
        }
    }

    private static double error(double[] w, double[] y, double factor) {
        double sum = 0;
        for (int i = 0; i < w.length; ++i) {
            sum += Math.pow(w[i] - factor * y[i], 2);
        }
        return sum;
    }

    @Test
    void roundTripFrozenValuesAndBadShape() {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray w = manager.randomNormal(new Shape(4, 6));
            TernaryQuantizer q = new TernaryQuantizer();
            q.initialize(manager, DataType.FLOAT32, w.getShape());
            Blocks.assertRoundTrip(manager, q, new TernaryQuantizer(), w);
            float[] before = w.toFloatArray();
            assertArrayEquals(
                    q.quantize(null, w, false).toFloatArray(),
                    q.quantizeFrozen(null, w).toFloatArray(),
                    0);
            assertArrayEquals(before, w.toFloatArray(), "the argument is left alone");
            assertFalse(q.isBinary());
            NDArray vector = manager.ones(new Shape(3));
            IllegalArgumentException e =
                    assertThrows(
                            IllegalArgumentException.class,
                            () -> TernaryQuantizer.quantize(vector));
            assertTrue(e.getMessage().contains("two axes or more"), e.getMessage());
        }
    }

    @Test
    void nothingLeaks() {
        try (NDManager lasting = NDManager.newBaseManager()) {
            NDArray w = lasting.randomNormal(new Shape(4, 6));
            w.setRequiresGradient(true);
            TernaryQuantizer q = new TernaryQuantizer();
            Leaks.assertNothingLeft(
                    lasting,
                    200,
                    manager -> {
                        q.quantize(null, w, true).close();
                        q.quantizeFrozen(null, w).close();
                    });
        }
    }
}
