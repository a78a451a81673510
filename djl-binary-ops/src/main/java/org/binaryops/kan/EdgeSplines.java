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
package org.binaryops.kan;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.training.ParameterStore;
import java.util.Arrays;
import org.binaryops.gradient.Temporaries;

/** The curves on the single edges of a layer: reading them, and fitting them to samples. */
final class EdgeSplines {

    private EdgeSplines() {}

    /** The curves [samples, units, features] of coefficients [units, features, n]. */
    static NDArray evaluate(Basis basis, NDArray coefficients, NDArray x) {
        return Temporaries.freed(
                x.getManager(),
                () -> {
                    // A product for each feature: [samples, n] by [n, units].
                    NDArray values = values(basis, x).transpose(1, 0, 2);
                    NDArray c = coefficients.stopGradient().transpose(1, 2, 0);
                    return values.matMul(c).transpose(1, 2, 0);
                });
    }

    /** Overwrites coefficients with those whose curves fit y, [samples, units, features], best. */
    static void fit(Basis basis, NDArray coefficients, NDArray x, NDArray y) {
        int units = (int) coefficients.getShape().get(0);
        int features = (int) coefficients.getShape().get(1);
        try (NDManager scratch = x.getManager().newSubManager()) {
            NDArray values = values(basis, x);
            values.attach(scratch);
            double[] fitted = solve(doubles(values), doubles(y), units, features, basis.size());
            // Writes into the array that trainers hold; the detached handle keeps autograd out.
            NDArray live = coefficients.stopGradient();
            live.attach(scratch);
            NDArray exact = scratch.create(fitted, live.getShape());
            live.set(new NDIndex("..."), exact.toType(live.getDataType(), false));
        }
    }

    /**
     * Fits the function of each edge of a layer.
     *
     * @param values the basis at the samples, [samples, features, n]
     * @param wanted the values wanted, [samples, units, features]
     * @return the coefficients, [units, features, n]
     */
    private static double[] solve(
            double[] values, double[] wanted, int units, int features, int n) {
        int samples = values.length / (features * n);
        double[] fitted = new double[units * features * n];
        // One system for each feature; its units share the matrix.
        for (int i = 0; i < features; ++i) {
            double[][] a = new double[samples][];
            double[][] b = new double[samples][units];
            for (int s = 0; s < samples; ++s) {
                int from = (s * features + i) * n;
                a[s] = Arrays.copyOfRange(values, from, from + n);
                for (int j = 0; j < units; ++j) {
                    b[s][j] = wanted[(s * units + j) * features + i];
                }
            }
            double[][] c = LeastSquares.solve(a, b);
            for (int j = 0; j < units; ++j) {
                for (int m = 0; m < n; ++m) {
                    fitted[(j * features + i) * n + m] = c[m][j];
                }
            }
        }
        return fitted;
    }

    private static double[] doubles(NDArray array) {
        try (NDArray copy = array.toType(DataType.FLOAT64, true)) {
            return copy.toDoubleArray();
        }
    }

    /** The basis without gradients. */
    private static NDArray values(Basis basis, NDArray x) {
        return Temporaries.freed(
                x.getManager(),
                () -> {
                    ParameterStore store = new ParameterStore(x.getManager(), false);
                    return basis.evaluate(store, x.stopGradient(), false).stopGradient();
                });
    }
}
