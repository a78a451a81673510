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
 * The custom-gradient primitive: gives a value a derivative of the caller's choosing.
 *
 * <p>All forms use only elementwise operations and {@link NDArray#stopGradient()}, so they run on
 * every device. An operation with the wanted derivative makes an array (a product for a factor, a
 * sum with 0 for the identity), and its numbers are then overwritten with the wanted value through
 * a detached alias, of which autograd knows nothing. That saves two passes over memory and is exact
 * for every value, infinities and NaN included. Where an engine's detached array is a copy, the
 * value is added to the difference of an array and itself instead. Intermediate arrays are freed
 * (see {@link Temporaries}).
 */
public final class CustomGradient {

    private static final NDIndex EVERYTHING = new NDIndex("...");

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
                    NDArray factor = function.derivative(detached);
                    if (!canOverwrite(x)) {
                        return sum(function.value(detached), x.sub(detached).mul(factor));
                    }
                    NDArray carrier = x.mul(factor);
                    NDArray alias = carrier.stopGradient();
                    alias.set(EVERYTHING, detached);
                    function.overwrite(alias);
                    return carrier;
                });
    }

    /**
     * Applies a function whose derivative is taken to be 1: forward f(x), backward ∂L/∂x = ∂L/∂f.
     *
     * @param x the argument, of any shape
     * @param function f; its derivative is not asked for
     * @return f(x), attached to the manager of {@code x}
     */
    public static NDArray straightThrough(NDArray x, DifferentiableFunction function) {
        return Temporaries.freed(
                x.getManager(),
                () -> {
                    if (!canOverwrite(x)) {
                        return straightThrough(x, function.value(x.stopGradient()));
                    }
                    NDArray carrier = x.add(0);
                    function.overwrite(carrier.stopGradient());
                    return carrier;
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
                () -> {
                    NDArray factor = derivative.stopGradient();
                    if (!canOverwrite(x)) {
                        return sum(value.stopGradient(), x.sub(x.stopGradient()).mul(factor));
                    }
                    return overwritten(x.mul(factor), value);
                });
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
                () -> {
                    if (!canOverwrite(surrogate)
                            || !value.getShape().equals(surrogate.getShape())) {
                        return sum(value.stopGradient(), surrogate.sub(surrogate.stopGradient()));
                    }
                    // A sum keeps none of its numbers for the backward pass, the surrogate may.
                    return overwritten(surrogate.add(0), value);
                });
    }

    private static NDArray overwritten(NDArray carrier, NDArray value) {
        carrier.stopGradient().set(EVERYTHING, value.stopGradient());
        return carrier;
    }

    /** Adds a term that is zero forward and carries the gradient. */
    private static NDArray sum(NDArray value, NDArray zeroWithGradient) {
        return value.add(zeroWithGradient);
    }

    private static boolean canOverwrite(NDArray x) {
        // A scalar cannot be indexed.
        return x.getShape().dimension() > 0 && x.size() > 0 && DetachedAlias.isSharedBy(x);
    }
}
