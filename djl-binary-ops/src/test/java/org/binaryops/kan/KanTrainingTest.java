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
package org.binaryops.kan;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import ai.djl.MalformedModelException;
import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.nn.SequentialBlock;
import ai.djl.pytorch.jni.JniUtils;
import ai.djl.training.Trainer;
import ai.djl.training.loss.Loss;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.binaryops.testing.Blocks;
import org.binaryops.testing.Leaks;
import org.binaryops.training.MeanSquaredError;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KanTrainingTest {

    private static int threads;

    private NDManager manager;

    /** These arrays are so small that a pool of threads costs more than it gives. */
    @BeforeAll
    static void oneThread() {
        Engine.getInstance(); // loads the native library
        threads = JniUtils.getNumThreads();
        JniUtils.setNumThreads(1);
    }

    @AfterAll
    static void threadsAsBefore() {
        JniUtils.setNumThreads(threads);
    }

    @BeforeEach
    void open() {
        manager = NDManager.newBaseManager(Device.cpu());
        Engine.getInstance().setRandomSeed(0);
    }

    @AfterEach
    void close() {
        manager.close();
    }

    private static Optimizer adam(int steps, float rate) {
        return Optimizer.adam().optLearningRateTracker(cosine(steps, rate)).build();
    }

    private static Tracker cosine(int steps, float rate) {
        return Tracker.cosine()
                .setBaseValue(rate)
                .optFinalValue(rate / 100)
                .setMaxUpdates(steps)
                .build();
    }

    /** U[−1, 1]² and exp(sin πx + y²). */
    private NDArray[] published(int count, Random random) {
        float[] x = new float[2 * count];
        float[] y = new float[count];
        for (int i = 0; i < count; ++i) {
            double p = random.nextDouble() * 2 - 1;
            double q = random.nextDouble() * 2 - 1;
            x[2 * i] = (float) p;
            x[2 * i + 1] = (float) q;
            y[i] = (float) Math.exp(Math.sin(Math.PI * p) + q * q);
        }
        return new NDArray[] {
            manager.create(x, new Shape(count, 2)), manager.create(y, new Shape(count, 1))
        };
    }

    private static double rootMeanSquare(NDArray difference) {
        return Math.sqrt(difference.square().mean().getFloat());
    }

    /**
     * pykan's first notebook: [2, 5, 1], grid 3, order 3; after 50 steps of L-BFGS it reports an
     * error of 1.77e-2 on the test data. Here Adam takes 1500 steps. Local minima exist: of the
     * seeds 0, 1 and 2 with grid 3, seed 1 ends at 1.95e-2, the others below 0.9e-2.
     */
    @ParameterizedTest
    @ValueSource(ints = {3, 5})
    void learnsThePublishedFunction(int grid) {
        Random random = new Random(1);
        NDArray[] train = published(1000, random);
        NDArray[] test = published(1000, random);
        int steps = 1500;
        try (Model model = KanTraining.network(grid, 1, 5, 1);
                Trainer trainer =
                        KanTraining.trainer(
                                model, new MeanSquaredError(), adam(steps, .1f), train[0])) {
            for (int i = 0; i < steps; ++i) {
                KanTraining.step(trainer, train[0], train[1]);
            }
            double tested = rootMeanSquare(KanTraining.predict(trainer, test[0]).sub(test[1]));
            assertTrue(tested <= 1.8e-2, "test RMSE " + tested);
        }
    }

    /** Two interleaved half circles with normal noise. */
    private NDArray[] moons(int count, double noise, Random random) {
        float[] x = new float[2 * count];
        float[] y = new float[count];
        for (int i = 0; i < count; ++i) {
            double angle = Math.PI * random.nextDouble();
            boolean lower = i % 2 == 1;
            double p = lower ? 1 - Math.cos(angle) : Math.cos(angle);
            double q = lower ? .5 - Math.sin(angle) : Math.sin(angle);
            x[2 * i] = (float) (p - .5 + noise * random.nextGaussian());
            x[2 * i + 1] = (float) (q - .25 + noise * random.nextGaussian());
            y[i] = i % 2;
        }
        return new NDArray[] {manager.create(x, new Shape(count, 2)), manager.create(y)};
    }

    @Test
    void separatesTwoMoons() {
        Random random = new Random(2);
        NDArray[] train = moons(1000, .1, random);
        NDArray[] test = moons(1000, .1, random);
        int steps = 200;
        try (Model model = KanTraining.network(3, 2, 2);
                Trainer trainer =
                        KanTraining.trainer(
                                model,
                                Loss.softmaxCrossEntropyLoss(),
                                adam(steps, .1f),
                                train[0])) {
            for (int i = 0; i < steps; ++i) {
                KanTraining.step(trainer, train[0], train[1]);
            }
            double tested = accuracy(trainer, test);
            assertTrue(tested >= .99, "accuracy " + tested);
        }
    }

    private static double accuracy(Trainer trainer, NDArray[] data) {
        NDArray classes = KanTraining.predict(trainer, data[0]).argMax(1);
        NDArray right = classes.eq(data[1].toType(classes.getDataType(), false));
        return right.sum().getLong() / (double) data[1].size();
    }

    private byte[] trained(Optimizer optimizer) {
        Engine.getInstance().setRandomSeed(42);
        NDArray[] data = published(256, new Random(3));
        try (Model model = KanTraining.network(5, 1, 4, 1);
                Trainer trainer =
                        KanTraining.trainer(model, new MeanSquaredError(), optimizer, data[0])) {
            for (int i = 0; i < 20; ++i) {
                KanTraining.step(trainer, data[0], data[1]);
            }
            return Blocks.save(model.getBlock());
        }
    }

    @Test
    void oneSeedGivesTheSameBits() {
        assertArrayEquals(trained(adam(20, .01f)), trained(adam(20, .01f)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"LINEAR", "CLAMP", "ZERO"})
    void stepsLeaveNothingBehind(String extrapolation) {
        NDArray[] data = published(32, new Random(4));
        KanLinear layer =
                KanLinear.builder()
                        .setUnits(1)
                        .optRange(-.5, .5)
                        .optExtrapolation(Extrapolation.valueOf(extrapolation))
                        .build();
        Optimizer sgd = Optimizer.sgd().setLearningRateTracker(Tracker.fixed(.01f)).build();
        try (Model model = Model.newInstance("kan", Device.cpu())) {
            model.setBlock(
                    new SequentialBlock().add(KanLinear.builder().setUnits(3).build()).add(layer));
            try (Trainer trainer =
                    KanTraining.trainer(model, new MeanSquaredError(), sgd, data[0])) {
                Leaks.assertNothingLeft(
                        model.getNDManager(),
                        200,
                        scratch -> {
                            KanTraining.step(trainer, data[0], data[1]);
                            NDArray x = data[0].duplicate();
                            x.attach(scratch);
                            KanTraining.predict(trainer, x);
                        });
                Leaks.assertNothingLeft(
                        trainer.getManager(),
                        100,
                        scratch -> KanTraining.step(trainer, data[0], data[1]));
                Leaks.assertNothingLeft(
                        manager, 100, scratch -> KanTraining.step(trainer, data[0], data[1]));
            }
        }
    }

    @Test
    void fitsLeaveNothingBehind() {
        KanLinear layer = KanLinear.builder().setUnits(2).build();
        layer.initialize(manager, DataType.FLOAT32, new Shape(1, 2));
        Leaks.assertNothingLeft(
                manager,
                20,
                scratch -> {
                    NDArray x = scratch.randomUniform(-1, 1, new Shape(30, 2));
                    layer.fitCoefficients(x, layer.splines(x));
                });
    }

    @Test
    void knotsStayFixedWhenALoadedModelIsTrained(@TempDir Path folder)
            throws IOException, MalformedModelException {
        NDArray[] data = published(64, new Random(5));
        Optimizer first = adam(10, .01f);
        try (Model model = KanTraining.network(5, 1, 3, 1);
                Trainer trainer =
                        KanTraining.trainer(model, new MeanSquaredError(), first, data[0])) {
            KanTraining.step(trainer, data[0], data[1]);
            model.save(folder, "kan");
        }
        try (Model model = KanTraining.network(5, 1, 3, 1)) {
            model.load(folder, "kan");
            int knots = 0;
            try (Trainer trainer =
                    KanTraining.trainer(model, new MeanSquaredError(), adam(10, .01f), data[0])) {
                byte[] before = Blocks.save(model.getBlock());
                for (int i = 0; i < 5; ++i) {
                    KanTraining.step(trainer, data[0], data[1]);
                }
                for (Parameter p : model.getBlock().getParameters().values()) {
                    boolean knot = p.getName().equals("knots");
                    boolean fixed = knot || p.getName().equals("mask");
                    assertEquals(!fixed, p.requiresGradient(), p.getName());
                    if (knot) {
                        ++knots;
                        double[] t =
                                p.getArray().get(0).toType(DataType.FLOAT64, true).toDoubleArray();
                        assertArrayEquals(CoxDeBoor.uniform(5, 3, -1, 1), t, 1e-6);
                    }
                }
                assertFalse(Arrays.equals(before, Blocks.save(model.getBlock())));
            }
            assertEquals(2, knots);
        }
    }
}
