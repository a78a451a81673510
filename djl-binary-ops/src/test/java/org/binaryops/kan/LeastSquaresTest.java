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

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class LeastSquaresTest {

    private static double[][] column(double... values) {
        double[][] rows = new double[values.length][1];
        for (int i = 0; i < values.length; ++i) {
            rows[i][0] = values[i];
        }
        return rows;
    }

    private static void assertSolution(double[][] a, double[] b, double... expected) {
        double[][] x = LeastSquares.solve(a, column(b));
        for (int i = 0; i < expected.length; ++i) {
            assertEquals(expected[i], x[i][0], 1e-12 * Math.max(1, Math.abs(expected[i])));
        }
    }

    @Test
    void squareSystem() {
        assertSolution(new double[][] {{2, 1}, {1, 3}}, new double[] {5, 10}, 1, 3);
    }

    @Test
    void lineThroughFourPoints() {
        // Closed form: slope = cov / var = 1.4, intercept = 3.5 - 1.4 * 2.5... = 3.5 for x - mean.
        double[][] a = {{1, 1}, {1, 2}, {1, 3}, {1, 4}};
        assertSolution(a, new double[] {6, 5, 7, 10}, 3.5, 1.4);
    }

    @Test
    void theSmallestOfManySolutions() {
        assertSolution(new double[][] {{1, 2, 2}}, new double[] {9}, 1, 2, 2);
        assertSolution(new double[][] {{1, 1}, {1, 1}, {1, 1}}, new double[] {1, 2, 3}, 1, 1);
        assertSolution(new double[][] {{3, 0}, {0, 0}}, new double[] {6, 5}, 2, 0);
        assertSolution(new double[][] {{0, 0}, {0, 0}}, new double[] {6, 5}, 0, 0);
    }

    @Test
    void weakDirectionsCountAsAbsent() {
        double[][] a = {{1, 0}, {0, 1e-9}};
        assertSolution(a, new double[] {1, 1}, 1, 0);
        assertSolution(new double[][] {{1, 0}, {0, 1e-7}}, new double[] {1, 1}, 1, 1e7);
    }

    @Test
    void extremeUnits() {
        assertSolution(
                new double[][] {{2e-200, 0}, {0, 1e-200}}, new double[] {2, 3}, 1e200, 3e200);
        assertSolution(new double[][] {{2e200, 0}, {0, 1e200}}, new double[] {2e200, 3e200}, 1, 3);
    }

    /** The four conditions of Penrose, on the pseudo-inverse of matrices of any rank. */
    @Property(tries = 200)
    void pseudoInverse(
            @ForAll @IntRange(min = 1, max = 9) int m,
            @ForAll @IntRange(min = 1, max = 9) int n,
            @ForAll @IntRange(min = 1, max = 9) int rank,
            @ForAll int seed) {
        Random random = new Random(seed);
        double[][] a = multiply(gaussian(random, m, rank), gaussian(random, rank, n));
        double[][] identity = new double[m][m];
        for (int i = 0; i < m; ++i) {
            identity[i][i] = 1;
        }
        double[][] p = LeastSquares.solve(a, identity);
        double size = largest(p) * largest(a);
        assertClose(a, multiply(multiply(a, p), a), 1e-10 * largest(a) * size * size);
        assertClose(p, multiply(multiply(p, a), p), 1e-10 * largest(p) * size * size);
        assertSymmetric(multiply(a, p), 1e-10 * size * size);
        assertSymmetric(multiply(p, a), 1e-10 * size * size);
    }

    private static double[][] gaussian(Random random, int rows, int columns) {
        double[][] matrix = new double[rows][columns];
        for (double[] row : matrix) {
            for (int j = 0; j < columns; ++j) {
                row[j] = random.nextGaussian();
            }
        }
        return matrix;
    }

    private static double[][] multiply(double[][] p, double[][] q) {
        double[][] product = new double[p.length][q[0].length];
        for (int i = 0; i < p.length; ++i) {
            for (int j = 0; j < q[0].length; ++j) {
                for (int l = 0; l < q.length; ++l) {
                    product[i][j] += p[i][l] * q[l][j];
                }
            }
        }
        return product;
    }

    private static double largest(double[][] matrix) {
        double largest = 1;
        for (double[] row : matrix) {
            for (double value : row) {
                largest = Math.max(largest, Math.abs(value));
            }
        }
        return largest;
    }

    private static void assertClose(double[][] expected, double[][] actual, double tolerance) {
        for (int i = 0; i < expected.length; ++i) {
            assertArrayEquals(expected[i], actual[i], tolerance);
        }
    }

    private static void assertSymmetric(double[][] matrix, double tolerance) {
        for (int i = 0; i < matrix.length; ++i) {
            for (int j = 0; j < i; ++j) {
                assertEquals(matrix[i][j], matrix[j][i], tolerance);
            }
        }
    }

    @Test
    void badSystemsAreRefused() {
        double[][] a = {{1, 2}};
        assertRefused("rows", a, column(1, 2));
        assertRefused("rows", new double[0][], new double[0][]);
        assertRefused("NaN", a, column(Double.NaN));
        assertRefused("Infinity", new double[][] {{Double.POSITIVE_INFINITY}}, column(1));
    }

    private static void assertRefused(String hint, double[][] a, double[][] b) {
        IllegalArgumentException e =
                assertThrows(IllegalArgumentException.class, () -> LeastSquares.solve(a, b));
        assertTrue(e.getMessage().contains(hint), e.getMessage());
    }
}
