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
 * A matrix of N·K weights −1, 0 and +1 as half the sum of two binary matrices, which agree where a
 * weight is not 0 and differ where it is: \(\sum_k w_k x_k = (\sum_k a_k x_k + \sum_k b_k x_k) /
 * 2\).
 */
public final class TernaryMatrix {

    private final BinaryMatrix a;
    private final BinaryMatrix b;

    TernaryMatrix(Kernels kernels, long[] signs, long[] nonzero, int units, int width) {
        Checks.positive("units", units);
        Checks.positive("width", width);
        Checks.clearPast("signs", signs, units, width);
        Checks.clearPast("nonzero", nonzero, units, width);
        int words = Checks.words(width);
        long[] first = new long[signs.length];
        long[] second = new long[signs.length];
        for (int i = 0; i < signs.length; ++i) {
            boolean last = i % words == words - 1 && (width & 63) != 0;
            long all = last ? ~(-1L << width) : -1L;
            first[i] = signs[i] & nonzero[i];
            second[i] = first[i] | all & ~nonzero[i];
        }
        a = kernels.binary(first, units, width);
        b = kernels.binary(second, units, width);
    }

    /**
     * Returns the number of units.
     *
     * @return the number of units, N
     */
    public int units() {
        return a.units;
    }

    /**
     * Returns the number of words of a row of inputs.
     *
     * @return ⌈K/64⌉
     */
    public int words() {
        return a.words;
    }

    /**
     * Multiplies rows of inputs ±1.
     *
     * @param x the inputs as bits
     * @param xFrom the index of the first word
     * @param xStride the distance from one row to the next, at least {@link #words()}
     * @param rows the number of rows
     * @param out receives N sums for each row
     * @param outFrom the index of the first sum
     * @param outStride the distance from one row to the next, at least N
     * @throws IllegalArgumentException if the rows do not fit the arrays
     */
    public void multiply(
            long[] x, int xFrom, int xStride, int rows, int[] out, int outFrom, int outStride) {
        a.multiply(x, xFrom, xStride, rows, out, outFrom, outStride);
        a.kernels.binary(b, 0, b.blocks(), x, xFrom, xStride, rows, 1, out, outFrom, outStride);
        for (int row = 0; row < rows; ++row) {
            int from = outFrom + row * outStride;
            for (int i = from; i < from + a.units; ++i) {
                out[i] >>= 1;
            }
        }
    }

    /**
     * Multiplies rows of unsigned inputs of a few bits, as {@link BinaryMatrix#multiplyPlanes}.
     *
     * @param planes for each row its planes, the lowest bit first, {@link #words()} words each
     * @param from the index of the first word
     * @param bits the number of planes, 1 to 16
     * @param zeroPoint the number that stands for 0
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
        int stride = Math.multiplyExact(bits, a.words);
        Checks.rows("planes", from, stride, rows, stride, planes.length);
        Checks.rows("sums", outFrom, outStride, rows, a.units, out.length);
        for (int bit = bits - 1; bit >= 0; --bit) {
            int at = from + bit * a.words;
            int keep = bit == bits - 1 ? 0 : 2;
            a.kernels.binary(
                    a, 0, a.blocks(), planes, at, stride, rows, keep, out, outFrom, outStride);
            a.kernels.binary(
                    b, 0, b.blocks(), planes, at, stride, rows, 1, out, outFrom, outStride);
        }
        int all = (1 << bits) - 1;
        for (int row = 0; row < rows; ++row) {
            int to = outFrom + row * outStride;
            for (int unit = 0; unit < a.units; ++unit) {
                // Twice the sum of the weights of the unit.
                int sum = a.sums[unit] + b.sums[unit];
                out[to + unit] = (out[to + unit] + all * sum >> 2) - zeroPoint * (sum >> 1);
            }
        }
    }
}
