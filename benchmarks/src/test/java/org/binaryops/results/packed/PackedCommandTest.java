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
package org.binaryops.results.packed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import org.binaryops.results.Results;
import org.junit.jupiter.api.Test;

/** The command trains, compares and tells; the regularizer saves products of a trained network. */
class PackedCommandTest {

    @Test
    void theRegularizerSavesProductsOfATrainedNetwork() {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int status =
                Results.run(
                        new PrintWriter(out, true),
                        new PrintWriter(err, true),
                        "packed",
                        "reuse",
                        "--images",
                        "2000",
                        "--epochs",
                        "4",
                        "--units",
                        "64",
                        "--lambdas",
                        "0,1e-4");
        assertEquals(0, status, err.toString());
        System.out.print(out);
        List<String> rows = out.toString().lines().skip(3).toList();
        // Two hidden layers and the outputs, each without and with the regularizer.
        assertEquals(6, rows.size(), out.toString());
        // The large first layer is where the penalty is.
        assertTrue(products(rows.get(3)) < 0.5 * products(rows.get(0)), out.toString());
        assertTrue(accuracy(rows.get(3)) > accuracy(rows.get(0)) - 5, out.toString());
    }

    private static double products(String row) {
        return Double.parseDouble(row.split(" *\\| *")[4].split(" ")[0]);
    }

    private static double accuracy(String row) {
        return Double.parseDouble(row.split(" *\\| *")[2].replace("%", ""));
    }

    @Test
    void wrongArgumentsAreOneSentence() {
        StringWriter err = new StringWriter();
        int status =
                Results.run(
                        new PrintWriter(new StringWriter(), true),
                        new PrintWriter(err, true),
                        "packed",
                        "reuse",
                        "--data",
                        "nowhere");
        assertEquals(2, status);
        assertEquals("--data: there is no folder nowhere.", err.toString().strip());
    }
}
