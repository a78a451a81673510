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
import ai.djl.ndarray.types.DataType;
import ai.djl.training.ParameterStore;
import java.util.Arrays;
import org.binaryops.gradient.Temporaries;

/** The curves on the single edges of a layer: reading them, and fitting them to samples. */
final class EdgeSplines {

    private EdgeSplines() {}

    /**
     * The curves of all edges.
     *
     * @param values the basis at the samples, [samples, features, n]
     * @param coefficients [units, features, n]
     * @return [samples, units, features]
     */
    static NDArray combine(NDArray values, NDArray coefficients) {
        // A product for each feature: [samples, n] by [n, units].
        NDArray c = coefficients.transpose(1, 2, 0);
        return values.transpose(1, 0, 2).matMul(c).transpose(1, 2, 0);
    }

    /**
     * Fits the function of each edge of a layer: c = p + the smallest d that minimizes ‖A (p + d) −
     * y‖.
     *
     * @param values A, the basis at the samples, [samples, features, n]
     * @param wanted y, the values wanted, [samples, units, features]
     * @param prior p, [units, features, n], where the samples leave coefficients open
     * @param units the number of units
     * @param features the number of features
     * @return the coefficients, [units, features, n]
     */
    static double[] fit(double[] values, double[] wanted, double[] prior, int units, int features) {
        int n = prior.length / (units * features);
        int samples = values.length / (features * n);
        double[] fitted = new double[prior.length];
        // One system for each feature; its units share the matrix.
        for (int i = 0; i < features; ++i) {
            double[][] a = new double[samples][];
            double[][] b = new double[samples][units];
            for (int s = 0; s < samples; ++s) {
                int from = (s * features + i) * n;
                a[s] = Arrays.copyOfRange(values, from, from + n);
                for (int j = 0; j < units; ++j) {
                    int edge = j * features + i;
                    b[s][j] = wanted[(s * units + j) * features + i] - dot(a[s], prior, edge * n);
                }
            }
            double[][] d = LeastSquares.solve(a, b);
            for (int j = 0; j < units; ++j) {
                for (int m = 0; m < n; ++m) {
                    int at = (j * features + i) * n + m;
                    fitted[at] = prior[at] + d[m][j];
                }
            }
        }
        return fitted;
    }

    private static double dot(double[] row, double[] other, int from) {
        double sum = 0;
        for (int m = 0; m < row.length; ++m) {
            sum += row[m] * other[from + m];
        }
        return sum;
    }

    /** The numbers of an array, in double precision. */
    static double[] doubles(NDArray array) {
        try (NDArray copy = array.toType(DataType.FLOAT64, true)) {
            return copy.toDoubleArray();
        }
    }

    /** The numbers of an array of two axes. */
    static double[][] rows(NDArray array) {
        double[] flat = doubles(array);
        int length = (int) array.getShape().get(1);
        double[][] rows = new double[(int) array.getShape().get(0)][];
        for (int j = 0; j < rows.length; ++j) {
            rows[j] = Arrays.copyOfRange(flat, j * length, (j + 1) * length);
        }
        return rows;
    }

    /** The numbers of rows behind each other; says which argument is wrong. */
    static double[] flatten(String name, double[][] rows, long count, long length) {
        double[] flat = new double[Math.toIntExact(count * length)];
        for (int j = 0; j < rows.length; ++j) {
            if (rows.length != count || rows[j].length != length) {
                break;
            }
            System.arraycopy(rows[j], 0, flat, (int) (j * length), (int) length);
        }
        if (rows.length != count || Arrays.stream(rows).anyMatch(row -> row.length != length)) {
            throw new IllegalArgumentException(
                    String.format(
                            "%s must have %d rows of %d numbers, but has %d rows.",
                            name, count, length, rows.length));
        }
        for (double each : flat) {
            if (!Double.isFinite(each)) {
                throw new IllegalArgumentException(
                        name + " must have finite numbers, but got " + each + ".");
            }
        }
        return flat;
    }

    /** The basis without gradients. */
    static NDArray values(Basis basis, NDArray x) {
        return Temporaries.freed(
                x.getManager(),
                () -> {
                    ParameterStore store = new ParameterStore(x.getManager(), false);
                    return basis.evaluate(store, x.stopGradient(), false).stopGradient();
                });
    }
}
