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
import static jdk.incubator.vector.VectorOperators.OR;
import static jdk.incubator.vector.VectorOperators.XOR;

import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Binary products where a population count costs a dozen instructions, as it does before AVX-512:
 * carry-save adders, five logical instructions each, add the differing bits of eight words up
 * vertically, and only their carries are counted.
 *
 * <p>One unit is in each lane, so that nothing is summed across lanes. The bodies are written out:
 * a vector that crosses a call which the compiler does not inline is an object. And of two operands
 * the one that was computed last comes first: a variable that the loop carries is of no known class
 * where the compiler inlines a call to it, and with JDK 25 some such vectors stayed objects.
 */
final class CarrySaveProducts {

    private static final VectorSpecies<Long> LONGS = VectorWidth.LONGS;
    private static final VectorSpecies<Integer> HALF = VectorWidth.HALF;
    private static final int LANES = LONGS.length();

    private CarrySaveProducts() {}

    /**
     * The products of one block of units with some rows: sums into {@code out}, or if {@code t} is
     * given bits into {@code bits}.
     *
     * @param step 8; unknown to the compiler, which would otherwise check the bounds of each of the
     *     accesses before the loop, at a higher cost than that of a short loop itself
     */
    static void block(
            BinaryMatrix w,
            ThresholdedMatrix t,
            int block,
            long[] x,
            int xFrom,
            int xStride,
            int rows,
            int step,
            int keep,
            int[] out,
            long[] bits,
            int outFrom,
            int outStride) {
        long[] weights = w.laidOut;
        int from = block * LANES * w.words;
        int end = from + LANES * w.words;
        int eights = from + LANES * (w.words & -8);
        int unit = block * LANES;
        LongVector most = LongVector.broadcast(LONGS, w.width);
        if (t != null) {
            most = LongVector.fromArray(LONGS, t.mostDifferent, unit);
        }
        for (int row = 0; row < rows; ++row) {
            LongVector count = LongVector.zero(LONGS);
            LongVector ones = count;
            LongVector twos = count;
            LongVector fours = count;
            LongVector a;
            LongVector b;
            LongVector half;
            LongVector two;
            LongVector twoMore;
            LongVector four;
            LongVector fourMore;
            int i = from;
            int j = xFrom + row * xStride;
            for (; i < eights; i += LANES * step, j += step) {
                a =
                        LongVector.fromArray(LONGS, weights, i)
                                .lanewise(XOR, LongVector.broadcast(LONGS, x[j]));
                b =
                        LongVector.fromArray(LONGS, weights, i + LANES)
                                .lanewise(XOR, LongVector.broadcast(LONGS, x[j + 1]));
                half = a.lanewise(XOR, ones);
                two = a.lanewise(AND, ones).lanewise(OR, b.lanewise(AND, half));
                ones = b.lanewise(XOR, half);
                a =
                        LongVector.fromArray(LONGS, weights, i + 2 * LANES)
                                .lanewise(XOR, LongVector.broadcast(LONGS, x[j + 2]));
                b =
                        LongVector.fromArray(LONGS, weights, i + 3 * LANES)
                                .lanewise(XOR, LongVector.broadcast(LONGS, x[j + 3]));
                half = a.lanewise(XOR, ones);
                twoMore = a.lanewise(AND, ones).lanewise(OR, b.lanewise(AND, half));
                ones = b.lanewise(XOR, half);
                half = two.lanewise(XOR, twos);
                four = two.lanewise(AND, twos).lanewise(OR, twoMore.lanewise(AND, half));
                twos = twoMore.lanewise(XOR, half);
                a =
                        LongVector.fromArray(LONGS, weights, i + 4 * LANES)
                                .lanewise(XOR, LongVector.broadcast(LONGS, x[j + 4]));
                b =
                        LongVector.fromArray(LONGS, weights, i + 5 * LANES)
                                .lanewise(XOR, LongVector.broadcast(LONGS, x[j + 5]));
                half = a.lanewise(XOR, ones);
                two = a.lanewise(AND, ones).lanewise(OR, b.lanewise(AND, half));
                ones = b.lanewise(XOR, half);
                a =
                        LongVector.fromArray(LONGS, weights, i + 6 * LANES)
                                .lanewise(XOR, LongVector.broadcast(LONGS, x[j + 6]));
                b =
                        LongVector.fromArray(LONGS, weights, i + 7 * LANES)
                                .lanewise(XOR, LongVector.broadcast(LONGS, x[j + 7]));
                half = a.lanewise(XOR, ones);
                twoMore = a.lanewise(AND, ones).lanewise(OR, b.lanewise(AND, half));
                ones = b.lanewise(XOR, half);
                half = two.lanewise(XOR, twos);
                fourMore = two.lanewise(AND, twos).lanewise(OR, twoMore.lanewise(AND, half));
                twos = twoMore.lanewise(XOR, half);
                half = four.lanewise(XOR, fours);
                a = four.lanewise(AND, fours).lanewise(OR, fourMore.lanewise(AND, half));
                fours = fourMore.lanewise(XOR, half);
                count = a.lanewise(BIT_COUNT).add(count);
            }
            if (end - i >= 4 * LANES) {
                a =
                        LongVector.fromArray(LONGS, weights, i)
                                .lanewise(XOR, LongVector.broadcast(LONGS, x[j]));
                b =
                        LongVector.fromArray(LONGS, weights, i + LANES)
                                .lanewise(XOR, LongVector.broadcast(LONGS, x[j + 1]));
                half = a.lanewise(XOR, ones);
                two = a.lanewise(AND, ones).lanewise(OR, b.lanewise(AND, half));
                ones = b.lanewise(XOR, half);
                a =
                        LongVector.fromArray(LONGS, weights, i + 2 * LANES)
                                .lanewise(XOR, LongVector.broadcast(LONGS, x[j + 2]));
                b =
                        LongVector.fromArray(LONGS, weights, i + 3 * LANES)
                                .lanewise(XOR, LongVector.broadcast(LONGS, x[j + 3]));
                half = a.lanewise(XOR, ones);
                twoMore = a.lanewise(AND, ones).lanewise(OR, b.lanewise(AND, half));
                ones = b.lanewise(XOR, half);
                half = two.lanewise(XOR, twos);
                four = two.lanewise(AND, twos).lanewise(OR, twoMore.lanewise(AND, half));
                twos = twoMore.lanewise(XOR, half);
                // A half adder: no second four comes.
                a = four.lanewise(AND, fours);
                fours = four.lanewise(XOR, fours);
                count = a.lanewise(BIT_COUNT).add(count);
                i += 4 * LANES;
                j += 4;
            }
            count = count.add(count).add(fours.lanewise(BIT_COUNT));
            count = count.add(count).add(twos.lanewise(BIT_COUNT));
            count = count.add(count).add(ones.lanewise(BIT_COUNT));
            for (; i < end; i += LANES, ++j) {
                a =
                        LongVector.fromArray(LONGS, weights, i)
                                .lanewise(XOR, LongVector.broadcast(LONGS, x[j]));
                count = a.lanewise(BIT_COUNT).add(count);
            }
            int to = outFrom + row * outStride;
            if (t != null) {
                long reached;
                if (LANES == 2) {
                    // Masks of two lanes are objects.
                    reached = count.lane(0) <= t.mostDifferent[unit] ? 1 : 0;
                    reached |= count.lane(1) <= t.mostDifferent[unit + 1] ? 2 : 0;
                } else {
                    reached = count.compare(LE, most).toLong();
                }
                reached <<= unit;
                bits[to] = (unit & 63) == 0 ? reached : bits[to] | reached;
            } else {
                a = most.sub(count.add(count));
                if (LANES == 2) {
                    // Two integers of 32 bits are no vector that processors know.
                    int before = keep == 0 ? 0 : keep * out[to];
                    int beforeNext = keep == 0 ? 0 : keep * out[to + 1];
                    out[to] = before + (int) a.lane(0);
                    out[to + 1] = beforeNext + (int) a.lane(1);
                } else {
                    IntVector sum = a.convertShape(L2I, HALF, 0).reinterpretAsInts();
                    if (keep != 0) {
                        sum = sum.add(IntVector.fromArray(HALF, out, to).mul(keep));
                    }
                    sum.intoArray(out, to);
                }
            }
        }
    }
}
