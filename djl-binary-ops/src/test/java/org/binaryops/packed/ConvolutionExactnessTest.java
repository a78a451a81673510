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

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.Blocks;
import ai.djl.nn.Parameter;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.norm.BatchNorm;
import ai.djl.nn.pooling.Pool;
import ai.djl.util.Pair;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.binaryops.nn.HardTanh;
import org.binaryops.nn.QuantConv1d;
import org.binaryops.nn.QuantConv2d;
import org.binaryops.nn.QuantLinear;
import org.binaryops.nn.RPReLU;
import org.binaryops.nn.WeightScale;
import org.binaryops.packed.compiler.PackedCompiler;
import org.binaryops.quantizer.ApproxSign;
import org.binaryops.quantizer.Quantizer;
import org.binaryops.quantizer.ReActShift;
import org.binaryops.quantizer.StraightThroughSign;
import org.junit.jupiter.api.Test;

/** What comes from integers alone is the engine's, to the last bit, whatever the shapes. */
class ConvolutionExactnessTest {

    /**
     * After so many numbers, a prime, they come again: the generator would take longer than all the
     * rest with the largest networks.
     */
    private static final int DIFFERENT = 1_000_003;

    /** All from 1 to 130, those beside whole words more often. */
    @Provide
    Arbitrary<Integer> channels() {
        return Arbitraries.oneOf(
                Arbitraries.integers().between(1, 130),
                Arbitraries.of(1, 2, 3, 16, 63, 64, 65, 127, 128, 129, 130));
    }

    /** Random parameters of a network that could have been trained, with every special case. */
    static void randomize(Block block, Random random) {
        for (Pair<String, Parameter> pair : block.getParameters()) {
            NDArray array = pair.getValue().getArray();
            float[] values = new float[Math.toIntExact(array.size())];
            for (int i = 0; i < values.length; ++i) {
                if (i >= DIFFERENT) {
                    values[i] = values[i - DIFFERENT];
                    continue;
                }
                float normal = (float) random.nextGaussian();
                values[i] =
                        switch (pair.getValue().getName()) {
                            case "runningVar" -> (float) Math.exp(normal);
                            case "gamma" -> random.nextInt(12) == 0 ? 0 : normal;
                            case "beta", "runningMean" -> 2 * normal;
                            case "scale", "spatialScale0", "spatialScale1" ->
                                    random.nextInt(20) == 0 ? 0 : normal;
                            case "slope" -> normal / 2;
                            default -> random.nextInt(20) == 0 ? 0 : normal / 4;
                        };
            }
            array.set(values);
        }
    }

    /** Compiles a block and compares its outputs with the engine's on random inputs. */
    static PackedModel assertExact(Random random, Block block, Shape input) {
        try (NDManager manager = NDManager.newBaseManager()) {
            block.initialize(manager, DataType.FLOAT32, input);
            randomize(block, random);
            PackedModel model = PackedCompiler.compile(block, input);
            int rows = 3;
            float[] x = RandomModels.floats(random, rows * model.inputs());
            Shape batch = new Shape(rows).addAll(input.slice(1));
            float[] expected = TrainedNets.run(manager, block, x, batch);
            float[] actual = model.predict(x, rows);
            for (int i = 0; i < expected.length; ++i) {
                // −0 is 0
                expected[i] += 0f;
                actual[i] += 0f;
            }
            assertArrayEquals(expected, actual, model.summary());
            return model;
        }
    }

    private static QuantConv2d.Builder convolution(int filters, int kernel) {
        return QuantConv2d.builder()
                .setFilters(filters)
                .setKernelShape(new Shape(kernel, kernel))
                .optInputQuantizer(new ApproxSign())
                .optWeightQuantizer(new StraightThroughSign());
    }

    @Property(tries = 60)
    void accumulatorsOfConvolutionsAreTheEngines(
            @ForAll long seed,
            @ForAll("channels") int channels,
            @ForAll @IntRange(min = 1, max = 4) int perGroup,
            @ForAll @IntRange(min = 1, max = 3) int kernelHeight,
            @ForAll @IntRange(min = 1, max = 3) int kernelWidth,
            @ForAll @IntRange(min = 1, max = 3) int stride,
            @ForAll @IntRange(min = 0, max = 2) int padding,
            @ForAll @IntRange(min = 1, max = 2) int dilation,
            @ForAll @IntRange(min = 0, max = 2) int grouping) {
        Random random = new Random(seed);
        int groups = grouping == 0 || channels > 65 ? 1 : grouping == 1 ? channels : 1;
        groups = grouping == 2 && channels % 2 == 0 ? 2 : groups;
        int height = 5 + random.nextInt(4);
        int width = 5 + random.nextInt(4);
        QuantConv2d layer =
                QuantConv2d.builder()
                        .setFilters(groups * perGroup)
                        .setKernelShape(new Shape(kernelHeight, kernelWidth))
                        .optStride(new Shape(stride, 1 + random.nextInt(2)))
                        .optPadding(new Shape(padding, random.nextInt(2)))
                        .optDilation(new Shape(dilation, 1))
                        .optGroups(groups)
                        .optInputQuantizer(new ApproxSign())
                        .optWeightQuantizer(new StraightThroughSign())
                        .build();
        assertExact(random, layer, new Shape(1, channels, height, width));
    }

    @Property(tries = 25)
    void accumulatorsOfSequencesAreTheEngines(
            @ForAll long seed,
            @ForAll("channels") int channels,
            @ForAll @IntRange(min = 1, max = 5) int kernel,
            @ForAll @IntRange(min = 1, max = 2) int stride,
            @ForAll @IntRange(min = 0, max = 2) int padding) {
        QuantConv1d layer =
                QuantConv1d.builder()
                        .setFilters(7)
                        .setKernelShape(new Shape(kernel))
                        .optStride(new Shape(stride))
                        .optPadding(new Shape(padding))
                        .optInputQuantizer(new ApproxSign())
                        .optWeightQuantizer(new StraightThroughSign())
                        .build();
        assertExact(new Random(seed), layer, new Shape(1, channels, 11));
    }

    /** Scales, biases, norms, activations and pooling between two layers become thresholds. */
    @Property(tries = 60)
    void whatStandsBetweenTwoConvolutionsFolds(
            @ForAll long seed,
            @ForAll("channels") int channels,
            @ForAll WeightScale scale,
            @ForAll boolean bias,
            @ForAll boolean pooled,
            @ForAll @IntRange(min = 0, max = 3) int activation,
            @ForAll @IntRange(min = 0, max = 1) int padding) {
        Random random = new Random(seed);
        SequentialBlock net = new SequentialBlock();
        net.add(
                convolution(channels, 3)
                        .optPadding(new Shape(padding, padding))
                        .optScale(scale)
                        .optBias(bias)
                        .build());
        // The thresholds of a scale of rank one differ at the positions that a maximum is taken of.
        if (pooled && scale != WeightScale.LEARNED_RANK_ONE) {
            net.add(Pool.maxPool2dBlock(new Shape(2, 2), new Shape(2, 2)));
        }
        net.add(BatchNorm.builder().build());
        if (activation > 0) {
            net.add(
                    switch (activation) {
                        case 1 -> new HardTanh();
                        case 2 -> Activation.reluBlock();
                        default -> new RPReLU();
                    });
        }
        Quantizer quantizer = random.nextBoolean() ? new ApproxSign() : ReActShift.forConvolution();
        net.add(convolution(5, 2).optInputQuantizer(quantizer).build());
        PackedModel model = assertExact(random, net, new Shape(1, 3, 7, 8));
        if (activation < 3) {
            assertEquals(
                    1,
                    model.operations().stream().filter(Elementwise.class::isInstance).count(),
                    "only the outputs are floats: " + model.summary());
        }
    }

    @Property(tries = 20)
    void linearLayersBehindAnImageAreTheEngines(
            @ForAll long seed, @ForAll("channels") int channels, @ForAll boolean normalized) {
        SequentialBlock net =
                new SequentialBlock()
                        .add(convolution(channels, 3).build())
                        .add(BatchNorm.builder().build())
                        .add(Blocks.batchFlattenBlock());
        if (normalized) {
            net.add(BatchNorm.builder().build());
        }
        net.add(
                QuantLinear.builder()
                        .setUnits(9)
                        .optInputQuantizer(new StraightThroughSign())
                        .optWeightQuantizer(new StraightThroughSign())
                        .build());
        assertExact(new Random(seed), net, new Shape(1, 2, 6, 5));
    }

    @Test
    void oneToFourThousandInputsAreCountedExactly() {
        for (int inputs : new int[] {1, 63, 64, 65, 4097, 4098, 4608}) {
            QuantLinear layer =
                    QuantLinear.builder()
                            .setUnits(65)
                            .optInputQuantizer(new StraightThroughSign())
                            .optWeightQuantizer(new StraightThroughSign())
                            .build();
            assertExact(new Random(inputs), layer, new Shape(1, inputs));
        }
    }
}
