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
import org.binaryops.quantizer.Quantizer;

/**
 * A penalty for the latent weight of one layer, to be added to a loss by {@link RegularizedLoss}.
 */
@FunctionalInterface
public interface WeightRegularizer {

    /**
     * Computes the penalty of a weight.
     *
     * @param weight the live latent weight; temporaries made here are freed by the caller
     * @param quantizer the quantizer that its layer sees it through
     * @return a scalar that carries the gradient to {@code weight}, or {@code null} if this weight
     *     has no penalty
     */
    NDArray penalty(NDArray weight, Quantizer quantizer);
}
