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

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.ParameterStore;
import java.util.Arrays;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.binaryops.nn.QuantConv1d;
import org.binaryops.nn.QuantConv2d;
import org.binaryops.nn.QuantLinear;
import org.binaryops.nn.QuantizedLayer;
import org.binaryops.packed.compiler.PackedCompiler;
import org.binaryops.quantizer.AffineQuantizer;
import org.binaryops.quantizer.BwnWeight;
import org.binaryops.quantizer.Calibration;
import org.binaryops.quantizer.DoReFaActivation;
import org.binaryops.quantizer.DoReFaWeight;
import org.binaryops.quantizer.DynamicFixedPointQuantizer;
import org.binaryops.quantizer.ElasticQuantizer;
import org.binaryops.quantizer.Identity;
import org.binaryops.quantizer.Quantizer;
import org.binaryops.quantizer.StraightThroughSign;
import org.binaryops.quantizer.TernaryQuantizer;
import org.junit.jupiter.api.Test;

/**
 * Activations of 1 to 8 bits times weights of 1 to 8 bits. The accumulators are compared with
 * PyTorch's, which has the quantized inputs and weights in float64: its sums divided by the scales
 * of the two quantizers and rounded.
 */
class QuantizedLayersTest {

    private static final int ROWS = 2;

    /** The quantizers of inputs. */
    enum Inputs {
        SYMMETRIC,
        ASYMMETRIC,
        ELASTIC,
        NON_NEGATIVE,
        DOREFA
    }

    /** The quantizers of weights. */
    enum Weights {
        SIGN,
        MEANS,
        TERNARY,
        DOREFA,
        SYMMETRIC,
        ASYMMETRIC,
        POSITIVE,
        FIXED_POINT
    }

    private final Random random = new Random();

    private static Quantizer inputs(Inputs kind, int bits) {
        int powerOfTwo = bits < 2 ? 1 : bits < 4 ? 2 : bits < 8 ? 4 : 8;
        return switch (kind) {
            case SYMMETRIC, ASYMMETRIC ->
                    AffineQuantizer.builder()
                            .setBits(Math.max(2, bits))
                            .optSymmetric(kind == Inputs.SYMMETRIC)
                            .build();
            case ELASTIC -> ElasticQuantizer.signed(Math.max(2, powerOfTwo));
            case NON_NEGATIVE -> ElasticQuantizer.nonNegative(powerOfTwo);
            case DOREFA -> new DoReFaActivation(bits);
        };
    }

    private static Quantizer weights(Weights kind, int bits) {
        return switch (kind) {
            case SIGN -> new StraightThroughSign();
            case MEANS -> BwnWeight.perChannel();
            case TERNARY -> new TernaryQuantizer();
            case DOREFA -> new DoReFaWeight(Math.max(2, bits));
            case SYMMETRIC ->
                    AffineQuantizer.builder().setBits(Math.max(2, bits)).optAxis(0).build();
            case ASYMMETRIC, POSITIVE ->
                    AffineQuantizer.builder()
                            .setBits(Math.max(2, bits))
                            .optSymmetric(false)
                            .optAxis(0)
                            .build();
            case FIXED_POINT -> new DynamicFixedPointQuantizer(Math.max(2, bits));
        };
    }

    /** The distance of two levels, for each unit. */
    private static double[] scales(Weights kind, QuantizedLayer layer, NDArray latent, int bits) {
        int units = layer.getUnits();
        double[] scales = new double[units];
        float[] w = latent.toFloatArray();
        int k = w.length / units;
        for (int n = 0; n < units; ++n) {
            double mean = 0;
            for (int i = n * k; i < (n + 1) * k; ++i) {
                mean += Math.abs(w[i]) / (double) k;
            }
            double sum = 0;
            int count = 0;
            for (int i = n * k; i < (n + 1) * k; ++i) {
                boolean beyond = Math.abs(w[i]) > 0.7 * mean;
                sum += beyond ? Math.abs(w[i]) : 0;
                count += beyond ? 1 : 0;
            }
            double largest = 0;
            for (float value : w) {
                largest = Math.max(largest, Math.abs(value));
            }
            scales[n] =
                    switch (kind) {
                        case SIGN -> 1;
                        case MEANS -> mean;
                        case TERNARY -> sum / count;
                        // Odd multiples of half the distance.
                        case DOREFA -> 1.0 / ((1 << Math.max(2, bits)) - 1);
                        case FIXED_POINT ->
                                Math.scalb(
                                        1.0, Math.getExponent(largest) - (Math.max(2, bits) - 2));
                        default ->
                                layer.getWeightQuantizer()
                                        .getParameters()
                                        .get("scale")
                                        .getArray()
                                        .toFloatArray()[n];
                    };
        }
        return scales;
    }

    private static double step(Inputs kind, Quantizer quantizer, int bits) {
        return switch (kind) {
            case SYMMETRIC, ASYMMETRIC ->
                    quantizer.getParameters().get("scale").getArray().toFloatArray()[0];
            case ELASTIC, NON_NEGATIVE ->
                    quantizer.getParameters().get("step").getArray().toFloatArray()[0];
            case DOREFA -> 1.0 / ((1 << bits) - 1);
        };
    }

    /** A case: a layer and what quantizes its operands. */
    private record Case(QuantizedLayer layer, Inputs inputs, Weights weights, int x, int w) {}

    /** Sets weights and steps, compiles, and compares. */
    private PackedModel check(long seed, Case one, Shape input) throws Exception {
        random.setSeed(seed);
        QuantizedLayer layer = one.layer;
        try (NDManager manager = NDManager.newBaseManager()) {
            layer.initialize(manager, DataType.FLOAT32, input);
            NDArray latent = layer.getDirectParameters().get("weight").getArray();
            float[] values = new float[(int) latent.size()];
            for (int i = 0; i < values.length; ++i) {
                float normal = (float) random.nextGaussian();
                values[i] = one.weights == Weights.POSITIVE ? 2 + Math.abs(normal) : normal;
                values[i] /= 1 + i % 3;
            }
            latent.set(values);
            if (layer.getWeightQuantizer() instanceof AffineQuantizer affine) {
                affine.calibrate(latent, Calibration.minMax());
            }
            Shape batch = new Shape(ROWS).addAll(input.slice(1));
            float[] x = RandomModels.floats(random, (int) batch.size());
            NDArray features = manager.create(x, batch);
            Quantizer quantizer = layer.getInputQuantizer();
            if (quantizer instanceof AffineQuantizer affine) {
                float shift = random.nextInt(3) - 1;
                affine.calibrate(features.add(shift), Calibration.percentile(98));
            } else if (quantizer instanceof ElasticQuantizer) {
                float step = 3f / (1 << one.x) * (0.5f + random.nextFloat());
                quantizer.getParameters().get("step").getArray().set(new float[] {step});
            }
            PackedModel model =
                    PackedModel.fromBytes(PackedCompiler.compile(layer, input).toBytes());
            float[] expected = TrainedNets.run(manager, layer, x, batch);
            assertClose(expected, model.predict(x, ROWS), model);

            ParameterStore store = new ParameterStore(manager, false);
            float[] quantizedX = quantizer.quantize(store, features, false).toFloatArray();
            float[] quantizedW = layer.quantizedWeight(store, features).toFloatArray();
            double step = step(one.inputs, quantizer, one.x);
            double[] scales = scales(one.weights, layer, latent, one.w);
            double[] numbersX = numbers(quantizedX, step);
            double[] numbersW = numbers(quantizedW, scales);
            double[] sums = sums(manager, one, numbersX, numbersW, input);
            assertSums(model, layer.getUnits(), x, sums, numbersW);
            return model;
        }
    }

    private static void assertClose(float[] expected, float[] actual, PackedModel model) {
        float largest = 0;
        for (float value : expected) {
            largest = Math.max(largest, Math.abs(value));
        }
        for (int i = 0; i < expected.length; ++i) {
            assertEquals(expected[i], actual[i], 1e-4 * largest + 1e-30, model::summary);
        }
    }

    /** The whole numbers that quantized values are multiples by, in equal parts for each scale. */
    private static double[] numbers(float[] quantized, double... scales) {
        double[] numbers = new double[quantized.length];
        for (int i = 0; i < quantized.length; ++i) {
            double number = quantized[i] / scales[i / (quantized.length / scales.length)];
            numbers[i] = Math.rint(number);
            assertEquals(numbers[i], number, 1e-3, "the test's own scale");
        }
        return numbers;
    }

    /** What PyTorch accumulates of whole numbers, exactly, as it does so in float64. */
    private static double[] sums(NDManager manager, Case one, double[] x, double[] w, Shape input) {
        QuantizedLayer twin = copy(one.layer);
        twin.initialize(manager, DataType.FLOAT64, input);
        twin.getDirectParameters().get("weight").getArray().set(w);
        NDArray rows = manager.create(x, new Shape(ROWS).addAll(input.slice(1)));
        return org.binaryops.testing.Blocks.infer(manager, twin, rows)
                .singletonOrThrow()
                .toDoubleArray();
    }

    private static QuantizedLayer copy(QuantizedLayer layer) {
        if (layer instanceof QuantConv2d c) {
            return QuantConv2d.builder()
                    .setFilters(c.getUnits())
                    .setKernelShape(c.getKernelShape())
                    .optStride(c.getStride())
                    .optPadding(c.getPadding())
                    .optDilation(c.getDilation())
                    .optGroups(c.getGroups())
                    .optInputQuantizer(new Identity())
                    .optWeightQuantizer(new Identity())
                    .build();
        }
        if (layer instanceof QuantConv1d c) {
            return QuantConv1d.builder()
                    .setFilters(c.getUnits())
                    .setKernelShape(c.getKernelShape())
                    .optStride(c.getStride())
                    .optPadding(c.getPadding())
                    .optInputQuantizer(new Identity())
                    .optWeightQuantizer(new Identity())
                    .build();
        }
        return QuantLinear.builder()
                .setUnits(layer.getUnits())
                .optInputQuantizer(new Identity())
                .optWeightQuantizer(new Identity())
                .build();
    }

    /** The weights of a unit may share a divisor, which the packed layer leaves out. */
    private static void assertSums(
            PackedModel model, int units, float[] x, double[] sums, double[] w) {
        int positions = model.outputs() / units;
        int value = 0;
        for (int i = 0; i < model.operations().size(); ++i) {
            if (model.operations().get(i) instanceof IntegerConvolution) {
                value = i + 1;
            }
        }
        assertTrue(value > 0, model.summary());
        long[] largest = new long[units];
        for (int i = 0; i < w.length; ++i) {
            int n = i / (w.length / units);
            largest[n] = Math.max(largest[n], (long) Math.abs(w[i]));
        }
        IntegerWeights packed = ((IntegerConvolution) model.operations().get(value - 1)).weights();
        long[] divisors = new long[units];
        for (int n = 0; n < units; ++n) {
            long most = 1;
            for (int k = 0; k < packed.inputs(); ++k) {
                most = Math.max(most, Math.abs(packed.weight(n, k)));
            }
            divisors[n] = Math.max(1, largest[n] / most);
            assertEquals(largest[n] == 0 ? 1 : largest[n], divisors[n] * most);
        }
        PackedSession session = new PackedSession(model, false);
        for (int row = 0; row < ROWS; ++row) {
            float[] one = Arrays.copyOfRange(x, row * model.inputs(), (row + 1) * model.inputs());
            session.predict(one, new float[model.outputs()]);
            int[] integers = session.scratch().accumulators[value];
            for (int p = 0; p < positions; ++p) {
                for (int n = 0; n < units; ++n) {
                    long expected = (long) sums[(row * units + n) * positions + p];
                    long sum = integers[p * units + n] * divisors[n];
                    assertEquals(expected, sum, model::summary);
                }
            }
        }
    }

    @Provide
    Arbitrary<Integer> widths() {
        return Arbitraries.of(1, 2, 3, 8, 31, 63, 64, 65, 127, 128, 130);
    }

    @Property(tries = 120)
    void sumsOfLinearLayersAreTheEngines(
            @ForAll long seed,
            @ForAll Inputs inputs,
            @ForAll Weights weights,
            @ForAll @IntRange(min = 1, max = 8) int x,
            @ForAll @IntRange(min = 1, max = 8) int w,
            @ForAll("widths") int width,
            @ForAll @IntRange(min = 1, max = 40) int units)
            throws Exception {
        QuantLinear layer =
                QuantLinear.builder()
                        .setUnits(units)
                        .optInputQuantizer(inputs(inputs, x))
                        .optWeightQuantizer(weights(weights, w))
                        .build();
        check(seed, new Case(layer, inputs, weights, x, w), new Shape(1, width));
    }

    @Property(tries = 120)
    void sumsOfConvolutionsAreTheEngines(
            @ForAll long seed,
            @ForAll Inputs inputs,
            @ForAll Weights weights,
            @ForAll @IntRange(min = 1, max = 8) int x,
            @ForAll @IntRange(min = 1, max = 8) int w,
            @ForAll("widths") int channels,
            @ForAll @IntRange(min = 0, max = 2) int grouping)
            throws Exception {
        random.setSeed(seed);
        int groups = grouping == 1 ? channels : grouping == 2 && channels % 2 == 0 ? 2 : 1;
        QuantConv2d layer =
                QuantConv2d.builder()
                        .setFilters(groups * (1 + random.nextInt(groups > 3 ? 2 : 9)))
                        .setKernelShape(new Shape(1 + random.nextInt(3), 1 + random.nextInt(3)))
                        .optStride(new Shape(1 + random.nextInt(2), 1 + random.nextInt(2)))
                        .optPadding(new Shape(random.nextInt(3), random.nextInt(2)))
                        .optDilation(new Shape(1 + random.nextInt(2), 1))
                        .optGroups(groups)
                        .optInputQuantizer(inputs(inputs, x))
                        .optWeightQuantizer(weights(weights, w))
                        .build();
        check(seed, new Case(layer, inputs, weights, x, w), new Shape(1, channels, 6, 5));
    }

    @Property(tries = 30)
    void sumsOfSequencesAreTheEngines(
            @ForAll long seed,
            @ForAll Inputs inputs,
            @ForAll Weights weights,
            @ForAll("widths") int channels,
            @ForAll @IntRange(min = 0, max = 2) int padding)
            throws Exception {
        QuantConv1d layer =
                QuantConv1d.builder()
                        .setFilters(5)
                        .setKernelShape(new Shape(3))
                        .optPadding(new Shape(padding))
                        .optInputQuantizer(inputs(inputs, 8))
                        .optWeightQuantizer(weights(weights, 8))
                        .build();
        check(seed, new Case(layer, inputs, weights, 8, 8), new Shape(1, channels, 9));
    }

    @Test
    void fourThousandInputsOfEightBits() throws Exception {
        for (Weights weights : Weights.values()) {
            for (int width : new int[] {4095, 4098}) {
                QuantLinear layer =
                        QuantLinear.builder()
                                .setUnits(17)
                                .optInputQuantizer(inputs(Inputs.ASYMMETRIC, 8))
                                .optWeightQuantizer(weights(weights, 8))
                                .build();
                Case one = new Case(layer, Inputs.ASYMMETRIC, weights, 8, 8);
                check(width, one, new Shape(1, width));
            }
        }
    }

    /** The forms are those that the weights allow, whatever the quantizer is called. */
    @Test
    void theFileHasAsManyBitsAsTheWeights() throws Exception {
        int[] bits = {1, 1, 2, 4, 4, 4, 4, 4};
        for (Weights weights : Weights.values()) {
            QuantLinear layer =
                    QuantLinear.builder()
                            .setUnits(64)
                            .optInputQuantizer(inputs(Inputs.ASYMMETRIC, 8))
                            .optWeightQuantizer(weights(weights, 4))
                            .build();
            Case one = new Case(layer, Inputs.ASYMMETRIC, weights, 8, 4);
            PackedModel model = check(3, one, new Shape(1, 512));
            int expected = bits[weights.ordinal()];
            long words = expected * 64L * 8 * 8;
            int length = model.toBytes().length;
            assertTrue(length < words + 1200, expected + " bits, but " + length + " bytes");
            for (Operation operation : model.operations()) {
                if (operation instanceof IntegerConvolution layerOfIntegers) {
                    // The range of a fixed-point number or of positive ones may not be filled.
                    int actual = layerOfIntegers.weights().bits();
                    boolean fits =
                            actual == expected || actual == expected - 1 && weights.ordinal() >= 6;
                    assertTrue(fits, weights + " take " + actual + " bits");
                }
            }
        }
    }
}
