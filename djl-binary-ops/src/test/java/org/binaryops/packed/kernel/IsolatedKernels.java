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
package org.binaryops.packed.kernel;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The kernels of each kind side by side in one Java machine. They are chosen once, so that each
 * kind gets this package's classes, and {@link KernelCheck}, in a class loader of its own.
 */
final class IsolatedKernels {

    private static final Map<String, Class<?>> CHECKS = new ConcurrentHashMap<>();

    private IsolatedKernels() {}

    /** All kinds that can run here: vectors need a later Java than this library. */
    static List<String> names() {
        return Runtime.version().feature() < 21
                ? List.of("scalar")
                : List.of("scalar", "128", "256", "512");
    }

    /** The name of the kernels that a class loader chose, which should be the one asked for. */
    static String chosen(String name) {
        return (String) call(name, "chosen", new Class<?>[0]);
    }

    /** Compares all products of one shape with their formulas. */
    static void check(String name, int units, int width, int rows, long seed) {
        call(
                name,
                "check",
                new Class<?>[] {int.class, int.class, int.class, long.class},
                units,
                width,
                rows,
                seed);
    }

    private static Object call(String name, String method, Class<?>[] types, Object... arguments) {
        try {
            Class<?> check = CHECKS.computeIfAbsent(name, IsolatedKernels::load);
            Method called = check.getDeclaredMethod(method, types);
            called.setAccessible(true);
            return called.invoke(null, arguments);
        } catch (InvocationTargetException e) {
            throw new AssertionError(name + ": " + e.getCause(), e.getCause());
        } catch (ReflectiveOperationException e) {
            throw new AssertionError(e);
        }
    }

    private static synchronized Class<?> load(String name) {
        String before = System.getProperty(KernelChoice.PROPERTY);
        System.setProperty(KernelChoice.PROPERTY, name);
        try {
            Class<?> check = new Isolation().loadClass(KernelCheck.class.getName());
            // Made now, while the property says which.
            Method chosen = check.getDeclaredMethod("chosen");
            chosen.setAccessible(true);
            chosen.invoke(null);
            return check;
        } catch (ReflectiveOperationException e) {
            throw new AssertionError(e);
        } finally {
            if (before == null) {
                System.clearProperty(KernelChoice.PROPERTY);
            } else {
                System.setProperty(KernelChoice.PROPERTY, before);
            }
        }
    }

    /** Loads this package itself and leaves the rest to the parent. */
    private static final class Isolation extends ClassLoader {

        private final URLClassLoader classes;

        Isolation() {
            super(IsolatedKernels.class.getClassLoader());
            List<URL> urls = new ArrayList<>();
            Set<String> names = Set.of("Kernels", "KernelCheck", "VectorKernels");
            for (String name : names) {
                String file = name + ".class";
                URL found = Kernels.class.getResource(file);
                if (found != null) {
                    String whole = found.toString();
                    int end =
                            whole.length() - (Kernels.class.getPackageName() + "." + file).length();
                    try {
                        urls.add(new URL(whole.substring(0, end)));
                    } catch (IOException e) {
                        throw new AssertionError(e);
                    }
                }
            }
            classes = new URLClassLoader(urls.toArray(URL[]::new), null);
        }

        @Override
        protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            if (!name.startsWith(Kernels.class.getPackageName() + ".")) {
                return super.loadClass(name, resolve);
            }
            synchronized (getClassLoadingLock(name)) {
                Class<?> loaded = findLoadedClass(name);
                return loaded == null ? define(name) : loaded;
            }
        }

        private Class<?> define(String name) throws ClassNotFoundException {
            try (var in = classes.getResourceAsStream(name.replace('.', '/') + ".class")) {
                if (in == null) {
                    throw new ClassNotFoundException(name);
                }
                byte[] bytes = in.readAllBytes();
                return defineClass(name, bytes, 0, bytes.length);
            } catch (IOException e) {
                throw new ClassNotFoundException(name, e);
            }
        }
    }
}
