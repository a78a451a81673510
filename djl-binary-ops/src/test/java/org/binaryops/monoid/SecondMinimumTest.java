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
package org.binaryops.monoid;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractBlock;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import ai.djl.nn.norm.Dropout;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.GradientCollector;
import ai.djl.training.ParameterStore;
import ai.djl.training.Trainer;
import ai.djl.training.initializer.NormalInitializer;
import ai.djl.training.initializer.UniformInitializer;
import ai.djl.training.loss.Loss;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import ai.djl.util.PairList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Random;
import java.util.stream.IntStream;
import org.binaryops.testing.Gradients;
import org.junit.jupiter.api.Test;

/** What a learned monoid can do and a sum cannot: the second smallest of a multiset. */
class SecondMinimumTest {

    private static final int BITS = 4;
    private static final int WIDTH = 128;
    private static final int BATCH = 128;

    /** Embedding of the bits, encoder, aggregator, decoder. */
    private static final class Network extends AbstractBlock {

        private final Block encoder;
        private final Block aggregator;
        private final Block decoder;

        Network(Block aggregator) {
            super((byte) 1);
            encoder =
                    addChildBlock(
                            "encoder",
                            new SequentialBlock()
                                    .add(embedding())
                                    .add(linear(WIDTH))
                                    .add(Dropout.builder().optRate(0.5f).build())
                                    .add(Activation.geluBlock()));
            this.aggregator = addChildBlock("aggregator", aggregator);
            decoder =
                    addChildBlock(
                            "decoder",
                            new SequentialBlock()
                                    .add(linear(WIDTH))
                                    .add(Dropout.builder().optRate(0.25f).build())
                                    .add(Activation.geluBlock())
                                    .add(linear(BITS)));
        }

        private static Block embedding() {
            Block block = Linear.builder().setUnits(WIDTH).optBias(false).build();
            block.setInitializer(new NormalInitializer(1), Parameter.Type.WEIGHT);
            return block;
        }

        private static Block linear(int units) {
            Block block = Linear.builder().setUnits(units).build();
            UniformInitializer uniform = new UniformInitializer((float) (1 / Math.sqrt(WIDTH)));
            block.setInitializer(uniform, parameter -> true);
            return block;
        }

        @Override
        protected NDList forwardInternal(
                ParameterStore store,
                NDList inputs,
                boolean training,
                PairList<String, Object> params) {
            NDArray latents =
                    encoder.forward(store, new NDList(inputs.get(0)), training).singletonOrThrow();
            NDList sets = aggregator.forward(store, new NDList(latents, inputs.get(1)), training);
            return decoder.forward(store, sets, training);
        }

        @Override
        protected void initializeChildBlocks(
                NDManager manager, DataType dataType, Shape... inputShapes) {
            encoder.initialize(manager, dataType, inputShapes[0]);
            aggregator.initialize(manager, dataType, new Shape(1, 1, WIDTH));
            decoder.initialize(manager, dataType, new Shape(1, WIDTH));
        }

        @Override
        public Shape[] getOutputShapes(Shape[] inputShapes) {
            return new Shape[] {new Shape(inputShapes[0].get(0), BITS)};
        }
    }

    @Test
    void theTaskIsWhatItsNameSays() {
        SecondMinimum task = SecondMinimum.random(300, BITS, 2, 16, 1);
        int[] all = IntStream.range(0, task.size()).toArray();
        assertEquals(2, Arrays.stream(task.lengths(all)).min().orElseThrow());
        assertEquals(16, Arrays.stream(task.lengths(all)).max().orElseThrow());
        try (NDManager manager = NDManager.newBaseManager()) {
            float[] labels = task.labels(manager, all).toFloatArray();
            NDArray elements = task.elements(manager, all);
            for (int set = 0; set < all.length; ++set) {
                float[] indicators = elements.get(set).toFloatArray();
                int[] numbers = new int[task.size(set)];
                for (int i = 0; i < numbers.length * BITS; ++i) {
                    assertEquals(1, indicators[2 * i] + indicators[2 * i + 1]);
                    numbers[i / BITS] = 2 * numbers[i / BITS] + (int) indicators[2 * i + 1];
                }
                int smallest = Arrays.stream(numbers).min().orElseThrow();
                int label = 0;
                for (int b = 0; b < BITS; ++b) {
                    label = 2 * label + (int) labels[set * BITS + b];
                }
                // At most one number is below the second smallest, and at least two are not above.
                int second = label;
                assertTrue(Arrays.stream(numbers).filter(x -> x < second).count() <= 1);
                assertTrue(Arrays.stream(numbers).filter(x -> x <= second).count() >= 2);
                assertTrue(smallest <= second && Arrays.stream(numbers).anyMatch(x -> x == second));
            }
        }
    }

    @Test
    void learnedMonoidBeatsTheSum() {
        double[] lcm = accuracies(LcmAggregator.builder().build(), 0);
        double[] sum =
                accuracies(LcmAggregator.builder().optOperator(new SumOperator()).build(), 0);
        assertTrue(lcm[0] >= 0.85, () -> "LCM: " + lcm[0]);
        assertTrue(lcm[0] - sum[0] >= 0.15, () -> "LCM " + lcm[0] + " against sum " + sum[0]);
    }

    /** Trains one epoch; gives the exact-match accuracies on sets of 16 and of 32. */
    private static double[] accuracies(Block aggregator, int seed) {
        long start = System.nanoTime();
        Engine.getInstance().setRandomSeed(seed);
        SecondMinimum train = SecondMinimum.random(65_536, BITS, 2, 16, 100 + seed);
        double[] result = new double[2];
        try (Model model = Model.newInstance("second-minimum")) {
            model.setBlock(new Network(aggregator));
            DefaultTrainingConfig config =
                    new DefaultTrainingConfig(Loss.sigmoidBinaryCrossEntropyLoss())
                            .optOptimizer(
                                    Optimizer.adam()
                                            .optLearningRateTracker(Tracker.fixed(1e-3f))
                                            .build());
            try (Trainer trainer = model.newTrainer(config)) {
                trainer.initialize(new Shape(BATCH, 16, 2 * BITS), new Shape(BATCH));
                for (int[] batch : batches(train, new Random(seed))) {
                    try (NDManager manager = trainer.getManager().newSubManager();
                            GradientCollector collector = trainer.newGradientCollector()) {
                        NDArray loss =
                                trainer.getLoss()
                                        .evaluate(
                                                new NDList(train.labels(manager, batch)),
                                                trainer.forward(inputs(manager, train, batch)));
                        Gradients.backward(collector, loss);
                        trainer.step();
                    }
                }
                for (int i = 0; i < 2; ++i) {
                    SecondMinimum held =
                            SecondMinimum.random(1024, BITS, 16 << i, 16 << i, 900 + i);
                    result[i] = accuracy(trainer, held);
                }
            }
        }
        System.out.printf(
                "second minimum, 4 bits, 1 epoch, seed %d: %s: size 16 %.3f, size 32 %.3f, %.1f"
                        + " s%n",
                seed,
                ((LcmAggregator) aggregator).getOperator().getClass().getSimpleName(),
                result[0],
                result[1],
                (System.nanoTime() - start) / 1e9);
        return result;
    }

    private static NDList inputs(NDManager manager, SecondMinimum data, int[] batch) {
        return new NDList(data.elements(manager, batch), manager.create(data.lengths(batch)));
    }

    /**
     * Batches of similar sizes in random order: within windows of 2048 multisets they are sorted by
     * size, which saves half of the padding that random batches have.
     */
    private static int[][] batches(SecondMinimum data, Random random) {
        Integer[] order = IntStream.range(0, data.size()).boxed().toArray(Integer[]::new);
        int window = 16 * BATCH;
        java.util.Collections.shuffle(Arrays.asList(order), random);
        for (int from = 0; from < order.length; from += window) {
            Arrays.sort(order, from, from + window, Comparator.comparingInt(data::size));
        }
        int[][] batches = new int[order.length / BATCH][BATCH];
        for (int i = 0; i < order.length; ++i) {
            batches[i / BATCH][i % BATCH] = order[i];
        }
        java.util.Collections.shuffle(Arrays.asList(batches), random);
        return batches;
    }

    private static double accuracy(Trainer trainer, SecondMinimum held) {
        int[] all = IntStream.range(0, held.size()).toArray();
        try (NDManager manager = trainer.getManager().newSubManager()) {
            NDArray logits = trainer.evaluate(inputs(manager, held, all)).singletonOrThrow();
            NDArray right = logits.gt(0).eq(held.labels(manager, all).gt(0));
            boolean[] bits = right.toBooleanArray();
            assertArrayEquals(new long[] {held.size(), BITS}, right.getShape().getShape());
            int exact = 0;
            for (int set = 0; set < held.size(); ++set) {
                boolean match = true;
                for (int b = 0; b < BITS; ++b) {
                    match &= bits[set * BITS + b];
                }
                exact += match ? 1 : 0;
            }
            return exact / (double) held.size();
        }
    }
}
