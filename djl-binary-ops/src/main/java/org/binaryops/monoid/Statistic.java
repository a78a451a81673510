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
package org.binaryops.monoid;

import ai.djl.ndarray.NDArray;
import org.binaryops.gradient.Temporaries;

/** A fixed function of the elements of a set, column by column. */
public enum Statistic {
    /** Σx; 0 for an empty set. */
    SUM,
    /** Σx / n. */
    MEAN,
    /** The largest. */
    MAX,
    /** The smallest. */
    MIN,
    /** Σ(x − mean)² / n. */
    VARIANCE,
    /** √(variance + 10⁻⁵), which has a derivative at 0 too. */
    STANDARD_DEVIATION;

    private static final double EPSILON = 1e-5;

    /** Whether an empty set has a value that follows from the definition. */
    boolean isDefinedOnEmptySets() {
        return this == SUM;
    }

    /**
     * Computes it for each set.
     *
     * @param elements [N, F]
     * @param segments the sets
     * @return [S, F], 0 for an empty set, attached to the manager of {@code elements}
     */
    public NDArray of(NDArray elements, Segments segments) {
        return switch (this) {
            case SUM -> SegmentMath.sum(elements, segments);
            case MEAN -> SegmentMath.mean(elements, segments);
            case MAX -> SegmentMath.max(elements, segments);
            case MIN -> SegmentMath.min(elements, segments);
            case VARIANCE -> SegmentMath.variance(elements, segments);
            case STANDARD_DEVIATION ->
                    Temporaries.freed(
                            elements.getManager(),
                            () -> deviation(SegmentMath.variance(elements, segments), segments));
        };
    }

    private static NDArray deviation(NDArray variance, Segments segments) {
        double[] present = new double[segments.sets()];
        for (int set = 0; set < present.length; ++set) {
            present[set] = segments.length(set) == 0 ? 0 : 1;
        }
        return variance.add(EPSILON).sqrt().mul(SegmentMath.column(variance, present));
    }
}
