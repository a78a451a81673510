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
import org.binaryops.quantizer.BiPer;
import org.binaryops.quantizer.Quantizer;
import org.binaryops.quantizer.Staged;

/**
 * The regulariser of BiPer's CIFAR-10 training (Vargas et al., CVPR 2024), for the weights that a
 * {@link BiPer} quantizes:
 *
 * <p>$$R(w) = \tau \, \mathrm{mean}(\sin^2(\omega w)) = \tau \, \mathrm{mean}(\tfrac12 - \tfrac12
 * \cos(2 \omega w))$$
 *
 * <p>It is added to the loss, with the plus sign of the authors' code. Minimised it pulls sin(ωw)
 * towards 0, away from ±1: it does not bring the weights nearer to binary values, but keeps the
 * derivative ω cos(ωw) large. The authors' τ for ResNet-18 is 0.037 in stage 1 and 0.0468 in stage
 * 2, 0 on ImageNet.
 */
public final class PeriodicRegularizer implements WeightRegularizer {

    private final double tau;

    /**
     * Creates a regulariser.
     *
     * @param tau τ, finite
     * @throws IllegalArgumentException if {@code tau} is not finite
     */
    public PeriodicRegularizer(double tau) {
        if (!Double.isFinite(tau)) {
            throw new IllegalArgumentException("tau must be finite, but was " + tau + ".");
        }
        this.tau = tau;
    }

    /** {@inheritDoc} */
    @Override
    public NDArray penalty(NDArray weight, Quantizer quantizer) {
        return Staged.inner(quantizer) instanceof BiPer biPer
                ? biPer.sineRegularizer(weight, tau)
                : null;
    }
}
