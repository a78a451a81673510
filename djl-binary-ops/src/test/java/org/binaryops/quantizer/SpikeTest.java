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
import static org.binaryops.quantizer.Formulas.derivative;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.MalformedModelException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.util.Arrays;
import java.util.Random;
import java.util.function.IntUnaryOperator;
import org.binaryops.testing.Blocks;
import org.junit.jupiter.api.Test;

/** Spikes against the formulas of their surrogates. */
class SpikeTest {

    private static final double[] X = {-2, -1, -.5, 0, .5, 1, 2};

    @Test
    void arcTanFollowsThePaper() {
        for (double threshold : new double[] {1, 0, .5}) {
            for (double alpha : new double[] {2, 5}) {
                Formulas.assertFollows(
                        new ArcTanSpike(threshold, alpha),
                        v -> v >= threshold ? 1 : 0,
                        v -> {
                            double u = Math.PI / 2 * alpha * (v - threshold);
                            return alpha / 2 / (1 + u * u);
                        });
            }
        }
    }

    @Test
    void arcTanMatchesThePublishedNumbers() {
        double[] v = Arrays.stream(X).map(x -> x + 1).toArray();
        assertArrayEquals(
                new double[] {.024705, .092, .2884, 1, .2884, .092, .024705},
                derivative(new ArcTanSpike(), v),
                5e-6);
    }

    private static double density(double x, double sigma) {
        double u = (x - sigma / 2) / (Math.sqrt(2) * sigma);
        return Math.exp(-u * u) / (Math.sqrt(2 * Math.PI) * sigma);
    }

    /** The unbiased standard deviation of a channel. */
    private static double deviation(double[] v, IntUnaryOperator channel, int of) {
        double sum = 0;
        int n = 0;
        for (int i = 0; i < v.length; ++i) {
            if (channel.applyAsInt(i) == of) {
                sum += v[i];
                ++n;
            }
        }
        double squares = 0;
        for (int i = 0; i < v.length; ++i) {
            if (channel.applyAsInt(i) == of) {
                squares += (v[i] - sum / n) * (v[i] - sum / n);
            }
        }
        return n > 1 && squares > 0 ? Math.sqrt(squares / (n - 1)) : 1;
    }

    private static void assertPotentialDependent(
            PotentialDependentSpike quantizer, Shape shape, IntUnaryOperator channel) {
        Random random = new Random(29);
        double threshold = quantizer.getThreshold();
        double[] v = random.doubles(shape.size(), -1, 3).toArray();
        v[0] = threshold;
        v[v.length - 1] = Math.nextDown(threshold);
        double[] upstream = random.doubles(v.length, -2, 2).toArray();
        double[] value = new double[v.length];
        double[] gradient = new double[v.length];
        for (int i = 0; i < v.length; ++i) {
            v[i] *= i == 0 || i == v.length - 1 ? 1 : 1 + channel.applyAsInt(i);
        }
        for (int i = 0; i < v.length; ++i) {
            value[i] = v[i] >= threshold ? 1 : 0;
            double sigma = deviation(v, channel, channel.applyAsInt(i));
            gradient[i] = upstream[i] * density(v[i] - threshold, sigma);
        }
        assertArrayEquals(value, Formulas.values(quantizer, v, shape), 0);
        assertArrayEquals(gradient, Formulas.gradient(quantizer, v, shape, upstream), 1e-12);
    }

    @Test
    void potentialDependentFollowsThePaper() {
        assertPotentialDependent(new PotentialDependentSpike(), new Shape(30), i -> 0);
        assertPotentialDependent(new PotentialDependentSpike(.5), new Shape(5, 7), i -> 0);
        assertPotentialDependent(
                PotentialDependentSpike.perChannel(1, 1), new Shape(2, 3, 4, 5), i -> i / 20 % 3);
        assertPotentialDependent(
                PotentialDependentSpike.perChannel(1, 2), new Shape(4, 2, 3, 5), i -> i / 5 % 3);
        assertPotentialDependent(
                PotentialDependentSpike.perChannel(1, 0), new Shape(3, 6), i -> i / 6);
    }

    @Test
    void potentialDependentMatchesThePublishedNumbers() {
        double[][] published = {
            {1, .017528, .129518, .241971, .352065, .398942, .352065, .129518},
            {.5, 3.2e-5, .035057, .259035, .704131, .704131, .259035, .001745}
        };
        for (double[] row : published) {
            double sigma = row[0];
            for (int i = 0; i < X.length; ++i) {
                // The potential to look at, and two that give the three the wanted deviation:
                // v, v ± d have the variance 2d² / 2.
                double v = X[i] + 1;
                double[] potentials = {v, v - sigma, v + sigma};
                assertEquals(
                        row[i + 1], derivative(new PotentialDependentSpike(), potentials)[0], 1e-6);
            }
        }
    }

    @Test
    void deviationOfEqualPotentialsIsOne() {
        double expected = density(-.75, 1);
        assertArrayEquals(
                new double[] {expected, expected, expected},
                derivative(new PotentialDependentSpike(), .25, .25, .25),
                1e-12);
        assertEquals(expected, derivative(new PotentialDependentSpike(), .25)[0], 1e-12);
    }

    @Test
    void spikesAreZeroOrOneInFloat32() {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray v =
                    manager.create(
                            new float[] {
                                1, Math.nextDown(1f), Math.nextUp(1f), 0, -1e18f, 1e18f, .999f
                            });
            for (SpikeQuantizer quantizer :
                    new SpikeQuantizer[] {new ArcTanSpike(), new PotentialDependentSpike()}) {
                assertArrayEquals(
                        new float[] {1, 0, 1, 0, 0, 1, 0},
                        quantizer.quantize(null, v, false).toFloatArray());
                assertFalse(quantizer.isBinary(), "0 is not −1");
            }
        }
    }

    @Test
    void theThresholdIsSavedAndChecked() {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray v = manager.randomNormal(new Shape(4, 6));
            ArcTanSpike arcTan = new ArcTanSpike(.5, 2);
            arcTan.initialize(manager, v.getDataType(), v.getShape());
            Blocks.assertRoundTrip(manager, arcTan, new ArcTanSpike(.5, 2), v);
            PotentialDependentSpike dependent = new PotentialDependentSpike();
            dependent.initialize(manager, v.getDataType(), v.getShape());
            Blocks.assertRoundTrip(manager, dependent, new PotentialDependentSpike(), v);

            DataInputStream in = new DataInputStream(new ByteArrayInputStream(Blocks.save(arcTan)));
            MalformedModelException e =
                    assertThrows(
                            MalformedModelException.class,
                            () -> new ArcTanSpike().loadParameters(manager, in));
            assertTrue(
                    e.getMessage()
                            .contains("has the threshold 1.0, but the file has the threshold 0.5"),
                    e.getMessage());
        }
    }

    @Test
    void theyTrainALayer() {
        Formulas.assertTrainsInLinear(new ArcTanSpike(0, 2), new Identity());
        Formulas.assertTrainsInLinear(new PotentialDependentSpike(0), new Identity());
        Formulas.assertTrainsInLinear(
                PotentialDependentSpike.perChannel(0, 1), new StraightThroughSign());
    }

    @Test
    void badArgumentsAreNamed() {
        assertMessage(
                "threshold must be finite, but was NaN.", () -> new ArcTanSpike(Double.NaN, 2));
        assertMessage(
                "alpha must be positive and finite, but was 0.0.", () -> new ArcTanSpike(1, 0));
        assertMessage(
                "axis must be at least 0, but was -1.",
                () -> PotentialDependentSpike.perChannel(1, -1));
        assertMessage(
                "PotentialDependentSpike has its channels on axis 2, but got an input of shape"
                        + " (2, 2).",
                () ->
                        Formulas.gradient(
                                PotentialDependentSpike.perChannel(1, 2),
                                new double[4],
                                new Shape(2, 2),
                                new double[4]));
    }

    @Test
    void aGarbageCollectionChangesNoGradient() {
        Formulas.assertKeepsItsGradient(ArcTanSpike::new);
        Formulas.assertKeepsItsGradient(PotentialDependentSpike::new);
        Formulas.assertKeepsItsGradient(() -> PotentialDependentSpike.perChannel(1, 1));
    }
}
