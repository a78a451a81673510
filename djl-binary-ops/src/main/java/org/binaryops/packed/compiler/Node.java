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
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import java.util.List;
import java.util.function.UnaryOperator;
import org.binaryops.packed.FloatWeights;
import org.binaryops.packed.IntegerConvolution;
import org.binaryops.packed.Pool;
import org.binaryops.packed.Window;

/**
 * A node of the graph that the compiler works on: a value and how it comes from others. The graph
 * is small and plain: the importer makes it of blocks, {@link ThresholdPass} replaces signs by
 * thresholds, and the {@link Emitter} writes it down as operations.
 */
abstract sealed class Node {

    final List<Node> inputs;

    /** How many nodes read this one. */
    int uses;

    /** The image of the value: channels, height and width; 1×1 for vectors. */
    final Image image;

    /** Where the value comes from, for messages. */
    final Origin origin;

    /** The sizes of a value, whatever shape an engine gives it. */
    record Image(int channels, int height, int width) {

        static Image of(Shape shape) {
            long[] sizes = {1, 1, 1};
            for (int i = 1; i < shape.dimension(); ++i) {
                // [batch, channels], [batch, channels, width] or [batch, channels, height, width]
                int axis = i == 1 ? 0 : i + 4 - shape.dimension() - 1;
                sizes[axis] = shape.get(i);
            }
            return new Image(
                    Math.toIntExact(sizes[0]),
                    Math.toIntExact(sizes[1]),
                    Math.toIntExact(sizes[2]));
        }

        int positions() {
            return height * width;
        }

        int size() {
            return channels * height * width;
        }
    }

    /** A block and its place in the tree of blocks. */
    record Origin(String path, Block block) {

        UnpackableBlockException refuse(String reason) {
            return new UnpackableBlockException(path, block, reason);
        }
    }

    Node(Origin origin, Image image, Node... inputs) {
        this.origin = origin;
        this.image = image;
        this.inputs = List.of(inputs);
        for (Node input : inputs) {
            ++input.uses;
        }
    }

    Node input() {
        return inputs.get(0);
    }

    /** The features of the model, a vector in the engine's order. */
    static final class Input extends Node {
        Input(Origin origin, int size) {
            super(origin, new Image(size, 1, 1));
        }
    }

    /** The features as an image. */
    static final class Pixels extends Node {
        Pixels(Origin origin, Image image, Node input) {
            super(origin, image, input);
        }
    }

    /** Sums of products of bits or of levels with weights that are whole numbers. */
    static final class Accumulate extends Node {
        final LayerLayout layout;
        final LayerWeights weights;

        /** The largest absolute value. */
        final int fanIn;

        private Accumulate(
                Origin origin, LayerLayout layout, LayerWeights weights, int fanIn, Node input) {
            super(origin, layout.output(), input);
            this.layout = layout;
            this.weights = weights;
            this.fanIn = fanIn;
        }

        /** Sums of products of bits with binary or ternary weights. */
        static Accumulate ofBits(
                Origin origin, LayerLayout layout, LayerWeights weights, Node bits) {
            return new Accumulate(origin, layout, weights, weights.inputs(), bits);
        }

        /** Sums of products of the whole numbers that levels stand for. */
        static Accumulate ofLevels(
                Origin origin, LayerLayout layout, LayerWeights weights, Quantized levels) {
            long bound =
                    IntegerConvolution.bound(
                            weights.integers(),
                            levels.levels.count() - 1,
                            levels.levels.zeroPoint());
            return new Accumulate(origin, layout, weights, Math.toIntExact(bound), levels);
        }

        /** The levels of the inputs; null if they are bits. */
        Levels levels() {
            return input() instanceof Quantized quantized ? quantized.levels : null;
        }

        /** The distance of two sums that follow each other: all products are there, or not. */
        int step() {
            Window window = layout.window();
            boolean all =
                    levels() == null
                            && layout.phases() == null
                            && weights.planes() == 1
                            && window.paddingHeight() == 0
                            && window.paddingWidth() == 0;
            return all ? 2 : 1;
        }

        /** Whether floats hold each sum, so that the engine can be asked about all of them. */
        boolean isCountable() {
            return fanIn <= 1 << 24;
        }
    }

    /** The numbers of levels: what a quantizer of 1 to 8 bits makes of floats. */
    static final class Quantized extends Node {
        final Levels levels;

        Quantized(Origin origin, Levels levels, Node input) {
            super(origin, input.image, input);
            this.levels = levels;
        }
    }

    /** A layer that computes in float. */
    static final class FloatLayer extends Node {
        final LayerLayout layout;
        final FloatWeights weights;
        final float[] bias;

        FloatLayer(
                Origin origin, LayerLayout layout, FloatWeights weights, float[] bias, Node input) {
            super(origin, layout.output(), input);
            this.layout = layout;
            this.weights = weights;
            this.bias = bias;
        }
    }

    /** A function of each element, which may depend on its channel or position. */
    static final class Elements extends Node {
        final Function function;

        /** The shape, without the batch, in which the engine computes it. */
        final Shape row;

        final UnaryOperator<NDArray> engine;

        Elements(
                Origin origin,
                Function function,
                Shape row,
                UnaryOperator<NDArray> engine,
                Node input) {
            super(origin, input.image, input);
            this.function = function;
            this.row = row;
            this.engine = engine;
        }
    }

    /** What is known of a function of each element. */
    enum Function {
        /** s·x + b. */
        AFFINE,
        /** x where x ≥ 0, else s·x. */
        SLOPE,
        /** The RPReLU of ReActNet. */
        RPRELU,
        /** x limited to an interval. */
        CLIP,
        /** Only that it never falls; enough before a sign. */
        RISING
    }

    /** Signs, or comparisons with several thresholds for each channel. */
    static final class Sign extends Node {
        final Shape row;
        final UnaryOperator<NDArray> engine;
        final int perChannel;

        Sign(Origin origin, Shape row, UnaryOperator<NDArray> engine, int perChannel, Node input) {
            super(
                    origin,
                    new Image(
                            input.image.channels() * perChannel,
                            input.image.height(),
                            input.image.width()),
                    input);
            this.row = row;
            this.engine = engine;
            this.perChannel = perChannel;
        }
    }

    /** Pooling of floats, or the maximum of whatever can be compared. */
    static final class Pooling extends Node {
        final Window window;
        final Pool.Kind kind;
        final Shape row;
        final UnaryOperator<NDArray> engine;

        Pooling(
                Origin origin,
                Window window,
                Pool.Kind kind,
                Shape row,
                UnaryOperator<NDArray> engine,
                Node input) {
            super(
                    origin,
                    new Image(window.channels(), window.outputHeight(), window.outputWidth()),
                    input);
            this.window = window;
            this.kind = kind;
            this.row = row;
            this.engine = engine;
        }
    }

    /** The mean magnitudes of what a kernel sees. */
    static final class MeanMagnitudes extends Node {
        final Window window;
        final int groups;

        MeanMagnitudes(Origin origin, Window window, int groups, Node input) {
            super(origin, new Image(groups, window.outputHeight(), window.outputWidth()), input);
            this.window = window;
            this.groups = groups;
        }
    }

    /** Numbers times factors of their groups. */
    static final class Product extends Node {
        Product(Origin origin, Node numbers, Node factors) {
            super(origin, numbers.image, numbers, factors);
        }
    }

    /** The sum of two values. */
    static final class Sum extends Node {
        Sum(Origin origin, Node a, Node b) {
            super(origin, a.image, a, b);
        }
    }

    /** The channels of two values side by side. */
    static final class Concatenation extends Node {
        Concatenation(Origin origin, Node a, Node b) {
            super(
                    origin,
                    new Image(
                            a.image.channels() + b.image.channels(),
                            a.image.height(),
                            a.image.width()),
                    a,
                    b);
        }
    }

    /** Channels of zeros around the others. */
    static final class Padding extends Node {
        final int before;
        final int after;

        Padding(Origin origin, int before, int after, Node input) {
            super(
                    origin,
                    new Image(
                            before + input.image.channels() + after,
                            input.image.height(),
                            input.image.width()),
                    input);
            this.before = before;
            this.after = after;
        }
    }
}
