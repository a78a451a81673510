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
package org.binaryops.packed.reuse;

import java.util.Arrays;
import java.util.Locale;
import java.util.Random;
import org.binaryops.packed.kernel.BinaryMatrix;
import org.binaryops.packed.kernel.Kernels;

/**
 * Reuse on trial: what the products of a layer cost along its tree and without it, in products, in
 * words and in time on this machine, with the kernels that run here. Fewer products are not fewer
 * instructions: 64 to 512 of them are one.
 *
 * @param tree the tree
 * @param plainOperations the products of a row without reuse, N·K
 * @param plainWords the words that a row reads without reuse
 * @param reuseWords the words that a row reads with reuse
 * @param plainNanoseconds the time of a row without reuse
 * @param reuseNanoseconds the time of a row with reuse
 */
public record ReuseTrial(
        ReuseTree tree,
        long plainOperations,
        long plainWords,
        long reuseWords,
        double plainNanoseconds,
        double reuseNanoseconds) {

    private static final int ROWS = 16;
    private static final long PERIOD = 100_000_000L;
    private static final int MOST_PERIODS = 100;
    private static final int SETTLED = 5;
    private static final int LEAST_ROUNDS = 500;

    /**
     * Measures a layer; takes one or two seconds. The results are compared first.
     *
     * @param weights the weights, N rows of ⌈K/64⌉ words; bits past K are clear
     * @param units the number N of units
     * @param width the number K of inputs
     * @param maxDepth the most edges from the root of the tree to a unit, 1 or more
     * @return the figures
     * @throws IllegalArgumentException if the sizes do not fit
     */
    public static ReuseTrial of(long[] weights, int units, int width, int maxDepth) {
        ReuseTree tree = ReuseTree.of(weights, units, width, true, maxDepth);
        ReuseMatrix reuse = new ReuseMatrix(weights, tree);
        BinaryMatrix plain = Kernels.get().binary(weights, units, width);
        int words = plain.words();
        long[] x = new Random(units).longs((long) ROWS * words).toArray();
        int[] expected = new int[ROWS * units];
        int[] actual = new int[ROWS * units];
        if ((width & 63) != 0) {
            for (int row = 1; row <= ROWS; ++row) {
                x[row * words - 1] &= ~(-1L << width);
            }
        }
        double plainTime = time(() -> plain.multiply(x, 0, words, ROWS, expected, 0, units)) / ROWS;
        double reuseTime = time(() -> reuse.multiply(x, 0, words, ROWS, actual, 0, units)) / ROWS;
        if (!Arrays.equals(expected, actual)) {
            throw new AssertionError("reuse changes the sums");
        }
        return new ReuseTrial(
                tree,
                (long) units * width,
                (long) units * words,
                reuse.wordOperations(),
                plainTime,
                reuseTime);
    }

    /**
     * The best of many rounds: what else runs on the machine only slows them. They go on until the
     * compiler is done, which a best that no longer improves tells: before it is, vectors are
     * objects and a hundred times slower.
     */
    private static double time(Runnable product) {
        long best = Long.MAX_VALUE;
        int settled = 0;
        int rounds = 0;
        for (int period = 0; period < MOST_PERIODS; ++period) {
            if (settled >= SETTLED && rounds >= LEAST_ROUNDS) {
                break;
            }
            long before = best;
            long start = System.nanoTime();
            long end = start + PERIOD;
            while (start < end) {
                product.run();
                ++rounds;
                long now = System.nanoTime();
                best = Math.min(best, now - start);
                start = now;
            }
            settled = best < 0.95 * before ? 0 : settled + 1;
        }
        return best;
    }

    /**
     * Returns whether reuse is faster.
     *
     * @return whether it takes less time
     */
    public boolean wins() {
        return reuseNanoseconds < plainNanoseconds;
    }

    /**
     * Returns the figures in one line.
     *
     * @return for example {@code reuse refused: 262,656 of 524,288 products, 8,192 of 8,192 words,
     *     9.1 times the time, depth 12}
     */
    @Override
    public String toString() {
        return String.format(
                Locale.ROOT,
                "reuse %s: %,d of %,d products, %,d of %,d words, %.2f times the time, depth %d",
                wins() ? "kept" : "refused",
                tree.operations(),
                plainOperations,
                reuseWords,
                plainWords,
                reuseNanoseconds / plainNanoseconds,
                tree.depth());
    }
}
