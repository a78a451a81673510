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

import org.tribuo.Example;
import org.tribuo.Feature;
import org.tribuo.ImmutableFeatureMap;
import org.tribuo.Output;
import org.tribuo.impl.ArrayExample;

import java.util.ArrayList;
import java.util.List;

/**
 * Feeds examples that are sets of vectors to a {@link SetArchitecture}: up to {@code slots}
 * elements of {@code elementFeatures} numbers.
 *
 * <p>Tribuo's examples are flat, so element i of a set is written as 1 + {@code elementFeatures}
 * features: a 1, which says that it is present, and its numbers; the name of each is its column, i
 * · (1 + elementFeatures) + k. {@link #features} makes them. Values are passed on as they are.
 */
public final class SetFeatureConverter implements FeatureConverter {

    @Config(mandatory = true, description = "The largest number of elements of a set.")
    private int slots;

    @Config(mandatory = true, description = "The number of features of an element.")
    private int elementFeatures;

    /** For OLCUT. */
    private SetFeatureConverter() {}

    /**
     * Creates a converter.
     *
     * @param slots the largest number of elements of a set
     * @param elementFeatures the number of features of an element
     * @throws IllegalArgumentException if a number is not positive, or there are more columns than
     *     an array can hold
     */
    public SetFeatureConverter(int slots, int elementFeatures) {
        this.slots = slots;
        this.elementFeatures = elementFeatures;
        check();
    }

    /** Used by the OLCUT configuration system, and should not be called by external code. */
    @Override
    public void postConfig() {
        Setting.configured(this::check);
    }

    private void check() {
        Setting.require(slots > 0, "slots", "positive", slots);
        Setting.require(elementFeatures > 0, "elementFeatures", "positive", elementFeatures);
        Setting.require(
                slots * (1L + elementFeatures) < Integer.MAX_VALUE,
                "slots",
                "such that there are fewer than 2^31 columns",
                slots);
    }

    /**
     * Writes a set as features.
     *
     * @param elements the elements, each of {@code elementFeatures} numbers
     * @return the features; those that are 0 are left out
     * @throws IllegalArgumentException if the set is empty or has more elements than slots, or an
     *     element has another number of features or one that is not finite
     */
    public List<Feature> features(double[]... elements) {
        if (elements.length == 0 || elements.length > slots) {
            throw new IllegalArgumentException(
                    "A set must have between 1 and "
                            + slots
                            + " elements, but has "
                            + elements.length
                            + ".");
        }
        List<Feature> features = new ArrayList<>();
        for (int i = 0; i < elements.length; ++i) {
            if (elements[i].length != elementFeatures) {
                throw new IllegalArgumentException(
                        "An element must have "
                                + elementFeatures
                                + " features, but element "
                                + i
                                + " has "
                                + elements[i].length
                                + ".");
            }
            int column = i * (1 + elementFeatures);
            features.add(new Feature(Integer.toString(column), 1));
            for (int k = 0; k < elementFeatures; ++k) {
                double value = elements[i][k];
                if (!Double.isFinite(value)) {
                    throw new IllegalArgumentException(
                            "Feature " + k + " of element " + i + " is " + value + ".");
                }
                if (value != 0) {
                    features.add(new Feature(Integer.toString(column + 1 + k), value));
                }
            }
        }
        return features;
    }

    /**
     * Makes an example of a set.
     *
     * @param output the output
     * @param elements the elements, each of {@code elementFeatures} numbers
     * @param <T> the type of output
     * @return a new example
     * @throws IllegalArgumentException as {@link #features} does
     */
    public <T extends Output<T>> Example<T> example(T output, double[]... elements) {
        return new ArrayExample<>(output, features(elements));
    }

    /** {@inheritDoc} */
    @Override
    public FeatureEncoder fit(
            Iterable<? extends Example<?>> training, ImmutableFeatureMap features) {
        int width = slots * (1 + elementFeatures);
        for (int id = 0; id < features.size(); ++id) {
            String name = features.get(id).getName();
            if (FeatureEncoder.number(name, width) < 0) {
                throw new IllegalArgumentException(
                        "The features of a set must be named 0 to "
                                + (width - 1)
                                + ", but there is '"
                                + name
                                + "'.");
            }
        }
        return FeatureEncoder.byNumber(features, width, new double[] {0}, new double[] {1});
    }

    /** {@inheritDoc} */
    @Override
    public String toString() {
        return "SetFeatureConverter(slots=" + slots + ",elementFeatures=" + elementFeatures + ")";
    }
}
