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
import ai.djl.training.ParameterStore;
import org.binaryops.gradient.CustomGradient;
import org.binaryops.gradient.Temporaries;

/**
 * The weight quantizer of He et al., "BiViT: Extremely Compressed Binary Vision Transformers", ICCV
 * 2023: the signs of weights from which the mean of their output channel is taken.
 *
 * <p>Forward $w_q = \mathrm{sign}(w - \mathrm{mean}(w))$ for each output channel (first axis), with
 * sign(0) = +1 (the authors' code has 0 there). Backward, for the incoming gradient g, the clipped
 * straight-through estimator at the centred weights and the true derivative of the mean:
 *
 * <p>$$h_i = g_i \cdot 1\{|w_i - \mathrm{mean}(w)| \lt 1\}, \quad \frac{\partial L}{\partial w_i} =
 * h_i - \mathrm{mean}(h)$$
 *
 * <p>The window is open, as in the authors' code; that of {@link StraightThroughSign} is closed.
 *
 * <p>The scale of the paper's layers is the layer's, so that the weights are ±1: {@code
 * WeightScale.CHANNEL_MEAN}, mean|w| of the weights before centring, is the paper's plain version;
 * the paper's parameterised weight scale learns a factor that starts from it.
 *
 * <p>Shapes: any with two axes or more, as [units, features] or [filters, channels, height, width].
 */
public final class CentredSignWeight extends Quantizer {

    private static final byte VERSION = 1;

    /** Creates a quantizer. */
    public CentredSignWeight() {
        super(VERSION);
    }

    /** {@inheritDoc} */
    @Override
    public NDArray quantize(ParameterStore store, NDArray x, boolean training) {
        return quantize(x);
    }

    /**
     * Quantizes weights; the functional twin of this block.
     *
     * @param w the weights, first axis the output channel
     * @return ±1, of the shape of {@code w} and attached to its manager; it carries the gradient to
     *     {@code w}
     * @throws IllegalArgumentException if {@code w} has fewer than two axes
     */
    public static NDArray quantize(NDArray w) {
        return Temporaries.freed(
                w.getManager(),
                () -> {
                    NDArray centred = centred(w);
                    NDArray fixed = centred.stopGradient();
                    NDArray inside = fixed.abs().muli(-1).addi(1).signi().clip(0, 1);
                    return CustomGradient.of(centred, SignQuantizer.sign(fixed), inside)
                            .reshape(w.getShape());
                });
    }

    /** {@inheritDoc} */
    @Override
    public NDArray quantizeFrozen(ParameterStore store, NDArray x) {
        return Temporaries.freed(
                x.getManager(),
                () -> SignQuantizer.sign(centred(x.stopGradient())).reshape(x.getShape()));
    }

    private static NDArray centred(NDArray w) {
        NDArray rows = ChannelRows.of(w, "CentredSignWeight");
        return rows.sub(ChannelRows.mean(rows));
    }

    /** {@inheritDoc} */
    @Override
    public boolean isBinary() {
        return true;
    }
}
