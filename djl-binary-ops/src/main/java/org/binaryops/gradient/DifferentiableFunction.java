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
package org.binaryops.gradient;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.index.NDIndex;

/**
 * An elementwise function together with the derivative that the backward pass shall use for it.
 *
 * <p>The derivative need not be that of the value: for the sign function it is the estimator that
 * stands in for a derivative which is zero almost everywhere.
 */
public interface DifferentiableFunction {

    /**
     * Computes the forward value f(x).
     *
     * @param x the argument, of any shape
     * @return a new array of the same shape, attached to the manager of {@code x}
     */
    NDArray value(NDArray x);

    /**
     * Computes the factor g(x) of the backward pass, ∂L/∂x = g(x) · ∂L/∂f.
     *
     * @param x the argument, of any shape
     * @return a new array of the same shape
     */
    NDArray derivative(NDArray x);

    /**
     * Replaces the numbers of an array by their values f(x), in place; overridden where that takes
     * fewer passes over memory than {@link #value}.
     *
     * @param x the arguments, no part of any graph; on return the values
     */
    default void overwrite(NDArray x) {
        try (NDArray values = value(x)) {
            x.set(new NDIndex("..."), values);
        }
    }
}
