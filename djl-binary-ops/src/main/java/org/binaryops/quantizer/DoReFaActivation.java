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
 * The k-bit activation quantizer of Zhou et al., "DoReFa-Net: Training Low Bitwidth Convolutional
 * Neural Networks with Low Bitwidth Gradients", 2016.
 *
 * <p>Forward $y = \mathrm{round}((2^k - 1) \, \mathrm{clip}(x, 0, 1)) / (2^k - 1)$, half to even,
 * the $2^k$ levels from 0 to 1. Backward ∂L/∂x = ∂L/∂y for 0 ≤ x ≤ 1, else 0.
 *
 * <p>One bit gives 0 and 1, not ±1.
 */
public final class DoReFaActivation extends DoReFa {

    /**
     * Creates a quantizer.
     *
     * @param bits k, the number of bits, from 1 to 8
     * @throws IllegalArgumentException if {@code bits} is out of this range
     */
    public DoReFaActivation(int bits) {
        super(bits);
    }

    /** {@inheritDoc} */
    @Override
    public NDArray quantize(ParameterStore store, NDArray x, boolean training) {
        return Temporaries.freed(
                x.getManager(),
                () -> {
                    NDArray clipped = x.clip(0, 1);
                    return CustomGradient.surrogate(rounded(clipped.stopGradient()), clipped);
                });
    }

    /** {@inheritDoc} */
    @Override
    public NDArray quantizeFrozen(ParameterStore store, NDArray x) {
        return Temporaries.freed(x.getManager(), () -> rounded(x.stopGradient().clip(0, 1)));
    }
}
