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
package org.binaryops.quantizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
import ai.djl.training.ParameterStore;
import org.binaryops.testing.Blocks;
import org.binaryops.testing.Gradients;
import org.junit.jupiter.api.Test;

/** The range of the array at hand, and scales that start from the first weights. */
class DynamicRangeQuantizerTest {

    private static final double[] X = {-3, -2.5, -2.4999, -.7, 0, .011, 1.3, 2.4999, 2.5, 9};

    private static NDArray apply(DynamicRangeQuantizer quantizer, NDArray x) {
        return quantizer.quantize(new ParameterStore(x.getManager(), false), x, true);
    }

    @Test
    void symmetricValuesAndGradients() {
        DynamicRangeQuantizer q = DynamicRangeQuantizer.symmetric(8);
        double[] expected = new double[X.length];
        double[] passed = new double[X.length];
        double[] ones = new double[X.length];
        for (int i = 0; i < X.length; ++i) {
            double clipped = Math.max(-2.5, Math.min(2.5, X[i]));
            expected[i] = Math.rint(clipped * 127 / 2.5) * 2.5 / 127;
            passed[i] = Math.abs(X[i]) < 2.5 ? 1 : 0;
            ones[i] = 1;
        }
        assertArrayEquals(expected, Gradients.values(X, x -> apply(q, x)), 1e-14);
        assertArrayEquals(passed, Gradients.at(X, ones, x -> apply(q, x)));
        double[] zeros = {0, 0, 0};
        assertArrayEquals(zeros, Gradients.values(zeros, x -> apply(q, x)));
    }

    @Test
    void asymmetricValues() {
        DynamicRangeQuantizer q = DynamicRangeQuantizer.asymmetric(8);
        double[] p = {.02, .5, .013, .3, .167};
        double range = .5 - .013 + 1e-8;
        double[] expected = new double[5];
        for (int i = 0; i < 5; ++i) {
            expected[i] = Math.rint((p[i] - .013) / range * 255) / 255 * range + .013;
        }
        assertArrayEquals(expected, Gradients.values(p, x -> apply(q, x)), 1e-14);
        assertArrayEquals(
                new double[] {.4, .4}, Gradients.values(new double[] {.4, .4}, x -> apply(q, x)));
        IllegalArgumentException e =
                assertThrows(
                        IllegalArgumentException.class, () -> DynamicRangeQuantizer.symmetric(1));
        assertEquals("bits must be from 2 to 16, but was 1.", e.getMessage());
    }

    @Test
    void learnedScalesStartFromTheFirstWeightsAndHaveTheGradientOfTheProduct() {
        try (NDManager manager = NDManager.newBaseManager()) {
            LearnedScaleWeight quantizer =
                    new LearnedScaleWeight(new CentredWeight(StraightThroughSign.open()));
            double[] w = {.5, -.25, .75, 3, -1, 4};
            NDArray x = manager.create(w, new Shape(2, 3));
            Blocks.initialize64(manager, quantizer, x.getShape());
            assertFalse(quantizer.isScaleInitialized());
            x.setRequiresGradient(true);
            double[] d = {1, 2, 3, 4, 5, 6};
            NDArray y;
            try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
                y = quantizer.quantize(new ParameterStore(manager, false), x, true);
                Gradients.backward(collector, y.mul(manager.create(d, new Shape(2, 3))).sum());
            }
            assertTrue(quantizer.isScaleInitialized());
            double[] alpha = {.5, 8 / 3.};
            double[] mean = {1 / 3., 2};
            double[] values = new double[6];
            double[] scale = new double[2];
            double[] weight = new double[6];
            for (int i = 0; i < 6; ++i) {
                double centred = w[i] - mean[i / 3];
                double sign = centred >= 0 ? 1 : -1;
                values[i] = alpha[i / 3] * sign;
                scale[i / 3] += d[i] * sign;
                weight[i] = Math.abs(centred) < 1 ? alpha[i / 3] * d[i] : 0;
            }
            for (int o = 0; o < 2; ++o) {
                double sum = weight[3 * o] + weight[3 * o + 1] + weight[3 * o + 2];
                for (int k = 0; k < 3; ++k) {
                    weight[3 * o + k] -= sum / 3;
                }
            }
            assertArrayEquals(values, y.toDoubleArray(), 1e-14);
            assertArrayEquals(
                    scale,
                    quantizer
                            .getDirectParameters()
                            .get("scale")
                            .getArray()
                            .getGradient()
                            .toDoubleArray(),
                    1e-14);
            assertArrayEquals(weight, x.getGradient().toDoubleArray(), 1e-14);
        }
    }
}
