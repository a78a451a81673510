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
package org.binaryops.quantizer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;

/**
 * The parts of an array that share a scale: the whole array, or each slice along one axis.
 *
 * @param axis the axis of the channels, or {@link #NONE} for one scale
 */
record Channels(int axis) {

    /** One scale for the whole array. */
    static final int NONE = -1;

    /** Checks an axis that a caller gave. */
    static int check(int axis) {
        if (axis < 0) {
            throw new IllegalArgumentException("axis must not be negative, but was " + axis + ".");
        }
        return axis;
    }

    /** Returns how many scales an array of a shape has. */
    long count(Shape shape) {
        if (axis == NONE) {
            return 1;
        }
        if (axis >= shape.dimension()) {
            throw new IllegalArgumentException(
                    String.format(
                            "A quantizer with a scale for each slice along axis %d needs at least"
                                    + " %d axes, but got shape %s.",
                            axis, axis + 1, shape));
        }
        return shape.get(axis);
    }

    /** Checks that an array of a shape has as many scales as were set. */
    void require(Shape shape, long scales) {
        if (count(shape) != scales) {
            throw new IllegalArgumentException(
                    String.format(
                            "This quantizer has %d scales along axis %d, but got shape %s.",
                            scales, axis, shape));
        }
    }

    /** Brings an array to the shape [channels, elements of a channel]. */
    NDArray rows(NDArray x) {
        long rows = count(x.getShape());
        return (axis > 0 ? x.swapAxes(0, axis) : x).reshape(rows, x.size() / Math.max(1, rows));
    }

    /** Brings an array of shape [channels] to one that broadcasts over an array of a shape. */
    NDArray broadcastable(NDArray perChannel, Shape shape) {
        long[] ones = new long[shape.dimension()];
        Arrays.fill(ones, 1);
        if (axis != NONE) {
            ones[axis] = shape.get(axis);
        }
        return perChannel.reshape(ones);
    }
}
