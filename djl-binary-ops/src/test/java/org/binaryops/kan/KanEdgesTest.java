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
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
import ai.djl.training.ParameterStore;
import java.util.Map;
import java.util.Random;
import org.binaryops.testing.Blocks;
import org.binaryops.testing.Gradients;
import org.binaryops.testing.Leaks;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Masks, scales, base branches and what goes over single edges. */
class KanEdgesTest {

    private static final int IN = 3;
    private static final int UNITS = 2;
    private static final int SAMPLES = 5;

    private final double[][] mask = {{1, 0, .5}, {0, 1, 2}};
    private NDManager manager;

    @BeforeEach
    void open() {
        manager = NDManager.newBaseManager();
        Engine.getInstance().setRandomSeed(5);
    }

    @AfterEach
    void close() {
        manager.close();
    }

    private static double base(BaseBranch branch, double x) {
        return switch (branch) {
            case SILU -> x / (1 + Math.exp(-x));
            case LINEAR -> x;
            case NONE -> 0;
            case GELU -> throw new IllegalArgumentException("see BasesTest");
        };
    }

    private static double spline(double[] c, int edge, double x) {
        double[] t = CoxDeBoor.uniform(5, 3, -1, 1);
        double sum = 0;
        for (int m = 0; m < 8; ++m) {
            sum += c[edge * 8 + m] * CoxDeBoor.extended(t, 3, m, x, Extrapolation.LINEAR)[0];
        }
        return sum;
    }

    private double edge(Map<String, double[]> p, BaseBranch branch, int j, int i, double x) {
        int edge = j * IN + i;
        double s = p.containsKey("scale") ? p.get("scale")[edge] : 1;
        double w = p.containsKey("base") ? p.get("base")[edge] : 0;
        return p.get("mask")[edge]
                * (w * base(branch, x) + s * spline(p.get("coefficients"), edge, x));
    }

    private KanLinear layer(BaseBranch branch, boolean scaled, boolean biased) {
        KanLinear layer =
                KanLinear.builder()
                        .setUnits(UNITS)
                        .optBase(branch)
                        .optScale(scaled)
                        .optBias(biased)
                        .build();
        Blocks.initialize64(manager, layer, new Shape(1, IN));
        Formulas.perturb(layer, new Random(3), 1);
        return layer;
    }

    @ParameterizedTest
    @CsvSource({"SILU,true,false", "SILU,false,true", "LINEAR,true,true", "NONE,false,false"})
    void followsTheFormula(BaseBranch branch, boolean scaled, boolean biased) {
        for (boolean masked : new boolean[] {false, true}) {
            KanLinear layer = layer(branch, scaled, biased);
            if (masked) {
                layer.setMask(mask);
            }
            // Clear of the ends of the grid, where the second derivative jumps.
            double[] x = new Random(6).doubles(SAMPLES * IN, -1.4, 1.4).toArray();
            Formulas.check(
                    manager,
                    layer,
                    x,
                    new Shape(SAMPLES, IN),
                    (at, p) -> {
                        double[] y = new double[SAMPLES * UNITS];
                        for (int o = 0; o < y.length; ++o) {
                            y[o] = p.containsKey("bias") ? p.get("bias")[o % UNITS] : 0;
                            for (int i = 0; i < IN; ++i) {
                                y[o] += edge(p, branch, o % UNITS, i, at[o / UNITS * IN + i]);
                            }
                        }
                        return y;
                    });
        }
    }

    @Test
    void activationsAreTheEdges() {
        KanLinear layer = layer(BaseBranch.SILU, true, false);
        layer.setMask(mask);
        double[] at = new Random(7).doubles(SAMPLES * IN, -1.4, 1.4).toArray();
        NDArray x = manager.create(at, new Shape(SAMPLES, IN));
        double[] c = layer.getParameters().get("coefficients").getArray().toDoubleArray();
        Map<String, double[]> p =
                Map.of(
                        "coefficients",
                        c,
                        "scale",
                        layer.getParameters().get("scale").getArray().toDoubleArray(),
                        "base",
                        layer.getParameters().get("base").getArray().toDoubleArray(),
                        "mask",
                        new double[] {1, 0, .5, 0, 1, 2});
        try (EdgeActivations all = layer.activations(x)) {
            assertEquals(new Shape(SAMPLES, UNITS, IN), all.post().getShape());
            double[] post = all.post().toDoubleArray();
            double[] spline = all.spline().toDoubleArray();
            double[] base = all.base().toDoubleArray();
            for (int e = 0; e < post.length; ++e) {
                int i = e % IN;
                int j = e / IN % UNITS;
                double v = at[e / IN / UNITS * IN + i];
                assertEquals(edge(p, BaseBranch.SILU, j, i, v), post[e], 1e-11);
                assertEquals(spline(c, j * IN + i, v), spline[e], 1e-11);
                assertEquals(base(BaseBranch.SILU, v), base[e / IN / UNITS * IN + i], 1e-12);
                assertEquals(post[e], layer.edge(j, i, new double[] {v})[0], 1e-12);
            }
            assertArrayEquals(
                    Blocks.infer(manager, layer, x).singletonOrThrow().toDoubleArray(),
                    all.post().sum(new int[] {2}).toDoubleArray(),
                    1e-11);
        }
        try (EdgeActivations all = layer(BaseBranch.NONE, true, false).activations(x)) {
            assertNull(all.base());
        }
    }

    /** Σ post² has the gradient 2 φ ∂φ: here for the masks' edges and the scale. */
    @Test
    void activationsCarryGradients() {
        KanLinear layer = layer(BaseBranch.NONE, true, false);
        layer.setMask(mask);
        NDArray x = manager.create(new double[] {.1, -.3, .7}, new Shape(1, IN));
        double[] post;
        double[] spline;
        try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
            EdgeActivations all = layer.activations(new ParameterStore(manager, false), x, true);
            post = all.post().toDoubleArray();
            spline = all.spline().toDoubleArray();
            Gradients.backward(collector, all.post().square().sum());
        }
        NDArray scale = layer.getParameters().get("scale").getArray();
        double[] gradient = scale.getGradient().toDoubleArray();
        for (int e = 0; e < gradient.length; ++e) {
            assertEquals(2 * post[e] * mask[e / IN][e % IN] * spline[e], gradient[e], 1e-11);
        }
        assertNotNull(layer.getParameters().get("coefficients").getArray().getGradient());
    }

    @Test
    void activationsLeaveNothingBehind() {
        KanLinear layer = layer(BaseBranch.SILU, true, true);
        layer.setMask(mask);
        Leaks.assertNothingLeft(
                manager,
                20,
                scratch -> {
                    NDArray x = scratch.randomUniform(-1, 1, new Shape(4, IN), DataType.FLOAT64);
                    layer.activations(x).close();
                    layer.edge(1, 1, new double[] {.3, .4});
                });
    }

    @Test
    void masksAreSaved() {
        KanLinear trained = layer(BaseBranch.SILU, true, true);
        trained.setMask(mask);
        KanLinear fresh = KanLinear.builder().setUnits(UNITS).optBias(true).build();
        NDArray x = manager.create(new Random(2).doubles(12, -1, 1).toArray(), new Shape(4, IN));
        Blocks.assertRoundTrip(manager, trained, fresh, x);
        assertArrayEquals(mask[1], fresh.getMask()[1]);
        assertEquals(BaseBranch.SILU, fresh.getBase());
    }

    @Test
    void fixedScalesStay() {
        KanLinear layer = KanLinear.builder().setUnits(1).optTrainableScales(false).build();
        Blocks.initialize64(manager, layer, new Shape(1, IN));
        for (String name : new String[] {"scale", "base", "mask"}) {
            assertFalse(layer.getParameters().get(name).requiresGradient(), name);
        }
        assertTrue(layer.getParameters().get("coefficients").requiresGradient());
        assertFalse(
                layer.refined(manager, 10).layer().getParameters().get("scale").requiresGradient());
    }

    @Test
    void badArgumentsGetOneSentence() {
        KanLinear layer = layer(BaseBranch.SILU, true, false);
        BasesTest.refused("mask must have 2 rows of 3", () -> layer.setMask(new double[2][2]));
        BasesTest.refused("mask must have 2 rows of 3", () -> layer.setMask(new double[3][3]));
        BasesTest.refused(
                "mask must have finite",
                () -> layer.setMask(new double[][] {{1, Double.NaN, 1}, {1, 1, 1}}));
        BasesTest.refused("The layer has 2 units", () -> layer.edge(2, 0, new double[] {1}));
        BasesTest.refused("The layer has 2 units", () -> layer.edge(0, 3, new double[] {1}));
        BasesTest.refused("x must have", () -> layer.edge(0, 0, new double[] {Double.NaN}));
    }
}
