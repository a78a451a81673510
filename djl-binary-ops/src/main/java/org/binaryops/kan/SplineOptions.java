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

import java.util.Objects;

/**
 * The settings of a B-spline basis, which the builders of the basis and of the layer share.
 *
 * @param <T> the concrete builder
 */
public abstract class SplineOptions<T extends SplineOptions<T>> {

    private static final int MAX_GRID = 1 << 20;
    private static final int MAX_ORDER = 100;

    int grid = 5;
    int order = 3;
    double low = -1;
    double high = 1;
    double noiseScale = .3;
    Extrapolation extrapolation = Extrapolation.LINEAR;
    boolean changed;

    SplineOptions() {}

    abstract T self();

    /**
     * Sets the number of intervals of the grid; the default is 5.
     *
     * @param grid G, from 1 to 2²⁰
     * @return this builder
     */
    public T optGrid(int grid) {
        this.grid = grid;
        changed = true;
        return self();
    }

    /**
     * Sets the order of the splines; the default is 3, cubic.
     *
     * @param order k, from 0 to 100 and at most the number of intervals
     * @return this builder
     */
    public T optOrder(int order) {
        this.order = order;
        changed = true;
        return self();
    }

    /**
     * Sets the range of the grid; the default is [−1, 1].
     *
     * @param low a
     * @param high b, greater than a
     * @return this builder
     */
    public T optRange(double low, double high) {
        this.low = low;
        this.high = high;
        changed = true;
        return self();
    }

    /**
     * Sets the scale of the noise that the splines start from; the default is 0.3.
     *
     * @param noiseScale the scale, not negative; see {@link BSplineBasis#coefficientInitializer()}
     * @return this builder
     */
    public T optNoiseScale(double noiseScale) {
        this.noiseScale = noiseScale;
        changed = true;
        return self();
    }

    /**
     * Sets what happens outside the grid; the default is {@link Extrapolation#LINEAR}.
     *
     * @param extrapolation the kind of extrapolation
     * @return this builder
     */
    public T optExtrapolation(Extrapolation extrapolation) {
        this.extrapolation = Objects.requireNonNull(extrapolation, "extrapolation");
        changed = true;
        return self();
    }

    BSplineBasis newBasis() {
        if (grid < 1 || grid > MAX_GRID) {
            throw new IllegalArgumentException(
                    "grid must be from 1 to " + MAX_GRID + ", but was " + grid + ".");
        }
        if (order < 0 || order > MAX_ORDER) {
            throw new IllegalArgumentException(
                    "order must be from 0 to " + MAX_ORDER + ", but was " + order + ".");
        }
        if (order > grid) {
            throw new IllegalArgumentException(
                    String.format(
                            "order must be at most the number of intervals, grid = %d, but was %d.",
                            grid, order));
        }
        if (!(low < high) || !Double.isFinite(high - low)) {
            throw new IllegalArgumentException(
                    String.format(
                            "range must be finite and ascending, but was [%s, %s].", low, high));
        }
        if (!(noiseScale >= 0) || !Double.isFinite(noiseScale)) {
            throw new IllegalArgumentException(
                    "noiseScale must be finite and not negative, but was " + noiseScale + ".");
        }
        return new BSplineBasis(this);
    }
}
