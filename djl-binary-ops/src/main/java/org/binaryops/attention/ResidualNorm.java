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

import ai.djl.MalformedModelException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractBlock;
import ai.djl.nn.Parameter;
import ai.djl.nn.norm.Dropout;
import ai.djl.nn.norm.LayerNorm;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import java.io.DataInputStream;
import java.io.IOException;
import java.util.List;
import java.util.function.UnaryOperator;
import org.binaryops.gradient.Temporaries;

/**
 * A layer norm with the residual sum round a branch, after it, norm(x + branch(x)), or before it, x
 * + branch(norm(x)).
 *
 * <p>Not DJL's block, which looks its parameters up where their copies on a second device would
 * count as temporaries.
 */
final class ResidualNorm extends AbstractBlock {

    private static final byte VERSION = 1;
    private static final float EPSILON = 1e-5f;

    private final boolean before;
    private final float dropout;
    private final Parameter gamma;
    private final Parameter beta;

    /**
     * Creates a norm.
     *
     * @param before whether the norm comes before the branch
     * @param dropout the share of the branch's outputs that training drops
     */
    ResidualNorm(boolean before, float dropout) {
        super(VERSION);
        this.before = before;
        this.dropout = dropout;
        gamma = addParameter(parameter("gamma", Parameter.Type.GAMMA));
        beta = addParameter(parameter("beta", Parameter.Type.BETA));
    }

    private static Parameter parameter(String name, Parameter.Type type) {
        return Parameter.builder().setName(name).setType(type).build();
    }

    /** The norm alone. */
    NDArray norm(ParameterStore store, NDArray x, boolean training) {
        NDArray g = Temporaries.parameter(store, gamma, x, training);
        NDArray b = Temporaries.parameter(store, beta, x, training);
        return LayerNorm.layerNorm(x, gamma.getShape(), g, b, EPSILON).singletonOrThrow();
    }

    /** The residual sum round a branch; to be called where temporaries are freed. */
    NDArray around(
            ParameterStore store, NDArray x, boolean training, UnaryOperator<NDArray> branch) {
        NDArray y = branch.apply(before ? norm(store, x, training) : x);
        if (training && dropout > 0) {
            y = Dropout.dropout(y, dropout, true).singletonOrThrow();
        }
        NDArray sum = x.add(y);
        return before ? sum : norm(store, sum, training);
    }

    @Override
    protected NDList forwardInternal(
            ParameterStore parameterStore,
            NDList inputs,
            boolean training,
            PairList<String, Object> params) {
        NDArray x = inputs.singletonOrThrow();
        return new NDList(
                Temporaries.freed(x.getManager(), () -> norm(parameterStore, x, training)));
    }

    @Override
    public Shape[] getOutputShapes(Shape[] inputShapes) {
        return inputShapes;
    }

    @Override
    protected void prepare(Shape[] inputShapes) {
        Shape width = inputShapes[0].slice(inputShapes[0].dimension() - 1);
        gamma.setShape(width);
        beta.setShape(width);
    }

    @Override
    protected void loadMetadata(byte loadVersion, DataInputStream is)
            throws IOException, MalformedModelException {
        super.loadMetadata(loadVersion, is);
        inputNames = List.of("data0");
    }
}
