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
import ai.djl.ndarray.index.NDIndex;
import org.binaryops.gradient.CustomGradient;
import org.binaryops.gradient.Temporaries;

/**
 * The recursion of Cox and de Boor over whole arrays; {@link BSplineBasis} says what it computes.
 */
final class BSplines {

    private BSplines() {}

    static NDArray evaluate(NDArray x, NDArray knots, int order, Extrapolation extrapolation) {
        int size = (int) knots.getShape().get(1) - 1 - order;
        return RowBlocks.evaluate(x, size, part -> block(part, knots, order, extrapolation));
    }

    private static NDArray block(NDArray x, NDArray knots, int order, Extrapolation extrapolation) {
        return Temporaries.freed(
                x.getManager(),
                () -> {
                    NDArray t = knots.stopGradient();
                    NDArray inside = extrapolation == Extrapolation.ZERO ? x : clamp(x, t, order);
                    NDArray fixed = inside.stopGradient();
                    NDArray[] splines = coxDeBoor(fixed, t, order);
                    NDArray values = splines[0];
                    NDArray derivative = splines[1];
                    if (order == 0) {
                        return values;
                    }
                    if (extrapolation == Extrapolation.LINEAR) {
                        // The tangent serves both ends: its value outside the grid, where the
                        // excess is not 0, and its slope everywhere, as the derivative.
                        NDArray excess = x.sub(fixed).expandDims(-1);
                        return values.addi(derivative.mul(excess));
                    }
                    return CustomGradient.of(inside.expandDims(-1), values, derivative);
                });
    }

    /**
     * Limits x to the grid. Unlike a maximum, the choice passes the whole gradient at x = a and x =
     * b, and it keeps NaN.
     */
    private static NDArray clamp(NDArray x, NDArray t, int order) {
        NDArray a = t.get(knot(order));
        NDArray b = t.get(knot(-1 - order));
        NDArray atLeastA = NDArrays.where(x.lt(a).logicalNot(), x, a);
        return NDArrays.where(atLeastA.gt(b).logicalNot(), atLeastA, b);
    }

    /**
     * The recursion, without gradients. The arrays of [.., features, n] are what costs time here
     * (fresh memory more than arithmetic), so each is freed, or reused in place, as soon as it can.
     *
     * @return the values and, for k &gt; 0, the derivatives
     */
    private static NDArray[] coxDeBoor(NDArray x, NDArray t, int order) {
        int count = (int) t.getShape().get(1);
        NDArray values = intervals(x, t, order);
        NDArray derivative = null;
        NDArray distance = x.expandDims(-1).sub(t);
        for (int p = 1; p <= order; ++p) {
            NDArray width = t.get(slice(p, count)).sub(t.get(slice(0, count - p)));
            values.divi(width);
            if (p == order) {
                derivative = slope(values, order);
            }
            NDArray raised = raise(values, distance, p);
            values.close();
            values = raised;
        }
        distance.close();
        return new NDArray[] {values, derivative};
    }

    /** Order 0: the indicators of the intervals between neighbouring knots. */
    private static NDArray intervals(NDArray x, NDArray t, int order) {
        return Temporaries.freed(
                x.getManager(),
                () -> {
                    int count = (int) t.getShape().get(1);
                    // x = b is looked up as if it were the start of the last interval of the grid.
                    NDArray b = t.get(knot(-1 - order));
                    NDArray lastStart = t.get(knot(-2 - order));
                    NDArray place = NDArrays.where(x.neq(b), x, lastStart);
                    NDArray reached = place.expandDims(-1).gte(t);
                    return reached.get(slice(0, count - 1))
                            .logicalXor(reached.get(slice(1, count)))
                            .toType(x.getDataType(), false);
                });
    }

    /** k (c_m − c_{m+1}), where c_m is B_m of order k − 1 over the width of its support. */
    private static NDArray slope(NDArray c, int order) {
        return Temporaries.freed(
                c.getManager(),
                () -> {
                    int size = (int) c.getShape().get(c.getShape().dimension() - 1);
                    NDArray difference = c.get(slice(0, size - 1)).sub(c.get(slice(1, size)));
                    return difference.muli(order);
                });
    }

    /** (x − t_m) c_m − (x − t_{m+p+1}) c_{m+1}; overwrites c. */
    private static NDArray raise(NDArray c, NDArray distance, int p) {
        return Temporaries.freed(
                c.getManager(),
                () -> {
                    int size = (int) c.getShape().get(c.getShape().dimension() - 1);
                    NDArray rising =
                            c.get(slice(0, size - 1)).mul(distance.get(slice(0, size - 1)));
                    NDArray falling = c.get(slice(1, size));
                    return rising.subi(falling.muli(distance.get(slice(p + 1, p + size))));
                });
    }

    static NDIndex slice(int from, int to) {
        return new NDIndex().addEllipseDim().addSliceDim(from, to);
    }

    static NDIndex knot(int index) {
        return new NDIndex().addAllDim().addIndices(index);
    }
}
