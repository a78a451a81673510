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
package org.binaryops.packed.djl;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.DataType;
import java.util.Arrays;

/** Joins arrays to one. */
final class Joining {

    private Joining() {}

    /** Joins arrays along an axis that they have. */
    static NDArray concat(JavaNDArray beside, NDList arrays, int axis) {
        int[] first = Strides.dims(arrays.head().getShape());
        int at = Strides.axis(axis, first.length);
        DataType type = arrays.head().getDataType();
        int length = 0;
        for (NDArray array : arrays) {
            int[] dims = Strides.dims(array.getShape());
            if (dims.length != first.length
                    || !Arrays.equals(Strides.without(dims, at), Strides.without(first, at))
                    || array.getDataType() != type) {
                throw new IllegalArgumentException(
                        "Expected arrays of the same type, and of the same shape but for axis "
                                + at
                                + ", got "
                                + type
                                + ' '
                                + arrays.head().getShape()
                                + " and "
                                + array.getDataType()
                                + ' '
                                + array.getShape()
                                + '.');
            }
            length = Math.addExact(length, dims[at]);
        }
        int[] target = Strides.replaced(first, at, length);
        int[] strides = Strides.of(target);
        Cells joined = new Cells(type, Strides.product(target));
        int offset = 0;
        for (NDArray array : arrays) {
            int[] dims = Strides.dims(array.getShape());
            Strides.copy(
                    new Strides.View(JavaNDArray.read(array), 0, Strides.of(dims)),
                    new Strides.View(joined, offset, strides),
                    dims);
            offset += dims[at] * strides[at];
        }
        return beside.result(joined, Strides.shape(target));
    }

    /** Joins arrays of one shape along a new axis. */
    static NDArray stack(JavaNDArray beside, NDList arrays, int axis) {
        int[] first = Strides.dims(arrays.head().getShape());
        int at = Strides.axis(axis, first.length + 1);
        NDList expanded = new NDList();
        for (NDArray array : arrays) {
            if (!array.getShape().equals(arrays.head().getShape())) {
                throw new IllegalArgumentException(
                        "Expected arrays of one shape to stack, got "
                                + arrays.head().getShape()
                                + " and "
                                + array.getShape()
                                + '.');
            }
            expanded.add(
                    beside.result(
                            JavaNDArray.read(array), Strides.shape(Strides.with(first, at, 1))));
        }
        try (expanded) {
            return concat(beside, expanded, at);
        }
    }
}
