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

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.training.GradientCollector;
import ai.djl.training.initializer.NormalInitializer;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.DoubleStream;
import org.binaryops.testing.Blocks;
import org.binaryops.testing.Gradients;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** The layer over B-splines against its formula: outputs and all gradients, in double precision. */
class KanLinearFormulaTest {

    private NDManager manager;

    @BeforeEach
    void open() {
        manager = NDManager.newBaseManager();
        Engine.getInstance().setRandomSeed(7);
    }

    @AfterEach
    void close() {
        manager.close();
    }

    private static double[] parameter(KanLinear layer, String name) {
        return layer.getParameters().get(name).getArray().toDoubleArray();
    }

    private static double[] gradient(KanLinear layer, String name) {
        return layer.getParameters().get(name).getArray().getGradient().toDoubleArray();
    }

    /**
     * Output and all gradients against the formula, in loops of plain Java: with and without base
     * branch and scale, on uniform grids and on one that differs from feature to feature.
     */
    @ParameterizedTest
    @CsvSource({
        "true,true,false,LINEAR", "false,true,false,LINEAR", "true,false,false,LINEAR",
        "true,true,true,LINEAR", "true,false,true,LINEAR", "false,true,true,CLAMP",
        "true,true,false,CLAMP", "true,true,false,ZERO", "false,false,true,ZERO"
    })
    void followsTheFormula(
            boolean baseBranch, boolean scaled, boolean adaptive, Extrapolation extrapolation) {
        int samples = 6;
        int in = 3;
        int units = 4;
        int grid = 5;
        int k = 3;
        int n = grid + k;
        KanLinear layer =
                KanLinear.builder()
                        .setUnits(units)
                        .optGrid(grid)
                        .optOrder(k)
                        .optRange(-2, 1)
                        .optBase(baseBranch ? BaseBranch.SILU : BaseBranch.NONE)
                        .optScale(scaled)
                        .optExtrapolation(extrapolation)
                        .build();
        layer.setInitializer(new NormalInitializer(1), Parameter.Type.WEIGHT);
        layer.setInitializer(new NormalInitializer(1), Parameter.Type.GAMMA);
        Blocks.initialize64(manager, layer, new Shape(samples, in));
        Random random = new Random(1);
        double[][] t = new double[in][];
        for (int i = 0; i < in; ++i) {
            t[i] =
                    adaptive
                            ? random.doubles(grid + 2 * k + 1, -3, 2).sorted().toArray()
                            : CoxDeBoor.uniform(grid, k, -2, 1);
        }
        if (adaptive) {
            ((BSplineBasis) layer.getBasis()).setKnots(t);
        }
        // Also outside the grid, on both sides.
        double[] x = random.doubles((long) samples * in, -2.5, 1.5).toArray();
        double[] g = random.doubles((long) samples * units, -1, 1).toArray();
        NDArray input = manager.create(x, new Shape(samples, in));
        input.setRequiresGradient(true);
        double[] y;
        try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
            NDArray output = Blocks.train(manager, layer, input).singletonOrThrow();
            y = output.toDoubleArray();
            Gradients.backward(collector, output.mul(manager.create(g, output.getShape())).sum());
        }

        double[] c = parameter(layer, "coefficients");
        double[] s = scaled ? parameter(layer, "scale") : new double[units * in];
        if (!scaled) {
            Arrays.fill(s, 1);
        }
        double[] w = baseBranch ? parameter(layer, "base") : new double[units * in];
        double[] gx = new double[x.length];
        double[] gc = new double[c.length];
        double[] gs = new double[s.length];
        double[] gw = new double[w.length];
        for (int b = 0; b < samples; ++b) {
            for (int j = 0; j < units; ++j) {
                double sum = 0;
                for (int i = 0; i < in; ++i) {
                    double at = x[b * in + i];
                    double sigmoid = 1 / (1 + Math.exp(-at));
                    double spline = 0;
                    double slope = 0;
                    int edge = j * in + i;
                    for (int m = 0; m < n; ++m) {
                        double[] e = CoxDeBoor.extended(t[i], k, m, at, extrapolation);
                        spline += c[edge * n + m] * e[0];
                        slope += c[edge * n + m] * e[1];
                        gc[edge * n + m] += g[b * units + j] * s[edge] * e[0];
                    }
                    sum += w[edge] * at * sigmoid + s[edge] * spline;
                    gs[edge] += g[b * units + j] * spline;
                    gw[edge] += g[b * units + j] * at * sigmoid;
                    gx[b * in + i] +=
                            g[b * units + j]
                                    * (w[edge] * sigmoid * (1 + at * (1 - sigmoid))
                                            + s[edge] * slope);
                }
                assertClose(sum, y[b * units + j]);
            }
        }
        assertClose(gx, input.getGradient().toDoubleArray());
        assertClose(gc, gradient(layer, "coefficients"));
        if (scaled) {
            assertClose(gs, gradient(layer, "scale"));
        }
        assertEquals(baseBranch, layer.hasBaseBranch());
        if (baseBranch) {
            assertClose(gw, gradient(layer, "base"));
        }
    }

    /** Random knots may lie close to each other, where tangents are steep. */
    private static void assertClose(double expected, double actual) {
        assertEquals(expected, actual, 1e-10 * Math.max(1, Math.abs(expected)));
    }

    private static void assertClose(double[] expected, double[] actual) {
        assertEquals(expected.length, actual.length);
        for (int i = 0; i < expected.length; ++i) {
            assertClose(expected[i], actual[i]);
        }
    }

    /** Batches that are evaluated in blocks of rows, and weights that are in blocks of units. */
    @ParameterizedTest
    @EnumSource(Extrapolation.class)
    void blocksChangeNothing(Extrapolation extrapolation) {
        int features = 700;
        KanLinear layer = KanLinear.builder().setUnits(400).optExtrapolation(extrapolation).build();
        Blocks.initialize64(manager, layer, new Shape(1, features));
        NDArray x = manager.randomUniform(-1.3f, 1.3f, new Shape(2, 40, features));
        x = x.toType(DataType.FLOAT64, true);
        NDArray g = manager.randomUniform(-1, 1, new Shape(2, 40, 400));
        g = g.toType(DataType.FLOAT64, true);
        double[][] whole = outputAndGradients(layer, x, g);
        double[][] rows = null;
        for (int b = 0; b < 2; ++b) {
            for (int r = 0; r < 40; r += 10) {
                NDIndex part = new NDIndex("{},{}:{}", b, r, r + 10);
                double[][] some = outputAndGradients(layer, x.get(part), g.get(part));
                rows = rows == null ? some : joined(rows, some);
            }
        }
        for (int i = 0; i < whole.length; ++i) {
            assertArrayEquals(rows[i], whole[i], 1e-11);
        }
        // And the weights, against a product with all of them at once.
        NDArray c = layer.getParameters().get("coefficients").getArray();
        NDArray s = layer.getParameters().get("scale").getArray();
        NDArray w = layer.getParameters().get("base").getArray();
        NDArray rowsOfX = x.reshape(80, features);
        NDArray values = EdgeSplines.values(layer.getBasis(), rowsOfX);
        NDArray y =
                KanLinear.kanLinear(rowsOfX, values, c.mul(s.expandDims(-1)), null, w)
                        .stopGradient();
        assertArrayEquals(y.toDoubleArray(), whole[0], 1e-12);
    }

    /** The output, and the gradients to the input, the coefficients and the scale. */
    private double[][] outputAndGradients(KanLinear layer, NDArray x, NDArray g) {
        NDArray input = x.duplicate();
        input.setRequiresGradient(true);
        double[] y;
        try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
            NDArray output = Blocks.train(manager, layer, input.add(0)).singletonOrThrow();
            y = output.toDoubleArray();
            Gradients.backward(collector, output.mul(g).sum());
        }
        double[][] all = {
            y,
            input.getGradient().toDoubleArray(),
            gradient(layer, "coefficients"),
            gradient(layer, "scale")
        };
        for (String name : new String[] {"coefficients", "scale", "base"}) {
            NDArray gradient = layer.getParameters().get(name).getArray().getGradient();
            gradient.subi(gradient.duplicate());
        }
        return all;
    }

    /** Outputs behind each other, gradients of parameters added. */
    private static double[][] joined(double[][] first, double[][] second) {
        double[][] joined = new double[4][];
        for (int i = 0; i < 2; ++i) {
            joined[i] =
                    DoubleStream.concat(DoubleStream.of(first[i]), DoubleStream.of(second[i]))
                            .toArray();
        }
        for (int i = 2; i < 4; ++i) {
            joined[i] = first[i].clone();
            for (int e = 0; e < joined[i].length; ++e) {
                joined[i][e] += second[i][e];
            }
        }
        return joined;
    }
}
