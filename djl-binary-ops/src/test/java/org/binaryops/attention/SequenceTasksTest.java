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
package org.binaryops.attention;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.GradientCollector;
import ai.djl.training.Trainer;
import ai.djl.training.loss.Loss;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import java.util.Random;
import org.binaryops.testing.Blocks;
import org.binaryops.testing.Gradients;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Trains one encoder layer on tasks that need attention, each with a float control that reaches the
 * ceiling of 100 %. Without attention no position can do better than chance, 10 %.
 */
class SequenceTasksTest {

    private static final Logger LOGGER = LoggerFactory.getLogger(SequenceTasksTest.class);
    private static final int BATCH = 32;
    private static final int SYMBOLS = 10;

    /** Tokens, and the symbols expected at the last {@code answers} positions. */
    private interface Task {
        int length();

        int features();

        int answers();

        void sample(Random random, float[] tokens, int tokensAt, float[] expected, int expectedAt);
    }

    /**
     * Reversal of a sequence of 16 of 10 symbols, the sequence-to-sequence example of the
     * University of Amsterdam's deep learning course (tutorial 6), where a float encoder layer
     * reaches 100 %: a token is its symbol and its position. The attention goes by position.
     */
    private static final Task REVERSAL =
            new Task() {
                @Override
                public int length() {
                    return 16;
                }

                @Override
                public int features() {
                    return SYMBOLS + length();
                }

                @Override
                public int answers() {
                    return length();
                }

                @Override
                public void sample(Random random, float[] tokens, int t, float[] expected, int e) {
                    for (int i = 0; i < length(); ++i) {
                        int symbol = random.nextInt(SYMBOLS);
                        tokens[t + i * features() + symbol] = 1;
                        tokens[t + i * features() + SYMBOLS + i] = 1;
                        expected[e + length() - 1 - i] = symbol;
                    }
                }
            };

    /**
     * Associative recall after Ba et al., "Using fast weights to attend to the recent past"
     * (NeurIPS 2016): 8 pairs of a letter and a digit, then a letter; which digit went with it? A
     * pair is one token here. The attention goes by content; there are no positions.
     */
    private static final Task RECALL =
            new Task() {
                private static final int LETTERS = 26;

                @Override
                public int length() {
                    return 9;
                }

                @Override
                public int features() {
                    return LETTERS + SYMBOLS;
                }

                @Override
                public int answers() {
                    return 1;
                }

                @Override
                public void sample(Random random, float[] tokens, int t, float[] expected, int e) {
                    int pairs = length() - 1;
                    int[] letters = random.ints(0, LETTERS).distinct().limit(pairs).toArray();
                    int asked = random.nextInt(pairs);
                    for (int i = 0; i < pairs; ++i) {
                        int digit = random.nextInt(SYMBOLS);
                        tokens[t + i * features() + letters[i]] = 1;
                        tokens[t + i * features() + LETTERS + digit] = 1;
                        if (i == asked) {
                            expected[e] = digit;
                        }
                    }
                    tokens[t + pairs * features() + letters[asked]] = 1;
                }
            };

    private static NDList batch(NDManager manager, Task task, Random random) {
        int size = task.length() * task.features();
        float[] x = new float[BATCH * size];
        float[] y = new float[BATCH * task.answers()];
        for (int b = 0; b < BATCH; ++b) {
            task.sample(random, x, b * size, y, b * task.answers());
        }
        return new NDList(
                manager.create(x, new Shape(BATCH, task.length(), task.features())),
                manager.create(y));
    }

    private static Block net(int weightBits, int activationBits) {
        return new SequentialBlock()
                .add(Linear.builder().setUnits(64).build())
                .add(
                        QuantEncoderLayer.builder()
                                .setUnits(64)
                                .setHeads(2)
                                .setHidden(64)
                                .optWeightBits(weightBits)
                                .optActivationBits(activationBits)
                                .build())
                .add(Linear.builder().setUnits(SYMBOLS).build());
    }

    /** Logits of the answers, [batch · answers, symbols]. */
    private static NDList logits(Task task, NDList output) {
        int from = task.length() - task.answers();
        return new NDList(output.head().get(new NDIndex(":, {}:, :", from)).reshape(-1, SYMBOLS));
    }

    private static void train(Trainer trainer, Task task, int steps, Random random) {
        trainer.initialize(new Shape(BATCH, task.length(), task.features()));
        for (int step = 0; step < steps; ++step) {
            try (NDManager manager = trainer.getManager().newSubManager()) {
                NDList batch = batch(manager, task, random);
                try (GradientCollector collector = trainer.newGradientCollector()) {
                    NDList logits = logits(task, trainer.forward(new NDList(batch.get(0))));
                    NDList labels = new NDList(batch.get(1));
                    Gradients.backward(collector, trainer.getLoss().evaluate(labels, logits));
                }
                trainer.step();
            }
        }
    }

    private static double accuracy(Trainer trainer, Task task, Random random) {
        double right = 0;
        int batches = 32;
        for (int i = 0; i < batches; ++i) {
            try (NDManager manager = trainer.getManager().newSubManager()) {
                NDList batch = batch(manager, task, random);
                NDArray logits = logits(task, trainer.evaluate(new NDList(batch.get(0)))).head();
                NDArray found = logits.argMax(1).toType(DataType.FLOAT32, false);
                NDArray hits = found.eq(batch.get(1)).toType(DataType.FLOAT32, false);
                right += hits.mean().getFloat() / batches;
            }
        }
        return right;
    }

    private static Model model(int weightBits, int activationBits) {
        Engine.getInstance().setRandomSeed(1);
        Model model = Model.newInstance("sequence");
        model.setBlock(net(weightBits, activationBits));
        return model;
    }

    private static Trainer trainer(Model model, int steps) {
        Tracker rate =
                Tracker.cosine()
                        .setBaseValue(5e-3f)
                        .optFinalValue(2.5e-4f)
                        .setMaxUpdates(steps)
                        .build();
        return model.newTrainer(
                new DefaultTrainingConfig(Loss.softmaxCrossEntropyLoss())
                        .optOptimizer(Optimizer.adam().optLearningRateTracker(rate).build()));
    }

    private static double learn(Task task, int weightBits, int activationBits, int steps) {
        try (Model model = model(weightBits, activationBits);
                Trainer trainer = trainer(model, steps)) {
            Random random = new Random(1);
            train(trainer, task, steps, random);
            return accuracy(trainer, task, random);
        }
    }

    private static void assertLearned(Task task, int steps) {
        // One bit takes longest to learn; the others get half the steps, and float reaches 100 %.
        double control = learn(task, 32, 32, steps / 2);
        double ternary = learn(task, 2, 2, steps / 2);
        double binary = learn(task, 1, 1, steps);
        String figures =
                String.format("float %.4f, 1 bit %.4f, 2 bits %.4f", control, binary, ternary);
        LOGGER.info(figures);
        assertTrue(control >= .99, figures);
        assertTrue(binary >= control - .05, figures);
        assertTrue(ternary >= control - .05, figures);
    }

    @Test
    void reversal() {
        assertLearned(REVERSAL, 400);
    }

    @Test
    void associativeRecall() {
        assertLearned(RECALL, 900);
    }

    @Test
    void oneSeedGivesTheSameBytes() {
        byte[][] bytes = new byte[2][];
        for (int i = 0; i < 2; ++i) {
            try (Model model = model(1, 1);
                    Trainer trainer = trainer(model, 20)) {
                train(trainer, REVERSAL, 20, new Random(1));
                bytes[i] = Blocks.save(model.getBlock());
            }
        }
        assertArrayEquals(bytes[0], bytes[1]);
    }
}
