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

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.training.GradientCollector;
import java.util.function.Function;

/** Gradients as plain arrays. */
public final class Gradients {

    private Gradients() {}

    /** The gradient, at x, of the sum of the elements of f(x) ⊙ upstream, in float64. */
    public static double[] at(double[] x, double[] upstream, Function<NDArray, NDArray> function) {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray argument = manager.create(x);
            argument.setRequiresGradient(true);
            try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
                collector.backward(function.apply(argument).mul(manager.create(upstream)).sum());
            }
            return argument.getGradient().toDoubleArray();
        }
    }

    /** The values of f at x, in float64. */
    public static double[] values(double[] x, Function<NDArray, NDArray> function) {
        try (NDManager manager = NDManager.newBaseManager()) {
            return function.apply(manager.create(x)).toDoubleArray();
        }
    }
}
