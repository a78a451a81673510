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

import java.util.Locale;

/**
 * What the products of one row of a binary layer cost along a tree and without it. Fewer products
 * are not fewer instructions: 64 to 512 of them are one.
 *
 * @param depth the most edges from the root of the tree to a unit
 * @param plainProducts the products without reuse, N·K
 * @param reuseProducts the products with reuse: K of the root and the distances
 * @param plainWords the words that are read without reuse
 * @param reuseWords the words that are read with reuse
 * @param plainNanoseconds the time without reuse, where it was measured
 * @param reuseNanoseconds the time with reuse, where it was measured
 */
public record ReuseFigures(
        int depth,
        long plainProducts,
        long reuseProducts,
        long plainWords,
        long reuseWords,
        double plainNanoseconds,
        double reuseNanoseconds) {

    private static final double MARGIN = 0.9;

    /**
     * Checks the figures.
     *
     * @param depth the most edges from the root of the tree to a unit
     * @param plainProducts the products without reuse, N·K
     * @param reuseProducts the products with reuse: K of the root and the distances
     * @param plainWords the words that are read without reuse
     * @param reuseWords the words that are read with reuse
     * @param plainNanoseconds the time without reuse, where it was measured
     * @param reuseNanoseconds the time with reuse, where it was measured
     * @throws IllegalArgumentException if a number is negative, or a time not finite and positive
     */
    public ReuseFigures {
        boolean counts =
                depth >= 0
                        && plainProducts >= 0
                        && reuseProducts >= 0
                        && plainWords >= 0
                        && reuseWords >= 0;
        if (!counts || !isTime(plainNanoseconds) || !isTime(reuseNanoseconds)) {
            throw new IllegalArgumentException(
                    "the figures of a trial must be counts and times, but a depth of "
                            + depth
                            + " has "
                            + plainProducts
                            + " and "
                            + reuseProducts
                            + " products, "
                            + plainWords
                            + " and "
                            + reuseWords
                            + " words, "
                            + plainNanoseconds
                            + " and "
                            + reuseNanoseconds
                            + " ns");
        }
    }

    private static boolean isTime(double nanoseconds) {
        return nanoseconds > 0 && nanoseconds < Double.POSITIVE_INFINITY;
    }

    /**
     * Returns whether reuse is faster, and not by chance.
     *
     * @return whether it takes less than 0.9 times the time
     */
    public boolean wins() {
        return reuseNanoseconds < MARGIN * plainNanoseconds;
    }

    /**
     * Returns the figures in one line.
     *
     * @return for example {@code reuse refused: 262,656 of 524,288 products, 8,192 of 8,192 words,
     *     9.10 times the time, depth 12}
     */
    @Override
    public String toString() {
        return String.format(
                Locale.ROOT,
                "reuse %s: %,d of %,d products, %,d of %,d words, %.2f times the time, depth %d",
                wins() ? "kept" : "refused",
                reuseProducts,
                plainProducts,
                reuseWords,
                plainWords,
                reuseNanoseconds / plainNanoseconds,
                depth);
    }
}
