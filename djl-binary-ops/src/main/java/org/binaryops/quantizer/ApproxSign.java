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
import ai.djl.nn.Activation;
import org.binaryops.gradient.Temporaries;

/**
 * The sign with the derivative of a piecewise parabola (Liu et al., "Bi-Real Net", ECCV 2018).
 *
 * <p>Forward sign(x), sign(0) = +1; backward $g(x) = \max(2 - 2|x|, 0)$, the derivative of $F(x) =
 * 2x + x^2$ on [−1, 0), $2x - x^2$ on [0, 1), ±1 beyond.
 */
public final class ApproxSign extends SignQuantizer {

    private static final byte VERSION = 1;

    /** Creates a quantizer. */
    public ApproxSign() {
        super(VERSION);
    }

    /** {@inheritDoc} */
    @Override
    public NDArray derivative(NDArray x) {
        return Temporaries.freed(x.getManager(), () -> Activation.relu(x.abs().muli(-2).addi(2)));
    }
}
