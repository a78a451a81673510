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

import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.training.GradientCollector;
import ai.djl.util.Pair;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import org.binaryops.testing.Blocks;
import org.binaryops.testing.Gradients;

/** Compares a block with a formula in plain Java: its output, and all gradients. */
public final class Formulas {

    private static final double STEP = 1e-5;

    private Formulas() {}

    /** A formula over the input, flat, and the parameters, flat, by name. */
    public interface Formula {
        double[] at(double[] x, Map<String, double[]> parameters);
    }

    /** Moves every trained parameter away from its start. */
    public static void perturb(Block block, Random random, double by) {
        for (Pair<String, Parameter> each : block.getParameters()) {
            NDArray live = each.getValue().getArray();
            if (each.getValue().requiresGradient()) {
                double[] values = live.toDoubleArray();
                for (int i = 0; i < values.length; ++i) {
                    values[i] += by * random.nextGaussian();
                }
                KanLayer.overwrite(live, values);
            }
        }
    }

    /**
     * Asserts the output, and the gradient to the input and each trained parameter: that of
     * differences of the formula.
     */
    public static void check(
            NDManager manager, Block block, double[] x, Shape shape, Formula formula) {
        Map<String, double[]> values = new LinkedHashMap<>();
        for (Pair<String, Parameter> each : block.getParameters()) {
            values.put(name(each), each.getValue().getArray().toDoubleArray());
        }
        double[] expected = formula.at(x, values);
        double[] cotangent = new Random(9).doubles(expected.length, -1, 1).toArray();
        NDArray input = manager.create(x, shape);
        input.setRequiresGradient(true);
        double[] output;
        try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
            NDArray y = Blocks.train(manager, block, input.add(0)).singletonOrThrow();
            assertEquals(DataType.FLOAT64, y.getDataType());
            output = y.toDoubleArray();
            Gradients.backward(collector, y.mul(manager.create(cotangent, y.getShape())).sum());
        }
        close("output", expected, output, 1e-10);
        close(
                "gradient to the input",
                differences(x, () -> dot(formula.at(x, values), cotangent)),
                input.getGradient().toDoubleArray(),
                2e-7);
        for (Pair<String, Parameter> each : block.getParameters()) {
            if (each.getValue().requiresGradient()) {
                double[] p = values.get(name(each));
                close(
                        "gradient to " + each.getKey(),
                        differences(p, () -> dot(formula.at(x, values), cotangent)),
                        each.getValue().getArray().getGradient().toDoubleArray(),
                        2e-7);
            }
        }
    }

    /** DJL numbers the children of a block. */
    private static String name(Pair<String, Parameter> each) {
        return each.getKey().replaceAll("\\d\\d", "");
    }

    private interface Scalar {
        double get();
    }

    private static double[] differences(double[] p, Scalar loss) {
        double[] gradient = new double[p.length];
        for (int i = 0; i < p.length; ++i) {
            double at = p[i];
            p[i] = at + STEP;
            double up = loss.get();
            p[i] = at - STEP;
            double down = loss.get();
            p[i] = at;
            gradient[i] = (up - down) / 2 / STEP;
        }
        return gradient;
    }

    static double dot(double[] p, double[] q) {
        double sum = 0;
        for (int i = 0; i < p.length; ++i) {
            sum += p[i] * q[i];
        }
        return sum;
    }

    static void close(String what, double[] expected, double[] actual, double tolerance) {
        assertEquals(expected.length, actual.length, what);
        for (int i = 0; i < expected.length; ++i) {
            double most = tolerance * Math.max(1, Math.abs(expected[i]));
            assertEquals(expected[i], actual[i], most, what + " at " + i);
        }
    }
}
