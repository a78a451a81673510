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
package org.binaryops.monoid;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.core.Linear;

/**
 * A linear map whose result for a row does not depend on how many other rows there are, to the last
 * bit.
 *
 * <p>A matrix product does not promise that. The library that computes it has kernels for blocks of
 * rows and others for the rows left over, and they add the products in different orders; in float64
 * so do the kernels for an odd number of columns. Measured with the engine's x86 library: without
 * padding, 3 of 4 row counts give other bits for the same row; with the rows padded to whole blocks
 * and the columns to an even number, none does. Zeros change no sum, so the padding is exact.
 */
final class RowwiseLinear {

    /** Rows are padded to a multiple of this: kernels take 4, 8, 12 or 16 rows at a time. */
    static final long ROWS = 16;

    /** Columns are padded to a multiple of this: kernels unroll the sum by 2 or 4. */
    static final long COLUMNS = 4;

    private RowwiseLinear() {}

    /**
     * Computes x · wᵀ + b. To be called inside {@code Temporaries.freed}.
     *
     * @param x the rows, of shape [M, K]
     * @param weight w, of shape [N, K]
     * @param bias b, of shape [N]
     * @return an array of shape [M, N]
     */
    static NDArray apply(NDArray x, NDArray weight, NDArray bias) {
        long rows = x.getShape().get(0);
        NDArray result =
                Linear.linear(
                                padded(padded(x, 1, COLUMNS), 0, ROWS),
                                padded(weight, 1, COLUMNS),
                                bias)
                        .singletonOrThrow();
        return result.getShape().get(0) == rows
                ? result
                : result.split(new long[] {rows}, 0).get(0);
    }

    /** An array with zeros up to a multiple of a block along an axis. */
    static NDArray padded(NDArray array, int axis, long block) {
        Shape shape = array.getShape();
        long missing = Math.floorMod(-shape.get(axis), block);
        if (missing == 0) {
            return array;
        }
        long[] extra = shape.getShape().clone();
        extra[axis] = missing;
        NDArray zeros =
                array.getManager().zeros(new Shape(extra), array.getDataType(), array.getDevice());
        return array.concat(zeros, axis);
    }
}
