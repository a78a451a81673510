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
package org.binaryops.quantizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.EasyTrain;
import ai.djl.training.Trainer;
import ai.djl.training.dataset.ArrayDataset;
import ai.djl.training.loss.Loss;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import java.util.List;
import java.util.Random;
import java.util.function.Supplier;
import org.binaryops.nn.BinaryMlp;
import org.binaryops.nn.WeightScale;
import org.binaryops.packed.PackedModel;
import org.binaryops.packed.compiler.PackedCompiler;
import org.binaryops.testing.Blocks;
import org.binaryops.training.AnnealingListener;
import org.junit.jupiter.api.Test;

/** Whole networks of the methods that give ±1: they learn, and pack bit for bit. */
class TrainedAndPackedTest {

    private static final int ROWS = 600;
    private static final int FEATURES = 12;
    private static final int EPOCHS = 6;

    /** Three clouds whose centres are random corners of a cube. */
    private static float[] clouds(Random random, float[] labels) {
        Random corners = new Random(1);
        float[][] centres = new float[3][FEATURES];
        for (float[] centre : centres) {
            for (int j = 0; j < FEATURES; ++j) {
                centre[j] = corners.nextBoolean() ? 0.7f : -0.7f;
            }
        }
        float[] x = new float[labels.length * FEATURES];
        for (int i = 0; i < labels.length; ++i) {
            int label = random.nextInt(3);
            labels[i] = label;
            for (int j = 0; j < FEATURES; ++j) {
                x[i * FEATURES + j] = centres[label][j] + (float) random.nextGaussian();
            }
        }
        return x;
    }

    private static void assertLearnsAndPacks(
            Supplier<? extends SignQuantizer> activation, Supplier<? extends Quantizer> weight)
            throws Exception {
        Engine.getInstance().setRandomSeed(5);
        Random random = new Random(2);
        Shape shape = new Shape(1, FEATURES);
        try (Model model = Model.newInstance("clouds")) {
            model.setBlock(
                    BinaryMlp.builder()
                            .setOutputs(3)
                            .addHidden(40)
                            .optNormalizedInput(2)
                            .optActivation(activation)
                            .optWeight(weight)
                            .optScale(WeightScale.LEARNED)
                            .build());
            NDManager manager = model.getNDManager();
            float[] labels = new float[ROWS];
            NDArray x = manager.create(clouds(random, labels), new Shape(ROWS, FEATURES));
            ArrayDataset data =
                    new ArrayDataset.Builder()
                            .setData(x)
                            .optLabels(manager.create(labels))
                            .setSampling(50, true, true)
                            .build();
            DefaultTrainingConfig config =
                    new DefaultTrainingConfig(Loss.softmaxCrossEntropyLoss())
                            .optOptimizer(
                                    Optimizer.adam()
                                            .optLearningRateTracker(Tracker.fixed(0.01f))
                                            .build())
                            .addTrainingListeners(new AnnealingListener(EPOCHS));
            try (Trainer trainer = model.newTrainer(config)) {
                trainer.initialize(shape);
                EasyTrain.fit(trainer, EPOCHS, data, null);
            }
            float[] testLabels = new float[300];
            float[] test = clouds(random, testLabels);
            Block block = model.getBlock();
            PackedModel packed = PackedCompiler.compile(block, shape);
            float[] expected =
                    Blocks.infer(
                                    manager,
                                    block,
                                    manager.create(test, new Shape(testLabels.length, FEATURES)))
                            .singletonOrThrow()
                            .toFloatArray();
            assertArrayEquals(expected, packed.predict(test, testLabels.length), 1e-5f);
            int[] classes = packed.classify(test, testLabels.length);
            int right = 0;
            for (int i = 0; i < classes.length; ++i) {
                right += classes[i] == (int) testLabels[i] ? 1 : 0;
            }
            assertTrue(right > 0.8 * classes.length, right + " of " + classes.length);
        }
    }

    @Test
    void signEstimators() throws Exception {
        for (Supplier<? extends SignQuantizer> estimator :
                List.<Supplier<? extends SignQuantizer>>of(
                        SwishSign::new, ErrorDecayEstimator::new, FourierSign::new)) {
            assertLearnsAndPacks(estimator, estimator);
        }
    }

    @Test
    void reCuWeights() throws Exception {
        assertLearnsAndPacks(ApproxSign::new, ReCuWeight::new);
    }

    @Test
    void signsThatDoMoreInTraining() throws Exception {
        assertLearnsAndPacks(
                NormalizedSign::new, () -> new CentredWeight(StraightThroughSign.open()));
        assertLearnsAndPacks(
                () -> FourierSign.withNoise(NoiseAdaptation.forLinear()),
                () -> FourierSign.withNoise(NoiseAdaptation.forWeight()));
    }
}
