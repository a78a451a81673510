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

import static jdk.incubator.vector.VectorOperators.AND;
import static jdk.incubator.vector.VectorOperators.BIT_COUNT;
import static jdk.incubator.vector.VectorOperators.L2I;
import static jdk.incubator.vector.VectorOperators.LE;
import static jdk.incubator.vector.VectorOperators.XOR;

import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Binary products where the population count of a vector is one instruction, as from AVX-512 with
 * VPOPCNTDQ on: counted directly, four rows by two blocks of units at a time.
 */
final class PopulationCountProducts {

    private static final VectorSpecies<Long> LONGS = VectorWidth.LONGS;
    private static final int LANES = LONGS.length();

    private PopulationCountProducts() {}

    /** The products of two blocks of units with four rows. */
    static void fourByTwo(
            BinaryMatrix w,
            ThresholdedMatrix t,
            int block,
            long[] x,
            int xFrom,
            int xStride,
            int keep,
            int[] out,
            long[] bits,
            int outFrom,
            int outStride) {
        long[] weights = w.laidOut;
        int words = w.words;
        int w0 = block * LANES * words;
        int w1 = w0 + LANES * words;
        int x1 = xFrom + xStride;
        int x2 = x1 + xStride;
        int x3 = x2 + xStride;
        LongVector c00 = LongVector.zero(LONGS);
        LongVector c01 = c00;
        LongVector c10 = c00;
        LongVector c11 = c00;
        LongVector c20 = c00;
        LongVector c21 = c00;
        LongVector c30 = c00;
        LongVector c31 = c00;
        for (int k = 0; k < words; ++k) {
            LongVector a = LongVector.fromArray(LONGS, weights, w0 + LANES * k);
            LongVector b = LongVector.fromArray(LONGS, weights, w1 + LANES * k);
            LongVector v = LongVector.broadcast(LONGS, x[xFrom + k]);
            c00 = c00.add(a.lanewise(XOR, v).lanewise(BIT_COUNT));
            c01 = c01.add(b.lanewise(XOR, v).lanewise(BIT_COUNT));
            v = LongVector.broadcast(LONGS, x[x1 + k]);
            c10 = c10.add(a.lanewise(XOR, v).lanewise(BIT_COUNT));
            c11 = c11.add(b.lanewise(XOR, v).lanewise(BIT_COUNT));
            v = LongVector.broadcast(LONGS, x[x2 + k]);
            c20 = c20.add(a.lanewise(XOR, v).lanewise(BIT_COUNT));
            c21 = c21.add(b.lanewise(XOR, v).lanewise(BIT_COUNT));
            v = LongVector.broadcast(LONGS, x[x3 + k]);
            c30 = c30.add(a.lanewise(XOR, v).lanewise(BIT_COUNT));
            c31 = c31.add(b.lanewise(XOR, v).lanewise(BIT_COUNT));
        }
        int to = outFrom;
        finish(w, t, c00, block, keep, out, bits, to);
        finish(w, t, c01, block + 1, keep, out, bits, to);
        to += outStride;
        finish(w, t, c10, block, keep, out, bits, to);
        finish(w, t, c11, block + 1, keep, out, bits, to);
        to += outStride;
        finish(w, t, c20, block, keep, out, bits, to);
        finish(w, t, c21, block + 1, keep, out, bits, to);
        to += outStride;
        finish(w, t, c30, block, keep, out, bits, to);
        finish(w, t, c31, block + 1, keep, out, bits, to);
    }

    /** The products of one block of units with some rows. */
    static void block(
            BinaryMatrix w,
            ThresholdedMatrix t,
            int block,
            long[] x,
            int xFrom,
            int xStride,
            int rows,
            int keep,
            int[] out,
            long[] bits,
            int outFrom,
            int outStride) {
        int from = block * LANES * w.words;
        for (int row = 0; row < rows; ++row) {
            int at = xFrom + row * xStride;
            LongVector count = LongVector.zero(LONGS);
            for (int k = 0; k < w.words; ++k) {
                LongVector v = LongVector.broadcast(LONGS, x[at + k]);
                count =
                        count.add(
                                LongVector.fromArray(LONGS, w.laidOut, from + LANES * k)
                                        .lanewise(XOR, v)
                                        .lanewise(BIT_COUNT));
            }
            finish(w, t, count, block, keep, out, bits, outFrom + row * outStride);
        }
    }

    /** Writes the sums, or the bits, of one block and row. */
    private static void finish(
            BinaryMatrix w,
            ThresholdedMatrix t,
            LongVector count,
            int block,
            int keep,
            int[] out,
            long[] bits,
            int to) {
        int unit = block * LANES;
        if (t != null) {
            LongVector most = LongVector.fromArray(LONGS, t.mostDifferent, unit);
            long reached;
            if (LANES == 2) {
                // Masks of two lanes are objects.
                reached = count.lane(0) <= t.mostDifferent[unit] ? 1 : 0;
                reached |= count.lane(1) <= t.mostDifferent[unit + 1] ? 2 : 0;
            } else {
                reached = count.compare(LE, most).toLong();
            }
            reached <<= unit;
            int word = to + (unit >>> 6);
            bits[word] = (unit & 63) == 0 ? reached : bits[word] | reached;
            return;
        }
        LongVector sums = LongVector.broadcast(LONGS, w.width).sub(count.add(count));
        store(sums, keep, out, to + unit);
    }

    /** The products of one block of units with the inputs of one row that a mask selects. */
    static void masked(
            BinaryMatrix w,
            int block,
            long[] x,
            int xFrom,
            long[] mask,
            int maskFrom,
            int selected,
            int[] out,
            int to) {
        int from = block * LANES * w.words;
        LongVector count = LongVector.zero(LONGS);
        for (int k = 0; k < w.words; ++k) {
            LongVector v = LongVector.broadcast(LONGS, x[xFrom + k]);
            LongVector m = LongVector.broadcast(LONGS, mask[maskFrom + k]);
            count =
                    count.add(
                            LongVector.fromArray(LONGS, w.laidOut, from + LANES * k)
                                    .lanewise(XOR, v)
                                    .lanewise(AND, m)
                                    .lanewise(BIT_COUNT));
        }
        LongVector sums = LongVector.broadcast(LONGS, selected).sub(count.add(count));
        store(sums, 0, out, to);
    }

    /** Stores sums as integers of 32 bits. */
    private static void store(LongVector sums, int keep, int[] out, int to) {
        if (LANES == 2) {
            // Two of them are no vector that processors know.
            out[to] = (keep == 0 ? 0 : keep * out[to]) + (int) sums.lane(0);
            out[to + 1] = (keep == 0 ? 0 : keep * out[to + 1]) + (int) sums.lane(1);
            return;
        }
        IntVector narrow = sums.convertShape(L2I, VectorWidth.HALF, 0).reinterpretAsInts();
        if (keep != 0) {
            narrow = narrow.add(IntVector.fromArray(VectorWidth.HALF, out, to).mul(keep));
        }
        narrow.intoArray(out, to);
    }
}
