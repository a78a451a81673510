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
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import ai.djl.nn.norm.BatchNorm;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.Trainer;
import ai.djl.training.evaluator.Accuracy;
import ai.djl.training.listener.TrainingListenerAdapter;
import ai.djl.training.loss.Loss;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import java.util.ArrayList;
import java.util.List;
import org.binaryops.nn.QuantLinear;
import org.binaryops.nn.WeightScale;
import org.binaryops.quantizer.ApproxSign;
import org.binaryops.quantizer.BiPer;
import org.binaryops.quantizer.Quantizer;
import org.binaryops.quantizer.ReSte;
import org.binaryops.quantizer.Staged;
import org.binaryops.quantizer.StraightThroughSign;
import org.junit.jupiter.api.Test;

/** Trainings in two stages: what is on in which, what is handed on, what is kept. */
class StagedTrainingTest {

    private static DefaultTrainingConfig config(double rate, double decay) {
        return new DefaultTrainingConfig(Loss.softmaxCrossEntropyLoss())
                .optOptimizer(
                        Optimizer.sgd()
                                .setLearningRateTracker(Tracker.fixed((float) rate))
                                .optWeightDecays((float) decay)
                                .build())
                .addEvaluator(new Accuracy());
    }

    private static SequentialBlock net(Quantizer input, Quantizer weight, WeightScale scale) {
        return new SequentialBlock()
                .add(Linear.builder().setUnits(32).build())
                .add(BatchNorm.builder().build())
                .add(
                        QuantLinear.builder()
                                .setUnits(32)
                                .optInputQuantizer(input)
                                .optWeightQuantizer(weight)
                                .optScale(scale)
                                .build())
                .add(BatchNorm.builder().build())
                .add(Linear.builder().setUnits(3).build());
    }

    private static float[] weights(Block net) {
        return net.getChildren()
                .get(2)
                .getValue()
                .getDirectParameters()
                .get("weight")
                .getArray()
                .toFloatArray();
    }

    private static StagedTraining.Builder training(Model model) {
        NDManager manager = model.getNDManager();
        return StagedTraining.builder()
                .setModel(model)
                .setInputShapes(new Shape(1, 2))
                .setTrainingSet(Runs.clouds(manager, 300, 1))
                .optValidationSet(Runs.clouds(manager, 150, 2));
    }

    @Test
    void biPerGoesFromPeriodicToBinaryWeights() throws Exception {
        Engine.getInstance().setRandomSeed(1);
        BiPer biPer = new BiPer();
        try (Model model = Model.newInstance("biper")) {
            model.setBlock(net(new ApproxSign(), biPer, WeightScale.LEARNED));
            List<String> seen = new ArrayList<>();
            List<StageResult> results =
                    training(model)
                            .addStage(
                                    TrainingStage.builder()
                                            .setName("periodic")
                                            .setEpochs(6)
                                            .setConfig(config(0.1, 1e-4))
                                            .optSetup(TrainingStage.biPer(BiPer.Stage.PERIODIC))
                                            .build())
                            .addStage(
                                    TrainingStage.builder()
                                            .setName("binary")
                                            .setEpochs(4)
                                            .setConfig(config(0.02, 0))
                                            .optSetup(TrainingStage.biPer(BiPer.Stage.BINARY))
                                            .build())
                            .optOnEpoch(
                                    e -> {
                                        seen.add(
                                                e.stage()
                                                        + " "
                                                        + e.epoch()
                                                        + "/"
                                                        + e.epochs()
                                                        + " "
                                                        + biPer.getStage());
                                        assertTrue(e.evaluations().get("train_loss") > 0);
                                    })
                            .build()
                            .run();
            assertEquals(10, seen.size());
            assertEquals("periodic 1/6 PERIODIC", seen.get(0));
            // With the progress alone (2/3) the last periodic epoch would be binary.
            assertEquals("periodic 6/6 PERIODIC", seen.get(5));
            assertEquals("binary 1/4 BINARY", seen.get(6));
            assertEquals(2, results.size());
            for (StageResult result : results) {
                System.out.printf("BiPer %s: %.3f%n", result.stage(), result.bestValue());
                assertTrue(result.bestValue() > 0.9, result.stage() + " " + result.bestValue());
                assertEquals(best(result), result.bestValue());
            }
            assertEquals("binary", results.get(1).stage());
            assertEquals(4, results.get(1).evaluations().size());
            assertEquals(40, results.get(1).metrics().getMetric("step").size());
        }
    }

    private static float best(StageResult result) {
        float best = 0;
        for (var epoch : result.evaluations()) {
            best = Math.max(best, epoch.get("validate_Accuracy"));
        }
        return best;
    }

    @Test
    void reActNetBinarizesTheWeightsInTheSecondStep() throws Exception {
        Engine.getInstance().setRandomSeed(1);
        Staged weight = Staged.of(new StraightThroughSign());
        try (Model model = Model.newInstance("reactnet")) {
            Block net = net(new ApproxSign(), weight, WeightScale.CHANNEL_MEAN);
            model.setBlock(net);
            List<float[]> starts = new ArrayList<>();
            List<Boolean> enabled = new ArrayList<>();
            TrainingListenerAdapter spy =
                    new TrainingListenerAdapter() {
                        private boolean first = true;

                        @Override
                        public void onTrainingBegin(Trainer trainer) {
                            first = true;
                        }

                        @Override
                        public void onTrainingBatch(Trainer trainer, BatchData data) {
                            if (first) {
                                starts.add(weights(net));
                                enabled.add(weight.isEnabled());
                                first = false;
                            }
                        }
                    };
            List<StageResult> results =
                    training(model)
                            .addStage(
                                    TrainingStage.builder()
                                            .setName("activations")
                                            .setEpochs(4)
                                            .setConfig(config(0.05, 1e-5).addTrainingListeners(spy))
                                            .optSetup(TrainingStage.staged(false))
                                            .build())
                            .addStage(
                                    TrainingStage.builder()
                                            .setName("both")
                                            .setEpochs(4)
                                            .setConfig(config(0.05, 0).addTrainingListeners(spy))
                                            .optSetup(TrainingStage.staged(true))
                                            .build())
                            .build()
                            .run();
            assertEquals(List.of(false, true), enabled);
            assertFalse(java.util.Arrays.equals(starts.get(0), starts.get(1)));
            assertTrue(weight.isBinary());
            for (StageResult result : results) {
                System.out.printf("ReActNet %s: %.3f%n", result.stage(), result.bestValue());
                assertTrue(result.bestValue() > 0.9, result.stage() + " " + result.bestValue());
            }
        }
    }

    /** A learning rate that destroys the network after a good start: the best epoch is put back. */
    @Test
    void theBestWeightsArePutBackAndHandedOn() throws Exception {
        Engine.getInstance().setRandomSeed(1);
        try (Model model = Model.newInstance("net")) {
            Block net = net(new ApproxSign(), new StraightThroughSign(), WeightScale.NONE);
            model.setBlock(net);
            // Ten batches an epoch, two of which come after the second epoch's.
            Tracker ruinous = updates -> updates <= 22 ? 0.1f : 1e30f;
            DefaultTrainingConfig config =
                    new DefaultTrainingConfig(Loss.softmaxCrossEntropyLoss())
                            .optOptimizer(Optimizer.sgd().setLearningRateTracker(ruinous).build())
                            .addEvaluator(new Accuracy());
            List<float[]> kept = new ArrayList<>();
            List<StageResult> results =
                    training(model)
                            .addStage(
                                    TrainingStage.builder()
                                            .setName("ruin")
                                            .setEpochs(5)
                                            .setConfig(config)
                                            .build())
                            .optOnEpoch(e -> kept.add(weights(net)))
                            .build()
                            .run();
            StageResult result = results.get(0);
            assertTrue(result.bestEpoch() <= 3, "best epoch " + result.bestEpoch());
            assertTrue(result.bestValue() > 0.9, "best value " + result.bestValue());
            assertArrayEquals(kept.get(result.bestEpoch() - 1), weights(net), 0);
            assertFalse(java.util.Arrays.equals(kept.get(4), weights(net)));
        }
    }

    @Test
    void annealedQuantizersSeeTheProgressOfTheWholeTrainingOrOfTheStage() throws Exception {
        assertEquals(List.of(0.0, 0.25, 0.5, 0.75, 1.0), progress(Double.NaN, Double.NaN));
        assertEquals(List.of(0.0, 0.25, 0.2, 0.5, 0.8), progress(0.2, 0.8));
    }

    private static List<Double> progress(double from, double to) throws Exception {
        Engine.getInstance().setRandomSeed(1);
        ReSte reSte = new ReSte(2, 1.5, 0.1);
        List<Double> seen = new ArrayList<>();
        TrainingListenerAdapter spy =
                new TrainingListenerAdapter() {
                    @Override
                    public void onEpoch(Trainer trainer) {
                        // The power of ReSTE is 1 + (1 − cos(π/2 · p)) for the end power 2.
                        double p = Math.acos(2 - reSte.power()) / (Math.PI / 2);
                        seen.add(Math.round(p * 1e6) / 1e6);
                    }
                };
        try (Model model = Model.newInstance("net")) {
            model.setBlock(net(reSte, new StraightThroughSign(), WeightScale.NONE));
            StagedTraining.Builder training = training(model);
            for (int i = 0; i < 2; ++i) {
                TrainingStage.Builder stage =
                        TrainingStage.builder()
                                .setName("stage " + i)
                                .setEpochs(2)
                                .setConfig(config(0.01, 0).addTrainingListeners(spy));
                if (i == 1 && !Double.isNaN(from)) {
                    stage.optProgress(from, to);
                }
                training.addStage(stage.build());
            }
            training.optValidationSet(null).build().run();
            double p = Math.acos(2 - reSte.power()) / (Math.PI / 2);
            seen.add(Math.round(p * 1e6) / 1e6);
        }
        return seen;
    }

    @Test
    void withoutAValidationSetTheLastWeightsStayAndNothingIsLeft() throws Exception {
        Engine.getInstance().setRandomSeed(1);
        try (Model model = Model.newInstance("net")) {
            model.setBlock(net(new ApproxSign(), new StraightThroughSign(), WeightScale.NONE));
            StagedTraining.Builder training = training(model);
            StagedTraining run =
                    training.optValidationSet(null)
                            .addStage(
                                    TrainingStage.builder()
                                            .setName("only")
                                            .setEpochs(2)
                                            .setConfig(config(0.01, 0))
                                            .build())
                            .build();
            StageResult result = run.run().get(0);
            assertEquals(2, result.bestEpoch());
            assertTrue(Float.isNaN(result.bestValue()));
            int before = model.getNDManager().getManagedArrays().size();
            run.run();
            // Every DJL trainer leaves a handle of each trained parameter's gradient.
            assertEquals(before + 9, model.getNDManager().getManagedArrays().size());
            StagedTraining monitored =
                    training.optValidationSet(Runs.clouds(model.getNDManager(), 30, 3))
                            .optMonitor("loss", false)
                            .build();
            before = model.getNDManager().getManagedArrays().size();
            StageResult best = monitored.run().get(0);
            assertEquals(before + 9, model.getNDManager().getManagedArrays().size());
            float least = Float.MAX_VALUE;
            for (var epoch : best.evaluations()) {
                least = Math.min(least, epoch.get("validate_loss"));
            }
            assertEquals(least, best.bestValue());
            StagedTraining unknown = training.optMonitor("F1", true).build();
            assertTrue(
                    assertThrows(IllegalArgumentException.class, unknown::run)
                            .getMessage()
                            .startsWith("The monitor must be an evaluator of every stage, but F1"));
        }
    }

    @Test
    void missingSettingsAreNamed() {
        assertEquals("name must be set.", message(TrainingStage.builder()::build));
        assertEquals(
                "epochs must be set and positive, but was 0.",
                message(TrainingStage.builder().setName("a")::build));
        assertEquals(
                "config must be set.",
                message(TrainingStage.builder().setName("a").setEpochs(1)::build));
        assertEquals(
                "The progress must be in [0, 1], but was 0.0 to 2.0.",
                message(
                        TrainingStage.builder()
                                        .setName("a")
                                        .setEpochs(1)
                                        .setConfig(config(1, 0))
                                        .optProgress(0, 2)
                                ::build));
        assertEquals("model must be set.", message(StagedTraining.builder()::build));
    }

    private static String message(Runnable runnable) {
        return assertThrows(IllegalArgumentException.class, runnable::run).getMessage();
    }
}
