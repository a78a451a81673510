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
package org.binaryops.packed;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Packed models with random content for the tests of other packages. */
public final class SmallModels {

    private SmallModels() {}

    /** A model with two thresholds a feature, a hidden layer and float outputs. */
    public static PackedModel of(long seed, int features, int hidden, int outputs) {
        return RandomModels.of(
                new Random(seed), RandomModels.End.AFFINE, features, 2, hidden, outputs);
    }

    /**
     * A model of small images with one of each kind of operation that version 2 of the format has:
     * a float convolution, a residual binary convolution, ternary and byte weights, pools of floats
     * and of bits.
     */
    public static PackedModel ofImages(long seed) {
        Random random = new Random(seed);
        List<Step> steps = new ArrayList<>();
        steps.add(Step.of(new Interleave(2, 6, 6), 0));
        FloatWeights stem = FloatWeights.of(RandomModels.floats(random, 4 * 18), 4, 18);
        steps.add(
                Step.of(
                        new FloatConvolution(
                                window(2, 6, 3, 1, 1), 1, stem, RandomModels.floats(random, 4)),
                        1));
        steps.add(
                Step.of(
                        new Elementwise(
                                4,
                                List.of(
                                        Stage.affine(
                                                RandomModels.floats(random, 4),
                                                RandomModels.floats(random, 4),
                                                false),
                                        Stage.slope(RandomModels.floats(random, 4)),
                                        Stage.clip(
                                                new float[] {-2, -2, -2, -2},
                                                new float[] {2, 3, 4, 5}))),
                        2));
        steps.add(Step.of(RandomModels.inputThresholds(random, 4, 1), 3));
        steps.add(
                Step.of(
                        new BinaryConvolution(window(4, 6, 3, 1, 1), 4, 2, 1, bits(random, 4, 18)),
                        4));
        steps.add(Step.of(new Elementwise(4, List.of()), 5));
        steps.add(new Step(new Add(), List.of(3, 6)));
        steps.add(Step.of(new PadChannels(1, 1), 7));
        steps.add(Step.of(new Pool(window(6, 6, 2, 2, 0), Pool.Kind.AVERAGE), 8));
        steps.add(Step.of(RandomModels.inputThresholds(random, 6, 1), 9));
        steps.add(Step.of(new MaxPoolBits(window(6, 3, 2, 1, 0), new long[] {5}), 10));
        long[] plus = bits(random, 5, 24);
        long[] some = bits(random, 5, 24);
        long[] planes = new long[10];
        for (int i = 0; i < 5; ++i) {
            planes[i] = plus[i];
            planes[5 + i] = plus[i] | some[i];
        }
        steps.add(Step.of(new BinaryConvolution(window(6, 2, 2, 1, 0), 5, 1, 2, planes), 11));
        steps.add(Step.of(new Elementwise(5, List.of()), 12));
        steps.add(new Step(new Concatenate(), List.of(13, 13)));
        float[] bytes = new float[30];
        for (int i = 0; i < bytes.length; ++i) {
            bytes[i] = random.nextInt(255) - 127;
        }
        FloatWeights last =
                FloatWeights.of(WeightForm.BYTES, bytes, RandomModels.floats(random, 3), 10);
        steps.add(Step.of(new FloatConvolution(window(10, 1, 1, 1, 0), 1, last, new float[0]), 14));
        return PackedModel.of(new int[] {2, 6, 6}, steps);
    }

    /** A square kernel on a square image. */
    private static Window window(int channels, int size, int kernel, int stride, int padding) {
        int out = (size + 2 * padding - kernel) / stride + 1;
        return new Window(
                channels, size, size, kernel, kernel, stride, stride, padding, padding, 1, 1, out,
                out);
    }

    /** Rows of random bits, a word each. */
    private static long[] bits(Random random, int rows, int width) {
        return random.longs(rows).map(word -> word & (1L << width) - 1).toArray();
    }
}
