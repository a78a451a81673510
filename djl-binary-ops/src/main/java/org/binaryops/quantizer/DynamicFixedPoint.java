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

import java.util.Arrays;

/**
 * Numbers with integer mantissas and one shared exponent (Das et al., "Mixed Precision Training of
 * Convolutional Neural Networks using Integer Operations", ICLR 2018): value<sub>n</sub> =
 * i<sub>n</sub> · 2<sup>E</sup>.
 *
 * <p>The reference of that arithmetic in plain Java, meant for understanding and for checking
 * integer kernels; {@link DynamicFixedPointQuantizer} simulates its rounding in a network. It is
 * exact in all but {@link #quantize}, {@link #add}, {@link #downConvert} and the float accumulator
 * of {@link #dot(DynamicFixedPoint)}, as the paper has it.
 *
 * <p>Instances are immutable.
 */
public final class DynamicFixedPoint {

    private final int bits;
    private final int[] mantissas;
    private final int exponent;

    private DynamicFixedPoint(int bits, int[] mantissas, int exponent) {
        this.bits = bits;
        this.mantissas = mantissas;
        this.exponent = exponent;
    }

    /**
     * Quantizes numbers: $E = \lfloor\log_2 \max|f|\rfloor - (P - 2)$, $i_n =
     * \mathrm{clamp}(\mathrm{round}(f_n 2^{-E}))$ with the limits ±(2<sup>P−1</sup> − 1).
     *
     * <p>Rounding is half to even. The clamp acts only where rounding reaches 2<sup>P−1</sup>. The
     * exponent of zeros is that of a maximum of 1.
     *
     * @param values f, finite
     * @param bits P, 2 to 16
     * @return the mantissas and their exponent
     * @throws IllegalArgumentException if a value is not finite or {@code bits} is out of its range
     */
    public static DynamicFixedPoint quantize(double[] values, int bits) {
        checkBits(bits);
        double max = 0;
        for (double value : values) {
            if (!Double.isFinite(value)) {
                throw new IllegalArgumentException(
                        "values must be finite, but have " + value + ".");
            }
            max = Math.max(max, Math.abs(value));
        }
        int exponent = exponent(max) - (bits - 2);
        int[] mantissas = new int[values.length];
        for (int n = 0; n < values.length; ++n) {
            mantissas[n] = clamp(Math.rint(Math.scalb(values[n], -exponent)), bits);
        }
        return new DynamicFixedPoint(bits, mantissas, exponent);
    }

    /** ⌊log2 x⌋, also of subnormal numbers; 0 for 0. */
    private static int exponent(double x) {
        if (x == 0) {
            return 0;
        }
        return x < Double.MIN_NORMAL ? Math.getExponent(x * 0x1p200) - 200 : Math.getExponent(x);
    }

    private static int clamp(double rounded, int bits) {
        int limit = limit(bits);
        return (int) Math.max(-limit, Math.min(limit, rounded));
    }

    private static int limit(int bits) {
        return (int) ((1L << (bits - 1)) - 1);
    }

    static int checkBits(int bits) {
        if (bits < 2 || bits > 16) {
            throw new IllegalArgumentException("bits must be 2 to 16, but was " + bits + ".");
        }
        return bits;
    }

    /**
     * Returns the numbers.
     *
     * @return i<sub>n</sub> · 2<sup>E</sup>, exactly unless below the smallest normal double
     */
    public double[] toDoubles() {
        return Arrays.stream(mantissas)
                .mapToDouble(i -> Math.scalb((double) i, exponent))
                .toArray();
    }

    /**
     * Multiplies element by element, exactly: i = i<sub>a</sub> i<sub>b</sub>, E = E<sub>a</sub> +
     * E<sub>b</sub>.
     *
     * @param other as many numbers; both operands of 16 bits at most
     * @return the products, of P<sub>a</sub> + P<sub>b</sub> − 1 bits
     * @throws IllegalArgumentException if the operands differ in their number or are too wide
     */
    public DynamicFixedPoint multiply(DynamicFixedPoint other) {
        checkFactors(other);
        int[] products = new int[mantissas.length];
        for (int n = 0; n < products.length; ++n) {
            products[n] = mantissas[n] * other.mantissas[n];
        }
        return new DynamicFixedPoint(bits + other.bits - 1, products, exponent + other.exponent);
    }

    private void checkFactors(DynamicFixedPoint other) {
        checkSize(other);
        if (bits > 16 || other.bits > 16) {
            throw new IllegalArgumentException(
                    String.format(
                            "The factors must have 16 bits at most, but have %d and %d:"
                                    + " down-convert them first.",
                            bits, other.bits));
        }
    }

    private void checkSize(DynamicFixedPoint other) {
        if (mantissas.length != other.mantissas.length) {
            throw new IllegalArgumentException(
                    String.format(
                            "Both operands must have as many numbers, but have %d and %d.",
                            mantissas.length, other.mantissas.length));
        }
    }

    /**
     * Adds element by element at the larger exponent: the mantissas of the other operand are
     * shifted right, which drops bits (towards −∞).
     *
     * @param other as many numbers; both operands of 31 bits at most
     * @return the sums, one bit wider than the wider operand
     * @throws IllegalArgumentException if the operands differ in their number or are too wide
     */
    public DynamicFixedPoint add(DynamicFixedPoint other) {
        checkSize(other);
        int wider = Math.max(bits, other.bits);
        if (wider > 31) {
            throw new IllegalArgumentException(
                    "The summands must have 31 bits at most, but have " + wider + ".");
        }
        int larger = Math.max(exponent, other.exponent);
        int shift = Math.min(31, larger - exponent);
        int otherShift = Math.min(31, larger - other.exponent);
        int[] sums = new int[mantissas.length];
        for (int n = 0; n < sums.length; ++n) {
            sums[n] = (mantissas[n] >> shift) + (other.mantissas[n] >> otherShift);
        }
        return new DynamicFixedPoint(wider + 1, sums, larger);
    }

    /**
     * Narrows the mantissas: with $R = \max(0, 32 - \mathrm{LZC}(\max|i|) - (P - 1))$, where LZC
     * counts the leading zeros of 32 bits, i becomes i · 2<sup>−R</sup>, rounded half to even and
     * clamped to ±(2<sup>P−1</sup> − 1), and E becomes E + R.
     *
     * @param bits P, 2 to 16
     * @return the same numbers, up to rounding
     * @throws IllegalArgumentException if {@code bits} is out of its range
     */
    public DynamicFixedPoint downConvert(int bits) {
        checkBits(bits);
        int max = Arrays.stream(mantissas).map(Math::abs).max().orElse(0);
        int shift = Math.max(0, 32 - Integer.numberOfLeadingZeros(max) - (bits - 1));
        int[] narrow = new int[mantissas.length];
        for (int n = 0; n < narrow.length; ++n) {
            narrow[n] = clamp(Math.rint(Math.scalb((double) mantissas[n], -shift)), bits);
        }
        return new DynamicFixedPoint(bits, narrow, exponent + shift);
    }

    /**
     * Returns how many products a 32-bit accumulator holds whatever the operands: ⌊(2³¹ − 1) /
     * ((2<sup>Pa−1</sup> − 1)(2<sup>Pb−1</sup> − 1))⌋; 2 for 16 bits, and four times as many for
     * every bit less in both.
     *
     * @param bits P<sub>a</sub>, 2 to 16
     * @param otherBits P<sub>b</sub>, 2 to 16
     * @return the length of a chain of products that cannot overflow
     * @throws IllegalArgumentException if an argument is out of its range
     */
    public static int safeChunk(int bits, int otherBits) {
        return Integer.MAX_VALUE / (limit(checkBits(bits)) * limit(checkBits(otherBits)));
    }

    /**
     * Computes the inner product with chunks that cannot overflow, {@link #safeChunk}.
     *
     * @param other as many numbers; both operands of 16 bits at most
     * @return the inner product
     * @throws IllegalArgumentException if the operands differ in their number or are too wide
     */
    public float dot(DynamicFixedPoint other) {
        checkFactors(other);
        return dot(other, safeChunk(bits, other.bits));
    }

    /**
     * Computes the inner product: the products of each chunk are summed in 32-bit integers, the
     * sums of the chunks in float32.
     *
     * @param other as many numbers; both operands of 16 bits at most
     * @param chunk the number of products that one integer sum holds, positive
     * @return the inner product
     * @throws IllegalArgumentException if the operands differ in their number or are too wide, or
     *     {@code chunk} is not positive
     * @throws ArithmeticException if the sum of a chunk exceeds 32 bits
     */
    public float dot(DynamicFixedPoint other, int chunk) {
        checkFactors(other);
        if (chunk <= 0) {
            throw new IllegalArgumentException("chunk must be positive, but was " + chunk + ".");
        }
        float total = 0;
        int sum = 0;
        for (int n = 0; n < mantissas.length; ++n) {
            if (n % chunk == 0) {
                total += sum;
                sum = 0;
            }
            sum = Math.addExact(sum, mantissas[n] * other.mantissas[n]);
        }
        return Math.scalb(total + sum, exponent + other.exponent);
    }

    /**
     * Returns the mantissas.
     *
     * @return a copy of i
     */
    public int[] getMantissas() {
        return mantissas.clone();
    }

    /**
     * Returns the shared exponent.
     *
     * @return E
     */
    public int getExponent() {
        return exponent;
    }

    /**
     * Returns the number of bits of a mantissa, its sign included.
     *
     * @return P
     */
    public int getBits() {
        return bits;
    }
}
