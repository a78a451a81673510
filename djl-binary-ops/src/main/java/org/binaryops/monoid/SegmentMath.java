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
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;

import org.binaryops.gradient.Temporaries;

import java.util.Arrays;

/**
 * Sums, extremes and softmax over ragged sets, differentiable and on every device.
 *
 * <p>All of them fold along balanced trees, so that the result of a set has the same bits in every
 * batch and rounding grows with log₂ n only. An empty set gives 0.
 */
public final class SegmentMath {

    private SegmentMath() {}

    /**
     * Computes the sum over each set.
     *
     * @param elements [N, F]
     * @param segments the sets
     * @return [S, F], attached to the manager of {@code elements}
     */
    public static NDArray sum(NDArray elements, Segments segments) {
        return tree(elements, segments, NDArray::add);
    }

    /**
     * Computes the largest number of each column over each set; where several are equal, they share
     * the gradient.
     *
     * @param elements [N, F]
     * @param segments the sets
     * @return [S, F], attached to the manager of {@code elements}
     */
    public static NDArray max(NDArray elements, Segments segments) {
        return tree(elements, segments, NDArray::maximum);
    }

    /**
     * Computes the smallest number of each column over each set; where several are equal, they
     * share the gradient.
     *
     * @param elements [N, F]
     * @param segments the sets
     * @return [S, F], attached to the manager of {@code elements}
     */
    public static NDArray min(NDArray elements, Segments segments) {
        return tree(elements, segments, NDArray::minimum);
    }

    private static NDArray tree(NDArray elements, Segments segments, Combination combination) {
        Rows.check("SegmentMath", elements.getShape(), segments);
        return Temporaries.freed(
                elements.getManager(),
                () ->
                        RaggedTree.reduce(
                                combination, elements, segments, segments.balanced(), null));
    }

    /**
     * Computes the mean over each set, Σx / n.
     *
     * @param elements [N, F]
     * @param segments the sets
     * @return [S, F], attached to the manager of {@code elements}
     */
    public static NDArray mean(NDArray elements, Segments segments) {
        return Temporaries.freed(
                elements.getManager(),
                () -> sum(elements, segments).mul(inverseLengths(elements, segments)));
    }

    /**
     * Computes the variance over each set, Σ(x − mean)² / n.
     *
     * @param elements [N, F]
     * @param segments the sets
     * @return [S, F], attached to the manager of {@code elements}
     */
    public static NDArray variance(NDArray elements, Segments segments) {
        return Temporaries.freed(
                elements.getManager(),
                () ->
                        mean(
                                elements.sub(spread(mean(elements, segments), segments)).square(),
                                segments));
    }

    /**
     * Computes the softmax of each column over each set.
     *
     * @param scores [N, F]
     * @param segments the sets
     * @return exp(s) / Σ exp(s), of shape [N, F], attached to the manager of {@code scores}
     */
    public static NDArray softmax(NDArray scores, Segments segments) {
        return Temporaries.freed(
                scores.getManager(),
                () -> {
                    NDArray largest = max(scores.stopGradient(), segments);
                    NDArray e = scores.sub(spread(largest, segments)).exp();
                    NDArray sums = spread(sum(e, segments), segments);
                    return segments.elements() == segments.rows()
                            ? e.div(sums)
                            // Rows that are in no set have the sum 0.
                            : e.div(sums.add(sums.eq(0).toType(sums.getDataType(), false)));
                });
    }

    /**
     * Gives every element the row of its set.
     *
     * @param sets [S, G]
     * @param segments the sets
     * @return [N, G], 0 for rows that are in no set, attached to the manager of {@code sets}
     * @throws IllegalArgumentException if there are not S rows
     */
    public static NDArray spread(NDArray sets, Segments segments) {
        Shape shape = sets.getShape();
        if (shape.dimension() != 2 || shape.get(0) != segments.sets()) {
            throw new IllegalArgumentException(
                    String.format(
                            "SegmentMath: there must be one row for each of %d sets, but there is"
                                    + " an array of shape %s",
                            segments.sets(), shape));
        }
        return Temporaries.freed(
                sets.getManager(),
                () -> {
                    int[] setOfRow = new int[segments.rows()];
                    Arrays.fill(setOfRow, segments.sets());
                    int[] order = segments.order();
                    int[] setOfElement = segments.setOfElement();
                    for (int i = 0; i < order.length; ++i) {
                        setOfRow[order[i]] = setOfElement[i];
                    }
                    NDArray source =
                            segments.elements() == segments.rows()
                                    ? sets
                                    : Rows.concat(new NDList(sets, Rows.identityRow(sets, null)));
                    return Rows.gather(source, setOfRow);
                });
    }

    /**
     * Gathers rows, as a message-passing layer does with the ends of its edges.
     *
     * @param array [N, F]
     * @param rows row numbers in 0..N − 1, on the host
     * @return the rows with these numbers, a new array, attached to the manager of {@code array}
     */
    public static NDArray gather(NDArray array, int[] rows) {
        return Temporaries.freed(
                array.getManager(),
                () ->
                        rows.length == 0
                                ? array.getManager()
                                        .zeros(
                                                new Shape(0, array.getShape().get(1)),
                                                array.getDataType(),
                                                array.getDevice())
                                : Rows.gather(array, rows));
    }

    /** 1/n for each set, 0 for an empty one, [S, 1]; inside {@code Temporaries.freed}. */
    static NDArray inverseLengths(NDArray like, Segments segments) {
        double[] inverse = new double[segments.sets()];
        Arrays.setAll(inverse, s -> segments.length(s) == 0 ? 0 : 1.0 / segments.length(s));
        return column(like, inverse);
    }

    /**
     * Brings numbers from the host to the device as a column, to be multiplied with rows.
     *
     * @param like an array with the manager, the data type and the device
     * @param values one number for each row
     * @return [values, 1], kept by the engine as long as a gradient needs it, attached to the
     *     manager of {@code like}
     */
    public static NDArray column(NDArray like, double[] values) {
        return Temporaries.freed(like.getManager(), () -> engineColumn(like, values));
    }

    private static NDArray engineColumn(NDArray like, double[] values) {
        NDArray column =
                like.getManager()
                        .create(values, new Shape(values.length, 1))
                        .toType(like.getDataType(), false)
                        .toDevice(like.getDevice(), false);
        // A sum copies what create made, which lives in a buffer of the JVM.
        return column.add(0);
    }
}
