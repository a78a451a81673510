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
package org.binaryops.training;

import ai.djl.ndarray.NDArray;
import org.binaryops.gradient.Temporaries;
import org.binaryops.quantizer.BiPer;
import org.binaryops.quantizer.Quantizer;
import org.binaryops.quantizer.Staged;

/**
 * The regularisers of Darabi et al., "BNN+: Improved Binary Network Training" (2018), which pull
 * one-bit weights to ±α:
 *
 * <ul>
 *   <li>Manhattan: $R_1(w) = \lambda \sum_i \left| \alpha - |w_i| \right|$
 *   <li>Euclidean: $R_2(w) = \lambda \sum_i (\alpha - |w_i|)^2$
 * </ul>
 *
 * <p>The paper adds them to its loss with λ from 10⁻⁷ to 10⁻⁵. Here α is a fixed number; the
 * weights of {@link BiPer}, whose values ±1 do not lie at ±α, have no penalty.
 */
public final class BinaryRegularizer implements WeightRegularizer {

    private final double lambda;
    private final double alpha;
    private final boolean squared;

    private BinaryRegularizer(double lambda, double alpha, boolean squared) {
        if (!Double.isFinite(lambda)) {
            throw new IllegalArgumentException("lambda must be finite, but was " + lambda + ".");
        }
        if (!(alpha > 0)) {
            throw new IllegalArgumentException("alpha must be positive, but was " + alpha + ".");
        }
        this.lambda = lambda;
        this.alpha = alpha;
        this.squared = squared;
    }

    /**
     * Creates R₁.
     *
     * @param lambda λ, finite
     * @param alpha α, positive
     * @return a new regulariser
     * @throws IllegalArgumentException if an argument is out of its range
     */
    public static BinaryRegularizer manhattan(double lambda, double alpha) {
        return new BinaryRegularizer(lambda, alpha, false);
    }

    /**
     * Creates R₂.
     *
     * @param lambda λ, finite
     * @param alpha α, positive
     * @return a new regulariser
     * @throws IllegalArgumentException if an argument is out of its range
     */
    public static BinaryRegularizer euclidean(double lambda, double alpha) {
        return new BinaryRegularizer(lambda, alpha, true);
    }

    /** {@inheritDoc} */
    @Override
    public NDArray penalty(NDArray weight, Quantizer quantizer) {
        Quantizer inner = Staged.inner(quantizer);
        if (inner instanceof BiPer || inner.getBits() != 1) {
            return null;
        }
        NDArray distance = weight.abs().sub(alpha);
        NDArray size = squared ? distance.square() : distance.abs();
        return size.sum().mul(Temporaries.constant(weight, lambda));
    }
}
