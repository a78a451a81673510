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
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.ndarray.types.SparseFormat;

/** Moves rows of arrays on the device. To be used inside {@code Temporaries.freed}. */
final class Rows {

    private Rows() {}

    /** Checks elements against segments. */
    static void check(String who, Shape elements, Segments segments) {
        if (elements.dimension() != 2 || elements.get(0) != segments.rows()) {
            throw new IllegalArgumentException(
                    String.format(
                            "%s: the elements must have the shape [%d, features] for %s, but have"
                                    + " %s",
                            who, segments.rows(), segments, elements));
        }
    }

    /**
     * Row numbers on the device of an array.
     *
     * <p>Converted, so that the engine owns them: what {@code create} makes is in a buffer of the
     * JVM, which may be freed before the backward pass reads it.
     */
    static NDArray index(NDArray like, int... rows) {
        return like.getManager()
                .create(rows)
                .toDevice(like.getDevice(), false)
                .toType(DataType.INT64, true);
    }

    /** The rows of an array [N, F] with some numbers, as a new array. */
    static NDArray gather(NDArray array, NDArray index) {
        return array.getNDArrayInternal()
                .embedding(index, array, SparseFormat.DENSE)
                .singletonOrThrow();
    }

    static NDArray gather(NDArray array, int... rows) {
        return gather(array, index(array, rows));
    }

    /** The elements, set by set: themselves if they are in order. */
    static NDArray compact(NDArray elements, Segments segments) {
        return segments.isInOrder() ? elements : gather(elements, segments.order());
    }

    /** Joins arrays [·, F] along the rows. */
    static NDArray concat(NDList arrays) {
        return arrays.size() == 1 ? arrays.get(0) : NDArrays.concat(arrays, 0);
    }

    /** A row of zeros, or that of an identity. */
    static NDArray identityRow(NDArray like, NDArray identity) {
        NDManager manager = like.getManager();
        Shape row = new Shape(1, like.getShape().get(1));
        return identity == null
                ? manager.zeros(row, like.getDataType(), like.getDevice())
                : identity.reshape(row);
    }

    /**
     * Brings results from the order in which they were made into that of the sets.
     *
     * @param parts arrays [·, F]; if there is only one, a new array, since it may be the result
     * @param result for each set its row in the concatenation of the parts; one after the last row
     *     for an empty set
     * @param identity what an empty set gives, [F] or {@code null}
     * @param like an array with the type, the features and the device
     */
    static NDArray assemble(NDList parts, int[] result, NDArray identity, NDArray like) {
        long rows = 0;
        for (NDArray part : parts) {
            rows += part.getShape().get(0);
        }
        boolean inOrder = rows == result.length;
        boolean anyEmpty = false;
        for (int i = 0; i < result.length; ++i) {
            inOrder &= result[i] == i;
            anyEmpty |= result[i] == rows;
        }
        if (inOrder && rows > 0) {
            return concat(parts);
        }
        if (result.length == 0) {
            return like.getManager()
                    .zeros(
                            new Shape(0, like.getShape().get(1)),
                            like.getDataType(),
                            like.getDevice());
        }
        if (anyEmpty) {
            parts.add(identityRow(like, identity));
        }
        return gather(concat(parts), result);
    }
}
