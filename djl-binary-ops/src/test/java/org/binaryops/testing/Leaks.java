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
package org.binaryops.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.ndarray.NDManager;
import java.util.function.Consumer;

/** Counts what computations leave behind. */
public final class Leaks {

    private Leaks() {}

    /**
     * Runs a step many times, each with a manager of its own that is closed after it, and checks
     * that the long-lived manager (a model's, say) holds as many arrays as after the first step.
     */
    public static void assertNothingLeft(NDManager lasting, int steps, Consumer<NDManager> step) {
        run(lasting, step);
        int before = lasting.getManagedArrays().size();
        for (int i = 1; i < steps; ++i) {
            run(lasting, step);
        }
        assertEquals(before, lasting.getManagedArrays().size(), "arrays left behind");
    }

    private static void run(NDManager lasting, Consumer<NDManager> step) {
        try (NDManager manager = lasting.newSubManager()) {
            step.accept(manager);
        }
    }
}
