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
import ai.djl.training.ParameterStore;
import java.util.Arrays;
import java.util.Random;
import java.util.function.UnaryOperator;
import org.binaryops.quantizer.Identity;
import org.binaryops.quantizer.Quantizer;
import org.binaryops.quantizer.SignQuantizer;

/** Makes nodes of the quantizers of activations: signs, or levels of a few bits. */
final class QuantizerImporter {

    /** Numbers at which a quantizer with two levels shows both. */
    private static final float[] PROBES = {
        -1e6f, -10, -1, -0.1f, -1e-6f, 0, 1e-6f, 0.1f, 1, 10, 1e6f
    };

    private final NDManager manager;
    private final ParameterStore store;

    /**
     * What a layer multiplies.
     *
     * @param node signs, levels or floats
     * @param level for signs their magnitude, else 1
     */
    record Operand(Node node, float level) {}

    QuantizerImporter(NDManager manager, ParameterStore store) {
        this.manager = manager;
        this.store = store;
    }

    /** A quantizer that stands before whatever reads it. */
    Operand operand(Node.Origin origin, Quantizer quantizer, Importer.Value x) {
        boolean bits = Emitter.isBits(x.node());
        if (quantizer instanceof Identity || bits && quantizer instanceof SignQuantizer) {
            return new Operand(x.node(), 1);
        }
        try {
            float level = level(quantizer, x);
            if (!Float.isNaN(level)) {
                return new Operand(sign(origin, quantizer, level, x), level);
            }
            Levels levels = levels(origin, quantizer, x);
            return new Operand(new Node.Quantized(origin, levels, x.node()), 1);
        } catch (IllegalStateException e) {
            throw origin.refuse(
                    "its quantizer "
                            + quantizer.getClass().getSimpleName()
                            + " is not ready: "
                            + e.getMessage());
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
        values = run(quantizer, values, x.row());
        float level = Math.abs(values[0]);
        for (float value : values) {
            if (Math.abs(value) != level || level == 0) {
                return Float.NaN;
            }
        }
        return level;
    }

    private Levels levels(Node.Origin origin, Quantizer quantizer, Importer.Value x) {
        String name = quantizer.getClass().getSimpleName();
        // All positions of an image have the levels of their channel: one is asked.
        long[] sizes = new long[x.row().dimension()];
        Arrays.fill(sizes, 1);
        sizes[0] = x.row().get(0);
        Shape row = new Shape(sizes);
        Staircase found;
        try {
            if (dependsOnOthers(quantizer, row)) {
                throw origin.refuse(
                        "the levels of its quantizer "
                                + name
                                + " depend on the other values of its input, in the batch too, so"
                                + " that there is no fixed grid to pack");
            }
            found = Staircase.of(values -> run(quantizer, values, row), (int) row.size());
        } catch (UnpackableBlockException e) {
            throw e;
        } catch (IllegalArgumentException e) {
            throw origin.refuse(
                    "its quantizer "
                            + name
                            + " has levels for each position of an image: "
                            + e.getMessage());
        }
        Levels levels = found == null ? null : Levels.of(found);
        if (levels == null) {
            throw origin.refuse(
                    "its quantizer "
                            + name
                            + " has neither the levels −a and a nor 2 to 256 others, of which the"
                            + " larger values have the higher");
        }
        return levels;
    }

    /**
     * Whether a row gives something else beside another row, or beside another value of its own.
     */
    private boolean dependsOnOthers(Quantizer quantizer, Shape row) {
        int size = Math.toIntExact(row.size());
        Random random = new Random(size);
        float[] both = new float[2 * size];
        for (int i = 0; i < size; ++i) {
            both[i] = (float) random.nextGaussian();
            both[size + i] = 1000 * (float) random.nextGaussian();
        }
        float[] alone = Arrays.copyOf(both, size);
        float[] levels = run(quantizer, alone, row);
        float[] beside = run(quantizer, both, row);
        alone[size - 1] = -1e4f;
        float[] changed = run(quantizer, alone, row);
        boolean depends = false;
        for (int i = 0; i < size; ++i) {
            depends |= levels[i] != beside[i];
            depends |= i < size - 1 && levels[i] != changed[i];
        }
        return depends;
    }

    private float[] run(Quantizer quantizer, float[] values, Shape row) {
        try (NDManager scope = manager.newSubManager()) {
            Shape shape = new Shape(values.length / row.size()).addAll(row);
            return quantizer.quantize(store, scope.create(values, shape), false).toFloatArray();
        }
    }
}
