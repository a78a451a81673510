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
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.nn.core.Linear;
import ai.djl.nn.transformer.ScaledDotProductAttentionBlock;
import ai.djl.training.GradientCollector;
import ai.djl.util.Pair;
import java.util.Arrays;
import org.binaryops.nn.QuantLinear;
import org.binaryops.quantizer.ElasticQuantizer;
import org.binaryops.testing.Blocks;
import org.binaryops.testing.Gradients;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The values of quantized attention. */
class QuantAttentionTest {

    private static final int WIDTH = 12;

    private NDManager manager;

    @BeforeEach
    void open() {
        Engine.getInstance().setRandomSeed(11);
        manager = NDManager.newBaseManager();
    }

    @AfterEach
    void close() {
        manager.close();
    }

    private NDArray random(long... shape) {
        return manager.randomNormal(new Shape(shape)).toType(DataType.FLOAT64, false);
    }

    private static QuantAttention.Builder builder(int heads, int weightBits, int activationBits) {
        return QuantAttention.builder()
                .setUnits(WIDTH)
                .setHeads(heads)
                .optWeightBits(weightBits)
                .optActivationBits(activationBits);
    }

    /** A float64 block with random biases, whose steps one training pass has set. */
    private QuantAttention prepared(QuantAttention block, NDArray... inputs) {
        Blocks.initialize64(manager, block, new NDList(inputs).getShapes());
        for (Pair<String, Parameter> p : block.getParameters()) {
            if (p.getKey().endsWith("bias")) {
                NDArray array = p.getValue().getArray();
                array.setRequiresGradient(false);
                array.addi(random(WIDTH).mul(.3));
                array.setRequiresGradient(true);
            }
        }
        Blocks.train(manager, block, inputs);
        return block;
    }

    private NDArray infer(QuantAttention block, NDArray... inputs) {
        return Blocks.infer(manager, block, inputs).singletonOrThrow();
    }

    @ParameterizedTest
    @CsvSource({
        "32, 32, 1",
        "32, 32, 3",
        "1, 1, 1",
        "1, 1, 4",
        "2, 2, 3",
        "1, 8, 2",
        "2, 4, 12",
        "32, 1, 2"
    })
    void matchesTheFormulaInAllForms(int weightBits, int activationBits, int heads) {
        int b = 3;
        int f = 5;
        int t = 4;
        NDArray values = random(b, f, WIDTH);
        NDArray queries = random(b, t, WIDTH);
        NDArray keys = random(b, f, WIDTH);
        NDArray self = manager.randomUniform(0, 1, new Shape(b, f, f)).gt(.4);
        NDArray cross = manager.randomUniform(0, 1, new Shape(b, t, f)).gt(.4);
        NDArray[][] forms = {
            {values},
            {values, self.toType(DataType.INT32, false)},
            {keys, queries, values},
            {keys, queries, values, cross.toType(DataType.FLOAT32, false)}
        };
        for (NDArray[] inputs : forms) {
            boolean causal = inputs.length < 3 && heads % 2 == 1;
            QuantAttention block =
                    builder(heads, weightBits, activationBits).optCausal(causal).build();
            NDArray y = infer(prepared(block, inputs), inputs);
            int n = inputs.length;
            int rows = n < 3 ? f : t;
            assertEquals(new Shape(b, rows, WIDTH), y.getShape());
            PlainAttention plain = new PlainAttention(block, heads, weightBits, activationBits);
            boolean[] mask = n % 2 == 0 ? (n == 2 ? self : cross).toBooleanArray() : null;
            for (int i = 0; i < b; ++i) {
                boolean[][] keep = new boolean[rows][f];
                for (int r = 0; r < rows; ++r) {
                    for (int c = 0; c < f; ++c) {
                        keep[r][c] =
                                (mask == null || mask[(i * rows + r) * f + c])
                                        && !(causal && c > r);
                    }
                }
                double[][] expected =
                        plain.apply(
                                rows(inputs[0], i),
                                rows(inputs[n < 3 ? 0 : 1], i),
                                rows(inputs[n < 3 ? 0 : 2], i),
                                keep);
                double[][] actual = rows(y, i);
                for (int r = 0; r < rows; ++r) {
                    assertArrayEquals(expected[r], actual[r], 1e-11, n + " inputs, row " + r);
                }
            }
        }
    }

    /** The sequence of one batch element as rows. */
    private static double[][] rows(NDArray x, int element) {
        int length = (int) x.getShape().get(1);
        double[] all = x.get(element).toDoubleArray();
        double[][] rows = new double[length][];
        for (int i = 0; i < length; ++i) {
            rows[i] = Arrays.copyOfRange(all, i * WIDTH, (i + 1) * WIDTH);
        }
        return rows;
    }

    @Test
    void inFloatAgreesWithDjl() {
        NDArray values = manager.randomNormal(new Shape(2, 6, WIDTH));
        NDArray queries = manager.randomNormal(new Shape(2, 4, WIDTH));
        NDArray keys = manager.randomNormal(new Shape(2, 6, WIDTH));
        NDArray self = manager.ones(new Shape(2, 6, 6));
        self.set(new NDIndex("0, :, 4:"), 0);
        NDArray cross = manager.ones(new Shape(2, 4, 6));
        cross.set(new NDIndex("1, 2, 1:3"), 0);
        NDArray offset = cross.sub(1).mul(100000).expandDims(1);
        NDArray[][] forms = {
            {values},
            {values, self},
            {keys, queries, values},
            {keys, queries, values, cross},
            {keys, queries, values, offset}
        };
        for (NDArray[] inputs : forms) {
            ScaledDotProductAttentionBlock djl =
                    ScaledDotProductAttentionBlock.builder()
                            .setEmbeddingSize(WIDTH)
                            .setHeadCount(3)
                            .build();
            QuantAttention ours = builder(3, 32, 32).build();
            Shape[] shapes = new NDList(inputs).getShapes();
            djl.initialize(manager, DataType.FLOAT32, shapes);
            ours.initialize(manager, DataType.FLOAT32, shapes);
            copy(djl.getKeyProjection(), ours.getKeyProjection());
            copy(djl.getQueryProjection(), ours.getQueryProjection());
            copy(djl.getValueProjection(), ours.getValueProjection());
            copy(djl.getResultProjection(), ours.getResultProjection());
            NDArray expected = Blocks.infer(manager, djl, inputs).singletonOrThrow();
            NDArray actual = infer(ours, inputs);
            assertArrayEquals(expected.toFloatArray(), actual.toFloatArray(), 2e-6f);
            assertArrayEquals(djl.getOutputShapes(shapes), ours.getOutputShapes(shapes));
        }
    }

    private void copy(Linear from, QuantLinear to) {
        for (String name : new String[] {"weight", "bias"}) {
            NDArray target = to.getDirectParameters().get(name).getArray();
            NDArray source = from.getDirectParameters().get(name).getArray();
            target.setRequiresGradient(false);
            if (name.equals("bias")) {
                source.setRequiresGradient(false);
                source.addi(manager.randomNormal(source.getShape()));
            }
            target.muli(0).addi(source);
        }
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "2, 2", "1, 8", "32, 32"})
    void aMaskEqualsRemoval(int weightBits, int activationBits) {
        NDArray values = random(2, 7, WIDTH);
        NDArray queries = random(2, 4, WIDTH);
        NDArray keys = random(2, 7, WIDTH);
        NDArray keep = manager.create(new int[] {1, 0, 1, 1, 0, 1, 0});
        NDArray left = manager.create(new int[] {0, 2, 3, 5});
        QuantAttention block =
                prepared(builder(2, weightBits, activationBits).build(), keys, queries, values);
        NDArray masked =
                infer(block, keys, queries, values, keep.reshape(1, 1, 7).broadcast(2, 4, 7));
        NDArray removed = infer(block, keys.get(at(left)), queries, values.get(at(left)));
        assertArrayEquals(removed.toDoubleArray(), masked.toDoubleArray(), 1e-12);

        NDArray selfMasked = infer(block, values, keep.reshape(1, 1, 7).broadcast(2, 7, 7));
        NDArray selfRemoved = infer(block, values.get(at(left)));
        assertArrayEquals(
                selfRemoved.toDoubleArray(), selfMasked.get(at(left)).toDoubleArray(), 1e-12);
        assertFalse(
                Arrays.equals(
                        masked.toDoubleArray(),
                        infer(block, keys, queries, values).toDoubleArray()),
                "the mask matters");
    }

    private static NDIndex at(NDArray positions) {
        return new NDIndex(":, {}, :", positions);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 32})
    void aQueryThatSeesNothingGetsAContextOfZeros(int bits) {
        NDArray values = random(2, 4, WIDTH);
        NDArray mask = manager.ones(new Shape(2, 4, 4));
        mask.set(new NDIndex("0, 2"), 0);
        mask.set(new NDIndex("1"), 0);
        QuantAttention block = builder(3, bits == 32 ? 32 : 1, bits).optCausal(true).build();
        prepared(block, values, mask);
        NDArray y;
        try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
            y = Blocks.train(manager, block, values, mask).singletonOrThrow();
            Gradients.backward(collector, y.sum());
        }
        for (double v : y.toDoubleArray()) {
            assertTrue(Double.isFinite(v));
        }
        for (Pair<String, Parameter> p : block.getParameters()) {
            for (double v : p.getValue().getArray().getGradient().toDoubleArray()) {
                assertTrue(Double.isFinite(v), p.getKey());
            }
        }
        PlainAttention plain = new PlainAttention(block, 3, bits == 32 ? 32 : 1, bits);
        double[][] x = rows(values, 1);
        assertArrayEquals(plain.apply(x, x, x, new boolean[4][4])[0], rows(y, 1)[3], 1e-12);
        if (bits == 32) {
            double[] bias =
                    block.getResultProjection()
                            .getDirectParameters()
                            .get("bias")
                            .getArray()
                            .toDoubleArray();
            assertArrayEquals(bias, rows(y, 0)[2], "what the projection makes of zeros");
        }
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "2, 2", "1, 4", "2, 8", "32, 32"})
    void causalAttentionNeverSeesTheFuture(int weightBits, int activationBits) {
        NDArray x = random(2, 9, WIDTH).toType(DataType.FLOAT32, false);
        QuantAttention block = builder(4, weightBits, activationBits).optCausal(true).build();
        block.initialize(manager, DataType.FLOAT32, x.getShape());
        Blocks.train(manager, block, x);
        NDArray y = infer(block, x);
        for (int t = 1; t < 9; ++t) {
            NDArray other = x.duplicate();
            other.set(new NDIndex(":, {}:", t), random(2, 9 - t, WIDTH).mul(5));
            NDArray changed = infer(block, other);
            NDIndex past = new NDIndex(":, :{}", t);
            assertArrayEquals(y.get(past).toByteArray(), changed.get(past).toByteArray());
            NDIndex future = new NDIndex(":, {}:", t);
            assertFalse(
                    Arrays.equals(y.get(future).toByteArray(), changed.get(future).toByteArray()));
        }
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "2, 2", "1, 8", "32, 32"})
    void aBatchOfOneEqualsTheBatch(int weightBits, int activationBits) {
        NDArray x = random(5, 6, WIDTH);
        QuantAttention block = prepared(builder(2, weightBits, activationBits).build(), x);
        NDArray y = infer(block, x);
        for (int i = 0; i < 5; ++i) {
            NDArray one = infer(block, x.get(new NDIndex("{}:{}", i, i + 1)));
            assertArrayEquals(y.get(i).toDoubleArray(), one.get(0).toDoubleArray(), 1e-12);
        }
    }

    @Test
    void theAuthorsProbabilityRangeIsTheSameUnderAMask() {
        NDArray x = random(2, 5, WIDTH);
        NDArray[] outputs = new NDArray[2];
        for (int i = 0; i < 2; ++i) {
            Engine.getInstance().setRandomSeed(5);
            QuantAttention block =
                    builder(2, 2, 2)
                            .optCausal(true)
                            .optKeyQuantizer(ElasticQuantizer.signed(2))
                            .optQueryQuantizer(ElasticQuantizer.signed(2))
                            .optValueQuantizer(ElasticQuantizer.signed(2))
                            .optProbabilityQuantizer(
                                    i == 0
                                            ? ElasticQuantizer.nonNegative(2)
                                            : ElasticQuantizer.unsigned(2))
                            .build();
            Blocks.initialize64(manager, block, x.getShape());
            Blocks.train(manager, block, x);
            outputs[i] = infer(block, x);
        }
        assertArrayEquals(outputs[0].toDoubleArray(), outputs[1].toDoubleArray());
    }

    @Test
    void dropoutKeepsTheExpectationAndOnlyInTraining() {
        QuantAttention block = builder(3, 32, 32).optDropout(.4f).build();
        NDArray x = random(64, 6, WIDTH);
        Blocks.initialize64(manager, block, x.getShape());
        // Values of 1 make each context the sum of what is left of its probabilities.
        set(block.getValueProjection(), manager.zeros(new Shape(WIDTH, WIDTH)), 1);
        set(block.getResultProjection(), manager.eye(WIDTH), 0);
        for (double v : infer(block, x).toDoubleArray()) {
            assertEquals(1, v, 1e-12);
        }
        double[] trained = Blocks.train(manager, block, x).singletonOrThrow().toDoubleArray();
        assertEquals(1, Arrays.stream(trained).average().orElseThrow(), .05);
        assertTrue(Arrays.stream(trained).anyMatch(v -> Math.abs(v - 1) > .1));
    }

    private static void set(QuantLinear layer, NDArray weight, double bias) {
        NDArray w = layer.getDirectParameters().get("weight").getArray();
        NDArray b = layer.getDirectParameters().get("bias").getArray();
        w.setRequiresGradient(false);
        b.setRequiresGradient(false);
        w.muli(0).addi(weight);
        b.muli(0).addi(bias);
    }

    @Test
    @Tag("gpu")
    void runsOnTheGpu() {
        Assumptions.assumeTrue(Engine.getInstance().getGpuCount() > 0, "no CUDA device");
        try (NDManager gpu = NDManager.newBaseManager(Device.gpu());
                GradientCollector collector = Engine.getInstance().newGradientCollector()) {
            QuantEncoderLayer layer =
                    QuantEncoderLayer.builder()
                            .setUnits(WIDTH)
                            .setHeads(3)
                            .setHidden(8)
                            .optCausal(true)
                            .optDropout(.1f)
                            .build();
            NDArray x = gpu.randomNormal(new Shape(2, 5, WIDTH));
            NDArray mask = gpu.ones(new Shape(2, 5, 5));
            layer.initialize(gpu, DataType.FLOAT32, x.getShape(), mask.getShape());
            NDArray y = Blocks.train(gpu, layer, x, mask).singletonOrThrow();
            Gradients.backward(collector, y.square().sum());
            assertTrue(y.getDevice().isGpu());
            for (float v : y.toFloatArray()) {
                assertTrue(Float.isFinite(v));
            }
        }
    }
}
