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

import ai.djl.inference.Predictor;
import ai.djl.modality.Classifications;
import ai.djl.modality.cv.Image;
import ai.djl.modality.cv.ImageFactory;
import ai.djl.repository.zoo.Criteria;
import ai.djl.repository.zoo.ZooModel;
import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.binaryops.packed.AffineOutput;
import org.binaryops.packed.BinaryLinear;
import org.binaryops.packed.InputThresholds;
import org.binaryops.packed.PackedModel;
import org.binaryops.packed.ThresholdRule;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The translators of the zoo before a packed file, without the arrays of PyTorch. */
class PackedEngineTest {

    private static final List<String> CLASSES = List.of("left", "right", "both");

    @TempDir Path folder;

    /** Three filters over six pixels, each bright or not. */
    private static PackedModel model() {
        ThresholdRule[] rules = new ThresholdRule[6];
        Arrays.fill(rules, ThresholdRule.AT_LEAST);
        float[] thresholds = {0.5f, 0.5f, 0.5f, 0.5f, 0.5f, 0.5f};
        return PackedModel.of(
                List.of(
                        new InputThresholds(6, 1, rules, thresholds),
                        new BinaryLinear(3, 6, new long[] {0b001001, 0b100100, 0b101101}),
                        AffineOutput.of(new float[] {1, 1, 1}, new float[] {0, 0, 0}, false)));
    }

    private <I> Classifications predict(Class<I> type, I input) throws Exception {
        Path file = folder.resolve("pixels.bops");
        model().save(file);
        Criteria<I, Classifications> criteria =
                Criteria.builder()
                        .setTypes(type, Classifications.class)
                        .optEngine("BinaryOps")
                        .optModelPath(file)
                        .optTranslatorFactory(new GrayImageTranslatorFactory())
                        .optArgument("width", 3)
                        .optArgument("height", 2)
                        .optArgument("flag", "GRAYSCALE")
                        .optArgument("resize", "true")
                        .optArgument("synset", String.join(",", CLASSES))
                        .optArgument("applySoftmax", "true")
                        .build();
        try (ZooModel<I, Classifications> model = criteria.loadModel();
                Predictor<I, Classifications> predictor = model.newPredictor()) {
            return predictor.predict(input);
        }
    }

    private static Image image(int scale, int... bright) {
        BufferedImage image = new BufferedImage(3 * scale, 2 * scale, BufferedImage.TYPE_BYTE_GRAY);
        for (int pixel : bright) {
            for (int i = 0; i < scale * scale; ++i) {
                int x = pixel % 3 * scale + i % scale;
                int y = pixel / 3 * scale + i / scale;
                image.getRaster().setSample(x, y, 0, 255);
            }
        }
        return ImageFactory.getInstance().fromImage(image);
    }

    @Test
    void imagesOfEverySizeAreClassified() throws Exception {
        for (int scale : new int[] {1, 4, 9}) {
            assertEquals("left", predict(Image.class, image(scale, 0, 3)).best().getClassName());
            assertEquals("right", predict(Image.class, image(scale, 2, 5)).best().getClassName());
            assertEquals(
                    "both", predict(Image.class, image(scale, 0, 2, 3, 5)).best().getClassName());
        }
    }

    @Test
    void pixelsAreClassified() throws Exception {
        float[] pixels = {0, 0, 1, 0, 0, 0.9f};
        Classifications classes = predict(float[].class, pixels);
        assertEquals("right", classes.best().getClassName());
        float[] logits = model().predict(pixels);
        double sum = 0;
        for (float logit : logits) {
            sum += Math.exp(logit);
        }
        for (int i = 0; i < 3; ++i) {
            assertEquals(
                    Math.exp(logits[i]) / sum, classes.get(CLASSES.get(i)).getProbability(), 1e-6);
        }
    }
}
