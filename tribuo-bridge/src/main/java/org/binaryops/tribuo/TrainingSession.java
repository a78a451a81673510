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
package org.binaryops.tribuo;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.training.GradientCollector;
import ai.djl.training.ParameterStore;
import ai.djl.training.util.ProgressBar;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.logging.Logger;
import org.binaryops.training.AnnealingListener;
import org.tribuo.ImmutableOutputInfo;
import org.tribuo.Output;

/**
 * One training of one network, from its first random number to the parameters it leaves.
 *
 * <p>The engine has one random number generator and allows one gradient collector in a process, so
 * one session runs at a time. Everything it creates is on one manager, closed at its end.
 */
final class TrainingSession<T extends Output<T>> implements AutoCloseable {

    /** Held from the seeding of the engine to the last gradient, by every trainer. */
    static final Object ENGINE = new Object();

    private static final Logger logger = Logger.getLogger(TrainingSession.class.getName());

    private final DjlTrainer<T> settings;
    private final ImmutableOutputInfo<T> outputInfo;
    private final EncodedExamples<T> examples;
    private final int[] training;
    private final int[] validation;
    private final SplittableRandom rng;
    private final NDManager manager;
    private final ParameterStore store;
    private final Block block;
    private final ParameterUpdater updater;
    private final double meanWeight;
    private final int batches;
    private final long steps;
    private final ProgressBar progressBar;
    private double learningRate;
    private long step;

    /**
     * Seeds the engine and initializes the network.
     *
     * @param settings the settings
     * @param outputInfo the output domain
     * @param examples all examples
     * @param width the number of columns
     * @param training the positions of the examples to train on
     * @param validation the positions of those held out
     * @param rng the random numbers of this training
     */
    TrainingSession(
            DjlTrainer<T> settings,
            ImmutableOutputInfo<T> outputInfo,
            EncodedExamples<T> examples,
            int width,
            int[] training,
            int[] validation,
            SplittableRandom rng) {
        this.settings = settings;
        this.outputInfo = outputInfo;
        this.examples = examples;
        this.training = training.clone();
        this.validation = validation;
        this.rng = rng;
        meanWeight = examples.meanWeight(training);
        batches = batchCount(training.length, settings.batchSize);
        steps = (long) settings.epochs * batches;
        int outputs = settings.outputConverter.width(outputInfo);
        block = settings.architecture.build(width, outputs);
        if (training.length / batches < 2 && Networks.hasBatchNorm(block)) {
            throw new IllegalArgumentException(
                    "Batch norm needs at least 2 examples in a batch, but there are "
                            + training.length
                            + " training examples and batchSize is "
                            + settings.batchSize
                            + ".");
        }
        Engine.getInstance().setRandomSeed(rng.nextInt(Integer.MAX_VALUE));
        manager = NDManager.newBaseManager();
        try {
            manager.setName("tribuo-training");
            block.initialize(manager, DataType.FLOAT32, new Shape(settings.batchSize, width));
            Networks.checkOutput(settings.architecture, block, width, outputs);
            store = new ParameterStore(manager, false);
            updater =
                    new ParameterUpdater(
                            settings.optimizer, block.getParameters().values(), manager);
        } catch (RuntimeException | Error e) {
            // The architecture is the user's; nobody else can close what it has filled.
            manager.close();
            throw e;
        }
        progressBar = settings.progressBar ? new ProgressBar("Training", steps) : null;
    }

    /**
     * The number of batches: of equal size but for one example, so that no batch is a small rest,
     * which batch norm suffers from. A rest of one example joins the others even if a batch then
     * has one example more than asked for.
     */
    static int batchCount(int examples, int batchSize) {
        int count = (examples - 1) / batchSize + 1;
        return batchSize > 1 && count > 1 && examples / count < 2 ? count - 1 : count;
    }

    /** Trains to the last epoch, or until the validation loss no longer falls. */
    TrainedNetwork run() {
        List<EpochResult> history = new ArrayList<>();
        EpochResult best = null;
        byte[] bestParameters = null;
        for (int epoch = 1; epoch <= settings.epochs; ++epoch) {
            EpochResult result = epoch(epoch);
            history.add(result);
            logger.fine(result::toString);
            // Real weights have smaller losses than the ±1 that are asked for.
            if (settings.patience > 0 && !Networks.isPreliminary(block)) {
                if (best == null || result.validationLoss() < best.validationLoss()) {
                    best = result;
                    bestParameters = parameters(epoch);
                } else if (epoch - best.epoch() >= settings.patience) {
                    logger.info(
                            "Stopped after epoch "
                                    + epoch
                                    + "; the validation loss was best in epoch "
                                    + best.epoch()
                                    + ".");
                    break;
                }
            }
        }
        if (progressBar != null) {
            progressBar.end();
        }
        if (best != null) {
            return new TrainedNetwork(bestParameters, best.epoch(), List.copyOf(history));
        }
        AnnealingListener.anneal(block, 1);
        int last = history.size();
        return new TrainedNetwork(parameters(last), last, List.copyOf(history));
    }

    /** The parameters after an epoch, checked: its loss was taken before its last step. */
    private byte[] parameters(int epoch) {
        for (Parameter parameter : block.getParameters().values()) {
            if (parameter.requiresGradient()) {
                for (float value : parameter.getArray().toFloatArray()) {
                    requireFinite(value, "parameter " + parameter.getName(), epoch);
                }
            }
        }
        return Networks.save(block);
    }

    private static void requireFinite(double value, String what, int epoch) {
        if (!Double.isFinite(value)) {
            throw new IllegalStateException(
                    "The "
                            + what
                            + " became "
                            + value
                            + " in epoch "
                            + epoch
                            + "; a smaller learning rate or scaled features may help.");
        }
    }

    private EpochResult epoch(int epoch) {
        AnnealingListener.anneal(block, (epoch - 1) / (double) settings.epochs);
        if (settings.shuffle) {
            shuffle(training, rng);
        }
        double[] trained = pass(training, epoch, true);
        requireFinite(trained[0], "loss", epoch);
        double[] validated = {Double.NaN, Double.NaN};
        if (validation.length > 0) {
            validated = pass(validation, epoch, false);
        }
        return new EpochResult(
                epoch, learningRate, trained[0], trained[1], validated[0], validated[1]);
    }

    /** Goes once through examples; returns their mean loss and score. */
    private double[] pass(int[] order, int epoch, boolean train) {
        int count = train ? batches : batchCount(order.length, settings.batchSize);
        double weight = train ? meanWeight : Math.max(examples.meanWeight(order), 1e-30);
        try (NDManager lasting = manager.newSubManager()) {
            // Summed on the device: reading each loss would make a GPU wait for every step.
            NDArray totals = lasting.zeros(new Shape(2), DataType.FLOAT64);
            for (int i = 0; i < count; ++i) {
                int from = (int) ((long) order.length * i / count);
                int to = (int) ((long) order.length * (i + 1) / count);
                int[] positions = Arrays.copyOfRange(order, from, to);
                try (NDManager batch = manager.newSubManager()) {
                    totals.addi(train ? train(batch, positions) : test(batch, positions, weight));
                }
                if (train) {
                    report(epoch, to, totals);
                }
            }
            double[] sums = totals.toDoubleArray();
            return new double[] {sums[0] / order.length, sums[1] / order.length};
        }
    }

    /** Makes a step; returns the sums of loss and score over the batch. */
    private NDArray train(NDManager batch, int[] positions) {
        NDArray features = examples.features(batch, positions);
        NDArray targets =
                settings.outputConverter.encode(batch, examples.outputs(positions), outputInfo);
        NDArray weights = examples.weights(batch, positions, meanWeight);
        learningRate = settings.optimizer.learningRate(step, steps);
        NDArray scores;
        NDArray losses;
        try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
            scores = block.forward(store, new NDList(features), true).singletonOrThrow();
            losses = settings.outputConverter.loss(scores, targets).mul(weights);
            collector.backward(losses.mean());
        }
        updater.step(learningRate);
        ++step;
        return sums(scores, losses, targets);
    }

    private NDArray test(NDManager batch, int[] positions, double weight) {
        NDArray features = examples.features(batch, positions);
        NDArray targets =
                settings.outputConverter.encode(batch, examples.outputs(positions), outputInfo);
        NDArray weights = examples.weights(batch, positions, weight);
        NDArray scores =
                block.forward(store, new NDList(features), false).singletonOrThrow().stopGradient();
        return sums(scores, settings.outputConverter.loss(scores, targets).mul(weights), targets);
    }

    private NDArray sums(NDArray scores, NDArray losses, NDArray targets) {
        NDArray score = settings.outputConverter.score(scores.stopGradient(), targets);
        return NDArrays.stack(new NDList(losses.stopGradient().sum(), score.sum()))
                .toType(DataType.FLOAT64, false);
    }

    private void report(int epoch, int seen, NDArray totals) {
        boolean log = settings.loggingInterval > 0 && step % settings.loggingInterval == 0;
        // The bar changes a hundred times in all; the sums are fetched only then.
        boolean show = progressBar != null && step * 100 / steps != (step - 1) * 100 / steps;
        if (!log && !show) {
            return;
        }
        double[] sums = totals.toDoubleArray();
        String line =
                String.format(
                        "epoch %d/%d, loss %.4f, %s %.4f",
                        epoch,
                        settings.epochs,
                        sums[0] / seen,
                        settings.outputConverter.scoreName(),
                        sums[1] / seen);
        if (log) {
            logger.info("Step " + step + ", " + line);
        }
        if (show) {
            progressBar.update(step - 1, line);
        }
    }

    /** Puts numbers into random order. */
    static void shuffle(int[] numbers, SplittableRandom rng) {
        for (int i = numbers.length - 1; i > 0; --i) {
            int j = rng.nextInt(i + 1);
            int swap = numbers[i];
            numbers[i] = numbers[j];
            numbers[j] = swap;
        }
    }

    @Override
    public void close() {
        manager.close();
    }
}
