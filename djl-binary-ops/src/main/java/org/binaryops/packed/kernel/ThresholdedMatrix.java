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

import java.util.Arrays;
import java.util.concurrent.Executor;

/**
 * A binary matrix with a threshold for each unit: what is left of a binary layer, its scales, its
 * bias, its batch normalization and the sign after it. Made by {@link BinaryMatrix#withThresholds}.
 */
public final class ThresholdedMatrix {

    final BinaryMatrix weights;

    /**
     * For each unit, padded to the lanes, the most differing bits with which the threshold is
     * reached: K − 2d ≥ t just where d ≤ (K − t)/2. −1 where it never is.
     */
    final long[] mostDifferent;

    final long[] flips;

    ThresholdedMatrix(BinaryMatrix weights, int[] limits, long[] flips) {
        this.weights = weights;
        int units = weights.units;
        Checks.length("thresholds", units, limits.length);
        Checks.length("words of flips", Checks.words(units), flips.length);
        Checks.clearPast("flips", flips, 1, units);
        this.flips = flips.clone();
        mostDifferent = new long[weights.blocks() * weights.kernels.lanes()];
        // Lanes past the last unit never reach theirs: their bits are clear.
        Arrays.fill(mostDifferent, -1);
        for (int unit = 0; unit < units; ++unit) {
            long most = Math.floorDiv((long) weights.width - limits[unit], 2L);
            mostDifferent[unit] = Math.max(-1, Math.min(weights.width, most));
        }
    }

    /**
     * Returns the weights.
     *
     * @return the weights
     */
    public BinaryMatrix weights() {
        return weights;
    }

    /**
     * Returns the number of words of a row of outputs.
     *
     * @return ⌈N/64⌉
     */
    public int outWords() {
        return flips.length;
    }

    /**
     * Multiplies rows of inputs ±1 and compares with the thresholds.
     *
     * @param x the inputs as bits
     * @param xFrom the index of the first word
     * @param xStride the distance from one row to the next, at least the words of a row
     * @param rows the number of rows
     * @param out receives N bits for each row in ⌈N/64⌉ words, which are overwritten whole; bits
     *     past N are cleared
     * @param outFrom the index of the first word
     * @param outStride the distance from one row to the next, at least {@link #outWords()}
     * @throws IllegalArgumentException if the rows do not fit the arrays
     */
    public void multiply(
            long[] x, int xFrom, int xStride, int rows, long[] out, int outFrom, int outStride) {
        weights.check(xFrom, xStride, rows, x.length);
        Checks.rows("bits", outFrom, outStride, rows, outWords(), out.length);
        weights.kernels.bits(
                this, 0, weights.blocks(), x, xFrom, xStride, rows, out, outFrom, outStride);
    }

    /**
     * Multiplies on several threads: divides the rows if there are enough, else the units by the
     * words of their bits. The bits are those of one thread.
     *
     * @param x the inputs as bits
     * @param xFrom the index of the first word
     * @param xStride the distance from one row to the next, at least the words of a row
     * @param rows the number of rows
     * @param out receives N bits for each row in ⌈N/64⌉ words
     * @param outFrom the index of the first word
     * @param outStride the distance from one row to the next, at least {@link #outWords()}
     * @param executor runs all parts but one, which the calling thread takes
     * @param parts the number of parts, 1 or more
     * @throws IllegalArgumentException if the rows do not fit the arrays
     */
    public void multiply(
            long[] x,
            int xFrom,
            int xStride,
            int rows,
            long[] out,
            int outFrom,
            int outStride,
            Executor executor,
            int parts) {
        weights.check(xFrom, xStride, rows, x.length);
        Checks.rows("bits", outFrom, outStride, rows, outWords(), out.length);
        Kernels kernels = weights.kernels;
        Split.Range ofRows =
                (from, to) ->
                        kernels.bits(
                                this,
                                0,
                                weights.blocks(),
                                x,
                                xFrom + from * xStride,
                                xStride,
                                to - from,
                                out,
                                outFrom + from * outStride,
                                outStride);
        Split.Range ofBlocks =
                (from, to) ->
                        kernels.bits(
                                this, from, to, x, xFrom, xStride, rows, out, outFrom, outStride);
        if (rows >= parts) {
            Split.run(executor, parts, rows, 1, ofRows);
        } else {
            Split.run(executor, parts, weights.blocks(), 64 / kernels.lanes(), ofBlocks);
        }
    }
}
