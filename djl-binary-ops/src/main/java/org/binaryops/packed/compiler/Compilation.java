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

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.LambdaBlock;
import ai.djl.nn.Parameter;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.norm.BatchNorm;
import ai.djl.nn.norm.Dropout;
import ai.djl.training.ParameterStore;
import ai.djl.util.Pair;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.binaryops.nn.InputScale;
import org.binaryops.nn.QuantLinear;
import org.binaryops.nn.ThermometerEncoding;
import org.binaryops.packed.BinaryLinear;
import org.binaryops.packed.Operation;
import org.binaryops.packed.PackedModel;
import org.binaryops.packed.SignOutput;
import org.binaryops.quantizer.Identity;
import org.binaryops.quantizer.Quantizer;
import org.binaryops.quantizer.SignQuantizer;

/**
 * One compilation: walks the blocks in the order of their execution.
 *
 * <p>On the way the value is either floats, which a pending chain of blocks makes of features or
 * accumulators, or bits. A sign ends the chain and folds it into thresholds; a binary layer begins
 * the next.
 */
final class Compilation {

    /** A float32 engine counts exactly up to here. */
    private static final int MAX_FAN_IN = 1 << 24;

    /** Lambdas cannot be looked into; these, of DJL's Blocks, only change the shape. */
    private static final Set<String> RESHAPING = Set.of("identity", "batchFlatten");

    private static final int CHECKED_ROWS = 16;

    private final Block root;
    private final Shape input;
    private final List<Operation> operations = new ArrayList<>();
    private NDManager manager;
    private ParameterStore store;

    /** The pending chain while the value is floats; null while it is bits. */
    private FloatChain chain;

    /** The shape of the value, with a batch of 1. */
    private Shape shape;

    Compilation(Block root, Shape input) {
        this.root = root;
        this.input = new Shape(1).addAll(input.slice(1));
        shape = this.input;
    }

    PackedModel compile() {
        NDArray parameter = checkParameters();
        Device device = parameter.getDevice();
        try (NDManager scope = parameter.getManager().newSubManager(device)) {
            manager = scope;
            store = new ParameterStore(scope, false);
            chain = FloatChain.ofFeatures(scope, input.slice(1));
            String name = root.getClass().getSimpleName();
            visit(name, root);
            finish(name);
            PackedModel model = PackedModel.of(operations);
            check(name, model);
            return model;
        }
    }

    /** Checks all parameters and returns the array of one. */
    private NDArray checkParameters() {
        NDArray some = null;
        for (Pair<String, Parameter> pair : root.getParameters()) {
            if (!pair.getValue().isInitialized()) {
                throw new IllegalArgumentException(
                        "the block must be initialized or loaded, but its parameter "
                                + pair.getKey()
                                + " has no value");
            }
            some = pair.getValue().getArray();
            if (some.getDataType() != DataType.FLOAT32) {
                throw new IllegalArgumentException(
                        "the parameters must be float32, but "
                                + pair.getKey()
                                + " is "
                                + some.getDataType());
            }
        }
        if (some == null) {
            throw new UnpackableBlockException(
                    root.getClass().getSimpleName(), root, "it has no parameters");
        }
        return some;
    }

    private void visit(String path, Block block) {
        if (block instanceof SequentialBlock sequential) {
            if (sequential.isReturnIntermediate()) {
                throw new UnpackableBlockException(
                        path, block, "it returns the intermediate values too");
            }
            for (Pair<String, Block> child : block.getChildren()) {
                visit(path + "/" + child.getKey(), child.getValue());
            }
            return;
        }
        if (block instanceof ThermometerEncoding encoding) {
            threshold(path, block, elementwise(block), encoding.getThresholds().length);
        } else if (block instanceof QuantLinear linear) {
            linear(path, linear);
        } else if (block instanceof SignQuantizer) {
            sign(path, block, elementwise(block));
        } else if (block instanceof BatchNorm) {
            if (chain == null) {
                throw new UnpackableBlockException(
                        path, block, "its input is bits; put it before the sign");
            }
            chain.add(elementwise(block));
        } else if (block instanceof LambdaBlock lambda && RESHAPING.contains(lambda.getName())) {
            if (chain != null) {
                chain.add(elementwise(block));
            }
        } else if (!(block instanceof Dropout) && !(block instanceof Identity)) {
            throw new UnpackableBlockException(path, block, reason(block));
        }
        shape = block.getOutputShapes(new Shape[] {shape})[0];
    }

    private static String reason(Block block) {
        if (block instanceof LambdaBlock lambda) {
            return "the function \""
                    + lambda.getName()
                    + "\" cannot be inspected; between binary layers only a sign is possible";
        }
        if (block instanceof Quantizer) {
            return "only the sign quantizers are possible on values";
        }
        return "no operation of the packed format does what it does; possible are QuantLinear,"
                + " ThermometerEncoding, sign quantizers, BatchNorm and Dropout in"
                + " SequentialBlocks";
    }

    private UnaryOperator<NDArray> elementwise(Block block) {
        return x -> block.forward(store, new NDList(x), false).singletonOrThrow();
    }

    /** A sign of bits changes nothing. */
    private void sign(String path, Block block, UnaryOperator<NDArray> quantizer) {
        if (chain != null) {
            threshold(path, block, quantizer, 1);
        }
    }

    private void threshold(
            String path, Block block, UnaryOperator<NDArray> quantizer, int perChannel) {
        if (chain == null) {
            throw new UnpackableBlockException(path, block, "its input is bits already");
        }
        try {
            operations.add(ThresholdFolding.fold(chain, quantizer, perChannel));
        } catch (ArithmeticException e) {
            throw new UnpackableBlockException(
                    path, block, "what comes before its sign has no order: " + e.getMessage());
        }
        chain = null;
    }

    private void linear(String path, QuantLinear layer) {
        if (shape.dimension() != 2) {
            throw new UnpackableBlockException(
                    path, layer, "its input must be [batch, features], but is " + shape);
        }
        if (layer.getInputScale() != InputScale.NONE) {
            throw new UnpackableBlockException(
                    path,
                    layer,
                    "its outputs are scaled by the magnitudes of its inputs (input scale "
                            + layer.getInputScale()
                            + "), which bits do not hold");
        }
        Quantizer quantizer = layer.getInputQuantizer();
        if (quantizer instanceof SignQuantizer) {
            sign(path, layer, x -> quantizer.quantize(store, x, false));
        } else if (chain != null || !(quantizer instanceof Identity)) {
            throw new UnpackableBlockException(
                    path,
                    layer,
                    "its input must be ±1, but its input quantizer is "
                            + quantizer.getClass().getSimpleName()
                            + (chain == null ? "" : " and its input is floats"));
        }
        int units = layer.getUnits();
        int inputs = Math.toIntExact(shape.get(1));
        if (inputs > MAX_FAN_IN) {
            throw new UnpackableBlockException(
                    path, layer, inputs + " products are more than float32 can count exactly");
        }
        operations.add(new BinaryLinear(units, inputs, weights(path, layer, inputs)));
        chain = FloatChain.ofAccumulators(manager, units, inputs);
        try (NDManager scope = manager.newSubManager()) {
            NDArray probe = scope.zeros(new Shape(1, units));
            if (layer.rescale(store, probe, false) != probe) {
                chain.add(x -> layer.rescale(store, x, false));
            }
        }
    }

    private long[] weights(String path, QuantLinear layer, int inputs) {
        // The sign of a NaN is a number: what trained to NaN must not pass for a network.
        for (float value : layer.getDirectParameters().get("weight").getArray().toFloatArray()) {
            if (!Float.isFinite(value)) {
                throw new UnpackableBlockException(
                        path, layer, "its weights must be finite, but hold " + value);
            }
        }
        float[] values;
        try (NDManager scope = manager.newSubManager()) {
            values = layer.quantizedWeight(store, scope.zeros(new Shape(1))).toFloatArray();
        }
        int words = (inputs + 63) / 64;
        long[] packed = new long[Math.multiplyExact(layer.getUnits(), words)];
        for (int i = 0; i < values.length; ++i) {
            if (Math.abs(values[i]) != 1) {
                throw new UnpackableBlockException(
                        path,
                        layer,
                        "its weights must be ±1, but its weight quantizer "
                                + layer.getWeightQuantizer().getClass().getSimpleName()
                                + " gives "
                                + values[i]
                                + (layer.getWeightQuantizer() instanceof Identity
                                        ? ""
                                        : "; is it still in a stage of its training?"));
            }
            if (values[i] > 0) {
                int input = i % inputs;
                packed[i / inputs * words + (input >>> 6)] |= 1L << input;
            }
        }
        return packed;
    }

    private void finish(String path) {
        if (operations.stream().noneMatch(BinaryLinear.class::isInstance)) {
            throw new UnpackableBlockException(path, root, "it has no binary layer");
        }
        if (chain == null) {
            operations.add(new SignOutput(Math.toIntExact(shape.size())));
            return;
        }
        try {
            operations.add(OutputFolding.fold(chain));
        } catch (IllegalArgumentException e) {
            throw new UnpackableBlockException(
                    path, root, "its outputs are not finite: " + e.getMessage());
        }
    }

    /**
     * Runs the block and the model on random rows: a subclass of a known block may do something of
     * its own.
     */
    private void check(String path, PackedModel model) {
        // A generator of its own: compiling must not disturb the engine's.
        Random random = new Random(CHECKED_ROWS);
        float[] rows = new float[CHECKED_ROWS * model.inputs()];
        for (int i = 0; i < rows.length; ++i) {
            int row = i / model.inputs();
            rows[i] = row % 2 == 0 ? random.nextFloat() : (float) random.nextGaussian() * row;
        }
        float[] expected;
        try (NDManager scope = manager.newSubManager()) {
            NDArray x = scope.create(rows, new Shape(CHECKED_ROWS).addAll(input.slice(1)));
            expected = elementwise(root).apply(x).toFloatArray();
        }
        float[] actual = model.predict(rows, CHECKED_ROWS);
        for (int i = 0; i < actual.length; ++i) {
            if (expected.length != actual.length || expected[i] != actual[i]) {
                throw new UnpackableBlockException(
                        path,
                        root,
                        "it does more than its layers say: on a random row it gives "
                                + expected[Math.min(i, expected.length - 1)]
                                + ", but they give "
                                + actual[i]);
            }
        }
    }
}
