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
import ai.djl.nn.Activation;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import java.io.DataInputStream;
import java.io.IOException;
import org.binaryops.gradient.Temporaries;
import org.binaryops.nn.QuantLinear;

/**
 * The feed-forward network of SpikeGPT (Zhu et al., 2023), which is the channel mixing of RWKV:
 *
 * <p>$$y = \sigma(W_r \, m_r) \odot W_v \, \mathrm{relu}(W_k \, m_k)^2$$
 *
 * <p>where m_k and m_r mix each token with the one before it, and there are four times as many keys
 * as channels. The linear layers are in float and have no bias, as published.
 *
 * <p>Shapes: x and y (B, T, C).
 */
public final class RwkvChannelMix extends AbstractBlock {

    private static final byte VERSION = 1;

    private final TokenShift keyMix;
    private final TokenShift receptanceMix;
    private final QuantLinear key;
    private final QuantLinear value;
    private final QuantLinear receptance;

    /**
     * Creates a block with the start values of RWKV, which depend on the depth.
     *
     * @param width the number of channels C, positive
     * @param layer the number of the layer, from 0
     * @param layers the number of layers
     * @throws IllegalArgumentException if an argument is out of its range
     */
    public RwkvChannelMix(int width, int layer, int layers) {
        super(VERSION);
        TokenShift.check(width, layer, layers);
        double falling = 1 - (double) layer / layers;
        keyMix = new TokenShift("keyMix", width, i -> Math.pow(i, falling));
        receptanceMix = new TokenShift("receptanceMix", width, i -> Math.pow(i, falling));
        addParameter(keyMix.parameter());
        addParameter(receptanceMix.parameter());
        key = addChildBlock("key", QuantLinear.builder().setUnits(4 * width).build());
        value = addChildBlock("value", QuantLinear.builder().setUnits(width).build());
        receptance = addChildBlock("receptance", QuantLinear.builder().setUnits(width).build());
    }

    /** {@inheritDoc} */
    @Override
    protected NDList forwardInternal(
            ParameterStore parameterStore,
            NDList inputs,
            boolean training,
            PairList<String, Object> params) {
        NDArray x = inputs.singletonOrThrow();
        return new NDList(
                Temporaries.freed(
                        x.getManager(),
                        () -> mixed(parameterStore, x, TokenShift.shifted(x), training)));
    }

    /**
     * Computes the output for one more token.
     *
     * @param store the store that holds the parameters
     * @param x the token, (B, C)
     * @param last the token before, or {@code null} for the first
     * @return y, (B, C)
     */
    public NDArray step(ParameterStore store, NDArray x, NDArray last) {
        return mixed(store, x, last == null ? x.zerosLike() : last, false);
    }

    private NDArray mixed(ParameterStore store, NDArray x, NDArray last, boolean training) {
        NDArray k = apply(store, key, keyMix.mixed(store, x, last, training), training);
        NDArray kv = apply(store, value, Activation.relu(k).square(), training);
        NDArray r =
                apply(store, receptance, receptanceMix.mixed(store, x, last, training), training);
        return Activation.sigmoid(r).mul(kv);
    }

    private static NDArray apply(
            ParameterStore store, QuantLinear layer, NDArray x, boolean training) {
        return layer.forward(store, new NDList(x), training).head();
    }

    /** {@inheritDoc} */
    @Override
    public Shape[] getOutputShapes(Shape[] inputShapes) {
        return new Shape[] {inputShapes[0]};
    }

    /** {@inheritDoc} */
    @Override
    protected void initializeChildBlocks(
            NDManager manager, DataType dataType, Shape... inputShapes) {
        key.initialize(manager, dataType, inputShapes[0]);
        value.initialize(manager, dataType, key.getOutputShapes(inputShapes)[0]);
        receptance.initialize(manager, dataType, inputShapes[0]);
    }

    /** {@inheritDoc} */
    @Override
    protected void loadMetadata(byte loadVersion, DataInputStream is)
            throws IOException, MalformedModelException {
        super.loadMetadata(loadVersion, is);
        inputNames = AttentionInputs.names(inputShapes.length);
    }
}
