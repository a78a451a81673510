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
package org.binaryops.results.attention;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.training.Trainer;
import ai.djl.training.listener.TrainingListener;
import ai.djl.training.loss.Loss;
import java.io.IOException;
import java.util.List;
import java.util.Random;
import java.util.function.BiFunction;
import java.util.stream.IntStream;
import org.binaryops.attention.AttentionMethod;
import org.binaryops.attention.TransformerBuilder;

/** A task that models learn by sampled batches, and how well they do. */
abstract class Task {

    private static final int TESTED = 100;

    final RunOptions options;

    Task(RunOptions options) {
        this.options = options;
    }

    /** The name of the figure and whether more of it is better. */
    abstract String metric();

    /** Reads the data, and keeps beside the results what a user of the model needs. */
    abstract void prepare() throws IOException;

    abstract Block model(String method);

    /** The shape of a batch of one: tokens, unless a task says otherwise. */
    Shape input() {
        return new Shape(1, options.length);
    }

    /** The number of positions of a sequence. */
    int positions() {
        return options.length;
    }

    /** Inputs and labels of a training batch. */
    abstract NDList sample(NDManager manager, Random random);

    /** The figure on held-out data. */
    abstract double score(Trainer trainer, Random random);

    /** The settings that all models share. */
    <B extends TransformerBuilder<B>> B common(B builder, String method) {
        return builder.optMethod(AttentionMethod.named(method))
                .setUnits(options.units)
                .setHeads(options.heads)
                .setHidden(4 * options.units)
                .optLayers(options.layers)
                .optHiddenStates(options.distill);
    }

    /** Cross-entropy over the last axis of logits of any shape. */
    NDArray loss(NDArray logits, NDArray labels) {
        Shape shape = logits.getShape();
        NDArray rows = logits.reshape(-1, shape.get(shape.dimension() - 1));
        return Loss.softmaxCrossEntropyLoss()
                .evaluate(new NDList(labels.reshape(-1)), new NDList(rows));
    }

    /** What training descends besides the loss of the task; the value is that of the loss. */
    NDArray objective(Block net, NDArray loss) {
        return loss;
    }

    /** What else a network needs that has the weights of the control now. */
    void started(Block net) {}

    /** What acts in the course of training; it is told of every batch, without its arrays. */
    List<TrainingListener> listeners() {
        return List.of();
    }

    /** The share of held-out samples that a classifier tells apart, in batches of 100. */
    static double accuracy(
            Trainer trainer, int from, int to, BiFunction<NDManager, int[], NDList> batch) {
        double sum = 0;
        for (int first = from; first < to; first += TESTED) {
            int[] at = IntStream.range(first, Math.min(to, first + TESTED)).toArray();
            try (NDManager manager = trainer.getManager().newSubManager()) {
                NDList samples = batch.apply(manager, at);
                NDList y = trainer.evaluate(new NDList(samples.get(0)));
                sum += at.length * accuracy(y.head(), samples.get(1).toFloatArray());
            }
        }
        return sum / (to - from);
    }

    /** The share of rows whose largest logit is that of the label. */
    private static double accuracy(NDArray logits, float[] labels) {
        NDArray found =
                logits.argMax(1)
                        .toType(DataType.FLOAT32, false)
                        .toDevice(ai.djl.Device.cpu(), false);
        float[] classes = found.toFloatArray();
        int right = 0;
        for (int i = 0; i < labels.length; ++i) {
            right += classes[i] == labels[i] ? 1 : 0;
        }
        return (double) right / labels.length;
    }
}
