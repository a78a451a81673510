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
package org.binaryops.bench;

import ai.djl.Device;
import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.metric.Metrics;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.EasyTrain;
import ai.djl.training.Trainer;
import ai.djl.training.dataset.Batch;
import ai.djl.training.listener.EvaluatorTrainingListener;
import ai.djl.training.loss.Loss;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import ai.djl.translate.Batchifier;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.binaryops.training.AnnealingListener;
import org.binaryops.training.EstimatingError;
import org.binaryops.training.FlipRatio;
import org.binaryops.training.GradientInstability;

/**
 * Trains one cell: Adam, a learning rate that falls to 0 along a cosine, cross-entropy, no
 * augmentation, no weight decay; methods with a schedule follow their own by the share of epochs
 * done.
 *
 * <p>It is one recipe for all, not each paper's. Seeds fix the initial weights and the order of the
 * images; nothing else is random.
 */
final class CellTraining {

    /** To be raised when the same options would give other numbers: it makes old results stale. */
    static final int RECIPE_VERSION = 1;

    private static final int TEST_BATCH = 500;

    /** Is told of each epoch. */
    @FunctionalInterface
    interface Progress {
        void epoch(int epoch, CellResult.EpochFigures figures);
    }

    private final Cell cell;
    private final TrainingOptions options;
    private final ImageSet images;
    private final Device device;

    CellTraining(Cell cell, TrainingOptions options, ImageSet images) {
        this.cell = cell;
        this.options = options;
        this.images = images;
        device = options.gpu ? Device.gpu(0) : Device.cpu();
    }

    /** Throws an {@link IllegalArgumentException} if a CUDA device is asked for and not there. */
    static void checkDevice(boolean gpu) {
        Engine engine = Engine.getInstance();
        if (gpu && engine.getGpuCount() == 0) {
            throw new IllegalArgumentException(
                    "--gpu needs a CUDA device and a CUDA build of the engine, but "
                            + engine.getEngineName()
                            + " found none; docs/gpu.md says how to put the build in place.");
        }
    }

    CellResult run(Progress progress) {
        Engine.getInstance().setRandomSeed(cell.seed());
        Block block = Networks.create(cell.network(), cell.method(), ImageSet.CLASSES);
        try (Model model = Model.newInstance(cell.fileName(), device)) {
            model.setBlock(block);
            try (Trainer trainer = model.newTrainer(config())) {
                trainer.setMetrics(new Metrics());
                trainer.initialize(shape(options.batch));
                return train(trainer, block, progress);
            }
        }
    }

    private Shape shape(int batch) {
        return new Shape(batch, images.channels(), images.side(), images.side());
    }

    private CellResult train(Trainer trainer, Block block, Progress progress) {
        List<CellResult.EpochFigures> figures = new ArrayList<>();
        int[] order = IntStream.range(0, images.train().size()).toArray();
        Random random = new Random(cell.seed());
        for (int epoch = 1; epoch <= options.epochs; ++epoch) {
            shuffle(order, random);
            long start = System.nanoTime();
            trainEpoch(trainer, order);
            double seconds = (System.nanoTime() - start) / 1e9;
            trainer.notifyListeners(listener -> listener.onEpoch(trainer));
            // As deployed: what is still soft at this point of the schedule is made binary.
            AnnealingListener.anneal(block, 1);
            double accuracy = accuracy(trainer);
            AnnealingListener.anneal(block, (double) epoch / options.epochs);
            CellResult.EpochFigures done =
                    new CellResult.EpochFigures(
                            accuracy,
                            trainer.getTrainingResult().getTrainLoss(),
                            seconds,
                            latest(trainer, FlipRatio.NAME),
                            latest(trainer, EstimatingError.NAME),
                            latest(trainer, GradientInstability.NAME));
            figures.add(done);
            progress.epoch(epoch, done);
        }
        return new CellResult(
                cell, images.train().size(), images.test().size(), figures, NetworkCost.of(block));
    }

    private static void shuffle(int[] order, Random random) {
        for (int i = order.length - 1; i > 0; --i) {
            int j = random.nextInt(i + 1);
            int swapped = order[i];
            order[i] = order[j];
            order[j] = swapped;
        }
    }

    /** The last value of an indicator; NaN where the network has nothing to indicate. */
    private static double latest(Trainer trainer, String name) {
        Metrics metrics = trainer.getMetrics();
        return metrics.hasMetric(name)
                ? metrics.latestMetric(name).getValue().doubleValue()
                : Double.NaN;
    }

    /** Steps through whole batches; what is left over waits for another epoch. */
    private void trainEpoch(Trainer trainer, int[] order) {
        for (int step = 0; step < steps(); ++step) {
            int from = step * batch();
            try (Batch batch = batch(trainer, order, from, from + batch())) {
                EasyTrain.trainBatch(trainer, batch);
                trainer.step();
            }
        }
    }

    private int batch() {
        return Math.min(options.batch, images.train().size());
    }

    private int steps() {
        return images.train().size() / batch();
    }

    private Batch batch(Trainer trainer, int[] order, int from, int to) {
        NDManager manager = trainer.getManager().newSubManager(device);
        return new Batch(
                manager,
                new NDList(
                        manager.create(
                                images.pixels(images.train(), order, from, to), shape(to - from))),
                new NDList(manager.create(ImageSet.labels(images.train(), order, from, to))),
                to - from,
                Batchifier.STACK,
                Batchifier.STACK,
                to,
                order.length);
    }

    private double accuracy(Trainer trainer) {
        ImageSet.Images test = images.test();
        int[] order = IntStream.range(0, test.size()).toArray();
        int correct = 0;
        for (int from = 0; from < test.size(); from += TEST_BATCH) {
            int to = Math.min(test.size(), from + TEST_BATCH);
            try (NDManager manager = trainer.getManager().newSubManager(device)) {
                NDArray x = manager.create(images.pixels(test, order, from, to), shape(to - from));
                NDList logits = trainer.evaluate(new NDList(x));
                long[] classes = logits.singletonOrThrow().argMax(1).toLongArray();
                for (int i = from; i < to; ++i) {
                    correct += classes[i - from] == test.labels()[i] ? 1 : 0;
                }
            }
        }
        return (double) correct / test.size();
    }

    private DefaultTrainingConfig config() {
        Tracker rate =
                Tracker.cosine()
                        .setBaseValue((float) options.learningRate)
                        .optFinalValue(0f)
                        .setMaxUpdates(options.epochs * steps())
                        .build();
        return new DefaultTrainingConfig(Loss.softmaxCrossEntropyLoss())
                .optDevices(new Device[] {device})
                // DJL's Adam never frees its moments; a cell's JVM ends with the cell.
                .optOptimizer(Optimizer.adam().optLearningRateTracker(rate).build())
                .addTrainingListeners(new EvaluatorTrainingListener())
                // Before the schedule moves on: of the estimators as this epoch had them.
                .addTrainingListeners(
                        new FlipRatio(),
                        new EstimatingError(),
                        // After a step there are no gradients: those of the last batch.
                        new GradientInstability(steps()))
                .addTrainingListeners(new AnnealingListener(options.epochs));
    }
}
