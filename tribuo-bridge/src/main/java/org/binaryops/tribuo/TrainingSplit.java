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

import java.util.AbstractList;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.tribuo.Dataset;
import org.tribuo.Example;
import org.tribuo.Output;

/**
 * The examples of a data set, checked, and which of them are trained on.
 *
 * @param examples all examples
 * @param training the positions of those to train on, ascending
 * @param validation the positions of those held out
 */
record TrainingSplit<T extends Output<T>>(
        List<Example<T>> examples, int[] training, int[] validation) {

    /**
     * Checks the examples and holds a random share of them out.
     *
     * @param data the data set
     * @param fraction the share that is held out
     * @param rng the random numbers; without a share none is drawn
     * @return the split
     */
    static <T extends Output<T>> TrainingSplit<T> of(
            Dataset<T> data, double fraction, SplittableRandom rng) {
        List<Example<T>> examples = new ArrayList<>(data.size());
        for (Example<T> example : data) {
            check(example, examples.size());
            examples.add(example);
        }
        int size = examples.size();
        int[] order = new int[size];
        Arrays.setAll(order, i -> i);
        int held = 0;
        if (fraction > 0) {
            held = (int) Math.round(fraction * size);
            if (held == 0 || held == size) {
                throw new IllegalArgumentException(
                        "A validationFraction of "
                                + fraction
                                + " must leave examples on both sides, but of "
                                + size
                                + " examples it holds out "
                                + held
                                + ".");
            }
            TrainingSession.shuffle(order, rng);
        }
        int[] training = Arrays.copyOf(order, size - held);
        Arrays.sort(training);
        if (Arrays.stream(training).noneMatch(i -> examples.get(i).getWeight() > 0)) {
            throw new IllegalArgumentException(
                    "At least one training example must have a positive weight.");
        }
        return new TrainingSplit<>(
                examples, training, Arrays.copyOfRange(order, size - held, size));
    }

    private static void check(Example<?> example, int index) {
        FeatureEncoder.requireFinite(example, index);
        float weight = example.getWeight();
        if (!(weight >= 0 && Float.isFinite(weight))) {
            throw new IllegalArgumentException(
                    "The weight of an example must be 0 or positive, but that of example "
                            + index
                            + " is "
                            + weight
                            + ".");
        }
    }

    /** The examples to train on. */
    List<Example<T>> trainingExamples() {
        return new AbstractList<>() {
            @Override
            public Example<T> get(int index) {
                return examples.get(training[index]);
            }

            @Override
            public int size() {
                return training.length;
            }
        };
    }
}
