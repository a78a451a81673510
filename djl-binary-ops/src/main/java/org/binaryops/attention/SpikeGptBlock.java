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
import ai.djl.nn.norm.Dropout;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import java.io.DataInputStream;
import java.io.IOException;
import org.binaryops.gradient.Temporaries;
import org.binaryops.nn.LifNeuron;

/**
 * A block of SpikeGPT (Zhu et al., "SpikeGPT: Generative Pre-trained Language Model with Spiking
 * Neural Networks", 2023): two branches, each of which ends in spikes.
 *
 * <p>$$x \leftarrow x + \mathrm{LIF}_1(\mathrm{TimeMix}(\mathrm{norm}_1(x))), \quad x \leftarrow x
 * + \mathrm{LIF}_2(\mathrm{ChannelMix}(\mathrm{norm}_2(x)))$$
 *
 * <p>then a dropout. The time axis of the neurons is that of the tokens, so that there are no
 * simulation steps besides them. The residual stream itself is not binary. The first block of a
 * network normalizes its input once more.
 *
 * <p>{@link #step} takes one token at a time, with a state of a fixed size, and gives what the
 * whole sequence gives.
 *
 * <p>Shapes: x (B, T, C) → (B, T, C).
 */
public final class SpikeGptBlock extends AbstractBlock {

    private static final byte VERSION = 1;

    /** What a neuron of SpikeGPT divides by at each step. */
    private static final double TAU = 2;

    private final float dropout;
    private final ResidualNorm inputNorm;
    private final ResidualNorm timeNorm;
    private final RwkvTimeMix timeMix;
    private final LifNeuron timeSpikes;
    private final ResidualNorm channelNorm;
    private final RwkvChannelMix channelMix;
    private final LifNeuron channelSpikes;

    /**
     * Creates a block.
     *
     * @param width the number of channels, positive
     * @param layer the number of the block, from 0
     * @param layers the number of blocks
     * @param dropout the share of the outputs that training drops, in [0, 1); 0.03 as published
     * @throws IllegalArgumentException if an argument is out of its range
     */
    public SpikeGptBlock(int width, int layer, int layers, float dropout) {
        super(VERSION);
        this.dropout = AttentionBuilder.checkDropout(dropout);
        inputNorm = layer == 0 ? addChildBlock("inputNorm", new ResidualNorm(true, 0)) : null;
        timeNorm = addChildBlock("timeNorm", new ResidualNorm(true, 0));
        timeMix = addChildBlock("timeMix", new RwkvTimeMix(width, layer, layers));
        timeSpikes = addChildBlock("timeSpikes", neuron());
        channelNorm = addChildBlock("channelNorm", new ResidualNorm(true, 0));
        channelMix = addChildBlock("channelMix", new RwkvChannelMix(width, layer, layers));
        channelSpikes = addChildBlock("channelSpikes", neuron());
    }

    private static LifNeuron neuron() {
        return LifNeuron.builder().optTau(TAU).optTimeAxis(1).build();
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
                Temporaries.freed(x.getManager(), () -> output(parameterStore, x, training)));
    }

    private NDArray output(ParameterStore store, NDArray input, boolean training) {
        NDArray x = inputNorm == null ? input : inputNorm.norm(store, input, training);
        NDList time = new NDList(timeNorm.norm(store, x, training));
        x =
                x.add(
                        timeSpikes
                                .forward(store, timeMix.forward(store, time, training), training)
                                .head());
        NDList channel = new NDList(channelNorm.norm(store, x, training));
        x =
                x.add(
                        channelSpikes
                                .forward(
                                        store,
                                        channelMix.forward(store, channel, training),
                                        training)
                                .head());
        return training && dropout > 0 ? Dropout.dropout(x, dropout, true).head() : x;
    }

    /**
     * Computes the output for one more token at inference.
     *
     * @param store the store that holds the parameters
     * @param x the token, (B, C)
     * @param state what this method left behind for the token before, seven arrays (B, C); {@code
     *     null} for the first token
     * @return y, (B, C), and then the state for the next token, all on the manager of {@code x}
     */
    public NDList step(ParameterStore store, NDArray x, NDList state) {
        return EncoderStack.freed(x.getManager(), () -> next(store, x, state));
    }

    private NDList next(ParameterStore store, NDArray input, NDList state) {
        NDArray x = inputNorm == null ? input : inputNorm.norm(store, input, false);
        NDArray in = timeNorm.norm(store, x, false);
        NDList time =
                timeMix.step(store, in, state == null ? null : new NDList(state.subList(0, 4)));
        NDList first = fire(timeSpikes, store, time.head(), state == null ? null : state.get(4));
        x = x.add(first.get(0));
        NDArray channel = channelNorm.norm(store, x, false);
        NDArray mixed = channelMix.step(store, channel, state == null ? null : state.get(5));
        NDList second = fire(channelSpikes, store, mixed, state == null ? null : state.get(6));
        NDList result = new NDList(x.add(second.get(0)));
        result.addAll(time.subList(1, 5));
        result.add(first.get(1));
        result.add(channel);
        result.add(second.get(1));
        return result;
    }

    /** The spikes of one step and the potential after the reset, which is to 0. */
    private static NDList fire(LifNeuron neuron, ParameterStore store, NDArray x, NDArray v) {
        NDArray potential = v == null ? x.div(TAU) : v.add(x.sub(v).div(TAU));
        NDArray spikes = neuron.getSpike().quantizeFrozen(store, potential);
        return new NDList(spikes, potential.mul(spikes.neg().add(1)));
    }

    /** {@inheritDoc} */
    @Override
    public Shape[] getOutputShapes(Shape[] inputShapes) {
        return new Shape[] {inputShapes[0]};
    }

    /** {@inheritDoc} */
    @Override
    protected void beforeInitialize(Shape... inputShapes) {
        if (inputShapes.length != 1 || inputShapes[0].dimension() != 3) {
            throw new IllegalArgumentException(
                    "SpikeGptBlock takes one input of shape [batch, length, width], but got "
                            + (inputShapes.length == 1
                                    ? inputShapes[0]
                                    : inputShapes.length + " inputs")
                            + ".");
        }
        super.beforeInitialize(inputShapes);
    }

    /** {@inheritDoc} */
    @Override
    protected void initializeChildBlocks(
            NDManager manager, DataType dataType, Shape... inputShapes) {
        getChildren().values().forEach(child -> child.initialize(manager, dataType, inputShapes));
    }

    /** {@inheritDoc} */
    @Override
    protected void loadMetadata(byte loadVersion, DataInputStream is)
            throws IOException, MalformedModelException {
        super.loadMetadata(loadVersion, is);
        inputNames = AttentionInputs.names(inputShapes.length);
    }
}
