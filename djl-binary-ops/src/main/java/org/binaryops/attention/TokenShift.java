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
package org.binaryops.attention;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import ai.djl.training.initializer.Initializer;
import java.util.function.DoubleUnaryOperator;
import java.util.function.IntToDoubleFunction;
import org.binaryops.gradient.Temporaries;

/** RWKV's mix of each token with the one before it, x_t μ + x_{t−1} (1 − μ), with a learned μ. */
final class TokenShift {

    private final Parameter mu;

    /**
     * Creates a mix.
     *
     * @param start the start value of μ at channel i, a function of i / C
     */
    TokenShift(String name, int width, DoubleUnaryOperator start) {
        mu = fixedStart(name, width, i -> start.applyAsDouble((double) i / width));
    }

    Parameter parameter() {
        return mu;
    }

    static void check(int width, int layer, int layers) {
        if (width < 1) {
            throw new IllegalArgumentException("width must be positive, but was " + width + ".");
        }
        if (layer < 0 || layer >= layers) {
            throw new IllegalArgumentException(
                    String.format(
                            "layer must be at least 0 and less than the number of layers, but was"
                                    + " %d of %d.",
                            layer, layers));
        }
    }

    /** A vector of parameters with a start value for each channel. */
    static Parameter fixedStart(String name, int width, IntToDoubleFunction start) {
        return Parameter.builder()
                .setName(name)
                .setType(Parameter.Type.OTHER)
                .optShape(new Shape(width))
                .optInitializer(
                        new Initializer() {
                            @Override
                            public NDArray initialize(NDManager manager, Shape s, DataType type) {
                                double[] values = new double[width];
                                for (int i = 0; i < width; ++i) {
                                    values[i] = start.applyAsDouble(i);
                                }
                                // A copy that belongs to the engine.
                                try (NDArray exact = manager.create(values);
                                        NDArray zeros = manager.zeros(new Shape(width), type)) {
                                    return zeros.add(exact.toType(type, false));
                                }
                            }
                        })
                .build();
    }

    /** Each token's predecessor, zeros for the first: (B, T, C). */
    static NDArray shifted(NDArray x) {
        Shape shape = x.getShape();
        NDArray start =
                x.getManager().zeros(new Shape(shape.get(0), 1, shape.get(2)), x.getDataType());
        return shape.get(1) == 1 ? start : start.concat(x.get(new NDIndex(":, :-1")), 1);
    }

    NDArray mixed(ParameterStore store, NDArray x, NDArray last, boolean training) {
        NDArray m = Temporaries.parameter(store, mu, x, training);
        // x μ + l (1 − μ) = l + (x − l) μ
        return x.sub(last).mul(m).add(last);
    }
}
