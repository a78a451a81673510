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

/** The units past the last full block, in scalar code over the layout of the blocks. */
final class Tails {

    private Tails() {}

    static void binary(
            BinaryMatrix w,
            int lanes,
            int block,
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
            for (int unit = block * lanes; unit < w.units; ++unit) {
                int from = block * lanes * w.words + unit % lanes;
                int different = 0;
                for (int k = 0; k < w.words; ++k) {
                    different += Long.bitCount(x[at + k] ^ w.laidOut[from + lanes * k]);
                }
                int to = outFrom + row * outStride + unit;
                out[to] = (keep == 0 ? 0 : keep * out[to]) + w.width - 2 * different;
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
            float[] x,
            int xFrom,
            int xStride,
            int rows,
            float[] out,
            int outFrom,
            int outStride) {
        for (int row = 0; row < rows; ++row) {
            int at = xFrom + row * xStride;
            for (int unit = block * w.lanes; unit < w.units; ++unit) {
                int from = block * w.lanes * w.inputs + unit % w.lanes;
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
