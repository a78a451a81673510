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
import ai.djl.engine.Engine;
import ai.djl.metric.Metrics;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.EasyTrain;
import ai.djl.training.Trainer;
import ai.djl.training.dataset.ArrayDataset;
import ai.djl.training.dataset.Batch;
import ai.djl.training.loss.Loss;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import ai.djl.translate.Batchifier;
import java.util.List;
import java.util.function.Consumer;

/** Small trainings for the tests of this package. */
final class Runs {

    private Runs() {}

    static Optimizer sgd(double rate) {
        return Optimizer.sgd().setLearningRateTracker(Tracker.fixed((float) rate)).build();
    }

    static DefaultTrainingConfig config(Loss loss, double rate) {
        return new DefaultTrainingConfig(loss).optOptimizer(sgd(rate));
    }

    /**
     * Creates a model and a trainer of float64, with metrics, and hands the trainer to the body.
     */
    static void train(
            Block block, DefaultTrainingConfig config, Shape input, Consumer<Trainer> body) {
        train(block, config, DataType.FLOAT64, input, body);
    }

    static void train(
            Block block,
            DefaultTrainingConfig config,
            DataType type,
            Shape input,
            Consumer<Trainer> body) {
        Engine.getInstance().setRandomSeed(3);
        try (Model model = Model.newInstance("net")) {
            model.setBlock(block);
            model.setDataType(type);
            try (Trainer trainer = model.newTrainer(config)) {
                trainer.setMetrics(new Metrics());
                trainer.initialize(input);
                body.accept(trainer);
            }
        }
    }

    /** A batch that takes its arrays over. */
    static Batch batch(NDManager manager, NDArray data, NDArray... labels) {
        return new Batch(
                manager.newSubManager(),
                new NDList(data),
                new NDList(labels),
                (int) data.getShape().get(0),
                Batchifier.STACK,
                Batchifier.STACK,
                0,
                1);
    }

    /** A step on given data, as DJL makes it. */
    static void step(Trainer trainer, NDManager manager, NDArray data, NDArray... labels) {
        try (Batch batch = batch(manager, data, labels)) {
            EasyTrain.trainBatch(trainer, batch);
            trainer.step();
        }
    }

    /** The values of a metric. */
    static double[] metric(Trainer trainer, String name) {
        return trainer.getMetrics().getMetric(name).stream()
                .mapToDouble(m -> m.getValue().doubleValue())
                .toArray();
    }

    /** Three clouds in the plane, which a small network tells apart. */
    static ArrayDataset clouds(NDManager manager, int count, int seed) {
        java.util.Random random = new java.util.Random(seed);
        float[] points = new float[2 * count];
        float[] labels = new float[count];
        for (int i = 0; i < count; ++i) {
            int c = i % 3;
            points[2 * i] = (float) (Math.cos(2.1 * c) + 0.3 * random.nextGaussian());
            points[2 * i + 1] = (float) (Math.sin(2.1 * c) + 0.3 * random.nextGaussian());
            labels[i] = c;
        }
        return new ArrayDataset.Builder()
                .setData(manager.create(points, new Shape(count, 2)))
                .optLabels(manager.create(labels))
                .setSampling(30, false)
                .build();
    }

    static List<Float> list(float[] values) {
        List<Float> list = new java.util.ArrayList<>();
        for (float value : values) {
            list.add(value);
        }
        return list;
    }
}
