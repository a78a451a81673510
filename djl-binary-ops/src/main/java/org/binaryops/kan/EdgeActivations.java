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

/**
 * What goes over each edge of a layer for a batch of inputs, and what its parts are.
 *
 * <p>With j for the unit and i for the feature: {@code post} = μ_ji (w_ji b(x_i) + s_ji spline_ji),
 * and the output of the layer is the sum of {@code post} over i, plus the bias if there is one.
 * These are pykan's acts, postacts and postspline.
 *
 * @param input x, [samples, features]
 * @param base the values b(x) of the base function, [samples, features], or {@code null} without a
 *     base branch
 * @param spline the functions of the edges without scale and mask, Σ_m c_jim B_m(x_i), [samples,
 *     units, features]
 * @param post the values at the far ends of the edges, φ_ji(x_i), [samples, units, features]
 */
public record EdgeActivations(NDArray input, NDArray base, NDArray spline, NDArray post)
        implements AutoCloseable {

    /** Frees the arrays, except for the input. */
    @Override
    public void close() {
        if (base != null) {
            base.close();
        }
        spline.close();
        post.close();
    }
}
