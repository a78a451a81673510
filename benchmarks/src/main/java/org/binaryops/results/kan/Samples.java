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
package org.binaryops.results.kan;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.Random;
import java.util.function.ToDoubleFunction;

/**
 * Samples of a function at uniform random points.
 *
 * @param x the points, [samples, features]
 * @param y the values, [samples, 1]
 */
record Samples(NDArray x, NDArray y) {

    static Samples of(
            NDManager manager,
            ToDoubleFunction<double[]> f,
            int features,
            int count,
            double low,
            long seed) {
        Random random = new Random(seed);
        double[] x = new double[count * features];
        double[] y = new double[count];
        for (int s = 0; s < count; ++s) {
            double[] point = new double[features];
            for (int i = 0; i < features; ++i) {
                point[i] = low + (1 - low) * random.nextDouble();
                x[s * features + i] = point[i];
            }
            y[s] = f.applyAsDouble(point);
        }
        return new Samples(
                manager.create(x, new Shape(count, features)),
                manager.create(y, new Shape(count, 1)));
    }

    /** exp(sin(πx₁) + x₂²), the function of pykan's first examples. */
    static double hello(double[] x) {
        return Math.exp(Math.sin(Math.PI * x[0]) + x[1] * x[1]);
    }
}
