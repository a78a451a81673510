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
package org.binaryops.zoo.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.inference.Predictor;
import ai.djl.modality.Classifications;
import ai.djl.modality.cv.Image;
import ai.djl.modality.cv.ImageFactory;
import ai.djl.repository.zoo.Criteria;
import ai.djl.repository.zoo.ZooModel;
import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.binaryops.zoo.BinaryOpsModelZoo;
import org.binaryops.zoo.EmptyCache;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The shipped weights on the bundled slice of the test set, the way a user runs them. */
class ShippedWeightsTest {

    private static final List<String> CLASSES =
            List.of(
                    "T-shirt/top",
                    "Trouser",
                    "Pullover",
                    "Dress",
                    "Coat",
                    "Sandal",
                    "Shirt",
                    "Sneaker",
                    "Bag",
                    "Ankle boot");

    private static IdxImages test;

    @BeforeAll
    static void read() throws Exception {
        test = IdxImages.readTest(Path.of(System.getProperty("data")));
    }

    private static <I> ZooModel<I, Classifications> load(
            Class<I> input, String weights, Path folder) throws Exception {
        Criteria<I, Classifications> criteria =
                Criteria.builder()
                        .setTypes(input, Classifications.class)
                        .optGroupId(BinaryOpsModelZoo.GROUP_ID)
                        .optArtifactId(BinaryOpsModelZoo.FASHION_MLP)
                        .optFilter("weights", weights)
                        .build();
        return EmptyCache.with(folder, criteria::loadModel);
    }

    /** The figures in the metadata, repeated here so that a retrained model is noticed. */
    @ParameterizedTest
    @CsvSource({"binary, 2618, 8690", "float, 2708, 9023"})
    void recordedAccuracyIsReached(
            String weights, int sliceCorrect, int testCorrect, @TempDir Path folder)
            throws Exception {
        try (ZooModel<float[], Classifications> model = load(float[].class, weights, folder);
                Predictor<float[], Classifications> predictor = model.newPredictor()) {
            int slice = Integer.parseInt(model.getProperty("sliceImages"));
            assertEquals(3_000, slice);
            assertTrue(test.size() >= slice, "the bundled test set");
            List<float[]> images = new ArrayList<>();
            for (int i = 0; i < slice; ++i) {
                images.add(test.pixels(i));
            }
            int correct = 0;
            List<Classifications> results = new ArrayList<>();
            for (int start = 0; start < slice; start += 500) {
                results.addAll(predictor.batchPredict(images.subList(start, start + 500)));
            }
            for (int i = 0; i < slice; ++i) {
                assertEquals(CLASSES, results.get(i).getClassNames());
                String best = results.get(i).best().getClassName();
                correct += best.equals(CLASSES.get(test.label(i))) ? 1 : 0;
            }
            assertEquals(sliceCorrect, correct);
            assertEquals(String.valueOf(sliceCorrect), model.getProperty("sliceCorrect"));
            assertEquals(String.valueOf(testCorrect), model.getProperty("testCorrect"));
            assertEquals("10000", model.getProperty("testImages"));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"binary", "float"})
    void imagesAndPixelsAgree(String weights, @TempDir Path folder) throws Exception {
        try (ZooModel<float[], Classifications> pixels = load(float[].class, weights, folder);
                ZooModel<Image, Classifications> images = load(Image.class, weights, folder);
                Predictor<float[], Classifications> byPixels = pixels.newPredictor();
                Predictor<Image, Classifications> byImage = images.newPredictor()) {
            for (int i = 0; i < 20; ++i) {
                BufferedImage image = new BufferedImage(28, 28, BufferedImage.TYPE_BYTE_GRAY);
                image.getRaster().setDataElements(0, 0, 28, 28, test.greyLevels(i));
                assertEquals(
                        byPixels.predict(test.pixels(i)).getProbabilities(),
                        byImage.predict(ImageFactory.getInstance().fromImage(image))
                                .getProbabilities());
            }
        }
    }

    @Test
    void predictionLeavesNothingBehind(@TempDir Path folder) throws Exception {
        try (ZooModel<float[], Classifications> model = load(float[].class, "binary", folder);
                Predictor<float[], Classifications> predictor = model.newPredictor()) {
            predictor.predict(test.pixels(0));
            int before = model.getNDManager().getManagedArrays().size();
            for (int i = 0; i < 50; ++i) {
                predictor.predict(test.pixels(i));
            }
            assertEquals(before, model.getNDManager().getManagedArrays().size());
        }
    }
}
