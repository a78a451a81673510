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
package org.binaryops.quantizer;

import ai.djl.MalformedModelException;
import ai.djl.ndarray.NDArray;
import ai.djl.training.ParameterStore;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import org.binaryops.gradient.CustomGradient;
import org.binaryops.gradient.Temporaries;

/**
 * The weight quantizer of Liu et al., "BiT: Robustly Binarized Multi-distilled Transformer",
 * NeurIPS 2022, called binary weight network (BWN) in its code.
 *
 * <p>Forward $w_q = \alpha \, \mathrm{sign}(w - \mathrm{mean}(w))$, with sign(0) = +1 (the authors'
 * code has 0 there). The mean is that of the whole matrix. The scale α = mean|w|, of the weights
 * before centring, is
 *
 * <ul>
 *   <li>one number for the matrix ({@link #perLayer}): the paper's linear layers;
 *   <li>one for each output channel, the first axis ({@link #perChannel}): its embeddings, and the
 *       BWN baseline of "Binary and Ternary Natural Language Generation" (TBT, Liu et al., ACL
 *       2023).
 * </ul>
 *
 * <p>Backward is the identity, ∂L/∂w = ∂L/∂w<sub>q</sub>: none flows through mean and scale.
 *
 * <p>Shapes: any; with two axes or more for a scale per channel.
 */
public final class BwnWeight extends Quantizer {

    private static final byte VERSION = 1;

    private final boolean perChannel;

    private BwnWeight(boolean perChannel) {
        super(VERSION);
        this.perChannel = perChannel;
    }

    /**
     * Creates a quantizer with one scale for the layer.
     *
     * @return a new quantizer
     */
    public static BwnWeight perLayer() {
        return new BwnWeight(false);
    }

    /**
     * Creates a quantizer with a scale for each output channel.
     *
     * @return a new quantizer
     */
    public static BwnWeight perChannel() {
        return new BwnWeight(true);
    }

    /** {@inheritDoc} */
    @Override
    public NDArray quantize(ParameterStore store, NDArray x, boolean training) {
        return Temporaries.freed(
                x.getManager(), () -> CustomGradient.straightThrough(x, values(x)));
    }

    /** {@inheritDoc} */
    @Override
    public NDArray quantizeFrozen(ParameterStore store, NDArray x) {
        return Temporaries.freed(x.getManager(), () -> values(x));
    }

    private NDArray values(NDArray w) {
        NDArray fixed = w.stopGradient();
        NDArray signs = SignQuantizer.sign(fixed.sub(fixed.mean()));
        if (!perChannel) {
            return signs.muli(fixed.abs().mean());
        }
        NDArray scale = ChannelRows.mean(ChannelRows.of(fixed, "BwnWeight").abs());
        return ChannelRows.of(signs, "BwnWeight").muli(scale).reshape(w.getShape());
    }

    /**
     * Returns whether each output channel has a scale.
     *
     * @return {@code true} for a scale per channel, {@code false} for one per layer
     */
    public boolean isPerChannel() {
        return perChannel;
    }

    /** {@inheritDoc} */
    @Override
    public boolean isBinary() {
        return false;
    }

    /** {@inheritDoc} */
    @Override
    public int getBits() {
        return 1;
    }

    /** {@inheritDoc} */
    @Override
    protected void saveMetadata(DataOutputStream os) throws IOException {
        super.saveMetadata(os);
        os.writeBoolean(perChannel);
    }

    /** {@inheritDoc} */
    @Override
    protected void loadMetadata(byte loadVersion, DataInputStream is)
            throws IOException, MalformedModelException {
        super.loadMetadata(loadVersion, is);
        if (is.readBoolean() != perChannel) {
            throw new MalformedModelException(
                    String.format(
                            "BwnWeight: this quantizer has a scale per %s, but the file has one"
                                    + " per %s",
                            perChannel ? "channel" : "layer", perChannel ? "layer" : "channel"));
        }
    }
}
