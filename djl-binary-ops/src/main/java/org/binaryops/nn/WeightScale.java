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
package org.binaryops.nn;

/**
 * How a layer scales the products of quantized inputs and weights.
 *
 * <p>The factor α is applied to the accumulated products, y = α ⊙ (Q(x) ∗ Q(W)) + b, which equals
 * scaling the weights. With ±1 operands the accumulators are integers that float32 holds exactly
 * (up to 2²⁴), so that a bit-packed execution can reproduce them bit for bit.
 */
public enum WeightScale {
    /** No factor: binarized networks in the manner of Hubara et al., and quantizers with a step. */
    NONE,

    /**
     * The mean |w| of each output channel, without a gradient (XNOR-Net, Rastegari et al., ECCV
     * 2016; Bi-Real Net, Liu et al., ECCV 2018). The gradient of the binary weight includes the
     * factor.
     */
    CHANNEL_MEAN,

    /**
     * The mean |w| of the whole layer, one number, with its gradient to w (ReSTE, Wu et al., ICCV
     * 2023).
     */
    LAYER_MEAN,

    /**
     * A learned factor for each output channel, initialized from U(0, 1) (BiPer, Vargas et al.,
     * CVPR 2024).
     */
    LEARNED
}
