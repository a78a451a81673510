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

    /** Whether the input is pulled to its codes. */
    boolean pullsInput() {
        return this == VQVAE || this == FULLAELOSS;
    }
}
