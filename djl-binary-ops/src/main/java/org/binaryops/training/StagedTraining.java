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

import ai.djl.Model;
import ai.djl.metric.Metrics;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.EasyTrain;
import ai.djl.training.Trainer;
import ai.djl.training.dataset.Batch;
import ai.djl.training.dataset.Dataset;
import ai.djl.training.evaluator.Evaluator;
import ai.djl.training.listener.EvaluatorTrainingListener;
import ai.djl.translate.TranslateException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Trains a model in stages, each from the best weights of the one before.
 *
 * <p>BiPer (Vargas et al., CVPR 2024) first trains periodic real weights, then binary ones with a
 * lower learning rate; ReActNet (Liu et al., ECCV 2020) first binary activations with real weights
 * and a weight decay of 10⁻⁵, then both binary without decay:
 *
 * <pre>{@code
 * List<StageResult> results =
 *         StagedTraining.builder()
 *                 .setModel(model)
 *                 .setInputShapes(new Shape(1, 784))
 *                 .setTrainingSet(training)
 *                 .optValidationSet(validation)
 *                 .addStage(TrainingStage.builder().setName("periodic").setEpochs(600)
 *                         .setConfig(first).optSetup(TrainingStage.biPer(Stage.PERIODIC)).build())
 *                 .addStage(TrainingStage.builder().setName("binary").setEpochs(300)
 *                         .setConfig(second).optSetup(TrainingStage.biPer(Stage.BINARY)).build())
 *                 .build()
 *                 .run();
 * }</pre>
 *
 * <p>Every epoch is that of {@code EasyTrain.fit}, with the stage's listeners. Annealed quantizers
 * get the progress of the whole training, or of the stage ({@link
 * TrainingStage.Builder#optProgress}); no {@link AnnealingListener} is needed. After a stage the
 * weights of its best epoch on the validation set are put back; a copy of the parameters is kept
 * for it on their device. The model must be on the first of the training devices.
 */
public final class StagedTraining {

    private final Model model;
    private final Shape[] inputShapes;
    private final Dataset trainingSet;
    private final Dataset validationSet;
    private final List<TrainingStage> stages;
    private final String monitor;
    private final boolean higherIsBetter;
    private final Consumer<Epoch> onEpoch;

    /**
     * An epoch that is over.
     *
     * @param stage the name of the stage
     * @param epoch the number of the epoch in the stage, from 1
     * @param epochs the number of epochs of the stage
     * @param evaluations the evaluators by the names that DJL gives them
     */
    public record Epoch(String stage, int epoch, int epochs, Map<String, Float> evaluations) {}

    private StagedTraining(Builder builder) {
        model = builder.model;
        inputShapes = builder.inputShapes;
        trainingSet = builder.trainingSet;
        validationSet = builder.validationSet;
        stages = List.copyOf(builder.stages);
        monitor = builder.monitor;
        higherIsBetter = builder.higherIsBetter;
        onEpoch = builder.onEpoch;
    }

    /**
     * Trains all stages, one after the other.
     *
     * @return the result of each stage
     * @throws IOException if a data set cannot be read
     * @throws TranslateException if a data set cannot be turned into arrays
     */
    public List<StageResult> run() throws IOException, TranslateException {
        int all = stages.stream().mapToInt(TrainingStage::epochs).sum();
        int before = 0;
        List<StageResult> results = new ArrayList<>();
        for (TrainingStage stage : stages) {
            boolean own = !Double.isNaN(stage.from());
            double from = own ? stage.from() : (double) before / all;
            before += stage.epochs();
            double to = own ? stage.to() : (double) before / all;
            results.add(run(stage, from, to));
        }
        return results;
    }

    private StageResult run(TrainingStage stage, double from, double to)
            throws IOException, TranslateException {
        Block block = model.getBlock();
        List<Map<String, Float>> evaluations = new ArrayList<>();
        Metrics metrics = new Metrics();
        Monitor monitored = new Monitor(stage.config());
        try (BestWeights best = new BestWeights(model)) {
            advance(stage, from);
            try (Trainer trainer = model.newTrainer(copy(stage.config()))) {
                trainer.setMetrics(metrics);
                trainer.initialize(inputShapes);
                for (int epoch = 1; epoch <= stage.epochs(); ++epoch) {
                    runEpoch(trainer);
                    Map<String, Float> values =
                            Map.copyOf(trainer.getTrainingResult().getEvaluations());
                    evaluations.add(values);
                    if (validationSet != null) {
                        best.offer(block, epoch, monitored.score(values));
                    }
                    onEpoch.accept(new Epoch(stage.name(), epoch, stage.epochs(), values));
                    advance(stage, from + (to - from) * epoch / stage.epochs());
                }
            }
            boolean kept = best.restore();
            int epoch = kept ? best.epoch() : stage.epochs();
            float value =
                    validationSet == null
                            ? Float.NaN
                            : evaluations.get(epoch - 1).get(monitored.key);
            return new StageResult(stage.name(), epoch, value, List.copyOf(evaluations), metrics);
        }
    }

    private void advance(TrainingStage stage, double progress) {
        // Sums of shares may round to a little more than 1.
        AnnealingListener.anneal(model.getBlock(), Math.min(1, progress));
        stage.setup().accept(model.getBlock());
    }

    private void runEpoch(Trainer trainer) throws IOException, TranslateException {
        for (Batch batch : trainer.iterateDataset(trainingSet)) {
            EasyTrain.trainBatch(trainer, batch);
            trainer.step();
            batch.close();
        }
        EasyTrain.evaluateDataset(trainer, validationSet);
        trainer.notifyListeners(listener -> listener.onEpoch(trainer));
    }

    /** The same configuration, with a listener that evaluates if it has none. */
    private static DefaultTrainingConfig copy(DefaultTrainingConfig config) {
        DefaultTrainingConfig copy =
                new DefaultTrainingConfig(config.getLossFunction())
                        .optOptimizer(config.getOptimizer())
                        .optDevices(config.getDevices())
                        .optExecutorService(config.getExecutorService())
                        .addEvaluators(config.getEvaluators());
        config.getInitializers().forEach(p -> copy.optInitializer(p.getKey(), p.getValue()));
        if (config.getTrainingListeners().stream()
                .noneMatch(EvaluatorTrainingListener.class::isInstance)) {
            copy.addTrainingListeners(new EvaluatorTrainingListener());
        }
        config.getTrainingListeners().forEach(copy::addTrainingListeners);
        return copy;
    }

    /** Which evaluator tells the best epoch, and how. */
    private final class Monitor {

        private final String key;
        private final boolean higher;

        Monitor(DefaultTrainingConfig config) {
            List<Evaluator> evaluators = config.getEvaluators();
            if (monitor != null) {
                key = "validate_" + monitor;
                higher = higherIsBetter;
            } else {
                higher = !evaluators.isEmpty();
                key = "validate_" + (higher ? evaluators.get(0).getName() : "loss");
            }
        }

        double score(Map<String, Float> values) {
            Float value = values.get(key);
            if (value == null) {
                throw new IllegalArgumentException(
                        String.format(
                                "The monitor must be an evaluator of every stage, but %s is none of"
                                        + " %s.",
                                monitor, values.keySet()));
            }
            return higher ? value : -value;
        }
    }

    /**
     * Creates a builder.
     *
     * @return a new builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /** Builds a {@link StagedTraining}. */
    public static final class Builder {

        private Model model;
        private Shape[] inputShapes;
        private Dataset trainingSet;
        private Dataset validationSet;
        private final List<TrainingStage> stages = new ArrayList<>();
        private String monitor;
        private boolean higherIsBetter;
        private Consumer<Epoch> onEpoch = epoch -> {};

        private Builder() {}

        /**
         * Sets the model.
         *
         * @param model a model with a block, whose parameters may be initialized already
         * @return this builder
         */
        public Builder setModel(Model model) {
            this.model = model;
            return this;
        }

        /**
         * Sets the shapes of the input.
         *
         * @param shapes what {@code trainer.initialize} takes
         * @return this builder
         */
        public Builder setInputShapes(Shape... shapes) {
            inputShapes = shapes.clone();
            return this;
        }

        /**
         * Sets the training set.
         *
         * @param dataset the data of every stage
         * @return this builder
         */
        public Builder setTrainingSet(Dataset dataset) {
            trainingSet = dataset;
            return this;
        }

        /**
         * Sets the validation set; without one every stage keeps its last weights.
         *
         * @param dataset the data by which the best epoch is chosen
         * @return this builder
         */
        public Builder optValidationSet(Dataset dataset) {
            validationSet = dataset;
            return this;
        }

        /**
         * Adds a stage.
         *
         * @param stage what comes after the stages added so far
         * @return this builder
         */
        public Builder addStage(TrainingStage stage) {
            stages.add(stage);
            return this;
        }

        /**
         * Sets the evaluator by which the best epoch is chosen. By default it is the first
         * evaluator of the stage, the higher the better, or the loss if there is none, the lower
         * the better.
         *
         * @param evaluator the name of an evaluator of every stage, or {@code "loss"}
         * @param higherIsBetter whether a higher value is better
         * @return this builder
         */
        public Builder optMonitor(String evaluator, boolean higherIsBetter) {
            monitor = evaluator;
            this.higherIsBetter = higherIsBetter;
            return this;
        }

        /**
         * Sets what is told of every epoch, to show the progress or to stop by an exception.
         *
         * @param listener gets each epoch when it is over
         * @return this builder
         */
        public Builder optOnEpoch(Consumer<Epoch> listener) {
            onEpoch = listener;
            return this;
        }

        /**
         * Builds the training.
         *
         * @return a new training
         * @throws IllegalArgumentException if a required setting is missing
         */
        public StagedTraining build() {
            require("model", model);
            require("inputShapes", inputShapes);
            require("trainingSet", trainingSet);
            if (stages.isEmpty()) {
                throw new IllegalArgumentException("At least one stage must be added.");
            }
            return new StagedTraining(this);
        }

        private static void require(String name, Object value) {
            if (value == null) {
                throw new IllegalArgumentException(name + " must be set.");
            }
        }
    }
}
