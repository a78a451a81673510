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
package org.binaryops.monoid;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.DoubleSupplier;
import java.util.stream.IntStream;
import org.binaryops.testing.Blocks;
import org.binaryops.testing.Gradients;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Forward and gradient against the fold written out in plain Java, in float64. */
class LcmGradientTest {

    private static final double STEP = 1e-5;

    /** Sets of 1..9 elements in one batch, with NaN in the padding. */
    private static final int SETS = 9;

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4})
    void aRaggedBatch(int features) {
        int[] lengths = IntStream.rangeClosed(1, SETS).toArray();
        check(features, lengths);
    }

    @Test
    void oneSetWithoutPadding() {
        for (int n = 1; n <= 9; ++n) {
            check(3, new int[] {n});
        }
    }

    private static void check(int features, int[] lengths) {
        int n = Arrays.stream(lengths).max().orElseThrow();
        Random random = new Random(features + n);
        double[] elements = new double[lengths.length * n * features];
        Arrays.fill(elements, Double.NaN);
        for (int set = 0; set < lengths.length; ++set) {
            for (int i = 0; i < lengths[set] * features; ++i) {
                elements[set * n * features + i] = random.nextGaussian();
            }
        }
        // L = Σ c·out, so that every output has a gradient of its own.
        double[] factors = random.doubles(lengths.length * features, -1, 1).toArray();
        try (NDManager manager = NDManager.newBaseManager()) {
            Engine.getInstance().setRandomSeed(31 + features);
            LcmAggregator block = LcmAggregator.builder().build();
            block.initialize(manager, DataType.FLOAT64, new Shape(1, n, features));
            block.getParameters().forEach(p -> p.getValue().getArray().muli(2)); // some saturation
            NDArray input = manager.create(elements, new Shape(lengths.length, n, features));
            input.setRequiresGradient(true);
            NDArray output;
            try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
                output = Blocks.train(manager, block, input, manager.create(lengths)).get(0);
                Gradients.backward(
                        collector, output.mul(manager.create(factors, output.getShape())).sum());
            }
            PlainMonoid plain = new PlainMonoid(block, features);
            assertArrayEquals(
                    folded(plain, elements, lengths, n), output.toDoubleArray(), 1e-12, "forward");
            DoubleSupplier loss =
                    () -> {
                        double sum = 0;
                        double[] out = folded(plain, elements, lengths, n);
                        for (int i = 0; i < out.length; ++i) {
                            sum += factors[i] * out[i];
                        }
                        return sum;
                    };
            double[] gradient = input.getGradient().toDoubleArray();
            for (int i = 0; i < elements.length; ++i) {
                double expected = Double.isNaN(elements[i]) ? 0 : difference(elements, i, loss);
                assertEquals(expected, gradient[i], 1e-7, "gradient of element " + i);
            }
            for (Map.Entry<String, double[]> parameter : plain.parameters().entrySet()) {
                double[] actual =
                        PlainMonoid.parameter(block, parameter.getKey())
                                .getGradient()
                                // DJL reports an absent gradient (n = 1) as a float32 zero
                                .toType(DataType.FLOAT64, false)
                                .toDoubleArray();
                for (int i = 0; i < actual.length; ++i) {
                    assertEquals(
                            difference(parameter.getValue(), i, loss),
                            actual[i],
                            1e-7,
                            parameter.getKey() + " " + i);
                }
            }
        }
    }

    private static double[] folded(PlainMonoid plain, double[] elements, int[] lengths, int n) {
        int features = plain.features;
        double[] result = new double[lengths.length * features];
        for (int set = 0; set < lengths.length; ++set) {
            List<double[]> rows = new ArrayList<>();
            for (int i = 0; i < lengths[set]; ++i) {
                int from = (set * n + i) * features;
                rows.add(Arrays.copyOfRange(elements, from, from + features));
            }
            System.arraycopy(plain.fold(rows), 0, result, set * features, features);
        }
        return result;
    }

    /** The central difference of fourth order, whose error is about STEP⁴. */
    private static double difference(double[] values, int i, DoubleSupplier loss) {
        double value = values[i];
        double[] at = new double[4];
        double[] steps = {-2 * STEP, -STEP, STEP, 2 * STEP};
        for (int k = 0; k < 4; ++k) {
            values[i] = value + steps[k];
            at[k] = loss.getAsDouble();
        }
        values[i] = value;
        return (at[0] - 8 * at[1] + 8 * at[2] - at[3]) / (12 * STEP);
    }
}
