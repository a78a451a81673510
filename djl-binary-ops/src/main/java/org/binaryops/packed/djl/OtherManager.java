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
