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
package org.binaryops.packed.compiler;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import java.util.HashMap;
import java.util.Map;
import org.binaryops.nn.WeightOnlyQuantization;

/**
 * What the layers inside of a {@link WeightOnlyQuantization} see: quantized weights in the place of
 * the latent ones.
 */
final class QuantizedStore extends ParameterStore {

    private final ParameterStore latent;
    private final Map<String, NDArray> values = new HashMap<>();

    /** Quantizes the weights; they live as long as the manager. */
    QuantizedStore(NDManager manager, ParameterStore latent, WeightOnlyQuantization block) {
        super(manager, false);
        this.latent = latent;
        block.forEachWeight(
                (quantizer, weight) -> {
                    NDArray value = quantizer.quantizeFrozen(latent, weight).duplicate();
                    value.attach(manager);
                    block.getQuantizedParameters()
                            .values()
                            .forEach(
                                    p -> {
                                        if (p.getArray() == weight) {
                                            values.put(p.getId(), value);
                                        }
                                    });
                });
    }

    /** {@inheritDoc} */
    @Override
    public NDArray getValue(Parameter parameter, Device device, boolean training) {
        NDArray value = parameter == null ? null : values.get(parameter.getId());
        return value == null ? latent.getValue(parameter, device, training) : value;
    }
}
