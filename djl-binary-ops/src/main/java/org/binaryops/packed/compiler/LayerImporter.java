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
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import java.util.Arrays;
import org.binaryops.nn.InputScale;
import org.binaryops.nn.QuantizedLayer;
import org.binaryops.packed.IntegerConvolution;
import org.binaryops.packed.Window;
import org.binaryops.quantizer.Identity;
import org.binaryops.quantizer.Quantizer;

/** Makes nodes of the layers that have weights. */
final class LayerImporter {

    /** A float32 engine counts exactly up to here. */
    private static final int MAX_FAN_IN = 1 << 24;

    /** Sums of more products, or larger ones, are left to floats. */
    private static final int MAX_WHOLE_INPUTS = 1 << 20;

    private static final long MAX_WHOLE_SUM = (1 << 30) - 1;

    private final NDManager manager;
    private final ParameterStore store;
    private final QuantizerImporter quantizers;

    LayerImporter(NDManager manager, ParameterStore store, QuantizerImporter quantizers) {
        this.manager = manager;
        this.store = store;
        this.quantizers = quantizers;
    }

    /** A layer with quantizers. */
    Node quantized(Node.Origin origin, QuantizedLayer layer, Importer.Value x, Shape output) {
        LayerLayout layout = LayerLayout.of(manager, origin, x);
        LayerWeights weights = weights(origin, layer, layout);
        QuantizerImporter.Operand operand =
                quantizers.operand(origin, layer.getInputQuantizer(), x);
        Node sums = products(origin, layout, weights, operand, new float[0], output.slice(1));
        if (layer.getInputScale() != InputScale.NONE) {
            Window seen = layout.window();
            int groups = layout.groups();
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
    Node plain(Node.Origin origin, Importer.Value x, Shape output) {
        PairList<String, Parameter> parameters = origin.block().getDirectParameters();
        LayerLayout layout = LayerLayout.of(manager, origin, x);
        float[] weight = value(parameters.get("weight"));
        checkFinite(origin, weight);
        Parameter bias = parameters.get("bias");
        float[] biases = new float[0];
        if (bias != null && bias.isInitialized()) {
            biases = value(bias);
        }
        LayerWeights weights = new LayerWeights(weight, layout.units(), layout.groupChannels());
        QuantizerImporter.Operand operand = new QuantizerImporter.Operand(x.node(), 1);
        return products(origin, layout, weights, operand, biases, output.slice(1));
    }

    private float[] value(Parameter parameter) {
        return store.getValue(parameter, parameter.getArray().getDevice(), false).toFloatArray();
    }

    /**
     * The products of a layer, with their factors and biases: in bits where inputs and weights have
     * few enough, in whole numbers where both are multiples of a unit, else in float.
     */
    private Node products(
            Node.Origin origin,
            LayerLayout layout,
            LayerWeights weights,
            QuantizerImporter.Operand operand,
            float[] bias,
            Shape row) {
        if (weights.inputs() > MAX_FAN_IN) {
            throw origin.refuse(
                    weights.inputs() + " products are more than float32 can count exactly");
        }
        Node input = operand.node();
        LayerWeights arranged = layout.arranged(weights);
        if (Emitter.isBits(input) && weights.arePlanes()) {
            Node sums = Node.Accumulate.ofBits(origin, layout, arranged, input);
            return scaled(origin, sums, row, times(weights.factors(), operand.level()), bias);
        }
        if (input instanceof Node.Quantized quantized
                && isWhole(quantized.levels, layout, arranged)) {
            Node sums = Node.Accumulate.ofLevels(origin, layout, arranged, quantized);
            float[] factors = times(weights.factors(), quantized.levels.unit());
            return scaled(origin, sums, row, factors, bias);
        }
        if (operand.level() == 1) {
            return new Node.FloatLayer(origin, layout, arranged.floats(), bias, input);
        }
        float[] none = new float[0];
        Node sums = new Node.FloatLayer(origin, layout, arranged.floats(), none, input);
        float[] factors = new float[weights.units()];
        Arrays.fill(factors, operand.level());
        return scaled(origin, sums, row, factors, bias);
    }

    private static boolean isWhole(Levels levels, LayerLayout layout, LayerWeights weights) {
        if (!levels.areWhole() || !weights.areWhole() || weights.inputs() > MAX_WHOLE_INPUTS) {
            return false;
        }
        boolean padded = layout.window().paddingHeight() > 0 || layout.window().paddingWidth() > 0;
        boolean near = Math.abs(levels.zeroPoint()) <= WholeNumbers.LARGEST;
        return near
                && (levels.hasZero() || !padded)
                && IntegerConvolution.bound(
                                weights.integers(), levels.count() - 1, levels.zeroPoint())
                        <= MAX_WHOLE_SUM;
    }

    private LayerWeights weights(Node.Origin origin, QuantizedLayer layer, LayerLayout layout) {
        // The sign of a NaN is a number: what trained to NaN must not pass for a network.
        checkFinite(origin, layer.getDirectParameters().get("weight").getArray().toFloatArray());
        float[] values;
        try (NDManager scope = manager.newSubManager()) {
            values = layer.quantizedWeight(store, scope.zeros(new Shape(1))).toFloatArray();
        }
        LayerWeights weights = new LayerWeights(values, layout.units(), layout.groupChannels());
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

    private static float[] times(float[] factors, float level) {
        float[] products = factors.clone();
        for (int n = 0; n < products.length; ++n) {
            products[n] *= level;
        }
        return products;
    }

    /** Multiplies each channel with a factor and adds its bias. */
    static Node scaled(Node.Origin origin, Node node, Shape row, float[] factors, float[] bias) {
        boolean ones = bias.length == 0;
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
                a -> {
                    NDArray y = a.mul(a.getManager().create(factors, shape));
                    return bias.length == 0 ? y : y.addi(a.getManager().create(bias, shape));
                },
                node);
    }

    /** Multiplies all channels with one factor. */
    static Node scaled(Node.Origin origin, Node node, Shape row, float factor) {
        float[] factors = new float[node.image.channels()];
        Arrays.fill(factors, factor);
        return scaled(origin, node, row, factors, new float[0]);
    }
}
