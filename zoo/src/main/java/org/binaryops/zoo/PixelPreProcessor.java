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

import ai.djl.ndarray.NDList;
import ai.djl.translate.PreProcessor;
import ai.djl.translate.TranslatorContext;

/** Turns the intensities of a grayscale image, row by row, into an array (height · width). */
final class PixelPreProcessor implements PreProcessor<float[]> {

    private final int width;
    private final int height;

    PixelPreProcessor(int width, int height) {
        this.width = width;
        this.height = height;
    }

    /** {@inheritDoc} */
    @Override
    public NDList processInput(TranslatorContext ctx, float[] pixels) {
        if (pixels.length != width * height) {
            throw new IllegalArgumentException(
                    "Expected "
                            + width * height
                            + " pixels ("
                            + height
                            + " rows of "
                            + width
                            + "), got "
                            + pixels.length
                            + '.');
        }
        for (int i = 0; i < pixels.length; ++i) {
            // Written so that NaN is refused too.
            if (!(pixels[i] >= 0f && pixels[i] <= 1f)) {
                throw new IllegalArgumentException(
                        "Expected pixel intensities in [0, 1] (bytes divided by 255), got "
                                + pixels[i]
                                + " at index "
                                + i
                                + '.');
            }
        }
        return new NDList(ctx.getNDManager().create(pixels));
    }
}
