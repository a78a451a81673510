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
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractBlock;
import ai.djl.nn.Activation;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import java.io.DataInputStream;
import java.io.IOException;
import org.binaryops.gradient.Temporaries;
import org.binaryops.nn.QuantLinear;

/**
 * The attention of SpikeGPT (Zhu et al., "SpikeGPT: Generative Pre-trained Language Model with
 * Spiking Neural Networks", 2023), which is the time mixing of RWKV: linear in the length.
 *
 * <p>Key, value and receptance come from a mix of each token with the one before it, x_t · μ +
 * x_{t−1} (1 − μ), with learned μ each. Then, for each channel with the learned w and u,
 *
 * <p>$$wkv_t = \frac{\sum_{i \lt t} e^{-(t-1-i)e^w + k_i} v_i + e^{u + k_t} v_t}{\sum_{i \lt t}
 * e^{-(t-1-i)e^w + k_i} + e^{u + k_t}}, \quad y_t = W_o(\sigma(r_t) \odot wkv_t)$$
 *
 * <p>It is computed as a recurrence from one position to the next with the exponents kept in range,
 * in training too; {@link #step} is the same for one token. The four linear layers are in float and
 * have no bias, as published.
 *
 * <p>Shapes: x and y (B, T, C).
 */
public final class RwkvTimeMix extends AbstractBlock {

    private static final byte VERSION = 1;

    private final Parameter decay;
    private final Parameter first;
    private final TokenShift keyMix;
    private final TokenShift valueMix;
    private final TokenShift receptanceMix;
    private final QuantLinear key;
    private final QuantLinear value;
    private final QuantLinear receptance;
    private final QuantLinear output;

    /**
     * Creates a block with the start values of RWKV, which depend on the depth.
     *
     * @param width the number of channels C, positive
     * @param layer the number of the layer, from 0
     * @param layers the number of layers L
     * @throws IllegalArgumentException if an argument is out of its range
     */
    public RwkvTimeMix(int width, int layer, int layers) {
        super(VERSION);
        TokenShift.check(width, layer, layers);
        double rising = layers == 1 ? 0 : layer / (layers - 1.);
        double falling = 1 - (double) layer / layers;
        decay =
                addParameter(
                        TokenShift.fixedStart(
                                "decay",
                                width,
                                h ->
                                        -5
                                                + 8
                                                        * Math.pow(
                                                                width == 1 ? 0 : h / (width - 1.),
                                                                .7 + 1.3 * rising)));
        first =
                addParameter(
                        TokenShift.fixedStart(
                                "first", width, h -> Math.log(.3) + .5 * ((h + 1) % 3 - 1)));
        keyMix = new TokenShift("keyMix", width, i -> Math.pow(i, falling));
        valueMix = new TokenShift("valueMix", width, i -> Math.pow(i, falling) + .3 * rising);
        receptanceMix = new TokenShift("receptanceMix", width, i -> Math.pow(i, .5 * falling));
        addParameter(keyMix.parameter());
        addParameter(valueMix.parameter());
        addParameter(receptanceMix.parameter());
        key = addChildBlock("key", linear(width));
        value = addChildBlock("value", linear(width));
        receptance = addChildBlock("receptance", linear(width));
        output = addChildBlock("output", linear(width));
    }

    private static QuantLinear linear(int units) {
        return QuantLinear.builder().setUnits(units).build();
    }

    /**
     * Computes the weighted mean of values; the functional heart of this block.
     *
     * @param w w, [C]; an exponent falls by e^w at each step
     * @param u u, [C], what is added to the exponent of the present position
     * @param k the keys, (B, T, C)
     * @param v the values, (B, T, C)
     * @return wkv, (B, T, C), attached to the manager of {@code k}, with the gradients to all four
     */
    public static NDArray weightedKeyValue(NDArray w, NDArray u, NDArray k, NDArray v) {
        return Temporaries.freed(
                k.getManager(),
                () -> {
                    NDArray fall = w.exp().mul(Temporaries.constant(k, -1));
                    WeightedKeyValue sums = new WeightedKeyValue(null);
                    long length = k.getShape().get(1);
                    NDList keys = k.split(length, 1);
                    NDList values = v.split(length, 1);
                    NDList means = new NDList();
                    for (int t = 0; t < length; ++t) {
                        means.add(sums.next(fall, u, keys.get(t), values.get(t)));
                    }
                    // DJL copies a single array without its gradient.
                    return length == 1 ? means.head() : NDArrays.concat(means, 1);
                });
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
                        () -> {
                            NDArray w = parameter(parameterStore, decay, x, training);
                            NDArray u = parameter(parameterStore, first, x, training);
                            NDArray last = TokenShift.shifted(x);
                            NDArray k = mixed(parameterStore, key, keyMix, x, last, training);
                            NDArray v = mixed(parameterStore, value, valueMix, x, last, training);
                            NDArray r = receptance(parameterStore, x, last, training);
                            NDArray wkv = weightedKeyValue(w, u, k, v);
                            return output(parameterStore, r.mul(wkv), training);
                        }));
    }

    /**
     * Computes the output for one more token.
     *
     * @param store the store that holds the parameters
     * @param x the token, (B, C)
     * @param state what {@link #step} left behind for the token before: x, a, b and p; {@code null}
     *     for the first token
     * @return y, (B, C), and then the state for the next token
     */
    public NDList step(ParameterStore store, NDArray x, NDList state) {
        NDArray last = state == null ? x.zerosLike() : state.get(0);
        NDArray k = mixed(store, key, keyMix, x, last, false);
        NDArray v = mixed(store, value, valueMix, x, last, false);
        NDArray r = receptance(store, x, last, false);
        NDArray fall = parameter(store, decay, x, false).exp().neg();
        WeightedKeyValue sums =
                new WeightedKeyValue(state == null ? null : new NDList(state.subList(1, 4)));
        NDArray wkv = sums.next(fall, parameter(store, first, x, false), k, v);
        NDList result = new NDList(output(store, r.mul(wkv), false), x.duplicate());
        result.addAll(sums.state());
        return result;
    }

    private static NDArray parameter(
            ParameterStore store, Parameter parameter, NDArray like, boolean training) {
        return Temporaries.parameter(store, parameter, like, training);
    }

    private NDArray receptance(ParameterStore store, NDArray x, NDArray last, boolean training) {
        return Activation.sigmoid(mixed(store, receptance, receptanceMix, x, last, training));
    }

    private NDArray output(ParameterStore store, NDArray x, boolean training) {
        return output.forward(store, new NDList(x), training).head();
    }

    private static NDArray mixed(
            ParameterStore store,
            QuantLinear layer,
            TokenShift mix,
            NDArray x,
            NDArray last,
            boolean training) {
        NDArray in = mix.mixed(store, x, last, training);
        return layer.forward(store, new NDList(in), training).head();
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
        for (QuantLinear layer : new QuantLinear[] {key, value, receptance, output}) {
            layer.initialize(manager, dataType, inputShapes[0]);
        }
    }

    /** {@inheritDoc} */
    @Override
    protected void loadMetadata(byte loadVersion, DataInputStream is)
            throws IOException, MalformedModelException {
        super.loadMetadata(loadVersion, is);
        inputNames = AttentionInputs.names(inputShapes.length);
    }
}
