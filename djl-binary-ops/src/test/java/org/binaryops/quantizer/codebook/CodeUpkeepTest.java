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
package org.binaryops.quantizer.codebook;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.EasyTrain;
import ai.djl.training.ParameterStore;
import ai.djl.training.Trainer;
import ai.djl.training.dataset.ArrayDataset;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import java.util.Arrays;
import java.util.Random;
import org.binaryops.testing.Blocks;
import org.binaryops.training.MeanSquaredError;
import org.junit.jupiter.api.Test;

/** Codes stay alive: replacement from current inputs, and start values from clusters. */
class CodeUpkeepTest {

    private static final int CLUSTERS = 32;
    private static final int WIDTH = 16;

    @Test
    void deadCodesBecomeInputsAndOthersStay() {
        try (NDManager manager = NDManager.newBaseManager()) {
            Codebook codebook = Codebook.builder().setCodes(6).optGroups(2).build();
            Shape shape = new Shape(3, 8);
            Blocks.initialize64(manager, codebook, shape);
            NDArray x = manager.create(new Random(1).doubles(24, -2, 2).toArray(), shape);
            Blocks.train(manager, codebook, x);
            double[] counts = codebook.getUsage().getCounts().toDoubleArray();
            double[] before = codebook.getCodes().toDoubleArray();
            codebook.replaceDeadCodes(x, 0);
            double[] after = codebook.getCodes().toDoubleArray();
            assertTrue(Arrays.stream(counts).anyMatch(n -> n > 0));
            for (int code = 0; code < 12; ++code) {
                double[] now = Arrays.copyOfRange(after, code * 4, code * 4 + 4);
                if (counts[code] > 0) {
                    assertArrayEquals(Arrays.copyOfRange(before, code * 4, code * 4 + 4), now);
                } else {
                    assertTrue(isInput(now, x.toDoubleArray(), code / 6), "code " + code);
                }
            }
            assertArrayEquals(new double[12], codebook.getUsage().getCounts().toDoubleArray());
            assertTrue(codebook.getCodes().hasGradient(), "the codes go on learning");
        }
    }

    /** Whether a code is the normalized part of one of three vectors. */
    private static boolean isInput(double[] code, double[] x, int group) {
        for (int t = 0; t < 3; ++t) {
            double[] part = Arrays.copyOfRange(x, 8 * t + 4 * group, 8 * t + 4 * group + 4);
            double mean = Arrays.stream(part).average().orElseThrow();
            double variance = Arrays.stream(part).map(v -> (v - mean) * (v - mean)).sum() / 4;
            double distance = 0;
            for (int i = 0; i < 4; ++i) {
                double normal = (part[i] - mean) / Math.sqrt(variance + 1e-5f);
                distance += Math.abs(code[i] - normal);
            }
            if (distance < 1e-10) {
                return true;
            }
        }
        return false;
    }

    @Test
    void noiseIsAShareOfTheNorm() {
        try (NDManager manager = NDManager.newBaseManager()) {
            Engine.getInstance().setRandomSeed(2);
            Codebook codebook = Codebook.builder().setCodes(2000).build();
            Blocks.initialize64(manager, codebook, new Shape(1, 8));
            NDArray x = manager.create(new Random(1).doubles(8, -2, 2).toArray(), new Shape(1, 8));
            codebook.replaceDeadCodes(x, 0);
            NDArray exact = codebook.getCodes().duplicate();
            codebook.replaceDeadCodes(x, .1);
            NDArray noise = codebook.getCodes().sub(exact);
            // ‖x̂‖ is √8 but for ε; 16 000 draws give the deviation to about half a per cent.
            assertEquals(0, noise.mean().getDouble(), .01);
            assertEquals(.1 * Math.sqrt(8), noise.square().mean().sqrt().getDouble(), .01);
        }
    }

    @Test
    void aRequestActsInTheNextTrainingPassOnce() {
        try (NDManager manager = NDManager.newBaseManager()) {
            Codebook codebook = Codebook.builder().setCodes(64).build();
            codebook.initialize(manager, DataType.FLOAT32, new Shape(1, 8));
            NDArray x = manager.randomNormal(new Shape(2, 8));
            codebook.requestReplacement(.01);
            float[] start = codebook.getCodes().toFloatArray();
            Blocks.infer(manager, codebook, x);
            assertArrayEquals(start, codebook.getCodes().toFloatArray());
            Blocks.train(manager, codebook, x);
            float[] replaced = codebook.getCodes().toFloatArray();
            assertTrue(!Arrays.equals(start, replaced));
            // The pass that replaces is the first that counts.
            assertEquals(2, codebook.getUsage().getCounts().sum().getFloat());
            Blocks.train(manager, codebook, x);
            assertArrayEquals(replaced, codebook.getCodes().toFloatArray());
            assertEquals(4, codebook.getUsage().getCounts().sum().getFloat());
        }
    }

    /** In a network that was trained without it, an adapted codebook is hardly noticed. */
    @Test
    void adaptedToFewVectorsItGivesThem() {
        try (NDManager manager = NDManager.newBaseManager()) {
            Codebook codebook = Codebook.builder().setCodes(9).optGroups(2).build();
            Blocks.initialize64(manager, codebook, new Shape(1, 6));
            // The groups have the means 0 and the same deviation each in all vectors.
            double[] x = {
                3, -1, -2, 30, -10, -20,
                -1, 3, -2, -20, 30, -10,
                -2, -1, 3, 30, -20, -10
            };
            NDArray vectors = manager.create(x, new Shape(3, 6));
            codebook.requestInitialization(5);
            float[] start = codebook.getCodes().toType(DataType.FLOAT32, false).toFloatArray();
            Blocks.infer(manager, codebook, vectors);
            assertArrayEquals(
                    start, codebook.getCodes().toType(DataType.FLOAT32, false).toFloatArray());
            assertArrayEquals(
                    x, Blocks.train(manager, codebook, vectors).head().toDoubleArray(), 1e-4);
            double[] gamma = codebook.getParameters().get("gamma").getArray().toDoubleArray();
            double deviation = Math.sqrt(14 / 3.);
            assertArrayEquals(
                    new double[] {
                        deviation,
                        deviation,
                        deviation,
                        10 * deviation,
                        10 * deviation,
                        10 * deviation
                    },
                    gamma,
                    1e-12);
            // Once, and what is learned is still learned.
            Blocks.train(manager, codebook, vectors.mul(3));
            assertArrayEquals(
                    gamma, codebook.getParameters().get("gamma").getArray().toDoubleArray());
            for (String name : new String[] {"gamma", "beta", "codes"}) {
                assertTrue(codebook.getParameters().get(name).getArray().hasGradient(), name);
            }
        }
    }

    @Test
    void clustersGiveStartValues() {
        try (NDManager manager = NDManager.newBaseManager()) {
            Engine.getInstance().setRandomSeed(4);
            Codebook codebook =
                    Codebook.builder().setCodes(CLUSTERS).optSnap(Snap.EUCLIDEAN).build();
            codebook.initialize(manager, DataType.FLOAT32, new Shape(1, WIDTH));
            NDArray x = mixture(manager, 1024, .05);
            double random = error(manager, codebook, x);
            codebook.initializeCodes(x, 0);
            double seeds = error(manager, codebook, x);
            codebook.initializeCodes(x, 10);
            double centres = error(manager, codebook, x);
            String errors = "random " + random + ", seeds " + seeds + ", centres " + centres;
            // Noise of .05 on vectors of norm √16 is .05² · 16 = .04 for each vector.
            assertTrue(centres < .06, errors);
            assertTrue(centres < seeds && seeds < random / 10, errors);
        }
    }

    /** The mean of ‖y − x̂‖². */
    private static double error(NDManager manager, Codebook codebook, NDArray x) {
        NDArray y = Blocks.infer(manager, codebook, x).singletonOrThrow();
        NDArray centred = x.sub(x.mean(new int[] {1}, true));
        NDArray normal = centred.div(centred.square().mean(new int[] {1}, true).sqrt());
        return y.sub(normal).square().sum(new int[] {1}).mean().getFloat();
    }

    /** Vectors round 32 centres, each of length about 4. */
    private static NDArray mixture(NDManager manager, int count, double deviation) {
        Random random = new Random(11);
        float[] centres = new float[CLUSTERS * WIDTH];
        for (int i = 0; i < centres.length; ++i) {
            centres[i] = (float) random.nextGaussian();
        }
        float[] x = new float[count * WIDTH];
        for (int i = 0; i < count; ++i) {
            int cluster = random.nextInt(CLUSTERS);
            for (int j = 0; j < WIDTH; ++j) {
                x[i * WIDTH + j] =
                        (float) (centres[cluster * WIDTH + j] + deviation * random.nextGaussian());
            }
        }
        return manager.create(x, new Shape(count, WIDTH));
    }

    /** What a training through a codebook of 64 codes ends with. */
    private record Result(int active, double perplexity, double error, float[] codes) {}

    private static Result train(int every) throws Exception {
        Engine.getInstance().setRandomSeed(7);
        Codebook codebook = Codebook.builder().setCodes(64).optObjective(Objective.AELOSS).build();
        SequentialBlock net =
                new SequentialBlock().add(codebook).add(Linear.builder().setUnits(WIDTH).build());
        try (Model model = Model.newInstance("mixture")) {
            model.setBlock(net);
            NDManager manager = model.getNDManager();
            NDArray x = mixture(manager, 1024, .1);
            DefaultTrainingConfig config =
                    new DefaultTrainingConfig(new ReconstructionLoss(net, new MeanSquaredError()))
                            .optOptimizer(
                                    Optimizer.adam()
                                            .optLearningRateTracker(Tracker.fixed(.01f))
                                            .build());
            if (every > 0) {
                config.addTrainingListeners(new DeadCodeReplacement(every, .01));
            }
            ArrayDataset data =
                    new ArrayDataset.Builder()
                            .setData(x)
                            .optLabels(x)
                            .setSampling(64, true)
                            .build();
            try (Trainer trainer = model.newTrainer(config)) {
                trainer.initialize(new Shape(1, WIDTH));
                EasyTrain.fit(trainer, 12, data, null);
            }
            ParameterStore store = new ParameterStore(manager, false);
            long[] counts = new long[64];
            for (long id : codebook.codes(store, x).toLongArray()) {
                ++counts[(int) id];
            }
            double entropy = 0;
            for (long n : counts) {
                entropy -= n == 0 ? 0 : n / 1024.0 * Math.log(n / 1024.0);
            }
            NDArray y = Blocks.infer(manager, net, x).singletonOrThrow();
            return new Result(
                    (int) Arrays.stream(counts).filter(n -> n > 0).count(),
                    Math.exp(entropy),
                    y.sub(x).square().mean().getFloat(),
                    codebook.getCodes().toFloatArray());
        }
    }

    @Test
    void replacementKeepsCodesAlive() throws Exception {
        Result without = train(0);
        Result with = train(20);
        String figures =
                String.format(
                        "without: %d active, perplexity %.1f, error %.4f;"
                                + " with: %d active, perplexity %.1f, error %.4f",
                        without.active,
                        without.perplexity,
                        without.error,
                        with.active,
                        with.perplexity,
                        with.error);
        assertTrue(with.active >= CLUSTERS, figures);
        assertTrue(without.active < CLUSTERS, figures);
        assertTrue(with.perplexity > 1.3 * without.perplexity, figures);
        assertTrue(with.error < .5 * without.error, figures);
        assertArrayEquals(with.codes, train(20).codes, "the same with the same seed");
    }
}
