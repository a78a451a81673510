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

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.training.GradientCollector;
import ai.djl.training.ParameterStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Supplier;
import org.binaryops.quantizer.StraightThroughSign;
import org.binaryops.testing.Blocks;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * How much memory a training forward of a layer with {@link StraightThroughSign} takes.
 *
 * <p>The figures are of the implementation, not of the method: they are to be changed, downwards,
 * when it gets leaner.
 */
class LayerMemoryTest {

    /** What the quantizer of the input keeps for backward: its value and its derivative. */
    private static final int KEPT_BY_INPUT_QUANTIZER = 2;

    /** Open handles when the bias is added: two quantized operands and the products. */
    private static final int HANDLES = 3;

    /** Arrays of the size of the products that a scale keeps: the products that it multiplies. */
    private static int keptByScale(WeightScale scale) {
        return switch (scale) {
            case NONE, CHANNEL_MEAN, CHANNEL_MEAN_STRAIGHT_THROUGH, CENTRED_CHANNEL_MEAN -> 0;
            case LAYER_MEAN, LEARNED, LEARNED_FROM_MEAN, LEARNED_RANK_ONE -> 1;
        };
    }

    /** Handles that a scale adds, most of them of arrays as small as a channel's number. */
    private static int handlesOfScale(WeightScale scale) {
        return switch (scale) {
            case NONE -> 0;
            case CHANNEL_MEAN, CENTRED_CHANNEL_MEAN -> 1;
            case CHANNEL_MEAN_STRAIGHT_THROUGH -> 3;
            case LAYER_MEAN -> 3;
            case LEARNED, LEARNED_FROM_MEAN, LEARNED_RANK_ONE -> 1;
        };
    }

    private static int handlesOfInputScale(InputScale scale) {
        return switch (scale) {
            case NONE -> 0;
            case SAMPLE_MEAN, SPATIAL_MAP -> 1;
            case SAMPLE_MEAN_STRAIGHT_THROUGH -> 2;
        };
    }

    private static QuantLinear layer(int units, InputScale in, WeightScale weight) {
        return QuantLinear.builder()
                .setUnits(units)
                .optInputQuantizer(new StraightThroughSign())
                .optWeightQuantizer(new StraightThroughSign())
                .optInputScale(in)
                .optScale(weight)
                .optBias(true)
                .build();
    }

    @ParameterizedTest
    @EnumSource(WeightScale.class)
    void openHandlesOfAWeightScale(WeightScale scale) {
        assertEquals(HANDLES + handlesOfScale(scale), handles(layer(8, InputScale.NONE, scale)));
    }

    @ParameterizedTest
    @EnumSource(InputScale.class)
    void openHandlesOfAnInputScale(InputScale scale) {
        assertEquals(
                HANDLES + handlesOfInputScale(scale), handles(layer(8, scale, WeightScale.NONE)));
    }

    /** The handles that a forward has open when it looks up the bias, which it does last. */
    @SuppressWarnings("try") // autograd records while the collector is open
    private static int handles(QuantLinear layer) {
        try (NDManager lasting = NDManager.newBaseManager();
                NDManager step = lasting.newSubManager()) {
            layer.initialize(lasting, DataType.FLOAT32, new Shape(4, 8));
            NDArray x = step.randomNormal(new Shape(4, 8));
            // A manager counts the arrays of its sub-managers too.
            int before = lasting.getManagedArrays().size();
            int[] atBias = {0};
            ParameterStore store =
                    new ParameterStore(lasting, false) {
                        @Override
                        public NDArray getValue(
                                Parameter parameter, Device device, boolean training) {
                            if ("bias".equals(parameter.getName())) {
                                atBias[0] = lasting.getManagedArrays().size();
                            }
                            return super.getValue(parameter, device, training);
                        }
                    };
            x.setRequiresGradient(true);
            try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
                layer.forward(store, new NDList(x), true);
            }
            return atBias[0] - before;
        }
    }

    @ParameterizedTest
    @EnumSource(WeightScale.class)
    void arraysThatAWeightScaleKeepsForBackward(WeightScale scale) throws IOException {
        assertEquals(
                KEPT_BY_INPUT_QUANTIZER + keptByScale(scale) + 1,
                kept(() -> layer(COLUMNS, InputScale.NONE, scale)),
                0.3);
    }

    @ParameterizedTest
    @EnumSource(InputScale.class)
    void arraysThatAnInputScaleKeepsForBackward(InputScale scale) throws IOException {
        assertEquals(
                KEPT_BY_INPUT_QUANTIZER + 1,
                kept(() -> layer(COLUMNS, scale, WeightScale.CHANNEL_MEAN)),
                0.3);
    }

    private static final int COLUMNS = 64;
    private static final int ROWS = 160_000;

    /**
     * The memory that is held between forward and backward, the output included, in arrays of the
     * size of the input, which is that of the output; the weight is 1/2500 of it. What others have
     * left resident and is given back or used again meanwhile hides a part, so the most of a few
     * measurements counts.
     */
    private static double kept(Supplier<QuantLinear> layer) throws IOException {
        assumeTrue(Files.exists(Path.of("/proc/self/statm")), "needs Linux");
        double most = 0;
        for (int i = 0; i < 3; ++i) {
            most = Math.max(most, growth(layer.get()));
        }
        return most;
    }

    @SuppressWarnings("try")
    private static double growth(QuantLinear layer) throws IOException {
        try (NDManager manager = NDManager.newBaseManager()) {
            layer.initialize(manager, DataType.FLOAT32, new Shape(1, COLUMNS));
            NDArray x = manager.randomNormal(new Shape(ROWS, COLUMNS));
            x.setRequiresGradient(true);
            Blocks.train(manager, layer, manager.randomNormal(new Shape(256, COLUMNS)));
            try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
                long before = resident();
                Blocks.train(manager, layer, x);
                return (resident() - before) / (4.0 * ROWS * COLUMNS);
            }
        }
    }

    private static long resident() throws IOException {
        String[] pages = Files.readString(Path.of("/proc/self/statm")).split(" ");
        return Long.parseLong(pages[1]) * 4096;
    }
}
