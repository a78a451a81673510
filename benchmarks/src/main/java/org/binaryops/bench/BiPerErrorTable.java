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
package org.binaryops.bench;

import static org.binaryops.bench.MarkdownTable.number;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.Locale;
import org.binaryops.quantizer.BiPer;

/**
 * The quantization error of BiPer (CVPR 2024) for weights with a Laplace distribution, by the draws
 * that go through {@link BiPer} and by the closed form.
 *
 * <p>With u = ωb, the frequency times the scale of the distribution:
 *
 * <ul>
 *   <li>E|sin ωw| = u / (1 + u²) · coth(π / (2u))
 *   <li>E sin² ωw = 2u² / (1 + 4u²)
 *   <li>the error with a factor γ, E(sign − γ sin)² = 1 − 2γ E|sin| + γ² E sin², is least for γ* =
 *       E|sin| / E sin²
 * </ul>
 */
final class BiPerErrorTable {

    static final double[] ARGUMENTS = {.1, .25, .5, 1, 2, 4, 8};

    private static final double FREQUENCY = 20;
    private static final int CHUNK = 500_000;

    /**
     * The moments that all errors follow from.
     *
     * @param absolute E|sin ωw|
     * @param square E sin² ωw
     * @param squaredError E(sign − sin)², for γ = 1
     * @param absoluteError E|sign − sin|
     */
    record Moments(double absolute, double square, double squaredError, double absoluteError) {

        double factor() {
            return absolute / square;
        }

        /** The squared error with the best factor. */
        double leastError() {
            return 1 - absolute * absolute / square;
        }
    }

    private BiPerErrorTable() {}

    static Moments closedForm(double u) {
        double absolute = u / (1 + u * u) / Math.tanh(Math.PI / (2 * u));
        double square = 2 * u * u / (1 + 4 * u * u);
        return new Moments(absolute, square, 1 - 2 * absolute + square, 1 - absolute);
    }

    /** Sends draws through both stages of {@link BiPer} and compares what comes out. */
    static Moments measured(NDManager manager, double u, int draws) {
        BiPer sine = new BiPer(FREQUENCY, 0);
        sine.setStage(BiPer.Stage.PERIODIC);
        BiPer sign = new BiPer(FREQUENCY, 0);
        sign.setStage(BiPer.Stage.BINARY);
        double absolute = 0;
        double square = 0;
        double squaredError = 0;
        double absoluteError = 0;
        for (int done = 0; done < draws; done += CHUNK) {
            int count = Math.min(CHUNK, draws - done);
            try (NDManager scope = manager.newSubManager()) {
                NDArray w = laplace(scope, count, u / FREQUENCY);
                NDArray s = sine.value(w);
                NDArray difference = sign.value(w).sub(s);
                absolute += sum(s.abs());
                square += sum(s.square());
                squaredError += sum(difference.square());
                absoluteError += sum(difference.abs());
            }
        }
        return new Moments(
                absolute / draws, square / draws, squaredError / draws, absoluteError / draws);
    }

    /** The difference of two exponential variables. */
    private static NDArray laplace(NDManager manager, int count, double scale) {
        NDArray a = manager.randomUniform(0, 1, new Shape(count), DataType.FLOAT64);
        NDArray b = manager.randomUniform(0, 1, new Shape(count), DataType.FLOAT64);
        // 1 − U is in (0, 1]: the logarithm is finite.
        NDArray first = a.muli(-1).addi(1).log();
        NDArray second = b.muli(-1).addi(1).log();
        return first.sub(second).muli(scale);
    }

    private static double sum(NDArray array) {
        return array.sum().getDouble();
    }

    static String markdown(NDManager manager, int draws) {
        MarkdownTable table =
                new MarkdownTable(
                        "u = ωb",
                        "E abs(sin)",
                        "closed form",
                        "E sin²",
                        "closed form",
                        "QE abs",
                        "closed form",
                        "QE sq, γ = 1",
                        "closed form",
                        "γ*",
                        "closed form",
                        "QE sq, γ*",
                        "closed form");
        double worst = 0;
        for (double u : ARGUMENTS) {
            Moments m = measured(manager, u, draws);
            Moments c = closedForm(u);
            worst = Math.max(worst, Math.abs(m.absoluteError() - c.absoluteError()));
            worst = Math.max(worst, Math.abs(m.squaredError() - c.squaredError()));
            worst = Math.max(worst, Math.abs(m.leastError() - c.leastError()));
            table.row(
                    number(u, 2),
                    number(m.absolute(), 5),
                    number(c.absolute(), 5),
                    number(m.square(), 5),
                    number(c.square(), 5),
                    number(m.absoluteError(), 5),
                    number(c.absoluteError(), 5),
                    number(m.squaredError(), 5),
                    number(c.squaredError(), 5),
                    number(m.factor(), 4),
                    number(c.factor(), 4),
                    number(m.leastError(), 5),
                    number(c.leastError(), 5));
        }
        return String.format(
                        Locale.ROOT,
                        "## BiPer's quantization error for Laplace weights, %,d draws%n%nWeights w"
                            + " with scale b = u / %.0f go through both stages of BiPer with ω ="
                            + " %.0f. QE abs = E abs(sign − sin); QE sq = E (sign − γ sin)². The"
                            + " closed form is derived, not the paper's. Largest difference of an"
                            + " error: %.5f.%n%n",
                        draws,
                        FREQUENCY,
                        FREQUENCY,
                        worst)
                + table;
    }
}
