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
package org.binaryops.kan.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.EasyTrain;
import ai.djl.training.GradientCollector;
import ai.djl.training.ParameterStore;
import ai.djl.training.Trainer;
import ai.djl.training.dataset.ArrayDataset;
import ai.djl.training.loss.Loss;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import java.util.Arrays;
import java.util.Random;
import org.binaryops.kan.BSplineBasis;
import org.binaryops.kan.Kan;
import org.binaryops.kan.KanTrace;
import org.binaryops.testing.Gradients;
import org.binaryops.training.MeanSquaredError;
import org.junit.jupiter.api.Test;

/** Networks under DJL's trainers: the loss with penalties, the grids, what is learned in turn. */
class KanTrainerTest {

    private static Kan network(NDManager manager) {
        Kan kan = Kan.builder().setWidths(2, 2, 1).optGrid(3).optSeed(4).build();
        kan.initialize(manager, DataType.FLOAT64, new Shape(1, 2));
        return kan;
    }

    @Test
    void theLossIsThatOfTheTaskAndThePenalty() {
        try (NDManager manager = NDManager.newBaseManager()) {
            Kan kan = network(manager);
            double[] numbers = new Random(1).doubles(60, -1, 1).toArray();
            NDArray samples = manager.create(Arrays.copyOf(numbers, 40), new Shape(20, 2));
            NDArray y = manager.create(Arrays.copyOfRange(numbers, 40, 60), new Shape(20, 1));
            NDArray prediction = y.add(.5);
            Loss task = new MeanSquaredError();
            double plain = task.evaluate(new NDList(y), new NDList(prediction)).toDoubleArray()[0];
            KanRegularizer sparse = KanRegularizer.builder().setLambda(.3).build();
            ParameterStore store = new ParameterStore(manager, false);
            KanTrace trace = kan.trace(store, samples, false);
            double penalty = sparse.penalty(kan, trace).toDoubleArray()[0];
            Loss loss = KanLoss.of(task, kan, sparse, samples);
            Parameter coefficients =
                    kan.getLayers().get(0).getDirectParameters().get("coefficients");
            try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
                NDArray sum = loss.evaluate(new NDList(y), new NDList(prediction));
                assertEquals(plain + penalty, sum.toDoubleArray()[0], 1e-12);
                Gradients.backward(collector, sum);
            }
            // The prediction was a constant here, so that this is the penalty's.
            double[] gradient = coefficients.getArray().getGradient().toDoubleArray();
            assertTrue(Arrays.stream(gradient).anyMatch(g -> Math.abs(g) > 1e-6));

            WeightPenalty weights = new WeightPenalty(.1, .2);
            assertEquals(
                    plain + weights.penalty(kan).toDoubleArray()[0],
                    KanLoss.of(task, kan, weights)
                            .evaluate(new NDList(y), new NDList(prediction))
                            .toDoubleArray()[0],
                    1e-12);
        }
    }

    @Test
    void gridsFollowTheSamplesUntilTheLastBatch() throws Exception {
        Kan kan = Kan.builder().setWidths(1, 1).optGrid(4).optSeed(2).build();
        try (Model model = Model.newInstance("kan", Device.cpu())) {
            model.setBlock(kan);
            NDManager manager = model.getNDManager();
            NDArray x = manager.arange(0f, 8f, .25f).div(4).reshape(32, 1);
            NDArray y = x.square();
            ArrayDataset data =
                    new ArrayDataset.Builder()
                            .setData(x)
                            .optLabels(y)
                            .setSampling(8, false)
                            .build();
            DefaultTrainingConfig config =
                    new DefaultTrainingConfig(new MeanSquaredError())
                            .optDevices(new Device[] {Device.cpu()})
                            .optOptimizer(
                                    Optimizer.adam()
                                            .optLearningRateTracker(Tracker.fixed(.01f))
                                            .build())
                            .addTrainingListeners(new GridUpdateListener(kan, x, 3, 5));
            try (Trainer trainer = model.newTrainer(config)) {
                trainer.initialize(new Shape(8, 1));
                double[] before = knots(kan);
                EasyTrain.fit(trainer, 1, data, null);
                double[] after = knots(kan);
                // From the least sample to the greatest, where it was from −1 to 1.
                assertEquals(-1, before[3], 1e-6);
                assertEquals(0, after[3], 1e-6);
                assertEquals(1.9375, after[7], 1e-6);
                // Batches 5 to 8: the update that is due after the sixth is beyond the last batch.
                EasyTrain.fit(trainer, 1, data, null);
                assertArrayEquals(after, knots(kan));
            }
            IllegalArgumentException e =
                    assertThrows(
                            IllegalArgumentException.class,
                            () -> new GridUpdateListener(kan, x, 0, 5));
            assertEquals("every must be positive, but was 0.", e.getMessage());
        }
    }

    private static double[] knots(Kan kan) {
        return ((BSplineBasis) kan.getLayers().get(0).getBasis()).getKnots()[0];
    }

    /** Continual learning: with frozen scales and no base branch a fit is local. */
    @Test
    void whatIsLearnedLaterForgetsNothing() {
        try (NDManager manager = NDManager.newBaseManager()) {
            Kan kan = Kan.builder().setWidths(1, 1).optGrid(40).optContinual().optSeed(1).build();
            kan.initialize(manager, DataType.FLOAT64, new Shape(1, 1));
            double[] scales =
                    kan.getLayers()
                            .get(0)
                            .getDirectParameters()
                            .get("scale")
                            .getArray()
                            .toDoubleArray();
            KanFit fit = KanFit.builder().optSteps(10).optGridUpdates(0, 0).build();
            NDArray left = between(manager, -1, -.1);
            NDArray right = between(manager, .1, 1);
            NDArray first = left.mul(7).sin();
            fit.fit(kan, left, first);
            double[] learned = output(kan, left);
            assertArrayEquals(first.toDoubleArray(), learned, 1e-3);
            NDArray second = right.mul(5).cos();
            fit.fit(kan, right, second);
            assertArrayEquals(second.toDoubleArray(), output(kan, right), 1e-3);
            // The supports of the functions on the two sides do not overlap.
            assertArrayEquals(learned, output(kan, left), 0);
            assertArrayEquals(
                    scales,
                    kan.getLayers()
                            .get(0)
                            .getDirectParameters()
                            .get("scale")
                            .getArray()
                            .toDoubleArray(),
                    0);
        }
    }

    private static NDArray between(NDManager manager, double low, double high) {
        double[] x = new double[120];
        Arrays.setAll(x, i -> low + (high - low) * i / 119);
        return manager.create(x, new Shape(120, 1));
    }

    private static double[] output(Kan kan, NDArray x) {
        ParameterStore store = new ParameterStore(x.getManager(), false);
        return kan.forward(store, new NDList(x), false).head().toDoubleArray();
    }
}
