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
package org.binaryops.packed.compiler;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * What happens to numbers between the place where a packed model has them exactly (its features, or
 * the accumulators of a binary layer) and the next sign or the outputs: a chain of blocks that work
 * on each element by itself.
 *
 * <p>The chain is executed by the engine that trained it. That makes its rounding part of what is
 * compiled.
 */
final class FloatChain {

    private final NDManager manager;
    private final Shape shape;
    private final int width;
    private final int fanIn;
    private final List<UnaryOperator<NDArray>> steps = new ArrayList<>();

    private FloatChain(NDManager manager, Shape shape, int fanIn) {
        this.manager = manager;
        this.shape = shape;
        this.fanIn = fanIn;
        width = Math.toIntExact(shape.size());
    }

    /** A chain that begins with the features, in the given shape of one row. */
    static FloatChain ofFeatures(NDManager manager, Shape shape) {
        return new FloatChain(manager, shape, 0);
    }

    /** A chain that begins with sums of {@code fanIn} products ±1. */
    static FloatChain ofAccumulators(NDManager manager, int width, int fanIn) {
        return new FloatChain(manager, new Shape(width), fanIn);
    }

    void add(UnaryOperator<NDArray> step) {
        steps.add(step);
    }

    int width() {
        return width;
    }

    /** Whether the chain begins with accumulators, not with features. */
    boolean isOfAccumulators() {
        return fanIn > 0;
    }

    /** The number of products in each accumulator. */
    int fanIn() {
        return fanIn;
    }

    int steps() {
        return steps.size();
    }

    /** The values that the chain can begin with are numbered in their order: from here … */
    int first() {
        return isOfAccumulators() ? 0 : FloatOrder.FIRST;
    }

    /** … to here, inclusive. */
    int last() {
        return isOfAccumulators() ? fanIn : FloatOrder.LAST;
    }

    /** The value with a number. */
    float value(int number) {
        return isOfAccumulators() ? 2f * number - fanIn : FloatOrder.value(number);
    }

    /** Runs the whole chain and one more step on rows of values. */
    float[] run(float[] values, UnaryOperator<NDArray> then) {
        try (NDManager scope = manager.newSubManager()) {
            NDArray x = create(scope, values, shape);
            for (UnaryOperator<NDArray> step : steps) {
                x = step.apply(x);
            }
            return then.apply(x).toFloatArray();
        }
    }

    /** Runs one step of a chain of accumulators on rows of values. */
    float[] runStep(int step, float[] values) {
        try (NDManager scope = manager.newSubManager()) {
            return steps.get(step).apply(create(scope, values, shape)).toFloatArray();
        }
    }

    private NDArray create(NDManager scope, float[] values, Shape row) {
        return scope.create(values, new Shape(values.length / width).addAll(row));
    }
}
