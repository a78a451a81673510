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
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.binaryops.packed.Stage;

/**
 * Turns functions of each element into {@linkplain Stage stages} that repeat the engine.
 *
 * <p>The parameters come from the engine itself: the summand of an affine function is what it makes
 * of 0, its factor what it makes of 2¹⁰⁰ (beside which a summand vanishes) divided by 2¹⁰⁰, a slope
 * what it makes of −1. Whether the engine rounds a product before it adds is found out on random
 * numbers.
 */
final class StageFolding {

    private static final float LARGE = 0x1p100f;

    /** How many random numbers at least are compared for each function. */
    private static final int SAMPLES = 4096;

    private final NDManager manager;
    private final Node.Elements node;
    private final int size;

    StageFolding(NDManager manager, Node.Elements node) {
        this.manager = manager;
        this.node = node;
        size = node.image.size();
    }

    /** The stages, with a parameter for each element in the engine's order. */
    List<Stage> fold() {
        return switch (node.function) {
            case AFFINE -> List.of(affine());
            case SLOPE -> List.of(Stage.slope(negated(run(filled(-1)))));
            case CLIP -> List.of(Stage.clip(run(filled(-LARGE)), run(filled(LARGE))));
            case RPRELU -> rprelu();
            case RISING ->
                    throw node.origin.refuse(
                            "its function has no packed form but before a sign, into which it"
                                    + " folds");
        };
    }

    private Stage affine() {
        float[] bias = run(filled(0));
        float[] scale = run(filled(LARGE));
        for (int i = 0; i < size; ++i) {
            scale[i] /= LARGE;
            if (!Float.isFinite(scale[i]) || !Float.isFinite(bias[i])) {
                throw node.origin.refuse(
                        "its scale and bias must be finite, but those of element "
                                + i
                                + " are "
                                + scale[i]
                                + " and "
                                + bias[i]);
            }
        }
        Random random = new Random(size);
        int rows = Math.max(1, SAMPLES / size);
        float[] x = new float[rows * size];
        for (int i = 0; i < x.length; ++i) {
            // whole numbers, as accumulators are, and others
            double normal = random.nextGaussian();
            x[i] = (float) (random.nextBoolean() ? Math.rint(100 * normal) : normal);
        }
        float[] y = run(x);
        int rounded = 0;
        int fused = 0;
        for (int i = 0; i < x.length; ++i) {
            float a = scale[i % size];
            float b = bias[i % size];
            rounded += x[i] * a + b == y[i] ? 1 : 0;
            fused += Math.fma(x[i], a, b) == y[i] ? 1 : 0;
        }
        return Stage.affine(scale, bias, fused > rounded);
    }

    private List<Stage> rprelu() {
        float[] one = filled(1);
        return List.of(
                Stage.affine(one, parameter("innerShift"), false),
                Stage.slope(parameter("slope")),
                Stage.affine(one, parameter("outerShift"), false));
    }

    /** A parameter of the block for each element. */
    private float[] parameter(String name) {
        Parameter parameter = node.origin.block().getDirectParameters().get(name);
        float[] values = parameter.getArray().toFloatArray();
        float[] all = new float[size];
        for (int i = 0; i < size; ++i) {
            all[i] = values[i / (size / values.length)];
        }
        return all;
    }

    private static float[] negated(float[] values) {
        for (int i = 0; i < values.length; ++i) {
            values[i] = 0 - values[i];
        }
        return values;
    }

    private float[] filled(float value) {
        float[] values = new float[size];
        Arrays.fill(values, value);
        return values;
    }

    private float[] run(float[] values) {
        try (NDManager scope = manager.newSubManager()) {
            Shape shape = new Shape(values.length / size).addAll(node.row);
            NDArray x = scope.create(values, shape);
            return node.engine.apply(x).toFloatArray();
        }
    }

    /**
     * Brings stages from the engine's order [channels, positions] into that of the runtime,
     * [positions, channels], with one parameter for each channel if all positions have the same.
     */
    static List<Stage> arranged(List<Stage> stages, Node.Image image) {
        boolean perChannel = true;
        for (Stage stage : stages) {
            perChannel &= isPerChannel(stage.first(), image);
            perChannel &= isPerChannel(stage.second(), image);
        }
        List<Stage> arranged = new ArrayList<>();
        for (Stage stage : stages) {
            float[] a = arranged(stage.first(), image, perChannel);
            float[] b = arranged(stage.second(), image, perChannel);
            arranged.add(
                    switch (stage.kind()) {
                        case AFFINE -> Stage.affine(a, b, false);
                        case FUSED_AFFINE -> Stage.affine(a, b, true);
                        case SLOPE -> Stage.slope(a);
                        case CLIP -> Stage.clip(a, b);
                    });
        }
        return arranged;
    }

    private static boolean isPerChannel(float[] values, Node.Image image) {
        int positions = image.positions();
        for (int i = 0; i < values.length; ++i) {
            if (values[i] != values[i / positions * positions]) {
                return false;
            }
        }
        return true;
    }

    private static float[] arranged(float[] values, Node.Image image, boolean perChannel) {
        if (values.length == 0) {
            return values;
        }
        int positions = image.positions();
        float[] arranged = new float[perChannel ? image.channels() : values.length];
        for (int i = 0; i < arranged.length; ++i) {
            int p = i / image.channels();
            arranged[i] = values[i % image.channels() * positions + p];
        }
        return arranged;
    }
}
