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
 * Gathers what the kernel of a convolution sees into rows of bits (im2row), without any number in
 * between: row of an output position = the channels of a group at each kernel position, one after
 * the other, without gaps. Padding is clear bits.
 */
final class BitRows {

    private static final int FEW = 8;

    private final Window window;
    private final int pixelWords;
    private final int groupChannels;
    private final int words;

    BitRows(Window window, int groups) {
        this.window = window;
        pixelWords = ValueType.words(window.channels());
        groupChannels = window.channels() / groups;
        words = ValueType.words(window.taps() * groupChannels);
    }

    /** The number of words of a row. */
    int words() {
        return words;
    }

    /** Gathers the rows of some output positions. */
    void gather(long[] image, int from, int group, int position, int count, long[] rows) {
        boolean aligned = (groupChannels & 63) == 0;
        boolean runs = aligned && groupChannels == window.channels() && window.dilationWidth() == 1;
        int columns = window.outputWidth();
        int outY = position / columns;
        int outX = position % columns;
        for (int i = 0; i < count; ++i) {
            if (runs) {
                gatherRuns(image, from, outY, outX, rows, i * words);
            } else if (aligned) {
                gatherWords(image, from, group, outY, outX, rows, i * words);
            } else {
                gatherBits(image, from, group, outY, outX, rows, i * words);
            }
            if (++outX == columns) {
                outX = 0;
                ++outY;
            }
        }
    }

    /** A row of the kernel lies side by side in the image, but for what is outside. */
    private void gatherRuns(long[] image, int from, int outY, int outX, long[] rows, int at) {
        int run = window.kernelWidth() * pixelWords;
        int firstX = window.column(outX);
        int left = Math.max(0, -firstX);
        int inside = Math.min(window.kernelWidth(), window.width() - firstX) - left;
        boolean whole = inside == window.kernelWidth();
        int y = window.row(outY);
        int tap = at;
        for (int ky = 0; ky < window.kernelHeight(); ++ky, tap += run) {
            boolean beside = inside <= 0 || y < 0 || y >= window.height();
            if (beside || !whole) {
                Arrays.fill(rows, tap, tap + run, 0);
            }
            if (!beside) {
                copy(
                        image,
                        from + (y * window.width() + firstX + left) * pixelWords,
                        rows,
                        tap + left * pixelWords,
                        inside * pixelWords);
            }
            y += window.dilationHeight();
        }
    }

    /** A call of arraycopy costs more than to copy few words one by one. */
    private static void copy(long[] from, int source, long[] to, int at, int count) {
        if (count > FEW) {
            System.arraycopy(from, source, to, at, count);
            return;
        }
        for (int i = 0; i < count; ++i) {
            to[at + i] = from[source + i];
        }
    }

    private void gatherWords(
            long[] image, int from, int group, int outY, int outX, long[] rows, int at) {
        int some = groupChannels >>> 6;
        int firstX = window.column(outX);
        int stepX = window.dilationWidth();
        int kernelWidth = window.kernelWidth();
        int tap = at;
        for (int ky = 0; ky < window.kernelHeight(); ++ky) {
            int y = window.row(outY) + ky * window.dilationHeight();
            boolean inside = y >= 0 && y < window.height();
            int line = from + y * window.width() * pixelWords + group * some;
            for (int kx = 0; kx < kernelWidth; ++kx, tap += some) {
                int x = firstX + kx * stepX;
                if (inside && x >= 0 && x < window.width()) {
                    int pixel = line + x * pixelWords;
                    for (int w = 0; w < some; ++w) {
                        rows[tap + w] = image[pixel + w];
                    }
                } else {
                    for (int w = 0; w < some; ++w) {
                        rows[tap + w] = 0;
                    }
                }
            }
        }
    }

    private void gatherBits(
            long[] image, int from, int group, int outY, int outX, long[] rows, int at) {
        for (int w = 0; w < words; ++w) {
            rows[at + w] = 0;
        }
        int bit = 0;
        for (int ky = 0; ky < window.kernelHeight(); ++ky) {
            int y = window.row(outY) + ky * window.dilationHeight();
            for (int kx = 0; kx < window.kernelWidth(); ++kx, bit += groupChannels) {
                int x = window.column(outX) + kx * window.dilationWidth();
                if (y >= 0 && y < window.height() && x >= 0 && x < window.width()) {
                    int pixel = from + (y * window.width() + x) * pixelWords;
                    append(image, pixel, group * groupChannels, groupChannels, rows, at, bit);
                }
            }
        }
    }

    /** Copies bits from anywhere to anywhere; the target is clear. */
    private static void append(
            long[] from, int word, int bit, int count, long[] to, int at, int target) {
        for (int done = 0; done < count; ) {
            int source = bit + done;
            int goal = target + done;
            int some = Math.min(count - done, Math.min(64 - (source & 63), 64 - (goal & 63)));
            long mask = some == 64 ? -1L : (1L << some) - 1;
            long bits = from[word + (source >>> 6)] >>> source & mask;
            to[at + (goal >>> 6)] |= bits << goal;
            done += some;
        }
    }
}
