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
package org.binaryops.kan;

import ai.djl.ndarray.NDArray;
import org.binaryops.gradient.Temporaries;

/**
 * How the functions of AF-KAN are brought to [0, 1]: (z − min) / (max − min). See {@link
 * AfKanBasis}.
 *
 * <p>The published code divides by the L2 norm of z first, which changes nothing: the factor
 * cancels. Where all values are the same the result is 0.
 */
public enum AfNormalization {
    /** No normalization. */
    NONE,
    /** Least and greatest value of each sample, over its features and functions: the default. */
    PER_SAMPLE,
    /**
     * Least and greatest value of the whole batch, as published: what comes out for a sample
     * depends on the samples beside it, in training and in inference.
     */
    BATCH;

    private static final double LEAST_SPREAD = 1e-12;

    /**
     * Normalizes.
     *
     * @param z the functions, [samples, features, n]
     * @return the same numbers, or a new array
     */
    NDArray apply(NDArray z) {
        if (this == NONE) {
            return z;
        }
        NDArray flat = this == BATCH ? z.reshape(1, -1) : z.reshape(z.getShape().get(0), -1);
        NDArray least = flat.min(new int[] {1}, true);
        NDArray floor = Temporaries.constant(z, LEAST_SPREAD);
        NDArray spread = flat.max(new int[] {1}, true).sub(least).maximum(floor);
        return flat.sub(least).div(spread).reshape(z.getShape());
    }
}
