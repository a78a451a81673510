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
 * The k-bit weight quantizer of Zhou et al., "DoReFa-Net: Training Low Bitwidth Convolutional
 * Neural Networks with Low Bitwidth Gradients", 2016.
 *
 * <p>With $\mathrm{quantize}_k(r) = \mathrm{round}((2^k - 1) r) / (2^k - 1)$, half to even:
 *
 * <ul>
 *   <li>k ≥ 2: $w_q = 2 \, \mathrm{quantize}_k \left(\frac{\tanh w}{2 \max|\tanh w|} + \frac12
 *       \right) - 1$, the $2^k$ levels from −1 to 1;
 *   <li>k = 1: $w_q = \mathrm{mean}|w| \, \mathrm{sign}(w)$ with sign(0) = +1 (the authors' first
 *       code has 0 there).
 * </ul>
 *
 * <p>Maximum and mean are taken over the whole layer. Backward: the identity through the rounding
 * and, for k ≥ 2, the true derivative of the rest, that of the maximum included, as in the authors'
 * code; the identity ∂L/∂w = ∂L/∂w<sub>q</sub> for k = 1. Weights that are all 0 have the quotient
 * 0. An even number of levels has none at 0.
 */
public final class DoReFaWeight extends DoReFa {

    /**
     * Creates a quantizer.
     *
     * @param bits k, the number of bits, from 1 to 8
     * @throws IllegalArgumentException if {@code bits} is out of this range
     */
    public DoReFaWeight(int bits) {
        super(bits);
    }

    /** {@inheritDoc} */
    @Override
    public NDArray quantize(ParameterStore store, NDArray x, boolean training) {
        return Temporaries.freed(
                x.getManager(),
                () -> bits == 1 ? CustomGradient.straightThrough(x, binary(x)) : levels(x));
    }

    /** {@inheritDoc} */
    @Override
    public NDArray quantizeFrozen(ParameterStore store, NDArray x) {
        return Temporaries.freed(
                x.getManager(),
                () -> bits == 1 ? binary(x) : toLevels(normalized(x.stopGradient())));
    }

    private static NDArray binary(NDArray w) {
        return SignQuantizer.sign(w).muli(w.stopGradient().abs().mean());
    }

    private NDArray levels(NDArray w) {
        NDArray normalized = normalized(w);
        return CustomGradient.surrogate(toLevels(normalized.stopGradient()), normalized);
    }

    /** tanh w / max|tanh w|, in [−1, 1]. */
    private static NDArray normalized(NDArray w) {
        NDArray tanh = w.tanh();
        NDArray largest = tanh.abs().max();
        return tanh.div(largest.add(ChannelRows.zeros(largest)));
    }

    /** The levels from −1 to 1. */
    private NDArray toLevels(NDArray normalized) {
        NDArray unit = normalized.mul(0.5).addi(0.5);
        return rounded(unit).muli(2).subi(1);
    }
}
