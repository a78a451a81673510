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

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDManager;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;

/**
 * The manager of the other engine that belongs to one of ours, made when it is first needed. Most
 * predictions never need it, and starting the other engine takes longer than loading a packed file.
 */
final class OtherManager implements InvocationHandler {

    private final BinaryOpsEngine engine;
    private NDManager manager;
    private boolean closed;

    private OtherManager(BinaryOpsEngine engine) {
        this.engine = engine;
    }

    static NDManager of(BinaryOpsEngine engine) {
        return (NDManager)
                Proxy.newProxyInstance(
                        OtherManager.class.getClassLoader(),
                        new Class<?>[] {NDManager.class},
                        new OtherManager(engine));
    }

    @Override
    public Object invoke(Object proxy, Method method, Object[] arguments) throws Throwable {
        switch (method.getName()) {
            case "close" -> {
                close();
                return null;
            }
            case "equals" -> {
                return proxy == arguments[0];
            }
            case "hashCode" -> {
                return System.identityHashCode(proxy);
            }
            case "toString" -> {
                return "the arrays of another engine for " + engine;
            }
            default -> {
                try {
                    return method.invoke(manager(), arguments);
                } catch (InvocationTargetException e) {
                    throw e.getCause();
                }
            }
        }
    }

    private synchronized NDManager manager() {
        if (closed) {
            throw new IllegalStateException("The manager of this array has been closed.");
        }
        if (manager == null) {
            Engine other = engine.getAlternativeEngine();
            manager = other == null ? Refusal.manager() : other.newBaseManager();
        }
        return manager;
    }

    private synchronized void close() {
        closed = true;
        if (manager != null) {
            manager.close();
        }
    }
}
