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

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterServer;
import ai.djl.training.ParameterStore;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.binaryops.quantizer.Quantizer;

/** The quantized weights of one forward pass, behind a parameter store, until the pass ends. */
final class QuantizedWeights implements AutoCloseable {

    private final ParameterStore latent;
    private final Map<String, Quantizer> quantizers;
    private final NDManager owner;
    private final Map<String, NDArray> values = new ConcurrentHashMap<>();

    /**
     * Creates the weights of a forward pass.
     *
     * @param latent the store with the latent weights
     * @param quantizers the quantizers by the identifiers of the parameters
     * @param owner the manager of the input, which owns the quantized weights
     */
    QuantizedWeights(ParameterStore latent, Map<String, Quantizer> quantizers, NDManager owner) {
        this.latent = latent;
        this.quantizers = quantizers;
        this.owner = owner;
    }

    ParameterStore store() {
        return new Store();
    }

    /** A block may hand a weight on as its output; that one then lives on. */
    NDList keeping(NDList outputs) {
        values.values().removeIf(value -> outputs.stream().anyMatch(output -> output == value));
        return outputs;
    }

    /** Closes the handles; the autograd graph keeps what the backward pass needs. */
    @Override
    public void close() {
        values.values().forEach(NDArray::close);
    }

    private NDArray value(Parameter parameter, Device device, boolean training) {
        NDArray weight = latent.getValue(parameter, device, training);
        Quantizer quantizer = parameter == null ? null : quantizers.get(parameter.getId());
        if (quantizer == null) {
            return weight;
        }
        // A store makes copies for other devices that outlive the pass.
        NDScope.unregister(weight);
        NDArray known = values.get(parameter.getId());
        if (known != null) {
            return known;
        }
        // A weight is a leaf of the graph, so that the engine can tell whether it wants a gradient.
        NDArray value =
                weight.hasGradient()
                        ? quantizer.quantize(latent, weight, training)
                        : quantizer.quantizeFrozen(latent, weight);
        if (value != weight) {
            value.attach(owner);
            values.put(parameter.getId(), value);
        }
        return value;
    }

    /** The store that the inner block sees. */
    private final class Store extends ParameterStore {

        Store() {
            super(latent.getManager(), false);
        }

        @Override
        public NDArray getValue(Parameter parameter, Device device, boolean training) {
            return value(parameter, device, training);
        }

        @Override
        public NDManager getManager() {
            return latent.getManager();
        }

        @Override
        public void setParameterServer(ParameterServer parameterServer, Device[] devices) {
            latent.setParameterServer(parameterServer, devices);
        }

        @Override
        public void updateAllParameters() {
            latent.updateAllParameters();
        }

        @Override
        public void sync() {
            latent.sync();
        }
    }
}
