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
package org.binaryops.results.lcm;

import org.binaryops.monoid.GatedOperator;
import org.binaryops.monoid.GruFoldAggregator;
import org.binaryops.monoid.LcmAggregator;
import org.binaryops.monoid.PnaAggregator;
import org.binaryops.monoid.SetAggregator;
import org.binaryops.monoid.SetAttentionPooling;
import org.binaryops.monoid.SoftmaxAggregator;
import org.binaryops.monoid.Statistic;
import org.binaryops.monoid.StatisticAggregator;
import org.binaryops.monoid.Symmetrized;
import org.binaryops.monoid.TreeShape;

/** The aggregators by the names that the command line gives them. */
final class Aggregators {

    static final String NAMES =
            "lcm, lcm-random, lcm-gated, gru, sum, mean, max, pna, softmax, attention";

    private Aggregators() {}

    static SetAggregator of(String name, long seed) {
        return switch (name) {
            // The reference shuffles the elements too; there is nothing else to set.
            case "lcm" -> LcmAggregator.builder().optShuffle(true).optSeed(seed).build();
            case "lcm-random" ->
                    LcmAggregator.builder()
                            .optTrainingTree(TreeShape.RANDOM)
                            .optShuffle(true)
                            .optSeed(seed)
                            .build();
            case "lcm-gated" ->
                    LcmAggregator.builder()
                            .optOperator(new Symmetrized(new GatedOperator()))
                            .optShuffle(true)
                            .optSeed(seed)
                            .build();
            case "gru" -> new GruFoldAggregator(true, seed);
            case "sum" -> new StatisticAggregator(Statistic.SUM, true);
            case "mean" -> new StatisticAggregator(Statistic.MEAN, true);
            case "max" -> new StatisticAggregator(Statistic.MAX, true);
            case "pna" -> new PnaAggregator(1.5);
            case "softmax" -> new SoftmaxAggregator();
            case "attention" -> new SetAttentionPooling(4, 1);
            default ->
                    throw new IllegalArgumentException(
                            "The aggregator must be one of " + NAMES + ", but is " + name + ".");
        };
    }
}
