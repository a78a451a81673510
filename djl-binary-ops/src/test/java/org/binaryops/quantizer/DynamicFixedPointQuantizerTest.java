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
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.util.Arrays;
import java.util.Random;
import org.binaryops.testing.Blocks;
import org.binaryops.testing.Gradients;
import org.binaryops.testing.Leaks;
import org.junit.jupiter.api.Test;

/** The simulated mantissas against the formula in plain Java. */
class DynamicFixedPointQuantizerTest {

    private static double[] formula(double[] x, int bits) {
        double max = Arrays.stream(x).map(Math::abs).max().orElseThrow();
        int exponent = max == 0 ? 0 : Math.getExponent(max) - (bits - 2);
        double limit = Math.pow(2, bits - 1) - 1;
        return Arrays.stream(x)
                .map(v -> Math.rint(Math.scalb(v, -exponent)))
                .map(i -> Math.scalb(Math.max(-limit, Math.min(limit, i)), exponent))
                .toArray();
    }

    @Test
    void matchesFormulaAtRandomPointsAndEdges() {
        for (int bits = 2; bits <= 16; ++bits) {
            double limit = Math.pow(2, bits - 1);
            double[][] arrays = {
                new Random(bits).doubles(100, -5, 5).toArray(),
                {limit - .25, .5, 1.5, 2.5, -.5, -1.5, 0, 1 - limit},
                {limit, limit / 2, Math.nextDown(.5)},
                {1, -Math.nextDown(1.0)},
                {0, -0.}
            };
            for (double[] x : arrays) {
                int p = bits;
                assertArrayEquals(
                        formula(x, bits),
                        Gradients.values(x, a -> DynamicFixedPointQuantizer.quantize(a, p)),
                        0);
            }
        }
    }

    @Test
    void exponentIsExactAtAndBesideEveryPowerOfTwo() {
        try (NDManager manager = NDManager.newBaseManager()) {
            for (int e = -99; e <= 99; ++e) {
                double power = Math.scalb(1.0, e);
                double[] sizes = {power, Math.nextDown(power), Math.nextUp(power), 1.3 * power};
                for (double size : sizes) {
                    double[] x = {size, .377 * size};
                    NDArray y = DynamicFixedPointQuantizer.quantize(manager.create(x), 5);
                    assertArrayEquals(formula(x, 5), y.toDoubleArray(), 0, "2^" + e);
                }
                float single = (float) power;
                float[] singles = {single, Math.nextDown(single), Math.nextUp(single)};
                for (float size : singles) {
                    float[] x = {size, .377f * size};
                    NDArray y = DynamicFixedPointQuantizer.quantize(manager.create(x), 5);
                    double[] expected = formula(new double[] {x[0], x[1]}, 5);
                    assertEquals((float) expected[0], y.toFloatArray()[0], "2^" + e);
                    assertEquals((float) expected[1], y.toFloatArray()[1], "2^" + e);
                }
            }
        }
    }

    @Test
    void shapeAndTypeAreKept() {
        try (NDManager manager = NDManager.newBaseManager()) {
            for (Shape shape : new Shape[] {new Shape(), new Shape(1), new Shape(2, 1, 3)}) {
                NDArray y =
                        DynamicFixedPointQuantizer.quantize(
                                manager.full(shape, 8, DataType.FLOAT32), 16);
                assertEquals(shape, y.getShape());
                assertEquals(DataType.FLOAT32, y.getDataType());
                assertEquals(8, y.max().getFloat());
            }
        }
    }

    @Test
    void magnitudesBeyondTheRangeStayFinite() {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray tiny = manager.create(new float[] {Float.MIN_VALUE, 0x1p-110f});
            float[] y = DynamicFixedPointQuantizer.quantize(tiny, 16).toFloatArray();
            assertArrayEquals(new float[] {0, 0x1p-110f}, y);
            NDArray huge = manager.create(new float[] {Float.MAX_VALUE, -Float.MAX_VALUE});
            float largest = 0x1.fffcp100f;
            assertArrayEquals(
                    new float[] {largest, -largest},
                    DynamicFixedPointQuantizer.quantize(huge, 16).toFloatArray());
        }
    }

    @Test
    void figuresOfTheRoundTrip() {
        double[] x = DynamicFixedPointTest.gaussian(0);
        int[] widths = {8, 12, 16};
        double[] published = {9.0e-3, 5.7e-4, 3.5e-5};
        for (int k = 0; k < 3; ++k) {
            int bits = widths[k];
            double[] y = Gradients.values(x, a -> DynamicFixedPointQuantizer.quantize(a, bits));
            double error = 0;
            double norm = 0;
            for (int n = 0; n < x.length; ++n) {
                error += Math.pow(x[n] - y[n], 2);
                norm += x[n] * x[n];
            }
            assertEquals(published[k], Math.sqrt(error / norm), .04 * published[k]);
        }
    }

    @Test
    void gradientIsTheIdentity() {
        double[] x = {-3, 0, .1, 7.99};
        double[] g = {1, -2, .5, 3};
        assertArrayEquals(
                g, Gradients.at(x, g, a -> DynamicFixedPointQuantizer.quantize(a, 4)), 1e-15);
    }

    @Test
    void roundTripFrozenValuesAndBadArguments() {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray x = manager.randomNormal(new Shape(3, 5));
            DynamicFixedPointQuantizer q = new DynamicFixedPointQuantizer(12);
            q.initialize(manager, DataType.FLOAT32, x.getShape());
            Blocks.assertRoundTrip(manager, q, new DynamicFixedPointQuantizer(12), x);
            float[] before = x.toFloatArray();
            assertArrayEquals(
                    q.quantize(null, x, true).toFloatArray(),
                    q.quantizeFrozen(null, x).toFloatArray(),
                    0);
            assertArrayEquals(before, x.toFloatArray(), "the argument is left alone");
            assertFalse(q.isBinary());
            byte[] bytes = Blocks.save(q);
            MalformedModelException e =
                    assertThrows(
                            MalformedModelException.class,
                            () ->
                                    new DynamicFixedPointQuantizer(8)
                                            .loadParameters(
                                                    manager,
                                                    new DataInputStream(
                                                            new ByteArrayInputStream(bytes))));
            assertTrue(e.getMessage().contains("has 8 bits, but the file has 12"), e.getMessage());
            assertThrows(IllegalArgumentException.class, () -> new DynamicFixedPointQuantizer(17));
            NDArray integers = manager.create(new int[] {1, 2});
            IllegalArgumentException type =
                    assertThrows(
                            IllegalArgumentException.class,
                            () -> DynamicFixedPointQuantizer.quantize(integers, 8));
            assertTrue(type.getMessage().contains("float32 or float64"), type.getMessage());
        }
    }

    @Test
    void nothingLeaks() {
        try (NDManager lasting = NDManager.newBaseManager()) {
            NDArray w = lasting.randomNormal(new Shape(4, 6));
            w.setRequiresGradient(true);
            DynamicFixedPointQuantizer q = new DynamicFixedPointQuantizer(16);
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
