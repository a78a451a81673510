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

import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.Blocks;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import ai.djl.nn.norm.BatchNorm;
import ai.djl.nn.pooling.Pool;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.EasyTrain;
import ai.djl.training.ParameterStore;
import ai.djl.training.Trainer;
import ai.djl.training.dataset.ArrayDataset;
import ai.djl.training.dataset.Batch;
import ai.djl.training.loss.Loss;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import ai.djl.translate.Batchifier;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import org.binaryops.nn.BinaryMlp;
import org.binaryops.nn.QuantConv2d;
import org.binaryops.nn.QuantLinear;
import org.binaryops.nn.WeightScale;
import org.binaryops.quantizer.ApproxSign;
import org.binaryops.quantizer.BiPer;
import org.binaryops.quantizer.ReSte;
import org.binaryops.testing.FashionMnist;
import org.binaryops.testing.Leaks;
import org.junit.jupiter.api.Test;

/** Networks of quantized layers in DJL's own training loop, on real images. */
class TrainingTest {

    private static final int IMAGES = 2_000;

    /** Trains with Adam and a cosine schedule; returns the share of right test predictions. */
    private static double train(Model model, Shape sample, int epochs, float rate)
            throws Exception {
        Engine.getInstance().setRandomSeed(5);
        NDManager manager = model.getNDManager();
        FashionMnist train = FashionMnist.train(IMAGES);
        NDArray x = manager.create(train.pixels(), new Shape(IMAGES, 784));
        NDArray y = manager.create(train.labels());
        ArrayDataset data =
                new ArrayDataset.Builder()
                        .setData(x.reshape(sample))
                        .optLabels(y)
                        .setSampling(100, true, true)
                        .build();
        int steps = epochs * IMAGES / 100;
        DefaultTrainingConfig config =
                new DefaultTrainingConfig(Loss.softmaxCrossEntropyLoss())
                        .optOptimizer(
                                Optimizer.adam()
                                        .optLearningRateTracker(
                                                Tracker.cosine()
                                                        .setBaseValue(rate)
                                                        .optFinalValue(rate / 100)
                                                        .setMaxUpdates(steps)
                                                        .build())
                                        .build())
                        .addTrainingListeners(new AnnealingListener(epochs, true));
        try (Trainer trainer = model.newTrainer(config)) {
            trainer.initialize(oneOf(sample));
            EasyTrain.fit(trainer, epochs, data, null);
        }
        return accuracy(model, sample);
    }

    private static Shape oneOf(Shape sample) {
        long[] dims = sample.getShape().clone();
        dims[0] = 1;
        return new Shape(dims);
    }

    private static double accuracy(Model model, Shape sample) throws Exception {
        FashionMnist test = FashionMnist.test(1_000);
        try (NDManager manager = model.getNDManager().newSubManager()) {
            NDArray x = manager.create(test.pixels(), new Shape(1_000, 784)).reshape(sample);
            NDArray logits =
                    model.getBlock()
                            .forward(new ParameterStore(manager, false), new NDList(x), false)
                            .singletonOrThrow();
            long[] predicted = logits.argMax(1).toLongArray();
            int right = 0;
            for (int i = 0; i < predicted.length; ++i) {
                right += predicted[i] == (long) test.labels()[i] ? 1 : 0;
            }
            return right / 1_000.0;
        }
    }

    private static Block mlp(Supplier<BinaryMlp.Builder> builder) {
        return builder.get().setOutputs(10).addHidden(128).build();
    }

    private static double trainMlp(Block block) throws Exception {
        try (Model model = Model.newInstance("mlp")) {
            model.setBlock(block);
            return train(model, new Shape(-1, 784), 6, 5e-3f);
        }
    }

    @Test
    void everyEstimatorTrainsAnMlp() throws Exception {
        assertAccuracy(0.74, "STE", trainMlp(mlp(BinaryMlp::builder)));
        assertAccuracy(
                0.74,
                "ApproxSign",
                trainMlp(mlp(() -> BinaryMlp.builder().optActivation(ApproxSign::new))));
        assertAccuracy(
                0.74,
                "ReSTE",
                trainMlp(
                        mlp(
                                () ->
                                        BinaryMlp.builder()
                                                .optActivation(ReSte::new)
                                                .optWeight(ReSte::new)
                                                .optScale(WeightScale.LAYER_MEAN))));
        assertAccuracy(
                0.70,
                "BiPer",
                trainMlp(
                        mlp(
                                () ->
                                        BinaryMlp.builder()
                                                .optActivation(ApproxSign::new)
                                                .optWeight(BiPer::new)
                                                .optScale(WeightScale.LEARNED))));
    }

    @Test
    void aBinaryConvolutionalNetTrains() throws Exception {
        SequentialBlock net = new SequentialBlock();
        net.add(
                QuantConv2d.builder()
                        .setFilters(16)
                        .setKernelShape(new Shape(3, 3))
                        .optStride(new Shape(2, 2))
                        .optPadding(new Shape(1, 1))
                        .build());
        for (int filters : new int[] {32, 32}) {
            net.add(BatchNorm.builder().build());
            net.add(
                    QuantConv2d.builder()
                            .setFilters(filters)
                            .setKernelShape(new Shape(3, 3))
                            .optPadding(new Shape(1, 1))
                            .optInputQuantizer(new ApproxSign())
                            .optWeightQuantizer(new ApproxSign())
                            .optScale(WeightScale.CHANNEL_MEAN)
                            .build());
        }
        net.add(BatchNorm.builder().build());
        net.add(Pool.maxPool2dBlock(new Shape(2, 2), new Shape(2, 2)));
        net.add(Blocks.batchFlattenBlock());
        net.add(Linear.builder().setUnits(10).build());
        try (Model model = Model.newInstance("cnn")) {
            model.setBlock(net);
            assertAccuracy(0.74, "CNN", train(model, new Shape(-1, 1, 28, 28), 4, 5e-3f));
        }
    }

    private static void assertAccuracy(double least, String name, double accuracy) {
        System.out.printf("%s: accuracy %.3f%n", name, accuracy);
        assertTrue(accuracy >= least, name + " reached " + accuracy + ", expected " + least);
    }

    @Test
    void oneSeedGivesBitIdenticalTraining() throws Exception {
        byte[][] runs = new byte[2][];
        for (int i = 0; i < 2; ++i) {
            try (Model model = Model.newInstance("mlp")) {
                model.setBlock(mlp(BinaryMlp::builder));
                train(model, new Shape(-1, 784), 1, 5e-3f);
                runs[i] = org.binaryops.testing.Blocks.save(model.getBlock());
            }
        }
        assertArrayEquals(runs[0], runs[1]);
    }

    @Test
    void aThousandStepsAndPredictionsLeaveNothing() {
        assertNothingLeft(
                BinaryMlp.builder()
                        .setOutputs(3)
                        .addHidden(16)
                        .optNormalizedInput(2)
                        .optActivation(ReSte::new)
                        .optWeight(BiPer::new)
                        .optScale(WeightScale.LEARNED)
                        .build(),
                new Shape(4, 8));
        assertNothingLeft(
                new SequentialBlock()
                        .add(
                                QuantConv2d.builder()
                                        .setFilters(4)
                                        .setKernelShape(new Shape(3, 3))
                                        .optInputQuantizer(new ApproxSign())
                                        .optWeightQuantizer(new ReSte())
                                        .optScale(WeightScale.CHANNEL_MEAN)
                                        .optBias(true)
                                        .build())
                        .add(Blocks.batchFlattenBlock())
                        .add(Linear.builder().setUnits(3).build()),
                new Shape(4, 2, 5, 5));
    }

    private static void assertNothingLeft(Block block, Shape input) {
        try (Model model = Model.newInstance("net")) {
            model.setBlock(block);
            DefaultTrainingConfig config =
                    new DefaultTrainingConfig(Loss.softmaxCrossEntropyLoss())
                            .optOptimizer(
                                    Optimizer.sgd()
                                            .setLearningRateTracker(Tracker.fixed(0.01f))
                                            .build());
            try (Trainer trainer = model.newTrainer(config)) {
                trainer.initialize(input);
                NDManager lasting = model.getNDManager();
                Leaks.assertNothingLeft(lasting, 1_000, manager -> step(trainer, manager, input));
                Leaks.assertNothingLeft(
                        lasting,
                        1_000,
                        manager ->
                                block.forward(
                                        new ParameterStore(manager, false),
                                        new NDList(manager.ones(input)),
                                        false));
            }
        }
    }

    private static void step(Trainer trainer, NDManager manager, Shape input) {
        Batch batch =
                new Batch(
                        manager.newSubManager(),
                        new NDList(manager.randomNormal(input)),
                        new NDList(manager.create(new float[] {0, 1, 2, 1})),
                        4,
                        Batchifier.STACK,
                        Batchifier.STACK,
                        0,
                        1);
        EasyTrain.trainBatch(trainer, batch);
        trainer.step();
        batch.close();
    }

    @Test
    void theListenerFollowsEpochsOrBatches() {
        assertEquals(List.of(0.0, 0.0, 0.0, 0.0, 0.5, 0.5, 0.5, 0.5, 1.0), progress(false));
        assertEquals(
                List.of(0.0, 0.125, 0.25, 0.375, 0.5, 0.625, 0.75, 0.875, 1.0), progress(true));
        assertEquals(
                "epochs must be positive, but was 0.",
                assertThrows(IllegalArgumentException.class, () -> new AnnealingListener(0))
                        .getMessage());
    }

    /** The progress that a nested block sees in 2 epochs of 4 batches, and at the end. */
    private static List<Double> progress(boolean byBatch) {
        List<Double> seen = new ArrayList<>();
        ReSte quantizer = new ReSte(2, 1.5, 0.1);
        try (Model model = Model.newInstance("net")) {
            model.setBlock(
                    new SequentialBlock()
                            .add(new SequentialBlock().add(Blocks.identityBlock()))
                            .add(
                                    QuantLinear.builder()
                                            .setUnits(1)
                                            .optInputQuantizer(quantizer)
                                            .build()));
            NDManager manager = model.getNDManager();
            ArrayDataset data =
                    new ArrayDataset.Builder()
                            .setData(manager.randomNormal(new Shape(8, 3)))
                            .optLabels(manager.ones(new Shape(8, 1)))
                            .setSampling(2, false)
                            .build();
            DefaultTrainingConfig config =
                    new DefaultTrainingConfig(new MeanSquaredError())
                            .addTrainingListeners(new AnnealingListener(2, byBatch));
            try (Trainer trainer = model.newTrainer(config)) {
                trainer.initialize(new Shape(2, 3));
                for (int epoch = 0; epoch < 2; ++epoch) {
                    for (Batch batch : trainer.iterateDataset(data)) {
                        // The power of ReSTE is 1 + (1 − cos(π/2 · p)) for the end power 2.
                        seen.add(progressOf(quantizer));
                        EasyTrain.trainBatch(trainer, batch);
                        trainer.step();
                        batch.close();
                    }
                    trainer.notifyListeners(listener -> listener.onEpoch(trainer));
                }
                seen.add(progressOf(quantizer));
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        }
        return seen;
    }

    private static double progressOf(ReSte quantizer) {
        double p = Math.acos(2 - quantizer.power()) / (Math.PI / 2);
        return Math.round(p * 1e6) / 1e6;
    }

    @Test
    void annealReachesEveryBlock() {
        BiPer[] all = {new BiPer(), new BiPer()};
        Block net = new SequentialBlock().add(all[0]).add(new SequentialBlock().add(all[1]));
        AnnealingListener.anneal(net, 1);
        assertTrue(Arrays.stream(all).allMatch(b -> b.getStage() == BiPer.Stage.BINARY));
    }
}
