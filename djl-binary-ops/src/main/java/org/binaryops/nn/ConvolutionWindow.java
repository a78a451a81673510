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

import ai.djl.ndarray.types.Shape;

/**
 * Where the kernel of a convolution lies on its input: what layers with a kernel check and save.
 *
 * @param kernel the size of the kernel along each spatial axis
 * @param stride the steps of the kernel
 * @param padding the zeros added at each end
 * @param dilation the distance of two elements of the kernel
 * @param groups the number of groups
 */
record ConvolutionWindow(Shape kernel, Shape stride, Shape padding, Shape dilation, int groups) {

    private static final String[] NUMBERS = {"", "one number", "two numbers"};

    /** Checks the settings against the number of spatial axes and of filters. */
    void check(int axes, int filters) {
        if (filters <= 0) {
            throw new IllegalArgumentException(
                    "filters must be set and positive, but was " + filters + ".");
        }
        if (kernel == null) {
            throw new IllegalArgumentException("kernelShape must be set.");
        }
        check("kernelShape", kernel, axes, 1);
        check("stride", stride, axes, 1);
        check("padding", padding, axes, 0);
        check("dilation", dilation, axes, 1);
        if (groups <= 0 || filters % groups != 0) {
            throw new IllegalArgumentException(
                    String.format(
                            "groups must be a positive divisor of filters = %d, but was %d.",
                            filters, groups));
        }
    }

    /** Checks a setting that has a number for each spatial axis. */
    static void check(String name, Shape shape, int axes, int least) {
        boolean right = shape != null && shape.dimension() == axes;
        for (int i = 0; right && i < axes; ++i) {
            right = shape.get(i) >= least;
        }
        if (!right) {
            throw new IllegalArgumentException(
                    String.format(
                            "%s must be %s of at least %d, but was %s.",
                            name, NUMBERS[axes], least, shape));
        }
    }

    /** The shape of the weight, [filters, channels / groups, kernel …], for an input of a shape. */
    Shape weightShape(int filters, Shape input) {
        long channels = input.get(1);
        if (channels % groups != 0) {
            throw new IllegalArgumentException(
                    String.format(
                            "The number of channels must be a multiple of groups = %d, but was"
                                    + " %d.",
                            groups, channels));
        }
        return new Shape(filters, channels / groups).addAll(kernel);
    }

    /** The number of elements that the dilated kernel spans along an axis. */
    long span(int axis) {
        return dilation.get(axis) * (kernel.get(axis) - 1) + 1;
    }

    /**
     * The size of a convolution's output along each spatial axis.
     *
     * @throws IllegalArgumentException if the kernel does not fit into such an input
     */
    Shape outputSize(Shape input) {
        long[] size = new long[kernel.dimension()];
        for (int i = 0; i < size.length; ++i) {
            long room = input.get(2 + i) + 2 * padding.get(i) - span(i);
            size[i] = Math.floorDiv(room, stride.get(i)) + 1;
            if (size[i] < 1) {
                throw new IllegalArgumentException(
                        String.format(
                                "The kernel %s does not fit into an input of shape %s with padding"
                                        + " %s.",
                                kernel, input, padding));
            }
        }
        return new Shape(size);
    }

    String settings() {
        return String.format(
                "stride %s, padding %s, dilation %s, groups %d", stride, padding, dilation, groups);
    }
}
