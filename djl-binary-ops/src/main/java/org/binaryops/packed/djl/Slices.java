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
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDArrayIndexer;
import ai.djl.ndarray.index.full.NDIndexFullPick;
import ai.djl.ndarray.index.full.NDIndexFullSlice;
import ai.djl.ndarray.index.full.NDIndexFullTake;
import ai.djl.ndarray.types.Shape;

/** Indices, ranges with steps and all: reads and writes slices. */
final class Slices extends NDArrayIndexer {

    private final NDManager manager;

    /** Makes an indexer whose results belong to a manager. */
    Slices(NDManager manager) {
        this.manager = manager;
    }

    @Override
    public NDArray get(NDArray array, NDIndexFullPick pick) {
        throw Refusal.of("get by picked indices");
    }

    @Override
    public NDArray get(NDArray array, NDIndexFullTake take) {
        throw Refusal.of("get by an array of indices");
    }

    @Override
    public NDArray get(NDArray array, NDIndexFullSlice slice) {
        JavaNDArray ours = (JavaNDArray) array;
        Region region = region(array.getShape(), slice);
        Cells values = Strides.gather(ours.cells(), region.offset, region.strides, region.dims);
        return ours.result(manager, values, slice.getSqueezedShape());
    }

    @Override
    public void set(NDArray array, NDIndexFullSlice slice, NDArray value) {
        JavaNDArray ours = (JavaNDArray) array;
        Region region = region(array.getShape(), slice);
        int[] from = Strides.dims(value.getShape());
        // Axes that an index removed are axes of length 1 again.
        int missing = region.dims.length - from.length;
        int[] strides = null;
        if (missing >= 0) {
            int[] squeezed = Strides.dims(slice.getSqueezedShape());
            int[] whole = Strides.repeating(from, squeezed);
            strides = whole;
            for (int axis : slice.getToSqueeze()) {
                strides = Strides.with(strides, axis, 0);
            }
        } else {
            throw new IllegalArgumentException(
                    "A value of the shape "
                            + value.getShape()
                            + " does not fit into a slice of the shape "
                            + slice.getSqueezedShape()
                            + '.');
        }
        Strides.copy(
                new Strides.View(JavaNDArray.read(value).to(array.getDataType()), 0, strides),
                new Strides.View(ours.cells(), region.offset, region.strides),
                region.dims);
    }

    @Override
    public void set(NDArray array, NDIndexFullSlice slice, Number value) {
        try (NDArray scalar =
                ((JavaNDArray) array)
                        .result(
                                Cells.of(array.getDataType(), new double[] {value.doubleValue()}),
                                new Shape())) {
            set(array, slice, scalar);
        }
    }

    private record Region(int offset, int[] strides, int[] dims) {}

    private static Region region(Shape shape, NDIndexFullSlice slice) {
        int[] dims = Strides.dims(shape);
        int[] own = Strides.of(dims);
        int[] strides = new int[dims.length];
        int[] target = Strides.dims(slice.getShape());
        int offset = 0;
        for (int i = 0; i < dims.length; ++i) {
            long min = slice.getMin()[i];
            long step = slice.getStep()[i];
            if (target[i] < 0
                    || target[i] > 0 && (min < 0 || min + (target[i] - 1) * step >= dims[i])) {
                throw new IllegalArgumentException(
                        "The index reaches outside axis "
                                + i
                                + " of the shape "
                                + shape
                                + ": from "
                                + min
                                + " to "
                                + slice.getMax()[i]
                                + '.');
            }
            offset += Math.toIntExact(min) * own[i];
            strides[i] = Math.toIntExact(step) * own[i];
        }
        return new Region(offset, strides, target);
    }
}
