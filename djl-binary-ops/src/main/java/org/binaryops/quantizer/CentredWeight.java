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

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.ParameterStore;
import org.binaryops.gradient.Temporaries;

/**
 * Centres the weights of each output channel (first axis) before another quantizer sees them: $w_q
 * = Q(w - \mathrm{mean}(w))$.
 *
 * <p>Around the sign it balances the bits of a channel. Backward is that of Q at the centred
 * weights, and the true one through the mean: the mean of a channel's gradient is taken off it.
 * With the scale of the layer beside it:
 *
 * <ul>
 *   <li>the linear layers of BiViT (He et al., ICCV 2023): {@code new
 *       CentredWeight(StraightThroughSign.open())} and {@code WeightScale.LEARNED_FROM_MEAN}, or
 *       {@code CHANNEL_MEAN} for the paper's plain version;
 *   <li>the linear layers of XNOR-Net in BiBench (Qin et al., ICML 2023): {@code new
 *       CentredWeight(new StraightThroughSign())} and {@code WeightScale.CENTRED_CHANNEL_MEAN}; or
 *       scaled by the quantizer, {@code new CentredWeight(new XnorWeight(Derivative.SCALED))}.
 * </ul>
 *
 * <p>Shapes: any with two axes or more, as [units, features] or [filters, channels, height, width].
 */
public final class CentredWeight extends Quantizer {

    private static final byte VERSION = 1;

    private final Quantizer quantizer;

    /**
     * Creates a quantizer.
     *
     * @param quantizer a new quantizer for the centred weights, owned by this one and saved with it
     */
    @SuppressWarnings("this-escape")
    public CentredWeight(Quantizer quantizer) {
        super(VERSION);
        if (quantizer == null) {
            throw new IllegalArgumentException("quantizer must be given, but was null.");
        }
        this.quantizer = addChildBlock("quantizer", quantizer);
    }

    /**
     * Returns the quantizer of the centred weights.
     *
     * @return the child block
     */
    public Quantizer getQuantizer() {
        return quantizer;
    }

    /** {@inheritDoc} */
    @Override
    public NDArray quantize(ParameterStore store, NDArray x, boolean training) {
        return Temporaries.freed(
                x.getManager(), () -> quantizer.quantize(store, centred(x), training));
    }

    /** {@inheritDoc} */
    @Override
    public NDArray quantizeFrozen(ParameterStore store, NDArray x) {
        return Temporaries.freed(
                x.getManager(), () -> quantizer.quantizeFrozen(store, centred(x.stopGradient())));
    }

    private static NDArray centred(NDArray w) {
        NDArray rows = ChannelRows.of(w, "CentredWeight");
        return rows.sub(ChannelRows.mean(rows)).reshape(w.getShape());
    }

    /** {@inheritDoc} */
    @Override
    public boolean isBinary() {
        return quantizer.isBinary();
    }

    /** {@inheritDoc} */
    @Override
    public int getBits() {
        return quantizer.getBits();
    }

    /** {@inheritDoc} */
    @Override
    protected void initializeChildBlocks(
            NDManager manager, DataType dataType, Shape... inputShapes) {
        quantizer.initialize(manager, dataType, inputShapes);
    }
}
