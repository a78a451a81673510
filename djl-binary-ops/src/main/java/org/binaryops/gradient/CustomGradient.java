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

/**
 * The custom-gradient primitive: gives a value a derivative of the caller's choosing.
 *
 * <p>All forms use only elementwise operations and {@link NDArray#stopGradient()}, so they run on
 * every device of every engine that has these two. The forward value is exact, not merely close: a
 * surrogate is added as the difference of an array and itself, which is zero for every finite
 * number. Intermediate arrays are freed (see {@link Temporaries}).
 *
 * <p>Arguments must be finite. An infinity or a NaN where the difference is taken gives NaN, as it
 * does in every arithmetic.
 */
public final class CustomGradient {

    private CustomGradient() {}

    /**
     * Applies a function with its own backward rule: forward f(x), backward ∂L/∂x = g(x) · ∂L/∂f.
     *
     * @param x the argument, of any shape
     * @param function f and g
     * @return f(x), attached to the manager of {@code x}
     */
    public static NDArray apply(NDArray x, DifferentiableFunction function) {
        return Temporaries.freed(
                x.getManager(),
                () -> {
                    NDArray detached = x.stopGradient();
                    return attach(
                            function.value(detached),
                            x.sub(detached).mul(function.derivative(detached)));
                });
    }

    /**
     * Gives a precomputed value a precomputed derivative: backward ∂L/∂x = derivative · ∂L/∂y.
     *
     * @param x the argument
     * @param value the forward value y, of the shape of {@code x}; no gradient flows through it
     * @param derivative the factor of the backward pass, of the shape of {@code x}; no gradient
     *     flows through it
     * @return y, attached to the manager of {@code x}
     */
    public static NDArray of(NDArray x, NDArray value, NDArray derivative) {
        return Temporaries.freed(
                x.getManager(),
                () ->
                        attach(
                                value.stopGradient(),
                                x.sub(x.stopGradient()).mul(derivative.stopGradient())));
    }

    /**
     * Passes the gradient on unchanged: backward ∂L/∂x = ∂L/∂y, the identity straight-through
     * estimator.
     *
     * @param x the argument
     * @param value the forward value y, of the shape of {@code x}; no gradient flows through it
     * @return y, attached to the manager of {@code x}
     */
    public static NDArray straightThrough(NDArray x, NDArray value) {
        return surrogate(value, x);
    }

    /**
     * Uses one expression forward and the derivative of another backward: ∂L/∂· = ∂L/∂y · ∂s/∂·.
     *
     * <p>The surrogate may depend on any number of arrays (an input and a learned scale, say); each
     * receives its gradient through the surrogate.
     *
     * @param value the forward value y; no gradient flows through it
     * @param surrogate s, of the shape of {@code value}
     * @return y, attached to the manager of {@code surrogate}
     */
    public static NDArray surrogate(NDArray value, NDArray surrogate) {
        return Temporaries.freed(
                surrogate.getManager(),
                () -> attach(value.stopGradient(), surrogate.sub(surrogate.stopGradient())));
    }

    /** Adds a term that is zero forward and carries the gradient. */
    private static NDArray attach(NDArray value, NDArray zeroWithGradient) {
        return value.add(zeroWithGradient);
    }
}
