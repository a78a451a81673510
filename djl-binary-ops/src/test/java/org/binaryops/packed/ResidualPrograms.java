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

/**
 * Programs of two binary convolutions with everything that may follow them: scales, batch norms,
 * sums with residuals, limits, thresholds, each there or not.
 */
final class ResidualPrograms {

    private final Random random;
    private final List<Step> steps = new ArrayList<>();

    private ResidualPrograms(Random random) {
        this.random = random;
    }

    static PackedModel of(Random random, int channels, int height, int width, int stride) {
        ResidualPrograms program = new ResidualPrograms(random);
        program.build(channels, height, width, stride);
        return PackedModel.of(new int[] {channels, height, width}, program.steps);
    }

    private int step(Operation operation, Integer... inputs) {
        steps.add(new Step(operation, List.of(inputs)));
        return steps.size();
    }

    private void build(int channels, int height, int width, int stride) {
        int floats = step(new Interleave(channels, height, width), 0);
        int signs = step(RandomModels.inputThresholds(random, channels, 1), floats);
        Window window = RandomPrograms.square(channels, height, width, 3, 1, 1);
        int sums = step(convolution(window, channels), signs);
        int x = step(new Elementwise(channels, stages(channels)), sums);
        if (random.nextInt(4) > 0) {
            x = random.nextBoolean() ? step(new Add(), x, floats) : step(new Add(), floats, x);
        }
        if (random.nextBoolean()) {
            x = step(new Elementwise(channels, List.of(clip(channels))), x);
        }
        signs = step(RandomModels.inputThresholds(random, channels, 1), x);
        if (random.nextBoolean()) {
            // A second reader of the floats, and of the signs.
            int ones = step(new SignOutput(channels), signs);
            x = step(new Add(), ones, x);
            signs = step(RandomModels.inputThresholds(random, channels, 1), x);
        }
        int units = 1 + random.nextInt(70);
        int kernel = 1 + random.nextInt(3);
        window = RandomPrograms.square(channels, height, width, kernel, stride, kernel / 2);
        sums = step(convolution(window, units), signs);
        step(new Elementwise(units, stages(units)), sums);
    }

    private BinaryConvolution convolution(Window window, int units) {
        int inputs = window.taps() * window.channels();
        long[] weights = RandomPrograms.signs(random, units, inputs);
        return new BinaryConvolution(window, units, 1, 1, weights);
    }

    /** Those of a scale and a batch norm, or others that no pass has a place for. */
    private List<Stage> stages(int size) {
        List<Stage> stages = new ArrayList<>();
        for (int i = random.nextInt(4); i > 0; --i) {
            stages.add(affine(size, random.nextInt(3) == 0));
        }
        if (random.nextInt(3) == 0) {
            stages.add(clip(size));
        }
        if (random.nextInt(5) == 0) {
            stages.add(Stage.slope(RandomModels.floats(random, size)));
        }
        return stages;
    }

    private Stage affine(int size, boolean fused) {
        float[] scale = RandomModels.floats(random, size);
        return Stage.affine(scale, RandomModels.floats(random, size), fused);
    }

    private Stage clip(int size) {
        float[] low = RandomModels.floats(random, size);
        float[] high = low.clone();
        for (int i = 0; i < size; ++i) {
            low[i] = random.nextInt(3) == 0 ? 0 : low[i];
            high[i] = low[i] + random.nextInt(3);
        }
        return Stage.clip(low, high);
    }
}
