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

import static org.binaryops.quantizer.Formulas.assertMessage;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import java.util.Random;
import org.binaryops.nn.QuantConv2d;
import org.binaryops.testing.Blocks;
import org.binaryops.testing.Gradients;
import org.binaryops.testing.Leaks;
import org.junit.jupiter.api.Test;

/** The activation quantizer of ReCU and BiPer against its formula, sample by sample. */
class NormalizedSignTest {

    /** The formula in training: the variance of each sample, and the derivative through it. */
    static final LayerFormulas.Rule TRAINING =
            new LayerFormulas.Rule() {
                @Override
                public double[] value(double[] x, Shape shape) {
                    return Arrays.stream(x).map(Formulas::sign).toArray();
                }

                @Override
                public double[] pullback(double[] x, Shape shape, double[] upstream) {
                    int n = x.length / (int) shape.get(0);
                    double[] gradient = new double[x.length];
                    for (int from = 0; from < x.length; from += n) {
                        double mean = 0;
                        for (int i = 0; i < n; ++i) {
                            mean += x[from + i] / n;
                        }
                        double variance = 0;
                        for (int i = 0; i < n && n > 1; ++i) {
                            variance += Math.pow(x[from + i] - mean, 2) / (n - 1);
                        }
                        double r = Math.sqrt(variance + 1e-5);
                        double[] h = new double[n];
                        for (int i = 0; i < n; ++i) {
                            h[i] =
                                    upstream[from + i]
                                            * Math.max(2 - 2 * Math.abs(x[from + i] / r), 0);
                        }
                        for (int j = 0; j < n; ++j) {
                            double sum = h[j] / r;
                            for (int i = 0; i < n && n > 1; ++i) {
                                sum -=
                                        h[i]
                                                * x[from + i]
                                                * (x[from + j] - mean)
                                                / ((n - 1) * r * r * r);
                            }
                            gradient[from + j] = sum;
                        }
                    }
                    return gradient;
                }
            };

    private static void assertFollows(double[] x, Shape shape, Random random) {
        double[] upstream = random.doubles(x.length, -2, 2).toArray();
        NormalizedSign quantizer = new NormalizedSign();
        double[] expected = TRAINING.pullback(x, shape, upstream);
        double largest = Arrays.stream(expected).map(Math::abs).max().orElseThrow();
        double[] signs = Arrays.stream(x).map(Formulas::sign).toArray();
        for (boolean training : new boolean[] {true, false}) {
            assertArrayEquals(
                    signs,
                    Gradients.values(
                            x,
                            a -> {
                                NDArray y = quantizer.quantize(null, a.reshape(shape), training);
                                assertEquals(shape, y.getShape());
                                return y;
                            }),
                    0);
        }
        assertArrayEquals(
                expected,
                Gradients.at(
                        x,
                        upstream,
                        a -> quantizer.quantize(null, a.reshape(shape), true).reshape(x.length)),
                1e-12 * Math.max(1, largest));
        double[] raw = new double[x.length];
        for (int i = 0; i < x.length; ++i) {
            raw[i] = upstream[i] * Math.max(2 - 2 * Math.abs(x[i]), 0);
        }
        assertArrayEquals(
                raw,
                Gradients.at(x, upstream, a -> quantizer.quantize(null, a, false)),
                1e-12,
                "at inference the window is at the raw activations");
    }

    @Test
    void followsTheFormulaAtRandomPoints() {
        Random random = new Random(3);
        for (Shape shape :
                new Shape[] {
                    new Shape(4, 7), new Shape(2, 3, 4, 5), new Shape(3, 5, 2), new Shape(2, 2)
                }) {
            for (double spread : new double[] {.01, 1, 30}) {
                double[] x = random.doubles(shape.size(), -spread, 1.5 * spread).toArray();
                assertFollows(x, shape, random);
            }
        }
    }

    @Test
    void followsTheFormulaAtTheEdges() {
        Random random = new Random(4);
        // Zeros, a single element, equal elements, and elements at the edge of the window: with
        // the mean 0 and three of four at ±r the fourth decides; here the deviation is 1 exactly
        // up to ε.
        assertFollows(new double[8], new Shape(2, 4), random);
        assertFollows(new double[] {-.002, .001, 0}, new Shape(3, 1), random);
        assertFollows(new double[] {.5, .5, .5, .5, 0, -0.0, 1e-9, -1e-9}, new Shape(2, 4), random);
        double edge = Math.sqrt((1 + 1e-5) * 3 / 4);
        assertFollows(new double[] {edge, -edge, edge, -edge}, new Shape(1, 4), random);
        assertFollows(new double[] {1e-300, -1e-300, 1e-160, -1e-170}, new Shape(1, 4), random);
        assertFollows(new double[] {1e100, -1e100, 3e99, 0}, new Shape(1, 4), random);
    }

    @Test
    void theSignSurvivesADivisionThatUnderflows() {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray x =
                    manager.create(new float[] {-1e-45f, 1e-45f, 1e15f, -1e15f}, new Shape(1, 4));
            assertArrayEquals(
                    new float[] {-1, 1, 1, -1},
                    new NormalizedSign().quantize(null, x, true).toFloatArray());
        }
    }

    @Test
    void gradientsFollowThroughLayers() {
        // BiPer's layer in its first stage.
        LayerFormulas.Rule sine =
                new LayerFormulas.Elementwise(w -> Math.sin(20 * w), w -> 20 * Math.cos(20 * w));
        LayerFormulas.assertThroughLinear(
                new NormalizedSign(), new BiPer(), l -> {}, l -> TRAINING, l -> sine);
        LayerFormulas.assertThroughConvolution(
                new NormalizedSign(), new BiPer(), l -> {}, l -> TRAINING, l -> sine);
    }

    @Test
    void itIsSavedAndTrains() {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray x = manager.randomNormal(new Shape(5, 7));
            NormalizedSign quantizer = new NormalizedSign();
            quantizer.initialize(manager, x.getDataType(), x.getShape());
            Blocks.assertRoundTrip(manager, quantizer, new NormalizedSign(), x);
            assertTrue(quantizer.isBinary());
        }
        Formulas.assertTrainsInLinear(new NormalizedSign(), new ReCuWeight());
        Formulas.assertKeepsItsGradient(NormalizedSign::new);
    }

    @Test
    void nothingIsLeftOnTheManagerOfTheModel() {
        try (NDManager lasting = NDManager.newBaseManager()) {
            QuantConv2d layer =
                    QuantConv2d.builder()
                            .setFilters(3)
                            .setKernelShape(new Shape(3, 3))
                            .optInputQuantizer(new NormalizedSign())
                            .optWeightQuantizer(new ReCuWeight())
                            .build();
            layer.initialize(lasting, DataType.FLOAT32, new Shape(2, 3, 5, 5));
            Leaks.assertNothingLeft(
                    lasting,
                    50,
                    manager -> {
                        NDArray x = manager.randomNormal(new Shape(2, 3, 5, 5));
                        Blocks.train(manager, layer, x);
                        Blocks.infer(manager, layer, x);
                    });
        }
    }

    @Test
    void badInputIsNamed() {
        try (NDManager manager = NDManager.newBaseManager()) {
            assertMessage(
                    "NormalizedSign takes an input of shape [batch, ...], but got shape (3).",
                    () -> new NormalizedSign().quantize(null, manager.ones(new Shape(3)), true));
        }
    }
}
