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
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.Blocks;
import ai.djl.nn.LambdaBlock;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.core.Linear;
import ai.djl.nn.norm.BatchNorm;
import ai.djl.nn.norm.Dropout;
import ai.djl.nn.pooling.Pool;
import ai.djl.training.ParameterStore;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Supplier;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.binaryops.nn.QuantConv2d;
import org.binaryops.nn.QuantLinear;
import org.binaryops.nn.WeightOnlyQuantization;
import org.binaryops.packed.compiler.PackedCompiler;
import org.binaryops.packed.compiler.UnpackableBlockException;
import org.binaryops.quantizer.AffineQuantizer;
import org.binaryops.quantizer.ApproxSign;
import org.binaryops.quantizer.ArcTanSpike;
import org.binaryops.quantizer.Calibration;
import org.binaryops.quantizer.DoReFaActivation;
import org.binaryops.quantizer.DoReFaWeight;
import org.binaryops.quantizer.DynamicFixedPointQuantizer;
import org.binaryops.quantizer.DynamicRangeQuantizer;
import org.binaryops.quantizer.ElasticQuantizer;
import org.binaryops.quantizer.LearnedShift;
import org.binaryops.quantizer.Quantizer;
import org.binaryops.quantizer.StraightThroughSign;
import org.binaryops.quantizer.TernaryQuantizer;
import org.junit.jupiter.api.Test;

/** Networks with activations of a few bits, their quantizers alone, and weights in DJL's layers. */
class QuantizedNetworksTest {

    private static final int ROWS = 4;

    private static AffineQuantizer affine(int bits, boolean symmetric, int axis) {
        AffineQuantizer.Builder builder =
                AffineQuantizer.builder().setBits(bits).optSymmetric(symmetric);
        return (axis < 0 ? builder : builder.optAxis(axis)).build();
    }

    private static void set(Quantizer quantizer, String parameter, double... values) {
        float[] floats = new float[values.length];
        for (int i = 0; i < floats.length; ++i) {
            floats[i] = (float) values[i];
        }
        quantizer.getParameters().get(parameter).getArray().set(floats);
    }

    private static Quantize quantize(PackedModel model) {
        return (Quantize)
                model.operations().stream()
                        .filter(Quantize.class::isInstance)
                        .findFirst()
                        .orElseThrow();
    }

    /**
     * The levels that a packed quantizer gives are those of the engine: at random numbers, at ties
     * between two levels, and at the floats just beside them.
     */
    @Property(tries = 60)
    void levelsAreTheEnginesAtTiesToo(
            @ForAll @IntRange(min = 0, max = 5) int kind,
            @ForAll @IntRange(min = 1, max = 8) int bits,
            @ForAll boolean powerOfTwo,
            @ForAll long seed) {
        Random random = new Random(seed);
        double step =
                powerOfTwo ? Math.scalb(1, random.nextInt(9) - 6) : Math.exp(random.nextGaussian());
        int even = bits < 4 ? 2 : bits < 8 ? 4 : 8;
        Quantizer quantizer =
                switch (kind) {
                    case 0 -> affine(Math.max(2, bits), true, -1);
                    case 1 -> affine(Math.max(2, bits), false, -1);
                    case 2 -> ElasticQuantizer.signed(even);
                    case 3 -> ElasticQuantizer.nonNegative(bits == 1 ? 1 : even);
                    case 4 -> new DoReFaActivation(bits);
                    default -> LearnedShift.forLinear(ElasticQuantizer.signed(even));
                };
        Block net = new SequentialBlock().add(quantizer).add(Linear.builder().setUnits(2).build());
        try (NDManager manager = NDManager.newBaseManager()) {
            net.initialize(manager, DataType.FLOAT32, new Shape(1, 3));
            if (kind < 2) {
                ((AffineQuantizer) quantizer)
                        .calibrate(manager.create(new float[] {-1, 1, 2}), Calibration.minMax());
                set(quantizer, "scale", step);
                set(quantizer, "zeroPoint", kind == 0 ? 0 : random.nextInt(1 << Math.max(2, bits)));
            } else if (kind == 4) {
                step = 1.0 / ((1 << bits) - 1);
            } else {
                quantizer.getParameters().stream()
                        .filter(p -> p.getKey().endsWith("step"))
                        .findFirst()
                        .orElseThrow()
                        .getValue()
                        .getArray()
                        .set(new float[] {(float) step});
            }
            PackedModel model = PackedCompiler.compile(net, new Shape(1, 3));
            Quantize packed = quantize(model);
            List<Float> numbers = new ArrayList<>();
            for (int i = -300; i < 300; ++i) {
                float tie = (float) ((i + 0.5) * step);
                numbers.add(tie);
                numbers.add(Math.nextUp(tie));
                numbers.add(Math.nextDown(tie));
                numbers.add((float) (i * step));
                numbers.add((float) (200 * step * random.nextGaussian()));
            }
            numbers.addAll(List.of(0f, -0f, Float.MAX_VALUE, -Float.MAX_VALUE, Float.MIN_VALUE));
            float[] rows = new float[3 * numbers.size()];
            for (int i = 0; i < rows.length; ++i) {
                rows[i] = numbers.get(i / 3);
            }
            ParameterStore store = new ParameterStore(manager, false);
            NDArray x = manager.create(rows, new Shape(numbers.size(), 3));
            float[] expected = quantizer.quantize(store, x, false).toFloatArray();
            double[] lowest = new double[3];
            for (int i = 0; i < rows.length; ++i) {
                lowest[i % 3] = Math.min(lowest[i % 3], expected[i]);
            }
            for (int i = 0; i < rows.length; ++i) {
                long level = Math.round((expected[i] - lowest[i % 3]) / step);
                assertEquals(level, packed.level(rows[i], i % 3), rows[i] + " " + packed);
            }
            if (kind < 5) {
                assertFalse(packed.rule() == Quantize.Rule.COMPARE, packed::toString);
            }
        }
    }

    /** First and last layers of 8 bits, and in between weights of a bit or two. */
    static SequentialBlock network(Random random, boolean binaryBody) {
        Quantizer weights =
                random.nextBoolean() ? new StraightThroughSign() : new TernaryQuantizer();
        Quantizer body = binaryBody ? new ApproxSign() : affine(4, false, -1);
        return new SequentialBlock()
                .add(
                        QuantConv2d.builder()
                                .setFilters(12)
                                .setKernelShape(new Shape(3, 3))
                                .optPadding(new Shape(1, 1))
                                .optInputQuantizer(affine(8, false, -1))
                                .optWeightQuantizer(affine(8, true, 0))
                                .build())
                .add(BatchNorm.builder().build())
                .add(Activation.reluBlock())
                .add(
                        QuantConv2d.builder()
                                .setFilters(20)
                                .setKernelShape(new Shape(3, 3))
                                .optStride(new Shape(2, 2))
                                .optPadding(new Shape(1, 1))
                                .optBias(true)
                                .optInputQuantizer(body)
                                .optWeightQuantizer(weights)
                                .build())
                .add(BatchNorm.builder().build())
                .add(Dropout.builder().build())
                .add(Pool.maxPool2dBlock(new Shape(2, 2), new Shape(2, 2)))
                .add(Blocks.batchFlattenBlock())
                .add(
                        QuantLinear.builder()
                                .setUnits(10)
                                .optBias(true)
                                .optInputQuantizer(affine(8, true, -1))
                                .optWeightQuantizer(affine(8, false, -1))
                                .build());
    }

    private static List<AffineQuantizer> affines(Block block) {
        List<AffineQuantizer> found = new ArrayList<>();
        if (block instanceof AffineQuantizer affine) {
            found.add(affine);
        }
        block.getChildren().values().forEach(child -> found.addAll(affines(child)));
        return found;
    }

    /** Ranges as numbers of the normal distribution have them. */
    static void calibrate(Block net, NDManager manager, Random random) {
        for (AffineQuantizer quantizer : affines(net)) {
            int channels = (int) quantizer.getParameters().get("scale").getArray().size();
            float[] numbers = RandomModels.floats(random, 50 * channels);
            quantizer.calibrate(
                    manager.create(numbers, new Shape(channels, 50)), Calibration.percentile(99));
        }
    }

    /**
     * With scales that are powers of two each order of an engine's additions is exact: then the
     * packed network is the engine's to the last bit, batch norms and rounding included.
     */
    @Property(tries = 25)
    void networksWithScalesOfTwoAreTheEnginesToTheLastBit(
            @ForAll long seed, @ForAll boolean binaryBody) throws Exception {
        Random random = new Random(seed);
        SequentialBlock net = network(random, binaryBody);
        Shape input = new Shape(1, 3, 9, 8);
        try (NDManager manager = NDManager.newBaseManager()) {
            net.initialize(manager, DataType.FLOAT32, input);
            ConvolutionExactnessTest.randomize(net, random);
            for (AffineQuantizer quantizer : affines(net)) {
                int channels = (int) quantizer.getParameters().get("scale").getArray().size();
                quantizer.calibrate(
                        manager.create(
                                RandomModels.floats(random, 2 * channels), new Shape(channels, 2)),
                        Calibration.minMax());
                double[] scales = new double[channels];
                double[] zeros = new double[channels];
                for (int c = 0; c < channels; ++c) {
                    scales[c] = Math.scalb(1, 2 - quantizer.getBits() - random.nextInt(2));
                    zeros[c] = random.nextInt(1 << quantizer.getBits());
                }
                set(quantizer, "scale", scales);
                if (!quantizer.isSymmetric()) {
                    set(quantizer, "zeroPoint", zeros);
                }
            }
            for (int i : new int[] {3, 8}) {
                Block layer = net.getChildren().get(i).getValue();
                for (String name : new String[] {"weight", "bias"}) {
                    NDArray array = layer.getDirectParameters().get(name).getArray();
                    float[] values = new float[(int) array.size()];
                    for (int j = 0; j < values.length; ++j) {
                        values[j] = (random.nextInt(3) - 1) / 4f;
                    }
                    array.set(values);
                }
            }
            PackedModel model = PackedModel.fromBytes(PackedCompiler.compile(net, input).toBytes());
            float[] x = RandomModels.floats(random, ROWS * model.inputs());
            float[] expected = TrainedNets.run(manager, net, x, new Shape(ROWS, 3, 9, 8));
            float[] actual = model.predict(x, ROWS);
            for (int i = 0; i < expected.length; ++i) {
                expected[i] += 0f;
                actual[i] += 0f;
            }
            assertArrayEquals(expected, actual, model.summary());
            long whole =
                    model.operations().stream()
                            .filter(IntegerConvolution.class::isInstance)
                            .count();
            assertEquals(binaryBody ? 2 : 3, whole, model.summary());
        }
    }

    /**
     * With any scales a number may lie within rounding of a tie and become the next level; most
     * rows have none and agree to rounding.
     */
    @Test
    void networksWithAnyScalesAgree() throws Exception {
        int close = 0;
        int rows = 0;
        for (int seed = 0; seed < 6; ++seed) {
            Random random = new Random(seed);
            SequentialBlock net = network(random, seed % 2 == 0);
            Shape input = new Shape(1, 3, 9, 8);
            try (NDManager manager = NDManager.newBaseManager()) {
                net.initialize(manager, DataType.FLOAT32, input);
                ConvolutionExactnessTest.randomize(net, random);
                calibrate(net, manager, random);
                PackedModel model = PackedCompiler.compile(net, input);
                float[] x = RandomModels.floats(random, 20 * model.inputs());
                float[] expected = TrainedNets.run(manager, net, x, new Shape(20, 3, 9, 8));
                float[] actual = model.predict(x, 20);
                for (int row = 0; row < 20; ++row) {
                    double largest = 0;
                    double error = 0;
                    for (int i = 10 * row; i < 10 * row + 10; ++i) {
                        largest = Math.max(largest, Math.abs(expected[i]));
                        error = Math.max(error, Math.abs(expected[i] - actual[i]));
                    }
                    close += error <= 1e-4 * largest ? 1 : 0;
                    ++rows;
                }
            }
        }
        assertTrue(close >= 0.95 * rows, close + " of " + rows + " rows agree to 1e-4");
    }

    private static PackedModel compiled(
            NDManager manager, Block net, Shape input, double tolerance) {
        PackedModel model = PackedCompiler.compile(net, input);
        Random random = new Random(1);
        float[] x = RandomModels.floats(random, ROWS * model.inputs());
        Shape batch = new Shape(ROWS).addAll(input.slice(1));
        float[] expected = TrainedNets.run(manager, net, x, batch);
        float[] actual = model.predict(x, ROWS);
        double largest = 0;
        for (float value : expected) {
            largest = Math.max(largest, Math.abs(value));
        }
        for (int i = 0; i < expected.length; ++i) {
            assertEquals(expected[i], actual[i], tolerance * largest, model::summary);
        }
        return model;
    }

    private static boolean has(PackedModel model, Class<? extends Operation> kind) {
        return model.operations().stream().anyMatch(kind::isInstance);
    }

    /** Scales for each channel of the input are no factor of a sum: the layer computes in float. */
    @Test
    void scalesOfInputChannelsStayFloats() {
        AffineQuantizer quantizer = affine(8, true, 1);
        Block net =
                new SequentialBlock()
                        .add(
                                QuantConv2d.builder()
                                        .setFilters(4)
                                        .setKernelShape(new Shape(3, 3))
                                        .optInputQuantizer(quantizer)
                                        .optWeightQuantizer(new StraightThroughSign())
                                        .build());
        Shape input = new Shape(1, 3, 6, 6);
        try (NDManager manager = NDManager.newBaseManager()) {
            net.initialize(manager, DataType.FLOAT32, input);
            NDArray data =
                    manager.create(
                            RandomModels.floats(new Random(2), 2 * 3 * 36), new Shape(2, 3, 6, 6));
            quantizer.calibrate(
                    data.mul(manager.create(new float[] {1, 2, 5}, new Shape(3, 1, 1))),
                    Calibration.minMax());
            PackedModel model = compiled(manager, net, input, 1e-5);
            assertTrue(has(model, Dequantize.class) && has(model, FloatConvolution.class));
            assertEquals(Quantize.Rule.DIVIDE, quantize(model).rule());
        }
    }

    /** Spikes are a bit of 0 and 1; a quantizer that stands alone serves the layer behind it. */
    @Test
    void spikesAndQuantizersThatStandAlone() {
        Supplier<QuantLinear.Builder> layer =
                () -> QuantLinear.builder().setUnits(9).optWeightQuantizer(new DoReFaWeight(3));
        for (Quantizer quantizer : new Quantizer[] {new ArcTanSpike(), new DoReFaActivation(2)}) {
            Block net = new SequentialBlock().add(quantizer).add(layer.get().build());
            try (NDManager manager = NDManager.newBaseManager()) {
                net.initialize(manager, DataType.FLOAT32, new Shape(1, 70));
                PackedModel model = compiled(manager, net, new Shape(1, 70), 1e-5);
                assertTrue(has(model, IntegerConvolution.class), model.summary());
                assertFalse(has(model, Dequantize.class), model.summary());
            }
        }
    }

    /** What is no layer gets the very floats of the levels. */
    @Test
    void levelsAreFloatsForEverythingElse() {
        Block net =
                new SequentialBlock()
                        .add(new DoReFaActivation(3))
                        .add(Pool.maxPool2dBlock(new Shape(2, 2), new Shape(2, 2)))
                        .add(BatchNorm.builder().build())
                        .add(Blocks.batchFlattenBlock())
                        .add(Linear.builder().setUnits(3).build());
        try (NDManager manager = NDManager.newBaseManager()) {
            net.initialize(manager, DataType.FLOAT32, new Shape(1, 2, 6, 6));
            PackedModel model = compiled(manager, net, new Shape(1, 2, 6, 6), 1e-5);
            assertTrue(has(model, Dequantize.class), model.summary());
        }
    }

    @Test
    void levelsThatDependOnTheBatchAreRefused() {
        for (Quantizer quantizer :
                new Quantizer[] {
                    DynamicRangeQuantizer.symmetric(8),
                    DynamicRangeQuantizer.asymmetric(8),
                    new DynamicFixedPointQuantizer(8),
                    ElasticQuantizer.unsigned(4)
                }) {
            Block net =
                    new SequentialBlock().add(quantizer).add(Linear.builder().setUnits(2).build());
            String message = refusal(net, new Shape(1, 5));
            assertTrue(message.contains(quantizer.getClass().getSimpleName()), message);
            assertTrue(message.contains("depend on the other values of its input"), message);
        }
        Block net =
                new SequentialBlock()
                        .add(affine(8, true, -1))
                        .add(Linear.builder().setUnits(2).build());
        String message = refusal(net, new Shape(1, 5));
        assertTrue(
                message.contains("is not ready: This AffineQuantizer has no range yet"), message);
        net =
                new SequentialBlock()
                        .add(affine(16, true, -1))
                        .add(Linear.builder().setUnits(2).build());
        try (NDManager manager = NDManager.newBaseManager()) {
            net.initialize(manager, DataType.FLOAT32, new Shape(1, 5));
            affines(net).get(0).calibrate(manager.ones(new Shape(2)), Calibration.minMax());
            Block sixteen = net;
            message =
                    assertThrows(
                                    UnpackableBlockException.class,
                                    () -> PackedCompiler.compile(sixteen, new Shape(1, 5)))
                            .getMessage();
            assertTrue(message.contains("nor 2 to 256 others"), message);
        }
    }

    private static String refusal(Block net, Shape input) {
        try (NDManager manager = NDManager.newBaseManager()) {
            net.initialize(manager, DataType.FLOAT32, input);
            return assertThrows(
                            UnpackableBlockException.class,
                            () -> PackedCompiler.compile(net, input))
                    .getMessage();
        }
    }

    /** DJL's layers with the weights of a wrapper: packed as they are quantized. */
    @Test
    void weightsThatAWrapperQuantizesArePacked() {
        for (boolean materialized : new boolean[] {false, true}) {
            for (int kind = 0; kind < 3; ++kind) {
                int chosen = kind;
                Block inner =
                        new SequentialBlock()
                                .add(
                                        Conv2d.builder()
                                                .setFilters(8)
                                                .setKernelShape(new Shape(3, 3))
                                                .build())
                                .add(BatchNorm.builder().build())
                                .add(Activation.reluBlock())
                                .add(new LambdaBlock(x -> new NDList(x.head().flatten(1, -1))))
                                .add(Linear.builder().setUnits(20).build());
                WeightOnlyQuantization net =
                        WeightOnlyQuantization.builder()
                                .setBlock(inner)
                                .setQuantizer(
                                        () ->
                                                chosen == 0
                                                        ? affine(8, true, 0)
                                                        : chosen == 1
                                                                ? affine(4, false, 0)
                                                                : new TernaryQuantizer())
                                .build();
                Shape input = new Shape(1, 3, 7, 7);
                try (NDManager manager = NDManager.newBaseManager()) {
                    net.initialize(manager, DataType.FLOAT32, input);
                    net.calibrate(Calibration.minMax());
                    if (materialized) {
                        net.materialize();
                    }
                    PackedModel model = compiled(manager, net, input, 1e-5);
                    WeightForm expected = kind == 2 ? WeightForm.TERNARY : WeightForm.BYTES;
                    model.operations().stream()
                            .filter(FloatConvolution.class::isInstance)
                            .forEach(
                                    o ->
                                            assertEquals(
                                                    expected,
                                                    ((FloatConvolution) o).weights().form()));
                    long weights = 8 * 27 + 20 * 8 * 25;
                    int length = model.toBytes().length;
                    assertTrue(length < (kind == 2 ? weights / 2 : weights) + 1500, "" + length);
                }
            }
        }
    }
}
