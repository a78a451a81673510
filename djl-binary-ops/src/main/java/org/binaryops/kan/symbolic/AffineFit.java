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
package org.binaryops.kan.symbolic;

import java.util.Arrays;
import java.util.function.DoubleUnaryOperator;

/**
 * The best fit of a curve by a function that may be stretched and shifted: y ≈ c·f(ax + b) + d.
 *
 * <p>The search is pykan's: a and b run through a grid of 101 × 101 points over [−10, 10]², which
 * is then laid twice around the best point, each time 50 times finer. What counts is
 *
 * <p>$$r^2 = \frac{(\sum (f - \bar f)(y - \bar y))^2}{\sum (f - \bar f)^2 \sum (y - \bar y)^2 +
 * 10^{-4}}$$
 *
 * <p>with f at ax + b, or 0 where a sample lies outside the domain of f; c and d follow by linear
 * regression. The search looks at some of the samples, spread evenly over the sorted arguments: up
 * to 48 in the first two rounds, 128 in the last; r², c and d are those of all samples.
 *
 * @param a the factor of the argument
 * @param b the shift of the argument
 * @param c the factor of the value
 * @param d the shift of the value
 * @param r2 the coefficient of determination, from 0 to 1
 */
public record AffineFit(double a, double b, double c, double d, double r2) {

    private static final int GRID = 101;
    private static final double RANGE = 10;

    /** How many samples each round looks at. */
    private static final int[] SAMPLES = {48, 48, 128};

    /**
     * Fits a function to a curve, with a and b from [−10, 10].
     *
     * @param function f
     * @param x the arguments
     * @param y the values, as many
     * @return the best fit
     * @throws IllegalArgumentException if there is no sample, the numbers differ, or one is not
     *     finite
     */
    public static AffineFit fit(SymbolicFunction function, double[] x, double[] y) {
        return fit(function, x, y, RANGE);
    }

    /**
     * Fits a function to a curve.
     *
     * @param function f
     * @param x the arguments
     * @param y the values, as many
     * @param range a and b are searched from −range to range
     * @return the best fit
     * @throws IllegalArgumentException if there is no sample, the numbers differ, or one is not
     *     finite
     */
    public static AffineFit fit(SymbolicFunction function, double[] x, double[] y, double range) {
        check(x, y);
        if (function.name().equals("x") || function.name().equals("0")) {
            // Each a and b is as good.
            return regression(function.onNumbers(), 1, 0, x, y);
        }
        double[][] sorted = sorted(x, y);
        double[] as = line(-range, range);
        double[] bs = line(-range, range);
        double a = 0;
        double b = 0;
        for (int samples : SAMPLES) {
            double[][] part = thinned(sorted, samples);
            int[] best = best(function.onNumbers(), as, bs, part[0], part[1]);
            a = as[best[0]];
            b = bs[best[1]];
            as = around(as, best[0]);
            bs = around(bs, best[1]);
        }
        return regression(function.onNumbers(), a, b, x, y);
    }

    private static void check(double[] x, double[] y) {
        if (x.length == 0 || x.length != y.length) {
            throw new IllegalArgumentException(
                    String.format(
                            "A fit needs as many arguments as values and at least one, but got %d"
                                    + " and %d.",
                            x.length, y.length));
        }
        for (int i = 0; i < x.length; ++i) {
            if (!Double.isFinite(x[i]) || !Double.isFinite(y[i])) {
                throw new IllegalArgumentException(
                        String.format(
                                "A fit needs finite samples, but sample %d is (%s, %s).",
                                i, x[i], y[i]));
            }
        }
    }

    private static double[][] sorted(double[] x, double[] y) {
        Integer[] order = new Integer[x.length];
        Arrays.setAll(order, i -> i);
        Arrays.sort(order, (i, j) -> Double.compare(x[i], x[j]));
        double[][] sorted = new double[2][x.length];
        for (int i = 0; i < x.length; ++i) {
            sorted[0][i] = x[order[i]];
            sorted[1][i] = y[order[i]];
        }
        return sorted;
    }

    private static double[][] thinned(double[][] sorted, int most) {
        int n = sorted[0].length;
        if (n <= most) {
            return sorted;
        }
        double[][] few = new double[2][most];
        for (int k = 0; k < most; ++k) {
            // Both ends belong to it: they decide about domains.
            int i = (int) ((long) k * (n - 1) / (most - 1));
            few[0][k] = sorted[0][i];
            few[1][k] = sorted[1][i];
        }
        return few;
    }

    private static double[] line(double from, double to) {
        double[] points = new double[GRID];
        for (int i = 0; i < GRID; ++i) {
            points[i] = from + (to - from) * i / (GRID - 1);
        }
        return points;
    }

    /** The grid between the neighbours of a point, or its one neighbour at the end. */
    private static double[] around(double[] points, int at) {
        return line(points[Math.max(0, at - 1)], points[Math.min(GRID - 1, at + 1)]);
    }

    private static int[] best(
            DoubleUnaryOperator f, double[] as, double[] bs, double[] x, double[] y) {
        double[] centred = centred(y);
        double yy = dot(centred, centred);
        int[] best = {GRID / 2, GRID / 2};
        double most = 0;
        for (int i = 0; i < GRID; ++i) {
            for (int j = 0; j < GRID; ++j) {
                double r2 = r2(f, as[i], bs[j], x, centred, yy);
                if (r2 > most) {
                    most = r2;
                    best[0] = i;
                    best[1] = j;
                }
            }
        }
        return best;
    }

    /** r² in one pass; y is centred, so that the mean of f falls out of the product. */
    private static double r2(
            DoubleUnaryOperator f, double a, double b, double[] x, double[] y, double yy) {
        double origin = f.applyAsDouble(a * x[0] + b);
        double sum = 0;
        double squares = 0;
        double product = 0;
        for (int i = 0; i < x.length; ++i) {
            double value = f.applyAsDouble(a * x[i] + b) - origin;
            sum += value;
            squares += value * value;
            product += value * y[i];
        }
        double variance = squares - sum * sum / x.length;
        double r2 = product * product / (variance * yy + 1e-4);
        return Double.isFinite(r2) ? Math.min(1, r2) : 0;
    }

    private static AffineFit regression(
            DoubleUnaryOperator f, double a, double b, double[] x, double[] y) {
        double[] values = new double[x.length];
        for (int i = 0; i < x.length; ++i) {
            values[i] = f.applyAsDouble(a * x[i] + b);
        }
        double[] fs = centred(values);
        double[] ys = centred(y);
        double ff = dot(fs, fs);
        double fy = dot(fs, ys);
        double c = fy / ff;
        double meanY = Arrays.stream(y).average().orElse(0);
        if (!Double.isFinite(c)) {
            return new AffineFit(a, b, 0, meanY, 0);
        }
        double d = meanY - c * Arrays.stream(values).average().orElse(0);
        double r2 = fy * fy / (ff * dot(ys, ys) + 1e-4);
        return new AffineFit(a, b, c, d, Double.isFinite(r2) ? Math.min(1, r2) : 0);
    }

    private static double[] centred(double[] y) {
        double mean = Arrays.stream(y).average().orElse(0);
        return Arrays.stream(y).map(v -> v - mean).toArray();
    }

    private static double dot(double[] p, double[] q) {
        double sum = 0;
        for (int i = 0; i < p.length; ++i) {
            sum += p[i] * q[i];
        }
        return sum;
    }
}
