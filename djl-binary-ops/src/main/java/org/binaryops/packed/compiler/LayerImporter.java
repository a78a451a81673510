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
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.nn.convolutional.Conv1d;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.convolutional.Convolution;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import java.util.Arrays;
import java.util.function.UnaryOperator;
import org.binaryops.nn.InputScale;
import org.binaryops.nn.QuantConv1d;
import org.binaryops.nn.QuantConv2d;
import org.binaryops.nn.QuantLinear;
import org.binaryops.nn.QuantizedLayer;
import org.binaryops.packed.Window;
import org.binaryops.quantizer.Identity;
import org.binaryops.quantizer.Quantizer;
import org.binaryops.quantizer.SignQuantizer;

/** Makes nodes of the layers that have weights, and of quantizers. */
final class LayerImporter {

    /** A float32 engine counts exactly up to here. */
    private static final int MAX_FAN_IN = 1 << 24;

    /** Numbers at which a quantizer with two levels shows both. */
    private static final float[] PROBES = {
        -1e6f, -10, -1, -0.1f, -1e-6f, 0, 1e-6f, 0.1f, 1, 10, 1e6f
    };

    private final NDManager manager;
    private final ParameterStore store;

    LayerImporter(NDManager manager, ParameterStore store) {
        this.manager = manager;
        this.store = store;
    }

    /** A quantizer that stands alone. */
    Node quantizer(Node.Origin origin, Quantizer quantizer, Importer.Value x) {
        if (quantizer instanceof SignQuantizer && Emitter.isBits(x.node())) {
            return x.node();
        }
        float level = level(quantizer, x);
        if (Float.isNaN(level)) {
            throw origin.refuse(
                    "only quantizers with the two levels −a and a are possible on values");
        }
        return scaled(origin, sign(origin, quantizer, level, x), x.row(), level);
    }

    /** A layer with quantized weights. */
    Node quantized(Node.Origin origin, QuantizedLayer layer, Importer.Value x, Shape output) {
        Layer layout = layout(origin, layer, x);
        BinaryWeights weights = weights(origin, layer, layout);
        Quantizer quantizer = layer.getInputQuantizer();
        Node input = x.node();
        float level = 1;
        boolean bits = Emitter.isBits(input);
        if (!(quantizer instanceof Identity) && !(bits && quantizer instanceof SignQuantizer)) {
            level = level(quantizer, x);
            if (Float.isNaN(level)) {
                throw origin.refuse(
                        "its input quantizer "
                                + quantizer.getClass().getSimpleName()
                                + " has other levels than −a and a");
            }
            input = sign(origin, quantizer, level, x);
            bits = true;
        }
        if (weights.inputs() > MAX_FAN_IN) {
            throw origin.refuse(
                    weights.inputs() + " products are more than float32 can count exactly");
        }
        Node sums;
        if (bits && weights.arePlanes()) {
            sums = new Node.Accumulate(origin, layout.window, weights, layout.groups, input);
            float[] factors = weights.factors().clone();
            for (int n = 0; n < factors.length; ++n) {
                factors[n] *= level;
            }
            sums = scaled(origin, sums, output.slice(1), factors);
        } else {
            sums = floats(origin, layout, weights, new float[0], input);
            sums = scaled(origin, sums, output.slice(1), level);
        }
        if (layer.getInputScale() != InputScale.NONE) {
            Window seen = layout.window;
            int groups = layout.groups;
            if (layer.getInputScale() != InputScale.SPATIAL_MAP) {
                seen = Window.ofImage(seen.channels(), seen.height(), seen.width());
                groups = 1;
            }
            Node means = new Node.MeanMagnitudes(origin, seen, groups, x.node());
            sums = new Node.Product(origin, sums, means);
        }
        boolean rescaled;
        try (NDManager scope = manager.newSubManager()) {
            NDArray probe = scope.zeros(output);
            rescaled = layer.rescaleByWeight(store, probe, false) != probe;
        }
        return rescaled
                ? new Node.Elements(
                        origin,
                        Node.Function.AFFINE,
                        output.slice(1),
                        a -> layer.rescaleByWeight(store, a, false),
                        sums)
                : sums;
    }

    /** A Linear or a convolution of DJL. */
    Node floats(Node.Origin origin, Importer.Value x) {
        Block block = origin.block();
        PairList<String, Parameter> parameters = block.getDirectParameters();
        Layer layout = layout(origin, block, x);
        float[] weight = parameters.get("weight").getArray().toFloatArray();
        checkFinite(origin, weight);
        Parameter bias = parameters.get("bias");
        float[] biases = new float[0];
        if (bias != null && bias.isInitialized()) {
            biases = bias.getArray().toFloatArray();
        }
        BinaryWeights weights =
                new BinaryWeights(weight, layout.units, layout.groupChannels(), layout.taps());
        return floats(origin, layout, weights, biases, x.node());
    }

    private static Node floats(
            Node.Origin origin, Layer layout, BinaryWeights weights, float[] bias, Node input) {
        return new Node.FloatLayer(
                origin, layout.window, layout.groups, layout.units, weights.floats(), bias, input);
    }

    /** How a layer lies on its input. */
    private record Layer(Window window, int units, int groups) {

        int groupChannels() {
            return window.channels() / groups;
        }

        int taps() {
            return window.kernelHeight() * window.kernelWidth();
        }
    }

    private static Layer layout(Node.Origin origin, Block block, Importer.Value x) {
        int units;
        if (block instanceof QuantConv2d c) {
            return convolution(
                    x,
                    c.getUnits(),
                    c.getKernelShape(),
                    c.getStride(),
                    c.getPadding(),
                    c.getDilation(),
                    c.getGroups());
        } else if (block instanceof QuantConv1d c) {
            return convolution(
                    x,
                    c.getUnits(),
                    c.getKernelShape(),
                    c.getStride(),
                    c.getPadding(),
                    c.getDilation(),
                    c.getGroups());
        } else if (block instanceof Conv1d || block instanceof Conv2d) {
            Convolution c = (Convolution) block;
            return convolution(
                    x,
                    c.getFilters(),
                    c.getKernelShape(),
                    c.getStride(),
                    c.getPadding(),
                    c.getDilation(),
                    c.getGroups());
        } else if (block instanceof QuantLinear layer) {
            units = layer.getUnits();
        } else if (block instanceof ai.djl.nn.core.Linear) {
            units = Math.toIntExact(block.getOutputShapes(new Shape[] {x.shape()})[0].get(1));
        } else {
            throw origin.refuse("the packed format has no such layer");
        }
        if (x.shape().dimension() != 2) {
            throw origin.refuse("its input must be [batch, features], but is " + x.shape());
        }
        Node.Image image = x.node().image;
        return new Layer(Window.ofImage(image.channels(), image.height(), image.width()), units, 1);
    }

    private static Layer convolution(
            Importer.Value x,
            int filters,
            Shape kernel,
            Shape stride,
            Shape padding,
            Shape dilation,
            int groups) {
        Node.Image image = Node.Image.of(x.shape());
        int[] k = pair(kernel, 1);
        int[] s = pair(stride, 1);
        int[] p = pair(padding, 0);
        int[] d = pair(dilation, 1);
        int height = (image.height() + 2 * p[0] - d[0] * (k[0] - 1) - 1) / s[0] + 1;
        int width = (image.width() + 2 * p[1] - d[1] * (k[1] - 1) - 1) / s[1] + 1;
        Window window =
                new Window(
                        image.channels(),
                        image.height(),
                        image.width(),
                        k[0],
                        k[1],
                        s[0],
                        s[1],
                        p[0],
                        p[1],
                        d[0],
                        d[1],
                        height,
                        width);
        return new Layer(window, filters, groups);
    }

    /** Two numbers; a sequence is an image of one row. */
    private static int[] pair(Shape shape, int one) {
        return shape.dimension() == 1
                ? new int[] {one, Math.toIntExact(shape.get(0))}
                : new int[] {Math.toIntExact(shape.get(0)), Math.toIntExact(shape.get(1))};
    }

    private BinaryWeights weights(Node.Origin origin, QuantizedLayer layer, Layer layout) {
        // The sign of a NaN is a number: what trained to NaN must not pass for a network.
        checkFinite(origin, layer.getDirectParameters().get("weight").getArray().toFloatArray());
        float[] values;
        try (NDManager scope = manager.newSubManager()) {
            values = layer.quantizedWeight(store, scope.zeros(new Shape(1))).toFloatArray();
        }
        BinaryWeights weights =
                new BinaryWeights(values, layout.units, layout.groupChannels(), layout.taps());
        Quantizer quantizer = layer.getWeightQuantizer();
        boolean real = !(quantizer instanceof Identity) && quantizer.getBits() == Float.SIZE;
        if (!weights.arePlanes() && (quantizer.isBinary() || real)) {
            throw origin.refuse(
                    "its weights must be ±1, but its weight quantizer "
                            + quantizer.getClass().getSimpleName()
                            + " gives "
                            + weights.example()
                            + "; is it still in a stage of its training?");
        }
        return weights;
    }

    private static void checkFinite(Node.Origin origin, float[] values) {
        for (float value : values) {
            if (!Float.isFinite(value)) {
                throw origin.refuse("its weights must be finite, but hold " + value);
            }
        }
    }

    private Node sign(Node.Origin origin, Quantizer quantizer, float level, Importer.Value x) {
        UnaryOperator<NDArray> engine =
                level == 1
                        ? a -> quantizer.quantize(store, a, false)
                        : a -> quantizer.quantize(store, a, false).sign();
        return new Node.Sign(origin, x.row(), engine, 1, x.node());
    }

    /** The level a of a quantizer with the values −a and a; NaN if it has others. */
    private float level(Quantizer quantizer, Importer.Value x) {
        if (quantizer.isBinary()) {
            return 1;
        }
        int size = Math.toIntExact(x.row().size());
        float[] values = new float[PROBES.length * size];
        for (int i = 0; i < values.length; ++i) {
            values[i] = PROBES[i / size];
        }
        try (NDManager scope = manager.newSubManager()) {
            NDArray probes = scope.create(values, new Shape(PROBES.length).addAll(x.row()));
            values = quantizer.quantize(store, probes, false).toFloatArray();
        }
        float level = Math.abs(values[0]);
        for (float value : values) {
            if (Math.abs(value) != level || level == 0) {
                return Float.NaN;
            }
        }
        return level;
    }

    private Node scaled(Node.Origin origin, Node node, Shape row, float factor) {
        float[] factors = new float[node.image.channels()];
        Arrays.fill(factors, factor);
        return scaled(origin, node, row, factors);
    }

    /** Multiplies each channel with a factor. */
    private Node scaled(Node.Origin origin, Node node, Shape row, float[] factors) {
        boolean ones = true;
        for (float factor : factors) {
            ones &= factor == 1;
        }
        if (ones) {
            return node;
        }
        long[] broadcast = new long[row.dimension()];
        Arrays.fill(broadcast, 1);
        broadcast[0] = factors.length;
        Shape shape = new Shape(broadcast);
        return new Node.Elements(
                origin,
                Node.Function.AFFINE,
                row,
                a -> a.mul(a.getManager().create(factors, shape)),
                node);
    }
}
