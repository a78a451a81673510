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
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import java.util.function.Supplier;

/**
 * Frees what a computation creates on its way to its result.
 *
 * <p>In DJL the result of an operation lives on the manager of its first operand. A computation
 * that starts from a weight therefore leaves its intermediate arrays on the model's manager, where
 * nothing closes them before the model is closed. Every such computation of this library runs
 * inside {@link #freed}: the handles of its intermediates are closed when it ends (the autograd
 * graph keeps what the backward pass needs), and its result goes to the manager of the input.
 */
public final class Temporaries {

    private Temporaries() {}

    /**
     * Runs a computation, closes every array it created but the result, and hands the result to a
     * manager.
     *
     * <p>The body must return an array that it created itself. Parameters must be looked up with
     * {@link #parameter} when that happens inside the body. Calls may be nested: the result of an
     * inner call is a temporary of the outer one.
     *
     * @param owner the manager that owns the result, as a rule that of the input
     * @param body the computation
     * @return the result of the body, attached to {@code owner}
     */
    public static NDArray freed(NDManager owner, Supplier<NDArray> body) {
        NDArray result;
        try (NDScope scope = new NDScope()) {
            scope.suppressNotUsedWarning();
            result = body.get();
            NDScope.unregister(result);
        }
        NDScope.register(result);
        result.attach(owner);
        return result;
    }

    /**
     * Looks a parameter up so that an enclosing {@link #freed} does not close it.
     *
     * <p>On a second device the store makes a copy at the first look-up and keeps it; a scope that
     * is open then would take that copy for a temporary.
     *
     * @param store the store
     * @param parameter the parameter, or {@code null}
     * @param like an array on the wanted device
     * @param training whether this is a training pass
     * @return the live value of the parameter on that device, or {@code null} for {@code null}
     */
    public static NDArray parameter(
            ParameterStore store, Parameter parameter, NDArray like, boolean training) {
        NDArray value = store.getValue(parameter, like.getDevice(), training);
        if (value != null) {
            NDScope.unregister(value);
        }
        return value;
    }

    /**
     * Creates a constant that may enter products under a gradient.
     *
     * <p>On the CPU, DJL keeps the number of {@code x.mul(number)} in a buffer of the JVM that is
     * freed with its handle, while PyTorch's graph still points to it: after a garbage collection
     * the backward pass reads whatever stands there. The same holds for {@code div}, {@code pow},
     * {@code maximum} and {@code minimum}, and for arrays made by {@code create} that are closed
     * before the backward pass. This constant belongs to the engine, which keeps it as long as the
     * graph needs it.
     *
     * @param like an array with the wanted data type and manager
     * @param value the number
     * @return a new scalar
     */
    public static NDArray constant(NDArray like, double value) {
        // Not create(value).toType(type, true), which copies nothing where the type is the same.
        return like.getManager().zeros(new Shape(), like.getDataType()).addi(value);
    }
}
