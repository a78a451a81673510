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
import ai.djl.ndarray.NDList;
import ai.djl.training.ParameterStore;
import java.util.Arrays;

/**
 * Principal neighbourhood aggregation (Corso et al., "Principal Neighbourhood Aggregation for Graph
 * Nets", NeurIPS 2020): several statistics, each at several scales of the size of the set.
 *
 * <pre>
 * [1, log(n + 1)/δ, δ/log(n + 1)] ⊗ [mean, max, min, std]
 * </pre>
 *
 * <p>The result has 12F features: for each scale (identity, amplification, attenuation) the four
 * statistics. δ is the mean of log(n + 1) over the training sets. An empty set gives 0. There are
 * no parameters; a linear layer usually follows.
 */
public final class PnaAggregator extends SetAggregator {

    private static final byte VERSION = 1;
    private static final Statistic[] STATISTICS = {
        Statistic.MEAN, Statistic.MAX, Statistic.MIN, Statistic.STANDARD_DEVIATION
    };

    private final double delta;

    /**
     * Creates an aggregator.
     *
     * @param delta δ, see {@link #delta(Segments)}
     * @throws IllegalArgumentException if it is not positive and finite
     */
    public PnaAggregator(double delta) {
        super(VERSION);
        if (!(delta > 0 && delta < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException(
                    "PnaAggregator: delta must be positive and finite, but is " + delta);
        }
        this.delta = delta;
    }

    /**
     * Computes δ, the mean of log(n + 1) over sets of n elements.
     *
     * @param training the sets of the training data
     * @return δ
     */
    public static double delta(Segments training) {
        return Arrays.stream(training.lengths())
                .mapToDouble(n -> Math.log(n + 1))
                .average()
                .orElse(1);
    }

    /** {@inheritDoc} */
    @Override
    public long outputFeatures(long features) {
        return 3 * STATISTICS.length * features;
    }

    /** {@inheritDoc} */
    @Override
    protected NDArray fold(
            ParameterStore store, NDArray elements, Segments segments, boolean training) {
        NDList statistics = new NDList();
        for (Statistic statistic : STATISTICS) {
            statistics.add(statistic.of(elements, segments));
        }
        NDArray identity = statistics.get(0).concat(statistics.get(1), 1);
        identity = identity.concat(statistics.get(2), 1).concat(statistics.get(3), 1);
        double[] amplification = new double[segments.sets()];
        double[] attenuation = new double[segments.sets()];
        for (int set = 0; set < amplification.length; ++set) {
            int n = segments.length(set);
            amplification[set] = Math.log(n + 1) / delta;
            attenuation[set] = n == 0 ? 0 : delta / Math.log(n + 1);
        }
        return identity.concat(identity.mul(SegmentMath.column(identity, amplification)), 1)
                .concat(identity.mul(SegmentMath.column(identity, attenuation)), 1);
    }
}
