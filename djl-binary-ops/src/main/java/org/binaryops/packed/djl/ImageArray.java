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

import ai.djl.modality.cv.Image;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDArrayIndexer;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;

/**
 * Methods of DJL's {@code NDArrayEx} for an array: joining arrays, and the transforms of images.
 * {@link ArrayExtension} finds them by their names and parameters.
 */
final class ImageArray {

    private final JavaNDArray array;

    ImageArray(JavaNDArray array) {
        this.array = array;
    }

    public NDArray getArray() {
        return array;
    }

    public NDArrayIndexer getIndexer(NDManager manager) {
        return new Slices(manager);
    }

    public NDArray stack(NDList others, int axis) {
        return Joining.stack(array, withArray(others), axis);
    }

    public NDArray concat(NDList others, int axis) {
        return Joining.concat(array, withArray(others), axis);
    }

    private NDList withArray(NDList others) {
        NDList all = new NDList(array);
        all.addAll(others);
        return all;
    }

    public NDArray where(NDArray condition, NDArray other) {
        int[] dims = array.dims();
        Cells chosen = array.cells().copy();
        Cells rest =
                Elementwise.repeat(JavaNDArray.read(other), Strides.dims(other.getShape()), dims);
        Cells which =
                Elementwise.repeat(
                        JavaNDArray.read(condition), Strides.dims(condition.getShape()), dims);
        for (int i = 0; i < chosen.count(); ++i) {
            if (which.get(i) == 0) {
                chosen.set(i, rest.get(i));
            }
        }
        return array.result(chosen, array.getShape());
    }

    public NDArray relu() {
        return array.maximum(0);
    }

    public NDArray sigmoid() {
        return array.sigmoid();
    }

    public NDArray tanh() {
        return array.tanh();
    }

    /** From (height, width, channels), bytes, to (channels, height, width), 0 to 1. */
    public NDArray toTensor() {
        int[] dims = array.dims();
        if (dims.length != 3 && dims.length != 4) {
            throw new IllegalArgumentException(
                    "Expected an image (height, width, channels) or a batch of them, got the"
                            + " shape "
                            + array.getShape()
                            + '.');
        }
        int[] axes = dims.length == 3 ? new int[] {2, 0, 1} : new int[] {0, 3, 1, 2};
        try (NDArray turned = array.transpose(axes)) {
            return array.result(
                    Elementwise.unary(
                            ((JavaNDArray) turned).cells(), DataType.FLOAT32, v -> v / 255),
                    turned.getShape());
        }
    }

    /**
     * Subtracts the mean of each channel of (channels, height, width), divides by its deviation.
     */
    public NDArray normalize(float[] mean, float[] std) {
        if (mean.length != std.length) {
            throw new IllegalArgumentException(
                    "Expected as many means as deviations, got "
                            + mean.length
                            + " and "
                            + std.length
                            + '.');
        }
        NDManager manager = array.getManager();
        Shape channels =
                array.getShape().dimension() == 4
                        ? new Shape(1, mean.length, 1, 1)
                        : new Shape(mean.length, 1, 1);
        try (NDArray means = manager.create(mean, channels);
                NDArray deviations = manager.create(std, channels);
                NDArray centred = array.sub(means)) {
            return centred.div(deviations);
        }
    }

    /** Resizes (height, width, channels) or a batch of them. */
    public NDArray resize(int width, int height, int interpolation) {
        int[] dims = array.dims();
        if ((dims.length != 3 && dims.length != 4) || array.cells().count() == 0) {
            throw new IllegalArgumentException(
                    "Expected an image (height, width, channels) or a batch of them to resize, got"
                            + " the shape "
                            + array.getShape()
                            + '.');
        }
        Image.Interpolation kind = Image.Interpolation.values()[interpolation];
        int rows = dims.length - 3;
        Cells cells = array.cells().to(DataType.FLOAT32);
        cells = Resampling.resample(cells, dims, rows + 1, width, kind);
        dims = Strides.replaced(dims, rows + 1, width);
        cells = Resampling.resample(cells, dims, rows, height, kind);
        dims = Strides.replaced(dims, rows, height);
        return array.result(cells.to(array.getDataType()), Strides.shape(dims));
    }
}
