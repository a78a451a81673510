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
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import ai.djl.training.EasyTrain;
import ai.djl.training.dataset.Batch;
import ai.djl.training.listener.TrainingListenerAdapter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.binaryops.nn.QuantLinear;
import org.binaryops.quantizer.ApproxSign;
import org.binaryops.quantizer.BiPer;
import org.binaryops.quantizer.IrNetWeight;
import org.binaryops.quantizer.Quantizer;
import org.binaryops.quantizer.ReSte;
import org.binaryops.quantizer.Staged;
import org.binaryops.quantizer.StraightThroughSign;
import org.binaryops.quantizer.TernaryQuantizer;
import org.binaryops.testing.Leaks;
import org.junit.jupiter.api.Test;

/** The indicators of a training, each recomputed from the weights in plain Java. */
class MetricsTest {

    private static final Shape INPUT = new Shape(6, 4);
    private static final double OMEGA = 20;

    private static Block layer(int units, Quantizer weight) {
        return QuantLinear.builder()
                .setUnits(units)
                .optInputQuantizer(new ApproxSign())
                .optWeightQuantizer(weight)
                .build();
    }

    private static Block net() {
        return new SequentialBlock()
                .add(layer(5, new ReSte(2, 1.5, 0.1)))
                .add(
                        new SequentialBlock()
                                .add(layer(4, new BiPer(OMEGA, 0.5)))
                                .add(layer(4, new TernaryQuantizer()))
                                .add(layer(4, Staged.of(new StraightThroughSign()))))
                .add(Linear.builder().setUnits(3).build());
    }

    private static float[] weight(Block net, int index) {
        List<float[]> weights = new ArrayList<>();
        for (Parameter p : net.getParameters().values()) {
            if (p.getName().equals("weight")) {
                weights.add(p.getArray().toFloatArray());
            }
        }
        return weights.get(index);
    }

    /** The signs of the 20 weights of ReSTE and the 20 of BiPer; the rest is not binary. */
    private static boolean[] signs(Block net) {
        float[] first = weight(net, 0);
        float[] second = weight(net, 1);
        boolean[] signs = new boolean[first.length + second.length];
        for (int i = 0; i < first.length; ++i) {
            signs[i] = first[i] >= 0;
        }
        for (int i = 0; i < second.length; ++i) {
            signs[first.length + i] = Math.sin(OMEGA * second[i]) >= 0;
        }
        return signs;
    }

    private static double flips(boolean[] before, boolean[] now) {
        int flips = 0;
        for (int i = 0; i < now.length; ++i) {
            flips += before[i] == now[i] ? 0 : 1;
        }
        return (double) flips / now.length;
    }

    private static double variance(float[] gradient) {
        double mean = 0;
        for (float g : gradient) {
            mean += Math.abs(g) / gradient.length;
        }
        double sum = 0;
        for (float g : gradient) {
            sum += Math.pow(Math.abs(g) - mean, 2);
        }
        return sum / (gradient.length - 1);
    }

    /** Recomputes what the listeners should see, at the same moments. */
    private static final class Expected extends TrainingListenerAdapter {

        final List<Double> flips = new ArrayList<>();
        final List<Double> errors = new ArrayList<>();
        final List<Double> instabilities = new ArrayList<>();
        private final Block net;
        private boolean[] before;
        private int batches;

        Expected(Block net) {
            this.net = net;
        }

        @Override
        public void onTrainingBatch(ai.djl.training.Trainer trainer, BatchData batchData) {
            if (before == null) {
                before = signs(net);
            }
            if (++batches % 2 != 0) {
                return;
            }
            flips.add(MetricsTest.flips(before, signs(net)));
            before = signs(net);
            double reSte = 0;
            for (float w : weight(net, 0)) {
                reSte += Math.pow(1 - Math.abs(w), 2);
            }
            double biPer = 0;
            for (float w : weight(net, 1)) {
                biPer += Math.pow(1 - Math.abs(Math.sin(OMEGA * w)), 2);
            }
            errors.add(Math.sqrt(reSte) + Math.sqrt(biPer));
            double sum = 0;
            for (Parameter p : net.getParameters().values()) {
                sum += variance(p.getArray().getGradient().toFloatArray());
            }
            instabilities.add(sum);
        }
    }

    @Test
    void everyIndicatorIsThatOfTheWeightsAndGradientsOfItsBatch() {
        Block net = net();
        Expected expected = new Expected(net);
        Runs.train(
                net,
                Runs.config(new MeanSquaredError(), 0.25)
                        .addTrainingListeners(Indicators.listeners(2))
                        .addTrainingListeners(expected),
                DataType.FLOAT32,
                INPUT,
                trainer -> {
                    for (int i = 0; i < 11; ++i) {
                        NDManager m = trainer.getManager();
                        NDArray x = m.randomNormal(INPUT);
                        Runs.step(trainer, m, x, m.randomNormal(new Shape(6, 3)).mul(5));
                    }
                    assertMetric(expected.flips, Runs.metric(trainer, "flip_ratio"), 1e-12);
                    assertMetric(expected.errors, Runs.metric(trainer, "estimating_error"), 1e-4);
                    assertMetric(
                            expected.instabilities,
                            Runs.metric(trainer, "gradient_instability"),
                            1e-5);
                });
        assertTrue(expected.flips.stream().anyMatch(f -> f > 0), expected.flips.toString());
        assertTrue(expected.instabilities.stream().allMatch(s -> s > 0));
    }

    private static void assertMetric(List<Double> expected, double[] actual, double delta) {
        assertEquals(5, actual.length);
        for (int i = 0; i < actual.length; ++i) {
            double scale = Math.max(1, Math.abs(expected.get(i)));
            assertEquals(expected.get(i), actual[i], delta * scale, "value " + i);
        }
    }

    @Test
    void theFlipsOfAnEpochCountFromItsFirstStep() {
        Block net = layer(3, new StraightThroughSign());
        Runs.train(
                net,
                Runs.config(new MeanSquaredError(), 1)
                        .addTrainingListeners(new FlipRatio(), new EstimatingError()),
                DataType.FLOAT32,
                INPUT,
                trainer -> {
                    NDManager m = trainer.getManager();
                    double[] expected = new double[3];
                    float[] before = weight(net, 0);
                    for (int epoch = 0; epoch < 3; ++epoch) {
                        for (int i = 0; i < 4; ++i) {
                            NDArray x = m.randomNormal(INPUT);
                            Runs.step(trainer, m, x, m.randomNormal(new Shape(6, 3)).mul(3));
                        }
                        trainer.notifyListeners(listener -> listener.onEpoch(trainer));
                        float[] now = weight(net, 0);
                        for (int i = 0; i < now.length; ++i) {
                            expected[epoch] += before[i] >= 0 == now[i] >= 0 ? 0 : 1.0 / 12;
                        }
                        before = now;
                    }
                    assertArrayEquals(expected, Runs.metric(trainer, FlipRatio.NAME), 1e-12);
                    assertTrue(Arrays.stream(expected).sum() > 0);
                    assertEquals(3, Runs.metric(trainer, EstimatingError.NAME).length);
                });
    }

    @Test
    void centredWeightsFlipWithTheirCentre() {
        Block net = layer(2, new IrNetWeight());
        Runs.train(
                net,
                Runs.config(new MeanSquaredError(), 0.05).addTrainingListeners(new FlipRatio(1)),
                DataType.FLOAT32,
                INPUT,
                trainer -> {
                    NDManager m = trainer.getManager();
                    NDArray w = net.getDirectParameters().get("weight").getArray();
                    set(w, m.create(new float[] {1, 2, 3, 5, 1, 1, 1, 9}).reshape(2, 4));
                    record(trainer, m);
                    // Means 2.75 and 3: the third weight of the first row goes below its mean.
                    set(w, m.create(new float[] {1, 2, 3, 8, 1, 1, 1, 9}).reshape(2, 4));
                    record(trainer, m);
                    assertArrayEquals(
                            new double[] {0, 0.125}, Runs.metric(trainer, "flip_ratio"), 1e-12);
                });
    }

    private static void set(NDArray live, NDArray values) {
        LiveWeights.overwrite(live, w -> values);
    }

    private static void record(ai.djl.training.Trainer trainer, NDManager m) {
        try (Batch batch = Runs.batch(m, m.ones(INPUT), m.ones(new Shape(6, 2)))) {
            EasyTrain.trainBatch(trainer, batch);
        }
    }

    @Test
    void nothingIsRecordedWithoutMetricsOrBinaryWeights() {
        Block net = Linear.builder().setUnits(3).build();
        Runs.train(
                net,
                Runs.config(new MeanSquaredError(), 0.05)
                        .addTrainingListeners(Indicators.listeners(1)),
                DataType.FLOAT32,
                INPUT,
                trainer -> {
                    NDManager m = trainer.getManager();
                    Runs.step(trainer, m, m.ones(INPUT), m.ones(new Shape(6, 3)));
                    assertEquals(0, Runs.metric(trainer, FlipRatio.NAME).length);
                    assertEquals(0, Runs.metric(trainer, EstimatingError.NAME).length);
                    assertEquals(1, Runs.metric(trainer, GradientInstability.NAME).length);
                    trainer.setMetrics(null);
                    Runs.step(trainer, m, m.ones(INPUT), m.ones(new Shape(6, 3)));
                });
        assertEquals(
                "batches must be positive, but was 0.",
                assertThrows(IllegalArgumentException.class, () -> Indicators.listeners(0))
                        .getMessage());
    }

    @Test
    void theListenersLeaveNothing() {
        Block net = net();
        Runs.train(
                net,
                Runs.config(new MeanSquaredError(), 0.005)
                        .addTrainingListeners(Indicators.listeners(1)),
                DataType.FLOAT32,
                INPUT,
                trainer -> {
                    NDArray target = trainer.getManager().randomNormal(new Shape(6, 3));
                    NDManager lasting = trainer.getModel().getNDManager();
                    Leaks.assertNothingLeft(
                            lasting,
                            100,
                            m -> Runs.step(trainer, m, m.randomNormal(INPUT), target.duplicate()));
                    Leaks.assertNothingLeft(
                            trainer.getManager(),
                            100,
                            m ->
                                    Runs.step(
                                            trainer,
                                            m,
                                            m.randomNormal(INPUT),
                                            m.ones(new Shape(6, 3))));
                });
    }
}
