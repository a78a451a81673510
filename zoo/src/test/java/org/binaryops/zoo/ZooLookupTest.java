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
package org.binaryops.zoo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Application;
import ai.djl.modality.Classifications;
import ai.djl.modality.cv.Image;
import ai.djl.modality.cv.output.DetectedObjects;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.repository.Artifact;
import ai.djl.repository.MRL;
import ai.djl.repository.Repository;
import ai.djl.repository.zoo.Criteria;
import ai.djl.repository.zoo.ModelNotFoundException;
import ai.djl.repository.zoo.ModelZoo;
import ai.djl.repository.zoo.ZooModel;
import ai.djl.training.util.ProgressBar;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.binaryops.nn.BinaryMlp;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every way to ask DJL for a model of this zoo, offline and with an empty cache. */
class ZooLookupTest {

    private static final String URL = "binaryops://org.binaryops.zoo/fashion_mlp";

    @TempDir Path folder;
    private EmptyCache cache;

    @BeforeEach
    void emptyCache() {
        cache = new EmptyCache(folder);
    }

    @AfterEach
    void restoreCache() {
        cache.close();
    }

    private static Criteria.Builder<float[], Classifications> criteria() {
        return Criteria.builder().setTypes(float[].class, Classifications.class);
    }

    private static Criteria.Builder<float[], Classifications> inZoo() {
        return criteria()
                .optGroupId(BinaryOpsModelZoo.GROUP_ID)
                .optArtifactId(BinaryOpsModelZoo.FASHION_MLP);
    }

    private static void assertLoads(String name, Criteria<float[], Classifications> criteria)
            throws Exception {
        try (ZooModel<float[], Classifications> model = criteria.loadModel();
                var predictor = model.newPredictor()) {
            assertEquals(name, model.getName());
            Classifications result = predictor.predict(new float[28 * 28]);
            assertEquals(10, result.getProbabilities().size());
            double sum = result.getProbabilities().stream().mapToDouble(p -> p).sum();
            assertEquals(1, sum, 1e-5);
        }
    }

    @Test
    void listModelsListsOurs() throws IOException {
        Map<Application, List<MRL>> models = ModelZoo.listModels();
        Set<String> artifacts =
                models.get(Application.CV.IMAGE_CLASSIFICATION).stream()
                        .filter(mrl -> mrl.getGroupId().equals(BinaryOpsModelZoo.GROUP_ID))
                        .map(MRL::getArtifactId)
                        .collect(Collectors.toSet());
        assertEquals(Set.of("fashion_mlp"), artifacts);
        MRL mrl =
                ModelZoo.getModelZoo(BinaryOpsModelZoo.GROUP_ID)
                        .getModelLoader(BinaryOpsModelZoo.FASHION_MLP)
                        .getMrl();
        assertEquals(
                List.of("fashion_mlp_binary", "fashion_mlp_float"),
                mrl.listArtifacts().stream().map(Artifact::getName).collect(Collectors.toList()));
        assertTrue(cache.files().isEmpty(), "listing copies nothing");
    }

    @Test
    void loaderDescribesItsModels() {
        String text =
                ModelZoo.getModelZoo(BinaryOpsModelZoo.GROUP_ID)
                        .getModelLoader(BinaryOpsModelZoo.FASHION_MLP)
                        .toString();
        assertTrue(text.contains("fashion_mlp_float"), text);
    }

    @Test
    void groupAndArtifactGiveTheBinaryModel() throws Exception {
        assertLoads("fashion_mlp_binary", inZoo().build());
        assertEquals(1, cache.files().size(), "the parameters were copied into the empty cache");
    }

    @ParameterizedTest
    @ValueSource(strings = {"binary", "float"})
    void filterChooses(String weights) throws Exception {
        assertLoads(
                "fashion_mlp_" + weights,
                inZoo().optFilter("weights", weights)
                        .optFilter("dataset", "fashion-mnist")
                        .build());
    }

    @Test
    void modelNameChooses() throws Exception {
        assertLoads("fashion_mlp_float", inZoo().optModelName("fashion_mlp_float").build());
        assertLoads("fashion_mlp_binary", inZoo().optModelName("fashion_mlp_binary").build());
    }

    @Test
    void zooObjectAndApplicationChoose() throws Exception {
        ModelZoo zoo = ModelZoo.getModelZoo(BinaryOpsModelZoo.GROUP_ID);
        assertLoads(
                "fashion_mlp_float",
                criteria()
                        .optModelZoo(zoo)
                        .optApplication(Application.CV.IMAGE_CLASSIFICATION)
                        .optEngine("PyTorch")
                        .optFilter("weights", "float")
                        .build());
        assertLoads("fashion_mlp_binary", criteria().optArtifactId("org.binaryops.zoo:").build());
    }

    @ParameterizedTest
    @CsvSource({
        "binaryops://org.binaryops.zoo/fashion_mlp, fashion_mlp_binary",
        "binaryops:///org.binaryops.zoo/fashion_mlp, fashion_mlp_binary",
        "binaryops://org.binaryops.zoo/fashion_mlp/, fashion_mlp_binary",
        "binaryops://org.binaryops.zoo/fashion_mlp/0.1.0, fashion_mlp_binary",
        "binaryops://org.binaryops.zoo/fashion_mlp/0.1.0/fashion_mlp_float, fashion_mlp_float",
        "binaryops://org.binaryops.zoo/fashion_mlp/0.1.0/fashion_mlp_binary, fashion_mlp_binary"
    })
    void urlChooses(String url, String name) throws Exception {
        assertLoads(name, criteria().optModelUrls(url).build());
    }

    @Test
    void urlAndFilterChoose() throws Exception {
        assertLoads(
                "fashion_mlp_float",
                criteria().optModelUrls(URL).optFilter("weights", "float").build());
    }

    @Test
    void queryOfUrlOverridesArguments() throws Exception {
        Criteria<float[], Classifications> criteria =
                criteria().optModelUrls(URL + "?topK=1").build();
        try (ZooModel<float[], Classifications> model = criteria.loadModel();
                var predictor = model.newPredictor()) {
            assertEquals(1, predictor.predict(new float[28 * 28]).topK().size());
        }
    }

    @Test
    void downloadsBeforeLoading() throws Exception {
        Criteria<float[], Classifications> criteria =
                inZoo().optFilter("weights", "float").optProgress(new ProgressBar()).build();
        assertFalse(criteria.isDownloaded());
        criteria.downloadModel();
        assertTrue(criteria.isDownloaded());
        assertEquals(
                "fashion_mlp_float-0000.params", cache.files().get(0).getFileName().toString());
        assertLoads("fashion_mlp_float", criteria);
    }

    @Test
    void repositoryFindsItsFiles() throws Exception {
        Repository repository = Repository.newInstance("zoo", URL);
        MRL mrl = repository.getResources().get(0);
        Artifact artifact = repository.resolve(mrl, Map.of("weights", "float"));
        repository.prepare(artifact);
        Artifact.Item item = artifact.getFiles().get("parameters");
        Path file = repository.getFile(item, "");
        assertEquals(item.getSize(), Files.size(file));
        assertEquals(file.getParent(), repository.getResourceDirectory(artifact));
        try (var in = repository.openStream(item, "")) {
            assertEquals("DJL@", new String(in.readNBytes(4)));
        }
    }

    @Test
    void metadataIsShownAsModelProperties() throws Exception {
        try (ZooModel<float[], Classifications> model = inZoo().build().loadModel()) {
            assertEquals("60000", model.getProperty("trainImages"));
            assertEquals(MlpBlockFactory.class.getName(), model.getProperty("blockFactory"));
            int correct = Integer.parseInt(model.getProperty("testCorrect"));
            assertTrue(correct > 8_000 && correct < 10_000, "recorded " + correct);
        }
    }

    @Test
    void rawArraysAndOwnBlocksWork() throws Exception {
        Criteria<NDList, NDList> criteria =
                Criteria.builder()
                        .setTypes(NDList.class, NDList.class)
                        .optGroupId(BinaryOpsModelZoo.GROUP_ID)
                        .optBlock(
                                BinaryMlp.builder()
                                        .addHidden(256)
                                        .addHidden(256)
                                        .setOutputs(10)
                                        .build())
                        .build();
        try (ZooModel<NDList, NDList> model = criteria.loadModel();
                NDManager manager = model.getNDManager().newSubManager();
                var predictor = model.newPredictor()) {
            NDList logits = predictor.predict(new NDList(manager.zeros(new Shape(3, 784))));
            assertEquals(new Shape(3, 10), logits.singletonOrThrow().getShape());
        }
    }

    private static String miss(Criteria<?, ?> criteria) {
        ModelNotFoundException e = assertThrows(ModelNotFoundException.class, criteria::loadModel);
        return assertInstanceOf(ModelNotFoundException.class, e.getCause()).getMessage();
    }

    @Test
    void missedFilterIsNamed() {
        assertEquals(
                "No model of org.binaryops.zoo/fashion_mlp has the properties {weights=ternary};"
                    + " there are fashion_mlp_binary 0.1.0 {dataset=fashion-mnist, weights=binary},"
                    + " fashion_mlp_float 0.1.0 {dataset=fashion-mnist, weights=float}.",
                miss(inZoo().optFilter("weights", "ternary").build()));
        assertThrows(
                ModelNotFoundException.class,
                () -> inZoo().optFilter("weights", "ternary").build().isDownloaded());
        assertThrows(
                ModelNotFoundException.class,
                () -> criteria().optModelUrls(URL).optFilter("layers", "9").build().loadModel());
    }

    @Test
    void missedNameIsNamed() {
        String message = miss(inZoo().optModelName("resnet").build());
        assertTrue(message.startsWith("No model of org.binaryops.zoo/fashion_mlp with the name "));
        assertTrue(message.contains("name resnet exists; there are fashion_mlp_binary 0.1.0"));
    }

    @Test
    void unsupportedTypesAreNamed() {
        String message =
                miss(
                        Criteria.builder()
                                .setTypes(Image.class, DetectedObjects.class)
                                .optGroupId(BinaryOpsModelZoo.GROUP_ID)
                                .build());
        assertTrue(
                message.startsWith(
                        "fashion_mlp_binary does not translate ai.djl.modality.cv.Image to"
                                + " ai.djl.modality.cv.output.DetectedObjects; it translates "),
                message);
        assertTrue(message.contains("float[] to ai.djl.modality.Classifications"), message);
    }

    @Test
    void missingFactoryIsNamed() {
        IllegalArgumentException e =
                assertThrows(
                        IllegalArgumentException.class,
                        () ->
                                inZoo().optArgument("blockFactory", "java.lang.String")
                                        .build()
                                        .loadModel());
        assertEquals(
                "Expected the class name of a BlockFactory with a public constructor without"
                        + " parameters, got java.lang.String.",
                e.getMessage());
        assertThrows(
                IllegalArgumentException.class,
                () -> inZoo().optArgument("translatorFactory", "no.Such").build().loadModel());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "binaryops://org.binaryops.zoo/resnet | No artifact resnet for the URL"
                        + " binaryops://org.binaryops.zoo/resnet; there are fashion_mlp.",
                "binaryops://com.acme/fashion_mlp | No group com.acme for the URL"
                        + " binaryops://com.acme/fashion_mlp; expected org.binaryops.zoo.",
                "binaryops://org.binaryops.zoo | Expected a URL"
                        + " binaryops://GROUP/ARTIFACT[/VERSION[/NAME]], got"
                        + " binaryops://org.binaryops.zoo.",
                "binaryops:fashion_mlp | Expected a URL"
                    + " binaryops://GROUP/ARTIFACT[/VERSION[/NAME]], got binaryops:fashion_mlp.",
                "binaryops://org.binaryops.zoo/fashion_mlp/9.9 | No model of"
                        + " org.binaryops.zoo/fashion_mlp of version 9.9 exists; there are"
                        + " fashion_mlp_binary 0.1.0 {dataset=fashion-mnist, weights=binary},"
                        + " fashion_mlp_float 0.1.0 {dataset=fashion-mnist, weights=float}.",
                "binaryops://org.binaryops.zoo/fashion_mlp/0.1.0/x | No model of"
                    + " org.binaryops.zoo/fashion_mlp of version 0.1.0 with the name x exists;"
                    + " there are fashion_mlp_binary 0.1.0 {dataset=fashion-mnist, weights=binary},"
                    + " fashion_mlp_float 0.1.0 {dataset=fashion-mnist, weights=float}."
            })
    void badUrlIsExplained(String url, String message) {
        IllegalArgumentException e =
                assertThrows(
                        IllegalArgumentException.class, () -> criteria().optModelUrls(url).build());
        assertEquals(message, e.getMessage());
    }

    @Test
    void factoryKnowsItsScheme() {
        BinaryOpsRepositoryFactory factory = new BinaryOpsRepositoryFactory();
        assertEquals(Set.of("binaryops"), factory.getSupportedScheme());
        Repository repository = factory.newInstance("name", URI.create(URL));
        assertEquals("name", repository.getName());
        assertEquals(1, repository.getResources().size());
    }
}
