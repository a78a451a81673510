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
import ai.djl.nn.Activation;

/** The fixed function b of the base branch of a Kolmogorov–Arnold layer, the term w b(x). */
public enum BaseBranch {

    /** b(x) = x sigmoid(x), the choice of the paper and of pykan. */
    SILU {
        @Override
        NDArray apply(NDArray x) {
            return Activation.sigmoid(x).mul(x);
        }
    },

    /** b(x) = x Φ(x) with the normal distribution function Φ. */
    GELU {
        @Override
        NDArray apply(NDArray x) {
            return Activation.gelu(x);
        }
    },

    /** b(x) = x. */
    LINEAR {
        @Override
        NDArray apply(NDArray x) {
            return x.add(0);
        }
    },

    /** No base branch: the layer has no weights for it. */
    NONE {
        @Override
        NDArray apply(NDArray x) {
            throw new IllegalStateException("There is no base branch.");
        }
    };

    /**
     * Applies b.
     *
     * @param x the argument
     * @return a new array
     */
    abstract NDArray apply(NDArray x);
}
