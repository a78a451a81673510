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
 *
 * <p>What the methods were published with; the quantizers are of {@code org.binaryops.quantizer},
 * STE is its {@code StraightThroughSign}, and the {@link InputScale} is {@code NONE} where nothing
 * is said:
 *
 * <table>
 * <caption>Methods and their settings</caption>
 * <tr><th>method</th><th>input</th><th>weight</th><th>scale</th></tr>
 * <tr><td>BNN, BinaryConnect</td><td>STE, {@code Identity}</td><td>STE</td>
 *     <td>{@link #NONE}</td></tr>
 * <tr><td>XNOR-Net, the paper</td><td>STE, {@link InputScale#SPATIAL_MAP}</td>
 *     <td>{@code XnorWeight(PAPER)}, which scales</td><td>{@link #NONE}</td></tr>
 * <tr><td>XNOR-Net in BiBench, convolution</td>
 *     <td>STE, {@link InputScale#SAMPLE_MEAN_STRAIGHT_THROUGH}</td><td>STE</td>
 *     <td>{@link #CHANNEL_MEAN_STRAIGHT_THROUGH}</td></tr>
 * <tr><td>XNOR-Net in BiBench, linear</td><td>STE, {@link InputScale#SAMPLE_MEAN}</td>
 *     <td>{@code CentredWeight} of STE</td><td>{@link #CENTRED_CHANNEL_MEAN}</td></tr>
 * <tr><td>XNOR-Net++</td><td>STE</td><td>STE</td><td>{@link #LEARNED_RANK_ONE}</td></tr>
 * <tr><td>Bi-Real Net</td><td>{@code ApproxSign}</td><td>STE</td>
 *     <td>{@link #CHANNEL_MEAN_STRAIGHT_THROUGH}</td></tr>
 * <tr><td>ReActNet</td><td>{@code ReActShift}, then {@code ApproxSign}</td><td>STE</td>
 *     <td>{@link #CHANNEL_MEAN_STRAIGHT_THROUGH}</td></tr>
 * <tr><td>DoReFa, 1 bit</td><td>{@code DoReFaActivation}</td>
 *     <td>{@code DoReFaWeight(1)}, which scales by the mean of the layer</td>
 *     <td>{@link #NONE}</td></tr>
 * <tr><td>IR-Net</td><td>{@code ErrorDecayEstimator}</td>
 *     <td>{@code IrNetWeight}, which scales by a power of two</td><td>{@link #NONE}</td></tr>
 * <tr><td>ReCU</td><td>{@code NormalizedSign}</td>
 *     <td>{@code ReCuWeight}</td><td>{@link #LEARNED}</td></tr>
 * <tr><td>BiT</td><td>{@code LearnedShift} of {@code ElasticQuantizer.signed(1)}</td>
 *     <td>{@code BwnWeight.perLayer()}, which scales</td><td>{@link #NONE}</td></tr>
 * <tr><td>ReSTE</td><td>{@code ReSte}</td><td>{@code ReSte}</td>
 *     <td>{@link #LAYER_MEAN}</td></tr>
 * <tr><td>BiPer</td><td>{@code NormalizedSign}</td><td>{@code BiPer}</td>
 *     <td>{@link #LEARNED}</td></tr>
 * <tr><td>BiViT</td><td>STE</td><td>{@code CentredWeight} of open STE</td>
 *     <td>{@link #LEARNED_FROM_MEAN}</td></tr>
 * </table>
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
     * The values of {@link #CHANNEL_MEAN} with the gradient that the public code of Bi-Real Net,
     * ReActNet and BiBench's convolutions has: the straight-through estimator stands in for the
     * scaled sign, so that in a training pass the gradient of the weight does not include the
     * factor (for the clipped estimator it is ∂L/∂(αw_q) · 1[|w| ≤ 1]), while that of the input
     * does. To that end a training pass scales the weights, not the products.
     */
    CHANNEL_MEAN_STRAIGHT_THROUGH,

    /**
     * The mean |w − mean(w)| of each output channel, without a gradient, for a quantizer that takes
     * the sign of centred weights (BiBench's linear XNOR operator). The gradient of the binary
     * weight includes the factor.
     */
    CENTRED_CHANNEL_MEAN,

    /**
     * The mean |w| of the whole layer, one number, with its gradient to w (ReSTE, Wu et al., ICCV
     * 2023).
     */
    LAYER_MEAN,

    /**
     * A learned factor for each output channel, initialized from U(0, 1) (BiPer, Vargas et al.,
     * CVPR 2024; ReCU, Xu et al., ICCV 2021).
     */
    LEARNED,

    /**
     * A learned factor for each output channel that starts from the mean |w| of the channel: the
     * parameterized weight scale of BiViT (He et al., ICCV 2023). As in its code, the mean is that
     * of the weights as they are, even where the quantizer centres them. The factor is taken from
     * the weights when the layer is initialized; a loaded one stays as it was saved.
     */
    LEARNED_FROM_MEAN,

    /**
     * A learned factor of rank one over the output, α[c, i, j] = o[c] · h[i] · w[j], initialized
     * with ones (XNOR-Net++, Bulat &amp; Tzimiropoulos, BMVC 2019). The layer fixes the size of its
     * output when it is initialized, and takes no other later. A layer without spatial axes, such
     * as a linear one, has o only.
     */
    LEARNED_RANK_ONE
}
