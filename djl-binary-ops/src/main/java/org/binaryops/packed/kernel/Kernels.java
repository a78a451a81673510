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
package org.binaryops.packed.kernel;

/**
 * The kernels for one kind of processor. This class is the way in: it makes matrices in the layout
 * that its kernels read; the matrices have the products.
 *
 * <pre>{@code
 * BinaryMatrix weights = Kernels.get().binary(bits, units, inputs);
 * weights.multiply(x, 0, weights.words(), rows, sums, 0, units);
 * }</pre>
 */
public abstract class Kernels {

    private final String name;
    private final int lanes;

    /** Creates kernels that take so many units at a time. */
    Kernels(String name, int lanes) {
        this.name = name;
        this.lanes = lanes;
    }

    /**
     * Returns the fastest kernels that can run here. They are chosen at the first call, with one
     * log line; the system property {@code org.binaryops.packed.kernels} ({@code scalar}, {@code
     * 128}, {@code 256} or {@code 512}) forces a choice.
     *
     * @return the kernels
     * @throws IllegalStateException if the property names kernels that cannot run here
     */
    public static Kernels get() {
        return KernelChoice.get();
    }

    /**
     * Returns the name of these kernels.
     *
     * @return {@code scalar}, {@code 128}, {@code 256} or {@code 512}: the bits of a vector
     */
    public final String name() {
        return name;
    }

    /**
     * Makes a matrix of weights ±1.
     *
     * @param weights the weights, N rows of ⌈K/64⌉ words: bit k mod 64 of word k/64 of a row is set
     *     where the weight of input k is +1, and clear where it is −1; bits past K are clear
     * @param units the number N of units
     * @param width the number K of inputs
     * @return the matrix
     * @throws IllegalArgumentException if the sizes do not fit or a bit past K is set
     */
    public final BinaryMatrix binary(long[] weights, int units, int width) {
        return new BinaryMatrix(this, weights, units, width);
    }

    /**
     * Makes a matrix of weights −1, 0 and +1.
     *
     * @param signs the signs of the weights, as in {@link #binary}; where a weight is 0 its sign
     *     counts for nothing
     * @param nonzero bits in the same arrangement, set where a weight is not 0
     * @param units the number N of units
     * @param width the number K of inputs
     * @return the matrix
     * @throws IllegalArgumentException if the sizes do not fit or a bit past K is set
     */
    public final TernaryMatrix ternary(long[] signs, long[] nonzero, int units, int width) {
        return new TernaryMatrix(this, signs, nonzero, units, width);
    }

    /**
     * Makes a matrix of float weights.
     *
     * @param weights the weights, N rows of K
     * @param units the number N of units
     * @param inputs the number K of inputs
     * @return the matrix
     * @throws IllegalArgumentException if the sizes do not fit
     */
    public final FloatMatrix floats(float[] weights, int units, int inputs) {
        return new FloatMatrix(this, weights, units, inputs);
    }

    /**
     * Makes a matrix of 8-bit weights.
     *
     * @param weights the weights, N rows of K numbers from −128 to 127
     * @param units the number N of units
     * @param inputs the number K of inputs
     * @return the matrix
     * @throws IllegalArgumentException if the sizes do not fit
     */
    public final ByteMatrix bytes(byte[] weights, int units, int inputs) {
        return new ByteMatrix(this, weights, units, inputs);
    }

    /**
     * Returns whether numbers are finite.
     *
     * @param x the numbers
     * @param from the index of the first
     * @param count how many are looked at
     * @return whether none of them is NaN or infinite
     */
    public static boolean finite(float[] x, int from, int count) {
        // The exponent of a number that is not finite is the largest: one more sets the sign. In
        // the vector API the same made C2 of JDK 25 keep vectors as objects, here or elsewhere.
        int any = 0;
        for (int i = from; i < from + count; ++i) {
            any |= (Float.floatToRawIntBits(x[i]) & Integer.MAX_VALUE) + 0x00800000;
        }
        return any >= 0;
    }

    /**
     * Compares floats with a threshold each: bit i is set where x_i ≥ t_i.
     *
     * @param x the floats
     * @param from the index of the first
     * @param thresholds the thresholds, as many as are compared
     * @param out receives ⌈N/64⌉ words; bits past the last are cleared
     * @param outFrom the index of the first word
     */
    public void compare(float[] x, int from, float[] thresholds, long[] out, int outFrom) {
        ScalarFunctions.compareFrom(0, x, from, thresholds, out, outFrom);
    }

    /**
     * Compares integers with a threshold each: bit i is set where x_i ≥ t_i.
     *
     * @param x the integers
     * @param from the index of the first
     * @param thresholds the thresholds, as many as are compared
     * @param out receives ⌈N/64⌉ words; bits past the last are cleared
     * @param outFrom the index of the first word
     */
    public void compare(int[] x, int from, int[] thresholds, long[] out, int outFrom) {
        ScalarFunctions.compareFrom(0, x, from, thresholds, out, outFrom);
    }

    /**
     * Replaces numbers by s·x + b, with factors and summands for each channel.
     *
     * @param x the numbers, the channels of a position side by side
     * @param from the index of the first
     * @param positions the number of positions
     * @param scale the factors s of the channels
     * @param bias the summands b of the channels
     * @param fused whether only the sum is rounded, and not the product before it
     */
    public void affine(
            float[] x, int from, int positions, float[] scale, float[] bias, boolean fused) {
        for (int i = from; i < from + positions * scale.length; i += scale.length) {
            ScalarFunctions.affineFrom(0, x, i, scale, bias, fused);
        }
    }

    /**
     * Replaces negative numbers x by s·x, with a factor for each channel.
     *
     * @param x the numbers, the channels of a position side by side
     * @param from the index of the first
     * @param positions the number of positions
     * @param slope the factors s of the channels
     */
    public void slope(float[] x, int from, int positions, float[] slope) {
        for (int i = from; i < from + positions * slope.length; i += slope.length) {
            ScalarFunctions.slopeFrom(0, x, i, slope);
        }
    }

    /**
     * Limits numbers to an interval for each channel.
     *
     * @param x the numbers, the channels of a position side by side
     * @param from the index of the first
     * @param positions the number of positions
     * @param low the lower limits of the channels
     * @param high the upper limits of the channels
     */
    public void clip(float[] x, int from, int positions, float[] low, float[] high) {
        for (int i = from; i < from + positions * low.length; i += low.length) {
            ScalarFunctions.clipFrom(0, x, i, low, high);
        }
    }

    /**
     * Adds numbers: to = a + b. The places may be the same; they must not overlap otherwise.
     *
     * @param a the first summands
     * @param aFrom the index of the first of them
     * @param b the second summands
     * @param bFrom the index of the first of them
     * @param to receives the sums
     * @param at the index of the first
     * @param count how many there are
     */
    public void add(float[] a, int aFrom, float[] b, int bFrom, float[] to, int at, int count) {
        for (int i = 0; i < count; ++i) {
            to[at + i] = a[aFrom + i] + b[bFrom + i];
        }
    }

    /**
     * Adds whole numbers to others.
     *
     * @param summands what is added
     * @param to to what it is added
     * @param at the index of the first of these
     */
    public void add(int[] summands, int[] to, int at) {
        ScalarFunctions.addFrom(0, summands, to, at);
    }

    /**
     * Averages the channels of a rectangle of an image: the sum of its pixels, line by line,
     * divided by a number.
     *
     * @param from the image, the channels of a pixel side by side
     * @param first the index of the first number of the first pixel
     * @param line the distance from a line of the image to the next
     * @param rows the lines of the rectangle
     * @param columns its pixels in a line
     * @param channels the number of channels
     * @param to receives an average for each channel
     * @param at the index of the first
     * @param count what the sums are divided by
     */
    public void average(
            float[] from,
            int first,
            int line,
            int rows,
            int columns,
            int channels,
            float[] to,
            int at,
            int count) {
        ScalarFunctions.averageFrom(0, from, first, line, rows, columns, channels, to, at, count);
    }

    /**
     * Turns whole numbers into floats.
     *
     * @param from the whole numbers
     * @param first the index of the first of them
     * @param to receives the floats
     * @param at the index of the first
     * @param count how many there are
     */
    public void convert(int[] from, int first, float[] to, int at, int count) {
        for (int i = 0; i < count; ++i) {
            to[at + i] = from[first + i];
        }
    }

    /**
     * {@link SumFunctions#apply}; the residuals of two positions are {@code residualStride} apart.
     * Here a pass for each function, which a compiler makes vectors of, unlike all of them at once.
     */
    void sumFunctions(
            SumFunctions f,
            int[] sums,
            int from,
            float[] residual,
            int residualFrom,
            int residualStride,
            int positions,
            float[] to,
            int at,
            long[] bits,
            int bitsFrom) {
        convert(sums, from, to, at, positions * f.channels);
        functions(f, residual, residualFrom, residualStride, positions, to, at, bits, bitsFrom);
    }

    private void functions(
            SumFunctions f,
            float[] residual,
            int residualFrom,
            int residualStride,
            int positions,
            float[] to,
            int at,
            long[] bits,
            int bitsFrom) {
        int count = positions * f.channels;
        affine(to, at, positions, f.firstScale, f.firstBias, false);
        affine(to, at, positions, f.scale, f.bias, f.fused);
        if (residualStride > 0) {
            add(to, at, residual, residualFrom, to, at, count);
        }
        clip(to, at, positions, f.low, f.high);
        int words = f.channels + 63 >>> 6;
        for (int p = 0; p < positions; ++p) {
            compare(to, at + p * f.channels, f.thresholds, bits, bitsFrom + p * words);
        }
    }

    /** {@link SumFunctions#apply(float[], int, float[], int, int, float[], int, long[], int)}. */
    void floatFunctions(
            SumFunctions f,
            float[] sums,
            int from,
            float[] residual,
            int residualFrom,
            int residualStride,
            int positions,
            float[] to,
            int at,
            long[] bits,
            int bitsFrom) {
        int count = positions * f.channels;
        System.arraycopy(sums, from, to, at, count);
        functions(f, residual, residualFrom, residualStride, positions, to, at, bits, bitsFrom);
    }

    /** How many units a kernel takes at a time; matrices are padded to a multiple of it. */
    final int lanes() {
        return lanes;
    }

    /**
     * Sums of products ±1: {@code out = keep · out + width − 2 · popcount(x xor w)} for the rows
     * and the blocks of units from one to before another.
     */
    abstract void binary(
            BinaryMatrix w,
            int fromBlock,
            int toBlock,
            long[] x,
            int xFrom,
            int xStride,
            int rows,
            int keep,
            int[] out,
            int outFrom,
            int outStride);

    /**
     * Sums of products ±1 of the inputs that a mask selects: {@code popcount(m) − 2 · popcount((x
     * xor w) and m)}, with one mask for each row.
     */
    abstract void masked(
            BinaryMatrix w,
            int fromBlock,
            int toBlock,
            long[] x,
            int xFrom,
            int xStride,
            long[] mask,
            int maskFrom,
            int maskStride,
            int rows,
            int[] out,
            int outFrom,
            int outStride);

    /** The products of {@link #binary}, compared with a threshold each, as bits. */
    abstract void bits(
            ThresholdedMatrix w,
            int fromBlock,
            int toBlock,
            long[] x,
            int xFrom,
            int xStride,
            int rows,
            long[] out,
            int outFrom,
            int outStride);

    /** Sums of float products, in the order of the inputs, each product and each sum rounded. */
    abstract void floats(
            FloatMatrix w,
            int fromBlock,
            int toBlock,
            float[] x,
            int xFrom,
            int xStride,
            int rows,
            float[] out,
            int outFrom,
            int outStride);

    /** Sums of products of unsigned with signed bytes, less {@code zeroPoint} times the weights. */
    abstract void bytes(
            ByteMatrix w,
            int fromBlock,
            int toBlock,
            byte[] x,
            int xFrom,
            int xStride,
            int rows,
            int zeroPoint,
            int[] out,
            int outFrom,
            int outStride);

    /**
     * Returns what these kernels are.
     *
     * @return for example {@code Kernels(256)}
     */
    @Override
    public final String toString() {
        return "Kernels(" + name + ")";
    }
}
