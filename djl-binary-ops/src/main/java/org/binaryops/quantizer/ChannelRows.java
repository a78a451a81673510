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
import org.binaryops.gradient.Temporaries;

/** Weights as rows, one for each output channel, and the statistics of the rows. */
final class ChannelRows {

    private ChannelRows() {}

    /**
     * Lays weights out as rows.
     *
     * @param w the weights, first axis the output channel
     * @param owner the name of the quantizer, for the message
     * @return the weights in the shape [channels, weights of one channel]
     * @throws IllegalArgumentException if {@code w} has fewer than two axes
     */
    static NDArray of(NDArray w, String owner) {
        Shape shape = w.getShape();
        if (shape.dimension() < 2) {
            throw new IllegalArgumentException(
                    owner
                            + " takes weights of two axes or more, the first the output channel,"
                            + " but got shape "
                            + shape
                            + ".");
        }
        return w.reshape(shape.get(0), -1);
    }

    /**
     * Computes the mean of each row.
     *
     * @param rows an array of shape [rows, columns]
     * @return the means, of shape [rows, 1]
     */
    static NDArray mean(NDArray rows) {
        return rows.mean(new int[] {1}, true);
    }

    /**
     * Computes the unbiased variance of rows with the mean 0.
     *
     * @param centred an array of shape [rows, columns]
     * @return the sum of squares over columns − 1, of shape [rows, 1]; 0 for a single column
     */
    static NDArray variance(NDArray centred) {
        double freedom = Math.max(1, centred.getShape().get(1) - 1);
        NDArray share = Temporaries.constant(centred, 1 / freedom);
        return centred.square().sum(new int[] {1}, true).mul(share);
    }

    /**
     * Tells where a divisor is 0, so that 1 can take its place.
     *
     * @param nonNegative an array without negative elements
     * @return 1 where the element is 0, else 0, without a gradient
     */
    static NDArray zeros(NDArray nonNegative) {
        return nonNegative.stopGradient().sign().muli(-1).addi(1);
    }
}
