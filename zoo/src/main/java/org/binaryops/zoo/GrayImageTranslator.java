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

import ai.djl.modality.cv.Image;
import ai.djl.modality.cv.translator.ImageClassificationTranslator;
import ai.djl.ndarray.NDList;
import ai.djl.translate.PreProcessor;
import ai.djl.translate.TranslatorContext;
import ai.djl.translate.TranslatorOptions;
import java.util.Map;

/**
 * DJL's image classification translator for networks that take the pixels of an image in one row.
 *
 * <p>The flattening is here and not a layer of the network, so that the network consists of layers
 * with a meaning only (and can be packed whole).
 */
final class GrayImageTranslator extends ImageClassificationTranslator {

    GrayImageTranslator(Map<String, ?> arguments) {
        super(ImageClassificationTranslator.builder(arguments));
    }

    /** {@inheritDoc} */
    @Override
    public NDList processInput(TranslatorContext ctx, Image input) {
        return new NDList(super.processInput(ctx, input).singletonOrThrow().flatten());
    }

    /** A pre-processor that takes the pixels of an image of the size this translator resizes to. */
    PreProcessor<float[]> pixelPreProcessor() {
        return new PixelPreProcessor(width, height);
    }

    /** {@inheritDoc} */
    @Override
    public TranslatorOptions getExpansions() {
        return new GrayImageTranslatorFactory().withTranslator(this);
    }
}
