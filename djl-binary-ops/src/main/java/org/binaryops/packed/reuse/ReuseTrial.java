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
import java.util.Random;
import org.binaryops.packed.kernel.BinaryMatrix;
import org.binaryops.packed.kernel.Kernels;

/**
 * Reuse on trial: what the products of a layer cost along its tree and without it, measured on this
 * machine with the kernels that run here.
 *
 * @param tree the tree
 * @param figures what it costs
 */
public record ReuseTrial(ReuseTree tree, ReuseFigures figures) {

    private static final int ROWS = 16;
    private static final long PERIOD = 50_000_000L;
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
        double[] times =
                times(
                        () -> plain.multiply(x, 0, words, ROWS, expected, 0, units),
                        () -> reuse.multiply(x, 0, words, ROWS, actual, 0, units));
        if (!Arrays.equals(expected, actual)) {
            throw new AssertionError("reuse changes the sums");
        }
        ReuseFigures figures =
                new ReuseFigures(
                        tree.depth(),
                        (long) units * width,
                        tree.operations(),
                        (long) units * words,
                        reuse.wordOperations(),
                        times[0] / ROWS,
                        times[1] / ROWS);
        return new ReuseTrial(tree, figures);
    }

    /**
     * The best of many rounds: what else runs on the machine only slows them, and it slows both, as
     * they take turns. They go on until the compiler is done, which bests that no longer improve
     * tell: before it is, vectors are objects and a hundred times slower.
     */
    private static double[] times(Runnable... products) {
        double[] best = new double[products.length];
        Arrays.fill(best, Double.MAX_VALUE);
        int settled = 0;
        int rounds = 0;
        for (int period = 0; period < MOST_PERIODS; ++period) {
            if (settled >= SETTLED && rounds >= LEAST_ROUNDS) {
                break;
            }
            boolean better = false;
            int least = Integer.MAX_VALUE;
            for (int i = 0; i < products.length; ++i) {
                double before = best[i];
                long start = System.nanoTime();
                long end = start + PERIOD;
                int count = 0;
                while (start < end) {
                    products[i].run();
                    ++count;
                    long now = System.nanoTime();
                    // A clock too coarse for a product says 0.
                    best[i] = Math.min(best[i], Math.max(1, now - start));
                    start = now;
                }
                least = Math.min(least, count);
                better |= best[i] < 0.95 * before;
            }
            rounds += least;
            settled = better ? 0 : settled + 1;
        }
        return best;
    }

    /**
     * Returns whether reuse is faster.
     *
     * @return as {@link ReuseFigures#wins()}
     */
    public boolean wins() {
        return figures.wins();
    }

    /**
     * Returns the figures in one line.
     *
     * @return as {@link ReuseFigures#toString()}
     */
    @Override
    public String toString() {
        return figures.toString();
    }
}
