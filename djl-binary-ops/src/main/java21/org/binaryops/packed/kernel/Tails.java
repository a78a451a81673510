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
 * Scalar code over the layout of the blocks: for the units past the last full block, and for all
 * while {@link Warming} holds the vectors back.
 */
final class Tails {

    private Tails() {}

    static void binary(
            BinaryMatrix w,
            int lanes,
            int block,
            int toBlock,
            long[] x,
            int xFrom,
            int xStride,
            int rows,
            int keep,
            int[] out,
            int outFrom,
            int outStride) {
        for (int row = 0; row < rows; ++row) {
            int at = xFrom + row * xStride;
            for (int unit = block * lanes; unit < Math.min(toBlock * lanes, w.units); ++unit) {
                int to = outFrom + row * outStride + unit;
                int different = different(w, lanes, unit, x, at);
                out[to] = (keep == 0 ? 0 : keep * out[to]) + w.width - 2 * different;
            }
        }
    }

    private static int different(BinaryMatrix w, int lanes, int unit, long[] x, int at) {
        int from = unit / lanes * lanes * w.words + unit % lanes;
        int different = 0;
        for (int k = 0; k < w.words; ++k) {
            different += Long.bitCount(x[at + k] ^ w.laidOut[from + lanes * k]);
        }
        return different;
    }

    /** Bits without their flips. */
    static void bits(
            ThresholdedMatrix t,
            int lanes,
            int block,
            int toBlock,
            long[] x,
            int xFrom,
            int xStride,
            int rows,
            long[] out,
            int outFrom,
            int outStride) {
        for (int row = 0; row < rows; ++row) {
            for (int unit = block * lanes; unit < toBlock * lanes; ++unit) {
                int different = different(t.weights, lanes, unit, x, xFrom + row * xStride);
                long reached = different <= t.mostDifferent[unit] ? 1L << unit : 0;
                int to = outFrom + row * outStride + (unit >>> 6);
                out[to] = (unit & 63) == 0 ? reached : out[to] | reached;
            }
        }
    }

    static void masked(
            BinaryMatrix w,
            int lanes,
            int block,
            long[] x,
            int at,
            long[] mask,
            int m,
            int selected,
            int[] out,
            int to) {
        for (int unit = block * lanes; unit < w.units; ++unit) {
            int from = block * lanes * w.words + unit % lanes;
            int different = 0;
            for (int k = 0; k < w.words; ++k) {
                long unequal = x[at + k] ^ w.laidOut[from + lanes * k];
                different += Long.bitCount(unequal & mask[m + k]);
            }
            out[to + unit] = selected - 2 * different;
        }
    }

    static void floats(
            FloatMatrix w,
            int block,
            int toBlock,
            float[] x,
            int xFrom,
            int xStride,
            int rows,
            float[] out,
            int outFrom,
            int outStride) {
        for (int row = 0; row < rows; ++row) {
            int at = xFrom + row * xStride;
            for (int unit = block * w.lanes; unit < Math.min(toBlock * w.lanes, w.units); ++unit) {
                int from = unit / w.lanes * w.lanes * w.inputs + unit % w.lanes;
                float sum = 0;
                for (int k = 0; k < w.inputs; ++k) {
                    sum += x[at + k] * w.laidOut[from + w.lanes * k];
                }
                out[outFrom + row * outStride + unit] = sum;
            }
        }
    }

    static void bytes(
            ByteMatrix w,
            int block,
            byte[] x,
            int xFrom,
            int xStride,
            int rows,
            int zeroPoint,
            int[] out,
            int outFrom,
            int outStride) {
        for (int row = 0; row < rows; ++row) {
            int at = xFrom + row * xStride;
            for (int unit = block * w.lanes; unit < w.units; ++unit) {
                int from = block * w.lanes * w.inputs + unit % w.lanes;
                int sum = 0;
                for (int k = 0; k < w.inputs; ++k) {
                    sum += (x[at + k] & 0xFF) * w.laidOut[from + w.lanes * k];
                }
                out[outFrom + row * outStride + unit] = sum - zeroPoint * w.sums[unit];
            }
        }
    }
}
