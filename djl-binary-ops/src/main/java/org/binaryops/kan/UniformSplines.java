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
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import org.binaryops.gradient.Temporaries;

/**
 * B-splines on uniform grids, by their local support.
 *
 * <p>With u = (x − a) / h, j = ⌊u⌋ and f = u − j only k + 1 of the n functions are not 0, and those
 * are polynomials in f that are the same in every interval (the cardinal splines). So the
 * arithmetic runs over arrays of the size of x, a factor n smaller than the result, and one scatter
 * puts the k + 1 values in their places. The derivative costs something only where the gradient to
 * x is asked for: it is attached to the small arrays too.
 */
final class UniformSplines {

    private UniformSplines() {}

    /**
     * Evaluates.
     *
     * @param x [.., features]
     * @param knots uniform knots, [features, G + 2k + 1]
     * @param order k ≥ 2; below, a value or derivative jumps at the knots, where ⌊u⌋ may round to
     *     the wrong side
     * @param extrapolation what happens outside
     * @return [.., features, G + k]
     */
    static NDArray evaluate(NDArray x, NDArray knots, int order, Extrapolation extrapolation) {
        int grid = (int) knots.getShape().get(1) - 1 - 2 * order;
        boolean published = extrapolation == Extrapolation.ZERO;
        return Temporaries.freed(
                x.getManager(),
                () -> {
                    NDArray t = knots.stopGradient();
                    NDArray a = t.get(BSplines.knot(order));
                    NDArray b = t.get(BSplines.knot(-1 - order));
                    NDArray perUnit = b.sub(a).pow(-1).muli(grid);
                    NDArray exact = x.stopGradient();
                    // These keep NaN.
                    NDArray inside =
                            published
                                    ? exact.maximum(t.get(BSplines.knot(0)))
                                            .minimum(t.get(BSplines.knot(-1)))
                                    : exact.maximum(a).minimum(b);
                    NDArray u = inside.sub(a).muli(perUnit);
                    NDArray interval =
                            published
                                    ? interval(u, -order, grid + order)
                                    : interval(u, 0, grid - 1);
                    NDArray f = u.subi(interval);
                    NDArray[] pieces = CardinalSplines.pieces(f, order);
                    NDArray[] slopes = CardinalSplines.slopes(f, order);
                    NDArray way = way(x, inside, extrapolation).mul(perUnit);
                    for (int r = 0; r <= order; ++r) {
                        pieces[r] = pieces[r].add(slopes[r].mul(way));
                    }
                    NDArray values = NDArrays.stack(new NDList(pieces), -1);
                    return published
                            ? wide(values, interval, grid, order)
                            : scatter(values, interval, grid + order);
                });
    }

    /**
     * What the slopes are multiplied by: 0 inside, where it only carries the gradient, and outside
     * either the way beyond the end, along the tangent, or 0 without a gradient.
     */
    private static NDArray way(NDArray x, NDArray inside, Extrapolation extrapolation) {
        if (extrapolation == Extrapolation.LINEAR) {
            return x.sub(inside);
        }
        NDArray exact = x.stopGradient();
        return x.sub(exact).mul(inside.eq(exact).toType(x.getDataType(), false));
    }

    /** ⌊u⌋, within the intervals that there are; also where u is NaN. */
    private static NDArray interval(NDArray u, int first, int last) {
        NDArray floor = u.floor();
        // Where u = −k, rounding may give a little less.
        NDArray number = NDArrays.where(floor.gte(first - 1), floor, floor.zerosLike());
        return number.maximum(first).minimum(last);
    }

    /** Puts values [.., k + 1] to the places j … j + k of a new axis. */
    private static NDArray scatter(NDArray values, NDArray first, int size) {
        NDManager manager = values.getManager();
        Shape shape = first.getShape();
        long rows = shape.size();
        int width = (int) values.getShape().get(shape.dimension());
        NDArray start = manager.arange(0, (int) (rows * size), size, DataType.INT64);
        NDArray at = first.reshape(rows).toType(DataType.INT64, false).addi(start);
        NDArray steps = manager.arange(0, width, 1, DataType.INT64);
        NDArray index = at.expandDims(-1).add(steps).reshape(rows * width);
        NDArray empty = manager.zeros(new Shape(rows * size), values.getDataType());
        return empty.scatter(index, values.reshape(rows * width), 0).reshape(shape.add(size));
    }

    /** The published form: intervals also beyond the grid, whose functions partly do not exist. */
    private static NDArray wide(NDArray values, NDArray interval, int grid, int order) {
        // Function m lives on the intervals m − k … m, so the places are −k … G + 2k.
        NDArray first = interval.add(order);
        NDArray all = scatter(values, first, grid + 3 * order + 1);
        return all.get(BSplines.slice(order, order + grid + order));
    }
}
