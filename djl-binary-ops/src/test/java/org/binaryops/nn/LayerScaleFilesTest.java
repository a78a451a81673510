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

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.SequentialBlock;
import ai.djl.training.ParameterStore;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.nio.DoubleBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.binaryops.packed.PackedModel;
import org.binaryops.packed.compiler.PackedCompiler;
import org.binaryops.quantizer.CentredWeight;
import org.binaryops.quantizer.StraightThroughSign;
import org.binaryops.testing.Blocks;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Layers with scales: saving, loading, packing, and what they refuse. */
class LayerScaleFilesTest {

    private static final Shape IMAGES = new Shape(2, 4, 6, 5);

    private static QuantConv2d convolution(InputScale in, WeightScale weight) {
        return QuantConv2d.builder()
                .setFilters(6)
                .setKernelShape(new Shape(3, 3))
                .optPadding(new Shape(1, 1))
                .optGroups(2)
                .optInputQuantizer(new StraightThroughSign())
                .optWeightQuantizer(new StraightThroughSign())
                .optInputScale(in)
                .optScale(weight)
                .optBias(true)
                .build();
    }

    private static QuantLinear linear(InputScale in, WeightScale weight) {
        return QuantLinear.builder()
                .setUnits(3)
                .optInputQuantizer(new StraightThroughSign())
                .optWeightQuantizer(new CentredWeight(new StraightThroughSign()))
                .optInputScale(in)
                .optScale(weight)
                .build();
    }

    @ParameterizedTest
    @MethodSource("org.binaryops.nn.LayerScaleTest#scales")
    void layersSaveAndLoad(InputScale in, WeightScale weight) {
        try (NDManager manager = NDManager.newBaseManager()) {
            QuantConv2d trained = convolution(in, weight);
            trained.initialize(manager, DataType.FLOAT32, IMAGES);
            Blocks.assertRoundTrip(
                    manager, trained, convolution(in, weight), manager.randomNormal(IMAGES));
            QuantLinear dense = linear(in, weight);
            Shape rows = new Shape(2, 3, 7);
            dense.initialize(manager, DataType.FLOAT32, rows);
            Blocks.assertRoundTrip(manager, dense, linear(in, weight), manager.randomNormal(rows));
        }
    }

    @ParameterizedTest
    @EnumSource(WeightScale.class)
    void aLayerWithoutAnInputScaleIsSavedAsBeforeThereWereAny(WeightScale scale) {
        try (NDManager manager = NDManager.newBaseManager()) {
            QuantConv2d layer = convolution(InputScale.NONE, scale);
            layer.initialize(manager, DataType.FLOAT32, IMAGES);
            byte[] saved = Blocks.save(layer);
            assertEquals(2, saved[0]);
            String settings =
                    "scale "
                            + scale
                            + ", bias true, stride (1, 1), padding (1, 1), dilation (1, 1),"
                            + " groups 2";
            String text = new String(saved, StandardCharsets.ISO_8859_1);
            int at = text.indexOf(settings);
            assertTrue(at > 0, "the settings");
            assertEquals(settings.length(), text.charAt(at - 2) << 8 | text.charAt(at - 1));
        }
    }

    @Test
    void theScaleFromTheMeanStartsFromGivenWeightsAndSurvivesAFile() throws Exception {
        double[] w = {0.5, -1.5, 2, 0, -0.25, 0.25};
        double[] means = {1, 1, 0.25};
        try (NDManager manager = NDManager.newBaseManager()) {
            QuantLinear layer = linear(InputScale.NONE, WeightScale.LEARNED_FROM_MEAN);
            layer.getDirectParameters().get("weight").setArray(manager.create(w, new Shape(3, 2)));
            layer.initialize(manager, DataType.FLOAT64, new Shape(1, 2));
            NDArray scale = layer.getDirectParameters().get("scale").getArray();
            // The mean of the weights as they are, though the quantizer centres them.
            assertArrayEquals(means, scale.toDoubleArray());
            double[] trained = {0.1, -0.2, 0.3};
            scale.set(DoubleBuffer.wrap(trained));
            QuantLinear fresh = linear(InputScale.NONE, WeightScale.LEARNED_FROM_MEAN);
            try (DataInputStream in =
                    new DataInputStream(new ByteArrayInputStream(Blocks.save(layer)))) {
                fresh.loadParameters(manager, in);
            }
            fresh.initialize(manager, DataType.FLOAT64, new Shape(1, 2));
            assertArrayEquals(
                    trained, fresh.getDirectParameters().get("scale").getArray().toDoubleArray());
        }
    }

    @Test
    void anotherSizeThanTheLearnedScalesIsRefused() {
        try (NDManager manager = NDManager.newBaseManager()) {
            QuantConv2d layer = convolution(InputScale.NONE, WeightScale.LEARNED_RANK_ONE);
            layer.initialize(manager, DataType.FLOAT32, IMAGES);
            assertMessage(
                    "QuantConv2d with LEARNED_RANK_ONE has 5 learned scales along axis 3 of its"
                            + " output, as many as it was initialized for, but an input of shape"
                            + " (2, 4, 6, 7) gives an output of shape (2, 6, 6, 7).",
                    () -> Blocks.infer(manager, layer, manager.ones(new Shape(2, 4, 6, 7))));
            // Another batch is no other size.
            Blocks.infer(manager, layer, manager.ones(new Shape(5, 4, 6, 5)));
        }
    }

    @Test
    void aFileOfAnotherInputScaleIsRefused() {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray x = manager.ones(new Shape(1, 7));
            QuantLinear trained = linear(InputScale.SAMPLE_MEAN, WeightScale.NONE);
            trained.initialize(manager, DataType.FLOAT32, x.getShape());
            QuantLinear fresh = linear(InputScale.SPATIAL_MAP, WeightScale.NONE);
            AssertionError error =
                    assertThrows(
                            AssertionError.class,
                            () -> Blocks.assertRoundTrip(manager, trained, fresh, x));
            assertEquals(
                    "QuantLinear: the settings of this layer are scale NONE, bias false, input"
                            + " scale SPATIAL_MAP, but the file has scale NONE, bias false, input"
                            + " scale SAMPLE_MEAN",
                    error.getCause().getMessage());
        }
    }

    @ParameterizedTest
    @EnumSource(WeightScale.class)
    void everyWeightScaleOfALinearLayerPacks(WeightScale scale) {
        try (NDManager manager = NDManager.newBaseManager()) {
            SequentialBlock net =
                    new SequentialBlock()
                            .add(linear(InputScale.NONE, scale))
                            .add(linear(InputScale.NONE, scale));
            net.initialize(manager, DataType.FLOAT32, new Shape(1, 70));
            PackedModel packed = PackedCompiler.compile(net, new Shape(1, 70));
            NDArray x = manager.randomNormal(new Shape(9, 70));
            assertArrayEquals(
                    Blocks.infer(manager, net, x).singletonOrThrow().toFloatArray(),
                    packed.predict(x.toFloatArray(), 9));
        }
    }

    @Test
    void anInputScaleIsPackedButNotRescaled() {
        List<InputScale> scales =
                Arrays.stream(InputScale.values()).filter(s -> s != InputScale.NONE).toList();
        try (NDManager manager = NDManager.newBaseManager()) {
            for (InputScale scale : scales) {
                QuantLinear layer = linear(scale, WeightScale.CHANNEL_MEAN);
                layer.initialize(manager, DataType.FLOAT32, new Shape(1, 7));
                PackedModel packed = PackedCompiler.compile(layer, new Shape(1, 7));
                NDArray x = manager.randomNormal(new Shape(1, 7));
                assertArrayEquals(
                        Blocks.infer(manager, layer, x).singletonOrThrow().toFloatArray(),
                        packed.predict(x.toFloatArray()),
                        1e-5f);
                ParameterStore store = new ParameterStore(manager, false);
                NDArray products = manager.ones(new Shape(1, 3));
                assertEquals(
                        "rescale needs the input scale NONE, but this layer has " + scale + ".",
                        assertThrows(
                                        IllegalStateException.class,
                                        () -> layer.rescale(store, products, false))
                                .getMessage());
            }
        }
    }

    @Test
    void badInputIsNamed() {
        assertMessage(
                "inputScale must be given, but was null.",
                () -> QuantLinear.builder().optInputScale(null));
        try (NDManager manager = NDManager.newBaseManager()) {
            QuantLinear layer = linear(InputScale.NONE, WeightScale.LEARNED_FROM_MEAN);
            layer.getDirectParameters().get("weight").setArray(manager.ones(new Shape(3, 2)));
            assertMessage(
                    "QuantLinear has a weight of shape (3, 2), but an input of shape (1, 5) needs"
                            + " (3, 5).",
                    () -> layer.initialize(manager, DataType.FLOAT32, new Shape(1, 5)));
            QuantConv2d unsized = convolution(InputScale.NONE, WeightScale.LEARNED_RANK_ONE);
            assertMessage(
                    "The kernel (3, 3) does not fit into an input of shape (2, 4, -1, 5) with"
                            + " padding (1, 1).",
                    () -> unsized.initialize(manager, DataType.FLOAT32, new Shape(2, 4, -1, 5)));
        }
    }

    private static void assertMessage(String message, Executable action) {
        assertEquals(message, assertThrows(IllegalArgumentException.class, action).getMessage());
    }
}
