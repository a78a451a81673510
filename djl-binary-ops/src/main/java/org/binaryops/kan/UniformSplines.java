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
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import org.binaryops.gradient.Temporaries;

/**
 * B-splines on uniform grids, by their local support.
 *
 * <p>With u = (x − a) / h, j = ⌊u⌋ and f = u − j only k + 1 of the n functions are not 0, and those
 * are polynomials in f that are the same in every interval (the cardinal splines). So the
 * arithmetic runs over arrays of the size of x, a factor n smaller than the result, and one scatter
 * puts the k + 1 values in their places. The derivative is attached to the small arrays too.
 *
 * <p>The time goes into memory: most of all into pages that the allocator gives back and gets anew.
 * So every part frees what it needs as soon as it is done, and the k + 1 values lie as whole blocks
 * behind each other, not side by side, until they are scattered.
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
        // The published form has its functions also on the k intervals beyond each end.
        int beyond = extrapolation == Extrapolation.ZERO ? order : 0;
        int cells = grid + 2 * beyond;
        NDManager manager = x.getManager();
        return Temporaries.freed(
                manager,
                () -> {
                    NDArray t = knots.stopGradient();
                    NDArray a = t.get(BSplines.knot(order - beyond));
                    NDArray b = t.get(BSplines.knot(beyond - order - 1));
                    NDArray perUnit = b.sub(a).pow(-1).muli(cells);
                    NDArray exact = x.stopGradient();
                    // Keeps NaN.
                    NDArray inside = Temporaries.freed(manager, () -> exact.maximum(a).minimum(b));
                    NDArray u = inside.sub(a).muli(perUnit);
                    NDArray cell = Temporaries.freed(manager, () -> cell(u, cells));
                    NDArray values =
                            Temporaries.freed(
                                    manager,
                                    () -> {
                                        NDArray f = u.subi(cell.toType(x.getDataType(), false));
                                        NDArray way =
                                                way(x, exact, inside, extrapolation).mul(perUnit);
                                        return CardinalSplines.slopes(f, order)
                                                .mul(way.expandDims(0))
                                                .addi(CardinalSplines.values(f, order));
                                    });
                    // Function m lives on the intervals m − k … m; the first place is that of −k.
                    NDArray wide = scatter(values, cell, cells + order);
                    return beyond == 0
                            ? wide
                            : wide.get(BSplines.slice(beyond, beyond + grid + order));
                });
    }

    /**
     * ⌊u⌋, within the intervals that there are, also where u is NaN; u is not negative, so
     * truncation does.
     */
    private static NDArray cell(NDArray u, int cells) {
        return u.toType(DataType.INT64, false).maximum(0).minimum(cells - 1);
    }

    /**
     * What the slopes are multiplied by: 0 inside, where it only carries the gradient, and outside
     * either the way beyond the end, along the tangent, or 0 without a gradient.
     */
    private static NDArray way(
            NDArray x, NDArray exact, NDArray inside, Extrapolation extrapolation) {
        if (extrapolation == Extrapolation.LINEAR) {
            return x.sub(inside);
        }
        return x.sub(exact).mul(inside.eq(exact).toType(x.getDataType(), false));
    }

    /** Puts values [k + 1, ..] to the places j … j + k of a new last axis. */
    private static NDArray scatter(NDArray values, NDArray cell, int size) {
        NDManager manager = values.getManager();
        Shape shape = cell.getShape();
        int rows = Math.toIntExact(shape.size());
        int width = (int) values.getShape().get(0);
        return Temporaries.freed(
                manager,
                () -> {
                    NDArray start = manager.arange(0, rows, 1, DataType.INT64).muli(size);
                    NDArray first = cell.reshape(1, rows).add(start);
                    NDArray steps = manager.arange(0, width, 1, DataType.INT64);
                    NDArray index = steps.reshape(width, 1).add(first).reshape(-1);
                    NDArray empty =
                            manager.zeros(new Shape((long) rows * size), values.getDataType());
                    return empty.scatter(index, values.reshape(-1), 0).reshape(shape.add(size));
                });
    }
}
