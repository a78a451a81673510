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
 * How a layer makes up for the magnitudes that the sign of its input drops.
 *
 * <p>The factor K is taken from |x|, the layer's input before its quantizer, and is multiplied to
 * the output, y = α ⊙ K ⊙ (Q(x) ∗ Q(W)) + b. No gradient flows from K to x, in all forms. What
 * carries the name XNOR-Net differs from source to source; the names here say which is which.
 *
 * <table>
 * <caption>The forms in use</caption>
 * <tr><th>source</th><th>constant</th></tr>
 * <tr><td>XNOR-Net, the paper (Rastegari et al., ECCV 2016)</td><td>{@link #SPATIAL_MAP}</td></tr>
 * <tr><td>BiBench's XNOR operator (Qin et al., ICML 2023), convolution</td>
 *     <td>{@link #SAMPLE_MEAN_STRAIGHT_THROUGH}</td></tr>
 * <tr><td>BiBench's XNOR operator, linear</td><td>{@link #SAMPLE_MEAN}</td></tr>
 * <tr><td>all other methods</td><td>{@link #NONE}</td></tr>
 * </table>
 *
 * <p>K depends on the input: a packed layer with one computes it in float and the products in bits.
 */
public enum InputScale {
    /** No factor. */
    NONE,

    /**
     * BiBench's form: the mean |x| of each sample, one number. A layer with spatial axes averages
     * over all axes but the batch; a linear layer over the last axis, so that each row (each
     * position of a sequence) has its own number. The gradients of input and weight both include
     * the factor, as in BiBench's linear operator.
     */
    SAMPLE_MEAN,

    /**
     * The values of {@link #SAMPLE_MEAN} with the gradient of BiBench's convolutions: the
     * straight-through estimator stands in for the scaled sign, so that the gradient of the input
     * does not include the factor, while that of the weight does.
     */
    SAMPLE_MEAN_STRAIGHT_THROUGH,

    /**
     * The paper's map: A is the mean |x| over the channels and K = A ∗ k, where each element of the
     * kernel k is 1 / (kernel height · kernel width), with the stride, padding (with zeros) and
     * dilation of the layer; one number for each position of the output. With groups, each group
     * has a map of its own channels, those that its filters see. In a linear layer, which has no
     * positions, it is the mean |x| of each row. The gradients of input and weight both include the
     * factor.
     */
    SPATIAL_MAP
}
