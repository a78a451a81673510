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
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractBlock;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import java.io.DataInputStream;
import java.io.IOException;
import java.util.List;
import org.binaryops.gradient.Temporaries;
import org.binaryops.nn.QuantLinear;

/** The two linear layers after an attention, with their nonlinearity: W₂ f(W₁ x + b₁) + b₂. */
final class FeedForward extends AbstractBlock {

    private static final byte VERSION = 1;

    private final AttentionMethod.Nonlinearity nonlinearity;
    private final QuantLinear expansion;
    private final QuantLinear contraction;

    FeedForward(AttentionMethod method, int units, int hidden) {
        super(VERSION);
        nonlinearity = method.getNonlinearity();
        expansion = addChildBlock("expansion", method.expansion(hidden));
        contraction = addChildBlock("contraction", method.contraction(units));
    }

    NDArray apply(ParameterStore store, NDArray x, boolean training) {
        NDArray hidden = expansion.forward(store, new NDList(x), training).head();
        NDArray active = nonlinearity.apply(hidden);
        return contraction.forward(store, new NDList(active), training).head();
    }

    @Override
    protected NDList forwardInternal(
            ParameterStore parameterStore,
            NDList inputs,
            boolean training,
            PairList<String, Object> params) {
        NDArray x = inputs.singletonOrThrow();
        return new NDList(
                Temporaries.freed(x.getManager(), () -> apply(parameterStore, x, training)));
    }

    @Override
    public Shape[] getOutputShapes(Shape[] inputShapes) {
        return inputShapes;
    }

    @Override
    protected void initializeChildBlocks(
            NDManager manager, DataType dataType, Shape... inputShapes) {
        expansion.initialize(manager, dataType, inputShapes[0]);
        contraction.initialize(manager, dataType, expansion.getOutputShapes(inputShapes)[0]);
    }

    @Override
    protected void loadMetadata(byte loadVersion, DataInputStream is)
            throws IOException, MalformedModelException {
        super.loadMetadata(loadVersion, is);
        inputNames = List.of("data0");
    }
}
