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
package org.binaryops.tribuo;

import ai.djl.nn.Block;

import com.oracle.labs.mlrg.olcut.config.Config;

import org.binaryops.monoid.GruFoldAggregator;
import org.binaryops.monoid.LcmAggregator;
import org.binaryops.monoid.SetAggregator;
import org.binaryops.monoid.SetAttentionPooling;
import org.binaryops.monoid.Statistic;
import org.binaryops.monoid.StatisticAggregator;

import java.util.function.Supplier;

/**
 * A network over sets: an encoder for the elements, an aggregator, a decoder for the result.
 *
 * <pre>
 * x_i ↦ h_i = relu(W₁·x_i + b₁),   h = ⊕ h_i,   scores = W₃·relu(W₂·h + b₂) + b₃
 * </pre>
 *
 * <p>It needs a {@link SetFeatureConverter} with the same number of features of an element, and
 * serves labels and regression alike.
 */
public final class SetArchitecture implements Architecture {

    /** How the elements of a set are aggregated. */
    public enum Aggregation {
        /** A learnable commutative monoid: a gated recurrent unit along a balanced tree. */
        LCM(() -> LcmAggregator.builder().build()),
        /** A gated recurrent unit from the first element to the last. */
        GRU(() -> new GruFoldAggregator(false, 0)),
        /** The sum, as in Deep Sets. */
        SUM(() -> new StatisticAggregator(Statistic.SUM, true)),
        /** The mean. */
        MEAN(() -> new StatisticAggregator(Statistic.MEAN, true)),
        /** The maximum. */
        MAX(() -> new StatisticAggregator(Statistic.MAX, true)),
        /** Attention of one learned query, with one head. */
        ATTENTION(() -> new SetAttentionPooling(1, 1));

        private final Supplier<SetAggregator> factory;

        Aggregation(Supplier<SetAggregator> factory) {
            this.factory = factory;
        }
    }

    @Config(mandatory = true, description = "The number of features of an element.")
    private int elementFeatures;

    @Config(description = "The number of features of an encoded element.")
    private int width = 32;

    @Config(description = "How the elements of a set are aggregated.")
    private Aggregation aggregation = Aggregation.LCM;

    /** For OLCUT. */
    private SetArchitecture() {}

    /**
     * Creates a recipe.
     *
     * @param elementFeatures the number of features of an element
     * @param width the number of features of an encoded element
     * @param aggregation how the elements of a set are aggregated
     * @throws IllegalArgumentException if a number is not positive or the aggregation is null
     */
    public SetArchitecture(int elementFeatures, int width, Aggregation aggregation) {
        this.elementFeatures = elementFeatures;
        this.width = width;
        this.aggregation = aggregation;
        check();
    }

    /** Used by the OLCUT configuration system, and should not be called by external code. */
    @Override
    public void postConfig() {
        Setting.configured(this::check);
    }

    private void check() {
        Setting.require(elementFeatures > 0, "elementFeatures", "positive", elementFeatures);
        Setting.require(width > 0, "width", "positive", width);
        Setting.require(aggregation != null, "aggregation", "given", "null");
    }

    /**
     * {@inheritDoc}
     *
     * @throws IllegalArgumentException if the number of columns is no multiple of 1 + the number of
     *     features of an element
     */
    @Override
    public Block build(int features, int outputs) {
        if (features % (1 + elementFeatures) != 0) {
            throw new IllegalArgumentException(
                    "The number of columns must be a multiple of "
                            + (1 + elementFeatures)
                            + " for elements of "
                            + elementFeatures
                            + " features, but is "
                            + features
                            + "; use a SetFeatureConverter.");
        }
        return new SetNetwork(elementFeatures, width, aggregation.factory.get(), outputs);
    }

    /** {@inheritDoc} */
    @Override
    public String toString() {
        return "SetArchitecture(elementFeatures="
                + elementFeatures
                + ",width="
                + width
                + ",aggregation="
                + aggregation
                + ")";
    }
}
