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
import static org.junit.jupiter.api.Assertions.fail;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import ai.djl.nn.norm.BatchNorm;
import ai.djl.nn.norm.Dropout;
import ai.djl.training.ParameterStore;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.binaryops.nn.BinaryMlp;
import org.binaryops.nn.QuantLinear;
import org.binaryops.nn.ThermometerEncoding;
import org.binaryops.nn.WeightScale;
import org.binaryops.packed.compiler.PackedCompiler;
import org.binaryops.quantizer.ApproxSign;
import org.binaryops.quantizer.BiPer;
import org.binaryops.quantizer.Quantizer;
import org.binaryops.quantizer.ReSte;
import org.binaryops.quantizer.SignQuantizer;
import org.binaryops.quantizer.StraightThroughSign;
import org.junit.jupiter.api.Test;

/** Packed = trained, bit for bit: real blocks, and the values between all of their layers. */
class TrainedNetsTest {

    private static final int ROWS = 19;

    enum Estimator {
        STRAIGHT_THROUGH,
        APPROX_SIGN,
        RESTE;

        SignQuantizer make() {
            return switch (this) {
                case STRAIGHT_THROUGH -> new StraightThroughSign();
                case APPROX_SIGN -> new ApproxSign();
                case RESTE -> new ReSte();
            };
        }
    }

    @Provide
    Arbitrary<Integer> ragged() {
        return Arbitraries.of(1, 2, 63, 64, 65, 127, 128, 200, 784);
    }

    /** Sign, thermometer, batch norms with and without, dropout, nesting. */
    @Property(tries = 30)
    void bitsAccumulatorsAndOutputsAreTheEngines(
            @ForAll long seed,
            @ForAll("ragged") int features,
            @ForAll("ragged") int hidden,
            @ForAll @IntRange(min = 1, max = 12) int outputs,
            @ForAll Estimator estimator,
            @ForAll WeightScale scale,
            @ForAll boolean periodic,
            @ForAll boolean thermometer) {
        Random random = new Random(seed);
        SequentialBlock net = new SequentialBlock();
        if (random.nextBoolean()) {
            net.add(BatchNorm.builder().build());
        }
        if (thermometer) {
            net.add(ThermometerEncoding.uniform(1 + random.nextInt(3), -2, 2));
        }
        net.add(layer(random, hidden, estimator, scale, periodic));
        if (random.nextBoolean()) {
            net.add(BatchNorm.builder().build());
        }
        if (random.nextBoolean()) {
            net.add(Dropout.builder().build());
        }
        SequentialBlock inner = new SequentialBlock();
        inner.add(layer(random, 1 + random.nextInt(70), estimator, scale, periodic));
        inner.add(BatchNorm.builder().build());
        net.add(inner);
        net.add(layer(random, outputs, estimator, scale, periodic));
        if (random.nextBoolean()) {
            net.add(BatchNorm.builder().build());
        }
        compare(random, net, features, outputs);
    }

    private static QuantLinear layer(
            Random random, int units, Estimator estimator, WeightScale scale, boolean periodic) {
        BiPer biPer = new BiPer();
        biPer.setStage(BiPer.Stage.BINARY);
        Quantizer weight = periodic ? biPer : estimator.make();
        return QuantLinear.builder()
                .setUnits(units)
                .optInputQuantizer(estimator.make())
                .optWeightQuantizer(weight)
                .optScale(scale)
                .optBias(random.nextBoolean())
                .build();
    }

    /** Compares everything on a batch, and the rows one by one. */
    private static void compare(Random random, SequentialBlock net, int features, int outputs) {
        try (NDManager manager = NDManager.newBaseManager()) {
            Shape one = new Shape(1, features);
            TrainedNets.trained(manager, random, net, one);
            PackedModel model = PackedCompiler.compile(net, one);
            assertEquals(features, model.inputs());
            assertEquals(outputs, model.outputs());

            float[] rows = rows(random, model);
            Walk walk = new Walk(manager, model, rows);
            float[] logits = walk.run(net, manager.create(rows, new Shape(ROWS, features)));
            assertTrue(walk.layers >= 3, "layers compared");
            float[] packed = model.predict(rows, ROWS);
            int[] classes = model.classify(rows, ROWS);
            for (int row = 0; row < ROWS; ++row) {
                float[] single = new float[features];
                System.arraycopy(rows, row * features, single, 0, features);
                float[] alone = model.predict(single);
                int best = 0;
                for (int c = 0; c < outputs; ++c) {
                    int bits = Float.floatToRawIntBits(logits[row * outputs + c]);
                    assertEquals(bits, Float.floatToRawIntBits(packed[row * outputs + c]));
                    assertEquals(bits, Float.floatToRawIntBits(alone[c]));
                    if (logits[row * outputs + c] > logits[row * outputs + best]) {
                        best = c;
                    }
                }
                if (outputs > 1) {
                    assertEquals(best, classes[row]);
                }
            }
        }
    }

    /** Ordinary features, zeros, and features that lie on thresholds or just below. */
    private static float[] rows(Random random, PackedModel model) {
        float[] rows = RandomModels.floats(random, ROWS * model.inputs());
        InputThresholds first = (InputThresholds) model.operations().get(0);
        for (int i = 0; i < rows.length; ++i) {
            float threshold = first.threshold(i % model.inputs() * first.perFeature());
            switch (random.nextInt(5)) {
                case 0 -> rows[i] = 0;
                case 1 -> rows[i] = Math.abs(threshold) < 1e30f ? threshold : 1;
                case 2 -> rows[i] = Math.abs(threshold) < 1e30f ? Math.nextDown(threshold) : -1;
                default -> {}
            }
        }
        return rows;
    }

    /** Runs the layers in the engine and compares the operands and results of each binary one. */
    private static final class Walk {

        private final ParameterStore store;
        private final PackedModel model;
        private final Scratch packed;
        private int operation;
        private int layers;

        Walk(NDManager manager, PackedModel model, float[] rows) {
            this.model = model;
            store = new ParameterStore(manager, false);
            // a session of one tile, so that the scratch holds all rows
            packed = new Scratch(model.program(), new BufferPlan(model.program(), false), ROWS);
            packed.setCaller(rows, 0, new float[ROWS * model.outputs()], 0);
            for (int i = 0; i < model.operations().size(); ++i) {
                model.operations().get(i).run(packed, new int[] {i}, i + 1, ROWS);
            }
        }

        float[] run(Block block, NDArray x) {
            return walk(block, x).toFloatArray();
        }

        private NDArray walk(Block block, NDArray x) {
            if (block instanceof SequentialBlock) {
                NDArray y = x;
                for (Block child : block.getChildren().values()) {
                    y = walk(child, y);
                }
                return y;
            }
            if (block instanceof QuantLinear layer) {
                NDArray bits = layer.getInputQuantizer().quantize(store, x, false);
                NDArray weights = layer.quantizedWeight(store, x);
                layer(bits, Linear.linear(bits, weights).singletonOrThrow());
            }
            return block.forward(store, new NDList(x), false).singletonOrThrow();
        }

        private void layer(NDArray bits, NDArray accumulators) {
            do {
                ++operation;
            } while (!(model.operations().get(operation) instanceof BinaryLinear));
            int width = (int) bits.getShape().get(1);
            float[] signs = bits.toFloatArray();
            for (int i = 0; i < signs.length; ++i) {
                boolean bit = PlainProgram.bit(packed.bits[operation], i / width, width, i % width);
                if (signs[i] > 0 != bit) {
                    fail("input bit " + i + " of operation " + operation);
                }
            }
            float[] sums = accumulators.toFloatArray();
            for (int i = 0; i < sums.length; ++i) {
                assertEquals((int) sums[i], packed.accumulators[operation + 1][i]);
            }
            ++layers;
        }
    }

    @Property(tries = 5)
    void binaryMlpsAreTheEngines(
            @ForAll long seed, @ForAll WeightScale scale, @ForAll boolean normalized) {
        BinaryMlp.Builder builder =
                BinaryMlp.builder().setOutputs(10).addHidden(256).addHidden(100).optScale(scale);
        SequentialBlock net =
                (normalized ? builder.optNormalizedInput(3) : builder.optInput(4, 0, 1)).build();
        compare(new Random(seed), net, 784, 10);
    }

    @Test
    void aNetThatEndsInASignGivesSigns() {
        SequentialBlock net =
                new SequentialBlock()
                        .add(ThermometerEncoding.uniform(2, -1, 1))
                        .add(
                                QuantLinear.builder()
                                        .setUnits(65)
                                        .optWeightQuantizer(new StraightThroughSign())
                                        .build())
                        .add(BatchNorm.builder().build())
                        .add(new StraightThroughSign());
        try (NDManager manager = NDManager.newBaseManager()) {
            Random random = new Random(1);
            TrainedNets.trained(manager, random, net, new Shape(1, 30));
            PackedModel model = PackedCompiler.compile(net, new Shape(1, 30));
            float[] rows = RandomModels.floats(random, 8 * 30);
            float[] expected = TrainedNets.run(manager, net, rows, new Shape(8, 30));
            org.junit.jupiter.api.Assertions.assertArrayEquals(expected, model.predict(rows, 8));
        }
    }
}
