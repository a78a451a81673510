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

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.training.ParameterStore;
import java.util.ArrayList;
import java.util.List;
import org.binaryops.nn.QuantLinear;
import org.binaryops.nn.WeightScale;
import org.binaryops.quantizer.BiPer;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.tribuo.Example;
import org.tribuo.Feature;
import org.tribuo.Model;
import org.tribuo.MutableDataset;
import org.tribuo.Prediction;
import org.tribuo.classification.Label;
import org.tribuo.classification.evaluation.LabelEvaluation;
import org.tribuo.classification.evaluation.LabelEvaluator;

/** The pipeline of the quick start, on a slice of real images. */
class FashionPipelineTest {

    private static MutableDataset<Label> train;
    private static MutableDataset<Label> test;

    @BeforeAll
    static void load() {
        train = TestData.fashion("train", 2000);
        test = TestData.fashion("t10k", 500);
    }

    private static DjlTrainer<Label> trainer(Architecture architecture, int epochs) {
        return new DjlTrainer<>(
                architecture,
                new ImageFeatureConverter(28, 28),
                new LabelConverter(),
                epochs,
                100,
                2e-3,
                42L);
    }

    private static double accuracy(DjlModel<Label> model) {
        LabelEvaluation evaluation = new LabelEvaluator().evaluate(model, test);
        System.out.printf("%s: accuracy %.3f%n", model.getArchitecture(), evaluation.accuracy());
        return evaluation.accuracy();
    }

    @Test
    void floatNetworksLearn() {
        try (DjlModel<Label> model = trainer(new MlpArchitecture(128), 5).train(train)) {
            assertTrue(accuracy(model) > 0.78);
        }
    }

    @ParameterizedTest
    @EnumSource(SignEstimator.class)
    void binaryNetworksLearn(SignEstimator estimator) {
        BinaryMlpArchitecture architecture =
                new BinaryMlpArchitecture(new int[] {128}, 4, false, estimator, estimator);
        try (DjlModel<Label> model = trainer(architecture, 3).train(train)) {
            assertTrue(accuracy(model) > 0.68);
            assertTrue(model.getHistory().get(2).loss() < model.getHistory().get(0).loss());
        }
    }

    @ParameterizedTest
    @CsvSource({"RESTE, LAYER_MEAN", "BIPER, LEARNED", "STRAIGHT_THROUGH, CHANNEL_MEAN"})
    void scaledBinaryNetworksLearn(WeightEstimator estimator, WeightScale scale) {
        BinaryMlpArchitecture architecture =
                new BinaryMlpArchitecture(
                        new int[] {128},
                        4,
                        false,
                        SignEstimator.STRAIGHT_THROUGH,
                        estimator,
                        scale);
        DjlTrainer<Label> trainer = trainer(architecture, 6).withValidation(0.1, 6);
        try (DjlModel<Label> model = trainer.train(train)) {
            assertTrue(accuracy(model) > 0.68);
            List<QuantLinear> layers = new ArrayList<>();
            for (Block layer : model.getBlock().getChildren().values()) {
                if (layer instanceof QuantLinear linear) {
                    layers.add(linear);
                }
            }
            assertEquals(2, layers.size());
            for (QuantLinear layer : layers) {
                assertEquals(scale, layer.getScale());
                // The best epoch is one with the ±1 weights that were asked for.
                assertTrue(layer.getWeightQuantizer().isBinary());
            }
            if (estimator == WeightEstimator.BIPER) {
                assertInstanceOf(BiPer.class, layers.get(0).getWeightQuantizer());
                assertTrue(model.getBestEpoch() >= 5, "epoch " + model.getBestEpoch());
            }
            try (DjlModel<?> read = (DjlModel<?>) Model.deserialize(model.serialize())) {
                assertArrayEquals(TestData.parameters(model), Networks.save(read.getBlock()));
                assertEquals(architecture.toString(), read.getArchitecture().toString());
            }
        }
    }

    /** Two epochs end before BiPer's binary stage: neither may be the best one. */
    @Test
    void earlyStoppingNeverKeepsRealWeights() {
        BinaryMlpArchitecture architecture =
                new BinaryMlpArchitecture(
                        new int[] {16},
                        4,
                        false,
                        SignEstimator.STRAIGHT_THROUGH,
                        WeightEstimator.BIPER,
                        WeightScale.LEARNED);
        try (DjlModel<Label> model = trainer(architecture, 2).withValidation(0.1, 1).train(train)) {
            assertFalse(Networks.isPreliminary(model.getBlock()));
            for (Block layer : model.getBlock().getChildren().values()) {
                if (layer instanceof QuantLinear linear) {
                    assertTrue(linear.getWeightQuantizer().isBinary());
                }
            }
        }
    }

    @Test
    void theNetworkIsThatOfTheRawImages() {
        try (DjlModel<Label> model = trainer(new BinaryMlpArchitecture(64), 1).train(train);
                NDManager manager = NDManager.newBaseManager()) {
            assertEquals(784, model.featureOrder().size());
            float[] pixels = new float[test.size() * 784];
            for (int i = 0; i < test.size(); ++i) {
                Example<Label> example = test.getExample(i);
                for (Feature feature : example) {
                    int pixel = Integer.parseInt(feature.getName());
                    pixels[i * 784 + pixel] = (float) feature.getValue() / 255f;
                }
                float[] row = java.util.Arrays.copyOfRange(pixels, i * 784, (i + 1) * 784);
                assertArrayEquals(row, model.encode(example));
            }
            NDArray images = manager.create(pixels, new Shape(test.size(), 784));
            NDArray logits =
                    model.getBlock()
                            .forward(new ParameterStore(manager, false), new NDList(images), false)
                            .singletonOrThrow();
            long[] best = logits.argMax(1).toLongArray();
            int i = 0;
            for (Prediction<Label> prediction : model.predict(test)) {
                Label expected = model.getOutputIDInfo().getOutput((int) best[i++]);
                assertEquals(expected.getLabel(), prediction.getOutput().getLabel());
            }
        }
    }
}
