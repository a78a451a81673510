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
package org.binaryops.attention;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.MalformedModelException;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.training.GradientCollector;
import ai.djl.training.ParameterStore;
import ai.djl.util.Pair;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.binaryops.testing.Blocks;
import org.binaryops.testing.Gradients;
import org.binaryops.testing.Leaks;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What DJL asks of a block, and what bad input gets. */
class AttentionContractTest {

    private NDManager manager;

    @BeforeEach
    void open() {
        Engine.getInstance().setRandomSeed(3);
        manager = NDManager.newBaseManager();
    }

    @AfterEach
    void close() {
        manager.close();
    }

    private static QuantAttention.Builder attention(int weightBits, int activationBits) {
        return QuantAttention.builder()
                .setUnits(8)
                .setHeads(2)
                .optWeightBits(weightBits)
                .optActivationBits(activationBits);
    }

    private static QuantEncoderLayer.Builder layer(int weightBits, int activationBits) {
        return QuantEncoderLayer.builder()
                .setUnits(8)
                .setHeads(2)
                .setHidden(16)
                .optWeightBits(weightBits)
                .optActivationBits(activationBits);
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "2, 2", "1, 8", "32, 32"})
    void roundTripInEveryForm(int weightBits, int activationBits) {
        NDArray x = manager.randomNormal(new Shape(2, 5, 8));
        NDArray q = manager.randomNormal(new Shape(2, 3, 8));
        NDArray self = manager.randomUniform(0, 1, new Shape(2, 5, 5)).gt(.3);
        NDArray cross = manager.randomUniform(0, 1, new Shape(2, 3, 5)).gt(.3);
        for (NDArray[] inputs : new NDArray[][] {{x}, {x, self}, {x, q, x}, {x, q, x, cross}}) {
            QuantAttention block = attention(weightBits, activationBits).build();
            block.initialize(manager, DataType.FLOAT32, new NDList(inputs).getShapes());
            assertEquals(inputs.length, block.describeInput().size());
            Blocks.train(manager, block, inputs);
            QuantAttention fresh = attention(weightBits, activationBits).build();
            Blocks.assertRoundTrip(manager, block, fresh, inputs);
            if (inputs.length < 3) {
                QuantEncoderLayer layer = layer(weightBits, activationBits).build();
                layer.initialize(manager, DataType.FLOAT32, new NDList(inputs).getShapes());
                Blocks.train(manager, layer, inputs);
                QuantEncoderLayer freshLayer = layer(weightBits, activationBits).build();
                Blocks.assertRoundTrip(manager, layer, freshLayer, inputs);
            }
        }
    }

    @Test
    void aFileOfAnotherArchitectureIsMalformed() {
        QuantAttention block = attention(1, 1).build();
        block.initialize(manager, DataType.FLOAT32, new Shape(2, 5, 8));
        byte[] bytes = Blocks.save(block);
        QuantAttention other = QuantAttention.builder().setUnits(8).setHeads(4).build();
        MalformedModelException e =
                assertThrows(
                        MalformedModelException.class,
                        () -> other.loadParameters(manager, stream(bytes)));
        assertEquals(
                "QuantAttention: this block has 8 units in 4 heads, but the file has 8 in 2",
                e.getMessage());
        bytes[0] = 9;
        assertThrows(
                MalformedModelException.class,
                () -> attention(1, 1).build().loadParameters(manager, stream(bytes)));
    }

    private static DataInputStream stream(byte[] bytes) {
        return new DataInputStream(new ByteArrayInputStream(bytes));
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "2, 2", "2, 8", "32, 32"})
    void everyParameterLearns(int weightBits, int activationBits) {
        QuantEncoderLayer layer = layer(weightBits, activationBits).build();
        NDArray x = manager.randomNormal(new Shape(4, 5, 8)).toType(DataType.FLOAT64, false);
        Blocks.initialize64(manager, layer, x.getShape());
        NDArray weights = manager.randomNormal(new Shape(8)).toType(DataType.FLOAT64, false);
        try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
            NDArray y = Blocks.train(manager, layer, x).singletonOrThrow();
            Gradients.backward(collector, y.square().mul(weights).sum());
        }
        for (Pair<String, Parameter> p : layer.getParameters()) {
            if (activationBits == 32 && p.getKey().endsWith("keyProjection_bias")) {
                continue; // adds the same to all scores of a query, which the softmax cancels
            }
            double[] gradient = p.getValue().getArray().getGradient().toDoubleArray();
            boolean any = false;
            for (double g : gradient) {
                assertTrue(Double.isFinite(g), p.getKey());
                any |= g != 0;
            }
            assertTrue(any, p.getKey() + " has no gradient");
        }
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "2, 2", "32, 32"})
    void gradientsOutliveAGarbageCollection(int weightBits, int activationBits) {
        NDArray x = manager.randomNormal(new Shape(4, 5, 8));
        double[][] gradients = new double[2][];
        for (int i = 0; i < 2; ++i) {
            Engine.getInstance().setRandomSeed(3);
            QuantEncoderLayer layer =
                    layer(weightBits, activationBits).optCausal(true).optDropout(.1f).build();
            NDArray mask = manager.ones(new Shape(4, 5, 5));
            layer.initialize(manager, DataType.FLOAT32, x.getShape(), mask.getShape());
            try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
                NDArray y = Blocks.train(manager, layer, x, mask).singletonOrThrow();
                Gradients.backward(collector, y.square().sum(), i == 1);
            }
            gradients[i] =
                    layer.getParameters().values().stream()
                            .map(p -> p.getArray().getGradient().toFloatArray())
                            .flatMapToDouble(
                                    g -> IntStream.range(0, g.length).mapToDouble(k -> g[k]))
                            .toArray();
        }
        assertArrayEquals(gradients[0], gradients[1]);
    }

    @Test
    void nothingLeaksInTraining() {
        NDManager lasting = manager;
        Block[] blocks = {
            attention(1, 1).optDropout(.1f).build(),
            attention(2, 2).optCausal(true).build(),
            layer(1, 1).optDropout(.1f).build()
        };
        for (Block block : blocks) {
            block.initialize(lasting, DataType.FLOAT32, new Shape(2, 5, 8), new Shape(2, 5, 5));
            ParameterStore store = new ParameterStore(lasting, false);
            Leaks.assertNothingLeft(
                    lasting,
                    300,
                    step -> {
                        NDArray x = step.randomNormal(new Shape(2, 5, 8));
                        NDArray mask = step.ones(new Shape(2, 5, 5));
                        try (GradientCollector collector =
                                Engine.getInstance().newGradientCollector()) {
                            NDList y = block.forward(store, new NDList(x, mask), true);
                            assertEquals(3, step.getManagedArrays().size(), "inputs, output");
                            Gradients.backward(collector, y.singletonOrThrow().square().sum());
                        }
                    });
            Leaks.assertNothingLeft(
                    lasting,
                    50,
                    step -> {
                        NDArray x = step.randomNormal(new Shape(2, 5, 8));
                        NDArray mask = step.ones(new Shape(2, 5, 5));
                        block.forward(store, new NDList(x, mask), false);
                        assertEquals(3, step.getManagedArrays().size(), "inputs, output");
                    });
        }
    }

    @Test
    void encoderLayerIsAttentionNormAndFeedForward() {
        QuantEncoderLayer layer = layer(32, 32).build();
        NDArray x = manager.randomNormal(new Shape(1, 4, 8)).toType(DataType.FLOAT64, false);
        Blocks.initialize64(manager, layer, x.getShape());
        double[] y = Blocks.infer(manager, layer, x).singletonOrThrow().toDoubleArray();

        NDList inputs = new NDList(x);
        Block attention = layer.getChildren().get(0).getValue();
        double[] attended = Blocks.infer(manager, attention, x).head().toDoubleArray();
        double[] in = inputs.head().toDoubleArray();
        double[] w1 = array(layer, "03feedForward_01expansion_weight");
        double[] w2 = array(layer, "03feedForward_02contraction_weight");
        for (int t = 0; t < 4; ++t) {
            double[] z = new double[8];
            for (int d = 0; d < 8; ++d) {
                z[d] = in[t * 8 + d] + attended[t * 8 + d];
            }
            z = norm(z);
            double[] sum = z.clone();
            for (int h = 0; h < 16; ++h) {
                double hidden = 0;
                for (int d = 0; d < 8; ++d) {
                    hidden += w1[h * 8 + d] * z[d];
                }
                for (int d = 0; d < 8; ++d) {
                    sum[d] += w2[d * 16 + h] * Math.max(0, hidden);
                }
            }
            double[] expected = norm(sum);
            for (int d = 0; d < 8; ++d) {
                assertEquals(expected[d], y[t * 8 + d], 1e-9);
            }
        }
    }

    private static double[] array(Block block, String name) {
        return block.getParameters().get(name).getArray().toDoubleArray();
    }

    private static double[] norm(double[] x) {
        double mean = Arrays.stream(x).average().orElseThrow();
        double variance = Arrays.stream(x).map(v -> (v - mean) * (v - mean)).sum() / x.length;
        return Arrays.stream(x).map(v -> (v - mean) / Math.sqrt(variance + 1e-5)).toArray();
    }

    @Test
    void encoderLayerHidesTheFutureAndMaskedPositions() {
        NDArray x = manager.randomNormal(new Shape(2, 5, 8));
        NDArray mask = manager.ones(new Shape(2, 5, 5));
        mask.set(new NDIndex(":, :, 1"), 0);
        QuantEncoderLayer layer = layer(1, 1).optCausal(true).build();
        layer.initialize(manager, DataType.FLOAT32, x.getShape(), mask.getShape());
        Blocks.train(manager, layer, x, mask);
        NDArray y = Blocks.infer(manager, layer, x, mask).head();
        NDArray other = x.duplicate();
        other.set(new NDIndex(":, 1"), manager.randomNormal(new Shape(2, 8)));
        other.set(new NDIndex(":, 4"), manager.randomNormal(new Shape(2, 8)));
        NDArray changed = Blocks.infer(manager, layer, other, mask).head();
        for (int t : new int[] {0, 2, 3}) {
            String at = ":, " + t;
            assertArrayEquals(y.get(at).toByteArray(), changed.get(at).toByteArray());
        }
    }

    @Test
    void badSettings() {
        rejects(
                "units must be a positive multiple of heads, but units was 10 and heads 3.",
                () -> QuantAttention.builder().setUnits(10).setHeads(3).build());
        rejects(
                "units must be a positive multiple of heads, but units was 8 and heads 0.",
                () -> QuantAttention.builder().setUnits(8).build());
        rejects(
                "weightBits must be 1, 2 or 32 (float), but was 8.",
                () -> QuantAttention.builder().optWeightBits(8));
        rejects(
                "activationBits must be 1, 2, 4, 8 or 32 (float), but was 3.",
                () -> QuantEncoderLayer.builder().optActivationBits(3));
        rejects(
                "dropout must be in [0, 1), but was 1.0.",
                () -> QuantAttention.builder().optDropout(1));
        rejects(
                "dropout must be in [0, 1), but was NaN.",
                () -> QuantEncoderLayer.builder().optDropout(Float.NaN));
        rejects(
                "hidden must be set and positive, but was 0.",
                () -> QuantEncoderLayer.builder().setUnits(8).setHeads(2).build());
        rejects(
                "units must be a positive multiple of heads, but units was 8 and heads 3.",
                () -> QuantEncoderLayer.builder().setUnits(8).setHeads(3).setHidden(4).build());
    }

    @Test
    void badInputs() {
        Shape x = new Shape(2, 5, 8);
        Shape mask = new Shape(2, 5, 5);
        badShapes("takes 1 to 4 inputs", x, x, x, mask, mask);
        badShapes("takes 1 to 4 inputs");
        badShapes("the values must have the shape [batch, length, 8], but have (2, 8)", sh(2, 8));
        badShapes("but have (2, 5, 7)", sh(2, 5, 7));
        badShapes("the keys must have the shape", sh(2, 5, 9), x, x);
        badShapes("the queries must have the shape", x, sh(2, 5, 9), x);
        badShapes("each key needs a value", x, x, sh(2, 4, 8));
        badShapes("must have the same batch size", x, sh(3, 5, 8), x);
        badShapes("= [2, 5, 5], or that of an offset to the scores (2, 2, 5, 5)", x, sh(2, 5, 4));
        badShapes("but has (2, 5)", x, sh(2, 5));
        badShapes("but has (2, 3, 5, 5)", x, sh(2, 3, 5, 5));
        badShapes("but has (2, 5, 3)", x, sh(2, 3, 8), x, sh(2, 5, 3));

        QuantAttention causal = attention(1, 1).optCausal(true).build();
        rejects(
                "QuantAttention: causal attention needs as many keys as queries, but got 5 keys and"
                        + " 3 queries.",
                () -> causal.initialize(manager, DataType.FLOAT32, x, sh(2, 3, 8), x));
        QuantEncoderLayer layer = layer(1, 1).build();
        rejects(
                "QuantEncoderLayer takes 1 or 2 inputs, [values] or [values, mask], but got 3.",
                () -> layer.initialize(manager, DataType.FLOAT32, x, x, x));
    }

    private static Shape sh(long... sizes) {
        return new Shape(sizes);
    }

    /** Both the initialization and the forward pass of an initialized block reject the shapes. */
    private void badShapes(String part, Shape... shapes) {
        QuantAttention block = attention(1, 1).build();
        rejectsPart(part, () -> block.initialize(manager, DataType.FLOAT32, shapes));
        rejectsPart(part, () -> block.getOutputShapes(shapes));
        block.initialize(manager, DataType.FLOAT32, new Shape(2, 5, 8));
        NDArray[] inputs = new NDArray[shapes.length];
        for (int i = 0; i < inputs.length; ++i) {
            inputs[i] = manager.ones(shapes[i]);
        }
        rejectsPart(part, () -> Blocks.infer(manager, block, inputs));
    }

    private static void rejects(String message, Runnable call) {
        assertEquals(message, assertThrows(IllegalArgumentException.class, call::run).getMessage());
    }

    private static void rejectsPart(String part, Runnable call) {
        String message = assertThrows(IllegalArgumentException.class, call::run).getMessage();
        assertTrue(message.contains(part), message);
    }
}
