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
package org.binaryops.kan.symbolic;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.function.DoubleUnaryOperator;
import org.binaryops.testing.Gradients;
import org.junit.jupiter.api.Test;

class AffineFitTest {

    private static final int N = 100;

    private static double[] line() {
        double[] x = new double[N];
        for (int i = 0; i < N; ++i) {
            x[i] = -1 + 2. * i / (N - 1);
        }
        return x;
    }

    private static double[] of(DoubleUnaryOperator f) {
        double[] y = line();
        for (int i = 0; i < N; ++i) {
            y[i] = f.applyAsDouble(y[i]);
        }
        return y;
    }

    /** pykan's own example: 5 sin(3x + 2) + 0.7. */
    @Test
    void aStretchedSineIsFound() {
        SymbolicFunction sine = SymbolicLibrary.standard().get("sin");
        double[] y = of(x -> 5 * Math.sin(3 * x + 2) + .7);
        AffineFit fit = AffineFit.fit(sine, line(), y);
        assertTrue(fit.r2() > 1 - 1e-6, "r2 " + fit.r2());
        for (int i = 0; i < N; ++i) {
            double value = fit.c() * Math.sin(fit.a() * line()[i] + fit.b()) + fit.d();
            assertEquals(y[i], value, 5e-3);
        }
    }

    @Test
    void aDomainIsRespected() {
        SymbolicFunction root = SymbolicLibrary.standard().get("sqrt");
        AffineFit fit = AffineFit.fit(root, line(), of(x -> 2 * Math.sqrt(x + 1.2) - 1));
        assertTrue(fit.r2() > 1 - 1e-6, "r2 " + fit.r2());
        for (double x : line()) {
            assertTrue(fit.a() * x + fit.b() >= 0);
        }
    }

    @Test
    void theRankingIsPykansScore() {
        SymbolicLibrary library = SymbolicLibrary.standard().only("x", "x^2", "exp", "sin", "0");
        List<Suggestion> ranked = Suggestion.rank(library, line(), of(x -> 3 * x * x - 1), .8);
        assertEquals("x^2", ranked.get(0).function().name());
        for (Suggestion suggestion : ranked) {
            double r2 = suggestion.fit().r2();
            assertEquals(
                    .8 * suggestion.function().complexity()
                            + .2 * Math.log(1 + 1e-5 - r2) / Math.log(2),
                    suggestion.score(),
                    1e-12);
        }
        // A straight line is x, though a sine of a small argument fits as well.
        assertEquals(
                "x", Suggestion.rank(library, line(), of(x -> 2 - x), .8).get(0).function().name());
    }

    @Test
    void constantsAndSingleSamplesGiveNoNan() {
        for (SymbolicFunction f : SymbolicLibrary.standard().functions()) {
            AffineFit constant = AffineFit.fit(f, line(), of(x -> 2));
            assertEquals(0, constant.r2(), 1e-9, f.name());
            assertTrue(Double.isFinite(constant.c() + constant.d()), f.name());
        }
        AffineFit one =
                AffineFit.fit(
                        SymbolicLibrary.standard().get("exp"), new double[] {1}, new double[] {3});
        assertEquals(3, one.d());
        assertEquals(
                "A fit needs finite samples, but sample 1 is (0.0, NaN).",
                assertThrows(
                                IllegalArgumentException.class,
                                () ->
                                        AffineFit.fit(
                                                SymbolicLibrary.standard().get("exp"),
                                                new double[] {1, 0},
                                                new double[] {3, Double.NaN}))
                        .getMessage());
    }

    /** Values and slopes on arrays against the function on numbers. */
    @Test
    void arraysFollowTheNumbersWithTheirGradients() {
        double[] x = {.15, .4, .8};
        double[] ones = {1, 1, 1};
        for (SymbolicFunction f : SymbolicLibrary.standard().functions()) {
            double[] expected = new double[3];
            double[] slopes = new double[3];
            for (int i = 0; i < 3; ++i) {
                expected[i] = f.at(x[i]);
                slopes[i] = (f.at(x[i] + 1e-6) - f.at(x[i] - 1e-6)) / 2e-6;
            }
            double[] values = Gradients.values(x, f.onArrays());
            for (int i = 0; i < 3; ++i) {
                double tolerance = 1e-12 * Math.max(1, Math.abs(expected[i]));
                assertEquals(expected[i], values[i], tolerance, f.name());
            }
            if (!f.name().equals("0")) {
                double[] gradient = Gradients.at(x, ones, f.onArrays());
                for (int i = 0; i < 3; ++i) {
                    double tolerance = 1e-6 * Math.max(1, Math.abs(slopes[i]));
                    assertEquals(slopes[i], gradient[i], tolerance, f.name());
                }
            }
        }
    }
}
