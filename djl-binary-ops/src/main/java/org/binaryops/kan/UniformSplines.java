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
 * So the rows are evaluated in blocks ({@link RowBlocks}).
 */
final class UniformSplines {

    /** The number of functions that are evaluated, those beyond the ends included. */
    private final int size;

    private final int order;
    private final int cells;

    /** How many intervals beyond each end have functions of their own. */
    private final int beyond;

    private final Extrapolation extrapolation;

    /** The first and the last node, and the intervals per unit of x, each [features]. */
    private final NDArray first;

    private final NDArray last;
    private final NDArray perUnit;

    private UniformSplines(NDArray knots, int order, Extrapolation extrapolation) {
        this.order = order;
        this.extrapolation = extrapolation;
        // The published form has its functions also on the k intervals beyond each end.
        beyond = extrapolation == Extrapolation.ZERO ? order : 0;
        cells = (int) knots.getShape().get(1) - 1 - 2 * order + 2 * beyond;
        size = cells + order;
        NDArray t = knots.stopGradient();
        first = t.get(BSplines.knot(order - beyond));
        last = t.get(BSplines.knot(beyond - order - 1));
        perUnit = last.sub(first).pow(-1).muli(cells);
    }

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
        return Temporaries.freed(
                x.getManager(),
                () -> {
                    UniformSplines splines = new UniformSplines(knots, order, extrapolation);
                    NDArray wide = RowBlocks.evaluate(x, splines.size, splines::block);
                    int beyond = splines.beyond;
                    return beyond == 0
                            ? wide
                            : wide.get(BSplines.slice(beyond, splines.size - beyond));
                });
    }

    private NDArray block(NDArray x) {
        NDArray exact = x.stopGradient();
        // Keeps NaN.
        NDArray inside = exact.maximum(first).minimum(last);
        NDArray u = inside.sub(first).muli(perUnit);
        NDArray cell = cell(u);
        NDArray f = u.subi(cell.toType(x.getDataType(), false));
        NDArray way = way(x, exact, inside).mul(perUnit);
        NDArray values =
                CardinalSplines.slopes(f, order)
                        .mul(way.expandDims(0))
                        .addi(CardinalSplines.values(f, order));
        // Function m lives on the intervals m − k … m; the first place is that of −k.
        return scatter(values, cell);
    }

    /**
     * ⌊u⌋, within the intervals that there are, also where u is NaN; u is not negative, so
     * truncation does.
     */
    private NDArray cell(NDArray u) {
        return u.toType(DataType.INT64, false).maximum(0).minimum(cells - 1);
    }

    /**
     * What the slopes are multiplied by: 0 inside, where it only carries the gradient, and outside
     * either the way beyond the end, along the tangent, or 0 without a gradient.
     */
    private NDArray way(NDArray x, NDArray exact, NDArray inside) {
        if (extrapolation == Extrapolation.LINEAR) {
            return x.sub(inside);
        }
        return x.sub(exact).mul(inside.eq(exact).toType(x.getDataType(), false));
    }

    /** Puts values [k + 1, ..] to the places j … j + k of a new last axis. */
    private NDArray scatter(NDArray values, NDArray cell) {
        NDManager manager = values.getManager();
        Shape shape = cell.getShape();
        int count = Math.toIntExact(shape.size());
        NDArray start = manager.arange(0, count, 1, DataType.INT64).muli(size);
        NDArray begin = start.addi(cell.reshape(count)).reshape(1, count);
        NDArray steps = manager.arange(0, order + 1, 1, DataType.INT64).reshape(order + 1, 1);
        NDArray index = steps.add(begin).reshape(-1);
        NDArray empty = manager.zeros(new Shape((long) count * size), values.getDataType());
        return empty.scatter(index, values.reshape(-1), 0).reshape(shape.add(size));
    }
}
