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
import ai.djl.nn.convolutional.Conv3d;
import ai.djl.nn.core.Linear;
import ai.djl.nn.norm.BatchNorm;
import ai.djl.nn.norm.LayerNorm;
import ai.djl.nn.pooling.Pool;
import ai.djl.nn.recurrent.LSTM;
import ai.djl.training.initializer.Initializer;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.binaryops.attention.QuantAttention;
import org.binaryops.nn.BinaryMlp;
import org.binaryops.nn.LifNeuron;
import org.binaryops.nn.QuantEmbedding;
import org.binaryops.nn.QuantLinear;
import org.binaryops.nn.ThermometerEncoding;
import org.binaryops.packed.compiler.PackedCompiler;
import org.binaryops.packed.compiler.UnpackableBlockException;
import org.binaryops.quantizer.BiPer;
import org.binaryops.quantizer.StraightThroughSign;
import org.binaryops.testing.Leaks;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What the compiler refuses, what it steps over, and what it leaves behind. */
class PackedCompilerTest {

    private final Shape shape = new Shape(1, 12);

    private static QuantLinear binary(int units) {
        return QuantLinear.builder()
                .setUnits(units)
                .optInputQuantizer(new StraightThroughSign())
                .optWeightQuantizer(new StraightThroughSign())
                .build();
    }

    private static SequentialBlock net(Block... blocks) {
        return new SequentialBlock().addAll(blocks);
    }

    private String refusal(Block net, Shape input) {
        try (NDManager manager = NDManager.newBaseManager()) {
            net.initialize(manager, DataType.FLOAT32, input);
            return assertThrows(
                            UnpackableBlockException.class,
                            () -> PackedCompiler.compile(net, input))
                    .getMessage();
        }
    }

    @Test
    void weightsThatAreNotFiniteAreRefused() {
        try (NDManager manager = NDManager.newBaseManager()) {
            Block net = net(binary(3));
            net.setInitializer((m, weight, type) -> m.zeros(weight).add(Float.NaN), p -> true);
            net.initialize(manager, DataType.FLOAT32, shape);
            // Frozen weights are binarized without arithmetic that would show the NaN.
            net.freezeParameters(true);
            String message =
                    assertThrows(
                                    UnpackableBlockException.class,
                                    () -> PackedCompiler.compile(net, shape))
                            .getMessage();
            assertTrue(
                    message.endsWith(
                            "01QuantLinear (org.binaryops.nn.QuantLinear): its weights"
                                    + " must be finite, but hold NaN"),
                    message);
        }
    }

    @Test
    void whatCannotBePackedIsNamed() {
        assertEquals(
                "Cannot pack SequentialBlock/02SequentialBlock/01LayerNorm"
                        + " (ai.djl.nn.norm.LayerNorm): no operation of the packed format does what"
                        + " it does; possible are the layers and blocks of this library, Linear,"
                        + " Conv1d, Conv2d, BatchNorm, pooling, piecewise linear activations and"
                        + " Dropout",
                refusal(net(binary(3), net(LayerNorm.builder().build())), shape));
        assertEquals(
                "Cannot pack SequentialBlock/02LambdaBlock (ai.djl.nn.LambdaBlock): the function"
                        + " \"SELU\" cannot be inspected; of DJL's functions pooling, flattening,"
                        + " ReLU, leaky ReLU and ReLU6 are possible, and before a sign those that"
                        + " only rise",
                refusal(net(binary(3), Activation.seluBlock(), binary(2)), shape));
        assertEquals(
                "Cannot pack SequentialBlock/02LambdaBlock (ai.djl.nn.LambdaBlock): its function"
                        + " has no packed form but before a sign, into which it folds",
                refusal(net(Linear.builder().setUnits(3).build(), Activation.tanhBlock()), shape));
        assertTrue(
                refusal(net(new BiPer(), binary(2)), shape)
                        .endsWith(
                                "its quantizer BiPer has neither the levels −a and a nor 2 to 256"
                                        + " others, of which the larger values have the higher"));
        assertEquals(
                "Cannot pack SequentialBlock/01ThermometerEncoding"
                        + " (org.binaryops.nn.ThermometerEncoding): it has no layer",
                refusal(net(ThermometerEncoding.of(0)), shape));
        assertTrue(
                refusal(net(binary(2)), new Shape(1, 3, 12))
                        .endsWith("its input must be [batch, features], but is (1, 3, 12)"));
    }

    /** A block that the format has no operation for, and an input that it takes. */
    private record Foreign(Block block, long... input) {
        @Override
        public String toString() {
            return block instanceof LambdaBlock lambda
                    ? lambda.getName()
                    : block.getClass().getSimpleName();
        }
    }

    static List<Foreign> foreignBlocks() {
        Shape three = new Shape(3, 3, 3);
        return List.of(
                new Foreign(LayerNorm.builder().build(), 1, 12),
                new Foreign(QuantAttention.builder().setUnits(8).setHeads(2).build(), 1, 4, 8),
                new Foreign(QuantEmbedding.builder().setItems(5).setDimension(3).build(), 1, 12),
                new Foreign(
                        LSTM.builder().setStateSize(4).setNumLayers(1).optBatchFirst(true).build(),
                        1,
                        5,
                        3),
                new Foreign(LifNeuron.builder().build(), 4, 1, 12),
                new Foreign(
                        Conv3d.builder().setFilters(2).setKernelShape(three).build(),
                        1,
                        2,
                        4,
                        4,
                        4),
                new Foreign(Activation.geluBlock(), 1, 12),
                new Foreign(Activation.eluBlock(1), 1, 12),
                new Foreign(Activation.seluBlock(), 1, 12),
                new Foreign(Activation.swishBlock(1), 1, 12),
                new Foreign(Activation.mishBlock(), 1, 12),
                new Foreign(new LambdaBlock(x -> new NDList(x.head().softmax(1))), 1, 12),
                new Foreign(Pool.lpPool2dBlock(2, new Shape(2, 2)), 1, 2, 4, 4),
                new Foreign(Pool.avgPool3dBlock(three), 1, 2, 4, 4, 4));
    }

    /** Each says which block it is, where it stands, and why it is refused. */
    @ParameterizedTest
    @MethodSource("foreignBlocks")
    void everyForeignBlockIsNamedWithAReason(Foreign foreign) {
        Shape input = new Shape(foreign.input());
        // Something must be there to pack.
        Linear layer = Linear.builder().setUnits(2).build();
        String message = refusal(net(foreign.block(), Blocks.batchFlattenBlock(), layer), input);
        String name = foreign.block().getClass().getSimpleName();
        assertTrue(message.startsWith("Cannot pack SequentialBlock/"), message);
        assertTrue(message.contains(name + " (" + foreign.block().getClass().getName()), message);
        String reason = message.substring(message.indexOf("): ") + 3);
        assertTrue(reason.length() > 20 && !reason.contains("\n"), message);
        if (foreign.block() instanceof LambdaBlock lambda) {
            assertTrue(reason.contains('"' + lambda.getName() + '"'), message);
        }
    }

    /** DJL's own PReLU does not run on PyTorch; what says so is the compiler, not the engine. */
    @Test
    void whatTheEngineCannotExecuteIsNamed() {
        Block prelu = Activation.preluBlock();
        prelu.setInitializer(Initializer.ONES, p -> true);
        String message = refusal(net(binary(3), prelu, binary(2)), shape);
        assertTrue(message.contains("02Prelu (ai.djl.nn.core.Prelu)"), message);
        assertTrue(
                message.endsWith("the engine PyTorch does not execute it; RPReLU can stand in"),
                message);
    }

    @Test
    void aWeightThatIsNotYetBinaryIsNamed() {
        String first =
                refusal(
                        net(
                                QuantLinear.builder()
                                        .setUnits(2)
                                        .optInputQuantizer(new StraightThroughSign())
                                        .optWeightQuantizer(new BiPer())
                                        .build()),
                        shape);
        assertTrue(
                first.contains("its weights must be ±1, but its weight quantizer BiPer gives "),
                first);
        assertTrue(first.endsWith("; is it still in a stage of its training?"), first);
    }

    @Test
    void aDivergedBatchNormIsNamed() {
        SequentialBlock net = net(BatchNorm.builder().build(), binary(2));
        try (NDManager manager = NDManager.newBaseManager()) {
            net.initialize(manager, DataType.FLOAT32, shape);
            float[] mean = new float[12];
            mean[5] = Float.NaN;
            net.getParameters().get("01BatchNorm_runningMean").getArray().set(mean);
            String message =
                    assertThrows(
                                    UnpackableBlockException.class,
                                    () -> PackedCompiler.compile(net, shape))
                            .getMessage();
            assertTrue(message.contains("02QuantLinear"), message);
            assertTrue(message.contains("channel 5 is NaN"), message);
        }
    }

    @Test
    void aBlockWithBehaviourOfItsOwnIsFoundOut() {
        SequentialBlock sly =
                new SequentialBlock() {
                    @Override
                    protected ai.djl.ndarray.NDList forwardInternal(
                            ai.djl.training.ParameterStore store,
                            ai.djl.ndarray.NDList inputs,
                            boolean training,
                            ai.djl.util.PairList<String, Object> params) {
                        return new ai.djl.ndarray.NDList(
                                super.forwardInternal(store, inputs, training, params)
                                        .singletonOrThrow()
                                        .add(1));
                    }
                };
        sly.add(binary(2));
        assertTrue(refusal(sly, shape).contains("it does more than its layers say"));
    }

    @Test
    void unfinishedBlocksAndShapesAreRefused() {
        SequentialBlock net = net(binary(2));
        String message =
                assertThrows(
                                IllegalArgumentException.class,
                                () -> PackedCompiler.compile(net, shape))
                        .getMessage();
        assertTrue(
                message.startsWith("the block must be initialized or loaded, but its parameter"));
        for (Shape bad : new Shape[] {new Shape(12), new Shape(1, -1), new Shape()}) {
            assertThrows(IllegalArgumentException.class, () -> PackedCompiler.compile(net, bad));
        }
        try (NDManager manager = NDManager.newBaseManager()) {
            net.initialize(manager, DataType.FLOAT64, shape);
            assertTrue(
                    assertThrows(
                                    IllegalArgumentException.class,
                                    () -> PackedCompiler.compile(net, shape))
                            .getMessage()
                            .startsWith("the parameters must be float32, but "));
        }
    }

    @Test
    void imagesAreFlattened() {
        Shape image = new Shape(1, 2, 3, 4);
        SequentialBlock net =
                net(
                        BatchNorm.builder().build(),
                        Blocks.identityBlock(),
                        Blocks.batchFlattenBlock(),
                        binary(7),
                        BatchNorm.builder().build());
        try (NDManager manager = NDManager.newBaseManager()) {
            Random random = new Random(8);
            TrainedNets.trained(manager, random, net, image);
            PackedModel model = PackedCompiler.compile(net, image);
            float[] rows = RandomModels.floats(random, 9 * 24);
            assertArrayEquals(
                    TrainedNets.run(manager, net, rows, new Shape(9, 2, 3, 4)),
                    model.predict(rows, 9));
        }
    }

    @Test
    void compilingLeavesNothingAndChangesNothing() {
        SequentialBlock net = BinaryMlp.builder().setOutputs(3).addHidden(20).build();
        try (NDManager manager = NDManager.newBaseManager()) {
            TrainedNets.trained(manager, new Random(2), net, shape);
            byte[] before = org.binaryops.testing.Blocks.save(net);
            byte[] first = PackedCompiler.compile(net, shape).toBytes();
            Leaks.assertNothingLeft(
                    manager,
                    5,
                    step -> assertArrayEquals(first, PackedCompiler.compile(net, shape).toBytes()));
            assertArrayEquals(before, org.binaryops.testing.Blocks.save(net));
        }
    }

    @Test
    void anyThreadMayCompileAndTheEnginesSeedIsLeftAlone() {
        SequentialBlock net = BinaryMlp.builder().setOutputs(3).addHidden(20).build();
        try (NDManager manager = NDManager.newBaseManager()) {
            TrainedNets.trained(manager, new Random(2), net, shape);
            byte[] here = PackedCompiler.compile(net, shape).toBytes();
            byte[] there =
                    CompletableFuture.supplyAsync(() -> PackedCompiler.compile(net, shape))
                            .join()
                            .toBytes();
            assertArrayEquals(here, there);
            manager.getEngine().setRandomSeed(7);
            NDArray expected = manager.randomNormal(new Shape(4));
            manager.getEngine().setRandomSeed(7);
            PackedCompiler.compile(net, shape);
            assertEquals(expected, manager.randomNormal(new Shape(4)));
        }
    }
}
