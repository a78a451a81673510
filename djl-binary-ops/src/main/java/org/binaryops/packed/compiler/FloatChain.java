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
 * Blocks that work on each element, one after the other, and what they begin with: features or
 * floats, or the accumulators of a binary layer.
 */
final class FloatChain {

    private final NDManager manager;
    private final Shape shape;
    private final int width;
    private final int copies;
    private final int fanIn;
    private final int step;
    private float largest = Float.MAX_VALUE;
    private final List<UnaryOperator<NDArray>> steps = new ArrayList<>();

    private FloatChain(NDManager manager, Shape shape, int copies, int fanIn, int step) {
        this.manager = manager;
        this.shape = shape;
        this.copies = copies;
        this.fanIn = fanIn;
        this.step = step;
        width = Math.toIntExact(shape.size() / copies);
    }

    /** A chain that begins with the features, in the given shape of one row. */
    static FloatChain ofFeatures(NDManager manager, Shape shape) {
        return new FloatChain(manager, shape, 1, 0, 1);
    }

    /**
     * A chain that begins with floats that a layer has computed. Beyond 2⁶⁰ it is not asked: there
     * two layers may overflow to infinity and to NaN.
     */
    static FloatChain ofFloats(NDManager manager, Shape shape) {
        FloatChain chain = new FloatChain(manager, shape, 1, 0, 1);
        chain.largest = 0x1p60f;
        return chain;
    }

    /** A chain that begins with sums of {@code fanIn} products ±1. */
    static FloatChain ofAccumulators(NDManager manager, int width, int fanIn) {
        return new FloatChain(manager, new Shape(width), 1, fanIn, 2);
    }

    /**
     * A chain that begins with accumulators of an image.
     *
     * @param shape the shape of one row
     * @param copies 1 if each element has an argument of its own, the number of positions if those
     *     of a channel share one
     * @param fanIn the largest accumulator
     * @param step the distance of two that follow each other
     */
    static FloatChain ofAccumulators(
            NDManager manager, Shape shape, int copies, int fanIn, int step) {
        return new FloatChain(manager, shape, copies, fanIn, step);
    }

    void add(UnaryOperator<NDArray> function) {
        steps.add(function);
    }

    /** The number of arguments of a row. */
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
        return isOfAccumulators() ? 0 : FloatOrder.number(-largest);
    }

    /** … to here, inclusive. */
    int last() {
        return isOfAccumulators() ? 2 * fanIn / step : FloatOrder.number(largest);
    }

    /** The value with a number. */
    float value(int number) {
        return isOfAccumulators() ? (float) step * number - fanIn : FloatOrder.value(number);
    }

    /** Runs the whole chain and one more step on rows of values. */
    float[] run(float[] values, UnaryOperator<NDArray> then) {
        try (NDManager scope = manager.newSubManager()) {
            NDArray x = create(scope, values);
            for (UnaryOperator<NDArray> function : steps) {
                x = function.apply(x);
            }
            return then.apply(x).toFloatArray();
        }
    }

    /** Runs one step of a chain of accumulators on rows of values. */
    float[] runStep(int index, float[] values) {
        try (NDManager scope = manager.newSubManager()) {
            return steps.get(index).apply(create(scope, values)).toFloatArray();
        }
    }

    private NDArray create(NDManager scope, float[] values) {
        float[] all = values;
        if (copies > 1) {
            all = new float[values.length * copies];
            for (int i = 0; i < all.length; ++i) {
                all[i] = values[i / copies];
            }
        }
        return scope.create(all, new Shape(values.length / width).addAll(shape));
    }
}
