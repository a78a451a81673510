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
 * The functions of numbers in scalar code, from some channel or number on: all of them, or what is
 * left behind the last full vector.
 */
final class ScalarFunctions {

    private ScalarFunctions() {}

    /** Compares from a multiple of 64 on. */
    static void compareFrom(
            int first, float[] x, int from, float[] thresholds, long[] out, int outFrom) {
        for (int base = first; base < thresholds.length; base += 64) {
            int end = Math.min(64, thresholds.length - base);
            long bits = 0;
            for (int b = 0; b < end; ++b) {
                bits |= x[from + base + b] >= thresholds[base + b] ? 1L << b : 0;
            }
            out[outFrom + (base >>> 6)] = bits;
        }
    }

    /** Compares from a multiple of 64 on, without branches, which would be mispredicted. */
    static void compareFrom(
            int first, int[] x, int from, int[] thresholds, long[] out, int outFrom) {
        for (int base = first; base < thresholds.length; base += 64) {
            int end = Math.min(64, thresholds.length - base);
            long bits = 0;
            for (int b = 0; b < end; ++b) {
                long difference = (long) x[from + base + b] - thresholds[base + b];
                bits |= (~difference >>> 63) << b;
            }
            out[outFrom + (base >>> 6)] = bits;
        }
    }

    /** The channels of one position from some channel on. */
    static void affineFrom(
            int first, float[] x, int from, float[] scale, float[] bias, boolean fused) {
        if (fused) {
            for (int c = first; c < scale.length; ++c) {
                x[from + c] = Math.fma(x[from + c], scale[c], bias[c]);
            }
        } else {
            for (int c = first; c < scale.length; ++c) {
                x[from + c] = x[from + c] * scale[c] + bias[c];
            }
        }
    }

    /** The channels of one position from some channel on. */
    static void slopeFrom(int first, float[] x, int from, float[] slope) {
        // Maximum and minimum are a vector instruction each; a comparison would be a branch.
        for (int c = first; c < slope.length; ++c) {
            x[from + c] = Math.max(x[from + c], 0f) + slope[c] * Math.min(x[from + c], 0f);
        }
    }

    /** The channels of one position from some channel on. */
    static void clipFrom(int first, float[] x, int from, float[] low, float[] high) {
        for (int c = first; c < low.length; ++c) {
            x[from + c] = Math.min(Math.max(x[from + c], low[c]), high[c]);
        }
    }

    /** Adds from some number on. */
    static void addFrom(int first, int[] summands, int[] to, int at) {
        for (int i = first; i < summands.length; ++i) {
            to[at + i] += summands[i];
        }
    }

    /** Averages from some channel on. */
    static void averageFrom(
            int firstChannel,
            float[] from,
            int first,
            int line,
            int rows,
            int columns,
            int channels,
            float[] to,
            int at,
            int count) {
        for (int c = firstChannel; c < channels; ++c) {
            to[at + c] = 0;
        }
        for (int y = 0; y < rows; ++y) {
            for (int x = 0; x < columns; ++x) {
                int pixel = first + y * line + x * channels;
                for (int c = firstChannel; c < channels; ++c) {
                    to[at + c] += from[pixel + c];
                }
            }
        }
        for (int c = firstChannel; c < channels; ++c) {
            to[at + c] /= count;
        }
    }

    /** The functions from some channel on, without vectors. */
    static void sumFunctionsFrom(
            int first,
            SumFunctions f,
            int[] sums,
            int from,
            float[] residual,
            int residualFrom,
            int residualStride,
            int positions,
            float[] to,
            int at,
            long[] bits,
            int bitsFrom) {
        int words = f.channels + 63 >>> 6;
        for (int p = 0; p < positions; ++p) {
            for (int c = first; c < f.channels; ++c) {
                float r = residual[residualFrom + p * residualStride + c];
                float y = f.of(sums[from + p * f.channels + c], c, r);
                to[at + p * f.channels + c] = y;
                setBit(bits, bitsFrom + p * words + (c >>> 6), c, y >= f.thresholds[c]);
            }
        }
    }

    /** The functions from some channel on, without vectors. */
    static void floatFunctionsFrom(
            int first,
            SumFunctions f,
            float[] sums,
            int from,
            float[] residual,
            int residualFrom,
            int residualStride,
            int positions,
            float[] to,
            int at,
            long[] bits,
            int bitsFrom) {
        int words = f.channels + 63 >>> 6;
        for (int p = 0; p < positions; ++p) {
            for (int c = first; c < f.channels; ++c) {
                float r = residual[residualFrom + p * residualStride + c];
                float y = f.of(sums[from + p * f.channels + c], c, r);
                to[at + p * f.channels + c] = y;
                setBit(bits, bitsFrom + p * words + (c >>> 6), c, y >= f.thresholds[c]);
            }
        }
    }

    /** Sets a bit of a word, of which the lowest bit comes first. */
    private static void setBit(long[] bits, int word, int bit, boolean set) {
        long others = (bit & 63) == 0 ? 0 : bits[word];
        bits[word] = others | (set ? 1L << bit : 0);
    }
}
