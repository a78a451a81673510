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
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
import java.util.Arrays;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import org.binaryops.testing.Gradients;
import org.binaryops.testing.Leaks;
import org.junit.jupiter.api.Test;

/**
 * BiPer's regulariser and quantization error; its forward and backward are in SignQuantizerTest.
 */
class BiPerTest {

    private static final double[] GOLDEN = {-.3, -.05, 0, .02, .1, .2};

    /** Columns: u, E|sin|, E sin², QE_abs, QE_sq(1), γ*, QE_sq(γ*). */
    private static final double[][] PUBLISHED = {
        {0.10, 0.09901, 0.01923, 0.90099, 0.82121, 5.1485, 0.49025},
        {0.25, 0.23530, 0.10000, 0.76470, 0.62941, 2.3530, 0.44636},
        {0.50, 0.40150, 0.25000, 0.59850, 0.44701, 1.6060, 0.35520},
        {1.00, 0.54517, 0.40000, 0.45483, 0.30967, 1.3629, 0.25699},
        {2.00, 0.60995, 0.47059, 0.39005, 0.25069, 1.2961, 0.20942},
        {4.00, 0.62966, 0.49231, 0.37034, 0.23299, 1.2790, 0.19467},
        {8.00, 0.63486, 0.49805, 0.36514, 0.22833, 1.2747, 0.19076}
    };

    private static double penalty(double[] w, double frequency, double tau) {
        double sum = 0;
        for (double v : w) {
            sum += 0.5 - 0.5 * Math.cos(2 * frequency * v);
        }
        return tau * sum / w.length;
    }

    @Test
    void goldenNumbersOfTheRegularizer() {
        // The squares of the published stage-1 values, and their derivative by the published
        // gradient: 2 sin · (ω cos).
        double[] sine = {0.279415, -0.841471, 0, 0.389418, 0.909297, -0.756802};
        double[] slope = {19.203406, 10.806046, 20, 18.42122, -8.322937, -13.072872};
        double expected = Arrays.stream(sine).map(s -> s * s).sum() / 6;
        double[] gradient = new double[6];
        for (int i = 0; i < 6; ++i) {
            gradient[i] = 2 * sine[i] * slope[i] / 6;
        }
        assertEquals(
                expected,
                Gradients.values(GOLDEN, w -> new BiPer().sineRegularizer(w, 1))[0],
                1e-6);
        assertArrayEquals(
                gradient,
                Gradients.at(
                        GOLDEN,
                        new double[] {1},
                        w -> new BiPer().sineRegularizer(w, 1).reshape(1)),
                1e-5);
    }

    @Property(tries = 30)
    void theRegularizerFollowsItsFormula(
            @ForAll @DoubleRange(min = 0.1, max = 60) double frequency,
            @ForAll @DoubleRange(min = 0, max = 2) double tau,
            @ForAll long seed) {
        double[] w = new Random(seed).doubles(37, -1.5, 1.5).toArray();
        w[0] = 0;
        w[1] = Math.PI / 2 / frequency;
        w[2] = -Math.PI / frequency;
        double[] gradient = new double[w.length];
        for (int i = 0; i < w.length; ++i) {
            gradient[i] = tau * frequency * Math.sin(2 * frequency * w[i]) / w.length;
        }
        assertEquals(
                penalty(w, frequency, tau),
                Gradients.values(w, a -> BiPer.sineRegularizer(a, frequency, tau))[0],
                1e-12);
        assertArrayEquals(
                gradient,
                Gradients.at(
                        w,
                        new double[] {1},
                        a -> BiPer.sineRegularizer(a, frequency, tau).reshape(1)),
                1e-11);
    }

    @Test
    void withAPlusItPullsTheSineToZero() {
        double[] w = {.02, -.03, .05};
        double[] gradient =
                Gradients.at(
                        w, new double[] {1}, a -> new BiPer().sineRegularizer(a, 1).reshape(1));
        for (int i = 0; i < w.length; ++i) {
            // A step against the gradient.
            double next = w[i] - 1e-3 * gradient[i];
            assertTrue(Math.abs(Math.sin(20 * next)) < Math.abs(Math.sin(20 * w[i])));
        }
    }

    @Test
    void theRegularizerIsAFloat32ScalarThatSurvivesAGarbageCollection() {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray w = manager.create(new float[] {-.3f, -.05f, .02f, .1f}, new Shape(2, 2));
            w.setRequiresGradient(true);
            try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
                NDArray penalty = new BiPer().sineRegularizer(w, 0.5);
                assertEquals(DataType.FLOAT32, penalty.getDataType());
                assertEquals(new Shape(), penalty.getShape());
                Gradients.backward(collector, penalty, true);
            }
            float[] gradient = w.getGradient().toFloatArray();
            double[] at = {-.3, -.05, .02, .1};
            for (int i = 0; i < 4; ++i) {
                assertEquals(0.5 * 20 * Math.sin(40 * at[i]) / 4, gradient[i], 1e-5);
            }
            Leaks.assertNothingLeft(
                    manager, 50, step -> new BiPer().sineRegularizer(w, 0.5).close());
        }
    }

    /**
     * The columns of {@link #PUBLISHED} from draws of Laplace(0, u / ω), by BiPer's own forward.
     */
    private static double[] errors(double u, double frequency, int draws) {
        Random random = new Random(17);
        double[] w = new double[draws];
        for (int i = 0; i < draws; ++i) {
            // One draw from each of as many intervals of equal probability.
            double p = (i + random.nextDouble()) / draws - 0.5;
            w[i] = -u / frequency * Math.signum(p) * Math.log(1 - 2 * Math.abs(p));
        }
        BiPer quantizer = new BiPer(frequency, 1);
        double[] sine = Gradients.values(w, a -> quantizer.quantize(null, a, true));
        quantizer.setStage(BiPer.Stage.BINARY);
        double[] sign = Gradients.values(w, a -> quantizer.quantize(null, a, true));
        double abs = 0;
        double square = 0;
        double errorAbs = 0;
        double errorSquare = 0;
        for (int i = 0; i < draws; ++i) {
            abs += Math.abs(sine[i]) / draws;
            square += sine[i] * sine[i] / draws;
            errorAbs += Math.abs(sign[i] - sine[i]) / draws;
            errorSquare += Math.pow(sign[i] - sine[i], 2) / draws;
        }
        double gamma = abs / square;
        double best = 0;
        for (int i = 0; i < draws; ++i) {
            best += Math.pow(sign[i] - gamma * sine[i], 2) / draws;
        }
        return new double[] {u, abs, square, errorAbs, errorSquare, gamma, best};
    }

    @Test
    void theErrorTableIsReproducedByTheForward() {
        for (double[] row : PUBLISHED) {
            double[] actual = errors(row[0], 20, 200_000);
            for (int c = 1; c < row.length; ++c) {
                assertEquals(
                        row[c], actual[c], 2e-4 * Math.max(1, row[c]), "u " + row[0] + ", " + c);
            }
            double u = row[0];
            double closed = u / (1 + u * u) / Math.tanh(Math.PI / (2 * u));
            assertEquals(1 - closed, actual[3], 2e-4, "the closed form");
        }
    }

    @Property(tries = 30)
    void theErrorFallsWithTheFrequency(
            @ForAll @DoubleRange(min = 0.05, max = 3) double u,
            @ForAll @DoubleRange(min = 1.1, max = 2) double ratio,
            @ForAll @DoubleRange(min = 1, max = 50) double frequency) {
        double[] low = errors(u, frequency, 20_000);
        double[] high = errors(u * ratio, frequency, 20_000);
        for (int c : new int[] {3, 4, 6}) {
            assertTrue(high[c] < low[c], "column " + c + " from " + low[c] + " to " + high[c]);
        }
        assertTrue(low[3] > 1 - 2 / Math.PI && low[6] > 1 - 8 / (Math.PI * Math.PI));
    }

    @Test
    void gradientsFollowThroughLayersInBothStages() {
        for (BiPer.Stage stage : BiPer.Stage.values()) {
            LayerFormulas.Rule rule =
                    new LayerFormulas.Elementwise(
                            w ->
                                    stage == BiPer.Stage.BINARY
                                            ? Formulas.sign(Math.sin(20 * w))
                                            : Math.sin(20 * w),
                            w -> 20 * Math.cos(20 * w));
            BiPer linear = new BiPer();
            linear.setStage(stage);
            LayerFormulas.assertThroughLinear(
                    new ApproxSign(), linear, l -> {}, l -> LayerFormulas.APPROX_SIGN, l -> rule);
            BiPer convolution = new BiPer();
            convolution.setStage(stage);
            LayerFormulas.assertThroughConvolution(
                    new ApproxSign(),
                    convolution,
                    l -> {},
                    l -> LayerFormulas.APPROX_SIGN,
                    l -> rule);
        }
        assertEquals(30, new BiPer(30, 0).getFrequency());
    }
}
