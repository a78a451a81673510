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
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import java.util.Random;
import org.binaryops.testing.Blocks;
import org.binaryops.testing.Gradients;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Sparse softmax and projection against published goldens and against plain bisection. */
class EntmaxTest {

    private static final double[] X = {0, .1, .3, .6, 1};

    private static double[] entmax(double[] x, double alpha) {
        return Gradients.values(x, a -> Entmax.entmax(a, alpha, 0));
    }

    @Test
    void goldenValues() {
        double[][] expected = {
            {1.3, .082846, .101665, .147945, .242405, .425139},
            {1.5, .043537, .066903, .128634, .258731, .502194},
            {1.7, 0, .019697, .103207, .283684, .593413},
            {2, 0, 0, 0, .3, .7},
            {2.5, 0, 0, 0, .212935, .787065}
        };
        for (double[] row : expected) {
            double[] p = Arrays.copyOfRange(row, 1, 6);
            assertArrayEquals(p, entmax(X, row[0]), 6e-7, "alpha " + row[0]);
        }
    }

    @Test
    void goldenGradients() {
        double[] upstream = {1, 2, 3, 4, 5};
        assertArrayEquals(
                new double[] {0, -.580815, -.44867, .077587, .951897},
                Gradients.at(X, upstream, a -> Entmax.entmax(a, 1.7, 0)),
                6e-7);
        assertArrayEquals(
                new double[] {0, 0, 0, -.5, .5},
                Gradients.at(X, upstream, a -> Entmax.entmax(a, 2, 0)),
                1e-12);
    }

    @Test
    void goldenSimplexProjections() {
        double[][][] golden = {
            {{.5, 1.2, -.3}, {.15, .85, 0}},
            {{.2, .3, .1}, {1. / 3, 1.3 / 3, .7 / 3}},
            {{3, 1, .2, .1}, {1, 0, 0, 0}}
        };
        for (double[][] pair : golden) {
            double[] p = Gradients.values(pair[0], a -> Entmax.simplex(a, 0));
            assertArrayEquals(pair[1], p, 1e-12);
        }
    }

    /** p by bisection on τ until it no longer moves, in plain doubles. */
    private static double[] plain(double[] x, double alpha) {
        double max = Arrays.stream(x).max().orElseThrow() * (alpha - 1);
        double low = max - 1;
        double high = max;
        for (int i = 0; i < 200; ++i) {
            double tau = (low + high) / 2;
            double sum = 0;
            for (double v : x) {
                sum += Math.pow(Math.max(0, (alpha - 1) * v - tau), 1 / (alpha - 1));
            }
            if (sum >= 1) {
                low = tau;
            } else {
                high = tau;
            }
        }
        double[] p = new double[x.length];
        for (int i = 0; i < p.length; ++i) {
            p[i] = Math.pow(Math.max(0, (alpha - 1) * x[i] - low), 1 / (alpha - 1));
        }
        double sum = Arrays.stream(p).sum();
        return Arrays.stream(p).map(v -> v / sum).toArray();
    }

    @ParameterizedTest
    @ValueSource(doubles = {1.05, 1.2, 1.5, 1.75, 1.95, 2, 2.2, 3, 5})
    void valuesAndGradientsAreThoseOfTheFormula(double alpha) {
        Random random = new Random(7);
        for (int trial = 0; trial < 20; ++trial) {
            int n = 1 + random.nextInt(40);
            double scale = trial % 4 == 0 ? 10 : 1;
            double[] x = random.doubles(n).map(v -> scale * (4 * v - 2)).toArray();
            if (trial % 5 == 0) {
                Arrays.fill(x, .25); // all equal: a uniform distribution
            }
            double[] p = plain(x, alpha);
            assertArrayEquals(p, entmax(x, alpha), alpha > 2 ? 1e-7 : 1e-10, "n " + n);

            double[] d = random.doubles(n).map(v -> 2 * v - 1).toArray();
            double[] g = new double[n];
            double sum = 0;
            double weighted = 0;
            for (int i = 0; i < n; ++i) {
                g[i] = p[i] > 1e-14 ? Math.pow(p[i], 2 - alpha) : 0;
                sum += g[i];
                weighted += g[i] * d[i];
            }
            double[] expected = new double[n];
            for (int i = 0; i < n; ++i) {
                expected[i] = g[i] * (d[i] - weighted / sum);
            }
            double[] actual = Gradients.at(x, d, a -> Entmax.entmax(a, alpha, 0));
            if (alpha <= 2) {
                assertArrayEquals(expected, actual, 1e-7);
            } else {
                // p^(2 − α) has a pole where an entry leaves the support.
                for (int i = 0; i < n; ++i) {
                    if (p[i] > 1e-3 || p[i] == 0) {
                        assertEquals(expected[i], actual[i], 1e-3 * (1 + Math.abs(expected[i])));
                    }
                }
            }
        }
    }

    @Test
    void gradientsAreDerivatives() {
        Random random = new Random(3);
        for (double alpha : new double[] {1.25, 1.5, 1.8}) {
            double[] x = random.doubles(12).map(v -> 2 * v).toArray();
            double[] d = random.doubles(12).toArray();
            double[] g = Gradients.at(x, d, a -> Entmax.entmax(a, alpha, 0));
            for (int i = 0; i < 12; ++i) {
                double[] up = x.clone();
                double[] down = x.clone();
                up[i] += 1e-5;
                down[i] -= 1e-5;
                double[] p = plain(up, alpha);
                double[] q = plain(down, alpha);
                double numeric = 0;
                for (int k = 0; k < 12; ++k) {
                    numeric += d[k] * (p[k] - q[k]) / 2e-5;
                }
                assertEquals(numeric, g[i], 1e-4, "alpha " + alpha);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(doubles = {1, 1.3, 1.5, 2, 2.5})
    void hiddenKeysEqualKeysThatAreNotThere(double alpha) {
        try (NDManager manager = NDManager.newBaseManager()) {
            Entmax entmax = new Entmax(alpha);
            NDArray x = manager.create(new double[] {.3, 5, .2, -.4, .1, 7, .3, .3}, SHAPE);
            NDArray mask = manager.create(new int[] {1, 0, 1, 1, 0, 0, 0, 0}, new Shape(1, 2, 4));
            entmax.initialize(manager, DataType.FLOAT64, SHAPE, mask.getShape());
            double[] p = Blocks.infer(manager, entmax, x, mask).head().toDoubleArray();
            double[] seen =
                    alpha == 1 ? softmax(.3, .2, -.4) : plain(new double[] {.3, .2, -.4}, alpha);
            assertArrayEquals(new double[] {seen[0], 0, seen[1], seen[2], 0, 0, 0, 0}, p, 1e-8);
            assertEquals(0, p[1]);
        }
    }

    private static final Shape SHAPE = new Shape(1, 1, 2, 4);

    private static double[] softmax(double... x) {
        double sum = Arrays.stream(x).map(Math::exp).sum();
        return Arrays.stream(x).map(v -> Math.exp(v) / sum).toArray();
    }

    @Test
    void floatsSumToOneAndAreSparse() {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray x = manager.randomNormal(new Shape(8, 4, 33));
            for (double alpha : new double[] {1.3, 1.5, 1.7, 2, 3}) {
                NDArray p = Entmax.entmax(x, alpha, 2);
                for (float sum : p.sum(new int[] {2}).toFloatArray()) {
                    assertEquals(1, sum, 1e-5);
                }
                long zeros = p.eq(0).countNonzero().toLongArray()[0];
                assertTrue(alpha < 1.5 || zeros > p.size() / 10, alpha + ": " + zeros);
            }
            // The middle axis.
            NDArray middle = Entmax.entmax(x.transpose(0, 2, 1), 1.5, 1).transpose(0, 2, 1);
            assertArrayEquals(
                    Entmax.entmax(x, 1.5, 2).toFloatArray(), middle.toFloatArray(), 1e-6f);
        }
    }

    @Test
    void badAlphaIsNamed() {
        for (double alpha : new double[] {.9, Double.NaN, Double.POSITIVE_INFINITY}) {
            IllegalArgumentException e =
                    assertThrows(IllegalArgumentException.class, () -> new Entmax(alpha));
            assertEquals(
                    "alpha must be at least 1 and finite, but was " + alpha + ".", e.getMessage());
        }
    }
}
