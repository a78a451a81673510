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
 * The kernels in plain Java: the reference for the others, and what runs where no other can.
 *
 * <p>A block is a single unit, so that matrices stay as they are in files. Four units share each
 * load of an input word; their weights stay in the first cache for all rows of the call.
 */
final class ScalarKernels extends Kernels {

    ScalarKernels() {
        super("scalar", 1);
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
        int words = w.words;
        int width = w.width;
        int unit = fromBlock;
        for (; unit + 4 <= toBlock; unit += 4) {
            for (int row = 0; row < rows; ++row) {
                int at = xFrom + row * xStride;
                int to = outFrom + row * outStride + unit;
                if (keep == 0) {
                    four(x, at, w.laidOut, unit * words, words, width, out, to);
                } else {
                    int o0 = out[to];
                    int o1 = out[to + 1];
                    int o2 = out[to + 2];
                    int o3 = out[to + 3];
                    four(x, at, w.laidOut, unit * words, words, width, out, to);
                    out[to] += keep * o0;
                    out[to + 1] += keep * o1;
                    out[to + 2] += keep * o2;
                    out[to + 3] += keep * o3;
                }
            }
        }
        for (; unit < toBlock; ++unit) {
            for (int row = 0; row < rows; ++row) {
                int to = outFrom + row * outStride + unit;
                int different = one(x, xFrom + row * xStride, w.laidOut, unit * words, words);
                out[to] = (keep == 0 ? 0 : keep * out[to]) + width - 2 * different;
            }
        }
    }

    private static void four(
            long[] x, int xFrom, long[] w, int wFrom, int words, int width, int[] out, int to) {
        int w1 = wFrom + words;
        int w2 = w1 + words;
        int w3 = w2 + words;
        int d0 = 0;
        int d1 = 0;
        int d2 = 0;
        int d3 = 0;
        for (int i = 0; i < words; ++i) {
            long bits = x[xFrom + i];
            d0 += Long.bitCount(bits ^ w[wFrom + i]);
            d1 += Long.bitCount(bits ^ w[w1 + i]);
            d2 += Long.bitCount(bits ^ w[w2 + i]);
            d3 += Long.bitCount(bits ^ w[w3 + i]);
        }
        out[to] = width - 2 * d0;
        out[to + 1] = width - 2 * d1;
        out[to + 2] = width - 2 * d2;
        out[to + 3] = width - 2 * d3;
    }

    private static int one(long[] x, int xFrom, long[] w, int wFrom, int words) {
        int different = 0;
        for (int i = 0; i < words; ++i) {
            different += Long.bitCount(x[xFrom + i] ^ w[wFrom + i]);
        }
        return different;
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
        int words = w.words;
        for (int row = 0; row < rows; ++row) {
            int at = xFrom + row * xStride;
            int m = maskFrom + row * maskStride;
            int count = 0;
            for (int i = 0; i < words; ++i) {
                count += Long.bitCount(mask[m + i]);
            }
            for (int unit = fromBlock; unit < toBlock; ++unit) {
                int different = 0;
                for (int i = 0; i < words; ++i) {
                    long unequal = x[at + i] ^ w.laidOut[unit * words + i];
                    different += Long.bitCount(unequal & mask[m + i]);
                }
                out[outFrom + row * outStride + unit] = count - 2 * different;
            }
        }
    }

    @Override
    void bits(
            ThresholdedMatrix w,
            int fromBlock,
            int toBlock,
            long[] x,
            int xFrom,
            int xStride,
            int rows,
            long[] out,
            int outFrom,
            int outStride) {
        long[] weights = w.weights.laidOut;
        int words = w.weights.words;
        for (int first = fromBlock; first < toBlock; first += 64) {
            int last = Math.min(toBlock, first + 64);
            for (int row = 0; row < rows; ++row) {
                int at = xFrom + row * xStride;
                long bits = 0;
                for (int unit = first; unit < last; ++unit) {
                    int different = one(x, at, weights, unit * words, words);
                    if (different <= w.mostDifferent[unit]) {
                        bits |= 1L << unit;
                    }
                }
                out[outFrom + row * outStride + (first >>> 6)] = bits ^ w.flips[first >>> 6];
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
        int inputs = w.inputs;
        float[] weights = w.laidOut;
        for (int block = fromBlock; block < toBlock; ++block) {
            int from = 2 * block * inputs;
            boolean both = 2 * block + 1 < w.units;
            for (int row = 0; row < rows; ++row) {
                int at = xFrom + row * xStride;
                float even = 0;
                float odd = 0;
                for (int k = 0; k < inputs; ++k) {
                    even += x[at + k] * weights[from + 2 * k];
                    odd += x[at + k] * weights[from + 2 * k + 1];
                }
                int to = outFrom + row * outStride + 2 * block;
                out[to] = even;
                if (both) {
                    out[to + 1] = odd;
                }
            }
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
        int inputs = w.inputs;
        int[] weights = w.laidOut;
        for (int block = fromBlock; block < toBlock; ++block) {
            int from = 2 * block * inputs;
            boolean both = 2 * block + 1 < w.units;
            for (int row = 0; row < rows; ++row) {
                int at = xFrom + row * xStride;
                int even = 0;
                int odd = 0;
                for (int k = 0; k < inputs; ++k) {
                    int value = x[at + k] & 0xFF;
                    even += value * weights[from + 2 * k];
                    odd += value * weights[from + 2 * k + 1];
                }
                int to = outFrom + row * outStride + 2 * block;
                out[to] = even - zeroPoint * w.sums[2 * block];
                if (both) {
                    out[to + 1] = odd - zeroPoint * w.sums[2 * block + 1];
                }
            }
        }
    }
}
