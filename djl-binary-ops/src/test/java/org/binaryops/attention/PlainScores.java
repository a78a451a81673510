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
package org.binaryops.attention;

import java.util.Arrays;

/** Functions of scores as their papers write them, in plain doubles. */
final class PlainScores {

    private PlainScores() {}

    static double[] softmax(double[] x) {
        double max = Arrays.stream(x).max().orElseThrow();
        double sum = Arrays.stream(x).map(v -> Math.exp(v - max)).sum();
        return Arrays.stream(x).map(v -> Math.exp(v - max) / sum).toArray();
    }

    /** α = 1.5 by bisection. */
    static double[] entmax(double[] x) {
        double high = Arrays.stream(x).max().orElseThrow() / 2;
        double low = high - 1;
        for (int i = 0; i < 100; ++i) {
            double tau = (low + high) / 2;
            double sum = Arrays.stream(x).map(v -> Math.pow(Math.max(0, v / 2 - tau), 2)).sum();
            if (sum >= 1) {
                low = tau;
            } else {
                high = tau;
            }
        }
        double tau = low;
        return Arrays.stream(x).map(v -> Math.pow(Math.max(0, v / 2 - tau), 2)).toArray();
    }

    /** Algorithm 1 of the KArAt paper. */
    static double[] simplex(double[] x) {
        double[] y = x.clone();
        Arrays.sort(y);
        double sum = 0;
        double lambda = 0;
        for (int i = 1; i <= y.length; ++i) {
            double next = y[y.length - i];
            sum += next;
            if (next - (sum - 1) / i > 0) {
                lambda = (sum - 1) / i;
            }
        }
        double shift = lambda;
        return Arrays.stream(x).map(v -> Math.max(0, v - shift)).toArray();
    }

    /** cos x … cos Gx, sin x … sin Gx. */
    static double wave(int m, int functions, double x) {
        int grid = functions / 2;
        return m < grid ? Math.cos((m + 1) * x) : Math.sin((m + 1 - grid) * x);
    }

    /** Cubic B-splines with grid 3 on [−3, 3]; outside of the grid along the tangent. */
    static double spline(int m, double x) {
        double end = Math.max(-3, Math.min(3, x));
        double slope = (spline(m, 2, end) - spline(m + 1, 2, end)) / 2;
        return spline(m, 3, end) + slope * (x - end);
    }

    /** Cox–de Boor on the knots −9, −7, …, 9. */
    private static double spline(int i, int order, double x) {
        double t = -9 + 2 * i;
        if (order == 0) {
            return x >= t && x < t + 2 ? 1 : 0;
        }
        return (x - t) / (2 * order) * spline(i, order - 1, x)
                + (t + 2 * (order + 1) - x) / (2 * order) * spline(i + 1, order - 1, x);
    }

    // ---- binarization of probabilities

    static double[] fast(double[] a) {
        double max = Arrays.stream(a).max().orElseThrow();
        return Arrays.stream(a).map(v -> v > 0 && v >= .25 * max ? 1 : 0).toArray();
    }

    static double[] optimal(double[] a) {
        double[] b = Arrays.stream(a).map(v -> v > 0 ? 1 : 0).toArray();
        for (int i = 0; i < 5; ++i) {
            double half = scale(a, b) / 2;
            b = Arrays.stream(a).map(v -> v > 0 && v >= half ? 1 : 0).toArray();
        }
        double v = scale(a, b);
        return Arrays.stream(b).map(bit -> bit * v).toArray();
    }

    static double scale(double[] a, double[] b) {
        double dot = 0;
        double count = 0;
        for (int i = 0; i < a.length; ++i) {
            dot += a[i] * b[i];
            count += b[i];
        }
        return count == 0 ? 0 : dot / count;
    }
}
