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
package org.binaryops.network;

import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.norm.BatchNorm;

/** The layers at both ends of the networks, which stay in float, and what stands between layers. */
final class FloatLayers {

    private FloatLayers() {}

    /** A square convolution without a bias that keeps the size of the image, but for its stride. */
    static Conv2d convolution(int filters, int kernel, int stride) {
        return Conv2d.builder()
                .setFilters(filters)
                .setKernelShape(new Shape(kernel, kernel))
                .optStride(new Shape(stride, stride))
                .optPadding(new Shape(kernel / 2, kernel / 2))
                .optBias(false)
                .build();
    }

    static Block norm() {
        return BatchNorm.builder().build();
    }

    static void check(BinaryMethod method, int classes) {
        if (method == null) {
            throw new IllegalArgumentException("method must be set.");
        }
        if (classes <= 0) {
            throw new IllegalArgumentException(
                    "classes must be set and positive, but was " + classes + ".");
        }
    }
}
