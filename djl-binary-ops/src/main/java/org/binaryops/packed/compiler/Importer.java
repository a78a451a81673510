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
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.LambdaBlock;
import ai.djl.nn.ParallelBlock;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.convolutional.Convolution;
import ai.djl.nn.core.Linear;
import ai.djl.nn.core.Prelu;
import ai.djl.nn.norm.BatchNorm;
import ai.djl.nn.norm.Dropout;
import ai.djl.training.ParameterStore;
import ai.djl.util.Pair;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.binaryops.nn.HardTanh;
import org.binaryops.nn.QuantizedLayer;
import org.binaryops.nn.RPReLU;
import org.binaryops.nn.ResidualBlock;
import org.binaryops.nn.ThermometerEncoding;
import org.binaryops.nn.WeightOnlyQuantization;
import org.binaryops.packed.Pool;
import org.binaryops.packed.Window;
import org.binaryops.quantizer.Identity;
import org.binaryops.quantizer.Quantizer;

/** Makes a graph of blocks: walks them in the order of their execution. */
final class Importer {

    /** Lambdas cannot be looked into; these, of DJL's Blocks, only change the shape. */
    private static final Set<String> RESHAPING = Set.of("identity", "batchFlatten");

    /** DJL's functions of elements by their names. */
    private static final Map<String, Node.Function> FUNCTIONS =
            Map.of(
                    "ReLU", Node.Function.SLOPE,
                    "LeakyReLU", Node.Function.SLOPE,
                    "ReLU6", Node.Function.CLIP,
                    "Tanh", Node.Function.RISING,
                    "sigmoid", Node.Function.RISING,
                    "softSign", Node.Function.RISING,
                    "softPlus", Node.Function.RISING);

    private final NDManager manager;
    private final ParameterStore store;
    private final QuantizerImporter quantizers;
    private final LayerImporter layers;

    /** A value and the shape that the engine gives it, with a batch of 1. */
    record Value(Node node, Shape shape) {

        /** The shape of one row. */
        Shape row() {
            return shape.slice(1);
        }
    }

    Importer(NDManager manager, ParameterStore store) {
        this.manager = manager;
        this.store = store;
        quantizers = new QuantizerImporter(manager, store);
        layers = new LayerImporter(manager, store, quantizers);
    }

    /** Adds the nodes of a block that reads a value. */
    Value visit(String path, Block block, Value x) {
        Node.Origin origin = new Node.Origin(path, block);
        if (block instanceof SequentialBlock sequential) {
            if (sequential.isReturnIntermediate()) {
                throw origin.refuse("it returns the intermediate values too");
            }
            Value value = x;
            for (Pair<String, Block> child : block.getChildren()) {
                value = visit(path + "/" + child.getKey(), child.getValue(), value);
            }
            return value;
        }
        if (block instanceof Dropout || block instanceof Identity) {
            return x;
        }
        if (block instanceof WeightOnlyQuantization wrapper) {
            return wrapped(origin, wrapper, x);
        }
        Shape output = block.getOutputShapes(new Shape[] {x.shape})[0];
        if (block instanceof LambdaBlock lambda
                && (RESHAPING.contains(lambda.getName()) || reshapes(block, x, output))) {
            return new Value(x.node, output);
        }
        if (block instanceof ResidualBlock) {
            return residual(path, block, image(origin, x));
        }
        if (block instanceof ParallelBlock) {
            return parallel(path, block, image(origin, x), output);
        }
        return new Value(node(origin, image(origin, x), output), output);
    }

    /** The block inside, with the quantized weights. */
    private Value wrapped(Node.Origin origin, WeightOnlyQuantization block, Value x) {
        String inside = origin.path() + "/" + block.getChildren().keys().get(0);
        if (block.getQuantizers().isEmpty()) {
            throw origin.refuse("it must be initialized or loaded, even if the block inside is");
        }
        ParameterStore seen = store;
        if (!block.isMaterialized()) {
            try {
                seen = new QuantizedStore(manager, store, block);
            } catch (IllegalStateException e) {
                throw origin.refuse("its quantizers are not ready: " + e.getMessage());
            }
        }
        return new Importer(manager, seen).visit(inside, block.getBlock(), x);
    }

    /**
     * Whether a function that cannot be looked into gives all that it is given in the same order,
     * as flattening does in whatever words.
     */
    private boolean reshapes(Block block, Value x, Shape output) {
        boolean possible =
                output.dimension() == 2
                        || x.node instanceof Node.Input
                        || Node.Image.of(output).equals(x.node.image);
        if (!possible || output.size() != x.shape.size()) {
            return false;
        }
        Random random = new Random(output.size());
        float[] rows = new float[2 * Math.toIntExact(x.row().size())];
        for (int i = 0; i < rows.length; ++i) {
            rows[i] = (float) (random.nextGaussian() * Math.exp(8 * random.nextGaussian()));
        }
        try (NDManager scope = manager.newSubManager()) {
            NDArray values = scope.create(rows, new Shape(2).addAll(x.row()));
            NDArray result = block.forward(store, new NDList(values), false).singletonOrThrow();
            return Arrays.equals(rows, result.toFloatArray());
        }
    }

    /** The features of an image become one before a layer works on it. */
    private static Value image(Node.Origin origin, Value x) {
        Node.Image image = Node.Image.of(x.shape);
        if (x.node instanceof Node.Input && image.positions() > 1 && x.shape.dimension() <= 4) {
            return new Value(new Node.Pixels(origin, image, x.node), x.shape);
        }
        return x;
    }

    private Node node(Node.Origin origin, Value x, Shape output) {
        Block block = origin.block();
        UnaryOperator<NDArray> engine =
                a -> block.forward(store, new NDList(a), false).singletonOrThrow();
        if (block instanceof QuantizedLayer layer) {
            return layers.quantized(origin, layer, x, output);
        }
        if (block instanceof Linear || block instanceof Convolution) {
            return layers.plain(origin, x, output);
        }
        if (block instanceof ThermometerEncoding encoding) {
            if (x.shape.dimension() != 2) {
                throw origin.refuse("its input must be [batch, features], but is " + x.shape);
            }
            int levels = encoding.getThresholds().length;
            return new Node.Sign(origin, x.row(), engine, levels, x.node);
        }
        if (block instanceof Quantizer quantizer) {
            QuantizerImporter.Operand values = quantizers.operand(origin, quantizer, x);
            return LayerImporter.scaled(origin, values.node(), x.row(), values.level());
        }
        if (block instanceof LambdaBlock lambda) {
            return lambda(origin, lambda.getName(), x, output, engine);
        }
        Node.Function function = null;
        if (block instanceof BatchNorm) {
            function = Node.Function.AFFINE;
        } else if (block instanceof Prelu) {
            checkExecuted(origin, engine, x);
            function = Node.Function.SLOPE;
        } else if (block instanceof RPReLU) {
            function = Node.Function.RPRELU;
        } else if (block instanceof HardTanh) {
            function = Node.Function.CLIP;
        }
        if (function == null) {
            throw origin.refuse(
                    "no operation of the packed format does what it does; possible are the layers"
                            + " and blocks of this library, Linear, Conv1d, Conv2d, BatchNorm,"
                            + " pooling, piecewise linear activations and Dropout");
        }
        return new Node.Elements(origin, function, x.row(), engine, x.node);
    }

    /** DJL's PReLU is there on some engines only. */
    private void checkExecuted(Node.Origin origin, UnaryOperator<NDArray> engine, Value x) {
        try (NDManager scope = manager.newSubManager()) {
            engine.apply(scope.zeros(x.shape));
        } catch (UnsupportedOperationException e) {
            String name = manager.getEngine().getEngineName();
            throw origin.refuse("the engine " + name + " does not execute it; RPReLU can stand in");
        }
    }

    private Node lambda(
            Node.Origin origin, String name, Value x, Shape output, UnaryOperator<NDArray> engine) {
        if (FUNCTIONS.containsKey(name)) {
            return new Node.Elements(origin, FUNCTIONS.get(name), x.row(), engine, x.node);
        }
        boolean max = name.equals("maxPool1d") || name.equals("maxPool2d");
        max |= name.equals("globalMaxPool1d") || name.equals("globalMaxPool2d");
        boolean average = name.equals("avgPool1d") || name.equals("avgPool2d");
        average |= name.equals("globalAvgPool1d") || name.equals("globalAvgPool2d");
        average |= name.equals("averagePool");
        if (max) {
            return pooling(origin, x, output, engine, Pool.Kind.MAXIMUM);
        }
        if (average) {
            return pooling(origin, x, output, engine, Pool.Kind.AVERAGE);
        }
        if (name.equals("averaged") || name.equals("subsampled") || name.equals("duplicated")) {
            return shortcut(origin, name, x, output, engine);
        }
        throw origin.refuse(
                "the function \""
                        + name
                        + "\" cannot be inspected; of DJL's functions pooling, flattening, ReLU,"
                        + " leaky ReLU and ReLU6 are possible, and before a sign those that only"
                        + " rise");
    }

    private Node pooling(
            Node.Origin origin,
            Value x,
            Shape output,
            UnaryOperator<NDArray> engine,
            Pool.Kind... kinds) {
        PoolProbe probe = new PoolProbe(manager, engine, x.row(), output);
        for (Pool.Kind kind : kinds) {
            Window window = probe.find(kind);
            if (window != null) {
                return new Node.Pooling(origin, window, kind, x.row(), engine, x.node);
            }
        }
        if (kinds[0] == Pool.Kind.AVERAGE) {
            return pooling(origin, x, output, engine, Pool.Kind.PADDED_AVERAGE);
        }
        throw origin.refuse("its windows could not be found out");
    }

    /** A shortcut of this library: pooling, then channels of zeros or all channels twice. */
    private Node shortcut(
            Node.Origin origin, String name, Value x, Shape output, UnaryOperator<NDArray> engine) {
        int channels = Math.toIntExact(x.shape.get(1));
        int filters = Math.toIntExact(output.get(1));
        boolean twice = name.equals("duplicated");
        int before = twice ? 0 : (filters - channels) / 2;
        Node pooled = x.node;
        if (!x.shape.slice(2).equals(output.slice(2))) {
            Shape shrunk = new Shape(1, channels).addAll(output.slice(2));
            UnaryOperator<NDArray> pool =
                    a -> engine.apply(a).get(":, " + before + ":" + (before + channels));
            pooled = pooling(origin, x, shrunk, pool, Pool.Kind.AVERAGE);
        }
        if (twice) {
            return new Node.Concatenation(origin, pooled, pooled);
        }
        int after = filters - channels - before;
        return after == 0 ? pooled : new Node.Padding(origin, before, after, pooled);
    }

    private Value residual(String path, Block block, Value x) {
        Node.Origin origin = new Node.Origin(path, block);
        Value body = null;
        Value shortcut = x;
        Pair<String, Block> activation = null;
        for (Pair<String, Block> child : block.getChildren()) {
            String name = path + "/" + child.getKey();
            if (child.getKey().endsWith("body")) {
                body = visit(name, child.getValue(), x);
            } else if (child.getKey().endsWith("shortcut")) {
                shortcut = visit(name, child.getValue(), x);
            } else {
                activation = child;
            }
        }
        Value sum = new Value(new Node.Sum(origin, body.node, shortcut.node), body.shape);
        return activation == null
                ? sum
                : visit(path + "/" + activation.getKey(), activation.getValue(), sum);
    }

    /**
     * Branches side by side. The function that puts them together cannot be inspected; it is taken
     * for a sum or a concatenation of channels by the shape of its output, which the compiler's
     * comparison with the engine confirms.
     */
    private Value parallel(String path, Block block, Value x, Shape output) {
        Node.Origin origin = new Node.Origin(path, block);
        Value all = null;
        for (Pair<String, Block> child : block.getChildren()) {
            Value branch = visit(path + "/" + child.getKey(), child.getValue(), x);
            if (all == null) {
                all = branch;
            } else if (branch.shape.equals(output)) {
                all = new Value(new Node.Sum(origin, all.node, branch.node), output);
            } else {
                Node both = new Node.Concatenation(origin, all.node, branch.node);
                Shape shape =
                        new Shape(1, all.shape.get(1) + branch.shape.get(1))
                                .addAll(all.shape.slice(2));
                all = new Value(both, shape);
            }
        }
        if (all == null || !all.shape.equals(output)) {
            throw origin.refuse("its branches are neither added nor put side by side");
        }
        return all;
    }
}
