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
package org.binaryops.packed.djl;

import ai.djl.modality.cv.Image;
import java.util.function.DoubleUnaryOperator;

/**
 * Resizes images along one axis at a time: each new pixel is a weighted mean of old ones.
 *
 * <p>As in DJL's PyTorch engine: bilinear and bicubic interpolation look at the whole pixels that a
 * new one covers when an image shrinks (antialiasing), area takes their plain mean.
 */
final class Resampling {

    private Resampling() {}

    /** The old pixels from the first on, and their weights. */
    private record Mean(int first, double[] weights) {}

    static Cells resample(
            Cells cells, int[] dims, int axis, int length, Image.Interpolation interpolation) {
        if (length < 1) {
            throw new IllegalArgumentException(
                    "Expected a size of at least 1 pixel to resize to, got " + length + '.');
        }
        Mean[] means = new Mean[length];
        for (int i = 0; i < length; ++i) {
            means[i] = mean(i, dims[axis], length, interpolation);
        }
        return Lanes.map(
                cells,
                dims,
                axis,
                length,
                cells.type(),
                lane -> {
                    double[] result = new double[length];
                    for (int i = 0; i < length; ++i) {
                        Mean mean = means[i];
                        double sum = 0;
                        for (int k = 0; k < mean.weights.length; ++k) {
                            sum += mean.weights[k] * lane[mean.first + k];
                        }
                        result[i] = sum;
                    }
                    return result;
                });
    }

    private static Mean mean(int i, int from, int to, Image.Interpolation interpolation) {
        double scale = (double) from / to;
        return switch (interpolation) {
            case NEAREST ->
                    new Mean((int) Math.min(from - 1, Math.floor(i * scale)), new double[] {1});
            case AREA -> {
                int first = (int) ((long) i * from / to);
                int end = (int) (((long) (i + 1) * from + to - 1) / to);
                yield normalized(first, end, x -> 1);
            }
            case BILINEAR -> filtered(i, from, scale, 1, x -> Math.max(0, 1 - Math.abs(x)));
            case BICUBIC -> filtered(i, from, scale, 2, Resampling::cubic);
        };
    }

    private static Mean filtered(
            int i, int from, double scale, double radius, DoubleUnaryOperator filter) {
        double stretch = Math.max(1, scale);
        double centre = (i + 0.5) * scale;
        int first = Math.max(0, (int) (centre - radius * stretch + 0.5));
        int end = Math.min(from, (int) (centre + radius * stretch + 0.5));
        return normalized(first, end, k -> filter.applyAsDouble((k - centre + 0.5) / stretch));
    }

    private static Mean normalized(int first, int end, DoubleUnaryOperator weight) {
        double[] weights = new double[end - first];
        double sum = 0;
        for (int k = 0; k < weights.length; ++k) {
            weights[k] = weight.applyAsDouble(first + k);
            sum += weights[k];
        }
        for (int k = 0; k < weights.length; ++k) {
            weights[k] /= sum;
        }
        return new Mean(first, weights);
    }

    /** Keys' cubic convolution with a = -1/2. */
    private static double cubic(double x) {
        double a = -0.5;
        double d = Math.abs(x);
        if (d < 1) {
            return ((a + 2) * d - (a + 3)) * d * d + 1;
        }
        return d < 2 ? ((d - 5) * d + 8) * d * a - 4 * a : 0;
    }
}
