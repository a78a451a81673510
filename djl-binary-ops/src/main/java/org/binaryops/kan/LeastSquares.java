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

import java.util.Arrays;

/**
 * Least squares for small dense systems, in double precision.
 *
 * <p>Fits of splines are often rank-deficient: fewer samples than functions, or functions without a
 * sample in their support. The answer here is always finite: of all minimizers of ‖AX − B‖ it is
 * the one with the smallest norm, as from a pseudo-inverse, where singular values below a small
 * fraction of the greatest count as 0.
 *
 * <p>Method: a Householder reduction to a triangle when there are more rows than columns, then the
 * singular value decomposition by one-sided Jacobi rotations (Hestenes 1958), which finds small
 * singular values accurately and needs nothing but rotations of columns.
 */
final class LeastSquares {

    /**
     * Singular values below this fraction of the greatest are taken for 0. Samples come from
     * float32 as a rule, and what they say about directions weaker than this is rounding noise.
     */
    static final double CUTOFF = 1e-8;

    private static final int MAX_SWEEPS = 60;

    private LeastSquares() {}

    /**
     * Solves min ‖AX − B‖ for the X of the smallest norm.
     *
     * @param a A, m rows of n
     * @param b B, m rows of r
     * @return X, n rows of r
     * @throws IllegalArgumentException if the sizes disagree or an entry is not finite
     */
    static double[][] solve(double[][] a, double[][] b) {
        check(a, b);
        double[][] columns = transpose(a);
        double[][] rights = transpose(b);
        double unit = scaleToOne(columns);
        if (a.length > columns.length) {
            triangularize(columns, rights);
        }
        double[][] v = rotateUntilOrthogonal(columns);
        double greatest = 0;
        for (double[] column : columns) {
            greatest = Math.max(greatest, norm(column));
        }
        double[][] x = new double[columns.length][rights.length];
        for (int j = 0; j < columns.length; ++j) {
            double sigma = norm(columns[j]);
            if (sigma == 0 || sigma <= CUTOFF * greatest) {
                continue;
            }
            for (int r = 0; r < rights.length; ++r) {
                double weight = dot(columns[j], rights[r]) / sigma / sigma / unit;
                for (int i = 0; i < x.length; ++i) {
                    x[i][r] += v[j][i] * weight;
                }
            }
        }
        return x;
    }

    private static void check(double[][] a, double[][] b) {
        if (a.length == 0 || a.length != b.length) {
            throw new IllegalArgumentException(
                    String.format(
                            "A and B must have the same positive number of rows, but had %d and"
                                    + " %d.",
                            a.length, b.length));
        }
        for (double[][] matrix : new double[][][] {a, b}) {
            for (double[] row : matrix) {
                for (double value : row) {
                    if (!Double.isFinite(value)) {
                        throw new IllegalArgumentException(
                                "Least squares takes finite numbers, but got " + value + ".");
                    }
                }
            }
        }
    }

    private static double[][] transpose(double[][] rows) {
        double[][] columns = new double[rows[0].length][rows.length];
        for (int i = 0; i < rows.length; ++i) {
            for (int j = 0; j < columns.length; ++j) {
                columns[j][i] = rows[i][j];
            }
        }
        return columns;
    }

    /** Divides by the greatest magnitude, so that squares neither overflow nor vanish. */
    private static double scaleToOne(double[][] columns) {
        double unit = 0;
        for (double[] column : columns) {
            for (double value : column) {
                unit = Math.max(unit, Math.abs(value));
            }
        }
        for (double[] column : columns) {
            for (int i = 0; unit > 0 && i < column.length; ++i) {
                column[i] /= unit;
            }
        }
        return unit;
    }

    /** Reduces A to R and B to the first n rows of QᵀB, where A = QR; all are held by columns. */
    private static void triangularize(double[][] columns, double[][] rights) {
        int n = columns.length;
        for (int j = 0; j < n; ++j) {
            double[] mirror = columns[j].clone();
            Arrays.fill(mirror, 0, j, 0);
            double length = norm(mirror);
            if (length == 0) {
                continue;
            }
            // The sign that adds, so that nothing cancels.
            mirror[j] += Math.copySign(length, mirror[j]);
            double scale = norm(mirror);
            for (int i = j; i < mirror.length; ++i) {
                mirror[i] /= scale;
            }
            for (int c = j; c < n; ++c) {
                reflect(columns[c], mirror, j);
            }
            for (double[] right : rights) {
                reflect(right, mirror, j);
            }
        }
        for (int j = 0; j < n; ++j) {
            columns[j] = Arrays.copyOf(columns[j], n);
            Arrays.fill(columns[j], j + 1, n, 0);
        }
        for (int r = 0; r < rights.length; ++r) {
            rights[r] = Arrays.copyOf(rights[r], n);
        }
    }

    private static void reflect(double[] vector, double[] mirror, int from) {
        double twice = 0;
        for (int i = from; i < mirror.length; ++i) {
            twice += 2 * mirror[i] * vector[i];
        }
        for (int i = from; i < mirror.length; ++i) {
            vector[i] -= twice * mirror[i];
        }
    }

    /** Turns A into AV = UΣ in place and returns V, by columns. */
    private static double[][] rotateUntilOrthogonal(double[][] columns) {
        int n = columns.length;
        double[][] v = new double[n][n];
        for (int i = 0; i < n; ++i) {
            v[i][i] = 1;
        }
        boolean rotated = true;
        for (int sweep = 0; rotated && sweep < MAX_SWEEPS; ++sweep) {
            rotated = false;
            for (int p = 0; p < n - 1; ++p) {
                for (int q = p + 1; q < n; ++q) {
                    rotated |= rotate(columns, v, p, q);
                }
            }
        }
        return v;
    }

    private static boolean rotate(double[][] columns, double[][] v, int p, int q) {
        double product = dot(columns[p], columns[q]);
        double first = dot(columns[p], columns[p]);
        double second = dot(columns[q], columns[q]);
        if (Math.abs(product) <= Math.ulp(1.0) * Math.sqrt(first) * Math.sqrt(second)) {
            return false;
        }
        double zeta = (second - first) / (2 * product);
        double tangent = Math.copySign(1, zeta) / (Math.abs(zeta) + Math.hypot(1, zeta));
        double cosine = 1 / Math.hypot(1, tangent);
        double sine = cosine * tangent;
        turn(columns[p], columns[q], cosine, sine);
        turn(v[p], v[q], cosine, sine);
        return true;
    }

    private static void turn(double[] p, double[] q, double cosine, double sine) {
        for (int i = 0; i < p.length; ++i) {
            double old = p[i];
            p[i] = cosine * old - sine * q[i];
            q[i] = sine * old + cosine * q[i];
        }
    }

    private static double dot(double[] p, double[] q) {
        double sum = 0;
        for (int i = 0; i < p.length; ++i) {
            sum += p[i] * q[i];
        }
        return sum;
    }

    private static double norm(double[] p) {
        return Math.sqrt(dot(p, p));
    }
}
