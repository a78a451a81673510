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
import ai.djl.ndarray.types.DataType;

/** The check that fits and readings of a network make of their data. */
public final class FiniteSamples {

    private FiniteSamples() {}

    /**
     * Requires data of two axes without NaN and infinities.
     *
     * @param name what the data are, for the message
     * @param data the data, [samples, columns]
     * @throws IllegalArgumentException if there is no data, it has another shape or no sample, or a
     *     number is not finite
     */
    public static void require(String name, NDArray data) {
        if (data == null) {
            throw new IllegalArgumentException(name + " must not be null.");
        }
        if (data.getShape().dimension() != 2 || data.getShape().get(0) < 1) {
            throw new IllegalArgumentException(
                    String.format(
                            "%s must have the shape [samples, columns] with at least one sample,"
                                    + " but has %s.",
                            name, data.getShape()));
        }
        // The difference is 0 for what is finite, however large, and NaN for what is not.
        try (NDArray zero = data.sub(data);
                NDArray sum = zero.sum();
                NDArray exact = sum.toType(DataType.FLOAT64, true)) {
            if (Double.isNaN(exact.toDoubleArray()[0])) {
                throw new IllegalArgumentException(
                        name + " must be finite, but holds a NaN or an infinity.");
            }
        }
    }

    /**
     * Requires data of the type of a network.
     *
     * @param kan the network, initialized
     * @param name what the data are, for the message
     * @param data the data
     * @throws IllegalArgumentException if the types differ
     */
    public static void requireTypeOf(Kan kan, String name, NDArray data) {
        DataType type = kan.getLayers().get(0).coefficients.getArray().getDataType();
        if (data.getDataType() != type) {
            throw new IllegalArgumentException(
                    String.format(
                            "%s must have the type of the network, %s, but has %s.",
                            name, type, data.getDataType()));
        }
    }
}
