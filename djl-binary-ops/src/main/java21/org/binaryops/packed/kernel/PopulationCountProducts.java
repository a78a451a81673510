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
 * VPOPCNTDQ on: counted directly, four rows by two blocks of units at a time. No vector is handed
 * from method to method: where the compiler does not inline one, the vector becomes an object.
 */
final class PopulationCountProducts {

    private static final VectorSpecies<Long> LONGS = VectorWidth.LONGS;
    private static final VectorSpecies<Integer> HALF = VectorWidth.HALF;
    private static final int LANES = LONGS.length();

    private PopulationCountProducts() {}

    /** Writes the sums of two blocks of units with four rows. */
    static void fourByTwo(
            BinaryMatrix w,
            int block,
            long[] x,
            int xFrom,
            int xStride,
            int[] out,
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
        LongVector width = LongVector.broadcast(LONGS, w.width);
        int to = outFrom + block * LANES;
        width.sub(c00.add(c00)).convertShape(L2I, HALF, 0).reinterpretAsInts().intoArray(out, to);
        width.sub(c01.add(c01))
                .convertShape(L2I, HALF, 0)
                .reinterpretAsInts()
                .intoArray(out, to + LANES);
        to += outStride;
        width.sub(c10.add(c10)).convertShape(L2I, HALF, 0).reinterpretAsInts().intoArray(out, to);
        width.sub(c11.add(c11))
                .convertShape(L2I, HALF, 0)
                .reinterpretAsInts()
                .intoArray(out, to + LANES);
        to += outStride;
        width.sub(c20.add(c20)).convertShape(L2I, HALF, 0).reinterpretAsInts().intoArray(out, to);
        width.sub(c21.add(c21))
                .convertShape(L2I, HALF, 0)
                .reinterpretAsInts()
                .intoArray(out, to + LANES);
        to += outStride;
        width.sub(c30.add(c30)).convertShape(L2I, HALF, 0).reinterpretAsInts().intoArray(out, to);
        width.sub(c31.add(c31))
                .convertShape(L2I, HALF, 0)
                .reinterpretAsInts()
                .intoArray(out, to + LANES);
    }

    /**
     * Returns which thresholds two blocks of units with four rows reach: the bits of the blocks
     * side by side, and so the rows.
     */
    static long fourByTwo(
            BinaryMatrix w, ThresholdedMatrix t, int block, long[] x, int xFrom, int xStride) {
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
        LongVector a = LongVector.fromArray(LONGS, t.mostDifferent, block * LANES);
        LongVector b = LongVector.fromArray(LONGS, t.mostDifferent, block * LANES + LANES);
        return c00.compare(LE, a).toLong()
                | c01.compare(LE, b).toLong() << LANES
                | c10.compare(LE, a).toLong() << 2 * LANES
                | c11.compare(LE, b).toLong() << 3 * LANES
                | c20.compare(LE, a).toLong() << 4 * LANES
                | c21.compare(LE, b).toLong() << 5 * LANES
                | c30.compare(LE, a).toLong() << 6 * LANES
                | c31.compare(LE, b).toLong() << 7 * LANES;
    }

    /**
     * Writes the sums of one block of units with one row, plus {@code keep} times what stood there.
     */
    static void row(
            BinaryMatrix w, int block, long[] x, int xFrom, int keep, int[] out, int outFrom) {
        int from = block * LANES * w.words;
        LongVector count = LongVector.zero(LONGS);
        for (int k = 0; k < w.words; ++k) {
            LongVector v = LongVector.broadcast(LONGS, x[xFrom + k]);
            count =
                    count.add(
                            LongVector.fromArray(LONGS, w.laidOut, from + LANES * k)
                                    .lanewise(XOR, v)
                                    .lanewise(BIT_COUNT));
        }
        int to = outFrom + block * LANES;
        IntVector sums =
                LongVector.broadcast(LONGS, w.width)
                        .sub(count.add(count))
                        .convertShape(L2I, HALF, 0)
                        .reinterpretAsInts();
        sums.add(IntVector.fromArray(HALF, out, to).mul(keep)).intoArray(out, to);
    }

    /** Returns which thresholds one block of units with one row reaches. */
    static long row(BinaryMatrix w, ThresholdedMatrix t, int block, long[] x, int xFrom) {
        int from = block * LANES * w.words;
        LongVector count = LongVector.zero(LONGS);
        for (int k = 0; k < w.words; ++k) {
            LongVector v = LongVector.broadcast(LONGS, x[xFrom + k]);
            count =
                    count.add(
                            LongVector.fromArray(LONGS, w.laidOut, from + LANES * k)
                                    .lanewise(XOR, v)
                                    .lanewise(BIT_COUNT));
        }
        LongVector most = LongVector.fromArray(LONGS, t.mostDifferent, block * LANES);
        return count.compare(LE, most).toLong();
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
        if (LANES == 2) {
            // Two integers of 32 bits are no vector that processors know.
            out[to] = (int) sums.lane(0);
            out[to + 1] = (int) sums.lane(1);
        } else {
            sums.convertShape(L2I, HALF, 0).reinterpretAsInts().intoArray(out, to);
        }
    }
}
