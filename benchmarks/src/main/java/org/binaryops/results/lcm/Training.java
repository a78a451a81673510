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
package org.binaryops.results.lcm;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.training.GradientCollector;
import ai.djl.training.optimizer.Optimizer;

import java.util.Random;
import java.util.function.Function;

/** Adam with a learning rate that falls along half a cosine, by epochs or by the clock. */
final class Training {

    private final Block block;
    private final double learningRate;
    private final int epochs;
    private final double seconds;
    private final boolean decay;
    private final Optimizer optimizer;
    private double progress;

    /**
     * Creates a training.
     *
     * @param block an initialized block
     * @param learningRate the first learning rate
     * @param decay whether it falls
     * @param epochs after how many epochs to end
     * @param seconds after how many seconds to end
     */
    Training(Block block, double learningRate, boolean decay, int epochs, double seconds) {
        this.block = block;
        this.learningRate = learningRate;
        this.decay = decay;
        this.epochs = epochs;
        this.seconds = seconds;
        optimizer = Optimizer.adam().optLearningRateTracker((id, update) -> rate()).build();
    }

    private float rate() {
        double factor = decay ? Math.max(0.01, (1 + Math.cos(Math.PI * progress)) / 2) : 1;
        return (float) (learningRate * factor);
    }

    /** What is done after an epoch. */
    interface EpochListener {

        void epoch(int epoch, double loss, double elapsed);
    }

    /**
     * Trains; the loss of a batch is computed in a manager of its own.
     *
     * @param examples how many examples there are
     * @param batchSize how many make a batch; a rest is left out
     * @param random the random numbers for the order
     * @param loss the loss of the examples at some positions
     * @param listener told about every epoch
     * @return the number of whole epochs
     */
    int run(
            NDManager manager,
            int examples,
            int batchSize,
            Random random,
            java.util.function.BiFunction<NDManager, int[], NDArray> loss,
            EpochListener listener) {
        long start = System.nanoTime();
        int[] order = new int[examples];
        java.util.Arrays.setAll(order, i -> i);
        for (int epoch = 1; epoch <= epochs; ++epoch) {
            shuffle(order, random);
            double sum = 0;
            int batches = Math.max(1, examples / batchSize);
            for (int i = 0; i < batches; ++i) {
                double elapsed = (System.nanoTime() - start) / 1e9;
                progress = Math.max((epoch - 1 + (double) i / batches) / epochs, elapsed / seconds);
                if (elapsed > seconds) {
                    return epoch - 1;
                }
                int[] batch =
                        java.util.Arrays.copyOfRange(
                                order, i * batchSize, Math.min(examples, (i + 1) * batchSize));
                sum += step(manager, m -> loss.apply(m, batch));
            }
            listener.epoch(epoch, sum / batches, (System.nanoTime() - start) / 1e9);
        }
        return epochs;
    }

    private double step(NDManager manager, Function<NDManager, NDArray> loss) {
        try (NDManager batch = manager.newSubManager()) {
            double value;
            try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
                NDArray result = loss.apply(batch);
                collector.backward(result);
                value = result.getFloat();
            }
            for (Parameter parameter : block.getParameters().values()) {
                if (parameter.requiresGradient()) {
                    NDArray array = parameter.getArray();
                    optimizer.update(parameter.getId(), array, array.getGradient());
                }
            }
            return value;
        }
    }

    private static void shuffle(int[] order, Random random) {
        for (int i = order.length - 1; i > 0; --i) {
            int j = random.nextInt(i + 1);
            int swap = order[i];
            order[i] = order[j];
            order[j] = swap;
        }
    }
}
