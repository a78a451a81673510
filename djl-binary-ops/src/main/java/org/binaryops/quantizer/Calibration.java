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
package org.binaryops.quantizer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.index.NDIndex;

/**
 * How an {@link AffineQuantizer} chooses the range that its levels cover from data.
 *
 * <p>Every range is widened to include 0, which is a level of its own. All three work on the device
 * of the data.
 */
public final class Calibration {

    /** The number of shares of the full range that the search for the least error tries. */
    private static final int CANDIDATES = 100;

    private enum Kind {
        MIN_MAX,
        PERCENTILE,
        MEAN_SQUARED_ERROR
    }

    private final Kind kind;
    private final double percentile;

    private Calibration(Kind kind, double percentile) {
        this.kind = kind;
        this.percentile = percentile;
    }

    /**
     * Takes the range from the smallest to the largest value: nothing is clipped, and an outlier
     * costs resolution everywhere.
     *
     * @return the method
     */
    public static Calibration minMax() {
        return new Calibration(Kind.MIN_MAX, 100);
    }

    /**
     * Takes the range between two percentiles: from the (100 − p)-th to the p-th for asymmetric
     * levels, up to the p-th percentile of |x| for symmetric ones. Between two data points a
     * percentile is interpolated linearly.
     *
     * @param percentile p, in (50, 100]; 99.9 is a usual choice
     * @return the method
     * @throws IllegalArgumentException if {@code percentile} is out of its range
     */
    public static Calibration percentile(double percentile) {
        if (!(percentile > 50 && percentile <= 100)) {
            throw new IllegalArgumentException(
                    "percentile must be in (50, 100], but was " + percentile + ".");
        }
        return new Calibration(Kind.PERCENTILE, percentile);
    }

    /**
     * Takes that share of the range from the smallest to the largest value, out of 1 %, 2 %, …, 100
     * %, which gives the least mean squared error of the quantized data. It quantizes the data 100
     * times.
     *
     * @return the method
     */
    public static Calibration meanSquaredError() {
        return new Calibration(Kind.MEAN_SQUARED_ERROR, 100);
    }

    /**
     * Finds the ranges.
     *
     * @param rows the data, [channels, values]
     * @param grid the levels
     * @return the lower ends (not positive) and the upper ends (not negative), [channels] each
     */
    NDList ranges(NDArray rows, AffineGrid grid) {
        switch (kind) {
            case PERCENTILE:
                return percentiles(rows, grid.symmetric());
            case MEAN_SQUARED_ERROR:
                return leastError(rows, grid);
            default:
                return extremes(rows);
        }
    }

    /** The smallest and the largest value of each row, with 0 in between. */
    static NDList extremes(NDArray rows) {
        int[] axis = {1};
        return includingZero(rows.min(axis, false), rows.max(axis, false));
    }

    private static NDList includingZero(NDArray low, NDArray high) {
        return new NDList(
                low.clip(Double.NEGATIVE_INFINITY, 0), high.clip(0, Double.POSITIVE_INFINITY));
    }

    private NDList percentiles(NDArray rows, boolean symmetric) {
        if (symmetric) {
            NDArray high = quantile(rows.abs().sort(1), percentile);
            return new NDList(high.neg(), high);
        }
        NDArray sorted = rows.sort(1);
        return includingZero(quantile(sorted, 100 - percentile), quantile(sorted, percentile));
    }

    private static NDArray quantile(NDArray sorted, double percentile) {
        long last = sorted.getShape().get(1) - 1;
        double position = last * percentile / 100;
        long below = (long) Math.floor(position);
        NDArray value = sorted.get(new NDIndex(":, {}", below));
        NDArray next = sorted.get(new NDIndex(":, {}", Math.min(last, below + 1)));
        return value.add(next.sub(value).mul(position - below));
    }

    private static NDList leastError(NDArray rows, AffineGrid grid) {
        NDList full = extremes(rows);
        NDList errors = new NDList(CANDIDATES);
        for (int i = 0; i < CANDIDATES; ++i) {
            double share = share(i);
            NDArray low = full.get(0).mul(share);
            NDArray scale = grid.scale(low, full.get(1).mul(share));
            NDArray zeroPoint = grid.symmetric() ? null : grid.zeroPoint(low, scale).expandDims(1);
            try (NDArray quantized =
                            AffineQuantizer.values(rows, scale.expandDims(1), zeroPoint, grid);
                    NDArray squares = quantized.subi(rows).square()) {
                errors.add(squares.mean(new int[] {1}));
            }
        }
        NDArray best = NDArrays.stack(errors).argMin(0).toType(rows.getDataType(), false);
        // share(i) on the device.
        NDArray share = best.neg().add(CANDIDATES).div(CANDIDATES);
        return new NDList(full.get(0).mul(share), full.get(1).mul(share));
    }

    private static double share(int candidate) {
        return (CANDIDATES - candidate) / (double) CANDIDATES;
    }
}
