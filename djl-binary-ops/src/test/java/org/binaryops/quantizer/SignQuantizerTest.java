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
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import java.util.Random;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.DoubleStream;
import org.binaryops.testing.Blocks;
import org.binaryops.testing.Gradients;
import org.junit.jupiter.api.Test;

/** The sign estimators against the formulas of their papers, written out in plain Java. */
class SignQuantizerTest {

    private static final double[] EDGES = {
        -3,
        -1.6,
        -1.5,
        -1.4,
        -1,
        -0.75,
        -0.25,
        -0.1,
        -0.05,
        -0.0,
        0.0,
        0.05,
        0.1,
        0.25,
        0.75,
        1,
        1.4,
        1.5,
        1.6,
        3,
        Math.nextUp(1.0),
        Math.nextDown(1.0),
        Math.nextUp(1.5),
        Math.nextUp(0.1),
        Double.MIN_VALUE,
        -Double.MIN_VALUE,
        1e300,
        -1e300
    };

    /** Checks forward and backward at every edge and at random points, with random upstream. */
    private static void assertFollows(
            Quantizer quantizer, DoubleUnaryOperator value, DoubleUnaryOperator derivative) {
        Random random = new Random(7);
        double[] x =
                DoubleStream.concat(Arrays.stream(EDGES), random.doubles(1000, -2, 2)).toArray();
        double[] upstream = random.doubles(x.length, -2, 2).toArray();
        double[] expected = new double[x.length];
        for (int i = 0; i < x.length; ++i) {
            expected[i] = upstream[i] * derivative.applyAsDouble(x[i]);
        }
        assertArrayEquals(
                Arrays.stream(x).map(value).toArray(),
                Gradients.values(x, a -> quantizer.quantize(null, a, true)),
                1e-12);
        assertArrayEquals(
                Gradients.values(x, a -> quantizer.quantize(null, a, false)),
                Gradients.values(x, a -> quantizer.quantizeFrozen(null, a)),
                0);
        assertArrayEquals(
                expected, Gradients.at(x, upstream, a -> quantizer.quantize(null, a, true)), 1e-11);
    }

    private static double sign(double x) {
        return x >= 0 ? 1 : -1;
    }

    @Test
    void straightThroughPassesInsideTheWindowAndAtItsEnds() {
        assertFollows(
                new StraightThroughSign(), SignQuantizerTest::sign, x -> Math.abs(x) <= 1 ? 1 : 0);
        assertFollows(
                new StraightThroughSign(1.5),
                SignQuantizerTest::sign,
                x -> Math.abs(x) <= 1.5 ? 1 : 0);
        assertFollows(StraightThroughSign.identity(), SignQuantizerTest::sign, x -> 1);
    }

    @Test
    void approxSignIsTheDerivativeOfTheParabola() {
        assertFollows(
                new ApproxSign(), SignQuantizerTest::sign, x -> Math.max(2 - 2 * Math.abs(x), 0));
    }

    @Test
    void reSteFollowsItsThreeBranches() {
        for (double progress : new double[] {0, 0.3, 0.5, 1}) {
            ReSte quantizer = new ReSte();
            quantizer.setProgress(progress);
            double o = 1 + (1 - Math.cos(Math.PI / 2 * progress)) * 2;
            assertFollows(
                    quantizer,
                    SignQuantizerTest::sign,
                    x -> {
                        double a = Math.abs(x);
                        if (a > 1.5) {
                            return 0;
                        }
                        return a > 0.1 ? Math.pow(a, (1 - o) / o) / o : Math.pow(0.1, 1 / o) / 0.1;
                    });
        }
    }

    @Test
    void reSteMatchesThePublishedNumbers() {
        double[] z = {-2, -1.5, -1, -.5, -.1, -.05, 0, .05, .2, .75, 1.4, 1.6};
        double[][] published = {
            {0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0},
            {
                0, .408248, .5, .707107, 3.162278, 3.162278, 3.162278, 3.162278, 1.118034, .57735,
                .422577, 0
            },
            {
                0, .254381, .333333, .529134, 4.641589, 4.641589, 4.641589, 4.641589, .974673,
                .403805, .266355, 0
            }
        };
        for (int o = 1; o <= 3; ++o) {
            ReSte quantizer = new ReSte(o, 1.5, 0.1);
            quantizer.setProgress(1);
            double[] ones = new double[z.length];
            Arrays.fill(ones, 1);
            assertArrayEquals(
                    published[o - 1],
                    Gradients.at(z, ones, a -> quantizer.quantize(null, a, true)),
                    1e-6);
        }
    }

    @Test
    void reSteScheduleMatchesThePublishedNumbers() {
        double[] powers = {
            1, 1.02462, 1.09789, 1.21799, 1.38197, 1.58579, 1.82443, 2.09202, 2.38197, 2.68713, 3
        };
        ReSte quantizer = new ReSte();
        for (int epoch = 0; epoch <= 10; ++epoch) {
            quantizer.setProgress(epoch / 10.0);
            assertEquals(powers[epoch], quantizer.power(), 5e-6);
        }
    }

    @Test
    void biPerFollowsBothStages() {
        double[] w = {-.3, -.05, 0, .02, .1, .2};
        double[] gradient = {19.203406, 10.806046, 20, 18.42122, -8.322937, -13.072872};
        double[] ones = {1, 1, 1, 1, 1, 1};
        BiPer quantizer = new BiPer();
        assertEquals(BiPer.Stage.PERIODIC, quantizer.getStage());
        assertArrayEquals(
                new double[] {0.279415, -0.841471, 0, 0.389418, 0.909297, -0.756802},
                Gradients.values(w, a -> quantizer.quantize(null, a, true)),
                1e-6);
        assertArrayEquals(
                gradient, Gradients.at(w, ones, a -> quantizer.quantize(null, a, true)), 1e-6);
        quantizer.setStage(BiPer.Stage.BINARY);
        // The published code has sign(0) = 0 in the third place.
        assertArrayEquals(
                new double[] {1, -1, 1, 1, 1, -1},
                Gradients.values(w, a -> quantizer.quantize(null, a, true)),
                0);
        assertArrayEquals(
                gradient, Gradients.at(w, ones, a -> quantizer.quantize(null, a, true)), 1e-6);
    }

    @Test
    void biPerGradientChangesItsSignAtAQuarterPeriod() {
        // ωw = ±π/2 is where the square wave is farthest from a jump and its harmonic turns.
        BiPer quantizer = new BiPer(5, 0);
        double turn = Math.PI / 2 / 5;
        double[] w = {-turn - 1e-3, -turn + 1e-3, turn - 1e-3, turn + 1e-3};
        double[] gradient =
                Gradients.at(w, new double[] {1, 1, 1, 1}, a -> quantizer.quantize(null, a, true));
        for (int i = 0; i < 4; ++i) {
            assertEquals(5 * Math.cos(5 * w[i]), gradient[i], 1e-12);
        }
        assertTrue(gradient[0] < 0 && gradient[1] > 0 && gradient[2] > 0 && gradient[3] < 0);
    }

    @Test
    void valuesArePlusOrMinusOneInFloat32() {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray x =
                    manager.create(
                            new float[] {
                                -0f, 0f, Float.MIN_VALUE, -Float.MIN_VALUE, 3e38f, -3e38f, 0.3f
                            });
            for (Quantizer quantizer :
                    new Quantizer[] {new StraightThroughSign(), new ApproxSign(), new ReSte()}) {
                assertTrue(quantizer.isBinary());
                assertArrayEquals(
                        new float[] {1, 1, 1, -1, 1, -1, 1},
                        quantizer.quantize(null, x, false).toFloatArray());
            }
        }
    }

    @Test
    void stateIsSavedWithTheBlock() {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray x = manager.randomNormal(new Shape(5, 7));
            BiPer trained = new BiPer();
            trained.initialize(manager, x.getDataType(), x.getShape());
            trained.setStage(BiPer.Stage.BINARY);
            Blocks.assertRoundTrip(manager, trained, new BiPer(), x);

            ReSte reSte = new ReSte();
            reSte.initialize(manager, x.getDataType(), x.getShape());
            reSte.setProgress(0.7);
            ReSte fresh = new ReSte();
            Blocks.assertRoundTrip(manager, reSte, fresh, x);
            assertEquals(reSte.power(), fresh.power(), 0);
        }
    }

    @Test
    void parametersOutOfRangeAreNamed() {
        assertMessage("window must be positive, but was 0.0.", () -> new StraightThroughSign(0));
        assertMessage(
                "window must be positive, but was NaN.", () -> new StraightThroughSign(Double.NaN));
        assertMessage(
                "endPower must be a finite number of at least 1, but was 0.5.",
                () -> new ReSte(0.5, 1.5, 0.1));
        assertMessage("threshold must be positive, but was -1.0.", () -> new ReSte(3, -1, 0.1));
        assertMessage(
                "interval must be in (0, threshold = 1.5], but was 2.0.",
                () -> new ReSte(3, 1.5, 2));
        assertMessage(
                "frequency must be positive and finite, but was -20.0.", () -> new BiPer(-20, 0.5));
        assertMessage("stageTwoFrom must be in [0, 1], but was 1.5.", () -> new BiPer(20, 1.5));
        assertMessage(
                "progress must be in [0, 1], but was 1.1.", () -> new ReSte().setProgress(1.1));
    }

    private static void assertMessage(
            String message, org.junit.jupiter.api.function.Executable action) {
        assertEquals(message, assertThrows(IllegalArgumentException.class, action).getMessage());
    }
}
