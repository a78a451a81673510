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
 * The kernels for vectors of {@link VectorWidth#BITS} bits: divides a product into calls of the
 * inner kernels. Units past the last full block are left to {@link Tails}.
 */
final class VectorKernels extends VectorFunctions {

    private static final int LANES = VectorWidth.LONGS.length();

    /** Whether a population count is one instruction. Vectors of 512 bits come with it. */
    private static final boolean COUNTS = VectorWidth.BITS == 512;

    /**
     * How many rows are multiplied with all units before the next: their inputs and what is written
     * of them stay in the first cache, where the sums of a thousand rows, as far apart as they are,
     * would push each other out.
     */
    private static final int TILE = 16;

    /** The bits of two blocks. */
    private static final long PAIR = (1L << 2 * LANES) - 1;

    /** Unknown to the compiler; see {@link CarrySaveProducts#block}. */
    private final int step = Integer.parseInt("8");

    VectorKernels() {
        super(Integer.toString(VectorWidth.BITS), LANES);
    }

    @Override
    void binary(
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
            int outStride) {
        int full = Math.min(toBlock, w.units / LANES);
        for (int row = 0; row < rows; row += TILE) {
            int some = Math.min(TILE, rows - row);
            int from = xFrom + row * xStride;
            int to = outFrom + row * outStride;
            if (COUNTS) {
                counted(w, fromBlock, full, x, from, xStride, some, keep, out, to, outStride);
                continue;
            }
            for (int block = fromBlock; block < full; ++block) {
                CarrySaveProducts.block(
                        w,
                        null,
                        block,
                        x,
                        from,
                        xStride,
                        some,
                        step,
                        keep,
                        out,
                        null,
                        to + block * LANES,
                        outStride);
            }
        }
        if (full < toBlock) {
            Tails.binary(w, LANES, full, x, xFrom, xStride, rows, keep, out, outFrom, outStride);
        }
    }

    @Override
    void bits(
            ThresholdedMatrix t,
            int fromBlock,
            int toBlock,
            long[] x,
            int xFrom,
            int xStride,
            int rows,
            long[] out,
            int outFrom,
            int outStride) {
        for (int row = 0; row < rows; row += TILE) {
            int some = Math.min(TILE, rows - row);
            int from = xFrom + row * xStride;
            int to = outFrom + row * outStride;
            for (int block = fromBlock; block < toBlock; block += 64 / LANES) {
                int end = Math.min(toBlock, block + 64 / LANES);
                int word = to + (block * LANES >>> 6);
                if (COUNTS) {
                    countedWord(t, block, end, x, from, xStride, some, out, word, outStride);
                } else {
                    for (int b = block; b < end; ++b) {
                        CarrySaveProducts.block(
                                t.weights, t, b, x, from, xStride, some, step, 0, null, out, word,
                                outStride);
                    }
                }
                long flips = t.flips[block * LANES >>> 6];
                for (int i = 0; flips != 0 && i < some; ++i) {
                    out[word + i * outStride] ^= flips;
                }
            }
        }
    }

    /** One word of bits for each row. */
    private static void countedWord(
            ThresholdedMatrix t,
            int fromBlock,
            int toBlock,
            long[] x,
            int xFrom,
            int xStride,
            int rows,
            long[] out,
            int outFrom,
            int outStride) {
        BinaryMatrix w = t.weights;
        int pairs = fromBlock + (toBlock - fromBlock & -2);
        int row = 0;
        for (; row + 4 <= rows; row += 4) {
            int at = xFrom + row * xStride;
            long first = 0;
            long second = 0;
            long third = 0;
            long fourth = 0;
            for (int block = fromBlock; block < pairs; block += 2) {
                long reached = PopulationCountProducts.fourByTwo(w, t, block, x, at, xStride);
                int shift = block * LANES;
                first |= (reached & PAIR) << shift;
                second |= (reached >>> 2 * LANES & PAIR) << shift;
                third |= (reached >>> 4 * LANES & PAIR) << shift;
                fourth |= (reached >>> 6 * LANES & PAIR) << shift;
            }
            int to = outFrom + row * outStride;
            out[to] = first;
            out[to + outStride] = second;
            out[to + 2 * outStride] = third;
            out[to + 3 * outStride] = fourth;
        }
        int fours = row;
        for (row = 0; row < rows; ++row) {
            int at = xFrom + row * xStride;
            int to = outFrom + row * outStride;
            long bits = row < fours ? out[to] : 0;
            for (int block = row < fours ? pairs : fromBlock; block < toBlock; ++block) {
                long reached = PopulationCountProducts.row(w, t, block, x, at);
                bits |= reached << block * LANES;
            }
            out[to] = bits;
        }
    }

    /** The sums of some rows. */
    private static void counted(
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
            int outStride) {
        // Sums that are added to what is there come from few planes of bits, a row at a time.
        int fours = keep == 0 ? rows & -4 : 0;
        int block = fromBlock;
        for (; block + 2 <= toBlock; block += 2) {
            for (int row = 0; row < fours; row += 4) {
                PopulationCountProducts.fourByTwo(
                        w,
                        block,
                        x,
                        xFrom + row * xStride,
                        xStride,
                        out,
                        outFrom + row * outStride,
                        outStride);
            }
        }
        // Two blocks were taken for four rows: what is left is rows, and perhaps a last block.
        for (int b = fromBlock; b < toBlock; ++b) {
            for (int row = b < block ? fours : 0; row < rows; ++row) {
                PopulationCountProducts.row(
                        w, b, x, xFrom + row * xStride, keep, out, outFrom + row * outStride);
            }
        }
    }

    @Override
    void masked(
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
            int outStride) {
        int full = Math.min(toBlock, w.units / LANES);
        for (int row = 0; row < rows; ++row) {
            int at = xFrom + row * xStride;
            int m = maskFrom + row * maskStride;
            int to = outFrom + row * outStride;
            int selected = 0;
            for (int k = 0; k < w.words; ++k) {
                selected += Long.bitCount(mask[m + k]);
            }
            for (int block = fromBlock; block < full; ++block) {
                PopulationCountProducts.masked(
                        w, block, x, at, mask, m, selected, out, to + block * LANES);
            }
            if (full < toBlock) {
                Tails.masked(w, LANES, full, x, at, mask, m, selected, out, to);
            }
        }
    }

    @Override
    void floats(
            FloatMatrix w,
            int fromBlock,
            int toBlock,
            float[] x,
            int xFrom,
            int xStride,
            int rows,
            float[] out,
            int outFrom,
            int outStride) {
        int full = Math.min(toBlock, w.units / w.lanes);
        int fours = rows & -4;
        int block = fromBlock;
        for (; block + 2 <= full; block += 2) {
            for (int row = 0; row < fours; row += 4) {
                FloatProducts.fourByTwo(
                        w,
                        block,
                        x,
                        xFrom + row * xStride,
                        xStride,
                        out,
                        outFrom + row * outStride,
                        outStride);
            }
        }
        for (int b = fromBlock; b < full; ++b) {
            int first = b < block ? fours : 0;
            FloatProducts.block(
                    w,
                    b,
                    x,
                    xFrom + first * xStride,
                    xStride,
                    rows - first,
                    out,
                    outFrom + first * outStride,
                    outStride);
        }
        if (full < toBlock) {
            Tails.floats(w, full, x, xFrom, xStride, rows, out, outFrom, outStride);
        }
    }

    @Override
    void bytes(
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
            int outStride) {
        int full = Math.min(toBlock, w.units / w.lanes);
        int fours = rows & -4;
        int block = fromBlock;
        for (; block + 2 <= full; block += 2) {
            for (int row = 0; row < fours; row += 4) {
                ByteProducts.fourByTwo(
                        w,
                        block,
                        x,
                        xFrom + row * xStride,
                        xStride,
                        zeroPoint,
                        out,
                        outFrom + row * outStride,
                        outStride);
            }
        }
        for (int b = fromBlock; b < full; ++b) {
            int first = b < block ? fours : 0;
            ByteProducts.block(
                    w,
                    b,
                    x,
                    xFrom + first * xStride,
                    xStride,
                    rows - first,
                    zeroPoint,
                    out,
                    outFrom + first * outStride,
                    outStride);
        }
        if (full < toBlock) {
            Tails.bytes(w, full, x, xFrom, xStride, rows, zeroPoint, out, outFrom, outStride);
        }
    }
}
