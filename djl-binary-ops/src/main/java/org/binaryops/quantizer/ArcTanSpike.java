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
import org.binaryops.gradient.Temporaries;

/**
 * Spikes with the arc tangent surrogate (Fang et al., "Incorporating Learnable Membrane Time
 * Constant to Enhance Learning of Spiking Neural Networks", ICCV 2021; used by SpikeGPT, Zhu et
 * al., 2023).
 *
 * <p>Forward $S = 1\{V \ge V_{th}\}$. Backward the derivative of $\frac1\pi \arctan(\frac\pi2
 * \alpha x) + \frac12$ at $x = V - V_{th}$:
 *
 * <p>$$g(V) = \frac{\alpha / 2}{1 + (\frac\pi2 \alpha x)^2}$$
 *
 * <p>Defaults as in SpikeGPT: V_th = 1, α = 2.
 */
public final class ArcTanSpike extends SpikeQuantizer {

    private static final byte VERSION = 1;

    private final double alpha;

    /** Creates a quantizer with V_th = 1 and α = 2. */
    public ArcTanSpike() {
        this(1, 2);
    }

    /**
     * Creates a quantizer.
     *
     * @param threshold V_th, finite
     * @param alpha α, the steepness of the surrogate, positive
     * @throws IllegalArgumentException if an argument is out of its range
     */
    public ArcTanSpike(double threshold, double alpha) {
        super(VERSION, threshold);
        if (!(alpha > 0 && alpha < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException(
                    "alpha must be positive and finite, but was " + alpha + ".");
        }
        this.alpha = alpha;
    }

    /** {@inheritDoc} */
    @Override
    public NDArray derivative(NDArray x) {
        return Temporaries.freed(
                x.getManager(),
                () -> {
                    NDArray width =
                            x.sub(getThreshold()).muli(Math.PI / 2 * alpha).square().addi(1);
                    return width.onesLike().muli(alpha / 2).divi(width);
                });
    }
}
