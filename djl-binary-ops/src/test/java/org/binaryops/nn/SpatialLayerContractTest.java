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
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.training.GradientCollector;
import java.util.List;
import java.util.Random;
import java.util.function.Supplier;
import org.binaryops.quantizer.AffineQuantizer;
import org.binaryops.quantizer.ApproxSign;
import org.binaryops.quantizer.BiPer;
import org.binaryops.quantizer.DoReFaActivation;
import org.binaryops.quantizer.ElasticQuantizer;
import org.binaryops.quantizer.Identity;
import org.binaryops.quantizer.IrNetWeight;
import org.binaryops.quantizer.Quantizer;
import org.binaryops.quantizer.ReSte;
import org.binaryops.quantizer.StatisticsWeightQuantizer;
import org.binaryops.quantizer.StraightThroughSign;
import org.binaryops.quantizer.SwishSign;
import org.binaryops.quantizer.TernaryQuantizer;
import org.binaryops.quantizer.XnorWeight;
import org.binaryops.testing.Blocks;
import org.binaryops.testing.Gradients;
import org.binaryops.testing.Leaks;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** Files, training and errors of one-dimensional and transposed convolutions. */
class SpatialLayerContractTest {

    private static QuantConv1d conv(Quantizer input, Quantizer weight, WeightScale scale) {
        return QuantConv1d.builder()
                .setFilters(4)
                .setKernelShape(new Shape(3))
                .optPadding(new Shape(1))
                .optInputQuantizer(input)
                .optWeightQuantizer(weight)
                .optScale(scale)
                .optBias(true)
                .build();
    }

    private static QuantDeconv2d deconv(Quantizer input, Quantizer weight, WeightScale scale) {
        return QuantDeconv2d.builder()
                .setFilters(4)
                .setKernelShape(new Shape(3, 3))
                .optStride(new Shape(2, 2))
                .optPadding(new Shape(1, 1))
                .optOutPadding(new Shape(1, 1))
                .optGroups(2)
                .optInputQuantizer(input)
                .optWeightQuantizer(weight)
                .optScale(scale)
                .optBias(true)
                .build();
    }

    /** The pairs of the matrix: every input quantizer with every weight quantizer. */
    @Test
    void anyPairOfQuantizersTrainsSavesLoadsAndLeaksNothing() {
        List<Supplier<Quantizer>> inputs =
                List.of(
                        Identity::new,
                        SwishSign::new,
                        ReSte::new,
                        () -> new DoReFaActivation(2),
                        () -> ElasticQuantizer.signed(2));
        List<Supplier<Quantizer>> weights =
                List.of(
                        Identity::new,
                        StraightThroughSign::new,
                        BiPer::new,
                        IrNetWeight::new,
                        TernaryQuantizer::new,
                        () -> new StatisticsWeightQuantizer(2),
                        () -> new XnorWeight(XnorWeight.Derivative.PAPER),
                        () ->
                                AffineQuantizer.builder()
                                        .setBits(4)
                                        .optAxis(0)
                                        .optObserver(0)
                                        .build());
        try (NDManager manager = NDManager.newBaseManager()) {
            for (Supplier<Quantizer> input : inputs) {
                for (Supplier<Quantizer> weight : weights) {
                    Supplier<QuantizedLayer> one =
                            () -> conv(input.get(), weight.get(), WeightScale.LEARNED);
                    Supplier<QuantizedLayer> two =
                            () -> deconv(input.get(), weight.get(), WeightScale.LAYER_MEAN);
                    trainSaveLoad(manager, one, new Shape(2, 4, 6));
                    trainSaveLoad(manager, two, new Shape(2, 4, 3, 2));
                }
            }
        }
    }

    @Test
    void everyScaleTrainsSavesLoadsAndLeaksNothing() {
        try (NDManager manager = NDManager.newBaseManager()) {
            for (WeightScale scale : WeightScale.values()) {
                trainSaveLoad(
                        manager,
                        () -> conv(new ApproxSign(), new StraightThroughSign(), scale),
                        new Shape(2, 4, 6));
                trainSaveLoad(
                        manager,
                        () -> deconv(new ApproxSign(), new StraightThroughSign(), scale),
                        new Shape(2, 4, 3, 2));
            }
        }
    }

    /** α of rank one: a factor for each channel, row and column of the output. */
    @Test
    void theScaleOfRankOneCoversTheOutputOfATransposedConvolution() {
        try (NDManager manager = NDManager.newBaseManager()) {
            QuantDeconv2d layer =
                    deconv(
                            new StraightThroughSign(),
                            new StraightThroughSign(),
                            WeightScale.LEARNED_RANK_ONE);
            layer.setInitializer(
                    (m, shape, type) -> m.randomUniform(.5f, 1.5f, shape, type),
                    p -> p.getType() == Parameter.Type.OTHER);
            Shape in = new Shape(2, 4, 3, 2);
            Blocks.initialize64(manager, layer, in);
            double[] x = new Random(4).doubles(in.size(), -1, 1).toArray();
            PlainConvolution plain =
                    new PlainConvolution(
                            2,
                            4,
                            3,
                            2,
                            4,
                            2,
                            new int[] {3, 3},
                            new int[] {2, 2},
                            new int[] {1, 1},
                            new int[] {1, 1},
                            new int[] {1, 1},
                            true);
            double[] y =
                    plain.forward(
                            SpatialLayersTest.map(x, SpatialLayersTest::sign),
                            SpatialLayersTest.map(
                                    SpatialLayersTest.array(layer, "weight"),
                                    SpatialLayersTest::sign));
            double[] channel = SpatialLayersTest.array(layer, "scale");
            double[] row = SpatialLayersTest.array(layer, "spatialScale0");
            double[] column = SpatialLayersTest.array(layer, "spatialScale1");
            double[] bias = SpatialLayersTest.array(layer, "bias");
            for (int i = 0; i < y.length; ++i) {
                int c = i / (6 * 4) % 4;
                y[i] = y[i] * channel[c] * row[i / 4 % 6] * column[i % 4] + bias[c];
            }
            NDArray output = Blocks.infer(manager, layer, manager.create(x, in)).singletonOrThrow();
            assertArrayEquals(y, output.toDoubleArray(), 1e-12);
        }
    }

    private static void trainSaveLoad(
            NDManager parent, Supplier<QuantizedLayer> supplier, Shape in) {
        try (NDManager manager = parent.newSubManager()) {
            QuantizedLayer layer = supplier.get();
            layer.initialize(manager, DataType.FLOAT32, in);
            NDArray weight = layer.getDirectParameters().get("weight").getArray();
            Leaks.assertNothingLeft(
                    manager,
                    3,
                    step -> {
                        NDArray x = step.randomNormal(in);
                        try (GradientCollector collector =
                                Engine.getInstance().newGradientCollector()) {
                            NDArray y = Blocks.train(step, layer, x).singletonOrThrow();
                            assertEquals(step, y.getManager());
                            Gradients.backward(collector, y.square().sum());
                        }
                        NDArray gradient = weight.getGradient();
                        gradient.attach(step);
                        for (double g : SpatialLayersTest.doubles(gradient)) {
                            assertTrue(Double.isFinite(g), "gradient " + g);
                        }
                    });
            Blocks.assertRoundTrip(manager, layer, supplier.get(), manager.randomNormal(in));
        }
    }

    @Test
    void aFileOfOtherSettingsIsRefused() {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray x = manager.ones(new Shape(1, 4, 6));
            QuantConv1d trained = conv(new Identity(), new Identity(), WeightScale.NONE);
            trained.initialize(manager, DataType.FLOAT32, x.getShape());
            QuantConv1d other =
                    QuantConv1d.builder()
                            .setFilters(4)
                            .setKernelShape(new Shape(3))
                            .optBias(true)
                            .build();
            String message = loadingMessage(manager, trained, other, x);
            assertEquals(
                    "QuantConv1d: the settings of this layer are scale NONE, bias true, stride (1),"
                            + " padding (0), dilation (1), groups 1, but the file has scale NONE,"
                            + " bias true, stride (1), padding (1), dilation (1), groups 1",
                    message);

            NDArray image = manager.ones(new Shape(1, 4, 3, 3));
            QuantDeconv2d deconv = deconv(new Identity(), new Identity(), WeightScale.NONE);
            deconv.initialize(manager, DataType.FLOAT32, image.getShape());
            QuantDeconv2d without =
                    QuantDeconv2d.builder()
                            .setFilters(4)
                            .setKernelShape(new Shape(3, 3))
                            .optStride(new Shape(2, 2))
                            .optPadding(new Shape(1, 1))
                            .optGroups(2)
                            .optBias(true)
                            .build();
            assertEquals(
                    "QuantDeconv2d: the settings of this layer are scale NONE, bias true, stride"
                            + " (2, 2), padding (1, 1), dilation (1, 1), groups 2, outPadding (0,"
                            + " 0), but the file has scale NONE, bias true, stride (2, 2), padding"
                            + " (1, 1), dilation (1, 1), groups 2, outPadding (1, 1)",
                    loadingMessage(manager, deconv, without, image));
        }
    }

    private static String loadingMessage(
            NDManager manager, QuantizedLayer trained, QuantizedLayer fresh, NDArray x) {
        return assertThrows(
                        AssertionError.class,
                        () -> Blocks.assertRoundTrip(manager, trained, fresh, x))
                .getCause()
                .getMessage();
    }

    @Test
    void badInputIsNamed() {
        assertMessage(
                "filters must be set and positive, but was 0.",
                () -> QuantConv1d.builder().setKernelShape(new Shape(1)).build());
        assertMessage(
                "kernelShape must be set.", () -> QuantConv1d.builder().setFilters(1).build());
        QuantConv1d.Builder one = QuantConv1d.builder().setFilters(3).setKernelShape(new Shape(3));
        assertMessage(
                "stride must be one number of at least 1, but was (1, 1).",
                () -> one.optStride(new Shape(1, 1)).build());
        assertMessage(
                "QuantConv1d has no input scale SPATIAL_MAP.",
                () ->
                        QuantConv1d.builder()
                                .setFilters(3)
                                .setKernelShape(new Shape(3))
                                .optInputScale(InputScale.SPATIAL_MAP)
                                .build());
        QuantDeconv2d.Builder two =
                QuantDeconv2d.builder().setFilters(3).setKernelShape(new Shape(3, 3));
        assertMessage(
                "padding must be two numbers of at least 0, but was null.",
                () -> two.optPadding(null).build());
        two.optPadding(new Shape(1, 1));
        assertMessage(
                "outPadding must be smaller than the stride (1, 1) or the dilation (1, 1), but was"
                        + " (0, 1).",
                () -> two.optOutPadding(new Shape(0, 1)).build());
        two.optOutPadding(new Shape(0, 0));
        assertMessage(
                "groups must be a positive divisor of filters = 3, but was 2.",
                () -> two.optGroups(2).build());
        two.optGroups(3);
        try (NDManager manager = NDManager.newBaseManager()) {
            assertMessage(
                    "QuantDeconv2d takes an input of shape [batch, channels, height, width], but"
                            + " got (1, 8).",
                    () -> two.build().initialize(manager, DataType.FLOAT32, new Shape(1, 8)));
            assertMessage(
                    "The number of channels must be a multiple of groups = 3, but was 8.",
                    () -> two.build().initialize(manager, DataType.FLOAT32, new Shape(1, 8, 2, 2)));
            assertMessage(
                    "Nothing is left of the output for an input of shape (1, 3, 1, 1) with kernel"
                            + " (3, 3) and padding (2, 2).",
                    () ->
                            two.optPadding(new Shape(2, 2))
                                    .build()
                                    .initialize(manager, DataType.FLOAT32, new Shape(1, 3, 1, 1)));
            QuantConv1d layer = conv(new Identity(), new Identity(), WeightScale.NONE);
            assertMessage(
                    "The kernel (3) does not fit into an input of shape (1, 3, 0) with padding"
                            + " (1).",
                    () -> layer.initialize(manager, DataType.FLOAT32, new Shape(1, 3, 0)));
            layer.initialize(manager, DataType.FLOAT32, new Shape(1, 3, 6));
            assertMessage(
                    "QuantConv1d was initialized for a weight of shape (4, 3, 3), but got an input"
                            + " of shape (1, 2, 6).",
                    () -> Blocks.infer(manager, layer, manager.ones(new Shape(1, 2, 6))));
            NDArray x = manager.ones(new Shape(1, 2, 3, 3));
            Shape ones = new Shape(1, 1);
            assertMessage(
                    "A weight of shape (4, 3, 2, 2) in 1 groups does not fit an input of shape (1,"
                            + " 2, 3, 3).",
                    () ->
                            TransposedConvolution.deconv2d(
                                    x,
                                    manager.ones(new Shape(4, 3, 2, 2)),
                                    ones,
                                    new Shape(0, 0),
                                    new Shape(0, 0),
                                    ones,
                                    1));
            assertMessage(
                    "weight must have 4 axes, the first a multiple of groups = 2, but had the"
                            + " shape (3, 1, 1, 1).",
                    () -> TransposedConvolution.fromTorch(manager.ones(new Shape(3, 1, 1, 1)), 2));
        }
    }

    private static void assertMessage(String message, Executable action) {
        assertEquals(message, assertThrows(IllegalArgumentException.class, action).getMessage());
    }
}
