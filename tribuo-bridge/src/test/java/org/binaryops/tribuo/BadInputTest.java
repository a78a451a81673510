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

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDManager;
import ai.djl.nn.Block;
import ai.djl.nn.core.Linear;
import com.oracle.labs.mlrg.olcut.config.ConfigurationManager;
import com.oracle.labs.mlrg.olcut.config.PropertyException;
import com.oracle.labs.mlrg.olcut.config.property.SimpleProperty;
import com.oracle.labs.mlrg.olcut.provenance.ProvenanceUtil;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.tribuo.Feature;
import org.tribuo.MutableDataset;
import org.tribuo.classification.Label;
import org.tribuo.classification.LabelFactory;
import org.tribuo.impl.ArrayExample;

/** Each mistake gets one sentence that names it. */
class BadInputTest {

    private static void assertRefused(String expected, Executable action) {
        IllegalArgumentException e = assertThrows(IllegalArgumentException.class, action);
        assertTrue(e.getMessage().contains(expected), e.getMessage());
    }

    private static void assertRefused(String expected, MutableDataset<Label> data) {
        assertRefused(expected, () -> TestData.mlp(1, 4, 1e-2, 4).train(data).close());
    }

    @Test
    void emptyDataSet() {
        assertRefused("The data set has no examples.", TestData.empty());
    }

    @Test
    void unknownOutputs() {
        MutableDataset<Label> data = TestData.blobs(4, 1);
        data.add(
                new ArrayExample<>(
                        LabelFactory.UNKNOWN_LABEL, new String[] {"f0"}, new double[] {1}));
        assertRefused("but 1 of 5 are unknown", data);
    }

    @ParameterizedTest
    @CsvSource({"NaN", "Infinity", "-Infinity", "1e39"})
    void valuesThatAreNoFloats(double value) {
        // Data sets refuse NaN when an example is added, but not when it is changed later.
        MutableDataset<Label> data = TestData.blobs(4, 1);
        data.getExample(3).set(new Feature("f1", value));
        assertRefused("Feature 'f1' of example 3 is " + value, data);
        try (DjlModel<Label> model = TestData.mlp(1, 2, 1e-2, 4).train(TestData.blobs(4, 1))) {
            assertRefused("Feature 'f1' of example 3 is " + value, () -> model.predict(data));
            assertRefused(
                    "Feature 'f1' of example 0 is " + value,
                    () -> model.predict(data.getExample(3)));
        }
    }

    @ParameterizedTest
    @CsvSource({"-1", "NaN", "Infinity"})
    void weightsThatAreNone(float weight) {
        MutableDataset<Label> data = TestData.blobs(3, 1);
        data.add(TestData.example("plus", weight, 1, 1, 1, 1));
        assertRefused("that of example 3 is " + weight, data);
    }

    @Test
    void noWeightAtAll() {
        MutableDataset<Label> data = TestData.empty();
        data.add(TestData.example("a", 0, 1));
        data.add(TestData.example("b", 0, 2));
        assertRefused("At least one training example must have a positive weight", data);
    }

    @Test
    void anExampleWithoutFeatures() {
        MutableDataset<Label> data = TestData.blobs(3, 1);
        assertEquals(
                "Example 1 has no feature that the network knows: it has 0 features, the network 4"
                        + " columns.",
                assertThrows(
                                IllegalArgumentException.class,
                                () ->
                                        new EncodedExamples<>(
                                                List.of(
                                                        data.getExample(0),
                                                        TestData.example("plus", 1)),
                                                new DenseFeatureConverter()
                                                        .fit(data, data.getFeatureIDMap()),
                                                0))
                        .getMessage());
    }

    @Test
    void aLabelNeverSeen() {
        MutableDataset<Label> data = TestData.blobs(4, 1);
        try (NDManager manager = NDManager.newBaseManager()) {
            assertRefused(
                    "The label 'other' is not among the labels of the data set",
                    () ->
                            new LabelConverter()
                                    .encode(
                                            manager,
                                            List.of(new Label("plus"), new Label("other")),
                                            data.getOutputIDInfo()));
        }
    }

    @Test
    void tooFewExamplesForBatchNorm() {
        assertRefused(
                "Batch norm needs at least 2 examples in a batch, but there are 1",
                TestData.blobs(1, 1));
        assertRefused(
                "there are 8 training examples and batchSize is 1",
                () -> TestData.mlp(1, 1, 1e-2, 4).train(TestData.blobs(8, 1)));
        // Without batch norm one is enough.
        TestData.mlp(1, 1, 1e-2).train(TestData.blobs(1, 1)).close();
    }

    @Test
    void aValidationFractionThatTakesNothingOrAll() {
        DjlTrainer<Label> trainer = TestData.mlp(1, 2, 1e-2);
        assertRefused(
                "of 4 examples it holds out 0",
                () -> trainer.withValidation(0.1, 0).train(TestData.blobs(4, 1)));
        assertRefused(
                "of 4 examples it holds out 4",
                () -> trainer.withValidation(0.9, 0).train(TestData.blobs(4, 1)));
    }

    /** An architecture that forgets the number of outputs. */
    public static final class WrongWidth implements Architecture {
        @Override
        public Block build(int features, int outputs) {
            return Linear.builder().setUnits(7).build();
        }

        @Override
        public String toString() {
            return "WrongWidth()";
        }
    }

    @Test
    void anArchitectureOfTheWrongWidth() {
        DjlTrainer<Label> trainer =
                new DjlTrainer<>(
                        new WrongWidth(),
                        new DenseFeatureConverter(),
                        new LabelConverter(),
                        1,
                        2,
                        1e-3,
                        1L);
        assertRefused(
                "WrongWidth() must return the shape [2, 2] for the input [2, 4], but returns"
                        + " [(2, 7)].",
                () -> trainer.train(TestData.blobs(4, 1)));
    }

    static Stream<Arguments> settings() {
        return Stream.of(
                Arguments.of("epochs", (Supplier<?>) () -> TestData.mlp(0, 1, 1)),
                Arguments.of("batchSize", (Supplier<?>) () -> TestData.mlp(1, 0, 1)),
                Arguments.of("learningRate", (Supplier<?>) () -> TestData.mlp(1, 1, 0)),
                Arguments.of("learningRate", (Supplier<?>) () -> TestData.mlp(1, 1, Double.NaN)),
                Arguments.of("hiddenSizes", (Supplier<?>) () -> new MlpArchitecture(3, 0)),
                Arguments.of("hiddenSizes", (Supplier<?>) () -> new BinaryMlpArchitecture(-1)),
                Arguments.of(
                        "levels",
                        (Supplier<?>)
                                () ->
                                        new BinaryMlpArchitecture(
                                                new int[] {1},
                                                0,
                                                false,
                                                SignEstimator.IDENTITY,
                                                SignEstimator.IDENTITY)),
                Arguments.of(
                        "scale",
                        (Supplier<?>)
                                () ->
                                        new BinaryMlpArchitecture(
                                                new int[] {1},
                                                1,
                                                false,
                                                SignEstimator.IDENTITY,
                                                WeightEstimator.BIPER,
                                                null)),
                Arguments.of("width", (Supplier<?>) () -> new ImageFeatureConverter(0, 1)),
                Arguments.of("height", (Supplier<?>) () -> new ImageFeatureConverter(1, -1)),
                Arguments.of("height", (Supplier<?>) () -> new ImageFeatureConverter(65536, 65536)),
                Arguments.of("maxValue", (Supplier<?>) () -> new ImageFeatureConverter(1, 1, 0)),
                Arguments.of("scaling", (Supplier<?>) () -> new DenseFeatureConverter(null)),
                Arguments.of("momentum", (Supplier<?>) () -> GradientOptimizer.sgd(1, 1)),
                Arguments.of("weightDecay", (Supplier<?>) () -> GradientOptimizer.adamW(1, -1)),
                Arguments.of(
                        "validationFraction",
                        (Supplier<?>) () -> TestData.mlp(1, 1, 1).withValidation(1, 0)),
                Arguments.of(
                        "patience", (Supplier<?>) () -> TestData.mlp(1, 1, 1).withValidation(0, 1)),
                Arguments.of(
                        "patience",
                        (Supplier<?>) () -> TestData.mlp(1, 1, 1).withValidation(0.5, -1)),
                Arguments.of(
                        "momentum",
                        (Supplier<?>)
                                () ->
                                        new GradientOptimizer(
                                                GradientOptimizer.Algorithm.ADAM,
                                                1,
                                                GradientOptimizer.Schedule.COSINE,
                                                0,
                                                0.9)));
    }

    @ParameterizedTest
    @MethodSource("settings")
    void settingsOutOfRange(String name, Supplier<?> maker) {
        assertRefused(name + " must be ", maker::get);
    }

    @ParameterizedTest
    @CsvSource({
        "DjlTrainer, epochs, 0",
        "DjlTrainer, batchSize, -3",
        "DjlTrainer, validationFraction, 1.5",
        "DjlTrainer, patience, 2",
        "GradientOptimizer, learningRate, -1",
        "DenseFeatureConverter, scaling, SIDEWAYS"
    })
    void configuredSettingsOutOfRange(String owner, String property, String value) {
        ConfigurationManager manager = new ConfigurationManager();
        var configuration =
                ProvenanceUtil.extractConfiguration(TestData.mlp(1, 1, 1e-3, 4).getProvenance());
        String trainer = configuration.get(0).getName();
        configuration.stream()
                .filter(c -> c.getClassName().endsWith("." + owner))
                .findFirst()
                .orElseThrow()
                .add(property, new SimpleProperty(value));
        manager.addConfiguration(configuration);
        PropertyException e = assertThrows(PropertyException.class, () -> manager.lookup(trainer));
        assertEquals(property, e.getProperty());
    }

    @Test
    void nullSettings() {
        assertRefused(
                "architecture must be given, but was null",
                () ->
                        new DjlTrainer<>(
                                null,
                                new DenseFeatureConverter(),
                                new LabelConverter(),
                                1,
                                1,
                                1,
                                1L));
    }

    @Test
    void aClosedModel() {
        MutableDataset<Label> data = TestData.blobs(4, 1);
        DjlModel<Label> model = TestData.mlp(1, 2, 1e-2).train(data);
        model.close();
        model.close();
        for (Executable use :
                List.<Executable>of(
                        () -> model.predict(data),
                        model::getBlock,
                        model::serialize,
                        model::copy)) {
            IllegalStateException e = assertThrows(IllegalStateException.class, use);
            assertEquals("The model is closed.", e.getMessage());
        }
    }
}
