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
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractBlock;
import ai.djl.nn.Parameter;
import ai.djl.nn.core.Linear;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.binaryops.engine.Convolutions;
import org.binaryops.gradient.Temporaries;

/** The reductions of AF-KAN with their parameters; only those in use have any. */
final class AfReducer extends AbstractBlock {

    private static final byte VERSION = 1;

    private final int size;
    private final Map<String, Parameter> parameters = new LinkedHashMap<>();

    AfReducer(Set<AfReduction> used, int size) {
        super(VERSION);
        this.size = size;
        if (used.contains(AfReduction.GLOBAL_ATTENTION) || used.contains(AfReduction.MULTISTEP)) {
            linear("form", 1, size);
        }
        if (used.contains(AfReduction.SPATIAL_ATTENTION)) {
            add("convolution.weight", 3, new Shape(size, 1, 3));
            add("convolution.bias", 3, new Shape(size));
        }
        if (used.contains(AfReduction.LOCAL_ATTENTION)) {
            linear("local.query", 2, 2);
            linear("local.key", 2, 2);
            linear("local.value", 2, 2);
            linear("local.form", 1, size / 2 * 2);
        }
        if (used.contains(AfReduction.MULTIHEAD_ATTENTION)) {
            attention("heads");
            linear("heads.out", size, size);
        }
        if (used.contains(AfReduction.SELF_ATTENTION)) {
            attention("self");
        }
    }

    private void attention(String name) {
        linear(name + ".query", size, size);
        linear(name + ".key", size, size);
        linear(name + ".value", size, size);
    }

    private void linear(String name, int out, int in) {
        add(name + ".weight", in, new Shape(out, in));
        add(name + ".bias", in, new Shape(out));
    }

    /** Uniform in ±1/√fan, as PyTorch starts its layers. */
    private void add(String name, int fan, Shape shape) {
        float most = (float) (1 / Math.sqrt(fan));
        Parameter parameter =
                addParameter(
                        Parameter.builder()
                                .setName(name)
                                .setType(Parameter.Type.OTHER)
                                .optShape(shape)
                                .optInitializer(
                                        (manager, s, type) ->
                                                manager.randomUniform(-most, most, s, type))
                                .build());
        parameters.put(name, parameter);
    }

    /**
     * Reduces.
     *
     * @param z [samples, features, n]
     * @param temperature T
     * @return [samples, features]
     */
    NDArray reduce(
            AfReduction reduction,
            ParameterStore store,
            NDArray z,
            NDArray temperature,
            boolean training) {
        return new Pass(store, z, temperature, training).reduce(reduction);
    }

    @Override
    protected NDList forwardInternal(
            ParameterStore parameterStore,
            NDList inputs,
            boolean training,
            PairList<String, Object> params) {
        throw new UnsupportedOperationException("AfKanLinear calls reduce.");
    }

    @Override
    public Shape[] getOutputShapes(Shape[] inputShapes) {
        return new Shape[] {inputShapes[0].slice(0, inputShapes[0].dimension() - 1)};
    }

    @Override
    protected void initializeChildBlocks(NDManager manager, DataType type, Shape... inputShapes) {
        // There are no children.
    }

    /** One evaluation. */
    private final class Pass {

        private final ParameterStore store;
        private final NDArray z;
        private final NDArray temperature;
        private final boolean training;

        Pass(ParameterStore store, NDArray z, NDArray temperature, boolean training) {
            this.store = store;
            this.z = z;
            this.temperature = temperature;
            this.training = training;
        }

        private NDArray get(String name) {
            return Temporaries.parameter(store, parameters.get(name), z, training);
        }

        private NDArray linear(NDArray x, String name) {
            Shape shape = x.getShape();
            int last = shape.dimension() - 1;
            NDArray weight = get(name + ".weight");
            // As rows of a matrix: for more axes PyTorch chooses the order of the sums by whether
            // the weight carries a gradient, and a layer would differ from itself after loading.
            NDArray rows = x.reshape(-1, shape.get(last));
            return Linear.linear(rows, weight, get(name + ".bias"))
                    .singletonOrThrow()
                    .reshape(shape.slice(0, last).add(weight.getShape().get(0)));
        }

        NDArray reduce(AfReduction reduction) {
            return switch (reduction) {
                case GLOBAL_ATTENTION ->
                        z.mul(linear(z, "form").div(temperature).softmax(1)).sum(new int[] {2});
                case SPATIAL_ATTENTION -> spatial();
                case MULTISTEP -> linear(z, "form").squeeze(2);
                case LOCAL_ATTENTION -> local();
                case MULTIHEAD_ATTENTION -> heads();
                case SELF_ATTENTION -> attended("self", temperature).sum(new int[] {2});
            };
        }

        private NDArray spatial() {
            NDArray scores =
                    Convolutions.convolve(
                            z.transpose(0, 2, 1),
                            get("convolution.weight"),
                            get("convolution.bias"),
                            new Shape(1),
                            new Shape(1),
                            new Shape(1),
                            size);
            NDArray weights = scores.div(temperature).softmax(1).transpose(0, 2, 1);
            return z.mul(weights).sum(new int[] {2});
        }

        private NDArray local() {
            Shape shape = z.getShape();
            int even = size / 2 * 2;
            NDArray windows =
                    z.get(BSplines.slice(0, even)).reshape(shape.get(0), shape.get(1), even / 2, 2);
            NDArray scores =
                    linear(windows, "local.query")
                            .matMul(linear(windows, "local.key").transpose(0, 1, 3, 2));
            NDArray mixed =
                    scores.div(temperature).softmax(-1).matMul(linear(windows, "local.value"));
            return linear(mixed.reshape(shape.get(0), shape.get(1), even), "local.form").squeeze(2);
        }

        /** Attention among the features, [samples, features, n]. */
        private NDArray attended(String name, NDArray over) {
            NDArray scores =
                    linear(z, name + ".query").matMul(linear(z, name + ".key").transpose(0, 2, 1));
            return scores.div(over).softmax(-1).matMul(linear(z, name + ".value"));
        }

        /** Heads of one number each: products of arrays, not of matrices. */
        private NDArray heads() {
            NDArray query = linear(z, "heads.query").transpose(0, 2, 1).expandDims(3);
            NDArray key = linear(z, "heads.key").transpose(0, 2, 1).expandDims(2);
            NDArray value = linear(z, "heads.value").transpose(0, 2, 1).expandDims(2);
            NDArray mixed = query.mul(key).softmax(-1).mul(value).sum(new int[] {3});
            return linear(mixed.transpose(0, 2, 1), "heads.out").sum(new int[] {2});
        }
    }
}
