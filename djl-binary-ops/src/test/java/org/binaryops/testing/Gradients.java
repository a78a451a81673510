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
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.regex.Pattern;

/** Backward passes as tests want them. */
public final class Gradients {

    private static final Pattern TEST = Pattern.compile("org\\.binaryops\\..*Test(\\$.*)?");
    private static final int COLLECTIONS = 5;
    private static final Map<String, Integer> CALLS = new ConcurrentHashMap<>();

    private Gradients() {}

    /**
     * Goes backward, in the first calls of each test method after a collection of the garbage.
     *
     * <p>A gradient that reads a freed buffer of the JVM is right as long as no collection happens
     * to come before it, and wrong in the one run in which it does. Here it comes; see {@link
     * Garbage}. Later calls are spared the time.
     *
     * @param collector the collector of the forward pass
     * @param loss a scalar
     */
    public static void backward(GradientCollector collector, NDArray loss) {
        backward(collector, loss, CALLS.merge(test(), 1, Integer::sum) <= COLLECTIONS);
    }

    /**
     * Goes backward, to compare a pass after a collection with one that nothing disturbed.
     *
     * @param collector the collector of the forward pass
     * @param loss a scalar
     * @param collect whether the garbage is collected before it
     */
    public static void backward(GradientCollector collector, NDArray loss, boolean collect) {
        if (collect) {
            Garbage.collectAndOverwrite();
        }
        collector.backward(loss);
    }

    /** The method of a test class that is outermost on the stack: JUnit calls it. */
    private static String test() {
        return StackWalker.getInstance()
                .walk(
                        frames ->
                                frames.filter(f -> TEST.matcher(f.getClassName()).matches())
                                        .map(f -> f.getClassName() + "." + f.getMethodName())
                                        .reduce((inner, outer) -> outer)
                                        .orElse(""));
    }

    /** The gradient, at x, of the sum of the elements of f(x) ⊙ upstream, in float64. */
    public static double[] at(double[] x, double[] upstream, Function<NDArray, NDArray> function) {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray argument = manager.create(x);
            argument.setRequiresGradient(true);
            try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
                backward(collector, function.apply(argument).mul(manager.create(upstream)).sum());
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
