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
package org.binaryops.monoid;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;

/**
 * Sets of different sizes in one array, in the form that {@link TreeReduction} takes: in each set
 * first the elements that are present, in their order, then absent ones, which are 0.
 *
 * <p>The factory methods are to be called inside {@code Temporaries.freed}. They replace the absent
 * elements by selecting, not by multiplying, so that a NaN in the padding reaches neither the
 * result nor the gradient.
 *
 * @param elements the elements, of shape [B, n, F]
 * @param presence which elements are present, of shape [B, n] and boolean, or {@code null} if all
 *     are
 */
record RaggedBatch(NDArray elements, NDArray presence) {

    /**
     * Takes elements with what the user says about their presence.
     *
     * @param elements the elements, of shape [B, n, F]
     * @param presence a mask of shape [B, n], lengths of shape [B], or {@code null}
     */
    static RaggedBatch of(NDArray elements, NDArray presence) {
        check(elements.getShape(), presence == null ? null : presence.getShape());
        if (presence == null || elements.getShape().get(1) == 0) {
            return new RaggedBatch(elements, null);
        }
        return presence.getShape().dimension() == 1
                ? ofLengths(elements, presence)
                : ofMask(elements, presence);
    }

    static void check(Shape elements, Shape presence) {
        if (elements.dimension() != 3) {
            throw new IllegalArgumentException(
                    "the elements must have the shape [batch, elements, features], but have "
                            + elements);
        }
        if (presence != null
                && !presence.equals(elements.slice(0, 1))
                && !presence.equals(elements.slice(0, 2))) {
            throw new IllegalArgumentException(
                    String.format(
                            "beside elements of shape %s there must be a mask of shape %s or"
                                    + " lengths of shape %s, but there is an array of shape %s",
                            elements, elements.slice(0, 2), elements.slice(0, 1), presence));
        }
    }

    /** Position i is present if i &lt; length, so a length outside 0..n acts as if clipped. */
    private static RaggedBatch ofLengths(NDArray elements, NDArray lengths) {
        return zeroAbsent(elements, positions(elements).lt(lengths.expandDims(1)));
    }

    /** Moves the present elements to the front. */
    private static RaggedBatch ofMask(NDArray elements, NDArray mask) {
        Shape shape = elements.getShape();
        NDArray present = mask.toType(DataType.BOOLEAN, false);
        NDArray positions = positions(elements);
        // Distinct keys: sorting them keeps the order, which a sort of the mask does not promise.
        NDArray order =
                present.logicalNot()
                        .toType(DataType.INT64, false)
                        .mul(shape.get(1))
                        .add(positions)
                        .argSort(1, true);
        NDArray front = elements.gather(order.expandDims(2).broadcast(shape), 1);
        NDArray lengths = present.toType(DataType.INT64, false).sum(new int[] {1}, true);
        return zeroAbsent(front, positions.lt(lengths));
    }

    private static RaggedBatch zeroAbsent(NDArray elements, NDArray presence) {
        NDArray zero =
                elements.getManager()
                        .zeros(new Shape(1), elements.getDataType(), elements.getDevice());
        NDArray selected =
                NDArrays.where(
                        presence.expandDims(2).broadcast(elements.getShape()), elements, zero);
        return new RaggedBatch(selected, presence);
    }

    /** 0, 1, …, n − 1, of shape [1, n]. */
    private static NDArray positions(NDArray elements) {
        return elements.getManager()
                .arange(0, elements.getShape().get(1), 1, DataType.INT64, elements.getDevice())
                .expandDims(0);
    }
}
