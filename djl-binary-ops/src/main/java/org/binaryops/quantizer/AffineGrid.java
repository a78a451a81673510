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
package org.binaryops.quantizer;

import ai.djl.ndarray.NDArray;

/**
 * The integers of an affine quantizer, and how a range of values is laid over them.
 *
 * @param bits the number of bits
 * @param symmetric whether the zero point is 0
 */
record AffineGrid(int bits, boolean symmetric) {

    int lowest() {
        return symmetric ? -highest() : 0;
    }

    int highest() {
        return (1 << (symmetric ? bits - 1 : bits)) - 1;
    }

    /**
     * The distance of two levels.
     *
     * @param low the lower ends, not positive
     * @param high the upper ends, not negative
     * @return the scales; 1 for a range that is 0, so that nothing is divided by 0
     */
    NDArray scale(NDArray low, NDArray high) {
        NDArray span = symmetric ? low.neg().maximum(high) : high.sub(low);
        NDArray scale = span.div(highest());
        return scale.add(scale.eq(0).toType(scale.getDataType(), false));
    }

    /** The integer that stands for 0. */
    NDArray zeroPoint(NDArray low, NDArray scale) {
        if (symmetric) {
            return low.zerosLike();
        }
        return low.neg().div(scale).round().clip(0, highest());
    }
}
