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
package org.binaryops.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import java.util.Random;
import org.binaryops.testing.Blocks;
import org.junit.jupiter.api.Test;

/** The gradient quantizer of DoReFa-Net as a function, against its formula in plain Java. */
class DoReFaGradientTest {

    /** f(g) for a batch, with the draws σ or without noise. */
    static double[] formula(double[] g, int batch, int bits, double[] sigma) {
        int width = g.length / batch;
        double n = Math.pow(2, bits) - 1;
        double[] result = new double[g.length];
        for (int b = 0; b < batch; ++b) {
            double max = 0;
            for (int i = b * width; i < (b + 1) * width; ++i) {
                max = Math.max(max, Math.abs(g[i]));
            }
            for (int i = b * width; i < (b + 1) * width; ++i) {
                if (max > 0) {
                    double u = g[i] / (2 * max) + 0.5 + (sigma == null ? 0 : sigma[i] / n);
                    u = Math.max(0, Math.min(1, u));
                    result[i] = 2 * max * (Math.rint(n * u) / n - 0.5);
                }
            }
        }
        return result;
    }

    @Test
    void theQuantizerFollowsItsFormulaWithTheNoiseDrawn() {
        try (NDManager manager = NDManager.newBaseManager()) {
            Random random = new Random(5);
            for (Shape shape : new Shape[] {new Shape(4, 7), new Shape(3, 2, 3, 2), new Shape(6)}) {
                double[] g = random.doubles(shape.size(), -1, 1).toArray();
                int first = (int) shape.get(0);
                // A sample of zeros, and one whose largest elements are of both signs.
                Arrays.fill(g, 0, g.length / first, 0);
                g[g.length - 1] = -2;
                for (int bits : new int[] {1, 2, 6, 30}) {
                    NDArray array = manager.create(g).reshape(shape);
                    assertArrayEquals(
                            formula(g, first, bits, null),
                            DoReFaGradient.quantize(array, bits, false).toDoubleArray(),
                            1e-14);
                    Engine.getInstance().setRandomSeed(9);
                    NDArray q = DoReFaGradient.quantize(array, bits, true);
                    assertEquals(shape, q.getShape());
                    Engine.getInstance().setRandomSeed(9);
                    double[] sigma =
                            manager.randomUniform(
                                            -0.5f,
                                            0.5f,
                                            new Shape(first, g.length / first),
                                            DataType.FLOAT64)
                                    .toDoubleArray();
                    assertTrue(Arrays.stream(sigma).anyMatch(s -> s < -0.1));
                    assertArrayEquals(formula(g, first, bits, sigma), q.toDoubleArray(), 1e-14);
                }
            }
        }
    }

    /** With noise the expectation of a rounded gradient is the gradient. */
    @Test
    void theNoiseMakesTheRoundingUnbiased() {
        Engine.getInstance().setRandomSeed(4);
        try (NDManager manager = NDManager.newBaseManager()) {
            int n = 100_000;
            double[] g = new double[n];
            Arrays.fill(g, 0.3);
            g[0] = 1;
            double mean =
                    DoReFaGradient.quantize(manager.create(g).reshape(1, n), 2, true)
                            .mean()
                            .toDoubleArray()[0];
            // Levels 1/3 and −1/3 or so: a standard deviation below 0.7 for each draw.
            assertEquals(0.3, mean, 4 * 0.7 / Math.sqrt(n));
        }
    }

    @Test
    void bitsAreCheckedAndSaved() {
        assertEquals(
                "bits must be from 1 to 30, but was 31.",
                assertThrows(IllegalArgumentException.class, () -> new DoReFaGradient(31))
                        .getMessage());
        try (NDManager manager = NDManager.newBaseManager()) {
            DoReFaGradient block = new DoReFaGradient(5);
            assertEquals(5, block.getBits());
            block.initialize(manager, DataType.FLOAT32, new Shape(2, 3));
            NDArray x = manager.ones(new Shape(2, 3));
            Blocks.assertRoundTrip(manager, block, new DoReFaGradient(5), x);
            AssertionError e =
                    assertThrows(
                            AssertionError.class,
                            () -> Blocks.assertRoundTrip(manager, block, new DoReFaGradient(4), x));
            assertEquals(
                    "DoReFaGradient: this block has 4 bits, but the file has 5",
                    e.getCause().getMessage());
        }
    }
}
