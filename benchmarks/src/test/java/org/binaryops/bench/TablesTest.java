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

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.binaryops.training.Indicators;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TablesTest {

    @Test
    void indicatorsMeetTheirReferences() {
        Engine.getInstance().setRandomSeed(1);
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray sample = manager.randomNormal(new Shape(1_000_000));
            int compared = 0;
            for (IndicatorTable.Row row : IndicatorTable.rows()) {
                if (Double.isNaN(row.referenceError())) {
                    continue;
                }
                ++compared;
                double e = Indicators.of(row.error(), sample).rootMeanSquareError();
                double s = Indicators.of(row.gradient(), sample).instability();
                // Both are draws, and the reference is rounded.
                assertEquals(row.referenceError(), e, 2e-3, row.name());
                assertEquals(
                        row.referenceInstability(),
                        s,
                        6e-3 * Math.max(.3, row.referenceInstability()),
                        row.name());
            }
            assertEquals(15, compared);
        }
    }

    /** u, E|sin|, E sin², QE abs, QE sq (γ = 1), γ*, QE sq (γ*), computed elsewhere. */
    private static final double[][] GOLDEN = {
        {.10, .09901, .01923, .90099, .82121, 5.1485, .49025},
        {.25, .23530, .10000, .76470, .62941, 2.3530, .44636},
        {.50, .40150, .25000, .59850, .44701, 1.6060, .35520},
        {1, .54517, .40000, .45483, .30967, 1.3629, .25699},
        {2, .60995, .47059, .39005, .25069, 1.2961, .20942},
        {4, .62966, .49231, .37034, .23299, 1.2790, .19467},
        {8, .63486, .49805, .36514, .22833, 1.2747, .19076},
    };

    @Test
    void biPerErrorsMeetTheClosedForm() {
        Engine.getInstance().setRandomSeed(1);
        try (NDManager manager = NDManager.newBaseManager()) {
            for (int i = 0; i < GOLDEN.length; ++i) {
                assertEquals(GOLDEN[i][0], BiPerErrorTable.ARGUMENTS[i]);
                assertNear(GOLDEN[i], BiPerErrorTable.closedForm(GOLDEN[i][0]), 6e-6);
                // The standard error of a mean over 10⁶ draws is at most 10⁻³ / 2.
                assertNear(
                        GOLDEN[i],
                        BiPerErrorTable.measured(manager, GOLDEN[i][0], 1_000_000),
                        2e-3);
            }
        }
    }

    private static void assertNear(
            double[] golden, BiPerErrorTable.Moments moments, double tolerance) {
        assertEquals(golden[1], moments.absolute(), tolerance);
        assertEquals(golden[2], moments.square(), tolerance);
        assertEquals(golden[3], moments.absoluteError(), tolerance);
        assertEquals(golden[4], moments.squaredError(), tolerance);
        assertEquals(golden[5], moments.factor(), Math.max(6e-5, 10 * tolerance));
        assertEquals(golden[6], moments.leastError(), tolerance);
    }

    @Test
    void theCommandWritesBothTables(@TempDir Path folder) throws IOException {
        StringWriter out = new StringWriter();
        int status =
                Bench.run(
                        new PrintWriter(out),
                        new PrintWriter(System.err),
                        "tables",
                        "--normal-draws=1000",
                        "--laplace-draws=1000",
                        "--out=" + folder);
        assertEquals(0, status);
        String text = Files.readString(folder.resolve("tables.md"));
        assertEquals(text, out.toString());
        assertTrue(text.contains("| ReSTE o = 3.0 |"), text);
        assertTrue(text.contains("| 8.00 |"), text);
    }
}
