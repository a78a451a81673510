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
package org.binaryops.quantizer.codebook;

import ai.djl.ndarray.NDArray;
import org.binaryops.gradient.CustomGradient;
import org.binaryops.gradient.Temporaries;

/**
 * What the codes and the input of a codebook learn from, under the names of the authors' code.
 *
 * <p>g is the gradient that arrives at the output y of the codebook, and M the reconstruction
 * error, the mean over the vectors of a batch of $\|y - \hat x\|^2$. The pull $2\beta(\hat x - y)$
 * on the input is not divided by the number of vectors.
 */
public enum Objective {
    /** Codes: the gradient of the task. Input: g. */
    BASE,

    /** Codes: the gradients of the task and of M. Input: g. */
    AELOSS,

    /** Codes: the gradient of M alone. Input: $g + 2\beta(\hat x - y)$. */
    VQVAE,

    /** Codes: the gradients of the task and of M. Input: $g + 2\beta(\hat x - y)$. */
    FULLAELOSS;

    /** Whether the gradient of the task reaches the codes. */
    boolean teachesCodes() {
        return this != VQVAE;
    }

    /**
     * A scalar 0 with the gradients that come on top of those of the task.
     *
     * @param normal x̂, vectors along the first axis
     * @param y the codes in their place, of the same shape
     * @param commitment β
     */
    NDArray reconstruction(NDArray normal, NDArray y, double commitment) {
        NDArray error = y.sub(normal.stopGradient()).square().sum();
        double share = 1.0 / normal.getShape().get(0);
        NDArray all = error.mul(Temporaries.constant(error, share));
        if (this != AELOSS) {
            NDArray pull = normal.sub(y.stopGradient()).square().sum();
            all = all.add(pull.mul(Temporaries.constant(pull, commitment)));
        }
        // The reported loss stays that of the task.
        return CustomGradient.surrogate(all.zerosLike(), all);
    }
}
