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
