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
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractBlock;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import java.io.DataInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/** The encoder layers of a transformer, one after the other, with what they share. */
final class EncoderStack extends AbstractBlock {

    private static final byte VERSION = 1;

    private final int heads;
    private final ScoreNormalizer shared;
    private final List<QuantEncoderLayer> layers = new ArrayList<>();
    private final ResidualNorm outputNorm;

    EncoderStack(TransformerBuilder<?> builder) {
        super(VERSION);
        heads = builder.heads;
        AttentionMethod method = builder.method();
        shared = method.isUniversal() ? addChildBlock("normalizer", method.newNormalizer()) : null;
        for (int i = 0; i < builder.layers; ++i) {
            QuantEncoderLayer layer =
                    QuantEncoderLayer.builder().with(builder).optSharedNormalizer(shared).build();
            layers.add(addChildBlock("layer", layer));
        }
        outputNorm = builder.normFirst ? addChildBlock("norm", new ResidualNorm(true, 0)) : null;
    }

    /**
     * Runs all layers.
     *
     * @param hidden where the outputs of the layers are added
     * @return the output of the last layer, normalized if norms come first
     */
    NDArray run(
            ParameterStore store, NDArray embedded, NDArray mask, boolean training, NDList hidden) {
        NDArray x = embedded;
        for (QuantEncoderLayer layer : layers) {
            NDList in = mask == null ? new NDList(x) : new NDList(x, mask);
            x = layer.forward(store, in, training).head();
            hidden.add(x);
        }
        return outputNorm == null ? x : outputNorm.norm(store, x, training);
    }

    List<QuantEncoderLayer> layers() {
        return List.copyOf(layers);
    }

    /** As {@code Temporaries.freed}, for several results. */
    static NDList freed(NDManager owner, Supplier<NDList> body) {
        NDList results;
        try (NDScope scope = new NDScope()) {
            scope.suppressNotUsedWarning();
            results = body.get();
            results.forEach(NDScope::unregister);
        }
        results.forEach(
                result -> {
                    NDScope.register(result);
                    result.attach(owner);
                });
        return results;
    }

    @Override
    protected NDList forwardInternal(
            ParameterStore parameterStore,
            NDList inputs,
            boolean training,
            PairList<String, Object> params) {
        NDArray mask = inputs.size() == 2 ? inputs.get(1) : null;
        return freed(
                inputs.head().getManager(),
                () -> new NDList(run(parameterStore, inputs.head(), mask, training, new NDList())));
    }

    @Override
    public Shape[] getOutputShapes(Shape[] inputShapes) {
        return new Shape[] {inputShapes[0]};
    }

    @Override
    protected void initializeChildBlocks(
            NDManager manager, DataType dataType, Shape... inputShapes) {
        Shape x = inputShapes[0];
        if (shared != null) {
            shared.initialize(manager, dataType, new Shape(x.get(0), heads, x.get(1), x.get(1)));
        }
        for (QuantEncoderLayer layer : layers) {
            layer.initialize(manager, dataType, x);
        }
        if (outputNorm != null) {
            outputNorm.initialize(manager, dataType, x);
        }
    }

    @Override
    protected void loadMetadata(byte loadVersion, DataInputStream is)
            throws IOException, MalformedModelException {
        super.loadMetadata(loadVersion, is);
        inputNames = AttentionInputs.names(inputShapes.length);
    }
}
