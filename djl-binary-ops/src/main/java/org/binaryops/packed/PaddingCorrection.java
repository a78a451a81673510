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

import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import org.binaryops.packed.kernel.Kernels;

/**
 * What zero padding adds to binary accumulators. A layer pads with zeros, whose products vanish; in
 * bits a padded position reads as −1, whose product with a weight is minus the weight. The sum of
 * the weights under the padding makes up for it. It depends only on which kernel rows and columns
 * lie outside, so that there is one row of sums for each such pattern.
 */
final class PaddingCorrection {

    private final int[] rowPattern;
    private final int[] columnPattern;
    private final int columnPatterns;

    /** For each pattern of rows and columns the sums of all units; null where nothing is padded. */
    private final int[][] sums;

    /**
     * Sums the weights.
     *
     * @param tapSums [units, taps] the sum of the weights of a unit at a kernel position
     */
    PaddingCorrection(Window window, int[] tapSums, int units) {
        int[] rows = new int[window.outputHeight()];
        int[] columns = new int[window.outputWidth()];
        int rowCount =
                patterns(
                        rows,
                        window.strideHeight(),
                        window.paddingHeight(),
                        window.dilationHeight(),
                        window.kernelHeight(),
                        window.height());
        int columnCount =
                patterns(
                        columns,
                        window.strideWidth(),
                        window.paddingWidth(),
                        window.dilationWidth(),
                        window.kernelWidth(),
                        window.width());
        rowPattern = rows;
        columnPattern = columns;
        columnPatterns = columnCount;
        sums = new int[rowCount * columnCount][];
        for (int y = 0; y < rows.length; ++y) {
            for (int x = 0; x < columns.length; ++x) {
                int pattern = rows[y] * columnCount + columns[x];
                if (pattern != 0 && sums[pattern] == null) {
                    sums[pattern] = sum(window, y, x, tapSums, units);
                }
            }
        }
    }

    /** Numbers the patterns of an axis; 0 is the one with nothing outside. */
    private static int patterns(
            int[] of, int stride, int padding, int dilation, int kernel, int size) {
        Map<BitSet, Integer> known = new HashMap<>();
        known.put(new BitSet(), 0);
        for (int o = 0; o < of.length; ++o) {
            int first = o * stride - padding;
            if (first >= 0 && first + dilation * (kernel - 1) < size) {
                continue;
            }
            BitSet outside = new BitSet(kernel);
            for (int k = 0; k < kernel; ++k) {
                int at = first + k * dilation;
                outside.set(k, at < 0 || at >= size);
            }
            of[o] = known.computeIfAbsent(outside, key -> known.size());
        }
        return known.size();
    }

    private static int[] sum(Window window, int outY, int outX, int[] tapSums, int units) {
        int[] sum = new int[units];
        for (int tap = 0; tap < window.taps(); ++tap) {
            int y = window.row(outY) + tap / window.kernelWidth() * window.dilationHeight();
            int x = window.column(outX) + tap % window.kernelWidth() * window.dilationWidth();
            if (y < 0 || y >= window.height() || x < 0 || x >= window.width()) {
                for (int n = 0; n < units; ++n) {
                    sum[n] += tapSums[n * window.taps() + tap];
                }
            }
        }
        return sum;
    }

    /** Adds the sums of all units to the accumulators of some output positions. */
    void add(int position, int count, int[] to, int at) {
        int columns = columnPattern.length;
        int row = position / columns;
        int column = position % columns;
        for (int p = 0; p < count; ++p) {
            int[] sum = sums[rowPattern[row] * columnPatterns + columnPattern[column]];
            if (sum != null) {
                Kernels.get().add(sum, to, at + p * sum.length);
            }
            if (++column == columns) {
                column = 0;
                ++row;
            }
        }
    }
}
