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
import ai.djl.ndarray.types.Shape;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Whether an engine's {@code stopGradient()} shares memory with its array (as PyTorch's does), or
 * copies it. It is tried once for each engine, on one number.
 */
final class DetachedAlias {

    private static final Map<String, Boolean> SHARED = new ConcurrentHashMap<>();

    private DetachedAlias() {}

    static boolean isSharedBy(NDArray x) {
        NDManager manager = x.getManager();
        return SHARED.computeIfAbsent(manager.getEngine().getEngineName(), e -> isShared(manager));
    }

    private static boolean isShared(NDManager parent) {
        try (NDManager manager = parent.newSubManager()) {
            NDArray array = manager.zeros(new Shape(1));
            array.stopGradient().addi(1);
            return array.toFloatArray()[0] == 1;
        }
    }
}
