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
 * Gathers what the kernel of a convolution sees at neighbouring positions of a row of the output,
 * column by column, so that each column is copied once: the rows of two positions overlap. Columns
 * of the padding are clear bits. For wide images this is a third of the copies of {@link BitRows}.
 */
final class BitColumns {

    /** In narrower images a product would have too few rows to read the weights for. */
    private static final int LEAST_WIDTH = 16;

    private final Window window;
    private final int pixelWords;
    private final int columnWords;

    private BitColumns(Window window) {
        this.window = window;
        pixelWords = ValueType.words(window.channels());
        columnWords = window.kernelHeight() * pixelWords;
    }

    /** Gathers for a window, or {@code null} where columns are no whole words or do not overlap. */
    static BitColumns of(Window window, int groups) {
        boolean overlap =
                window.kernelWidth() > window.strideWidth() && window.dilationWidth() == 1;
        // Products take four rows at a time.
        boolean wide = window.outputWidth() >= LEAST_WIDTH && (window.outputWidth() & 3) == 0;
        boolean whole = groups == 1 && (window.channels() & 63) == 0;
        return overlap && wide && whole ? new BitColumns(window) : null;
    }

    /** Weights [units, kernel height, kernel width, words] in the order of the columns. */
    long[] arranged(long[] weights) {
        int rowWords = window.kernelWidth() * columnWords;
        long[] arranged = new long[weights.length];
        for (int from = 0; from < weights.length; from += rowWords) {
            for (int tap = 0; tap < window.taps(); ++tap) {
                int y = tap / window.kernelWidth();
                int x = tap % window.kernelWidth();
                System.arraycopy(
                        weights,
                        from + tap * pixelWords,
                        arranged,
                        from + x * columnWords + y * pixelWords,
                        pixelWords);
            }
        }
        return arranged;
    }

    /** How many words the rows of two positions are apart. */
    int stride() {
        return window.strideWidth() * columnWords;
    }

    /** The words of the columns of so many positions. */
    int words(int positions) {
        return columns(positions) * columnWords;
    }

    private int columns(int positions) {
        return (positions - 1) * window.strideWidth() + window.kernelWidth();
    }

    /** As many whole rows of the output as make about so many positions, else so many. */
    int tile(int positions) {
        int width = window.outputWidth();
        return width > 2 * positions ? positions : width * Math.max(1, positions / width);
    }

    /** Gathers the columns of some positions of a row of the output. */
    void gather(long[] image, int from, int outY, int outX, int positions, long[] to) {
        int columns = columns(positions);
        int first = window.column(outX);
        // All columns may lie in the padding, on either side.
        int begin = Math.min(columns, Math.max(0, -first));
        int end = Math.max(begin, Math.min(columns, window.width() - first));
        int y = window.row(outY);
        for (int ky = 0; ky < window.kernelHeight(); ++ky, y += window.dilationHeight()) {
            int at = ky * pixelWords;
            if (y < 0 || y >= window.height()) {
                clear(to, at, 0, columns);
                continue;
            }
            clear(to, at, 0, begin);
            clear(to, at, end, columns);
            int source = from + (y * window.width() + first + begin) * pixelWords;
            for (int i = begin; i < end; ++i) {
                for (int w = 0; w < pixelWords; ++w, ++source) {
                    to[at + i * columnWords + w] = image[source];
                }
            }
        }
    }

    private void clear(long[] to, int at, int begin, int end) {
        for (int i = begin; i < end; ++i) {
            int pixel = at + i * columnWords;
            Arrays.fill(to, pixel, pixel + pixelWords, 0);
        }
    }
}
