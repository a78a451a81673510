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
package org.binaryops.results.kan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Locale;
import org.binaryops.results.Results;
import org.junit.jupiter.api.Test;

/** The command line, with few steps. */
class KanCommandTest {

    private static String run(int status, String... args) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        assertEquals(
                status,
                Results.run(new PrintWriter(out), new PrintWriter(err), args),
                () -> "" + err);
        return out + "" + err;
    }

    @Test
    void finerGridsFitBetter() {
        String table = run(0, "kan", "grids", "--steps", "5");
        double[] errors =
                table.lines()
                        .filter(line -> line.matches("\\| \\d+ .*"))
                        .mapToDouble(line -> Double.parseDouble(line.split("\\|")[3].trim()))
                        .toArray();
        assertEquals(5, errors.length, table);
        assertTrue(errors[0] < .05 && errors[1] < errors[0] / 3, table);
    }

    @Test
    void theMoonsAreSeparatedByAFormula() {
        String moons = run(0, "kan", "moons").toLowerCase(Locale.ROOT);
        assertTrue(moons.contains("| formula | 0.99"), moons);
    }

    @Test
    void aWrongTaskGetsOneSentence() {
        String message = run(2, "kan", "hallo");
        assertTrue(message.contains("hallo"), message);
    }
}
