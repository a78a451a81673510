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

/**
 * The B-splines of the textbook, written out in plain Java for one argument, one function and one
 * knot vector. Nothing is shared with the code under test.
 */
final class CoxDeBoor {

    private CoxDeBoor() {}

    /** B_m of order p; the last interval of the grid of order k contains b = t_{k+G}. */
    static double value(double[] t, int k, int p, int m, double x) {
        if (p == 0) {
            int end = t.length - 1 - k;
            if (x == t[end]) {
                return m == end - 1 ? 1 : 0;
            }
            return t[m] <= x && x < t[m + 1] ? 1 : 0;
        }
        return (x - t[m]) / (t[m + p] - t[m]) * value(t, k, p - 1, m, x)
                + (t[m + p + 1] - x) / (t[m + p + 1] - t[m + 1]) * value(t, k, p - 1, m + 1, x);
    }

    /** The derivative of B_m of order k. */
    static double derivative(double[] t, int k, int m, double x) {
        if (k == 0) {
            return 0;
        }
        return k
                * (value(t, k, k - 1, m, x) / (t[m + k] - t[m])
                        - value(t, k, k - 1, m + 1, x) / (t[m + k + 1] - t[m + 1]));
    }

    /** B_m(x) and its derivative under a choice of extrapolation. */
    static double[] extended(double[] t, int k, int m, double x, Extrapolation extrapolation) {
        double c = Math.min(Math.max(x, t[k]), t[t.length - 1 - k]);
        switch (extrapolation) {
            case LINEAR:
                double slope = derivative(t, k, m, c);
                return new double[] {value(t, k, k, m, c) + slope * (x - c), slope};
            case CLAMP:
                return new double[] {value(t, k, k, m, c), x == c ? derivative(t, k, m, c) : 0};
            default:
                return new double[] {value(t, k, k, m, x), derivative(t, k, m, x)};
        }
    }

    /** a + (m − k)(b − a)/G for m = 0 … G + 2k. */
    static double[] uniform(int grid, int k, double a, double b) {
        double[] t = new double[grid + 2 * k + 1];
        for (int m = 0; m < t.length; ++m) {
            t[m] = a + (m - k) * ((b - a) / grid);
        }
        return t;
    }
}
