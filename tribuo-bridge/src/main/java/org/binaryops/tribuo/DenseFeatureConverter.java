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

import com.oracle.labs.mlrg.olcut.config.Config;
import java.util.Arrays;
import org.tribuo.Example;
import org.tribuo.Feature;
import org.tribuo.ImmutableFeatureMap;

/**
 * A column for every feature of the training data, in the order of Tribuo's feature ids (the names
 * in lexicographic order); an absent feature has the value 0.
 *
 * <p>Memory grows with the number of features times the batch size; a hundred thousand features are
 * fine, millions are not.
 */
public final class DenseFeatureConverter implements FeatureConverter {

    /** How the values of a feature are scaled; fitted on the training examples, absent values 0. */
    public enum Scaling {
        /** Values are taken as they are. */
        NONE,
        /** (x − min) / (max − min): the training data lies in [0, 1]. */
        RANGE,
        /** (x − mean) / standard deviation, with the denominator n. */
        STANDARDISE
    }

    @Config(description = "How the values of a feature are scaled.")
    private Scaling scaling = Scaling.RANGE;

    /** Creates a converter that brings every feature to [0, 1], {@link Scaling#RANGE}. */
    public DenseFeatureConverter() {}

    /**
     * Creates a converter.
     *
     * @param scaling how values are scaled; a feature that is constant in the training data is
     *     shifted only
     * @throws IllegalArgumentException if {@code scaling} is null
     */
    public DenseFeatureConverter(Scaling scaling) {
        this.scaling = scaling;
        check();
    }

    /** Used by the OLCUT configuration system, and should not be called by external code. */
    @Override
    public void postConfig() {
        Setting.configured(this::check);
    }

    private void check() {
        Setting.require(scaling != null, "scaling", "given", "null");
    }

    /** {@inheritDoc} */
    @Override
    public FeatureEncoder fit(
            Iterable<? extends Example<?>> training, ImmutableFeatureMap features) {
        double[] offset = {0};
        double[] divisor = {1};
        if (scaling != Scaling.NONE) {
            Statistics statistics = new Statistics(training, features);
            offset = scaling == Scaling.RANGE ? statistics.min : statistics.mean;
            divisor = new double[features.size()];
            for (int i = 0; i < divisor.length; ++i) {
                double spread =
                        scaling == Scaling.RANGE
                                ? statistics.max[i] - statistics.min[i]
                                : Math.sqrt(statistics.variance[i]);
                divisor[i] = spread > 0 ? spread : 1;
            }
        }
        return FeatureEncoder.byId(features, offset, divisor);
    }

    /** The moments of every feature. */
    private static final class Statistics {

        private final double[] min;
        private final double[] max;
        private final double[] mean;
        private final double[] variance;

        Statistics(Iterable<? extends Example<?>> training, ImmutableFeatureMap features) {
            int width = features.size();
            long[] present = new long[width];
            min = new double[width];
            max = new double[width];
            mean = new double[width];
            variance = new double[width];
            Arrays.fill(min, Double.POSITIVE_INFINITY);
            Arrays.fill(max, Double.NEGATIVE_INFINITY);
            int examples = 0;
            for (Example<?> example : training) {
                for (Feature feature : example) {
                    int i = features.getID(feature.getName());
                    if (i < 0) {
                        continue;
                    }
                    double value = feature.getValue();
                    ++present[i];
                    mean[i] += value;
                    min[i] = Math.min(min[i], value);
                    max[i] = Math.max(max[i], value);
                }
                ++examples;
            }
            for (int i = 0; i < width; ++i) {
                mean[i] /= examples;
                if (present[i] < examples) {
                    min[i] = Math.min(min[i], 0);
                    max[i] = Math.max(max[i], 0);
                }
            }
            // A second pass, since a difference of squares loses the digits of large values.
            for (Example<?> example : training) {
                for (Feature feature : example) {
                    int i = features.getID(feature.getName());
                    if (i >= 0) {
                        double deviation = feature.getValue() - mean[i];
                        variance[i] += deviation * deviation;
                    }
                }
            }
            for (int i = 0; i < width; ++i) {
                variance[i] += (examples - present[i]) * mean[i] * mean[i];
                variance[i] /= examples;
            }
        }
    }

    /** {@inheritDoc} */
    @Override
    public String toString() {
        return "DenseFeatureConverter(scaling=" + scaling + ")";
    }
}
