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
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.ParallelBlock;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import java.util.List;
import org.binaryops.nn.QuantLinear;
import org.binaryops.quantizer.BiPer;
import org.binaryops.quantizer.Quantizer;
import org.binaryops.quantizer.Staged;
import org.binaryops.quantizer.StraightThroughSign;
import org.binaryops.quantizer.TernaryQuantizer;
import org.binaryops.testing.Leaks;
import org.junit.jupiter.api.Test;

/** Latent weights stay within their bound, and are else those of the plain optimizer. */
class WeightClippingTest {

    private static final Shape INPUT = new Shape(8, 3);

    private static Block layer(Quantizer weight) {
        return QuantLinear.builder().setUnits(3).optWeightQuantizer(weight).build();
    }

    private static float[] weight(Block layer) {
        return layer.getDirectParameters().get("weight").getArray().toFloatArray();
    }

    private static DefaultTrainingConfig config(Optimizer optimizer) {
        return new DefaultTrainingConfig(new MeanSquaredError()).optOptimizer(optimizer);
    }

    /** Steps towards targets that only large weights reach. */
    private static void train(Block net, Optimizer optimizer, int steps) {
        Runs.train(
                net,
                config(optimizer),
                DataType.FLOAT32,
                INPUT,
                trainer -> {
                    NDManager m = trainer.getManager();
                    for (int i = 0; i < steps; ++i) {
                        NDArray x = m.randomNormal(INPUT);
                        Runs.step(trainer, m, x, x.mul(30));
                    }
                    // What a test looks at outlives the model.
                    LAST.clear();
                    for (Block child : net.getChildren().values()) {
                        LAST.add(weight(child));
                    }
                });
    }

    private static final List<float[]> LAST = new java.util.ArrayList<>();

    private static double largestOf(int layer) {
        double largest = 0;
        for (float w : LAST.get(layer)) {
            largest = Math.max(largest, Math.abs(w));
        }
        return largest;
    }

    @Test
    void onlyBinaryWeightsAreClippedRightAfterEachStep() {
        // Side by side, so that no layer's gradient grows with the weights of the others.
        Block net =
                new ParallelBlock(
                                list ->
                                        new NDList(
                                                list.stream()
                                                        .map(NDList::singletonOrThrow)
                                                        .reduce(NDArray::add)
                                                        .orElseThrow()))
                        .add(layer(new StraightThroughSign()))
                        .add(layer(new TernaryQuantizer()))
                        .add(layer(Staged.of(new StraightThroughSign())))
                        .add(layer(new BiPer(1, 1)))
                        .add(Linear.builder().setUnits(3).optBias(false).build());
        // Steps of 0.1 at most, so that no layer diverges.
        Optimizer bounded =
                Optimizer.sgd().setLearningRateTracker(Tracker.fixed(1)).optClipGrad(0.1f).build();
        train(net, WeightClipping.of(bounded, net), 40);
        assertEquals(1, largestOf(0), 0);
        assertEquals(1, largestOf(2), 0);
        assertTrue(largestOf(1) > 1, "ternary " + largestOf(1));
        assertTrue(largestOf(4) > 1, "float " + largestOf(4));
    }

    @Test
    void aStepIsThatOfTheOptimizerClipped() {
        Block plain = layer(StraightThroughSign.identity());
        Block clipped = layer(StraightThroughSign.identity());
        float[][] results = new float[2][];
        Block[] nets = {plain, clipped};
        for (int i = 0; i < 2; ++i) {
            Block net = nets[i];
            Optimizer sgd = Runs.sgd(1);
            int run = i;
            Runs.train(
                    net,
                    config(
                            i == 0
                                    ? sgd
                                    : new WeightClipping(sgd, net.getParameters().values(), 0.25)),
                    DataType.FLOAT32,
                    INPUT,
                    trainer -> {
                        NDManager m = trainer.getManager();
                        NDArray x = m.randomNormal(INPUT);
                        Runs.step(trainer, m, x, x.mul(0.5));
                        results[run] = weight(net);
                    });
        }
        float[] expected = new float[9];
        int cut = 0;
        for (int i = 0; i < 9; ++i) {
            expected[i] = Math.max(-0.25f, Math.min(0.25f, results[0][i]));
            cut += expected[i] == results[0][i] ? 0 : 1;
        }
        assertArrayEquals(expected, results[1], 0);
        assertTrue(cut > 0 && cut < 9, "clipped " + cut);
    }

    @Test
    void infiniteWeightsComeBackAndTheGradientStays() {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray w = manager.create(new double[] {1 / 0.0, -1 / 0.0, 0.5, -3});
            w.setRequiresGradient(true);
            LiveWeights.overwrite(w, view -> view.clip(-1, 1));
            assertArrayEquals(new double[] {1, -1, 0.5, -1}, w.toDoubleArray());
            assertTrue(w.hasGradient());
        }
    }

    @Test
    void hundredsOfStepsLeaveNothing() {
        Block net = new SequentialBlock().add(layer(new StraightThroughSign()));
        Runs.train(
                net,
                config(WeightClipping.of(Runs.sgd(0.1), net)),
                DataType.FLOAT32,
                INPUT,
                trainer ->
                        Leaks.assertNothingLeft(
                                trainer.getModel().getNDManager(),
                                300,
                                m -> {
                                    NDArray x = m.randomNormal(INPUT);
                                    Runs.step(trainer, m, x, x.mul(3));
                                }));
    }

    @Test
    void wrongSettingsAreNamed() {
        Block net = Linear.builder().setUnits(2).build();
        assertEquals(
                "The block must have binary weights to clip, but Linear has none.",
                assertThrows(
                                IllegalArgumentException.class,
                                () -> WeightClipping.of(Runs.sgd(1), net))
                        .getMessage());
        assertEquals(
                "bound must be positive, but was 0.0.",
                assertThrows(
                                IllegalArgumentException.class,
                                () -> new WeightClipping(Runs.sgd(1), List.of(), 0))
                        .getMessage());
    }
}
