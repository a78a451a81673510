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

import ai.djl.MalformedModelException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractBlock;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import java.io.DataInputStream;
import java.io.IOException;
import java.util.List;
import org.binaryops.gradient.Temporaries;

/** A trainable scale and bias for each node, 1 and 0 at first. Input and output [.., nodes]. */
final class NodeAffine extends AbstractBlock {

    private static final byte VERSION = 1;

    private final Parameter scale;
    private final Parameter bias;

    NodeAffine() {
        super(VERSION);
        scale =
                addParameter(
                        Parameter.builder()
                                .setName("scale")
                                .setType(Parameter.Type.GAMMA)
                                .optInitializer((manager, shape, type) -> manager.ones(shape, type))
                                .build());
        bias =
                addParameter(
                        Parameter.builder()
                                .setName("bias")
                                .setType(Parameter.Type.BETA)
                                .optInitializer(
                                        (manager, shape, type) -> manager.zeros(shape, type))
                                .build());
    }

    double scale(int node) {
        return EdgeSplines.doubles(scale.getArray())[node];
    }

    double bias(int node) {
        return EdgeSplines.doubles(bias.getArray())[node];
    }

    /** Takes over the values of some nodes of another network. */
    void copy(NodeAffine from, int[] kept) {
        KanLayer.overwrite(scale.getArray(), chosen(from.scale, kept));
        KanLayer.overwrite(bias.getArray(), chosen(from.bias, kept));
    }

    private static double[] chosen(Parameter from, int[] kept) {
        double[] all = EdgeSplines.doubles(from.getArray());
        double[] some = new double[kept.length];
        for (int i = 0; i < kept.length; ++i) {
            some[i] = all[kept[i]];
        }
        return some;
    }

    NDArray apply(ParameterStore store, NDArray x, boolean training) {
        return Temporaries.freed(
                x.getManager(),
                () ->
                        x.mul(Temporaries.parameter(store, scale, x, training))
                                .add(Temporaries.parameter(store, bias, x, training)));
    }

    @Override
    protected NDList forwardInternal(
            ParameterStore store,
            NDList inputs,
            boolean training,
            PairList<String, Object> params) {
        return new NDList(apply(store, inputs.singletonOrThrow(), training));
    }

    @Override
    public Shape[] getOutputShapes(Shape[] inputShapes) {
        return inputShapes;
    }

    @Override
    protected void prepare(Shape[] inputShapes) {
        Shape input = inputShapes[0];
        Shape nodes = new Shape(input.get(input.dimension() - 1));
        scale.setShape(nodes);
        bias.setShape(nodes);
    }

    @Override
    protected void loadMetadata(byte loadVersion, DataInputStream is)
            throws IOException, MalformedModelException {
        super.loadMetadata(loadVersion, is);
        inputNames = List.of("data0");
    }
}
