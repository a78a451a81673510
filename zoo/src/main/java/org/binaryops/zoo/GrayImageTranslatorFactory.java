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

import ai.djl.Model;
import ai.djl.modality.Classifications;
import ai.djl.modality.cv.Image;
import ai.djl.modality.cv.translator.ImageClassificationTranslatorFactory;
import ai.djl.translate.PreProcessor;
import ai.djl.translate.Translator;
import java.lang.reflect.Type;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

/**
 * Makes translators from images to {@link Classifications}, for networks that take small grayscale
 * images.
 *
 * <p>Beside the input types of DJL's {@link ImageClassificationTranslatorFactory} ({@link Image},
 * path, URL, Base64 or URL string, stream, and {@code Input} to {@code Output} for serving) it
 * accepts {@code float[]}: width × height intensities in [0, 1], row by row from the top left, 0
 * black. A wrong length or an intensity outside [0, 1] is an {@link IllegalArgumentException} (as
 * the cause of the predictor's {@code TranslateException}).
 *
 * <p>It takes the arguments of DJL's factory: {@code width}, {@code height}, {@code
 * flag=GRAYSCALE}, {@code resize}, {@code synset} (class names separated by commas), {@code
 * applySoftmax}, {@code topK}. An image of another size is resized bilinearly (with antialiasing),
 * a colour image is turned into its luminance.
 */
public final class GrayImageTranslatorFactory extends ImageClassificationTranslatorFactory {

    private static final long serialVersionUID = 1L;

    /** Creates a factory. */
    public GrayImageTranslatorFactory() {}

    /** {@inheritDoc} */
    @Override
    protected Translator<Image, Classifications> buildBaseTranslator(
            Model model, Map<String, ?> arguments) {
        return new GrayImageTranslator(arguments);
    }

    /** {@inheritDoc} */
    @Override
    protected Map<Type, Function<PreProcessor<Image>, PreProcessor<?>>>
            getPreprocessorExpansions() {
        Map<Type, Function<PreProcessor<Image>, PreProcessor<?>>> expansions =
                new ConcurrentHashMap<>(super.getPreprocessorExpansions());
        expansions.put(float[].class, p -> ((GrayImageTranslator) p).pixelPreProcessor());
        return expansions;
    }
}
