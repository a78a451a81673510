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
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import org.binaryops.gradient.Temporaries;

/**
 * A convolution whose kernel elements are learnable functions of one variable instead of factors.
 *
 * <p>The basis is evaluated once for each number of the input, and an ordinary convolution over the
 * channels × n values does the rest. Padding adds nothing to a sum: it stands for φ = 0, not for
 * φ(0).
 */
public abstract class KanConvolution extends KanLayer {

    private final Shape kernel;
    private final Shape stride;
    private final Shape padding;
    private final Shape dilation;

    KanConvolution(Options<?> options, Basis basis) {
        super(options, basis);
        kernel = options.kernel;
        stride = options.stride;
        padding = options.padding;
        dilation = options.dilation;
    }

    /** Convolves [batch, channels, …] with [units, channels, kernel]. */
    abstract NDArray convolve(
            NDArray x, NDArray weight, NDArray bias, Shape stride, Shape padding, Shape dilation);

    /** {@inheritDoc} */
    @Override
    protected NDList forwardInternal(
            ParameterStore parameterStore,
            NDList inputs,
            boolean training,
            PairList<String, Object> params) {
        NDArray x = inputs.singletonOrThrow();
        Shape output = getOutputShapes(new Shape[] {x.getShape()})[0];
        if (output.size() == 0) {
            return new NDList(x.getManager().zeros(output, x.getDataType()));
        }
        return new NDList(
                Temporaries.freed(
                        x.getManager(),
                        () -> {
                            NDArray weight = weight(parameterStore, x, training);
                            NDArray y =
                                    convolve(
                                            expanded(parameterStore, x, training),
                                            kernels(weight),
                                            get(bias, parameterStore, x, training),
                                            stride,
                                            padding,
                                            dilation);
                            NDArray w = baseWeight(parameterStore, x, training);
                            if (w == null) {
                                return y;
                            }
                            Shape shape = new Shape(units, channels()).addAll(kernel);
                            NDArray base =
                                    convolve(
                                            baseBranch.apply(x),
                                            w.reshape(shape),
                                            null,
                                            stride,
                                            padding,
                                            dilation);
                            return y.add(base);
                        }));
    }

    private long channels() {
        return mask.getShape().get(1) / kernel.size();
    }

    /** The values of the basis as channels: [batch, channels · n, …]. */
    private NDArray expanded(ParameterStore store, NDArray x, boolean training) {
        int axes = kernel.dimension();
        // The basis wants the channels last.
        NDArray last = axes == 1 ? x.transpose(0, 2, 1) : x.transpose(0, 2, 3, 1);
        NDArray values = basis.evaluate(store, last, training);
        long n = values.getShape().get(values.getShape().dimension() - 1);
        NDArray first = axes == 1 ? values.transpose(0, 2, 3, 1) : values.transpose(0, 3, 4, 1, 2);
        Shape shape = x.getShape();
        return first.reshape(new Shape(shape.get(0), shape.get(1) * n).addAll(shape.slice(2)));
    }

    /** Weights [units, channels · kernel, n] as kernels [units, channels · n, kernel]. */
    private NDArray kernels(NDArray weight) {
        long n = weight.getShape().get(2);
        Shape split = new Shape(units, channels()).addAll(kernel).add(n);
        NDArray parts = weight.reshape(split);
        NDArray moved =
                kernel.dimension() == 1
                        ? parts.transpose(0, 1, 3, 2)
                        : parts.transpose(0, 1, 4, 2, 3);
        return moved.reshape(new Shape(units, channels() * n).addAll(kernel));
    }

    /** {@inheritDoc} */
    @Override
    public Shape[] getOutputShapes(Shape[] inputShapes) {
        check(inputShapes[0]);
        Shape input = inputShapes[0];
        Shape output = new Shape(input.get(0), units);
        for (int d = 0; d < kernel.dimension(); ++d) {
            long extent = dilation.get(d) * (kernel.get(d) - 1) + 1;
            long room = input.get(d + 2) + 2 * padding.get(d) - extent;
            if (room < 0) {
                throw new IllegalArgumentException(
                        String.format(
                                "%s with kernel %s and padding %s got too small an input: %s.",
                                getClass().getSimpleName(), kernel, padding, input));
            }
            output = output.add(room / stride.get(d) + 1);
        }
        return new Shape[] {output};
    }

    private void check(Shape input) {
        int axes = kernel.dimension() + 2;
        if (input.dimension() != axes || input.get(1) < 1) {
            throw new IllegalArgumentException(
                    String.format(
                            "%s takes an input of shape [batch, channels, %s], but got %s.",
                            getClass().getSimpleName(),
                            axes == 3 ? "width" : "height, width",
                            input));
        }
        if (mask.isInitialized() && channels() != input.get(1)) {
            throw new IllegalArgumentException(
                    String.format(
                            "%s was initialized for %d channels, but got an input of shape %s.",
                            getClass().getSimpleName(), channels(), input));
        }
    }

    /** {@inheritDoc} */
    @Override
    protected void beforeInitialize(Shape... inputShapes) {
        super.beforeInitialize(inputShapes);
        check(inputShapes[0]);
    }

    /** {@inheritDoc} */
    @Override
    protected void prepare(Shape[] inputShapes) {
        check(inputShapes[0]);
        prepareEdges(inputShapes[0].get(1) * kernel.size());
    }

    /** {@inheritDoc} */
    @Override
    protected void initializeChildBlocks(
            NDManager manager, DataType dataType, Shape... inputShapes) {
        basis.initialize(manager, dataType, new Shape(1, inputShapes[0].get(1)));
    }

    @Override
    String structure() {
        return String.format(
                "%s, kernel %s, stride %s, padding %s, dilation %s",
                super.structure(), kernel, stride, padding, dilation);
    }

    /**
     * The settings of a convolution.
     *
     * @param <T> the concrete builder
     */
    public abstract static class Options<T extends Options<T>> extends KanOptions<T> {

        private final int axes;
        Shape kernel;
        Shape stride;
        Shape padding;
        Shape dilation;

        Options(int axes) {
            this.axes = axes;
            stride = filled(1);
            padding = filled(0);
            dilation = filled(1);
        }

        private Shape filled(long value) {
            return axes == 1 ? new Shape(value) : new Shape(value, value);
        }

        /**
         * Sets the number of filters.
         *
         * @param filters the number of channels of the output, positive
         * @return this builder
         */
        public T setFilters(int filters) {
            units = filters;
            return self();
        }

        /**
         * Sets the size of the kernel.
         *
         * @param kernel the size along each axis, positive
         * @return this builder
         */
        public T setKernelShape(Shape kernel) {
            this.kernel = kernel;
            return self();
        }

        /**
         * Sets the stride; the default is 1.
         *
         * @param stride the stride along each axis, positive
         * @return this builder
         */
        public T optStride(Shape stride) {
            this.stride = stride;
            return self();
        }

        /**
         * Sets the padding at both ends of each axis; the default is 0.
         *
         * @param padding the padding along each axis, not negative
         * @return this builder
         */
        public T optPadding(Shape padding) {
            this.padding = padding;
            return self();
        }

        /**
         * Sets the distance between the elements of the kernel; the default is 1.
         *
         * @param dilation the distance along each axis, positive
         * @return this builder
         */
        public T optDilation(Shape dilation) {
            this.dilation = dilation;
            return self();
        }

        /** Checks the settings and returns the basis. */
        Basis checkedBasis() {
            require("kernelShape", kernel, 1);
            require("stride", stride, 1);
            require("padding", padding, 0);
            require("dilation", dilation, 1);
            return basis("filters");
        }

        private void require(String name, Shape shape, long least) {
            boolean good = shape != null && shape.dimension() == axes;
            for (int d = 0; good && d < axes; ++d) {
                good = shape.get(d) >= least;
            }
            if (!good) {
                throw new IllegalArgumentException(
                        String.format(
                                "%s must have %d numbers of at least %d, but was %s.",
                                name, axes, least, shape));
            }
        }
    }
}
