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
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import ai.djl.util.Pair;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.binaryops.packed.Add;
import org.binaryops.packed.Elementwise;
import org.binaryops.packed.FloatConvolution;
import org.binaryops.packed.IntegerConvolution;
import org.binaryops.packed.Magnitudes;
import org.binaryops.packed.Multiply;
import org.binaryops.packed.PackedModel;
import org.binaryops.packed.Pool;
import org.binaryops.packed.Step;

/**
 * One compilation: blocks become a graph ({@link Importer}), the graph becomes steps ({@link
 * Emitter}, which folds signs by {@link ThresholdPass}), and what came out is compared with the
 * engine.
 */
final class Compilation {

    private static final int CHECKED_ROWS = 16;

    private static final int CHECKED_IMAGES = 4;

    /** How far outputs may be from the engine's where float layers round on their own. */
    private static final float TOLERANCE = 1e-3f;

    /** What adds or multiplies floats, in an order or with a rounding of its own. */
    private static final Set<Class<?>> ROUNDING =
            Set.of(
                    Add.class,
                    Elementwise.class,
                    FloatConvolution.class,
                    IntegerConvolution.class,
                    Magnitudes.class,
                    Multiply.class,
                    Pool.class);

    private final Block root;
    private final Shape input;
    private NDManager manager;
    private ParameterStore store;

    Compilation(Block root, Shape input) {
        this.root = root;
        this.input = new Shape(1).addAll(input.slice(1));
    }

    PackedModel compile() {
        NDArray parameter = checkParameters();
        Device device = parameter.getDevice();
        try (NDManager scope = parameter.getManager().newSubManager(device)) {
            manager = scope;
            store = new ParameterStore(scope, false);
            String name = root.getClass().getSimpleName();
            Node.Origin origin = new Node.Origin(name, root);
            Node features = new Node.Input(origin, Math.toIntExact(input.size()));
            Importer importer = new Importer(manager, store);
            Node output = importer.visit(name, root, new Importer.Value(features, input)).node();
            List<Step> steps = new Emitter(manager).emit(output);
            int[] shape = new int[input.dimension() - 1];
            for (int axis = 0; axis < shape.length; ++axis) {
                shape[axis] = Math.toIntExact(input.get(axis + 1));
            }
            PackedModel model = PackedModel.of(shape, steps);
            check(origin, model);
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

    /**
     * Runs the block and the model on random rows: a subclass of a known block may do something of
     * its own. Where a bit depends on floats, one that lies within rounding of its threshold may
     * differ, and outputs with it; so half of the rows are enough then.
     */
    private void check(Node.Origin origin, PackedModel model) {
        // A generator of its own: compiling must not disturb the engine's.
        int count = input.dimension() > 3 ? CHECKED_IMAGES : CHECKED_ROWS;
        Random random = new Random(count);
        float[] rows = new float[count * model.inputs()];
        for (int i = 0; i < rows.length; ++i) {
            int row = i / model.inputs();
            rows[i] = row % 2 == 0 ? random.nextFloat() : (float) random.nextGaussian() * row;
        }
        float[] expected;
        try (NDManager scope = manager.newSubManager()) {
            NDArray x = scope.create(rows, new Shape(count).addAll(input.slice(1)));
            expected = root.forward(store, new NDList(x), false).singletonOrThrow().toFloatArray();
        }
        float[] actual = model.predict(rows, count);
        boolean exact =
                model.operations().stream().map(Object::getClass).noneMatch(ROUNDING::contains);
        int width = model.outputs();
        float all = largest(expected, 0, expected.length);
        int different = 0;
        String example = "";
        for (int row = 0; row < count; ++row) {
            if (expected.length != actual.length) {
                throw origin.refuse("it has other outputs than its layers say");
            }
            int at = difference(expected, actual, row * width, width, exact ? 0 : all);
            if (at >= 0) {
                ++different;
                example = expected[at] + ", but they give " + actual[at];
            }
        }
        if (different > (exact ? 0 : count / 2)) {
            throw origin.refuse(
                    "it does more than its layers say: on a random row it gives " + example);
        }
    }

    /**
     * The index of an output that differs, or −1.
     *
     * @param largest the largest output of all rows, beside which one row's sums may cancel to
     *     rounding alone; 0 if outputs must be equal
     */
    private static int difference(
            float[] expected, float[] actual, int from, int width, float largest) {
        float tolerance = TOLERANCE * Math.max(largest(expected, from, width), 0.01f * largest);
        for (int i = from; i < from + width; ++i) {
            boolean same =
                    largest == 0
                            ? expected[i] == actual[i]
                            : Math.abs(expected[i] - actual[i]) <= tolerance;
            if (!same) {
                return i;
            }
        }
        return -1;
    }

    private static float largest(float[] values, int from, int count) {
        float largest = 0;
        for (int i = from; i < from + count; ++i) {
            largest = Math.max(largest, Math.abs(values[i]));
        }
        return largest;
    }
}
