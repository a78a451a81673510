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

/**
 * How AF-KAN makes one number of the n functions z of each feature, before its linear map; see
 * {@link AfKanLinear}. T = max(t, 1) with the learned temperature t of the layer, which starts at
 * √features.
 */
public enum AfReduction {

    /** Σ_m z_m w, w the softmax over the features of a learned linear form of z over T. */
    GLOBAL_ATTENTION,

    /**
     * Σ_m z_m w_m, w the softmax over the functions of a depth-wise convolution, 3 wide, over T.
     */
    SPATIAL_ATTENTION,

    /** A learned linear form of z. */
    MULTISTEP,

    /**
     * Attention among the windows of two neighbouring functions, each 2 numbers, with temperature
     * T, then a linear form of all of it. Where n is odd the last function is left out.
     */
    LOCAL_ATTENTION,

    /** Attention among the features, n heads of 1 number each, then the sum over the functions. */
    MULTIHEAD_ATTENTION,

    /**
     * Attention among the features with temperature T, then the sum over the functions. The
     * published code means this but stops with an error.
     */
    SELF_ATTENTION;

    /** Whether T takes part. */
    boolean hasTemperature() {
        return this != MULTISTEP && this != MULTIHEAD_ATTENTION;
    }
}
