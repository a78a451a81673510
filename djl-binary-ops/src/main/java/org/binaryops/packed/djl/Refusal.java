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
package org.binaryops.packed.djl;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;

/**
 * Takes the place of the other engine where there is none: a manager and an array whose operations
 * say, by name, what is missing.
 *
 * <p>The base classes of DJL pass every operation that an array lacks to "the same" array of the
 * other engine. Standing there is what makes it possible to name the operation, without a method
 * for each of the two hundred.
 */
final class Refusal {

    private static final NDArray ARRAY = proxy(NDArray.class);
    private static final NDManager MANAGER = proxy(NDManager.class);

    private Refusal() {}

    /** A manager that refuses everything but to be closed. */
    static NDManager manager() {
        return MANAGER;
    }

    /** The array that this manager gives. */
    static NDArray array() {
        return ARRAY;
    }

    /** The exception for an operation that is not there. */
    static UnsupportedOperationException of(String operation) {
        return new UnsupportedOperationException(
                "The engine "
                        + BinaryOpsEngine.ENGINE_NAME
                        + " has no array operation "
                        + operation
                        + "; add the engine PyTorch (ai.djl.pytorch:pytorch-engine) to the class"
                        + " path, which will then execute it.");
    }

    private static <T> T proxy(Class<T> type) {
        InvocationHandler handler =
                (self, method, arguments) ->
                        switch (method.getName()) {
                            // "The same" array of the other engine.
                            case "from" -> ARRAY;
                            case "close", "set" -> null;
                            case "equals" -> self == arguments[0];
                            case "hashCode" -> System.identityHashCode(self);
                            case "toString" -> "no engine";
                            default -> throw of(method.getName());
                        };
        return type.cast(
                Proxy.newProxyInstance(
                        Refusal.class.getClassLoader(), new Class<?>[] {type}, handler));
    }
}
