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
package org.binaryops.packed;

import org.binaryops.packed.kernel.Kernels;

/** The check of features: NaN has no side of a threshold, and infinity no place in a sum. */
final class FiniteCheck {

    private FiniteCheck() {}

    /**
     * Checks rows of features.
     *
     * @throws IllegalArgumentException if a feature is not finite
     */
    static void checkRows(float[] input, int offset, int features, int rows) {
        if (!Kernels.finite(input, offset, features * rows)) {
            for (int row = 0; row < rows; ++row) {
                check(input, offset + row * features, features, row);
            }
        }
    }

    private static void check(float[] input, int offset, int features, int row) {
        for (int i = 0; i < features; ++i) {
            if (!Float.isFinite(input[offset + i])) {
                throw new IllegalArgumentException(
                        "features must be finite, but feature "
                                + i
                                + " of row "
                                + row
                                + " is "
                                + input[offset + i]);
            }
        }
    }
}
