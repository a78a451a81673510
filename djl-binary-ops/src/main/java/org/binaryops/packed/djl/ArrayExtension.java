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
import ai.djl.ndarray.internal.NDArrayEx;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Proxy;
import java.util.HashMap;
import java.util.Map;

/**
 * The second interface of DJL's arrays, for what layers and image transforms need.
 *
 * <p>Of its hundred methods, {@link ImageArray} has those of image transforms. The others have
 * defaults of DJL's, or go to the other engine.
 */
final class ArrayExtension implements InvocationHandler {

    /** The methods of the interface that {@link ImageArray} has. */
    private static final Map<Method, Method> OURS = new HashMap<>();

    static {
        for (Method ours : ImageArray.class.getDeclaredMethods()) {
            if (Modifier.isPublic(ours.getModifiers())) {
                try {
                    OURS.put(
                            NDArrayEx.class.getMethod(ours.getName(), ours.getParameterTypes()),
                            ours);
                } catch (NoSuchMethodException e) {
                    throw new AssertionError(ours + " is no method of DJL's", e);
                }
            }
        }
    }

    private final JavaNDArray array;

    private ArrayExtension(JavaNDArray array) {
        this.array = array;
    }

    static NDArrayEx of(JavaNDArray array) {
        return (NDArrayEx)
                Proxy.newProxyInstance(
                        ArrayExtension.class.getClassLoader(),
                        new Class<?>[] {NDArrayEx.class},
                        new ArrayExtension(array));
    }

    @Override
    public Object invoke(Object proxy, Method method, Object[] arguments) throws Throwable {
        if (method.getDeclaringClass() == Object.class) {
            return switch (method.getName()) {
                case "equals" -> proxy == arguments[0];
                case "hashCode" -> System.identityHashCode(proxy);
                default -> "extension of " + array;
            };
        }
        try {
            Method ours = OURS.get(method);
            if (ours != null) {
                return ours.invoke(new ImageArray(array), arguments);
            }
            if (method.isDefault()) {
                return InvocationHandler.invokeDefault(proxy, method, arguments);
            }
            NDArray other = array.other();
            if (other == Refusal.array()) {
                throw Refusal.of(method.getName());
            }
            return method.invoke(other.getNDArrayInternal(), arguments);
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }
}
