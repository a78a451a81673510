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
 * The sign with the derivative of the SignSwish function (Darabi et al., "BNN+: Improved Binary
 * Network Training", 2018).
 *
 * <p>Forward sign(x), sign(0) = +1. Backward the derivative of $SS_\beta(x) = 2 \sigma(\beta x) (1
 * + \beta x (1 - \sigma(\beta x))) - 1$ with the logistic function σ:
 *
 * <p>$$g(x) = \frac{\beta (2 - \beta x \tanh(\beta x / 2))}{1 + \cosh(\beta x)}$$
 *
 * <p>It is β at 0, falls below 0 at |βx| ≈ 2.4 (a weight that has left the origin is pulled back to
 * it) and vanishes far out. The default is the published β = 5. The paper also learns β and adds a
 * regulariser; neither is part of this class.
 */
public final class SwishSign extends SignQuantizer {

    private static final byte VERSION = 1;

    /** Beyond it 1 − tanh² is 0 in every floating-point type. */
    private static final double SATURATED = 64;

    private final double beta;

    /** Creates a quantizer with β = 5. */
    public SwishSign() {
        this(5);
    }

    /**
     * Creates a quantizer.
     *
     * @param beta β, how steeply the surrogate rises at 0, positive
     * @throws IllegalArgumentException if {@code beta} is not positive and finite
     */
    public SwishSign(double beta) {
        super(VERSION);
        if (!(beta > 0 && beta < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException(
                    "beta must be positive and finite, but was " + beta + ".");
        }
        this.beta = beta;
    }

    /** {@inheritDoc} */
    @Override
    public NDArray derivative(NDArray x) {
        // 1 / (1 + cosh u) = (1 − tanh²(u/2)) / 2 does not overflow.
        return Temporaries.freed(
                x.getManager(),
                () -> {
                    NDArray u = x.mul(beta).clip(-SATURATED, SATURATED);
                    NDArray t = u.mul(0.5).tanh();
                    NDArray fall = t.square().muli(-1).addi(1);
                    return u.mul(t).muli(-1).addi(2).muli(fall).muli(beta / 2);
                });
    }
}
