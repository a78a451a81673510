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
import ai.djl.ndarray.types.Shape;
import ai.djl.training.ParameterStore;
import org.binaryops.gradient.CustomGradient;
import org.binaryops.gradient.Temporaries;

/**
 * The activation quantizer of ReCU (Xu et al., ICCV 2021) and BiPer (Vargas et al., CVPR 2024): a
 * sign whose derivative is taken at activations of unit variance.
 *
 * <p>Forward sign(a), sign(0) = +1. In training the activations of each sample are divided by their
 * deviation,
 *
 * <p>$$a_0 = \frac{a}{\sqrt{\mathrm{Var}(a) + 10^{-5}}}, \quad \frac{\partial
 * \mathrm{sign}}{\partial a_0} = \max(2 - 2|a_0|, 0)$$
 *
 * <p>with the unbiased variance over all axes but the first; the mean is not removed. As in the
 * code of both papers the variance is not detached: for a sample of n activations
 *
 * <p>$$\frac{\partial a_{0,i}}{\partial a_j} = \frac{\delta_{ij}}{r} - \frac{a_i (a_j - \bar a)}{(n
 * - 1) r^3}, \quad r = \sqrt{\mathrm{Var}(a) + 10^{-5}}$$
 *
 * <p>At inference the derivative is that of {@link ApproxSign} at a itself. The division changes no
 * sign, so the values never differ from those of {@link ApproxSign}; the window through which the
 * gradient passes does.
 *
 * <p>Shapes: any with two axes or more, the first the batch, as [batch, channels, height, width] or
 * [batch, features]. A sample of one activation has the variance 0 here (it has none in PyTorch).
 * The squares of the activations must be finite.
 */
public final class NormalizedSign extends SignQuantizer {

    private static final byte VERSION = 1;
    private static final double EPSILON = 1e-5;

    private final ApproxSign window = new ApproxSign();

    /** Creates a quantizer. */
    public NormalizedSign() {
        super(VERSION);
    }

    /** {@inheritDoc} */
    @Override
    public NDArray quantize(ParameterStore store, NDArray x, boolean training) {
        if (!training) {
            return super.quantize(store, x, false);
        }
        return Temporaries.freed(
                x.getManager(),
                () -> {
                    NDArray normalized = normalized(x);
                    return CustomGradient.of(
                            normalized, sign(x), derivative(normalized.stopGradient()));
                });
    }

    private static NDArray normalized(NDArray x) {
        Shape shape = x.getShape();
        if (shape.dimension() < 2) {
            throw new IllegalArgumentException(
                    "NormalizedSign takes an input of shape [batch, ...], but got shape "
                            + shape
                            + ".");
        }
        NDArray samples = x.reshape(shape.get(0), shape.slice(1).size());
        NDArray variance = ChannelRows.variance(samples.sub(ChannelRows.mean(samples)));
        return samples.div(variance.add(EPSILON).sqrt()).reshape(shape);
    }

    /**
     * Computes the derivative at activations that are normalized already.
     *
     * @param x a₀, of any shape
     * @return max(2 − 2|a₀|, 0), a new array
     */
    @Override
    public NDArray derivative(NDArray x) {
        return window.derivative(x);
    }
}
