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

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Model;
import ai.djl.inference.Predictor;
import ai.djl.modality.Classifications;
import ai.djl.modality.cv.Image;
import ai.djl.modality.cv.ImageFactory;
import ai.djl.ndarray.NDList;
import ai.djl.nn.LambdaBlock;
import ai.djl.translate.TranslateException;
import ai.djl.translate.Translator;
import java.awt.image.BufferedImage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The translator on a model that returns its input, so that the test sees what a network sees. */
class GrayImageTranslatorTest {

    private static final Map<String, Object> ARGUMENTS =
            Map.of(
                    "width", 3.0,
                    "height", 2.0,
                    "flag", "GRAYSCALE",
                    "resize", "true",
                    "synset", "a,b,c,d,e,f");

    private static final int[] GREY = {0, 51, 102, 153, 204, 255};
    private static final float[] PIXELS = {0, 0.2f, 0.4f, 0.6f, 0.8f, 1};

    private static <I> Classifications predict(Class<I> type, I input) throws TranslateException {
        try (Model model = Model.newInstance("identity")) {
            model.setBlock(new LambdaBlock(NDList::new));
            Translator<I, Classifications> translator =
                    new GrayImageTranslatorFactory()
                            .newInstance(type, Classifications.class, model, ARGUMENTS);
            try (Predictor<I, Classifications> predictor = model.newPredictor(translator)) {
                return predictor.predict(input);
            }
        }
    }

    private static double[] seen(Classifications result) {
        return result.getProbabilities().stream().mapToDouble(p -> p).toArray();
    }

    private static BufferedImage image(int type, int scale) {
        BufferedImage image = new BufferedImage(3 * scale, 2 * scale, type);
        for (int y = 0; y < 2 * scale; ++y) {
            for (int x = 0; x < 3 * scale; ++x) {
                int grey = GREY[y / scale * 3 + x / scale];
                if (type == BufferedImage.TYPE_BYTE_GRAY) {
                    image.getRaster().setSample(x, y, 0, grey);
                } else {
                    image.setRGB(x, y, grey << 16 | grey << 8 | grey);
                }
            }
        }
        return image;
    }

    private static double[] expected() {
        double[] expected = new double[GREY.length];
        for (int i = 0; i < expected.length; ++i) {
            expected[i] = GREY[i] / 255f;
        }
        return expected;
    }

    @Test
    void pixelsArriveRowByRow() throws Exception {
        Classifications result = predict(float[].class, PIXELS);
        assertArrayEquals(expected(), seen(result), 1e-7);
        assertEquals(List.of("a", "b", "c", "d", "e", "f"), result.getClassNames());
        assertEquals("f", result.best().getClassName());
    }

    @Test
    void greyImageArrivesAsItsPixels() throws Exception {
        Image image = ImageFactory.getInstance().fromImage(image(BufferedImage.TYPE_BYTE_GRAY, 1));
        assertArrayEquals(expected(), seen(predict(Image.class, image)));
    }

    @Test
    void colourBecomesLuminance() throws Exception {
        BufferedImage colour = new BufferedImage(3, 2, BufferedImage.TYPE_INT_RGB);
        int[] rgb = {0xff0000, 0x00ff00, 0x0000ff, 0xffffff, 0x808080, 0x102030};
        double[] expected = new double[6];
        for (int i = 0; i < 6; ++i) {
            colour.setRGB(i % 3, i / 3, rgb[i]);
            double grey =
                    0.299 * (rgb[i] >> 16) + 0.587 * (rgb[i] >> 8 & 255) + 0.114 * (rgb[i] & 255);
            expected[i] = Math.round(grey) / 255.0;
        }
        Image image = ImageFactory.getInstance().fromImage(colour);
        assertArrayEquals(expected, seen(predict(Image.class, image)), 1e-7);
    }

    /** The share of each source pixel in a target pixel: a triangle over two target pixels. */
    private static double[] triangle(int target, int targets, int sources) {
        double scale = (double) sources / targets;
        double[] weights = new double[sources];
        double sum = 0;
        for (int i = 0; i < sources; ++i) {
            double distance = Math.abs(i + 0.5 - (target + 0.5) * scale) / scale;
            weights[i] = Math.max(0, 1 - distance);
            sum += weights[i];
        }
        for (int i = 0; i < sources; ++i) {
            weights[i] /= sum;
        }
        return weights;
    }

    @Test
    void largerImageIsResized() throws Exception {
        BufferedImage large = image(BufferedImage.TYPE_BYTE_GRAY, 5);
        double[] expected = new double[6];
        for (int i = 0; i < 6; ++i) {
            double[] rows = triangle(i / 3, 2, 10);
            double[] columns = triangle(i % 3, 3, 15);
            double grey = 0;
            for (int y = 0; y < 10; ++y) {
                for (int x = 0; x < 15; ++x) {
                    grey += rows[y] * columns[x] * large.getRaster().getSample(x, y, 0);
                }
            }
            // DJL brings the result back to bytes and cuts fractions off.
            expected[i] = Math.floor(grey + 1e-3) / 255;
        }
        Image image = ImageFactory.getInstance().fromImage(large);
        assertArrayEquals(expected, seen(predict(Image.class, image)), 1e-7);
    }

    @Test
    void filesAreRead(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("image.png");
        try (var out = Files.newOutputStream(file)) {
            javax.imageio.ImageIO.write(image(BufferedImage.TYPE_BYTE_GRAY, 1), "png", out);
        }
        assertArrayEquals(expected(), seen(predict(Path.class, file)), 1e-7);
    }

    @Test
    void expansionsOfTheTranslatorKnowPixels() throws Exception {
        try (Model model = Model.newInstance("identity")) {
            Translator<Image, Classifications> translator =
                    new GrayImageTranslatorFactory()
                            .newInstance(Image.class, Classifications.class, model, ARGUMENTS);
            assertTrue(
                    translator.getExpansions().isSupported(float[].class, Classifications.class));
        }
    }

    private static String refusal(float... pixels) {
        TranslateException e =
                assertThrows(TranslateException.class, () -> predict(float[].class, pixels));
        return assertInstanceOf(IllegalArgumentException.class, e.getCause()).getMessage();
    }

    @Test
    void wrongPixelsAreRefused() {
        assertEquals("Expected 6 pixels (2 rows of 3), got 4.", refusal(0, 0, 0, 0));
        assertEquals("Expected 6 pixels (2 rows of 3), got 0.", refusal());
        String range = "Expected pixel intensities in [0, 1] (bytes divided by 255), got ";
        assertEquals(range + "255.0 at index 1.", refusal(0, 255, 0, 0, 0, 0));
        assertEquals(range + "-0.1 at index 5.", refusal(0, 0, 0, 0, 0, -0.1f));
        assertEquals(range + "NaN at index 0.", refusal(Float.NaN, 0, 0, 0, 0, 0));
    }
}
