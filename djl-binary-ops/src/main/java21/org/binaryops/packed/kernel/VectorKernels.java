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
final class VectorKernels extends Kernels {

    private static final int LANES = VectorWidth.LONGS.length();

    /** Whether a population count is one instruction. Vectors of 512 bits come with it. */
    private static final boolean COUNTS = VectorWidth.BITS == 512;

    /** Unknown to the compiler; see {@link CarrySaveProducts#block}. */
    private final int step = Integer.parseInt("8");

    VectorKernels() {
        super(Integer.toString(VectorWidth.BITS), LANES);
    }

    @Override
    public void compare(float[] x, int from, float[] thresholds, long[] out, int outFrom) {
        int full = thresholds.length & -64;
        Comparisons.words(x, from, thresholds, full, out, outFrom);
        compareFrom(full, x, from, thresholds, out, outFrom);
    }

    @Override
    public void compare(int[] x, int from, int[] thresholds, long[] out, int outFrom) {
        int full = thresholds.length & -64;
        Comparisons.words(x, from, thresholds, full, out, outFrom);
        compareFrom(full, x, from, thresholds, out, outFrom);
    }

    @Override
    public void affine(
            float[] x, int from, int positions, float[] scale, float[] bias, boolean fused) {
        int full = ChannelFunctions.full(scale.length);
        if (fused) {
            ChannelFunctions.fused(x, from, positions, scale, bias);
        } else {
            ChannelFunctions.affine(x, from, positions, scale, bias);
        }
        for (int p = 0; full < scale.length && p < positions; ++p) {
            affineFrom(full, x, from + p * scale.length, scale, bias, fused);
        }
    }

    @Override
    public void slope(float[] x, int from, int positions, float[] slope) {
        int full = ChannelFunctions.full(slope.length);
        ChannelFunctions.slope(x, from, positions, slope);
        for (int p = 0; full < slope.length && p < positions; ++p) {
            slopeFrom(full, x, from + p * slope.length, slope);
        }
    }

    @Override
    public void clip(float[] x, int from, int positions, float[] low, float[] high) {
        int full = ChannelFunctions.full(low.length);
        ChannelFunctions.clip(x, from, positions, low, high);
        for (int p = 0; full < low.length && p < positions; ++p) {
            clipFrom(full, x, from + p * low.length, low, high);
        }
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
        if (COUNTS) {
            counted(
                    w, null, fromBlock, full, x, xFrom, xStride, rows, keep, out, null, outFrom,
                    outStride);
        } else {
            for (int block = fromBlock; block < full; ++block) {
                CarrySaveProducts.block(
                        w,
                        null,
                        block,
                        x,
                        xFrom,
                        xStride,
                        rows,
                        step,
                        keep,
                        out,
                        null,
                        outFrom + block * LANES,
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
        BinaryMatrix w = t.weights;
        if (COUNTS) {
            counted(
                    w, t, fromBlock, toBlock, x, xFrom, xStride, rows, 0, null, out, outFrom,
                    outStride);
        } else {
            for (int block = fromBlock; block < toBlock; ++block) {
                CarrySaveProducts.block(
                        w,
                        t,
                        block,
                        x,
                        xFrom,
                        xStride,
                        rows,
                        step,
                        0,
                        null,
                        out,
                        outFrom + (block * LANES >>> 6),
                        outStride);
            }
        }
        int toWord = block64(toBlock);
        for (int word = fromBlock * LANES >>> 6; word < toWord; ++word) {
            long flips = t.flips[word];
            if (flips != 0) {
                for (int row = 0; row < rows; ++row) {
                    out[outFrom + row * outStride + word] ^= flips;
                }
            }
        }
    }

    private static int block64(int toBlock) {
        return toBlock * LANES + 63 >>> 6;
    }

    private static void counted(
            BinaryMatrix w,
            ThresholdedMatrix t,
            int fromBlock,
            int toBlock,
            long[] x,
            int xFrom,
            int xStride,
            int rows,
            int keep,
            int[] out,
            long[] bits,
            int outFrom,
            int outStride) {
        int fours = rows & -4;
        int block = fromBlock;
        for (; block + 2 <= toBlock; block += 2) {
            for (int row = 0; row < fours; row += 4) {
                PopulationCountProducts.fourByTwo(
                        w,
                        t,
                        block,
                        x,
                        xFrom + row * xStride,
                        xStride,
                        keep,
                        out,
                        bits,
                        outFrom + row * outStride,
                        outStride);
            }
        }
        // Two blocks were taken for four rows: what is left is rows, and perhaps a last block.
        for (int b = fromBlock; b < toBlock; ++b) {
            int first = b < block ? fours : 0;
            PopulationCountProducts.block(
                    w,
                    t,
                    b,
                    x,
                    xFrom + first * xStride,
                    xStride,
                    rows - first,
                    keep,
                    out,
                    bits,
                    outFrom + first * outStride,
                    outStride);
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
