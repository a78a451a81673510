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
package org.binaryops.packed;

import java.util.Arrays;

/**
 * The products of a depthwise binary convolution, where each channel has one filter of its own.
 * With a bit for each channel side by side, one word compares 64 channels at a kernel position, and
 * adders of bits count the differences of all 64 at once; rows of a single channel would waste a
 * word on a handful of bits.
 */
final class DepthwiseProducts {

    private final Window window;
    private final int words;

    /** [kernel positions, words], a bit for each channel: set where its weight is +1. */
    private final long[] weights;

    /** Bits of the largest count, the number of kernel positions. */
    private final int planes;

    /**
     * Transposes the weights.
     *
     * @param rows the weights, a row of kernel positions for each channel
     */
    DepthwiseProducts(Window window, long[] rows) {
        this.window = window;
        words = ValueType.words(window.channels());
        int taps = window.taps();
        int rowWords = ValueType.words(taps);
        weights = new long[taps * words];
        for (int c = 0; c < window.channels(); ++c) {
            for (int tap = 0; tap < taps; ++tap) {
                long bit = rows[c * rowWords + (tap >>> 6)] >>> tap & 1;
                weights[tap * words + (c >>> 6)] |= bit << c;
            }
        }
        planes = 32 - Integer.numberOfLeadingZeros(taps);
    }

    /** Computes the accumulators of some output positions; padding counts as −1. */
    void accumulate(
            Scratch scratch, long[] image, int from, int position, int count, int[] to, int at) {
        long[] sums = scratch.words(planes);
        for (int i = 0; i < count; ++i) {
            for (int word = 0; word < words; ++word) {
                Arrays.fill(sums, 0, planes, 0);
                differences(image, from + word, position + i, word, sums);
                int first = at + i * window.channels() + 64 * word;
                int some = Math.min(64, window.channels() - 64 * word);
                for (int c = 0; c < some; ++c) {
                    int different = 0;
                    for (int p = 0; p < planes; ++p) {
                        different |= (int) (sums[p] >>> c & 1) << p;
                    }
                    to[first + c] = window.taps() - 2 * different;
                }
            }
        }
    }

    /** Counts for 64 channels: bit c of word p is bit p of the count of channel c. */
    private void differences(long[] image, int from, int position, int word, long[] sums) {
        int top = window.row(position / window.outputWidth());
        int left = window.column(position % window.outputWidth());
        int tap = word;
        for (int ky = 0; ky < window.kernelHeight(); ++ky) {
            int y = top + ky * window.dilationHeight();
            for (int kx = 0; kx < window.kernelWidth(); ++kx, tap += words) {
                int x = left + kx * window.dilationWidth();
                boolean inside = y >= 0 && y < window.height() && x >= 0 && x < window.width();
                long bits = inside ? image[from + (y * window.width() + x) * words] : 0;
                long carry = bits ^ weights[tap];
                for (int p = 0; carry != 0; ++p) {
                    long both = sums[p] & carry;
                    sums[p] ^= carry;
                    carry = both;
                }
            }
        }
    }
}
