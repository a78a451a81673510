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
package org.binaryops.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import java.util.Random;
import java.util.function.DoubleUnaryOperator;
import org.binaryops.gradient.DifferentiableFunction;
import org.binaryops.quantizer.ApproxSign;
import org.binaryops.quantizer.BiPer;
import org.binaryops.quantizer.ErrorDecayEstimator;
import org.binaryops.quantizer.FourierSign;
import org.binaryops.quantizer.ReSte;
import org.binaryops.quantizer.SignQuantizer;
import org.binaryops.quantizer.StraightThroughSign;
import org.binaryops.quantizer.SwishSign;
import org.binaryops.testing.Leaks;
import org.junit.jupiter.api.Test;

/** The smooth functions of the estimators and the indicators of ReSTE that follow from them. */
class IndicatorsTest {

    /** A published estimator that has no formula in this package. */
    private static final class Unknown extends SignQuantizer {

        Unknown() {
            super((byte) 1);
        }

        @Override
        public NDArray derivative(NDArray x) {
            return x.square().muli(3);
        }
    }

    private static ReSte reSte(double power) {
        ReSte quantizer = new ReSte(power, 1.5, 0.1);
        quantizer.setProgress(1);
        return quantizer;
    }

    private static FourierSign fourier(int lastTerm) {
        FourierSign quantizer = new FourierSign();
        quantizer.setProgress((lastTerm - 9) / 9.0);
        assertEquals(lastTerm, quantizer.lastTerm());
        return quantizer;
    }

    private static double[] smooth(DifferentiableFunction estimator, double[] x) {
        try (NDManager manager = NDManager.newBaseManager()) {
            return SmoothedSign.of(estimator).value(manager.create(x)).toDoubleArray();
        }
    }

    private static double[] derivative(DifferentiableFunction estimator, double[] x) {
        try (NDManager manager = NDManager.newBaseManager()) {
            return estimator.derivative(manager.create(x)).toDoubleArray();
        }
    }

    /** Checks f against its formula, and its slope against the estimator for low ≤ |x| ≤ high. */
    private static void assertSmooth(
            DifferentiableFunction estimator, DoubleUnaryOperator f, double low, double high) {
        double[] edges = {-3, -1.5, -1, -0.1, 0, 0.1, 1, 1.5, 3, Math.nextUp(1.0)};
        Random random = new Random(3);
        double[] x = Arrays.copyOf(edges, 500);
        for (int i = edges.length; i < x.length; ++i) {
            double magnitude = low + (high - low) * random.nextDouble();
            x[i] = random.nextBoolean() ? magnitude : -magnitude;
        }
        String name = estimator.getClass().getSimpleName();
        assertArrayEquals(Arrays.stream(x).map(f).toArray(), smooth(estimator, x), 1e-12, name);
        double[] inside = Arrays.copyOfRange(x, edges.length, x.length);
        double h = 1e-6;
        double[] right = smooth(estimator, Arrays.stream(inside).map(v -> v + h).toArray());
        double[] left = smooth(estimator, Arrays.stream(inside).map(v -> v - h).toArray());
        double[] slope = new double[inside.length];
        for (int i = 0; i < slope.length; ++i) {
            slope[i] = (right[i] - left[i]) / (2 * h);
        }
        assertArrayEquals(derivative(estimator, inside), slope, 2e-6, name);
    }

    @Test
    void theSmoothFunctionsAreThoseOfThePapersAndTheirSlopesAreTheEstimators() {
        assertSmooth(StraightThroughSign.identity(), x -> x, 0, 5);
        assertSmooth(new StraightThroughSign(), x -> Math.max(-1, Math.min(1, x)), 0.01, 0.99999);
        assertSmooth(
                new StraightThroughSign(1.3), x -> Math.max(-1.3, Math.min(1.3, x)), 1.30001, 4);
        assertSmooth(
                new ApproxSign(),
                x -> Math.abs(x) >= 1 ? Math.signum(x) : x < 0 ? 2 * x + x * x : 2 * x - x * x,
                0,
                2);
        for (double o : new double[] {1, 1.5, 3}) {
            assertSmooth(
                    reSte(o), x -> Math.signum(x) * Math.pow(Math.abs(x), 1 / o), 0.10001, 1.4999);
        }
        for (double t : new double[] {0.1, 1, 10}) {
            assertSmooth(
                    new ErrorDecayEstimator(t, t),
                    x -> Math.max(1 / t, 1) * Math.tanh(t * x),
                    0,
                    3);
        }
        for (int n : new int[] {9, 18}) {
            assertSmooth(fourier(n), x -> fourierSum(0.1, n, x), 1e-3, 0.99999);
        }
        FourierSign other = new FourierSign(0.3);
        assertSmooth(other, x -> fourierSum(0.3, 9, x), 1e-3, 0.99999);
        assertSmooth(
                new SwishSign(3),
                x -> {
                    double sigma = 1 / (1 + Math.exp(-3 * x));
                    return 2 * sigma * (1 + 3 * x * (1 - sigma)) - 1;
                },
                0,
                3);
        assertSmooth(new BiPer(7, 0.5), x -> Math.sin(7 * x), 0, 0.5);
    }

    private static double fourierSum(double omega, int n, double x) {
        double sum = 0;
        for (int i = 0; i <= n; ++i) {
            sum += Math.sin((2 * i + 1) * omega * x) / (2 * i + 1);
        }
        return 4 / Math.PI * sum;
    }

    @Test
    void windowsAreFoundToTheLastBit() {
        for (double w : new double[] {1, 0.1, Math.nextUp(0.1), 1.5, 1e-300, 1e300}) {
            double[] far = {2 * w, -2 * w};
            assertArrayEquals(new double[] {w, -w}, smooth(new StraightThroughSign(w), far), 0);
        }
    }

    @Test
    void anUnknownEstimatorIsIntegrated() {
        double[] x = {-2, -0.5, 0, 1, 3};
        double[] cubes = Arrays.stream(x).map(v -> v * v * v).toArray();
        assertArrayEquals(cubes, smooth(new Unknown(), x), 1e-3);
    }

    @Test
    void theSmoothFunctionFollowsTheProgress() {
        ReSte quantizer = new ReSte();
        SmoothedSign f = SmoothedSign.of(quantizer);
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray x = manager.create(new double[] {0.25});
            assertEquals(0.25, f.value(x).toDoubleArray()[0], 1e-15);
            quantizer.setProgress(1);
            assertEquals(Math.cbrt(0.25), f.value(x).toDoubleArray()[0], 1e-15);
        }
    }

    /** The numbers of the authors' definition; at 0 their sign is 0 and adds nothing. */
    @Test
    void reStesErrorsMatchThePublishedNumbers() {
        double[] z = {-2, -1.5, -1, -.5, -.1, -.05, .05, .2, .75, 1.4, 1.6};
        double[] powers = {1, 1.5, 2, 3};
        double[] published = {2.310303, 1.830261, 1.551855, 1.199841};
        try (NDManager manager = NDManager.newBaseManager()) {
            for (int i = 0; i < powers.length; ++i) {
                NDArray sample = manager.create(z);
                assertEquals(published[i], Indicators.of(reSte(powers[i]), sample).error(), 1e-6);
            }
            // Here sign(0) = +1, which is 1 away from f(0) = 0.
            NDArray zero = manager.create(new double[] {0, 1});
            assertEquals(1, Indicators.of(reSte(3), zero).error(), 1e-12);
        }
    }

    /**
     * The table of both indicators on N(0, 1). The tolerance is the rounding of the table plus four
     * standard errors of this sample (and of the table's million draws).
     */
    @Test
    void theTableOfIndicatorsIsRecomputed() {
        Engine.getInstance().setRandomSeed(11);
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray sample = manager.randomNormal(new Shape(250_000));
            assertRow(sample, reSte(1), .636, .116);
            assertRow(sample, new StraightThroughSign(), .504, .216);
            assertRow(sample, new ApproxSign(), .396, .471);
            double[][] reSte = {
                {1.5, .476, .264},
                {2, .392, .594},
                {3, .296, 1.378},
                {5, .201, 2.700},
                {10, .112, 4.460}
            };
            for (double[] row : reSte) {
                assertRow(sample, reSte(row[0]), row[1], row[2]);
            }
            double[][] ede = {
                {.1, .629, .0002}, {1, .532, .098}, {3, .319, .986}, {10, .176, 4.707}
            };
            for (double[] row : ede) {
                assertRow(sample, new ErrorDecayEstimator(row[0], row[0]), row[1], row[2]);
            }
            double[][] fda = {{9, .466, .268}, {13, .402, .487}, {18, .350, .860}};
            for (double[] row : fda) {
                assertRow(sample, fourier((int) row[0]), row[1], row[2]);
            }
        }
    }

    private static void assertRow(
            NDArray sample, DifferentiableFunction estimator, double error, double instability) {
        Indicators indicators = Indicators.of(estimator, sample);
        String name = estimator.getClass().getSimpleName();
        double e = indicators.rootMeanSquareError();
        double s = indicators.instability();
        System.out.printf(
                "%s: e/sqrt(n) %.4f (%.3f), s %.4f (%.4f)%n", name, e, error, s, instability);
        // Standard errors of the mean square (of e²) and of the variance (of |g|), estimated from
        // the sample: each draw's contribution minus the mean.
        double[] z = doubles(sample);
        double[] f = doubles(SmoothedSign.of(estimator).value(sample));
        double[] g = doubles(estimator.derivative(sample));
        double meanG = Arrays.stream(g).map(Math::abs).average().orElseThrow();
        double[] squares = new double[z.length];
        double[] spreads = new double[z.length];
        for (int i = 0; i < z.length; ++i) {
            squares[i] = Math.pow(Math.signum(z[i]) - f[i], 2);
            spreads[i] = Math.pow(Math.abs(g[i]) - meanG, 2);
        }
        double both = Math.sqrt(1.0 / z.length + 1e-6);
        double toleranceE = 5e-4 + 4 * both * deviation(squares) / (2 * e);
        double digits = instability < 0.001 ? 5e-5 : 5e-4;
        double toleranceS = digits + 4 * both * deviation(spreads);
        assertEquals(error, e, toleranceE, name);
        assertEquals(instability, s, toleranceS, name);
        // The tolerances still tell the rows apart.
        assertEquals(0, toleranceE, 0.01);
        assertEquals(0, toleranceS / (instability + 0.1), 0.06);
    }

    private static double[] doubles(NDArray array) {
        float[] floats = array.toFloatArray();
        double[] doubles = new double[floats.length];
        Arrays.setAll(doubles, i -> floats[i]);
        return doubles;
    }

    private static double deviation(double[] values) {
        double mean = Arrays.stream(values).average().orElseThrow();
        return Math.sqrt(
                Arrays.stream(values).map(v -> (v - mean) * (v - mean)).average().orElseThrow());
    }

    @Test
    void theVarianceIsUnbiasedAndNothingIsLeft() {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray z = manager.create(new double[] {0, 0.5, -0.75, 3});
            Indicators indicators = Indicators.of(new ApproxSign(), z);
            // |g| = 2, 1, 0.5, 0: mean 0.875, squares 1.265625 + 0.015625 + 0.140625 + 0.765625.
            assertEquals(2.1875 / 3, indicators.instability(), 1e-12);
            // sign − f = 1, 0.25, −0.0625, 0
            double e = Math.sqrt(1 + 0.0625 + 0.0625 * 0.0625);
            assertEquals(e, indicators.error(), 1e-12);
            assertEquals(e / 2, indicators.rootMeanSquareError(), 1e-12);
            Leaks.assertNothingLeft(manager, 20, m -> Indicators.of(new SwishSign(), z));
            assertEquals(
                    "The sample must have two elements or more, but has shape (1).",
                    assertThrows(
                                    IllegalArgumentException.class,
                                    () ->
                                            Indicators.of(
                                                    new ApproxSign(),
                                                    manager.create(new double[] {1})))
                            .getMessage());
        }
    }
}
