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
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.Blocks;
import ai.djl.nn.LambdaBlock;
import ai.djl.nn.ParallelBlock;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.convolutional.Conv1d;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.core.Linear;
import ai.djl.nn.norm.BatchNorm;
import ai.djl.nn.norm.Dropout;
import ai.djl.nn.pooling.Pool;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.Supplier;
import org.binaryops.nn.BiRealBlock;
import org.binaryops.nn.HardTanh;
import org.binaryops.nn.InputScale;
import org.binaryops.nn.QuantConv1d;
import org.binaryops.nn.QuantConv2d;
import org.binaryops.nn.QuantDeconv2d;
import org.binaryops.nn.QuantLinear;
import org.binaryops.nn.QuantizedLayer;
import org.binaryops.nn.RPReLU;
import org.binaryops.nn.ReActNetBlock;
import org.binaryops.nn.ResidualBlock;
import org.binaryops.nn.Shortcut;
import org.binaryops.nn.ThermometerEncoding;
import org.binaryops.nn.WeightScale;
import org.binaryops.packed.compiler.PackedCompiler;
import org.binaryops.quantizer.ApproxSign;
import org.binaryops.quantizer.BwnWeight;
import org.binaryops.quantizer.DoReFaActivation;
import org.binaryops.quantizer.DoReFaWeight;
import org.binaryops.quantizer.ElasticQuantizer;
import org.binaryops.quantizer.ErrorDecayEstimator;
import org.binaryops.quantizer.FourierSign;
import org.binaryops.quantizer.Identity;
import org.binaryops.quantizer.LearnedShift;
import org.binaryops.quantizer.NormalizedSign;
import org.binaryops.quantizer.Quantizer;
import org.binaryops.quantizer.ReActShift;
import org.binaryops.quantizer.ReSte;
import org.binaryops.quantizer.StraightThroughSign;
import org.binaryops.quantizer.SwishSign;
import org.binaryops.quantizer.TernaryQuantizer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Everything that can be packed, by name: each block stands in a small network with random weights
 * and random statistics of its batch norms, and gives what the engine gives.
 */
class PackableBlocksTest {

    private static final int ROWS = 5;

    private static final Shape VECTOR = new Shape(1, 65);
    private static final Shape SEQUENCE = new Shape(1, 9, 21);
    private static final Shape IMAGE = new Shape(1, 6, 9, 8);

    /**
     * A network and how near the outputs must be, beside the largest: 0 for equal bits.
     *
     * @param name what the network shows
     */
    private record Case(String name, Supplier<Block> net, Shape input, double tolerance) {
        @Override
        public String toString() {
            return name;
        }
    }

    private static final List<Case> CASES = new ArrayList<>();

    /** Bits and whole numbers only. */
    private static void exact(String name, Shape input, Supplier<Block> net) {
        CASES.add(new Case(name, net, input, 0));
    }

    /** A float layer or an average is the last thing that rounds. */
    private static void close(String name, Shape input, Supplier<Block> net) {
        CASES.add(new Case(name, net, input, 1e-4));
    }

    static List<Case> cases() {
        if (CASES.isEmpty()) {
            layers();
            weights();
            functions();
            pools();
            structures();
            estimatorsAndScales();
        }
        return CASES;
    }

    private static void layers() {
        exact("linear", VECTOR, () -> between(linear()));
        exact("convolution 1-D", SEQUENCE, () -> between(sequence().build()));
        exact("convolution 2-D", IMAGE, () -> between(image(3).build()));
        exact("1 × 1", IMAGE, () -> between(image(1).build()));
        exact("stride", IMAGE, () -> between(image(3).optStride(new Shape(2, 3)).build()));
        exact("padding", IMAGE, () -> between(image(3).optPadding(new Shape(2, 1)).build()));
        exact("dilation", IMAGE, () -> between(image(2).optDilation(new Shape(3, 2)).build()));
        exact("groups", IMAGE, () -> between(image(3).optGroups(3).build()));
        exact(
                "depthwise",
                IMAGE,
                () -> between(image(3).setFilters(6).optGroups(6).optPadding(one()).build()));
        exact(
                "depthwise with a multiplier",
                IMAGE,
                () -> between(image(3).setFilters(12).optGroups(6).optPadding(one()).build()));
        exact("transposed", IMAGE, () -> between(transposed(3, 2).build()));
        exact(
                "transposed, the stride divides the kernel",
                IMAGE,
                () -> between(transposed(4, 2).optPadding(one()).build()));
        exact(
                "transposed, groups and dilation",
                IMAGE,
                () -> between(transposed(3, 2).optGroups(3).optDilation(new Shape(1, 2)).build()));
        close(
                "transposed, 8 bits × ternary weights",
                IMAGE,
                () ->
                        transposed(3, 2)
                                .optInputQuantizer(ElasticQuantizer.signed(8))
                                .optWeightQuantizer(new TernaryQuantizer())
                                .build());
        close(
                "transposed, floats × 4-bit weights",
                IMAGE,
                () ->
                        transposed(3, 2)
                                .optInputQuantizer(new Identity())
                                .optWeightQuantizer(new DoReFaWeight(4))
                                .build());
        exact("bias", IMAGE, () -> between(image(3).optBias(true).build()));
        close(
                "float first and last layers",
                IMAGE,
                () ->
                        net(
                                Conv2d.builder().setFilters(7).setKernelShape(square(3)).build(),
                                BatchNorm.builder().build(),
                                Activation.reluBlock(),
                                Blocks.batchFlattenBlock(),
                                Linear.builder().setUnits(5).build()));
        close(
                "float convolution 1-D",
                new Shape(1, 8, 21), // as many channels as DJL's own is right for on any machine
                () -> Conv1d.builder().setFilters(7).setKernelShape(new Shape(3)).build());
    }

    private static void weights() {
        for (boolean spatial : new boolean[] {false, true}) {
            Shape input = spatial ? IMAGE : VECTOR;
            String where = spatial ? ", convolution" : ", linear";
            close(
                    "binary weights × floats" + where,
                    input,
                    () -> weighted(spatial, new Identity(), BwnWeight.perChannel()));
            close(
                    "ternary weights × floats" + where,
                    input,
                    () -> weighted(spatial, new Identity(), new TernaryQuantizer()));
            close(
                    "binary weights × 8 bits" + where,
                    input,
                    () -> weighted(spatial, new DoReFaActivation(8), new StraightThroughSign()));
            close(
                    "ternary weights × 8 bits" + where,
                    input,
                    () ->
                            weighted(
                                    spatial,
                                    ElasticQuantizer.nonNegative(8),
                                    new TernaryQuantizer()));
            close(
                    "ternary weights × signs" + where,
                    input,
                    () -> weighted(spatial, new ApproxSign(), new TernaryQuantizer()));
            close(
                    "4-bit weights × 4 bits" + where,
                    input,
                    () -> weighted(spatial, ElasticQuantizer.signed(4), new DoReFaWeight(4)));
        }
    }

    private static void functions() {
        exact("ReLU", IMAGE, () -> between(image(3).build(), Activation.reluBlock()));
        exact("leaky ReLU", IMAGE, () -> between(image(3).build(), Activation.leakyReluBlock(.1f)));
        exact("ReLU6", IMAGE, () -> between(image(3).build(), Activation.relu6Block()));
        exact("RPReLU", IMAGE, () -> between(image(3).build(), new RPReLU()));
        exact("RPReLU of vectors", VECTOR, () -> between(linear(), new RPReLU()));
        exact("hardtanh", IMAGE, () -> between(image(3).build(), new HardTanh()));
        exact("RSign", IMAGE, () -> signed(image(3).build(), ReActShift.forConvolution()));
        exact("RSign of vectors", VECTOR, () -> signed(linear(), ReActShift.forLinear()));
        close(
                "elastic sign with a shift",
                IMAGE,
                () ->
                        signed(
                                image(3).build(),
                                LearnedShift.forConvolution(ElasticQuantizer.signed(1))));
        exact("tanh", IMAGE, () -> between(image(3).build(), Activation.tanhBlock()));
        exact("sigmoid", IMAGE, () -> between(image(3).build(), Activation.sigmoidBlock()));
        exact("soft sign", IMAGE, () -> between(image(3).build(), Activation.softSignBlock()));
        exact("soft plus", IMAGE, () -> between(image(3).build(), Activation.softPlusBlock()));
        exact(
                "dropout and identity",
                IMAGE,
                () ->
                        between(
                                image(3).build(),
                                Dropout.builder().build(),
                                new Identity(),
                                Blocks.identityBlock()));
        exact(
                "thermometer",
                VECTOR,
                () ->
                        net(
                                ThermometerEncoding.of(-1, 0, .5),
                                linear(),
                                BatchNorm.builder().build()));
    }

    private static void pools() {
        Shape three = square(3);
        Shape two = square(2);
        exact(
                "maximum, bits",
                IMAGE,
                () -> between(image(3).build(), Pool.maxPool2dBlock(two, two)));
        exact(
                "maximum, padded",
                IMAGE,
                () -> between(image(3).build(), Pool.maxPool2dBlock(three, two, one())));
        exact(
                "maximum 1-D",
                SEQUENCE,
                () -> between(sequence().build(), Pool.maxPool1dBlock(new Shape(3), new Shape(2))));
        close(
                "maximum of a whole image",
                IMAGE,
                () ->
                        net(
                                image(3).build(),
                                BatchNorm.builder().build(),
                                Pool.globalMaxPool2dBlock()));
        close(
                "average",
                IMAGE,
                () -> net(image(3).build(), Pool.avgPool2dBlock(three, two, one())));
        close(
                "average 1-D",
                SEQUENCE,
                () -> net(sequence().build(), Pool.avgPool1dBlock(new Shape(2), new Shape(2))));
        close(
                "average of a whole image",
                IMAGE,
                () ->
                        net(
                                image(3).build(),
                                BatchNorm.builder().build(),
                                Pool.globalAvgPool2dBlock(),
                                Linear.builder().setUnits(4).build()));
        close(
                "average of a whole sequence",
                SEQUENCE,
                () -> net(sequence().build(), Pool.globalAvgPool1dBlock()));
        close(
                "maximum of a whole sequence",
                SEQUENCE,
                () -> net(sequence().build(), Pool.globalMaxPool1dBlock()));
    }

    private static void structures() {
        exact(
                "residual sum",
                IMAGE,
                () ->
                        between(
                                ResidualBlock.builder()
                                        .setBody(
                                                net(
                                                        image(3).setFilters(6)
                                                                .optPadding(one())
                                                                .build(),
                                                        BatchNorm.builder().build()))
                                        .build()));
        for (Shortcut shortcut : Shortcut.values()) {
            close(
                    "shortcut " + shortcut,
                    IMAGE,
                    () ->
                            BiRealBlock.builder()
                                    .setFilters(12)
                                    .setConvolution(PackableBlocksTest::binary)
                                    .optStride(2)
                                    .optShortcut(shortcut)
                                    .build());
        }
        close(
                "block of ReActNet",
                IMAGE,
                () ->
                        ReActNetBlock.builder()
                                .setChannels(6)
                                .optStride(2)
                                .optDoubling(true)
                                .optConvolution(PackableBlocksTest::binary)
                                .build());
        exact(
                "branches that are added",
                IMAGE,
                () ->
                        new ParallelBlock(
                                list -> new NDList(sum(list)),
                                List.of(image(3).build(), image(3).build())));
        exact(
                "branches side by side",
                IMAGE,
                () ->
                        new ParallelBlock(
                                list -> new NDList(concatenation(list)),
                                List.of(image(3).build(), image(3).build())));
        exact(
                "flatten",
                IMAGE,
                () ->
                        net(
                                image(3).build(),
                                BatchNorm.builder().build(),
                                Blocks.batchFlattenBlock(),
                                linear()));
        exact(
                "flatten in other words",
                IMAGE,
                () ->
                        net(
                                image(3).build(),
                                BatchNorm.builder().build(),
                                new LambdaBlock(x -> new NDList(x.head().flatten(1, -1))),
                                linear()));
    }

    private static NDArray sum(List<NDList> branches) {
        return branches.get(0).head().add(branches.get(1).head());
    }

    private static NDArray concatenation(List<NDList> branches) {
        return NDArrays.concat(new NDList(branches.get(0).head(), branches.get(1).head()), 1);
    }

    private static void estimatorsAndScales() {
        List<Supplier<? extends Quantizer>> signs =
                List.of(
                        StraightThroughSign::new,
                        StraightThroughSign::open,
                        StraightThroughSign::identity,
                        ApproxSign::new,
                        ReSte::new,
                        SwishSign::new,
                        ErrorDecayEstimator::new,
                        FourierSign::new,
                        NormalizedSign::new);
        for (Supplier<? extends Quantizer> sign : signs) {
            exact(
                    "estimator " + sign.get().getClass().getSimpleName(),
                    IMAGE,
                    () -> {
                        Block layer =
                                QuantConv2d.builder()
                                        .setFilters(10)
                                        .setKernelShape(square(3))
                                        .optInputQuantizer(sign.get())
                                        .optWeightQuantizer(sign.get())
                                        .build();
                        return signed(layer, sign.get());
                    });
        }
        for (WeightScale scale : WeightScale.values()) {
            exact("scale " + scale, IMAGE, () -> between(image(3).optScale(scale).build()));
            if (scale != WeightScale.LEARNED_RANK_ONE) {
                exact(
                        "scale " + scale + ", linear",
                        VECTOR,
                        () ->
                                between(
                                        binary(QuantLinear.builder())
                                                .setUnits(70)
                                                .optScale(scale)
                                                .build()));
            }
        }
        for (InputScale scale : InputScale.values()) {
            close("input scale " + scale, IMAGE, () -> image(3).optInputScale(scale).build());
        }
    }

    private static Shape one() {
        return square(1);
    }

    private static Shape square(int size) {
        return new Shape(size, size);
    }

    private static SequentialBlock net(Block... blocks) {
        return new SequentialBlock().addAll(blocks);
    }

    private static <B extends QuantizedLayer.Builder<B>> B binary(B builder) {
        return builder.optInputQuantizer(new ApproxSign())
                .optWeightQuantizer(new StraightThroughSign());
    }

    private static QuantLinear linear() {
        return binary(QuantLinear.builder()).setUnits(70).build();
    }

    private static QuantConv1d.Builder sequence() {
        return binary(QuantConv1d.builder()).setFilters(10).setKernelShape(new Shape(3));
    }

    private static QuantConv2d.Builder image(int kernel) {
        return binary(QuantConv2d.builder()).setFilters(12).setKernelShape(square(kernel));
    }

    private static QuantDeconv2d.Builder transposed(int kernel, int stride) {
        return binary(QuantDeconv2d.builder())
                .setFilters(6)
                .setKernelShape(square(kernel))
                .optStride(square(stride));
    }

    /** A block between batch norms and layers of bits, so that what it gives becomes thresholds. */
    private static Block between(Block first, Block... others) {
        SequentialBlock net = net(BatchNorm.builder().build(), first, BatchNorm.builder().build());
        return net.addAll(others)
                .add(Blocks.batchFlattenBlock())
                .add(binary(QuantLinear.builder()).setUnits(9).build());
    }

    /** A layer, a batch norm and a layer whose inputs a quantizer turns into signs. */
    private static Block signed(Block first, Quantizer sign) {
        boolean vectors = first instanceof QuantLinear;
        Block second =
                vectors
                        ? binary(QuantLinear.builder()).setUnits(9).optInputQuantizer(sign).build()
                        : image(2).optInputQuantizer(sign).build();
        return net(first, BatchNorm.builder().build(), second);
    }

    private static Block weighted(boolean spatial, Quantizer inputs, Quantizer weights) {
        return spatial
                ? image(3).optInputQuantizer(inputs).optWeightQuantizer(weights).build()
                : binary(QuantLinear.builder())
                        .setUnits(9)
                        .optInputQuantizer(inputs)
                        .optWeightQuantizer(weights)
                        .build();
    }

    @ParameterizedTest
    @MethodSource("cases")
    void packedIsTheEngine(Case one) throws IOException {
        Random random = new Random(one.name.hashCode());
        try (NDManager manager = NDManager.newBaseManager()) {
            Block net = one.net.get();
            net.initialize(manager, DataType.FLOAT32, one.input);
            ConvolutionExactnessTest.randomize(net, random);
            byte[] file = PackedCompiler.compile(net, one.input).toBytes();
            PackedModel model = PackedModel.fromBytes(file);
            float[] x = RandomModels.floats(random, ROWS * model.inputs());
            Shape batch = new Shape(ROWS).addAll(one.input.slice(1));
            float[] expected = TrainedNets.run(manager, net, x, batch);
            float[] actual = model.predict(x, ROWS);
            assertEquals(expected.length, actual.length);
            float largest = 0;
            for (int i = 0; i < expected.length; ++i) {
                // −0 is 0
                expected[i] += 0f;
                actual[i] += 0f;
                largest = Math.max(largest, Math.abs(expected[i]));
            }
            assertTrue(largest > 0, "the network says something");
            if (one.tolerance == 0) {
                assertArrayEquals(expected, actual, model.summary());
            } else {
                assertArrayEquals(
                        expected, actual, (float) one.tolerance * largest, model.summary());
            }
        }
    }

    /** γ < 0 turns a comparison round, γ = 0 and thresholds out of reach make constants. */
    @Test
    void thresholdsOfEveryBatchNorm() {
        SequentialBlock net = net(linear(), BatchNorm.builder().build(), linear());
        try (NDManager manager = NDManager.newBaseManager()) {
            Random random = new Random(3);
            net.initialize(manager, DataType.FLOAT32, VECTOR);
            ConvolutionExactnessTest.randomize(net, random);
            float[] gamma = new float[70];
            float[] beta = new float[70];
            for (int c = 0; c < 70; ++c) {
                gamma[c] = c % 3 - 1;
                // Out of reach of 65 products at every seventh channel.
                beta[c] = c % 7 == 0 ? (c % 2 == 0 ? 1e6f : -1e6f) : c % 5 - 2;
            }
            net.getParameters().get("02BatchNorm_gamma").getArray().set(gamma);
            net.getParameters().get("02BatchNorm_beta").getArray().set(beta);
            PackedModel model = PackedCompiler.compile(net, VECTOR);
            IntegerThresholds thresholds =
                    (IntegerThresholds)
                            model.operations().stream()
                                    .filter(IntegerThresholds.class::isInstance)
                                    .findFirst()
                                    .orElseThrow();
            Set<ThresholdRule> rules = EnumSet.noneOf(ThresholdRule.class);
            for (int c = 0; c < 70; ++c) {
                ThresholdRule rule = thresholds.rule(c);
                rules.add(rule);
                boolean constant = gamma[c] == 0 || c % 7 == 0;
                assertEquals(constant, rule.isConstant(), "channel " + c + ": " + rule);
                if (constant) {
                    assertEquals(beta[c] >= 0 ? ThresholdRule.ALWAYS : ThresholdRule.NEVER, rule);
                } else {
                    assertEquals(gamma[c] > 0 ? ThresholdRule.AT_LEAST : ThresholdRule.BELOW, rule);
                }
            }
            assertEquals(EnumSet.allOf(ThresholdRule.class), rules);
            float[] x = RandomModels.floats(random, 50 * 65);
            assertArrayEquals(
                    TrainedNets.run(manager, net, x, new Shape(50, 65)), model.predict(x, 50));
        }
    }

    /** The maximum of bits is an OR: no number is made of them. */
    @Test
    void maximaOfBitsAreOrs() {
        SequentialBlock net =
                net(
                        image(3).build(),
                        Pool.maxPool2dBlock(square(2), square(2)),
                        BatchNorm.builder().build(),
                        image(2).build());
        try (NDManager manager = NDManager.newBaseManager()) {
            net.initialize(manager, DataType.FLOAT32, IMAGE);
            ConvolutionExactnessTest.randomize(net, new Random(4));
            PackedModel model = PackedCompiler.compile(net, IMAGE);
            List<Class<?>> kinds = new ArrayList<>();
            for (Operation operation : model.operations()) {
                kinds.add(operation.getClass());
            }
            assertEquals(
                    List.of(
                            Interleave.class,
                            InputThresholds.class,
                            BinaryConvolution.class,
                            IntegerThresholds.class,
                            MaxPoolBits.class,
                            BinaryConvolution.class),
                    kinds.subList(0, 6),
                    model::summary);
        }
    }
}
