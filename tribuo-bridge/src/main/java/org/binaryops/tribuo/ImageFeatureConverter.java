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

import com.oracle.labs.mlrg.olcut.config.Config;
import org.tribuo.Example;
import org.tribuo.ImmutableFeatureMap;

/**
 * Images of one channel and fixed size whose features are named by the number of their pixel, as
 * Tribuo's {@code IDXDataSource} names them: column i of the network's input is pixel i.
 *
 * <p>{@code IDXDataSource} leaves zero pixels out, so a pixel that is 0 in all images has no
 * feature id, and ids are not positions; this converter goes by the names ("7", "007"), and an
 * absent pixel is 0. A network trained so sees the same numbers as one that is fed the raw image
 * divided by {@code maxValue}, and can leave Tribuo for a packed file.
 */
public final class ImageFeatureConverter implements FeatureConverter {

    @Config(mandatory = true, description = "The width of the images in pixels.")
    private int width;

    @Config(mandatory = true, description = "The height of the images in pixels.")
    private int height;

    @Config(description = "The pixel value that becomes 1.")
    private double maxValue = 255;

    /** For OLCUT. */
    private ImageFeatureConverter() {}

    /**
     * Creates a converter for pixels in [0, 255].
     *
     * @param width the width of the images in pixels
     * @param height the height of the images in pixels
     * @throws IllegalArgumentException if a number is not positive, or there are more pixels than
     *     an array can hold
     */
    public ImageFeatureConverter(int width, int height) {
        this(width, height, 255);
    }

    /**
     * Creates a converter.
     *
     * @param width the width of the images in pixels
     * @param height the height of the images in pixels
     * @param maxValue the pixel value that becomes 1; pixels are divided by it
     * @throws IllegalArgumentException if a number is not positive, or there are more pixels than
     *     an array can hold
     */
    public ImageFeatureConverter(int width, int height, double maxValue) {
        this.width = width;
        this.height = height;
        this.maxValue = maxValue;
        check();
    }

    /** Used by the OLCUT configuration system, and should not be called by external code. */
    @Override
    public void postConfig() {
        Setting.configured(this::check);
    }

    private void check() {
        Setting.require(width > 0, "width", "positive", width);
        Setting.require(height > 0, "height", "positive", height);
        Setting.require(
                (long) width * height < Integer.MAX_VALUE,
                "height",
                "such that there are fewer than 2^31 pixels",
                width + " x " + height);
        Setting.require(
                maxValue > 0 && Double.isFinite(maxValue), "maxValue", "positive", maxValue);
    }

    /** {@inheritDoc} */
    @Override
    public FeatureEncoder fit(
            Iterable<? extends Example<?>> training, ImmutableFeatureMap features) {
        int pixels = width * height;
        for (int id = 0; id < features.size(); ++id) {
            String name = features.get(id).getName();
            if (FeatureEncoder.number(name, pixels) < 0) {
                throw new IllegalArgumentException(
                        "The features must be named by pixel numbers from 0 to "
                                + (pixels - 1)
                                + " for images of "
                                + width
                                + " x "
                                + height
                                + ", but one is named '"
                                + name
                                + "'.");
            }
        }
        return FeatureEncoder.byNumber(features, pixels, new double[] {0}, new double[] {maxValue});
    }

    /** {@inheritDoc} */
    @Override
    public String toString() {
        return "ImageFeatureConverter(width="
                + width
                + ",height="
                + height
                + ",maxValue="
                + maxValue
                + ")";
    }
}
