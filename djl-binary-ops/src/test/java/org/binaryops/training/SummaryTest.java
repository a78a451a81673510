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
package org.binaryops.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractBlock;
import ai.djl.nn.Block;
import ai.djl.nn.Blocks;
import ai.djl.nn.ParallelBlock;
import ai.djl.nn.Parameter;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.convolutional.Conv2dTranspose;
import ai.djl.nn.core.Linear;
import ai.djl.nn.norm.BatchNorm;
import ai.djl.nn.norm.Dropout;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import java.util.List;
import java.util.Map;
import org.binaryops.nn.BinaryMlp;
import org.binaryops.nn.QuantConv1d;
import org.binaryops.nn.QuantConv2d;
import org.binaryops.nn.QuantDeconv2d;
import org.binaryops.nn.QuantEmbedding;
import org.binaryops.nn.QuantLinear;
import org.binaryops.nn.WeightOnlyQuantization;
import org.binaryops.nn.WeightScale;
import org.binaryops.quantizer.AffineQuantizer;
import org.binaryops.quantizer.ApproxSign;
import org.binaryops.quantizer.BiPer;
import org.binaryops.quantizer.DoReFaActivation;
import org.binaryops.quantizer.DoReFaWeight;
import org.binaryops.quantizer.Identity;
import org.binaryops.quantizer.IrNetWeight;
import org.binaryops.quantizer.ReCuWeight;
import org.binaryops.quantizer.Staged;
import org.binaryops.quantizer.StatisticsWeightQuantizer;
import org.binaryops.quantizer.StraightThroughSign;
import org.binaryops.quantizer.TernaryQuantizer;
import org.junit.jupiter.api.Test;

/** Counts of parameters, operations and bytes, against numbers worked out by hand. */
class SummaryTest {

    private static Block conv(int filters, int stride, int groups, WeightScale scale) {
        return QuantConv2d.builder()
                .setFilters(filters)
                .setKernelShape(new Shape(3, 3))
                .optPadding(new Shape(1, 1))
                .optStride(new Shape(stride, stride))
                .optGroups(groups)
                .optInputQuantizer(new ApproxSign())
                .optWeightQuantizer(new StraightThroughSign())
                .optScale(scale)
                .build();
    }

    private static SequentialBlock net() {
        return new SequentialBlock()
                .add(conv(8, 2, 2, WeightScale.LEARNED))
                .add(BatchNorm.builder().build())
                .add(Blocks.batchFlattenBlock())
                .add(
                        new SequentialBlock()
                                .add(
                                        QuantLinear.builder()
                                                .setUnits(10)
                                                .optInputQuantizer(new DoReFaActivation(4))
                                                .optWeightQuantizer(new TernaryQuantizer())
                                                .optBias(true)
                                                .build())
                                .add(Linear.builder().setUnits(3).build()));
    }

    @Test
    void aNetIsCountedAsByHand() {
        Summary summary = Summary.of(net(), new Shape(-1, 4, 8, 8));
        List<Summary.Layer> layers = summary.layers();
        assertEquals(5, layers.size());
        // 8 filters of 4/2 channels and 9 positions; 4 x 4 positions of the output.
        assertLayer(
                layers.get(0), new Shape(1, 8, 4, 4), 1, 1, 8 * 16 * 18, Map.of(1, 144L, 32, 8L));
        // Gamma, beta, mean and variance.
        assertLayer(layers.get(1), new Shape(1, 8, 4, 4), 0, 0, 0, Map.of(32, 32L));
        assertLayer(layers.get(2), new Shape(1, 128), 0, 0, 0, Map.of());
        assertLayer(layers.get(3), new Shape(1, 10), 4, 2, 1280, Map.of(2, 1280L, 32, 10L));
        assertLayer(layers.get(4), new Shape(1, 3), 32, 32, 30, Map.of(32, 33L));
        assertEquals("04SequentialBlock/02Linear", layers.get(4).name());
        assertEquals(Map.of(1, 144L, 2, 1280L, 32, 83L), summary.parameters());
        assertEquals(1507, summary.totalParameters());
        assertEquals(1507 - 16, summary.trainableParameters());
        assertEquals(
                Map.of(
                        new Summary.Operands(1, 1), 2304L,
                        new Summary.Operands(4, 2), 1280L,
                        new Summary.Operands(32, 32), 30L),
                summary.macs());
        assertTrue(summary.isComplete());
        // 144 + 2 · 1280 + 32 · 83 = 5360 bits
        assertEquals(5360 / 8192.0, summary.kilobytes(), 1e-12);
        assertEquals(1507 / 256.0, summary.floatKilobytes(), 1e-12);
        assertEquals(1507 * 32 / 5360.0, summary.compression(), 1e-12);
        assertEquals((144 + 256) / 8192.0, layers.get(0).kilobytes(), 1e-12);
        String[] lines = summary.toString().split("\n");
        assertEquals(
                "Layer                            Type          Output        Input × weight  "
                        + " # 1-bit  # 2-bit  # 32-bit    kB   MACs",
                lines[0]);
        assertEquals(
                "01QuantConv2d                    QuantConv2d   (1, 8, 4, 4)  1-bit × 1-bit   "
                        + "     144                  8  0.05  2,304",
                lines[2]);
        assertEquals("03LambdaBlock                    batchFlatten  (1, 128)", lines[4]);
        assertEquals(
                "Parameters  1,507, of which 1,491 are trained: 1-bit 144; 2-bit 1,280; 32-bit 83",
                lines[7]);
        assertEquals(
                "MACs        3,614: 1-bit × 1-bit 2,304; 4-bit × 2-bit 1,280; 32-bit × 32-bit 30",
                lines[8]);
        assertEquals("Size        0.65 kB, as float32 5.89 kB: 9.00 times smaller", lines[9]);
    }

    private static void assertLayer(
            Summary.Layer layer,
            Shape output,
            int input,
            int weight,
            long macs,
            Map<Integer, Long> parameters) {
        assertEquals(List.of(output), layer.output(), layer.name());
        assertEquals(macs, layer.macs(), layer.name());
        assertEquals(parameters, layer.parameters(), layer.name());
        if (macs > 0) {
            assertEquals(new Summary.Operands(input, weight), layer.operands(), layer.name());
        } else {
            assertNull(layer.operands(), layer.name());
        }
    }

    @Test
    void theFiguresAreForTheShapeGiven() {
        Summary batch = Summary.of(net(), new Shape(5, 4, 8, 8));
        assertEquals(5 * 2304, batch.macs().get(new Summary.Operands(1, 1)));
        assertEquals(1507, batch.totalParameters());
        assertEquals(
                "The sizes of the input must be known, but its shape is (1, 4, -1, 8).",
                assertThrows(
                                IllegalArgumentException.class,
                                () -> Summary.of(net(), new Shape(1, 4, -1, 8)))
                        .getMessage());
    }

    @Test
    void anEncodingOrASignBeforeALayerGivesTheInputsPrecision() {
        Summary mlp =
                Summary.of(
                        BinaryMlp.builder().setOutputs(10).addHidden(64).build(),
                        new Shape(1, 784));
        // Four thresholds for each feature.
        assertEquals(Map.of(new Summary.Operands(1, 1), 784L * 4 * 64 + 64 * 10), mlp.macs());
        assertEquals(784L * 4 * 64 + 64 * 10, mlp.parameters().get(1));
        Summary chain =
                Summary.of(
                        new SequentialBlock()
                                .add(Linear.builder().setUnits(4).build())
                                .add(new ApproxSign())
                                .add(Dropout.builder().build())
                                .add(Blocks.batchFlattenBlock())
                                .add(new Identity())
                                .add(Linear.builder().setUnits(2).optBias(false).build())
                                .add(Linear.builder().setUnits(2).optBias(false).build()),
                        new Shape(1, 3));
        assertEquals(
                Map.of(new Summary.Operands(32, 32), 12L + 4, new Summary.Operands(1, 32), 8L),
                chain.macs());
    }

    @Test
    void residualAndParallelBranchesAndDjlsConvolutionsAreCounted() {
        Block residual =
                new ParallelBlock(
                                list ->
                                        new NDList(
                                                list.get(0)
                                                        .singletonOrThrow()
                                                        .add(list.get(1).singletonOrThrow())))
                        .add(
                                new SequentialBlock()
                                        .add(conv(4, 1, 1, WeightScale.CHANNEL_MEAN))
                                        .add(BatchNorm.builder().build()))
                        .add(Blocks.identityBlock());
        Block net =
                new SequentialBlock()
                        .add(residual)
                        .add(
                                Conv2d.builder()
                                        .setFilters(6)
                                        .setKernelShape(new Shape(3, 3))
                                        .optStride(new Shape(2, 2))
                                        .optGroups(2)
                                        .build())
                        .add(
                                Conv2dTranspose.builder()
                                        .setFilters(6)
                                        .setKernelShape(new Shape(2, 2))
                                        .optStride(new Shape(2, 2))
                                        .build());
        Summary summary = Summary.of(net, new Shape(1, 4, 9, 9));
        List<Summary.Layer> layers = summary.layers();
        assertEquals(5, layers.size());
        assertLayer(layers.get(0), new Shape(1, 4, 9, 9), 1, 1, 324 * 36, Map.of(1, 144L));
        assertLayer(layers.get(3), new Shape(1, 6, 4, 4), 32, 32, 96 * 18, Map.of(32, 108L + 6));
        // Each of 6 x 4 x 4 inputs meets 6 kernels of 2 x 2.
        assertLayer(layers.get(4), new Shape(1, 6, 8, 8), 32, 32, 96 * 6 * 4, Map.of(32, 144L + 6));
    }

    /** A block of another library. */
    private static final class Foreign extends AbstractBlock {

        Foreign(Parameter parameter) {
            super((byte) 1);
            addParameter(parameter);
        }

        @Override
        protected NDList forwardInternal(
                ParameterStore store,
                NDList inputs,
                boolean training,
                PairList<String, Object> params) {
            return inputs;
        }

        @Override
        public Shape[] getOutputShapes(Shape[] inputShapes) {
            return inputShapes;
        }
    }

    private static Parameter parameter() {
        return Parameter.builder()
                .setName("table")
                .setType(Parameter.Type.WEIGHT)
                .optShape(new Shape(7, 3))
                .build();
    }

    @Test
    void anUnknownBlockShowsAQuestionMarkAndSharedParametersCountOnce() {
        Parameter shared = parameter();
        Summary summary =
                Summary.of(
                        new SequentialBlock().add(new Foreign(shared)).add(new Foreign(shared)),
                        new Shape(1, 3));
        assertFalse(summary.isComplete());
        assertEquals(-1, summary.layers().get(0).macs());
        assertEquals(Map.of(32, 21L), summary.parameters());
        assertTrue(summary.macs().isEmpty());
        assertTrue(summary.toString().contains("?"), summary.toString());
    }

    @Test
    void theNetworkIsAsBefore() {
        try (NDManager manager = NDManager.newBaseManager()) {
            Shape input = new Shape(1, 4, 8, 8);
            byte[][] saved = new byte[2][];
            for (int i = 0; i < 2; ++i) {
                Block net = net();
                Engine.getInstance().setRandomSeed(8);
                if (i == 1) {
                    Summary.of(net, input);
                    assertFalse(net.isInitialized());
                }
                net.initialize(manager, DataType.FLOAT32, input);
                saved[i] = org.binaryops.testing.Blocks.save(net);
                if (i == 1) {
                    String before = Summary.of(net, input).toString();
                    assertArrayEquals(saved[1], org.binaryops.testing.Blocks.save(net));
                    assertEquals(Summary.of(net(), input).toString(), before);
                }
            }
            assertArrayEquals(saved[0], saved[1]);
        }
    }

    @Test
    void weightsThatAWrapperQuantizesHaveItsBits() {
        Block wrapper =
                WeightOnlyQuantization.builder()
                        .setBlock(
                                new SequentialBlock()
                                        .add(Linear.builder().setUnits(6).build())
                                        .add(Linear.builder().setUnits(2).build()))
                        .setQuantizer(() -> new DoReFaWeight(3))
                        .build();
        Summary summary = Summary.of(wrapper, new Shape(1, 5));
        assertEquals(Map.of(3, 30L + 12, 32, 6L + 2), summary.parameters());
        assertEquals(Map.of(new Summary.Operands(32, 3), 42L), summary.macs());
        assertFalse(wrapper.isInitialized());
        try (NDManager manager = NDManager.newBaseManager()) {
            wrapper.initialize(manager, DataType.FLOAT32, new Shape(1, 5));
            org.binaryops.testing.Blocks.infer(manager, wrapper, manager.ones(new Shape(2, 5)));
            assertEquals(summary.toString(), Summary.of(wrapper, new Shape(1, 5)).toString());
        }
    }

    /** 1-D and transposed convolutions, depthwise and with groups, and tables. */
    @Test
    void theOtherLayersAreCounted() {
        Summary wave =
                Summary.of(
                        QuantConv1d.builder()
                                .setFilters(6)
                                .setKernelShape(new Shape(3))
                                .optGroups(3)
                                .optWeightQuantizer(new StraightThroughSign())
                                .build(),
                        new Shape(2, 3, 10));
        // 2 x 6 x 8 outputs of 1 channel and 3 positions each.
        assertEquals(Map.of(new Summary.Operands(32, 1), 96L * 3), wave.macs());
        assertEquals(Map.of(1, 18L), wave.parameters());
        Summary larger =
                Summary.of(
                        QuantDeconv2d.builder()
                                .setFilters(6)
                                .setKernelShape(new Shape(2, 2))
                                .optStride(new Shape(2, 2))
                                .optGroups(2)
                                .optInputQuantizer(new ApproxSign())
                                .build(),
                        new Shape(1, 4, 5, 5));
        // Each of 100 inputs meets 3 kernels of 2 x 2.
        assertEquals(Map.of(new Summary.Operands(1, 32), 1200L), larger.macs());
        assertEquals(List.of(new Shape(1, 6, 10, 10)), larger.layers().get(0).output());
        Block table =
                QuantEmbedding.builder()
                        .setItems(50)
                        .setDimension(8)
                        .optWeightQuantizer(new StatisticsWeightQuantizer(2))
                        .build();
        Summary words = Summary.of(table, new Shape(1, 7));
        assertEquals(Map.of(2, 400L), words.parameters());
        assertTrue(words.macs().isEmpty() && words.isComplete());
    }

    @Test
    void everyQuantizerHasItsBits() {
        assertEquals(1, new StraightThroughSign().getBits());
        assertEquals(1, new IrNetWeight().getBits());
        assertEquals(1, new ReCuWeight().getBits());
        assertEquals(2, new TernaryQuantizer().getBits());
        assertEquals(2, new StatisticsWeightQuantizer(2).getBits());
        assertEquals(3, new DoReFaWeight(3).getBits());
        assertEquals(8, AffineQuantizer.builder().setBits(8).build().getBits());
        assertEquals(32, new Identity().getBits());
        BiPer biPer = new BiPer();
        assertEquals(32, biPer.getBits());
        biPer.setStage(BiPer.Stage.BINARY);
        assertEquals(1, biPer.getBits());
        Staged staged = Staged.of(new TernaryQuantizer());
        assertEquals(32, staged.getBits());
        staged.setEnabled(true);
        assertEquals(2, staged.getBits());
    }
}
