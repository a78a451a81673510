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
package org.binaryops.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.ndarray.types.SparseFormat;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.SymbolBlock;
import ai.djl.nn.convolutional.Conv1d;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.core.Linear;
import ai.djl.nn.core.LinearCollection;
import ai.djl.nn.core.Multiplication;
import ai.djl.nn.norm.BatchNorm;
import ai.djl.nn.recurrent.GRU;
import ai.djl.nn.recurrent.LSTM;
import ai.djl.nn.recurrent.RNN;
import ai.djl.nn.transformer.IdEmbedding;
import ai.djl.nn.transformer.ScaledDotProductAttentionBlock;
import ai.djl.training.GradientCollector;
import ai.djl.training.ParameterStore;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.binaryops.quantizer.AffineQuantizer;
import org.binaryops.quantizer.Calibration;
import org.binaryops.quantizer.Identity;
import org.binaryops.quantizer.Quantizer;
import org.binaryops.quantizer.StatisticsWeightQuantizer;
import org.binaryops.quantizer.StraightThroughSign;
import org.binaryops.quantizer.TernaryQuantizer;
import org.binaryops.testing.Blocks;
import org.binaryops.testing.Gradients;
import org.binaryops.testing.Leaks;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/**
 * Other people's blocks with quantized weights, against the same blocks with weights written in.
 */
class WeightOnlyQuantizationTest {

    private static WeightOnlyQuantization wrap(
            Block block, Supplier<? extends Quantizer> quantizer) {
        return WeightOnlyQuantization.builder().setBlock(block).setQuantizer(quantizer).build();
    }

    private static AffineQuantizer affine(int bits) {
        return AffineQuantizer.builder().setBits(bits).optAxis(0).build();
    }

    /** Forward and gradients of a wrapped linear layer, written out: y = x · (α sign(w))ᵀ + b. */
    @Test
    void aLinearLayerFollowsTheFormula() {
        double[] x = {.5, -1, 2, 1, .25, -.75};
        double[] up = {1, -2, .5, 3};
        try (NDManager manager = NDManager.newBaseManager()) {
            Linear linear = Linear.builder().setUnits(2).build();
            WeightOnlyQuantization net = wrap(linear, () -> new StatisticsWeightQuantizer(1));
            Blocks.initialize64(manager, net, new Shape(2, 3));
            assertEquals(List.of("weight"), List.copyOf(net.getQuantizers().keySet()));
            Parameter weight = linear.getDirectParameters().get("weight");
            assertSame(weight, net.getQuantizedParameters().get("weight"));
            double[] w = weight.getArray().toDoubleArray();
            double[] b = linear.getDirectParameters().get("bias").getArray().toDoubleArray();
            double[] y = new double[4];
            double[] dx = new double[6];
            double[] dw = new double[6];
            for (int r = 0; r < 2; ++r) {
                for (int o = 0; o < 2; ++o) {
                    double alpha = 0;
                    for (int i = 0; i < 3; ++i) {
                        alpha += Math.abs(w[3 * o + i]) / 3;
                    }
                    y[2 * r + o] = b[o];
                    for (int i = 0; i < 3; ++i) {
                        double q = alpha * (w[3 * o + i] >= 0 ? 1 : -1);
                        y[2 * r + o] += x[3 * r + i] * q;
                        dx[3 * r + i] += up[2 * r + o] * q;
                        dw[3 * o + i] += up[2 * r + o] * x[3 * r + i];
                    }
                }
            }
            NDArray input = manager.create(x, new Shape(2, 3));
            input.setRequiresGradient(true);
            try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
                NDArray output = Blocks.train(manager, net, input).singletonOrThrow();
                assertArrayEquals(y, output.toDoubleArray(), 1e-12);
                Gradients.backward(
                        collector, output.mul(manager.create(up, new Shape(2, 2))).sum());
            }
            assertArrayEquals(dx, input.getGradient().toDoubleArray(), 1e-12);
            assertArrayEquals(dw, weight.getArray().getGradient().toDoubleArray(), 1e-12);
            assertArrayEquals(w, weight.getArray().toDoubleArray(), 0);
        }
    }

    private record Case(String name, Supplier<Block> block, Shape[] inputs, boolean indices) {

        static Case of(String name, Supplier<Block> block, long... shape) {
            return new Case(name, block, new Shape[] {new Shape(shape)}, false);
        }

        NDArray[] data(NDManager manager) {
            NDArray[] data = new NDArray[inputs.length];
            for (int i = 0; i < data.length; ++i) {
                data[i] =
                        indices
                                ? manager.randomInteger(0, 11, inputs[i], DataType.INT64)
                                : manager.randomNormal(inputs[i]);
            }
            return data;
        }
    }

    /** A table by ids, as DJL's own trainable embeddings are. */
    private static final class Table extends ai.djl.nn.core.Embedding<String> {

        Table(SparseFormat format) {
            super(new Builder().format(format));
        }

        @Override
        public byte[] encode(String input) {
            return input.getBytes(java.nio.charset.StandardCharsets.UTF_8);
        }

        @Override
        public String decode(byte[] byteArray) {
            return new String(byteArray, java.nio.charset.StandardCharsets.UTF_8);
        }

        @Override
        public long embed(String item) {
            return Long.parseLong(item);
        }

        @Override
        public Optional<String> unembed(long index) {
            return Optional.of(Long.toString(index));
        }

        @Override
        public boolean hasItem(String item) {
            return true;
        }

        private static final class Builder extends BaseBuilder<String, Builder> {

            Builder format(SparseFormat format) {
                numEmbeddings = 11;
                embeddingSize = 6;
                sparseFormat = format;
                return this;
            }

            @Override
            protected Builder setType(Class<String> type) {
                return this;
            }

            @Override
            protected Builder self() {
                return this;
            }
        }
    }

    private static final List<Case> CASES =
            List.of(
                    Case.of("linear", () -> Linear.builder().setUnits(5).build(), 4, 6),
                    Case.of(
                            "conv1d",
                            () ->
                                    Conv1d.builder()
                                            .setFilters(4)
                                            .setKernelShape(new Shape(3))
                                            .build(),
                            2,
                            3,
                            8),
                    Case.of(
                            "conv2d in groups",
                            () ->
                                    Conv2d.builder()
                                            .setFilters(4)
                                            .setKernelShape(new Shape(3, 3))
                                            .optGroups(2)
                                            .build(),
                            2,
                            4,
                            5,
                            5),
                    Case.of(
                            "conv, batch norm",
                            () ->
                                    new SequentialBlock()
                                            .add(
                                                    Conv2d.builder()
                                                            .setFilters(3)
                                                            .setKernelShape(new Shape(1, 1))
                                                            .build())
                                            .add(BatchNorm.builder().build())
                                            .add(Activation::relu),
                            2,
                            4,
                            3,
                            3),
                    Case.of(
                            "lstm",
                            () -> LSTM.builder().setNumLayers(2).setStateSize(5).build(),
                            2,
                            4,
                            3),
                    Case.of(
                            "gru",
                            () -> GRU.builder().setNumLayers(1).setStateSize(5).build(),
                            2,
                            4,
                            3),
                    Case.of(
                            "rnn",
                            () ->
                                    RNN.builder()
                                            .setNumLayers(1)
                                            .setStateSize(5)
                                            .setActivation(RNN.Activation.TANH)
                                            .build(),
                            2,
                            4,
                            3),
                    Case.of(
                            "multiplication",
                            () -> Multiplication.builder().setUnits(3).build(),
                            2,
                            4),
                    new Case(
                            "attention",
                            () ->
                                    ScaledDotProductAttentionBlock.builder()
                                            .setEmbeddingSize(8)
                                            .setHeadCount(2)
                                            .build(),
                            new Shape[] {new Shape(2, 3, 8)},
                            false),
                    new Case(
                            "id embedding",
                            () ->
                                    new IdEmbedding.Builder()
                                            .setDictionarySize(11)
                                            .setEmbeddingSize(6)
                                            .build(),
                            new Shape[] {new Shape(2, 5)},
                            true),
                    new Case(
                            "embedding",
                            () -> new Table(SparseFormat.DENSE),
                            new Shape[] {new Shape(2, 5)},
                            true),
                    new Case(
                            "embedding with sparse gradients",
                            () -> new Table(SparseFormat.COO),
                            new Shape[] {new Shape(2, 5)},
                            true));

    /**
     * For each of DJL's blocks: the output is that of the block itself with the quantized values
     * written into its weights, bit for bit; gradients arrive at the latent weights; it saves,
     * loads, leaks nothing and reports its shapes.
     */
    @Test
    void blocksOfDjlWork() {
        for (Case c : CASES) {
            try (NDManager manager = NDManager.newBaseManager()) {
                WeightOnlyQuantization net = wrap(c.block.get(), TernaryQuantizer::new);
                net.initialize(manager, DataType.FLOAT32, c.inputs);
                assertFalse(net.getQuantizers().isEmpty(), c.name);
                Map<String, Parameter> weights = net.getQuantizedParameters();
                NDArray[] data = c.data(manager);
                trains(manager, net, c, data);
                NDArray quantized = Blocks.infer(manager, net, data).head().duplicate();
                Leaks.assertNothingLeft(manager, 4, step -> Blocks.infer(step, net, c.data(step)));
                Blocks.assertRoundTrip(
                        manager, net, wrap(c.block.get(), TernaryQuantizer::new), data);

                weights.values()
                        .forEach(
                                p -> {
                                    NDArray w = p.getArray();
                                    // The engine's GRU rounds differently where weights are leaves
                                    // that want a gradient; quantized ones never are at inference.
                                    w.setRequiresGradient(false);
                                    NDArray q = new TernaryQuantizer().quantizeFrozen(null, w);
                                    w.muli(0).addi(q);
                                    q.close();
                                });
                NDArray expected = Blocks.infer(manager, net.getBlock(), data).head();
                assertEquals(expected, quantized, c.name);
            }
        }
    }

    private static void trains(
            NDManager manager, WeightOnlyQuantization net, Case c, NDArray[] data) {
        try (NDManager step = manager.newSubManager()) {
            for (NDArray x : data) {
                x.attach(step);
            }
            try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
                NDArray y = Blocks.train(step, net, data).head();
                Gradients.backward(collector, y.square().sum());
            }
            for (Parameter p : net.getQuantizedParameters().values()) {
                NDArray gradient = p.getArray().getGradient();
                gradient.attach(step);
                assertTrue(gradient.abs().sum().getFloat() > 0, c.name + " " + p.getName());
            }
            for (NDArray x : data) {
                x.attach(manager);
            }
        }
    }

    @Test
    void withoutQuantizationItIsTheBlockItselfExactly() {
        try (NDManager manager = NDManager.newBaseManager()) {
            Case c = CASES.get(3);
            WeightOnlyQuantization net = wrap(c.block.get(), Identity::new);
            net.initialize(manager, DataType.FLOAT32, c.inputs);
            NDArray[] data = c.data(manager);
            assertEquals(
                    Blocks.infer(manager, net.getBlock(), data).head(),
                    Blocks.infer(manager, net, data).head());
            assertArrayEquals(
                    net.getBlock().getOutputShapes(c.inputs), net.getOutputShapes(c.inputs));
        }
    }

    @Test
    void theFilterChoosesByNameAndParameter() {
        try (NDManager manager = NDManager.newBaseManager()) {
            LinearCollection collection = LinearCollection.builder().setUnits(3).build();
            SequentialBlock inner =
                    new SequentialBlock()
                            .add(Linear.builder().setUnits(4).build())
                            .add(QuantLinear.builder().setUnits(4).build())
                            .add(Linear.builder().setUnits(4).build());
            WeightOnlyQuantization net = wrap(inner, StraightThroughSign::new);
            net.initialize(manager, DataType.FLOAT32, new Shape(2, 3));
            // The layer in the middle has a quantizer of its own.
            assertEquals(
                    List.of("01Linear_weight", "03Linear_weight"),
                    List.copyOf(net.getQuantizers().keySet()));
            assertTrue(
                    inner.getParameters().keys().containsAll(net.getQuantizers().keySet()),
                    "the names that DJL gives");
            WeightOnlyQuantization last =
                    WeightOnlyQuantization.builder()
                            .setBlock(inner)
                            .setQuantizerFor(
                                    w -> affine(w.getType() == Parameter.Type.BIAS ? 8 : 4))
                            .optFilter((name, w) -> name.startsWith("03"))
                            .build();
            last.initialize(manager, DataType.FLOAT32, new Shape(2, 3));
            assertEquals(
                    List.of("03Linear_weight", "03Linear_bias"),
                    List.copyOf(last.getQuantizers().keySet()));
            assertEquals(
                    8, ((AffineQuantizer) last.getQuantizers().get("03Linear_bias")).getBits());
            assertFalse(collection.isInitialized());
        }
    }

    /** A weight that two blocks share is one weight, quantized once. */
    @Test
    void sharedWeightsAreQuantizedOnce() {
        try (NDManager manager = NDManager.newBaseManager()) {
            Linear shared = Linear.builder().setUnits(3).build();
            WeightOnlyQuantization net =
                    wrap(new SequentialBlock().add(shared).add(shared), TernaryQuantizer::new);
            net.initialize(manager, DataType.FLOAT32, new Shape(2, 3));
            assertEquals(1, net.getQuantizers().size());
            NDArray x = manager.randomNormal(new Shape(2, 3));
            NDArray w = shared.getDirectParameters().get("weight").getArray();
            NDArray q = new TernaryQuantizer().quantizeFrozen(null, w);
            NDArray once = Linear.linear(x, q).singletonOrThrow();
            assertEquals(
                    Linear.linear(once, q).singletonOrThrow(),
                    Blocks.infer(manager, net, x).singletonOrThrow());
        }
    }

    @Test
    void materializingWritesTheQuantizedValuesIn() {
        try (NDManager manager = NDManager.newBaseManager()) {
            Case c = CASES.get(3);
            WeightOnlyQuantization net = wrap(c.block.get(), () -> affine(4));
            net.initialize(manager, DataType.FLOAT32, c.inputs);
            assertThrows(IllegalStateException.class, net::materialize);
            assertFalse(net.isMaterialized());
            net.calibrate(Calibration.minMax());
            NDArray[] data = c.data(manager);
            NDArray before = Blocks.infer(manager, net, data).head();
            int held = manager.getManagedArrays().size();
            net.materialize();
            net.materialize();
            assertEquals(held, manager.getManagedArrays().size());
            assertTrue(net.isMaterialized());
            assertEquals(before, Blocks.infer(manager, net, data).head());
            assertEquals(before, Blocks.infer(manager, net.getBlock(), data).head());
            WeightOnlyQuantization fresh = wrap(c.block.get(), () -> affine(4));
            Blocks.assertRoundTrip(manager, net, fresh, data);
            assertTrue(fresh.isMaterialized());
            assertState(
                    "This WeightOnlyQuantization cannot be trained: its weights were replaced by"
                            + " their quantized values.",
                    () -> Blocks.train(manager, fresh, data));
            assertState(
                    "The latent weights of this WeightOnlyQuantization were replaced.",
                    () -> net.calibrate(Calibration.minMax()));
        }
    }

    @Test
    void aFileOfAnotherWrapperIsRefused() {
        try (NDManager manager = NDManager.newBaseManager()) {
            Case c = CASES.get(0);
            WeightOnlyQuantization net = wrap(c.block.get(), TernaryQuantizer::new);
            net.initialize(manager, DataType.FLOAT32, c.inputs);
            AssertionError error =
                    assertThrows(
                            AssertionError.class,
                            () ->
                                    Blocks.assertRoundTrip(
                                            manager,
                                            net,
                                            wrap(c.block.get(), StraightThroughSign::new),
                                            c.data(manager)));
            assertEquals(
                    "WeightOnlyQuantization: this block quantizes [weight by StraightThroughSign],"
                            + " but the file has [weight by TernaryQuantizer]",
                    error.getCause().getMessage());
        }
    }

    @Test
    void badInputIsNamed() {
        assertMessage(
                "block must be given, but was null.",
                () -> WeightOnlyQuantization.builder().build());
        assertMessage(
                "quantizer must be given, but was null.",
                () ->
                        WeightOnlyQuantization.builder()
                                .setBlock(new SequentialBlock())
                                .setQuantizer(null)
                                .build());
        try (NDManager manager = NDManager.newBaseManager()) {
            SymbolBlock symbol = SymbolBlock.newInstance(manager);
            assertMessage(
                    "block must take its parameters from a parameter store, but has a part of type"
                            + " PtSymbolBlock, which runs on its own.",
                    () -> wrap(new SequentialBlock().add(symbol), Identity::new));
            Linear linear = Linear.builder().setUnits(3).build();
            linear.initialize(manager, DataType.FLOAT32, new Shape(1, 2));
            WeightOnlyQuantization net = wrap(linear, TernaryQuantizer::new);
            assertState(
                    "This WeightOnlyQuantization must be initialized or loaded first, even if the"
                            + " block inside is.",
                    () -> Blocks.infer(manager, net, manager.ones(new Shape(1, 2))));
            assertMessage(
                    "The filter must select at least one parameter, but selected none of the 2.",
                    () ->
                            WeightOnlyQuantization.builder()
                                    .setBlock(linear)
                                    .setQuantizer(Identity::new)
                                    .optFilter((name, w) -> false)
                                    .build()
                                    .initialize(manager, DataType.FLOAT32, new Shape(1, 2)));
            Quantizer same = new Identity();
            assertMessage(
                    "The quantizer must be a new object for each weight, but was one given before"
                            + " for 02Linear_weight.",
                    () ->
                            wrap(
                                            new SequentialBlock()
                                                    .add(linear)
                                                    .add(Linear.builder().setUnits(1).build()),
                                            () -> same)
                                    .initialize(manager, DataType.FLOAT32, new Shape(1, 2)));
        }
    }

    /** A block that gets labels as well passes them on with quantized weights. */
    @Test
    void labelsReachTheBlockInside() {
        try (NDManager manager = NDManager.newBaseManager()) {
            Linear linear = Linear.builder().setUnits(3).optBias(false).build();
            WeightOnlyQuantization net = wrap(linear, TernaryQuantizer::new);
            net.initialize(manager, DataType.FLOAT32, new Shape(2, 4));
            NDArray x = manager.randomNormal(new Shape(2, 4));
            ParameterStore store = new ParameterStore(manager, false);
            NDList y = net.forward(store, new NDList(x), new NDList(x), null);
            assertEquals(Blocks.infer(manager, net, x).singletonOrThrow(), y.singletonOrThrow());
        }
    }

    private static void assertMessage(String message, Executable action) {
        assertEquals(message, assertThrows(IllegalArgumentException.class, action).getMessage());
    }

    private static void assertState(String message, Executable action) {
        assertEquals(message, assertThrows(IllegalStateException.class, action).getMessage());
    }
}
