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
import org.binaryops.packed.reuse.ReuseTree;

/**
 * Random programs of the versions 2 and 3, which together have every operation and every form of
 * weights.
 *
 * <p>Needs nothing but the runtime, so that a JVM without a test framework can use it.
 */
final class RandomPrograms {

    /** What a program shows. */
    enum Kind {
        /** Convolutions of bits, thresholds, pooling of bits and a linear layer behind them. */
        BITS,
        /** A residual stream of floats with all shortcuts. */
        RESIDUAL,
        /** Float layers with small weights, and outputs that are an image. */
        FLOATS,
        /** Whole numbers: levels of every rule, weights of every form. */
        LEVELS,
        /** Binary layers along trees. */
        REUSE,
        /** Transposed convolutions of bits and of floats. */
        TRANSPOSED;

        /** The version of the format that brought what it shows. */
        int version() {
            return switch (this) {
                case BITS, RESIDUAL, FLOATS -> 2;
                case LEVELS, REUSE -> 3;
                case TRANSPOSED -> 4;
            };
        }
    }

    private final Random random;
    private final List<Step> steps = new ArrayList<>();

    private RandomPrograms(Random random) {
        this.random = random;
    }

    static PackedModel of(Random random, Kind kind) {
        RandomPrograms program = new RandomPrograms(random);
        switch (kind) {
            case BITS -> program.bits();
            case RESIDUAL -> program.residual();
            case FLOATS -> program.floats();
            case LEVELS -> program.levels();
            case REUSE -> program.reuse();
            case TRANSPOSED -> program.transposed();
        }
        return PackedModel.of(new int[] {3, 6, 5}, program.steps);
    }

    private int step(Operation operation, int... inputs) {
        List<Integer> reads = new ArrayList<>();
        for (int input : inputs) {
            reads.add(input);
        }
        steps.add(new Step(operation, reads));
        return steps.size();
    }

    private void bits() {
        int x = step(new Interleave(3, 6, 5), 0);
        x = step(RandomModels.inputThresholds(random, 3, 2), x);
        x = step(binary(square(6, 6, 5, 3, 1, 1), 70, 1, 1), x);
        x = step(RandomModels.integerThresholds(random, 70, 1, 54), x);
        long[] falling = {random.nextLong(), random.nextLong() & 63};
        x = step(new MaxPoolBits(square(70, 6, 5, 2, 2, 0), falling), x);
        x = step(binary(square(70, 3, 2, 2, 1, 1), 8, 2, 2), x);
        ThresholdRule[] rules = new ThresholdRule[8 * 12];
        int[] thresholds = new int[rules.length];
        for (int i = 0; i < rules.length; ++i) {
            rules[i] = ThresholdRule.of(i % 11 == 0 ? i % 4 : i % 2);
            thresholds[i] = rules[i].isConstant() ? 0 : random.nextInt(21) - 10;
        }
        x = step(new PositionThresholds(8, 12, rules, thresholds), x);
        x = step(binary(Window.ofImage(8, 4, 3), 5, 1, 1), x);
        step(new Elementwise(5, List.of(affine(5, false), affine(5, true))), x);
    }

    private void residual() {
        int x = step(new Interleave(3, 6, 5), 0);
        FloatWeights weights = FloatWeights.of(RandomModels.floats(random, 10 * 27), 10, 27);
        Window window = square(3, 6, 5, 3, 1, 1);
        x = step(new FloatConvolution(window, 1, weights, RandomModels.floats(random, 10)), x);
        Stage slope = Stage.slope(RandomModels.floats(random, 10));
        x = step(new Elementwise(10, List.of(affine(10, true), slope)), x);
        int signs = step(RandomModels.inputThresholds(random, 10, 1), x);
        int y = step(binary(square(10, 6, 5, 3, 2, 1), 20, 1, 1), signs);
        int means = step(new Magnitudes(square(10, 6, 5, 3, 2, 1), 2), x);
        y = step(new Multiply(), y, means);
        y = step(new Elementwise(20, List.of(affine(20, false))), y);
        Window pooling = new Window(10, 6, 5, 2, 2, 2, 2, 0, 0, 1, 1, 3, 3);
        int shortcut = step(new Pool(pooling, Pool.Kind.AVERAGE), x);
        shortcut = step(new PadChannels(3, 7), shortcut);
        x = step(new Add(), y, shortcut);
        x = step(new Elementwise(20, List.of(clip(20))), x);
        int largest = step(new Pool(square(20, 3, 3, 3, 2, 1), Pool.Kind.MAXIMUM), x);
        int padded = step(new Pool(square(20, 3, 3, 3, 2, 1), Pool.Kind.PADDED_AVERAGE), x);
        x = step(new Concatenate(), largest, padded);
        weights = FloatWeights.of(RandomModels.floats(random, 3 * 160), 3, 160);
        step(new FloatConvolution(Window.ofImage(40, 2, 2), 1, weights, new float[0]), x);
    }

    private void floats() {
        int x = step(new Interleave(3, 6, 5), 0);
        Window window = square(3, 6, 5, 3, 1, 1);
        x = step(new FloatConvolution(window, 3, small(WeightForm.SIGNS, 6, 9), none()), x);
        x =
                step(
                        new FloatConvolution(
                                square(6, 6, 5, 2, 2, 0),
                                1,
                                small(WeightForm.TERNARY, 7, 24),
                                none()),
                        x);
        List<Stage> perElement = List.of(affine(7 * 6, false));
        x = step(new Elementwise(7 * 6, perElement), x);
        x =
                step(
                        new FloatConvolution(
                                square(7, 3, 2, 1, 1, 0), 1, small(WeightForm.BYTES, 4, 7), none()),
                        x);
        int signs = step(RandomModels.inputThresholds(random, 4, 1), x);
        int ones = step(new SignOutput(4), signs);
        x = step(new Add(), x, ones);
        step(new Interleave(6, 1, 4), x);
    }

    private void levels() {
        int x = step(new Interleave(3, 6, 5), 0);
        x = step(Quantize.dividing(new float[] {0.02f}, -120, 256), x);
        x = step(whole(square(3, 6, 5, 3, 1, 1), 1, 255, 120, 1, 2, 8, 0), x);
        x = step(new Elementwise(8, List.of(affine(8, false))), x);
        int four = step(Quantize.multiplying(positive(8), -7, 15), x);
        x = step(whole(square(8, 6, 5, 2, 2, 1), 2, 14, 7, 2, 1, 6, -1), four);
        int floats = step(new Dequantize(15, RandomModels.floats(random, 8 * 15)), four);
        x = step(new Elementwise(6, List.of(affine(6, true))), x);
        float[] thresholds = new float[6 * 3];
        for (int i = 0; i < thresholds.length; ++i) {
            thresholds[i] = i % 3 + random.nextFloat();
        }
        x = step(Quantize.comparing(thresholds, 4), x);
        x = step(whole(Window.ofImage(6, 4, 3), 1, 3, -2, 1, 3, 5, -3), x);
        x = step(RandomModels.integerThresholds(random, 5, 1, 200), x);
        x = step(new SignOutput(5), x);
        floats = step(new Pool(square(8, 6, 5, 5, 2, 2), Pool.Kind.AVERAGE), floats);
        floats = step(Quantize.dividing(new float[] {0.1f}, 0, 256), floats);
        floats = step(whole(Window.ofImage(8, 3, 3), 1, 255, 0, 1, 8, 5, -200), floats);
        floats = step(new Elementwise(5, List.of(affine(5, false))), floats);
        step(new Add(), x, floats);
    }

    /** A layer of whole numbers; of one bit ±1. */
    private IntegerConvolution whole(
            Window window, int groups, int largest, int zero, int kind, int bits, int n, int low) {
        int inputs = window.kernelHeight() * window.kernelWidth() * window.channels() / groups;
        int[] numbers = new int[n * inputs];
        for (int i = 0; i < numbers.length; ++i) {
            numbers[i] =
                    kind == 2
                            ? 2 * random.nextInt(2) - 1
                            : low + random.nextInt(1 << bits) + (low == 0 ? -1 : i / inputs);
            if (low == 0 && bits == 2 && numbers[i] > 1) {
                numbers[i] = 0;
            }
        }
        return new IntegerConvolution(window, groups, largest, zero, IntegerWeights.of(numbers, n));
    }

    private float[] positive(int count) {
        float[] values = RandomModels.floats(random, count);
        for (int i = 0; i < count; ++i) {
            values[i] = 1 + Math.abs(values[i]);
        }
        return values;
    }

    private void reuse() {
        int x = step(new Interleave(3, 6, 5), 0);
        x = step(RandomModels.inputThresholds(random, 3, 1), x);
        x = step(reused(square(3, 6, 5, 3, 1, 1), 70, 3), x);
        x = step(RandomModels.integerThresholds(random, 70, 1, 27), x);
        x = step(reused(Window.ofImage(70, 6, 5), 5, 2), x);
        step(new Elementwise(5, List.of(affine(5, false))), x);
    }

    private void transposed() {
        int x = step(new Interleave(3, 6, 5), 0);
        x = step(RandomModels.inputThresholds(random, 3, 1), x);
        // Two filters with a phase for each of 2 × 3 outputs.
        x = step(binary(square(3, 6, 5, 2, 1, 1), 12, 1, 2), x);
        x = step(new DepthToSpace(2, 3, 1, 2, 12, 17), x);
        x = step(RandomModels.integerThresholds(random, 2, 1, 12), x);
        x = step(new SignOutput(2), x);
        FloatWeights weights = FloatWeights.of(RandomModels.floats(random, 4 * 18), 4, 18);
        x = step(new FloatConvolution(square(2, 12, 17, 3, 4, 0), 1, weights, none()), x);
        // One row and column beyond the end of the image.
        step(new DepthToSpace(2, 2, 0, 0, 7, 9), x);
    }

    private ReusedConvolution reused(Window window, int units, int depth) {
        int inputs = window.kernelHeight() * window.kernelWidth() * window.channels();
        long[] weights = signs(random, units, inputs);
        return new ReusedConvolution(
                window, weights, ReuseTree.of(weights, units, inputs, true, depth));
    }

    /** Random rows of bits. */
    static long[] signs(Random random, int units, int inputs) {
        int words = (inputs + 63) / 64;
        long[] weights = random.longs((long) units * words).toArray();
        for (int i = words - 1; inputs % 64 != 0 && i < weights.length; i += words) {
            weights[i] &= (1L << inputs) - 1;
        }
        return weights;
    }

    private static float[] none() {
        return new float[0];
    }

    private Stage affine(int size, boolean fused) {
        return Stage.affine(
                RandomModels.floats(random, size), RandomModels.floats(random, size), fused);
    }

    private Stage clip(int size) {
        float[] low = RandomModels.floats(random, size);
        float[] high = low.clone();
        for (int i = 0; i < size; ++i) {
            high[i] += random.nextInt(3);
        }
        return Stage.clip(low, high);
    }

    private FloatWeights small(WeightForm form, int units, int inputs) {
        float[] numbers = new float[units * inputs];
        for (int i = 0; i < numbers.length; ++i) {
            numbers[i] =
                    switch (form) {
                        case SIGNS -> random.nextBoolean() ? 1 : -1;
                        case TERNARY -> random.nextInt(3) - 1;
                        default -> random.nextInt(256) - 128;
                    };
        }
        return FloatWeights.of(form, numbers, RandomModels.floats(random, units), inputs);
    }

    /** A square kernel on an image. */
    static Window square(int channels, int height, int width, int kernel, int stride, int padding) {
        return new Window(
                channels,
                height,
                width,
                kernel,
                kernel,
                stride,
                stride,
                padding,
                padding,
                1,
                1,
                (height + 2 * padding - kernel) / stride + 1,
                (width + 2 * padding - kernel) / stride + 1);
    }

    private BinaryConvolution binary(Window window, int units, int groups, int planes) {
        int inputs = window.kernelHeight() * window.kernelWidth() * window.channels() / groups;
        int words = (inputs + 63) / 64;
        long[] weights = signs(random, planes * units, inputs);
        for (int i = 0; planes == 2 && i < units * words; ++i) {
            weights[i] &= weights[units * words + i];
        }
        return new BinaryConvolution(window, units, groups, planes, weights);
    }
}
