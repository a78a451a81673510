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
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.oracle.labs.mlrg.olcut.util.Pair;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.binaryops.nn.WeightScale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.tribuo.Dataset;
import org.tribuo.Example;
import org.tribuo.Model;
import org.tribuo.MutableDataset;
import org.tribuo.Prediction;
import org.tribuo.classification.Label;
import org.tribuo.classification.ensemble.AdaBoostTrainer;
import org.tribuo.classification.ensemble.VotingCombiner;
import org.tribuo.classification.evaluation.LabelEvaluation;
import org.tribuo.classification.evaluation.LabelEvaluator;
import org.tribuo.classification.example.LabelledDataGenerator;
import org.tribuo.dataset.DatasetView;
import org.tribuo.ensemble.BaggingTrainer;
import org.tribuo.evaluation.CrossValidation;
import org.tribuo.test.Helpers;
import org.tribuo.transform.TransformTrainer;
import org.tribuo.transform.TransformationMap;
import org.tribuo.transform.transformations.LinearScalingTransformation;

/** What Tribuo's own trainers are held to, with the helpers of Tribuo's own tests. */
class TribuoContractTest {

    static Stream<Architecture> architectures() {
        return Stream.of(new MlpArchitecture(16), new BinaryMlpArchitecture(32));
    }

    static Stream<Arguments> conventionalCases() {
        return architectures()
                .flatMap(
                        a ->
                                Stream.of(
                                        Arguments.of(a, LabelledDataGenerator.denseTrainTest()),
                                        Arguments.of(a, LabelledDataGenerator.sparseTrainTest()),
                                        Arguments.of(
                                                a, LabelledDataGenerator.binarySparseTrainTest())));
    }

    private static DjlTrainer<Label> trainer(Architecture architecture) {
        return new DjlTrainer<>(
                architecture, new DenseFeatureConverter(), new LabelConverter(), 20, 6, 1e-2, 1L);
    }

    @ParameterizedTest
    @MethodSource("conventionalCases")
    void trainsPredictsAndSaves(
            Architecture architecture, Pair<Dataset<Label>, Dataset<Label>> data) {
        try (DjlModel<Label> model = trainer(architecture).train(data.getA())) {
            List<Prediction<Label>> predictions = model.predict(data.getB());
            assertEquals(data.getB().size(), predictions.size());
            for (Prediction<Label> prediction : predictions) {
                assertTrue(prediction.hasProbabilities());
                assertEquals(
                        data.getA().getOutputIDInfo().size(), prediction.getOutputScores().size());
                double sum =
                        prediction.getOutputScores().values().stream()
                                .mapToDouble(Label::getScore)
                                .sum();
                assertEquals(1, sum, 1e-12);
            }
            assertTrue(model.generatesProbabilities());
            LabelEvaluation evaluation = new LabelEvaluator().evaluate(model, data.getB());
            assertTrue(Double.isFinite(evaluation.averageAUCROC(false)));
            Model<Label> read =
                    Helpers.testModelProtoSerialization(model, Label.class, data.getB());
            assertEquals(model.getHistory(), ((DjlModel<?>) read).getHistory());
            assertArrayEquals(
                    TestData.parameters(model), Networks.save(((DjlModel<?>) read).getBlock()));
            ((DjlModel<?>) read).close();
            Helpers.testModelSerialization(model, Label.class);
            Helpers.testProvenanceMarshalling(model.getProvenance());
        }
    }

    @Test
    void learnsTheDenseCase() {
        Pair<Dataset<Label>, Dataset<Label>> data = LabelledDataGenerator.denseTrainTest();
        try (DjlModel<Label> model = TestData.mlp(200, 12, 1e-2, 16).train(data.getA())) {
            assertEquals(1, new LabelEvaluator().evaluate(model, data.getB()).accuracy());
            assertEquals(1, model.getHistory().get(199).score());
        }
    }

    @Test
    void sizesTheOutputByTheDomainNotByTheLabelsSeen() {
        Pair<Dataset<Label>, Dataset<Label>> data = LabelledDataGenerator.denseTrainTest();
        DatasetView<Label> foo =
                DatasetView.createView(
                        data.getA(), e -> e.getOutput().getLabel().equals("Foo"), "Foo only");
        try (DjlModel<Label> model = trainer(new MlpArchitecture(16)).train(foo)) {
            LabelEvaluation evaluation = new LabelEvaluator().evaluate(model, data.getB());
            assertEquals(0, evaluation.recall(new Label("Bar")));
            assertEquals(4, model.predict(data.getB()).get(0).getOutputScores().size());
        }
    }

    @Test
    void trainsOnASingleLabel() {
        MutableDataset<Label> data = TestData.empty();
        data.add(TestData.example("only", 1, 1, 2));
        data.add(TestData.example("only", 1, 2, 1));
        try (DjlModel<Label> model = TestData.mlp(2, 2, 1e-2, 4).train(data)) {
            Prediction<Label> prediction = model.predict(data.getExample(0));
            assertEquals("only", prediction.getOutput().getLabel());
            assertEquals(1, prediction.getOutput().getScore());
        }
    }

    @Test
    void refusesExamplesWithoutKnownFeatures() {
        Pair<Dataset<Label>, Dataset<Label>> data = LabelledDataGenerator.sparseTrainTest();
        try (DjlModel<Label> model = trainer(new MlpArchitecture(16)).train(data.getA())) {
            assertMessage(
                    "Example 0 has no feature that the network knows: it has 3 features",
                    () -> model.predict(LabelledDataGenerator.invalidSparseExample()));
            assertMessage(
                    "Example 0 has no feature that the network knows: it has 0 features",
                    () -> model.predict(LabelledDataGenerator.emptyExample()));
            List<Example<Label>> secondIsEmpty =
                    List.of(data.getA().getExample(0), LabelledDataGenerator.emptyExample());
            assertMessage("Example 1 has no feature", () -> model.predict(secondIsEmpty));
        }
    }

    private static void assertMessage(String expected, Runnable action) {
        IllegalArgumentException e = assertThrows(IllegalArgumentException.class, action::run);
        assertTrue(e.getMessage().contains(expected), e.getMessage());
    }

    @Test
    void survivesTheConfigurationSystem() {
        DjlTrainer<Label> trainer =
                new DjlTrainer<>(
                                new BinaryMlpArchitecture(
                                        new int[] {8, 4},
                                        3,
                                        true,
                                        SignEstimator.RESTE,
                                        WeightEstimator.BIPER,
                                        WeightScale.LEARNED),
                                new ImageFeatureConverter(3, 2, 15),
                                new LabelConverter(),
                                new GradientOptimizer(
                                        GradientOptimizer.Algorithm.SGD,
                                        0.1,
                                        GradientOptimizer.Schedule.COSINE,
                                        1e-4,
                                        0.9),
                                3,
                                7,
                                99L)
                        .withValidation(0.25, 2)
                        .withShuffle(false)
                        .withLoggingInterval(10)
                        .withProgressBar(true);
        Helpers.testConfigurableRoundtrip(trainer);
        Helpers.testProvenanceMarshalling(trainer.getProvenance());
        Helpers.testConfigurableRoundtrip(new MlpArchitecture(3, 2, 1));
        Helpers.testConfigurableRoundtrip(new MlpArchitecture());
        Helpers.testConfigurableRoundtrip(new BinaryMlpArchitecture(5));
        for (WeightEstimator weights : WeightEstimator.values()) {
            for (WeightScale scale : WeightScale.values()) {
                BinaryMlpArchitecture architecture =
                        new BinaryMlpArchitecture(
                                new int[] {5}, 2, false, SignEstimator.IDENTITY, weights, scale);
                Helpers.testConfigurableRoundtrip(architecture);
                Helpers.testProvenanceMarshalling(architecture.getProvenance());
            }
        }
        Helpers.testConfigurableRoundtrip(new DenseFeatureConverter());
        Helpers.testConfigurableRoundtrip(
                new DenseFeatureConverter(DenseFeatureConverter.Scaling.STANDARDISE));
        Helpers.testConfigurableRoundtrip(new ImageFeatureConverter(28, 28));
        Helpers.testConfigurableRoundtrip(new LabelConverter());
        Helpers.testConfigurableRoundtrip(GradientOptimizer.adamW(1e-3, 1e-2));
    }

    @Test
    void runsInsideCrossValidation() {
        CrossValidation<Label, LabelEvaluation> validation =
                new CrossValidation<>(
                        TestData.mlp(5, 16, 1e-2, 8),
                        TestData.blobs(90, 1),
                        new LabelEvaluator(),
                        3,
                        5L);
        List<Pair<LabelEvaluation, Model<Label>>> folds = validation.evaluate();
        assertEquals(3, folds.size());
        for (Pair<LabelEvaluation, Model<Label>> fold : folds) {
            assertTrue(fold.getA().accuracy() > 0.8, "accuracy " + fold.getA().accuracy());
            ((DjlModel<Label>) fold.getB()).close();
        }
    }

    @Test
    void runsInsideEnsembles() {
        MutableDataset<Label> data = TestData.blobs(60, 2);
        DjlTrainer<Label> inner = TestData.mlp(5, 16, 1e-2, 8);
        Model<Label> bag = new BaggingTrainer<>(inner, new VotingCombiner(), 3, 7L).train(data);
        assertEquals(3, inner.getInvocationCount());
        Helpers.testModelProtoSerialization(bag, Label.class, data);
        Model<Label> boosted = new AdaBoostTrainer(inner, 3, 7L).train(data);
        assertTrue(new LabelEvaluator().evaluate(boosted, data).accuracy() > 0.9);
        TransformationMap scaling =
                new TransformationMap(List.of(new LinearScalingTransformation(0, 1)));
        Model<Label> transformed = new TransformTrainer<>(inner, scaling).train(data);
        Helpers.testModelProtoSerialization(transformed, Label.class, data);
        assertTrue(new LabelEvaluator().evaluate(transformed, data).accuracy() > 0.9);
    }

    @Test
    void copiesDeeply() {
        MutableDataset<Label> data = TestData.blobs(20, 3);
        try (DjlModel<Label> model = TestData.mlp(2, 10, 1e-2, 4).train(data)) {
            Model<Label> copy = model.copy();
            double[][] before = TestData.probabilities((DjlModel<Label>) copy, data);
            assertArrayEquals(TestData.probabilities(model, data), before);
            model.getBlock().getParameters().get(0).getValue().getArray().muli(0);
            assertArrayEquals(before, TestData.probabilities((DjlModel<Label>) copy, data));
            assertFalse(
                    java.util.Arrays.deepEquals(before, TestData.probabilities(model, data)),
                    "the block is live");
            ((DjlModel<Label>) copy).close();
        }
    }

    @Test
    void explainsNothingItCannotExplain() {
        MutableDataset<Label> data = TestData.blobs(20, 3);
        try (DjlModel<Label> model = TestData.mlp(1, 10, 1e-2, 4).train(data)) {
            assertEquals(Map.of(), model.getTopFeatures(5));
            assertTrue(model.getExcuse(data.getExample(0)).isEmpty());
            assertTrue(model.getExcuses(data).isEmpty());
            assertTrue(model.validate(Label.class));
            assertEquals(4, model.predict(data.getExample(0)).getNumActiveFeatures());
        }
    }
}
