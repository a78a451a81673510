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
package org.binaryops.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.index.NDIndex;
import java.util.function.UnaryOperator;

/** Writes to the array of a parameter in place, on its device. */
final class LiveWeights {

    private LiveWeights() {}

    /**
     * Replaces the values of an array by a function of them.
     *
     * @param weight the live array; it keeps its gradient
     * @param function computes the new values, an array of the same shape
     */
    static void overwrite(NDArray weight, UnaryOperator<NDArray> function) {
        try (NDScope scope = new NDScope()) {
            scope.suppressNotUsedWarning();
            // Autograd forbids to write to a leaf, not to a detached view of the same memory.
            NDArray view = weight.stopGradient();
            view.set(new NDIndex("..."), function.apply(view));
        }
    }
}
