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

import static org.binaryops.quantizer.Formulas.assertMessage;
import static org.binaryops.quantizer.Formulas.gradient;
import static org.binaryops.quantizer.Formulas.sign;
import static org.binaryops.quantizer.Formulas.values;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.MalformedModelException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.util.Arrays;
import java.util.Random;
import java.util.TreeSet;
import org.binaryops.testing.Blocks;
import org.binaryops.testing.Leaks;
import org.junit.jupiter.api.Test;

/** DoReFa-Net's quantizers against the formulas of the paper. */
class DoReFaTest {

    private static final Shape[] SHAPES = {new Shape(40), new Shape(5, 8), new Shape(2, 2, 3, 3)};

    private static double quantize(double r, int k) {
        double n = Math.pow(2, k) - 1;
        return Math.rint(n * r) / n;
    }

    private static double[] weights(Random random, Shape shape) {
        double[] w = random.doubles(shape.size(), -2, 2).toArray();
        w[0] = 0;
        w[1] = 1;
        w[2] = -1;
        w[3] = 1e-300;
        return w;
    }

    @Test
    void weightsOfKBitsFollowThePaper() {
        Random random = new Random(17);
        for (int k = 2; k <= 8; ++k) {
            for (Shape shape : SHAPES) {
                double[] w = weights(random, shape);
                double[] upstream = random.doubles(w.length, -2, 2).toArray();
                double[] t = Arrays.stream(w).map(Math::tanh).toArray();
                int m = 0;
                for (int i = 0; i < t.length; ++i) {
                    m = Math.abs(t[i]) > Math.abs(t[m]) ? i : m;
                }
                double max = Math.abs(t[m]);
                double[] value = new double[w.length];
                double[] gradient = new double[w.length];
                double throughMax = 0;
                for (int i = 0; i < w.length; ++i) {
                    value[i] = 2 * quantize(t[i] / (2 * max) + .5, k) - 1;
                    gradient[i] = upstream[i] * (1 - t[i] * t[i]) / max;
                    throughMax -= upstream[i] * t[i] / (max * max);
                }
                gradient[m] += throughMax * Math.signum(t[m]) * (1 - max * max);
                DoReFaWeight quantizer = new DoReFaWeight(k);
                assertArrayEquals(value, values(quantizer, w, shape), 1e-12);
                assertArrayEquals(gradient, gradient(quantizer, w, shape, upstream), 1e-11);
                assertFalse(quantizer.isBinary());
            }
        }
    }

    @Test
    void weightsOfOneBitAreTheMeanOfTheLayer() {
        Random random = new Random(19);
        for (Shape shape : SHAPES) {
            double[] w = weights(random, shape);
            double mean = Arrays.stream(w).map(Math::abs).sum() / w.length;
            double[] upstream = random.doubles(w.length, -2, 2).toArray();
            DoReFaWeight quantizer = new DoReFaWeight(1);
            assertArrayEquals(
                    Arrays.stream(w).map(v -> sign(v) * mean).toArray(),
                    values(quantizer, w, shape),
                    1e-12);
            assertArrayEquals(upstream, gradient(quantizer, w, shape, upstream), 0);
            assertFalse(quantizer.isBinary());
        }
    }

    @Test
    void weightsTakeTheLevelsOfTheirBits() {
        double[] w = new double[4001];
        Arrays.setAll(w, i -> (i - 2000) / 1000.0);
        for (int k = 2; k <= 8; ++k) {
            TreeSet<Double> levels = new TreeSet<>();
            for (double v : values(new DoReFaWeight(k), w, new Shape(4001))) {
                levels.add(v);
            }
            assertEquals(1 << k, levels.size());
            assertEquals(-1, levels.first());
            assertEquals(1, levels.last());
        }
        double quarter = Math.log(5 / 3.0) / 2; // its tanh is 1/4
        double half = Math.log(3) / 2; // its tanh is 1/2, the maximum
        double[] two = {quarter, half, -quarter, 0};
        assertArrayEquals(
                new double[] {1 / 3.0, 1, -1 / 3.0, 1 / 3.0},
                values(new DoReFaWeight(2), two, new Shape(2, 2)),
                1e-15,
                "0 is half way between two levels and goes to the even one");
    }

    @Test
    void weightsOfZeroStayFinite() {
        double[] zeros = new double[4];
        for (int k = 2; k <= 8; k += 3) {
            double level = 2 * quantize(.5, k) - 1;
            for (double v : values(new DoReFaWeight(k), zeros, new Shape(2, 2))) {
                assertEquals(level, v, 1e-15);
            }
            double[] upstream = {1, -2, 3, 0};
            for (double g : gradient(new DoReFaWeight(k), zeros, new Shape(2, 2), upstream)) {
                assertTrue(Double.isFinite(g));
            }
        }
        assertArrayEquals(zeros, values(new DoReFaWeight(1), zeros, new Shape(2, 2)), 0);
    }

    @Test
    void activationsFollowThePaper() {
        for (int k = 1; k <= 8; ++k) {
            int bits = k;
            Formulas.assertFollows(
                    new DoReFaActivation(k),
                    x -> quantize(Math.min(1, Math.max(0, x)), bits),
                    x -> x >= 0 && x <= 1 ? 1 : 0);
        }
        assertArrayEquals(
                new double[] {0, 0, 0, 1, 1},
                values(
                        new DoReFaActivation(1),
                        new double[] {-3, 0, .5, Math.nextUp(.5), 7},
                        new Shape(5)),
                0);
        assertFalse(new DoReFaActivation(1).isBinary());
    }

    @Test
    void bitsAreSavedAndChecked() {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray w = manager.randomNormal(new Shape(4, 6));
            for (int k : new int[] {1, 3, 8}) {
                DoReFaWeight weight = new DoReFaWeight(k);
                weight.initialize(manager, w.getDataType(), w.getShape());
                Blocks.assertRoundTrip(manager, weight, new DoReFaWeight(k), w);
                assertOtherBitsAreNamed(manager, weight, new DoReFaWeight(k - 1 + 2 * (k & 1)));
                DoReFaActivation activation = new DoReFaActivation(k);
                activation.initialize(manager, w.getDataType(), w.getShape());
                Blocks.assertRoundTrip(manager, activation, new DoReFaActivation(k), w);
                assertOtherBitsAreNamed(manager, activation, new DoReFaActivation(2));
            }
        }
        assertMessage("bits must be from 1 to 8, but was 0.", () -> new DoReFaWeight(0));
        assertMessage("bits must be from 1 to 8, but was 9.", () -> new DoReFaActivation(9));
    }

    private static void assertOtherBitsAreNamed(
            NDManager manager, Quantizer trained, Quantizer other) {
        DataInputStream in = new DataInputStream(new ByteArrayInputStream(Blocks.save(trained)));
        MalformedModelException e =
                assertThrows(
                        MalformedModelException.class, () -> other.loadParameters(manager, in));
        assertTrue(
                e.getMessage()
                        .matches(".*: this quantizer has \\d bits, but the file has \\d bits"),
                e.getMessage());
    }

    @Test
    void theyTrainALayer() {
        Formulas.assertTrainsInLinear(new DoReFaActivation(1), new DoReFaWeight(1));
        Formulas.assertTrainsInLinear(new DoReFaActivation(2), new DoReFaWeight(2));
    }

    @Test
    void nothingIsLeftOnTheManagerOfTheWeight() {
        try (NDManager lasting = NDManager.newBaseManager()) {
            NDArray w = lasting.randomNormal(new Shape(4, 6));
            w.setRequiresGradient(true);
            Quantizer[] quantizers = {
                new DoReFaWeight(1), new DoReFaWeight(4), new DoReFaActivation(4)
            };
            Leaks.assertNothingLeft(
                    lasting,
                    100,
                    manager -> {
                        for (Quantizer quantizer : quantizers) {
                            quantizer.quantize(null, w, true).close();
                            quantizer.quantizeFrozen(null, w).close();
                        }
                    });
        }
    }

    @Test
    void aGarbageCollectionChangesNoGradient() {
        Formulas.assertKeepsItsGradient(() -> new DoReFaWeight(1));
        Formulas.assertKeepsItsGradient(() -> new DoReFaWeight(3));
        Formulas.assertKeepsItsGradient(() -> new DoReFaActivation(3));
    }
}
