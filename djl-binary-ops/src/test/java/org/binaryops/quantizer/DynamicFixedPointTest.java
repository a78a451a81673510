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

import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Integer mantissas with a shared exponent, against hand-computed numbers and the figures. */
class DynamicFixedPointTest {

    /** 4096 numbers from N(0, 1) whose largest is in [2, 4), as those of the figures. */
    static double[] gaussian(int seed) {
        Random random = new Random(seed);
        return IntStream.range(0, 4096)
                .mapToDouble(n -> Math.max(-3.8, Math.min(3.8, random.nextGaussian())))
                .toArray();
    }

    private static double norm(double[] x) {
        return Math.sqrt(Arrays.stream(x).map(v -> v * v).sum());
    }

    private static double dot(double[] x, double[] y) {
        return IntStream.range(0, x.length).mapToDouble(n -> x[n] * y[n]).sum();
    }

    private static double[] minus(double[] x, double[] y) {
        return IntStream.range(0, x.length).mapToDouble(n -> x[n] - y[n]).toArray();
    }

    @Test
    void goldens() {
        // max|f| = 5, ⌊log2 5⌋ = 2, E = 2 − 2 = 0 for 4 bits: the integers themselves.
        DynamicFixedPoint four = DynamicFixedPoint.quantize(new double[] {5, -2.5, 1.5, .4, 0}, 4);
        assertEquals(0, four.getExponent());
        assertArrayEquals(new int[] {5, -2, 2, 0, 0}, four.getMantissas());
        assertArrayEquals(new double[] {5, -2, 2, 0, 0}, four.toDoubles());
        // 7.9 rounds to 8 = 2³, which four bits do not hold.
        assertArrayEquals(
                new int[] {7, -7},
                DynamicFixedPoint.quantize(new double[] {7.9, -7.9}, 4).getMantissas());
        // A power of two is exact, and its neighbour below has the exponent below.
        assertEquals(3 - 14, DynamicFixedPoint.quantize(new double[] {8}, 16).getExponent());
        assertEquals(
                2 - 14,
                DynamicFixedPoint.quantize(new double[] {Math.nextDown(8.0)}, 16).getExponent());
        for (double tiny : new double[] {Double.MIN_VALUE, 3 * Double.MIN_VALUE, 1e-310, 1e300}) {
            assertEquals(
                    tiny,
                    DynamicFixedPoint.quantize(new double[] {tiny}, 16).toDoubles()[0],
                    tiny * 1e-4);
        }
        DynamicFixedPoint zeros = DynamicFixedPoint.quantize(new double[3], 8);
        assertArrayEquals(new double[3], zeros.toDoubles());
        assertEquals(0f, zeros.dot(zeros));
        assertEquals(
                0f,
                DynamicFixedPoint.quantize(new double[0], 8)
                        .dot(DynamicFixedPoint.quantize(new double[0], 8)));
    }

    @ParameterizedTest
    @CsvSource({"8, 9.0e-3, -5", "12, 5.7e-4, -9", "16, 3.5e-5, -13"})
    void roundTripErrors(int bits, double published, int exponent) {
        double[] x = gaussian(0);
        DynamicFixedPoint q = DynamicFixedPoint.quantize(x, bits);
        assertEquals(exponent, q.getExponent());
        assertEquals(published, norm(minus(q.toDoubles(), x)) / norm(x), .04 * published);
        double[] y = q.toDoubles();
        for (int n = 0; n < x.length; ++n) {
            assertEquals(x[n], y[n], Math.scalb(.5, exponent));
        }
    }

    @ParameterizedTest
    @CsvSource({"8, 9.0e-3", "12, 5.7e-4", "16, 3.5e-5"})
    void innerProductErrors(int bits, double roundTrip) {
        // The errors of 2 · 4096 roundings are independent: √2 · roundTrip / √4096 is their spread.
        double spread = Math.sqrt(2) * roundTrip / 64;
        double squares = 0;
        for (int seed = 0; seed < 40; seed += 2) {
            double[] x = gaussian(seed);
            double[] y = gaussian(seed + 1);
            float found =
                    DynamicFixedPoint.quantize(x, bits).dot(DynamicFixedPoint.quantize(y, bits));
            squares += Math.pow((found - dot(x, y)) / (norm(x) * norm(y)) / spread, 2) / 20;
        }
        assertTrue(squares > .3 && squares < 2, "variance over its prediction: " + squares);
    }

    @Test
    void sumsOfSixteenBitProductsOverflowWithoutChunks() {
        double[] x = gaussian(0);
        DynamicFixedPoint q = DynamicFixedPoint.quantize(x, 16);
        int[] i = q.getMantissas();
        long largest = Arrays.stream(i).mapToLong(v -> (long) v * v).sum();
        assertTrue(largest > Integer.MAX_VALUE);
        assertThrows(ArithmeticException.class, () -> q.dot(q, 4096));
        int wrapped = Arrays.stream(i).map(v -> v * v).sum();
        assertTrue(Math.abs(wrapped - (double) largest) > .9 * largest, "what Java would give");
        assertEquals(dot(x, x), q.dot(q), 1e-4 * dot(x, x));
    }

    @Test
    void chunksAreAsLongAsTheWorstCaseAllows() {
        assertEquals(2, DynamicFixedPoint.safeChunk(16, 16));
        assertEquals(8, DynamicFixedPoint.safeChunk(15, 15));
        assertEquals(133_144, DynamicFixedPoint.safeChunk(8, 8));
        double[] ones = new double[24];
        Arrays.fill(ones, Math.nextDown(1.0));
        for (int bits : new int[] {13, 14, 15, 16}) {
            DynamicFixedPoint q = DynamicFixedPoint.quantize(ones, bits);
            int chunk = DynamicFixedPoint.safeChunk(bits, bits);
            assertEquals(24, q.dot(q), 24 * Math.scalb(2, 1 - bits), bits + " bits");
            if (chunk < 24) {
                assertThrows(ArithmeticException.class, () -> q.dot(q, chunk + 1));
            }
        }
    }

    @Test
    void chunksOfAnyLengthGiveTheExactSumOfSmallIntegers() {
        double[] x = new Random(4).ints(101, -100, 101).asDoubleStream().toArray();
        double[] y = new Random(5).ints(101, -100, 101).asDoubleStream().toArray();
        DynamicFixedPoint a = DynamicFixedPoint.quantize(x, 8);
        DynamicFixedPoint b = DynamicFixedPoint.quantize(y, 8);
        for (int chunk : new int[] {1, 2, 3, 7, 100, 101, 102, 5000}) {
            assertEquals(dot(x, y), a.dot(b, chunk), 0);
        }
    }

    @Test
    void productsAreExact() {
        double[] x = new Random(1).doubles(200, -3, 3).toArray();
        double[] y = new Random(2).doubles(200, -.1, .1).toArray();
        DynamicFixedPoint a = DynamicFixedPoint.quantize(x, 16);
        DynamicFixedPoint b = DynamicFixedPoint.quantize(y, 12);
        DynamicFixedPoint product = a.multiply(b);
        assertEquals(27, product.getBits());
        assertEquals(a.getExponent() + b.getExponent(), product.getExponent());
        for (int n = 0; n < 200; ++n) {
            assertEquals(a.toDoubles()[n] * b.toDoubles()[n], product.toDoubles()[n], 0);
        }
    }

    @Test
    void sumsAreAlignedToTheLargerExponent() {
        // 100 · 2⁰ + 37 · 2⁻⁶: 37 >> 6 is 0, and −37 >> 6 is −1.
        DynamicFixedPoint a = DynamicFixedPoint.quantize(new double[] {100, -100, 3}, 8);
        DynamicFixedPoint b = DynamicFixedPoint.quantize(new double[] {1, -1, .25}, 8);
        assertEquals(0, a.getExponent());
        assertEquals(-6, b.getExponent());
        for (DynamicFixedPoint sum : new DynamicFixedPoint[] {a.add(b), b.add(a)}) {
            assertEquals(0, sum.getExponent());
            assertEquals(9, sum.getBits());
            assertArrayEquals(new int[] {101, -101, 3}, sum.getMantissas());
        }
        DynamicFixedPoint far = DynamicFixedPoint.quantize(new double[] {1e-30, -1e-30, 0}, 8);
        assertArrayEquals(new int[] {100, -101, 3}, a.add(far).getMantissas(), "towards −∞");
    }

    @Test
    void downConversionKeepsTheLeadingBits() {
        // 100 · 100 = 10 000 needs 14 bits; 7 are left of 8: R = 7, 10 000 / 128 = 78.125.
        DynamicFixedPoint a = DynamicFixedPoint.quantize(new double[] {100, 24, -24, 16}, 8);
        DynamicFixedPoint b = DynamicFixedPoint.quantize(new double[] {100, 8, 8, 12}, 8);
        DynamicFixedPoint narrow = a.multiply(b).downConvert(8);
        assertEquals(7, narrow.getExponent());
        assertEquals(8, narrow.getBits());
        // 192 / 128 = 1.5 is a tie, and goes to the even 2.
        assertArrayEquals(new int[] {78, 2, -2, 2}, narrow.getMantissas());
        assertArrayEquals(a.getMantissas(), a.downConvert(16).getMantissas(), "nothing to narrow");
        // 127 · 127 = 16 129 = 2¹⁴ − 255 rounds to 2⁶ at 7 bits, past the limit 63.
        DynamicFixedPoint c = DynamicFixedPoint.quantize(new double[] {127}, 8);
        assertArrayEquals(new int[] {63}, c.multiply(c).downConvert(7).getMantissas());
    }

    @Test
    void badArgumentsAreNamed() {
        for (int bits : new int[] {-1, 1, 17}) {
            assertMessage(
                    "bits must be 2 to 16, but was " + bits + ".",
                    () -> DynamicFixedPoint.quantize(new double[1], bits));
        }
        assertMessage(
                "values must be finite, but have NaN.",
                () -> DynamicFixedPoint.quantize(new double[] {1, Double.NaN}, 8));
        DynamicFixedPoint one = DynamicFixedPoint.quantize(new double[] {1}, 16);
        DynamicFixedPoint two = DynamicFixedPoint.quantize(new double[] {1, 2}, 16);
        assertMessage(
                "Both operands must have as many numbers, but have 1 and 2.", () -> one.dot(two));
        assertMessage("chunk must be positive, but was 0.", () -> one.dot(one, 0));
        DynamicFixedPoint wide = one.multiply(one);
        assertMessage(
                "The factors must have 16 bits at most, but have 31 and 16: down-convert them"
                        + " first.",
                () -> wide.multiply(one));
        DynamicFixedPoint widest = wide.add(wide);
        assertMessage(
                "The summands must have 31 bits at most, but have 32.", () -> widest.add(one));
    }

    private static void assertMessage(String message, Executable action) {
        assertEquals(message, assertThrows(IllegalArgumentException.class, action).getMessage());
    }
}
