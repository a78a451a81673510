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
import org.binaryops.gradient.Temporaries;

/** How a codebook compares a vector x̂ with a code c. */
public enum Snap {
    /** $\hat x \cdot c / \|c\|$, the paper's. */
    INNER_PRODUCT,

    /** $\hat x \cdot c / (\|\hat x\| \|c\|)$: the same codes, similarities in [−1, 1]. */
    COSINE,

    /** $-\|\hat x - c\|$. */
    EUCLIDEAN;

    /** As in PyTorch's normalize, what a norm is at least where it divides. */
    private static final double TINY = 1e-12;

    /**
     * Computes how near vectors are to codes.
     *
     * @param vectors the vectors x̂, of shape [vectors, width]
     * @param codes the codes c, of shape [codes, width]
     * @return the similarities, of shape [vectors, codes], attached to the manager of {@code
     *     vectors}
     */
    public NDArray similarities(NDArray vectors, NDArray codes) {
        return Temporaries.freed(
                vectors.getManager(),
                () -> ofGroups(vectors.expandDims(1), codes.expandDims(0)).squeeze(1));
    }

    /** The same for x̂ [vectors, groups, width] and c [groups, codes, width]. */
    NDArray ofGroups(NDArray x, NDArray codes) {
        return Temporaries.freed(
                x.getManager(),
                () ->
                        switch (this) {
                            case INNER_PRODUCT -> products(x, unit(codes));
                            case COSINE -> products(unit(x), unit(codes));
                            case EUCLIDEAN -> distances(x, codes).neg();
                        });
    }

    private static NDArray products(NDArray x, NDArray codes) {
        return x.swapAxes(0, 1).matMul(codes.swapAxes(1, 2)).swapAxes(0, 1);
    }

    private static NDArray unit(NDArray vectors) {
        return vectors.div(norms(vectors).maximum(Temporaries.constant(vectors, TINY)));
    }

    /** The Euclidean norms of vectors along the third axis, which stays with length 1. */
    static NDArray norms(NDArray vectors) {
        return vectors.square().sum(new int[] {2}, true).sqrt();
    }

    private static NDArray distances(NDArray x, NDArray codes) {
        NDArray squares = codes.square().sum(new int[] {2}).expandDims(0);
        NDArray difference = products(x, codes).mul(Temporaries.constant(x, -2)).add(squares);
        // Rounding may leave a little less than 0 where a vector is a code.
        NDArray squared = difference.add(x.square().sum(new int[] {2}, true));
        return squared.maximum(Temporaries.constant(x, 0)).sqrt();
    }
}
