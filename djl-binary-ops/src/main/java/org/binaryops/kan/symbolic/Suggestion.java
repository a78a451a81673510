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
package org.binaryops.kan.symbolic;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * A function proposed for a curve.
 *
 * @param function the function
 * @param fit its best fit
 * @param score pykan's measure of both, the smaller the better: w·complexity + (1 − w)·log₂(1 +
 *     10⁻⁵ − r²)
 */
public record Suggestion(SymbolicFunction function, AffineFit fit, double score) {

    /** pykan's default of w, the weight of simplicity. */
    public static final double WEIGHT_OF_SIMPLICITY = 0.8;

    /**
     * Fits all functions of a library to a curve.
     *
     * @param library the functions
     * @param x the arguments of the curve
     * @param y its values
     * @param weightOfSimplicity w, from 0 (only r² counts) to 1 (only the complexity)
     * @return the functions, the best first
     * @throws IllegalArgumentException if w is out of its range or the samples are no curve
     */
    public static List<Suggestion> rank(
            SymbolicLibrary library, double[] x, double[] y, double weightOfSimplicity) {
        if (!(weightOfSimplicity >= 0 && weightOfSimplicity <= 1)) {
            throw new IllegalArgumentException(
                    "weightOfSimplicity must be from 0 to 1, but was " + weightOfSimplicity + ".");
        }
        List<Suggestion> all = new ArrayList<>();
        for (SymbolicFunction function : library.functions()) {
            AffineFit fit = AffineFit.fit(function, x, y);
            double loss = Math.log(1 + 1e-5 - fit.r2()) / Math.log(2);
            double score =
                    weightOfSimplicity * function.complexity() + (1 - weightOfSimplicity) * loss;
            all.add(new Suggestion(function, fit, score));
        }
        // Stable: of equals the first in the library is taken.
        all.sort(Comparator.comparingDouble(Suggestion::score));
        return all;
    }

    /** {@inheritDoc} */
    @Override
    public String toString() {
        return String.format(
                java.util.Locale.ROOT,
                "%s: r2 %.8f, complexity %.0f, score %.3f",
                function.name(),
                fit.r2(),
                function.complexity(),
                score);
    }
}
