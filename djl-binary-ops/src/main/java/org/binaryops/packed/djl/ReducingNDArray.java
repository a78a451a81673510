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
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import java.util.function.ToDoubleFunction;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

/** Sums, extremes, softmax, sorting: what takes the elements along axes together. */
abstract class ReducingNDArray extends HybridNDArray {

    ReducingNDArray(
            NDManager manager, NDManager alternative, Shape shape, DataType type, String uid) {
        super(manager, alternative, shape, type, uid);
    }

    /** The elements; fails where the array is closed. */
    abstract Cells cells();

    /** A new array beside this one. */
    abstract JavaNDArray result(Cells values, Shape dims);

    final int[] dims() {
        return Strides.dims(getShape());
    }

    private NDArray reduce(
            int[] axes, boolean keepDims, DataType type, ToDoubleFunction<double[]> f) {
        int[] dims = dims();
        boolean[] gone = new boolean[dims.length];
        for (int axis : axes) {
            gone[Strides.axis(axis, dims.length)] = true;
        }
        // The axes that go become the last, and are then one.
        int[] order =
                IntStream.concat(
                                IntStream.range(0, dims.length).filter(i -> !gone[i]),
                                IntStream.range(0, dims.length).filter(i -> gone[i]))
                        .toArray();
        int[] strides = Strides.of(dims);
        int[] target = Arrays.stream(order).map(i -> dims[i]).toArray();
        Cells moved =
                Strides.gather(
                        cells(), 0, Arrays.stream(order).map(i -> strides[i]).toArray(), target);
        int[] left =
                IntStream.range(0, dims.length).filter(i -> !gone[i]).map(i -> dims[i]).toArray();
        int lanes = Strides.product(left);
        int length =
                Strides.product(
                        IntStream.range(0, dims.length)
                                .filter(i -> gone[i])
                                .map(i -> dims[i])
                                .toArray());
        Cells values = Lanes.map(moved, new int[] {lanes, length}, 1, 1, type, Lanes.one(f));
        int[] kept = IntStream.range(0, dims.length).map(i -> gone[i] ? 1 : dims[i]).toArray();
        return result(values, Strides.shape(keepDims ? kept : left));
    }

    private NDArray reduce(DataType type, ToDoubleFunction<double[]> f) {
        return reduce(IntStream.range(0, dims().length).toArray(), false, type, f);
    }

    /** Extremes need an element. */
    private ToDoubleFunction<double[]> some(String operation, ToDoubleFunction<double[]> f) {
        return lane -> {
            if (lane.length == 0) {
                throw new IllegalArgumentException(
                        "An array of the shape " + shape + " has no " + operation + '.');
            }
            return f.applyAsDouble(lane);
        };
    }

    private NDArray along(int axis, DataType type, UnaryOperator<double[]> f) {
        int[] dims = dims();
        if (dims.length == 0) {
            return result(Cells.of(type, f.apply(cells().toDoubles())), shape);
        }
        int at = Strides.axis(axis, dims.length);
        return result(Lanes.map(cells(), dims, at, dims[at], type, f), shape);
    }

    private DataType sumType() {
        return getDataType().isFloating() ? getDataType() : DataType.INT64;
    }

    @Override
    public NDArray sum() {
        return reduce(sumType(), Lanes::sum);
    }

    @Override
    public NDArray sum(int[] axes, boolean keepDims) {
        return reduce(axes, keepDims, sumType(), Lanes::sum);
    }

    @Override
    public NDArray prod() {
        return reduce(sumType(), Lanes::product);
    }

    @Override
    public NDArray prod(int[] axes, boolean keepDims) {
        return reduce(axes, keepDims, sumType(), Lanes::product);
    }

    @Override
    public NDArray mean() {
        return reduce(Elementwise.floating(getDataType()), Lanes::mean);
    }

    @Override
    public NDArray mean(int[] axes, boolean keepDims) {
        return reduce(axes, keepDims, Elementwise.floating(getDataType()), Lanes::mean);
    }

    @Override
    public NDArray max() {
        return reduce(getDataType(), some("max", Lanes::max));
    }

    @Override
    public NDArray max(int[] axes, boolean keepDims) {
        return reduce(axes, keepDims, getDataType(), some("max", Lanes::max));
    }

    @Override
    public NDArray min() {
        return reduce(getDataType(), some("min", Lanes::min));
    }

    @Override
    public NDArray min(int[] axes, boolean keepDims) {
        return reduce(axes, keepDims, getDataType(), some("min", Lanes::min));
    }

    @Override
    public NDArray argMax() {
        return reduce(DataType.INT64, some("argMax", Lanes::argMax));
    }

    @Override
    public NDArray argMax(int axis) {
        return argument(axis, some("argMax", Lanes::argMax));
    }

    @Override
    public NDArray argMin() {
        return reduce(DataType.INT64, some("argMin", Lanes::argMin));
    }

    @Override
    public NDArray argMin(int axis) {
        return argument(axis, some("argMin", Lanes::argMin));
    }

    private NDArray argument(int axis, ToDoubleFunction<double[]> f) {
        int[] axes = shape.isScalar() ? new int[0] : new int[] {axis};
        return reduce(axes, false, DataType.INT64, f);
    }

    @Override
    public NDArray norm(boolean keepDims) {
        int[] all = IntStream.range(0, dims().length).toArray();
        return norm(2, all, keepDims);
    }

    @Override
    public NDArray norm(int ord, int[] axes, boolean keepDims) {
        DataType type = Elementwise.floating(getDataType());
        return reduce(axes, keepDims, type, lane -> Lanes.norm(lane, ord));
    }

    @Override
    public NDArray normalize(double exponent, long dim, double eps) {
        return along(
                Math.toIntExact(dim),
                Elementwise.floating(getDataType()),
                lane -> {
                    double norm = Math.max(Lanes.norm(lane, exponent), eps);
                    return Arrays.stream(lane).map(v -> v / norm).toArray();
                });
    }

    @Override
    public NDArray softmax(int axis) {
        return along(axis, Elementwise.floating(getDataType()), Lanes::softmax);
    }

    @Override
    public NDArray logSoftmax(int axis) {
        return along(axis, Elementwise.floating(getDataType()), Lanes::logSoftmax);
    }

    @Override
    public NDArray cumSum(int axis) {
        return along(axis, sumType(), Lanes::cumSum);
    }

    @Override
    public NDArray sort() {
        return sort(-1);
    }

    @Override
    public NDArray sort(int axis) {
        return along(axis, getDataType(), lane -> Lanes.sort(lane, true));
    }

    @Override
    public NDArray argSort(int axis, boolean ascending) {
        return along(axis, DataType.INT64, lane -> Lanes.argSort(lane, ascending));
    }

    /** The values and indices, sorted whether that is asked for or not; of equal ones the first. */
    @Override
    public NDList topK(int k, int axis, boolean largest, boolean sorted) {
        int[] dims = dims();
        int at = Strides.axis(axis, dims.length);
        if (k < 0 || k > dims[at]) {
            throw new IllegalArgumentException(
                    "Expected k from 0 to the length " + dims[at] + " of the axis, got " + k + '.');
        }
        Shape target = Strides.shape(Strides.replaced(dims, at, k));
        Cells values =
                Lanes.map(
                        cells(),
                        dims,
                        at,
                        k,
                        dataType,
                        lane -> Arrays.copyOf(Lanes.sort(lane, !largest), k));
        Cells indices =
                Lanes.map(
                        cells(),
                        dims,
                        at,
                        k,
                        DataType.INT64,
                        lane -> Arrays.copyOf(Lanes.argSort(lane, !largest), k));
        return new NDList(result(values, target), result(indices, target));
    }

    @Override
    public NDArray oneHot(int depth, float onValue, float offValue, DataType type) {
        Cells classes = cells();
        double[] values = new double[Math.multiplyExact(classes.count(), depth)];
        Arrays.fill(values, offValue);
        for (int i = 0; i < classes.count(); ++i) {
            int index = (int) classes.get(i);
            if (index < 0 || index >= depth) {
                throw new IllegalArgumentException(
                        "Expected classes from 0 to " + (depth - 1) + ", got " + index + '.');
            }
            values[i * depth + index] = onValue;
        }
        int[] dims = dims();
        return result(
                Cells.of(type, values), Strides.shape(Strides.with(dims, dims.length, depth)));
    }
}
