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
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.internal.NDArrayEx;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.nio.Buffer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * An array in the memory of the JVM: its life, its content, and the operations that move elements
 * without computing. {@link SelectingNDArray} and its bases have the others.
 *
 * <p>Slices and transposed arrays are copies; reshaped ones share their elements.
 */
final class JavaNDArray extends SelectingNDArray {

    private final JavaNDManager root;
    private Cells cells;

    JavaNDArray(NDManager manager, JavaNDManager root, NDManager other, Cells cells, Shape shape) {
        super(manager, other, shape, cells.type(), NDManager.nextUid());
        this.root = root;
        this.cells = cells;
        manager.attachInternal(uid, this);
        NDScope.register(this);
    }

    /** The elements of an array of any engine. */
    static Cells read(NDArray array) {
        if (array instanceof JavaNDArray ours) {
            return ours.cells();
        }
        ByteBuffer buffer = array.toByteBuffer();
        Cells cells = new Cells(array.getDataType(), Cells.count(array.getShape()));
        buffer.get(cells.bytes());
        return cells;
    }

    @Override
    Cells cells() {
        getShape(); // refuses where the array is closed
        return cells;
    }

    @Override
    JavaNDArray result(Cells values, Shape dims) {
        return result(manager, values, dims);
    }

    JavaNDArray result(NDManager into, Cells values, Shape dims) {
        return new JavaNDArray(into, root, alternativeManager, values, dims);
    }

    @Override
    public void intern(NDArray replaced) {
        cells = read(replaced);
        shape = replaced.getShape();
        dataType = cells.type();
        replaced.close();
    }

    @Override
    public void detach() {
        manager.detachInternal(getUid());
        manager = root;
        alternativeManager = root.alternative();
    }

    @Override
    public void returnResource(NDManager owner) {
        detach();
        manager = owner;
        owner.attachUncappedInternal(getUid(), this);
    }

    @Override
    public void close() {
        super.close();
        cells = null;
    }

    /** There are no gradients to stop. */
    @Override
    public NDArray stopGradient() {
        return result(cells().copy(), shape);
    }

    @Override
    public ByteBuffer toByteBuffer(boolean tryDirect) {
        return ByteBuffer.wrap(cells().bytes()).asReadOnlyBuffer().order(ByteOrder.nativeOrder());
    }

    @Override
    public void set(Buffer data) {
        Cells values = Cells.of(dataType, data, cells().count());
        // Into the elements and not in their place: reshaped arrays share them.
        System.arraycopy(values.bytes(), 0, cells.bytes(), 0, values.bytes().length);
    }

    @Override
    public NDArray toType(DataType type, boolean copy) {
        return type == getDataType() && !copy ? this : named(result(cells().to(type), shape));
    }

    @Override
    public NDArray duplicate() {
        return named(result(cells().copy(), shape));
    }

    private NDArray named(NDArray array) {
        array.setName(getName());
        return array;
    }

    @Override
    public boolean contentEquals(NDArray other) {
        return other != null
                && getDataType() == other.getDataType()
                && getShape().equals(other.getShape())
                && Arrays.equals(cells.bytes(), read(other).bytes());
    }

    @Override
    public NDArrayEx getNDArrayInternal() {
        return ArrayExtension.of(this);
    }

    @Override
    public NDArray reshape(Shape target) {
        int[] dims = Strides.dims(target);
        int known = 1;
        int open = -1;
        for (int i = 0; i < dims.length; ++i) {
            if (dims[i] == -1 && open < 0) {
                open = i;
            } else {
                known = Math.multiplyExact(known, dims[i]);
            }
        }
        int count = cells().count();
        if (open >= 0 && known > 0) {
            dims[open] = count / known;
            known *= dims[open];
        }
        if (known != count) {
            throw new IllegalArgumentException(
                    "An array of the shape " + shape + " cannot be reshaped to " + target + '.');
        }
        return result(cells, Strides.shape(dims));
    }

    @Override
    public NDArray flatten() {
        return reshape(new Shape(cells().count()));
    }

    @Override
    public NDArray flatten(int startDim, int endDim) {
        int[] dims = dims();
        int start = Strides.axis(startDim, dims.length);
        int end = Strides.axis(endDim, dims.length);
        while (end > start) {
            dims =
                    Strides.without(
                            Strides.replaced(dims, start, dims[start] * dims[start + 1]),
                            start + 1);
            --end;
        }
        return reshape(Strides.shape(dims));
    }

    @Override
    public NDArray expandDims(int axis) {
        int[] dims = dims();
        return reshape(Strides.shape(Strides.with(dims, Strides.axis(axis, dims.length + 1), 1)));
    }

    @Override
    public NDArray squeeze(int[] axes) {
        int[] dims = dims();
        boolean[] squeezed = new boolean[dims.length];
        for (int axis : axes) {
            int at = Strides.axis(axis, dims.length);
            if (dims[at] != 1) {
                throw new IllegalArgumentException(
                        "Expected an axis of length 1 to squeeze, but axis "
                                + axis
                                + " of the shape "
                                + shape
                                + " is longer.");
            }
            squeezed[at] = true;
        }
        for (int at = dims.length - 1; at >= 0; --at) {
            dims = squeezed[at] ? Strides.without(dims, at) : dims;
        }
        return reshape(Strides.shape(dims));
    }

    @Override
    public NDArray transpose() {
        int[] axes = new int[dims().length];
        for (int i = 0; i < axes.length; ++i) {
            axes[i] = axes.length - 1 - i;
        }
        return transpose(axes);
    }

    @Override
    public NDArray transpose(int... axes) {
        int[] dims = dims();
        int[] own = Strides.of(dims);
        int[] target = new int[dims.length];
        int[] strides = new int[dims.length];
        boolean[] seen = new boolean[dims.length];
        for (int i = 0; i < axes.length && i < dims.length; ++i) {
            int axis = Strides.axis(axes[i], dims.length);
            target[i] = dims[axis];
            strides[i] = own[axis];
            seen[axis] = true;
        }
        for (boolean one : seen) {
            if (!one || axes.length != dims.length) {
                throw new IllegalArgumentException(
                        "Expected each axis of the shape " + shape + " once to transpose.");
            }
        }
        return result(Strides.gather(cells(), 0, strides, target), Strides.shape(target));
    }

    @Override
    public NDArray flip(int... axes) {
        int[] dims = dims();
        int[] strides = Strides.of(dims);
        int offset = 0;
        for (int axis : axes) {
            int at = Strides.axis(axis, dims.length);
            offset += (dims[at] - 1) * strides[at];
            strides[at] = -strides[at];
        }
        return result(Strides.gather(cells(), offset, strides, dims), shape);
    }

    @Override
    public NDArray broadcast(Shape target) {
        int[] to = Strides.dims(target);
        return result(Strides.gather(cells(), 0, Strides.repeating(dims(), to), to), target);
    }

    /** Pads with a value; the pairs of lengths begin with the last axis. */
    @Override
    public NDArray pad(Shape padding, double value) {
        int[] dims = dims();
        int[] target = dims.clone();
        int pairs = padding.dimension() / 2;
        if (padding.dimension() % 2 != 0 || pairs > dims.length) {
            throw new IllegalArgumentException(
                    "Expected two lengths for each of up to "
                            + dims.length
                            + " axes to pad, got "
                            + padding
                            + '.');
        }
        for (int i = 0; i < pairs; ++i) {
            target[dims.length - 1 - i] +=
                    Math.toIntExact(padding.get(2 * i) + padding.get(2 * i + 1));
        }
        int[] strides = Strides.of(target);
        int offset = 0;
        for (int i = 0; i < pairs; ++i) {
            offset += Math.toIntExact(padding.get(2 * i)) * strides[dims.length - 1 - i];
        }
        double[] values = new double[Strides.product(target)];
        Arrays.fill(values, value);
        Cells padded = Cells.of(dataType, values);
        Strides.copy(
                new Strides.View(cells(), 0, Strides.of(dims)),
                new Strides.View(padded, offset, strides),
                dims);
        return result(padded, Strides.shape(target));
    }

    @Override
    public NDArray tile(long[] repeats) {
        int[] dims = dims();
        if (repeats.length != dims.length) {
            throw new IllegalArgumentException(
                    "Expected as many repetitions as the shape "
                            + shape
                            + " has axes, got "
                            + repeats.length
                            + '.');
        }
        NDArray tiled = this;
        for (int axis = 0; axis < dims.length; ++axis) {
            if (repeats[axis] != 1) {
                NDList copies = new NDList();
                for (long i = 0; i < repeats[axis]; ++i) {
                    copies.add(tiled);
                }
                tiled = Joining.concat(this, copies, axis);
            }
        }
        return tiled == this ? duplicate() : tiled;
    }

    @Override
    public NDArray tile(int axis, long repeats) {
        long[] all = new long[dims().length];
        Arrays.fill(all, 1);
        all[Strides.axis(axis, all.length)] = repeats;
        return tile(all);
    }

    /** Equal sections, as the sections of PyTorch. */
    @Override
    public NDList split(long sections, int axis) {
        long length = dims()[Strides.axis(axis, dims().length)];
        if (sections < 1 || length % sections != 0) {
            throw new IllegalArgumentException(
                    "An axis of length "
                            + length
                            + " cannot be split into "
                            + sections
                            + " equal sections.");
        }
        long[] indices = new long[(int) sections - 1];
        Arrays.setAll(indices, i -> (i + 1) * length / sections);
        return split(indices, axis);
    }

    @Override
    public NDList split(long[] indices, int axis) {
        int[] dims = dims();
        int at = Strides.axis(axis, dims.length);
        int[] strides = Strides.of(dims);
        NDList parts = new NDList();
        for (int i = 0; i <= indices.length; ++i) {
            int from = i == 0 ? 0 : Math.toIntExact(indices[i - 1]);
            int to = i == indices.length ? dims[at] : Math.toIntExact(indices[i]);
            if (from < 0 || to < from || to > dims[at]) {
                throw new IllegalArgumentException(
                        "Expected rising indices up to "
                                + dims[at]
                                + " to split at, got "
                                + Arrays.toString(indices)
                                + '.');
            }
            int[] target = Strides.replaced(dims, at, to - from);
            parts.add(
                    result(
                            Strides.gather(cells(), from * strides[at], strides, target),
                            Strides.shape(target)));
        }
        return parts;
    }
}
