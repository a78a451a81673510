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

import ai.djl.ndarray.types.Shape;
import java.util.Arrays;

/** The arithmetic of axes, and the one loop that moves elements between two layouts. */
final class Strides {

    private Strides() {}

    static int[] dims(Shape shape) {
        int[] dims = new int[shape.dimension()];
        for (int i = 0; i < dims.length; ++i) {
            dims[i] = Math.toIntExact(shape.get(i));
        }
        return dims;
    }

    static Shape shape(int... dims) {
        long[] longs = new long[dims.length];
        for (int i = 0; i < dims.length; ++i) {
            longs[i] = dims[i];
        }
        return new Shape(longs);
    }

    static int product(int[] dims) {
        int product = 1;
        for (int dim : dims) {
            product = Math.multiplyExact(product, dim);
        }
        return product;
    }

    /** The strides, in elements, of rows one after the other. */
    static int[] of(int[] dims) {
        int[] strides = new int[dims.length];
        int stride = 1;
        for (int i = dims.length - 1; i >= 0; --i) {
            strides[i] = stride;
            stride *= dims[i];
        }
        return strides;
    }

    /** The axis from 0, of one that may count from the end. */
    static int axis(int axis, int dimensions) {
        int from = axis < 0 ? axis + dimensions : axis;
        if (from < 0 || from >= dimensions) {
            throw new IllegalArgumentException(
                    "Expected an axis of " + dimensions + " dimensions, got " + axis + '.');
        }
        return from;
    }

    static int[] without(int[] values, int index) {
        int[] rest = new int[values.length - 1];
        System.arraycopy(values, 0, rest, 0, index);
        System.arraycopy(values, index + 1, rest, index, rest.length - index);
        return rest;
    }

    static int[] with(int[] values, int index, int value) {
        int[] more = new int[values.length + 1];
        System.arraycopy(values, 0, more, 0, index);
        more[index] = value;
        System.arraycopy(values, index, more, index + 1, values.length - index);
        return more;
    }

    static int[] replaced(int[] values, int index, int value) {
        int[] other = values.clone();
        other[index] = value;
        return other;
    }

    /** The common shape of two operands: from the last axis, equal lengths or one of them 1. */
    static int[] broadcast(int[] a, int[] b) {
        int[] dims = new int[Math.max(a.length, b.length)];
        for (int i = 1; i <= dims.length; ++i) {
            int left = i <= a.length ? a[a.length - i] : 1;
            int right = i <= b.length ? b[b.length - i] : 1;
            if (left != right && left != 1 && right != 1) {
                throw new IllegalArgumentException(
                        "The shapes "
                                + shape(a)
                                + " and "
                                + shape(b)
                                + " differ, and cannot be broadcast to each other.");
            }
            dims[dims.length - i] = left == 1 ? right : left;
        }
        return dims;
    }

    /** The strides that repeat an array of some shape over a larger one: 0 where it repeats. */
    static int[] repeating(int[] dims, int[] target) {
        if (!Arrays.equals(broadcast(dims, target), target)) {
            throw new IllegalArgumentException(
                    "The shape " + shape(dims) + " cannot be broadcast to " + shape(target) + '.');
        }
        int[] own = of(dims);
        int[] strides = new int[target.length];
        int missing = target.length - dims.length;
        for (int i = 0; i < dims.length; ++i) {
            strides[missing + i] = dims[i] == 1 ? 0 : own[i];
        }
        return strides;
    }

    /** One side of a copy: elements of an array, at an offset, a stride for each axis. */
    record View(Cells cells, int offset, int[] strides) {}

    /** Copies a block of some shape from one layout to another. */
    static void copy(View from, View to, int[] dims) {
        if (product(dims) == 0) {
            return;
        }
        int axes = dims.length;
        int width = from.cells().width();
        boolean rows = axes > 0 && from.strides()[axes - 1] == 1 && to.strides()[axes - 1] == 1;
        int outer = rows ? axes - 1 : axes;
        int bytes = rows ? width * dims[axes - 1] : width;
        byte[] source = from.cells().bytes();
        byte[] target = to.cells().bytes();
        int[] index = new int[outer];
        int read = from.offset();
        int write = to.offset();
        while (true) {
            System.arraycopy(source, read * width, target, write * width, bytes);
            int axis = outer - 1;
            while (axis >= 0 && index[axis] == dims[axis] - 1) {
                read -= index[axis] * from.strides()[axis];
                write -= index[axis] * to.strides()[axis];
                index[axis--] = 0;
            }
            if (axis < 0) {
                return;
            }
            ++index[axis];
            read += from.strides()[axis];
            write += to.strides()[axis];
        }
    }

    /** Reads a block in any layout into rows one after the other. */
    static Cells gather(Cells cells, int offset, int[] strides, int[] dims) {
        Cells result = new Cells(cells.type(), product(dims));
        copy(new View(cells, offset, strides), new View(result, 0, of(dims)), dims);
        return result;
    }
}
