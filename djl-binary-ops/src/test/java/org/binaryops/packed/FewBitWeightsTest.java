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
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.norm.BatchNorm;
import java.io.IOException;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.binaryops.nn.QuantConv2d;
import org.binaryops.nn.QuantLinear;
import org.binaryops.nn.QuantizedLayer;
import org.binaryops.packed.compiler.PackedCompiler;
import org.binaryops.quantizer.ApproxSign;
import org.binaryops.quantizer.BwnWeight;
import org.binaryops.quantizer.Quantizer;
import org.binaryops.quantizer.StraightThroughSign;
import org.binaryops.quantizer.TernaryQuantizer;
import org.junit.jupiter.api.Test;

/** Ternary weights before signs, and weights of one or two bits before floats, as PyTorch has. */
class FewBitWeightsTest {

    private static final int ROWS = 3;

    @Provide
    Arbitrary<Integer> widths() {
        return Arbitraries.of(1, 2, 63, 64, 65, 127, 128, 130);
    }

    private static QuantLinear linear(int units, Quantizer inputs, Quantizer weights) {
        QuantLinear.Builder builder =
                QuantLinear.builder().setUnits(units).optWeightQuantizer(weights);
        return (inputs == null ? builder : builder.optInputQuantizer(inputs)).build();
    }

    private static QuantConv2d convolution(
            int filters, int groups, int stride, int padding, Quantizer in, Quantizer weights) {
        QuantConv2d.Builder builder =
                QuantConv2d.builder()
                        .setFilters(filters)
                        .setKernelShape(new Shape(3, 2))
                        .optGroups(groups)
                        .optStride(new Shape(stride, 1))
                        .optPadding(new Shape(padding, 1))
                        .optWeightQuantizer(weights);
        return (in == null ? builder : builder.optInputQuantizer(in)).build();
    }

    /** No unit has zeros only: it would have no level. */
    private static void randomWeights(QuantizedLayer layer, Random random) {
        NDArray weight = layer.getDirectParameters().get("weight").getArray();
        float[] values = new float[Math.toIntExact(weight.size())];
        for (int i = 0; i < values.length; ++i) {
            boolean zero = i % (values.length / layer.getUnits()) > 0 && random.nextInt(20) == 0;
            values[i] = zero ? 0 : (float) random.nextGaussian();
        }
        weight.set(values);
    }

    /** The signs of the levels that the weights have: −1, 0 and 1. */
    private static float[] ternary(NDManager manager, QuantizedLayer layer) {
        NDArray weight = layer.getDirectParameters().get("weight").getArray();
        try (NDManager scope = manager.newSubManager()) {
            NDArray w = weight.duplicate();
            w.attach(scope);
            return TernaryQuantizer.quantize(w).sign().toFloatArray();
        }
    }

    /**
     * Compares the integers behind a layer with the sums that PyTorch has for the weights −1, 0 and
     * 1, and the outputs with those for the layer's own weights.
     */
    private static void assertTernary(Random random, QuantizedLayer layer, Shape input)
            throws IOException {
        try (NDManager manager = NDManager.newBaseManager()) {
            layer.initialize(manager, DataType.FLOAT32, input);
            randomWeights(layer, random);
            PackedModel model = PackedCompiler.compile(layer, input);
            PackedModel loaded = PackedModel.fromBytes(model.toBytes());
            Shape batch = new Shape(ROWS).addAll(input.slice(1));
            float[] x = RandomModels.floats(random, ROWS * model.inputs());
            float[] outputs = TrainedNets.run(manager, layer, x, batch);

            float[] signs = ternary(manager, layer);
            int zeros = 0;
            for (float sign : signs) {
                zeros += sign == 0 ? 1 : 0;
            }
            layer.getDirectParameters().get("weight").getArray().set(signs);
            float[] sums = TrainedNets.run(manager, layer, x, batch);

            PackedSession session = new PackedSession(loaded, false);
            int positions = model.outputs() / layer.getUnits();
            int units = layer.getUnits();
            int value = accumulators(loaded);
            for (int row = 0; row < ROWS; ++row) {
                float[] one =
                        java.util.Arrays.copyOfRange(
                                x, row * model.inputs(), (row + 1) * model.inputs());
                float[] actual = session.predict(one, new float[model.outputs()]);
                int[] integers = session.scratch().accumulators[value];
                for (int p = 0; p < positions; ++p) {
                    for (int n = 0; n < units; ++n) {
                        int at = row * model.outputs() + n * positions + p;
                        assertEquals(sums[at], integers[p * units + n], model::summary);
                        // A sum that cancels keeps the rounding of the engine's additions.
                        assertEquals(
                                outputs[at],
                                actual[n * positions + p],
                                1e-4 + 1e-5 * Math.abs(outputs[at]),
                                model::summary);
                    }
                }
            }
            assertTrue(zeros > 0 || signs.length < 16 * units, "no weight was 0");
        }
    }

    /** The value of the only operation that adds products of bits. */
    private static int accumulators(PackedModel model) {
        int found = 0;
        for (int i = 0; i < model.operations().size(); ++i) {
            if (model.program().types().get(i + 1).kind() == ValueType.Kind.ACCUMULATORS) {
                assertEquals(0, found, model.summary());
                found = i + 1;
            }
        }
        assertTrue(found > 0, model.summary());
        return found;
    }

    @Property(tries = 25)
    void sumsOfTernaryLinearLayersAreTheEngines(
            @ForAll long seed,
            @ForAll("widths") int inputs,
            @ForAll @IntRange(min = 1, max = 70) int units)
            throws IOException {
        assertTernary(
                new Random(seed),
                linear(units, new StraightThroughSign(), new TernaryQuantizer()),
                new Shape(1, inputs));
    }

    @Test
    void sumsOfFourThousandTernaryProductsAreTheEngines() throws IOException {
        for (int inputs : new int[] {4095, 4098}) {
            assertTernary(
                    new Random(inputs),
                    linear(33, new StraightThroughSign(), new TernaryQuantizer()),
                    new Shape(1, inputs));
        }
    }

    @Property(tries = 25)
    void sumsOfTernaryConvolutionsAreTheEngines(
            @ForAll long seed,
            @ForAll("widths") int channels,
            @ForAll @IntRange(min = 1, max = 3) int perGroup,
            @ForAll boolean depthwise,
            @ForAll @IntRange(min = 1, max = 2) int stride,
            @ForAll @IntRange(min = 0, max = 2) int padding)
            throws IOException {
        int groups = depthwise ? channels : 1;
        assertTernary(
                new Random(seed),
                convolution(
                        groups * perGroup,
                        groups,
                        stride,
                        padding,
                        new ApproxSign(),
                        new TernaryQuantizer()),
                new Shape(1, channels, 6, 5));
    }

    /**
     * Between two ternary layers there are integer thresholds. The levels are powers of two, for
     * which every order of the engine's additions is exact.
     */
    @Property(tries = 20)
    void ternaryNetworksAreTheEnginesToTheLastBit(
            @ForAll long seed, @ForAll("widths") int channels) {
        Random random = new Random(seed);
        QuantConv2d first =
                convolution(channels, 1, 1, 1, new ApproxSign(), new TernaryQuantizer());
        QuantConv2d second = convolution(5, 1, 2, 1, new ApproxSign(), new TernaryQuantizer());
        SequentialBlock net =
                new SequentialBlock().add(first).add(BatchNorm.builder().build()).add(second);
        Shape input = new Shape(1, 3, 7, 6);
        try (NDManager manager = NDManager.newBaseManager()) {
            net.initialize(manager, DataType.FLOAT32, input);
            ConvolutionExactnessTest.randomize(net, random);
            for (QuantConv2d layer : new QuantConv2d[] {first, second}) {
                NDArray weight = layer.getDirectParameters().get("weight").getArray();
                float[] values = new float[Math.toIntExact(weight.size())];
                int inputs = values.length / layer.getUnits();
                for (int i = 0; i < values.length; ++i) {
                    float level = 1f / (1 << i / inputs % 4);
                    values[i] = level * (random.nextInt(3) - 1);
                }
                weight.set(values);
            }
            PackedModel model = PackedCompiler.compile(net, input);
            long thresholds =
                    model.operations().stream()
                            .filter(
                                    o ->
                                            o instanceof IntegerThresholds
                                                    || o instanceof PositionThresholds)
                            .count();
            assertEquals(1, thresholds, model.summary());
            float[] x = RandomModels.floats(random, ROWS * model.inputs());
            float[] expected = TrainedNets.run(manager, net, x, new Shape(ROWS, 3, 7, 6));
            float[] actual = model.predict(x, ROWS);
            for (int i = 0; i < expected.length; ++i) {
                // −0 is 0
                expected[i] += 0f;
                actual[i] += 0f;
            }
            assertArrayEquals(expected, actual, model.summary());
        }
    }

    /** Floats times weights of one or two bits; the file holds one or two bits for each. */
    @Property(tries = 25)
    void floatsTimesWeightsOfFewBitsAreTheEngines(
            @ForAll long seed,
            @ForAll("widths") int channels,
            @ForAll boolean binary,
            @ForAll boolean spatial,
            @ForAll @IntRange(min = 1, max = 2) int stride)
            throws IOException {
        Random random = new Random(seed);
        Quantizer means = seed % 2 == 0 ? BwnWeight.perLayer() : BwnWeight.perChannel();
        Quantizer quantizer = binary ? means : new TernaryQuantizer();
        QuantizedLayer layer =
                spatial
                        ? convolution(6, 1, stride, 1, null, quantizer)
                        : linear(70, null, quantizer);
        Shape input = spatial ? new Shape(1, channels, 6, 5) : new Shape(1, channels);
        try (NDManager manager = NDManager.newBaseManager()) {
            layer.initialize(manager, DataType.FLOAT32, input);
            randomWeights(layer, random);
            byte[] file = PackedCompiler.compile(layer, input).toBytes();
            PackedModel model = PackedModel.fromBytes(file);
            float[] x = RandomModels.floats(random, ROWS * model.inputs());
            Shape batch = new Shape(ROWS).addAll(input.slice(1));
            float[] expected = TrainedNets.run(manager, layer, x, batch);
            float[] actual = model.predict(x, ROWS);
            double largest = 0;
            for (float value : expected) {
                largest = Math.max(largest, Math.abs(value));
            }
            for (int i = 0; i < expected.length; ++i) {
                assertEquals(expected[i], actual[i], 1e-5 * largest, model::summary);
            }
            long weights = layer.getDirectParameters().get("weight").getArray().size();
            int units = layer.getUnits();
            long words = units * ((weights / units + 63) / 64);
            long most = 8 * words * (binary ? 1 : 2) + 8L * units + 512;
            assertTrue(file.length <= most, file.length + " bytes\n" + model.summary());
        }
    }
}
