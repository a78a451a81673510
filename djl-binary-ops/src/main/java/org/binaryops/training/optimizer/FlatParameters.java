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
package org.binaryops.training.optimizer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.nn.Parameter;
import java.util.List;

/** The parameters of a block, and their gradients, as one vector in double precision. */
final class FlatParameters {

    private static final NDIndex EVERYTHING = new NDIndex("...");

    private final List<Parameter> parameters;
    private final int size;

    FlatParameters(List<Parameter> parameters) {
        this.parameters = parameters;
        long sum = 0;
        for (Parameter parameter : parameters) {
            NDArray array = parameter.getArray();
            if (!array.getDataType().isFloating()) {
                throw new IllegalArgumentException(
                        String.format(
                                "L-BFGS optimizes floating-point parameters, but \"%s\" is %s.",
                                parameter.getName(), array.getDataType()));
            }
            sum += array.size();
        }
        size = Math.toIntExact(sum);
    }

    int size() {
        return size;
    }

    double[] values() {
        double[] flat = new double[size];
        int at = 0;
        for (Parameter parameter : parameters) {
            at = copy(parameter.getArray(), flat, at);
        }
        return flat;
    }

    /** Copies the gradients; a parameter that the loss does not depend on has none. */
    void gradients(double[] flat) {
        int at = 0;
        for (Parameter parameter : parameters) {
            NDArray array = parameter.getArray();
            try (NDArray gradient = array.getGradient()) {
                at = copy(gradient, flat, at);
            }
        }
    }

    /** Sets the gradients to 0; the engine adds to them. */
    void clearGradients() {
        for (Parameter parameter : parameters) {
            NDArray array = parameter.getArray();
            if (!array.hasGradient()) {
                array.setRequiresGradient(true);
            }
            try (NDArray gradient = array.getGradient();
                    NDArray zeros = gradient.zerosLike()) {
                gradient.set(EVERYTHING, zeros);
            }
        }
    }

    /** Writes into the arrays that the block holds. */
    void set(double[] flat) {
        int at = 0;
        for (Parameter parameter : parameters) {
            NDArray array = parameter.getArray();
            int length = Math.toIntExact(array.size());
            double[] part = new double[length];
            System.arraycopy(flat, at, part, 0, length);
            at += length;
            try (NDManager scratch = array.getManager().newSubManager()) {
                // A detached handle keeps autograd out of it.
                NDArray live = array.stopGradient();
                live.attach(scratch);
                NDArray exact = scratch.create(part, array.getShape());
                live.set(EVERYTHING, exact.toType(array.getDataType(), false));
            }
        }
    }

    private static int copy(NDArray from, double[] flat, int at) {
        try (NDArray exact = from.toType(DataType.FLOAT64, true)) {
            double[] values = exact.toDoubleArray();
            System.arraycopy(values, 0, flat, at, values.length);
            return at + values.length;
        }
    }
}
