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
import java.util.ArrayList;
import java.util.List;
import org.binaryops.gradient.DifferentiableFunction;
import org.binaryops.quantizer.Annealed;
import org.binaryops.quantizer.ApproxSign;
import org.binaryops.quantizer.ErrorDecayEstimator;
import org.binaryops.quantizer.FourierSign;
import org.binaryops.quantizer.ReSte;
import org.binaryops.quantizer.StraightThroughSign;
import org.binaryops.quantizer.SwishSign;
import org.binaryops.training.Indicators;

/**
 * The two indicators of ReSTE (ICCV 2023) for every estimator of the sign, on draws of N(0, 1): the
 * estimating error and the instability of the gradient.
 */
final class IndicatorTable {

    /**
     * A row.
     *
     * @param name the estimator with its setting
     * @param error estimates e: its smooth function is not cut off
     * @param gradient gives s: its derivative is that of the backward pass
     * @param referenceError e / √n as measured by independent code, NaN if it was not
     * @param referenceInstability Var |g| likewise
     */
    record Row(
            String name,
            DifferentiableFunction error,
            DifferentiableFunction gradient,
            double referenceError,
            double referenceInstability) {}

    private IndicatorTable() {}

    static List<Row> rows() {
        List<Row> rows = new ArrayList<>();
        rows.add(
                new Row(
                        "STE, identity with window 1.5",
                        StraightThroughSign.identity(),
                        new StraightThroughSign(1.5),
                        .636,
                        .116));
        rows.add(row("STE, hard tanh", new StraightThroughSign(), .504, .216));
        rows.add(row("ApproxSign", new ApproxSign(), .396, .471));
        double[][] reste = {
            {1.5, .476, .264},
            {2, .392, .594},
            {3, .296, 1.378},
            {5, .201, 2.700},
            {10, .112, 4.460},
        };
        for (double[] o : reste) {
            ReSte estimator = atEnd(new ReSte(o[0], 1.5, 0.1));
            rows.add(row("ReSTE o = " + number(o[0], 1), estimator, o[1], o[2]));
        }
        double[][] ede = {{.1, .629, .0002}, {1, .532, .098}, {3, .319, .986}, {10, .176, 4.707}};
        for (double[] t : ede) {
            ErrorDecayEstimator estimator = new ErrorDecayEstimator(t[0], t[0]);
            rows.add(row("EDE t = " + number(t[0], 1), estimator, t[1], t[2]));
        }
        // n = 9 + floor(9 · progress)
        double[][] fda = {{9, .466, .268}, {13, .402, .487}, {18, .350, .860}};
        for (double[] n : fda) {
            FourierSign estimator = new FourierSign();
            estimator.setProgress((n[0] - 9) / 9);
            rows.add(row("FDA n = " + number(n[0], 0), estimator, n[1], n[2]));
        }
        rows.add(row("SwishSign β = 5", new SwishSign(), Double.NaN, Double.NaN));
        return rows;
    }

    private static Row row(
            String name, DifferentiableFunction estimator, double error, double instability) {
        return new Row(name, estimator, estimator, error, instability);
    }

    private static <E extends Annealed> E atEnd(E estimator) {
        estimator.setProgress(1);
        return estimator;
    }

    static String markdown(NDManager manager, int draws) {
        MarkdownTable table =
                new MarkdownTable("estimator", "e / √n", "reference", "Var abs(g)", "reference");
        try (NDManager scope = manager.newSubManager()) {
            NDArray sample = scope.randomNormal(0, 1, new Shape(draws), DataType.FLOAT32);
            for (Row row : rows()) {
                table.row(
                        row.name(),
                        number(Indicators.of(row.error(), sample).rootMeanSquareError(), 4),
                        number(row.referenceError(), 3),
                        number(Indicators.of(row.gradient(), sample).instability(), 4),
                        number(
                                row.referenceInstability(),
                                row.referenceInstability() < 1e-3 ? 4 : 3));
            }
        }
        return String.format(
                        "## ReSTE's indicators on %,d draws of N(0, 1)%n%ne = ‖sign(z) − f(z)‖₂,"
                            + " with the smooth function f whose derivative estimates; g is the"
                            + " factor of the backward pass for an upstream gradient of 1. A static"
                            + " stand-in: the paper measures parameters and their gradients in"
                            + " training. The references are a measurement of the same quantities"
                            + " by independent code, with other draws.%n%n",
                        draws)
                + table;
    }
}
