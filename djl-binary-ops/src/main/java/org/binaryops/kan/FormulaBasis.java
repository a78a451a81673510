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
package org.binaryops.kan;

import ai.djl.MalformedModelException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.training.initializer.Initializer;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/** What bases given by a closed formula share: parameters by feature, and a line for the file. */
abstract class FormulaBasis extends Basis {

    private static final byte VERSION = 1;

    private final Map<Parameter, Integer> widths = new LinkedHashMap<>();

    FormulaBasis() {
        super(VERSION);
    }

    /** One line that two bases share if they mean the same functions. */
    abstract String structure();

    /** Adds a parameter [features, row.length] whose rows all start the same. */
    final Parameter perFeature(String name, boolean trainable, double... row) {
        Parameter parameter =
                addParameter(
                        Parameter.builder()
                                .setName(name)
                                .setType(
                                        trainable
                                                ? Parameter.Type.OTHER
                                                : Parameter.Type.RUNNING_MEAN)
                                .optRequiresGrad(trainable)
                                .optInitializer((m, shape, type) -> rows(m, shape, type, row))
                                .build());
        widths.put(parameter, row.length);
        return parameter;
    }

    private static NDArray rows(NDManager manager, Shape shape, DataType type, double[] row) {
        double[] rows = new double[Math.toIntExact(shape.size())];
        for (int i = 0; i < rows.length; ++i) {
            rows[i] = row[i % row.length];
        }
        // A copy that the engine owns: of the same type, toType shares a buffer of the JVM.
        try (NDArray exact = manager.create(rows, shape);
                NDArray typed = exact.toType(type, true)) {
            return typed.duplicate();
        }
    }

    /** The numbers from, from + step, …, made by the engine, on the device of an array. */
    static NDArray sequence(NDArray like, double from, double step, int count) {
        return like.getManager()
                .arange(0f, count, 1f, like.getDataType(), like.getDevice())
                .muli(step)
                .addi(from);
    }

    /** Normal coefficients whose standard deviation follows from [units, features, n]. */
    static Initializer normal(ToDoubleFunction<Shape> deviation) {
        return (manager, shape, type) ->
                manager.randomNormal(0, (float) deviation.applyAsDouble(shape), shape, type);
    }

    /** Uniform coefficients in ±1/√(features n), as PyTorch starts a linear layer. */
    static Initializer kaimingUniform() {
        return (manager, shape, type) -> {
            float most = (float) (1 / Math.sqrt(shape.get(1) * (double) shape.get(2)));
            return manager.randomUniform(-most, most, shape, type);
        };
    }

    static void requirePositive(String name, int value) {
        if (value < 1) {
            throw new IllegalArgumentException(name + " must be positive, but was " + value + ".");
        }
    }

    static void requireRange(double low, double high) {
        if (!(low < high) || !Double.isFinite(high - low)) {
            throw new IllegalArgumentException(
                    String.format(
                            "range must be finite and ascending, but was [%s, %s].", low, high));
        }
    }

    @Override
    protected void prepare(Shape[] inputShapes) {
        long features = features(inputShapes[0]);
        widths.forEach((parameter, width) -> parameter.setShape(new Shape(features, width)));
    }

    @Override
    protected void saveMetadata(DataOutputStream os) throws IOException {
        super.saveMetadata(os);
        os.writeUTF(structure());
    }

    @Override
    protected void loadMetadata(byte loadVersion, DataInputStream is)
            throws IOException, MalformedModelException {
        super.loadMetadata(loadVersion, is);
        String saved = is.readUTF();
        if (!saved.equals(structure())) {
            throw new MalformedModelException(
                    String.format(
                            "%s: this basis has %s, but the file has %s",
                            getClass().getSimpleName(), structure(), saved));
        }
    }
}
