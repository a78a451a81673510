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

import java.lang.System.Logger;
import java.lang.System.Logger.Level;

/**
 * Chooses the kernels and says so in one log line. The gates, in order: the property, the version
 * of Java, the module of the vectors, the compiler that makes them fast, the kernels themselves,
 * which a build with an old JDK lacks, and the width of the processor's vectors.
 */
final class KernelChoice {

    /** Forces the choice. */
    static final String PROPERTY = "org.binaryops.packed.kernels";

    /** The vectors that {@code VectorWidth} takes; 0 for the processor's own. */
    static volatile int requestedBits;

    private static final String MODULE = "jdk.incubator.vector";

    /** Not in the class path of this class's compilation: it needs a later JDK. */
    private static final String VECTORS = "org.binaryops.packed.kernel.VectorKernels";

    private static volatile Kernels chosen;

    private KernelChoice() {}

    /** The choice, made at the first call. Later calls, of which there are many, do not wait. */
    static Kernels get() {
        Kernels kernels = chosen;
        return kernels != null ? kernels : first();
    }

    private static synchronized Kernels first() {
        if (chosen == null) {
            chosen = choose(System.getProperty(PROPERTY, ""));
        }
        return chosen;
    }

    static Kernels choose(String wanted) {
        Logger log = System.getLogger(Kernels.class.getPackageName());
        if ("scalar".equals(wanted)) {
            log.log(Level.INFO, "scalar kernels, as the property " + PROPERTY + " says");
            return new ScalarKernels();
        }
        boolean forced = !wanted.isEmpty();
        if (forced && !wanted.matches("128|256|512")) {
            throw new IllegalStateException(
                    "the property "
                            + PROPERTY
                            + " must be scalar, 128, 256 or 512, but is "
                            + wanted);
        }
        String obstacle = obstacle(Runtime.version().feature(), readable(), vm(), forced);
        if (obstacle == null) {
            requestedBits = forced ? Integer.parseInt(wanted) : 0;
            Kernels kernels = vectors();
            log.log(Level.INFO, "kernels for vectors of " + kernels.name() + " bits");
            return kernels;
        }
        if (forced) {
            throw new IllegalStateException(
                    "the property " + PROPERTY + " asks for " + wanted + ", but " + obstacle);
        }
        log.log(Level.INFO, "scalar kernels, several times slower than vectors: " + obstacle);
        return new ScalarKernels();
    }

    /** What stands against vectors, and how to remove it; null if nothing does. */
    static String obstacle(int java, boolean readable, String vm, boolean forced) {
        if (java < 21) {
            return "vectors need Java 21 or later with --add-modules " + MODULE;
        }
        if (!readable) {
            return "vectors need the option --add-modules " + MODULE;
        }
        try {
            Class.forName(VECTORS, false, KernelChoice.class.getClassLoader());
        } catch (ClassNotFoundException e) {
            return "this build has no vector kernels; build it with Java 21 or later";
        }
        if (!forced && (vm.contains("interpreted") || vm.contains("client"))) {
            return "this Java machine does not compile vectors (" + vm + ")";
        }
        return null;
    }

    private static boolean readable() {
        return ModuleLayer.boot().findModule(MODULE).isPresent();
    }

    private static String vm() {
        return System.getProperty("java.vm.info", "");
    }

    private static Kernels vectors() {
        try {
            return (Kernels) Class.forName(VECTORS).getDeclaredConstructor().newInstance();
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("the vector kernels cannot be made", e);
        }
    }
}
