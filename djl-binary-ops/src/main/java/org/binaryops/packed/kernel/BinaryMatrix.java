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

import java.util.concurrent.Executor;

/**
 * A matrix of N·K weights ±1. Its product with a row of K inputs ±1 is the N sums \(a_n = \sum_k
 * w_{nk} x_k\), computed as K − 2·popcount(w xor x).
 *
 * <p>Bits that inputs have past K must be clear.
 */
public final class BinaryMatrix {

    final Kernels kernels;
    final int units;
    final int width;
    final int words;

    /** [⌈N/lanes⌉][words][lanes] */
    final long[] laidOut;

    /** For each unit, the sum of its weights. */
    final int[] sums;

    BinaryMatrix(Kernels kernels, long[] weights, int units, int width) {
        this.kernels = kernels;
        this.units = Checks.positive("units", units);
        this.width = Checks.positive("width", width);
        Checks.clearPast("weights", weights, units, width);
        words = Checks.words(width);
        int lanes = kernels.lanes();
        laidOut = new long[Math.multiplyExact(Checks.blocks(units, lanes) * lanes, words)];
        sums = new int[units];
        for (int unit = 0; unit < units; ++unit) {
            int to = unit / lanes * lanes * words + unit % lanes;
            int positive = 0;
            for (int k = 0; k < words; ++k) {
                long word = weights[unit * words + k];
                laidOut[to + k * lanes] = word;
                positive += Long.bitCount(word);
            }
            sums[unit] = 2 * positive - width;
        }
    }

    /**
     * Returns the number of units.
     *
     * @return the number of units, N
     */
    public int units() {
        return units;
    }

    /**
     * Returns the number of inputs.
     *
     * @return the number of inputs, K
     */
    public int width() {
        return width;
    }

    /**
     * Returns the number of words of a row of inputs.
     *
     * @return ⌈K/64⌉
     */
    public int words() {
        return words;
    }

    /**
     * Multiplies rows of inputs ±1.
     *
     * @param x the inputs as bits
     * @param xFrom the index of the first word
     * @param xStride the distance from one row to the next; rows that are less than {@link
     *     #words()} apart overlap, as neighbouring receptive fields do
     * @param rows the number of rows
     * @param out receives N sums for each row
     * @param outFrom the index of the first sum
     * @param outStride the distance from one row to the next, at least N
     * @throws IllegalArgumentException if the rows do not fit the arrays
     */
    public void multiply(
            long[] x, int xFrom, int xStride, int rows, int[] out, int outFrom, int outStride) {
        Checks.overlappingRows("inputs", xFrom, xStride, rows, words, x.length);
        Checks.rows("sums", outFrom, outStride, rows, units, out.length);
        kernels.binary(this, 0, blocks(), x, xFrom, xStride, rows, 0, out, outFrom, outStride);
    }

    /**
     * Multiplies rows of inputs ±1 on several threads: divides the rows if there are enough, else
     * the units. The sums are those of one thread.
     *
     * @param x the inputs as bits
     * @param xFrom the index of the first word
     * @param xStride the distance from one row to the next, at least {@link #words()}
     * @param rows the number of rows
     * @param out receives N sums for each row
     * @param outFrom the index of the first sum
     * @param outStride the distance from one row to the next, at least N
     * @param executor runs all parts but one, which the calling thread takes
     * @param parts the number of parts, 1 or more
     * @throws IllegalArgumentException if the rows do not fit the arrays
     */
    public void multiply(
            long[] x,
            int xFrom,
            int xStride,
            int rows,
            int[] out,
            int outFrom,
            int outStride,
            Executor executor,
            int parts) {
        check(xFrom, xStride, rows, x.length);
        Checks.rows("sums", outFrom, outStride, rows, units, out.length);
        Split.Range ofRows =
                (from, to) ->
                        kernels.binary(
                                this,
                                0,
                                blocks(),
                                x,
                                xFrom + from * xStride,
                                xStride,
                                to - from,
                                0,
                                out,
                                outFrom + from * outStride,
                                outStride);
        Split.Range ofBlocks =
                (from, to) ->
                        kernels.binary(
                                this, from, to, x, xFrom, xStride, rows, 0, out, outFrom,
                                outStride);
        if (rows >= parts) {
            Split.run(executor, parts, rows, 1, ofRows);
        } else {
            Split.run(executor, parts, blocks(), 1, ofBlocks);
        }
    }

    /**
     * Multiplies rows of inputs −1, 0 and +1, such as receptive fields that reach into a padding of
     * zeros.
     *
     * @param x the inputs as bits; those of value 0 may be anything
     * @param xFrom the index of the first word
     * @param xStride the distance from one row to the next, at least {@link #words()}
     * @param mask bits in the same arrangement, set where an input is not 0
     * @param maskFrom the index of the first word
     * @param maskStride the distance from one row's mask to the next: 0 for one mask for all rows,
     *     else at least {@link #words()}
     * @param rows the number of rows
     * @param out receives N sums for each row
     * @param outFrom the index of the first sum
     * @param outStride the distance from one row to the next, at least N
     * @throws IllegalArgumentException if the rows do not fit the arrays
     */
    public void multiplyMasked(
            long[] x,
            int xFrom,
            int xStride,
            long[] mask,
            int maskFrom,
            int maskStride,
            int rows,
            int[] out,
            int outFrom,
            int outStride) {
        check(xFrom, xStride, rows, x.length);
        if (maskStride == 0) {
            Checks.rows("masks", maskFrom, words, Math.min(rows, 1), words, mask.length);
        } else {
            Checks.rows("masks", maskFrom, maskStride, rows, words, mask.length);
        }
        Checks.rows("sums", outFrom, outStride, rows, units, out.length);
        kernels.masked(
                this,
                0,
                blocks(),
                x,
                xFrom,
                xStride,
                mask,
                maskFrom,
                maskStride,
                rows,
                out,
                outFrom,
                outStride);
    }

    /**
     * Multiplies rows of unsigned inputs of a few bits, \(a_n = \sum_k w_{nk} (x_k - z)\), one
     * binary product for each plane of bits (see {@link BitPlanes}).
     *
     * @param planes for each row its planes, the lowest bit first, {@link #words()} words each and
     *     without gaps
     * @param from the index of the first word
     * @param bits the number of planes, 1 to 16
     * @param zeroPoint the number z that stands for 0
     * @param rows the number of rows
     * @param out receives N sums for each row
     * @param outFrom the index of the first sum
     * @param outStride the distance from one row to the next, at least N
     * @throws IllegalArgumentException if the rows do not fit the arrays
     */
    public void multiplyPlanes(
            long[] planes,
            int from,
            int bits,
            int zeroPoint,
            int rows,
            int[] out,
            int outFrom,
            int outStride) {
        BitPlanes.checkBits(bits);
        int stride = Math.multiplyExact(bits, words);
        Checks.rows("planes", from, stride, rows, stride, planes.length);
        Checks.rows("sums", outFrom, outStride, rows, units, out.length);
        // Horner's rule, from the highest plane down, needs no memory besides the sums.
        for (int bit = bits - 1; bit >= 0; --bit) {
            int keep = bit == bits - 1 ? 0 : 2;
            kernels.binary(
                    this,
                    0,
                    blocks(),
                    planes,
                    from + bit * words,
                    stride,
                    rows,
                    keep,
                    out,
                    outFrom,
                    outStride);
        }
        // A plane has 0 where the binary product takes −1: Σ p·w = (Σ (2p − 1)·w + Σ w) / 2.
        int all = (1 << bits) - 1;
        for (int row = 0; row < rows; ++row) {
            int to = outFrom + row * outStride;
            for (int unit = 0; unit < units; ++unit) {
                int sum = sums[unit];
                out[to + unit] = (out[to + unit] + all * sum >> 1) - zeroPoint * sum;
            }
        }
    }

    /**
     * Returns the same weights with a threshold for each unit, the product of which are bits: bit n
     * is set where \(a_n \ge t_n\), or where it is not if the bit's rule is flipped.
     *
     * @param limits the thresholds t of the N units; {@link Integer#MIN_VALUE} is always reached,
     *     {@link Integer#MAX_VALUE} never
     * @param flips ⌈N/64⌉ words; a set bit n turns the rule of unit n round, to \(a_n \lt t_n\);
     *     bits past N are clear
     * @return the weights with thresholds; the weights are shared
     * @throws IllegalArgumentException if a length differs or a bit past N is set
     */
    public ThresholdedMatrix withThresholds(int[] limits, long[] flips) {
        return new ThresholdedMatrix(this, limits, flips);
    }

    int blocks() {
        return Checks.blocks(units, kernels.lanes());
    }

    void check(int xFrom, int xStride, int rows, int length) {
        Checks.rows("inputs", xFrom, xStride, rows, words, length);
    }

    /**
     * Returns the sizes.
     *
     * @return for example {@code BinaryMatrix(1024 units, 784 inputs)}
     */
    @Override
    public String toString() {
        return "BinaryMatrix(" + units + " units, " + width + " inputs)";
    }
}
