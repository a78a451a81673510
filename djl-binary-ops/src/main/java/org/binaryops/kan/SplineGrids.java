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
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import java.util.function.IntFunction;
import org.binaryops.gradient.Temporaries;

/**
 * Moving splines from one grid to another. All of it runs in double precision, whatever the type of
 * the layer: it is rare, and small.
 */
final class SplineGrids {

    private SplineGrids() {}

    /** Adapts the grid; {@link KanLinear#updateGrid(NDArray, double, double)} says how. */
    static void update(
            BSplineBasis basis, NDArray coefficients, NDArray x, double uniform, double margin) {
        if (!(uniform >= 0 && uniform <= 1)) {
            throw new IllegalArgumentException(
                    "uniform must be from 0 to 1, but was " + uniform + ".");
        }
        if (!(margin >= 0) || Double.isInfinite(margin)) {
            throw new IllegalArgumentException(
                    "margin must be finite and not negative, but was " + margin + ".");
        }
        double[][] samples = EdgeSplines.rows(x);
        if (samples.length == 0) {
            throw new IllegalArgumentException("updateGrid needs at least one sample.");
        }
        double[][] old = basis.getKnots();
        double[][] knots = new double[old.length][];
        for (int i = 0; i < old.length; ++i) {
            int feature = i;
            double[] column = Arrays.stream(samples).mapToDouble(row -> row[feature]).toArray();
            requireFinite(column, feature);
            Arrays.sort(column);
            knots[i] = adapted(column, old[i], basis, uniform, margin);
        }
        try (NDManager scratch = coefficients.getManager().newSubManager()) {
            Curves before = new Curves(basis, old, coefficients, scratch);
            basis.setKnots(knots);
            // The type of the layer may have rounded them.
            double[][] rounded = basis.getKnots();
            double[] prior = spread(before, basis, rounded, coefficients);
            double[] a = before.basisValues(rounded, samples);
            double[] y = before.at(samples);
            int units = (int) coefficients.getShape().get(0);
            double[] fitted = EdgeSplines.fit(a, y, prior, units, old.length);
            KanLayer.overwrite(coefficients, fitted);
        }
    }

    private static void requireFinite(double[] column, int feature) {
        for (double each : column) {
            if (!Double.isFinite(each)) {
                throw new IllegalArgumentException(
                        "The samples of a grid must be finite, but feature "
                                + feature
                                + " has a "
                                + each
                                + ".");
            }
        }
    }

    /** The new knots of one feature. */
    private static double[] adapted(
            double[] sorted, double[] old, BSplineBasis basis, double uniform, double margin) {
        int grid = basis.getGrid();
        int order = basis.getOrder();
        double least = sorted[0];
        double most = sorted[sorted.length - 1];
        double step = (most - least + 2 * margin) / grid;
        double size = Math.max(Math.abs(least), Math.abs(most));
        // Below that the nodes would not differ in the type of the layer.
        if (!(step > 64 * size * basis.resolution()) || step < Double.MIN_NORMAL) {
            return moved(old, order, grid, least, most);
        }
        // Coinciding samples pull nodes together; then more of the uniform grid is taken.
        for (double share = uniform; ; share = Math.min(1, 2 * share + .02)) {
            double[] nodes = new double[grid + 1];
            for (int m = 0; m <= grid; ++m) {
                double quantile =
                        m == grid ? most : sorted[(int) ((long) sorted.length * m / grid)];
                nodes[m] = share * (least - margin + m * step) + (1 - share) * quantile;
            }
            double[] knots = extended(nodes, order, step);
            if (share == 1 || basis.isAscending(knots)) {
                return knots;
            }
        }
    }

    /** Moves a grid so that it holds the samples, which are as good as one. */
    private static double[] moved(double[] old, int order, int grid, double least, double most) {
        double a = old[order];
        double b = old[order + grid];
        if (least >= a && most <= b) {
            return old.clone();
        }
        double by = least < a ? least - (a + b) / 2 : most - (a + b) / 2;
        return Arrays.stream(old).map(t -> t + by).toArray();
    }

    /** Adds k knots at each end. */
    private static double[] extended(double[] nodes, int order, double step) {
        int grid = nodes.length - 1;
        double[] knots = new double[grid + 2 * order + 1];
        System.arraycopy(nodes, 0, knots, order, grid + 1);
        for (int m = 1; m <= order; ++m) {
            knots[order - m] = nodes[0] - m * step;
            knots[order + grid + m] = nodes[grid] + m * step;
        }
        return knots;
    }

    /**
     * Gives a finer basis its knots and coefficients.
     *
     * @return the largest change of a curve
     */
    static double transfer(
            BSplineBasis coarse, NDArray coefficients, BSplineBasis fine, NDArray target) {
        double[][] old = coarse.getKnots();
        double[][] knots = new double[old.length][];
        for (int i = 0; i < old.length; ++i) {
            knots[i] = divided(old[i], coarse, fine);
        }
        fine.setKnots(knots);
        double[][] rounded = fine.getKnots();
        try (NDManager scratch = target.getManager().newSubManager()) {
            Curves before = new Curves(coarse, old, coefficients, scratch);
            KanLayer.overwrite(target, spread(before, fine, rounded, target));
            double[][] points = points(fine, rounded);
            double[] then = before.at(points);
            double[] now = new Curves(fine, rounded, target, scratch).at(points);
            double change = 0;
            for (int i = 0; i < then.length; ++i) {
                change = Math.max(change, Math.abs(then[i] - now[i]));
            }
            return change;
        }
    }

    /** The knots whose nodes divide the old nodes evenly. */
    private static double[] divided(double[] old, BSplineBasis coarse, BSplineBasis fine) {
        int from = coarse.getOrder();
        int grid = coarse.getGrid();
        double[] nodes = new double[fine.getGrid() + 1];
        for (int m = 0; m < nodes.length; ++m) {
            long steps = (long) m * grid;
            int left = (int) Math.min(steps / fine.getGrid(), grid - 1);
            double part = steps / (double) fine.getGrid() - left;
            nodes[m] = old[from + left] * (1 - part) + old[from + left + 1] * part;
        }
        double step = (nodes[nodes.length - 1] - nodes[0]) / fine.getGrid();
        return extended(nodes, fine.getOrder(), step);
    }

    /** The coefficients that are nearest to curves on the whole of a grid. */
    private static double[] spread(
            Curves curves, BSplineBasis basis, double[][] knots, NDArray like) {
        double[][] points = points(basis, knots);
        int units = (int) like.getShape().get(0);
        double[] none = new double[units * knots.length * basis.size()];
        double[] a = curves.basisValues(knots, points);
        return EdgeSplines.fit(a, curves.at(points), none, units, knots.length);
    }

    /** 2 (k + 1) points in each interval, the ends of the grid among them, by feature. */
    private static double[][] points(BSplineBasis basis, double[][] knots) {
        int order = basis.getOrder();
        int each = 2 * (order + 1);
        int count = basis.getGrid() * each;
        IntFunction<double[]> row =
                p -> {
                    int left = order + p / each;
                    double part = (p % each) / (each - 1.);
                    double[] values = new double[knots.length];
                    for (int i = 0; i < values.length; ++i) {
                        double[] t = knots[i];
                        values[i] = t[left] * (1 - part) + t[left + 1] * part;
                    }
                    return values;
                };
        double[][] points = new double[count][];
        for (int p = 0; p < count; ++p) {
            points[p] = row.apply(p);
        }
        return points;
    }

    /** The splines of a layer as it is now, in double precision. */
    private static final class Curves {

        private final BSplineBasis basis;
        private final double[][] knots;
        private final NDArray coefficients;
        private final NDManager manager;

        Curves(BSplineBasis basis, double[][] knots, NDArray coefficients, NDManager manager) {
            this.basis = basis;
            this.knots = knots;
            this.manager = manager;
            double[] exact = EdgeSplines.doubles(coefficients);
            this.coefficients = manager.create(exact, coefficients.getShape());
        }

        /** Values [samples, features, n] on some knots; extrapolation is that of the basis. */
        private NDArray basis(double[][] grid, double[][] x) {
            NDArray t = array(grid);
            return BSplines.evaluate(array(x), t, basis.getOrder(), basis.getExtrapolation());
        }

        double[] basisValues(double[][] grid, double[][] x) {
            return EdgeSplines.doubles(basis(grid, x));
        }

        double[] at(double[][] x) {
            return EdgeSplines.doubles(
                    Temporaries.freed(
                            manager, () -> EdgeSplines.combine(basis(knots, x), coefficients)));
        }

        private NDArray array(double[][] rows) {
            double[] flat = Arrays.stream(rows).flatMapToDouble(Arrays::stream).toArray();
            return manager.create(flat, new Shape(rows.length, rows[0].length));
        }
    }
}
