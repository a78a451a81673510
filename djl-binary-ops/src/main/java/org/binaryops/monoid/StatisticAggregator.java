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
import ai.djl.training.ParameterStore;

/**
 * Aggregates sets by a fixed {@link Statistic}: sum, mean, maximum, minimum, variance or standard
 * deviation of each feature. It has no parameters.
 */
public final class StatisticAggregator extends SetAggregator {

    private static final byte VERSION = 1;

    private final Statistic statistic;
    private final boolean zeroForEmpty;

    /**
     * Creates an aggregator for which only the sum of an empty set is defined.
     *
     * @param statistic what to compute
     */
    public StatisticAggregator(Statistic statistic) {
        this(statistic, false);
    }

    /**
     * Creates an aggregator.
     *
     * @param statistic what to compute
     * @param zeroForEmpty whether an empty set gives 0 where its statistic is not defined; else it
     *     is refused
     */
    public StatisticAggregator(Statistic statistic, boolean zeroForEmpty) {
        super(VERSION);
        if (statistic == null) {
            throw new IllegalArgumentException(
                    "StatisticAggregator: the statistic must not be null");
        }
        this.statistic = statistic;
        this.zeroForEmpty = zeroForEmpty;
    }

    /** {@inheritDoc} */
    @Override
    protected NDArray fold(
            ParameterStore store, NDArray elements, Segments segments, boolean training) {
        if (!zeroForEmpty && !statistic.isDefinedOnEmptySets()) {
            for (int set = 0; set < segments.sets(); ++set) {
                if (segments.length(set) == 0) {
                    throw new IllegalArgumentException(
                            String.format(
                                    "StatisticAggregator: the %s of an empty set is not defined,"
                                            + " but set %d is empty",
                                    statistic, set));
                }
            }
        }
        return statistic.of(elements, segments);
    }
}
