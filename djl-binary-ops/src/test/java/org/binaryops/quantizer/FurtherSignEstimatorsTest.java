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

import static org.binaryops.quantizer.Formulas.assertFollows;
import static org.binaryops.quantizer.Formulas.assertMessage;
import static org.binaryops.quantizer.Formulas.derivative;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.function.DoubleUnaryOperator;
import org.binaryops.testing.Blocks;
import org.junit.jupiter.api.Test;

/** SwishSign, ErrorDecayEstimator and FourierSign. */
class FurtherSignEstimatorsTest {

    private static final double[] X = {-1.5, -1, -.75, -.25, 0, .25, .75, 1, 1.5};

    @Test
    void swishSignFollowsThePaper() {
        for (double beta : new double[] {1, 5, 10}) {
            assertFollows(
                    new SwishSign(beta),
                    Formulas::sign,
                    x -> {
                        double u = beta * x;
                        // cosh overflows; the quotient is then 0.
                        return Math.abs(u) > 600
                                ? 0
                                : beta * (2 - u * Math.tanh(u / 2)) / (1 + Math.cosh(u));
                    });
        }
        assertEquals(5, derivative(new SwishSign(), 0)[0], 1e-12, "the published β");
    }

    @Test
    void swishSignIsTheDerivativeOfSignSwish() {
        DoubleUnaryOperator signSwish =
                x -> {
                    double s = 1 / (1 + Math.exp(-5 * x));
                    return 2 * s * (1 + 5 * x * (1 - s)) - 1;
                };
        double h = 1e-5;
        double[] actual = derivative(new SwishSign(), X);
        for (int i = 0; i < X.length; ++i) {
            double slope =
                    (signSwish.applyAsDouble(X[i] + h) - signSwish.applyAsDouble(X[i] - h))
                            / (2 * h);
            assertEquals(slope, actual[i], 1e-7);
        }
        assertTrue(actual[2] < 0 && actual[3] > 0, "it turns at |βx| = 2.4");
    }

    @Test
    void swishSignIsFiniteInFloat32() {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray x = manager.create(new float[] {-3e38f, 3e38f, 1e-45f, 0});
            assertArrayEquals(
                    new float[] {0, 0, 5, 5}, new SwishSign().derivative(x).toFloatArray(), 1e-6f);
        }
    }

    @Test
    void errorDecayFollowsItsSchedule() {
        for (double progress : new double[] {0, 0.25, 0.6, 0.75, 1}) {
            ErrorDecayEstimator quantizer = new ErrorDecayEstimator();
            quantizer.setProgress(progress);
            double t = Math.pow(10, Math.log10(1e-3) + progress * 4);
            double k = Math.max(1 / t, 1);
            assertEquals(t, quantizer.steepness(), 1e-12 * t);
            assertFollows(
                    quantizer,
                    Formulas::sign,
                    x -> k * t * (1 - Math.tanh(t * x) * Math.tanh(t * x)));
        }
    }

    @Test
    void errorDecayMatchesThePublishedNumbers() {
        ErrorDecayEstimator quantizer = new ErrorDecayEstimator();
        double[][] steepness = {{0, .001}, {100, .01}, {200, .1}, {300, 1}, {399, 9.772}};
        for (double[] published : steepness) {
            quantizer.setProgress(published[0] / 400);
            assertEquals(published[1], quantizer.steepness(), 4e-4 * published[1]);
        }
        quantizer.setProgress(0.75);
        assertArrayEquals(
                new double[] {
                    .180707, .419974, .596586, .940015, 1, .940015, .596586, .419974, .180707
                },
                derivative(quantizer, X),
                1e-6);
        quantizer.setProgress(1);
        assertArrayEquals(
                new double[] {0, 0, 1.2e-5, .265922, 10, .265922, 1.2e-5, 0, 0},
                derivative(quantizer, X),
                1e-6);
    }

    @Test
    void fourierFollowsTheSeries() {
        for (double progress : new double[] {0, 0.1, 0.2, 0.5, 0.99, 1}) {
            FourierSign quantizer = new FourierSign();
            quantizer.setProgress(progress);
            int n = 9 + (int) Math.floor(9 * progress);
            assertEquals(n, quantizer.lastTerm());
            assertFollows(quantizer, Formulas::sign, x -> series(0.1, n, x));
        }
        assertFollows(new FourierSign(1.5), Formulas::sign, x -> series(1.5, 9, x));
    }

    private static double series(double frequency, int n, double x) {
        if (Math.abs(x) > 1) {
            return 0;
        }
        double sum = 0;
        for (int i = 0; i <= n; ++i) {
            sum += Math.cos((2 * i + 1) * frequency * x);
        }
        return 4 * frequency / Math.PI * sum;
    }

    @Test
    void fourierMatchesThePublishedNumbers() {
        FourierSign quantizer = new FourierSign();
        assertArrayEquals(
                new double[] {
                    0, .579843, .847494, 1.220974, 1.27324, 1.220974, .847494, .579843, 0
                },
                derivative(quantizer, X),
                1e-5);
        quantizer.setProgress(1);
        assertArrayEquals(
                new double[] {
                    0, -.390171, .244248, 2.071561, 2.419155, 2.071561, .244248, -.390171, 0
                },
                derivative(quantizer, X),
                1e-5);
    }

    @Test
    void fourierGainsATermInEachNinthOfTheEpochs() {
        FourierSign quantizer = new FourierSign();
        for (int epochs = 1; epochs <= 400; ++epochs) {
            for (int epoch = 0; epoch <= epochs; ++epoch) {
                quantizer.setProgress((double) epoch / epochs);
                assertEquals(9 + 9 * epoch / epochs, quantizer.lastTerm());
            }
        }
    }

    @Test
    void fourierIsAccurateInFloat32() {
        try (NDManager manager = NDManager.newBaseManager()) {
            float[] x = {0, 1e-45f, 1e-30f, 1e-7f, 1e-3f, 0.3f, 1, 3e38f};
            float[] expected = new float[x.length];
            for (int i = 0; i < x.length; ++i) {
                expected[i] = (float) series(0.1, 9, x[i]);
            }
            assertArrayEquals(
                    expected,
                    new FourierSign().derivative(manager.create(x)).toFloatArray(),
                    2e-6f);
        }
    }

    @Test
    void progressIsSavedWithTheBlock() {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray x = manager.randomNormal(new Shape(5, 7));
            ErrorDecayEstimator errorDecay = new ErrorDecayEstimator();
            errorDecay.initialize(manager, x.getDataType(), x.getShape());
            errorDecay.setProgress(0.7);
            ErrorDecayEstimator freshErrorDecay = new ErrorDecayEstimator();
            Blocks.assertRoundTrip(manager, errorDecay, freshErrorDecay, x);
            assertEquals(errorDecay.steepness(), freshErrorDecay.steepness(), 0);

            FourierSign fourier = new FourierSign();
            fourier.initialize(manager, x.getDataType(), x.getShape());
            fourier.setProgress(0.7);
            FourierSign freshFourier = new FourierSign();
            Blocks.assertRoundTrip(manager, fourier, freshFourier, x);
            assertEquals(15, freshFourier.lastTerm());

            SwishSign swish = new SwishSign();
            swish.initialize(manager, x.getDataType(), x.getShape());
            Blocks.assertRoundTrip(manager, swish, new SwishSign(), x);
        }
    }

    @Test
    void theyTrainALayer() {
        Formulas.assertTrainsInLinear(new SwishSign(), new SwishSign());
        Formulas.assertTrainsInLinear(new ErrorDecayEstimator(), new ErrorDecayEstimator());
        Formulas.assertTrainsInLinear(new FourierSign(), new FourierSign());
    }

    @Test
    void parametersOutOfRangeAreNamed() {
        assertMessage("beta must be positive and finite, but was 0.0.", () -> new SwishSign(0));
        assertMessage(
                "start must be positive, but was -1.0.", () -> new ErrorDecayEstimator(-1, 10));
        assertMessage(
                "end must be finite and at least start = 2.0, but was 1.0.",
                () -> new ErrorDecayEstimator(2, 1));
        assertMessage("frequency must be in (0, pi/2), but was 2.0.", () -> new FourierSign(2));
        assertMessage(
                "progress must be in [0, 1], but was -0.5.",
                () -> new FourierSign().setProgress(-0.5));
    }

    @Test
    void aGarbageCollectionChangesNoGradient() {
        Formulas.assertKeepsItsGradient(SwishSign::new);
        Formulas.assertKeepsItsGradient(ErrorDecayEstimator::new);
        Formulas.assertKeepsItsGradient(FourierSign::new);
    }
}
