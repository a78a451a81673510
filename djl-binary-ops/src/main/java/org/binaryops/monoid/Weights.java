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
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;

/** Parameters that start as those of PyTorch's linear layers. */
final class Weights {

    private Weights() {}

    /** A weight [out, in] that starts as U(−1/√in, 1/√in). */
    static Parameter weight(String name) {
        return Parameter.builder()
                .setName(name)
                .setType(Parameter.Type.WEIGHT)
                .optInitializer(Weights::uniform)
                .build();
    }

    /** A bias that starts at 0. */
    static Parameter bias(String name) {
        return Parameter.builder().setName(name).setType(Parameter.Type.BIAS).build();
    }

    private static NDArray uniform(NDManager manager, Shape shape, DataType type) {
        float bound = (float) (1 / Math.sqrt(shape.get(shape.dimension() - 1)));
        return manager.randomUniform(-bound, bound, shape, type);
    }
}
