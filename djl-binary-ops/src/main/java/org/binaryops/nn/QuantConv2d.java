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
package org.binaryops.nn;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.convolutional.Conv2d;
import org.binaryops.gradient.Temporaries;

/**
 * A two-dimensional convolution with a quantized input and a quantized weight.
 *
 * <p>$$Y = \alpha \odot K \odot (Q_{in}(X) * Q_w(W)) + b$$
 *
 * <p>Shapes:
 *
 * <ul>
 *   <li>input X: [batch, channels, height, width]
 *   <li>weight W: [filters, channels / groups, kernel height, kernel width]
 *   <li>scale α: [filters], one number or of rank one (see {@link WeightScale}); bias b: [filters],
 *       optional
 *   <li>input scale K: [batch, 1, 1, 1] or [batch, 1 or filters, output height, output width] (see
 *       {@link InputScale}), optional
 *   <li>output Y: [batch, filters, ⌊(height + 2·padding − dilation·(kernel − 1) − 1) / stride⌋ + 1,
 *       …]
 * </ul>
 *
 * <p>The padding is done after the quantization and with zeros, as in the papers' code: a padded
 * position adds nothing to an accumulator.
 */
public final class QuantConv2d extends QuantizedLayer {

    private final Shape kernel;
    private final Shape stride;
    private final Shape padding;
    private final Shape dilation;
    private final int groups;

    private QuantConv2d(Builder builder) {
        super(builder);
        kernel = builder.kernel;
        stride = builder.stride;
        padding = builder.padding;
        dilation = builder.dilation;
        groups = builder.groups;
    }

    /** {@inheritDoc} */
    @Override
    protected Shape weightShape(Shape input) {
        if (input.dimension() != 4) {
            throw new IllegalArgumentException(
                    "QuantConv2d takes an input of shape [batch, channels, height, width], but got "
                            + input
                            + ".");
        }
        long channels = input.get(1);
        if (channels % groups != 0) {
            throw new IllegalArgumentException(
                    String.format(
                            "The number of channels must be a multiple of groups = %d, but was"
                                    + " %d.",
                            groups, channels));
        }
        Shape shape = new Shape(getUnits(), channels / groups).addAll(kernel);
        if (isInitialized() && !shape.equals(getDirectParameters().get("weight").getShape())) {
            throw new IllegalArgumentException(
                    String.format(
                            "QuantConv2d was initialized for a weight of shape %s, but got an"
                                    + " input of shape %s.",
                            getDirectParameters().get("weight").getShape(), input));
        }
        for (int i = 0; i < 2; ++i) {
            if (outputSize(input, i) < 1) {
                throw new IllegalArgumentException(
                        String.format(
                                "The kernel %s does not fit into an input of shape %s with padding"
                                        + " %s.",
                                kernel, input, padding));
            }
        }
        return shape;
    }

    @Override
    String settings() {
        return super.settings()
                + String.format(
                        ", stride %s, padding %s, dilation %s, groups %d",
                        stride, padding, dilation, groups);
    }

    private long outputSize(Shape input, int axis) {
        long span = dilation.get(axis) * (kernel.get(axis) - 1) + 1;
        return Math.floorDiv(input.get(2 + axis) + 2 * padding.get(axis) - span, stride.get(axis))
                + 1;
    }

    /** {@inheritDoc} */
    @Override
    protected NDArray accumulate(NDArray input, NDArray weight) {
        return Conv2d.conv2d(input, weight, null, stride, padding, dilation, groups)
                .singletonOrThrow();
    }

    /** {@inheritDoc} */
    @Override
    protected int spatialAxes() {
        return 2;
    }

    /** {@inheritDoc} */
    @Override
    protected NDArray timesSpatialMap(NDArray accumulators, NDArray input) {
        // |x| is as large as the input, and is freed at once.
        NDArray map = Temporaries.freed(input.getManager(), () -> spatialMap(input));
        if (groups == 1 || groups == getUnits()) {
            return accumulators.muli(map);
        }
        Shape out = accumulators.getShape();
        long units = getUnits() / groups;
        return accumulators
                .reshape(out.get(0), groups, units, out.get(2), out.get(3))
                .mul(map.expandDims(2))
                .reshape(out);
    }

    /** K of each group, of shape [batch, groups, output height, output width]. */
    private NDArray spatialMap(NDArray input) {
        Shape in = input.getShape();
        long perGroup = in.get(1) / groups;
        NDArray sums =
                input.stopGradient()
                        .abs()
                        .reshape(in.get(0), groups, perGroup, in.get(2), in.get(3))
                        .sum(new int[] {2});
        double share = 1.0 / (perGroup * kernel.size());
        NDArray average =
                input.getManager()
                        .ones(new Shape(groups, 1).addAll(kernel), input.getDataType())
                        .muli(share);
        return Conv2d.conv2d(sums, average, null, stride, padding, dilation, groups)
                .singletonOrThrow();
    }

    /** {@inheritDoc} */
    @Override
    protected NDArray broadcastable(NDArray perChannel) {
        return perChannel.reshape(1, getUnits(), 1, 1);
    }

    /** {@inheritDoc} */
    @Override
    public Shape[] getOutputShapes(Shape[] inputs) {
        Shape input = inputs[0];
        return new Shape[] {
            new Shape(input.get(0), getUnits(), outputSize(input, 0), outputSize(input, 1))
        };
    }

    /**
     * Returns the size of the kernel.
     *
     * @return [height, width]
     */
    public Shape getKernelShape() {
        return kernel;
    }

    /**
     * Returns the stride.
     *
     * @return [vertical, horizontal]
     */
    public Shape getStride() {
        return stride;
    }

    /**
     * Returns the padding with zeros on each side.
     *
     * @return [vertical, horizontal]
     */
    public Shape getPadding() {
        return padding;
    }

    /**
     * Returns the dilation.
     *
     * @return [vertical, horizontal]
     */
    public Shape getDilation() {
        return dilation;
    }

    /**
     * Returns the number of groups.
     *
     * @return the number of groups
     */
    public int getGroups() {
        return groups;
    }

    /**
     * Creates a builder.
     *
     * @return a new builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /** Builds a {@link QuantConv2d}. */
    public static final class Builder extends QuantizedLayer.Builder<Builder> {

        private Shape kernel;
        private Shape stride = new Shape(1, 1);
        private Shape padding = new Shape(0, 0);
        private Shape dilation = new Shape(1, 1);
        private int groups = 1;

        private Builder() {}

        /**
         * Sets the number of filters.
         *
         * @param filters the number of output channels, positive
         * @return this builder
         */
        public Builder setFilters(int filters) {
            this.units = filters;
            return this;
        }

        /**
         * Sets the size of the kernel.
         *
         * @param kernel [height, width]
         * @return this builder
         */
        public Builder setKernelShape(Shape kernel) {
            this.kernel = kernel;
            return this;
        }

        /**
         * Sets the stride; the default is [1, 1].
         *
         * @param stride [vertical, horizontal]
         * @return this builder
         */
        public Builder optStride(Shape stride) {
            this.stride = stride;
            return this;
        }

        /**
         * Sets the padding with zeros on each side; the default is [0, 0].
         *
         * @param padding [vertical, horizontal]
         * @return this builder
         */
        public Builder optPadding(Shape padding) {
            this.padding = padding;
            return this;
        }

        /**
         * Sets the dilation; the default is [1, 1].
         *
         * @param dilation [vertical, horizontal]
         * @return this builder
         */
        public Builder optDilation(Shape dilation) {
            this.dilation = dilation;
            return this;
        }

        /**
         * Sets the number of groups; the default is 1. As many groups as channels make the
         * convolution depthwise.
         *
         * @param groups a divisor of the channels and of the filters
         * @return this builder
         */
        public Builder optGroups(int groups) {
            this.groups = groups;
            return this;
        }

        /** {@inheritDoc} */
        @Override
        protected boolean supports(InputScale scale) {
            return true;
        }

        /** {@inheritDoc} */
        @Override
        protected Builder self() {
            return this;
        }

        /**
         * Builds the layer.
         *
         * @return a new layer
         * @throws IllegalArgumentException if a required setting is missing or one is out of range
         */
        public QuantConv2d build() {
            if (units <= 0) {
                throw new IllegalArgumentException(
                        "filters must be set and positive, but was " + units + ".");
            }
            if (kernel == null) {
                throw new IllegalArgumentException("kernelShape must be set.");
            }
            check("kernelShape", kernel, 1);
            check("stride", stride, 1);
            check("padding", padding, 0);
            check("dilation", dilation, 1);
            if (groups <= 0 || units % groups != 0) {
                throw new IllegalArgumentException(
                        String.format(
                                "groups must be a positive divisor of filters = %d, but was %d.",
                                units, groups));
            }
            check();
            return new QuantConv2d(this);
        }

        private static void check(String name, Shape shape, int least) {
            if (shape.dimension() != 2 || shape.get(0) < least || shape.get(1) < least) {
                throw new IllegalArgumentException(
                        String.format(
                                "%s must be two numbers of at least %d, but was %s.",
                                name, least, shape));
            }
        }
    }
}
