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
package org.binaryops.results.lcm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.binaryops.results.Results;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The command line, on tiny sizes. */
class LcmCommandTest {

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
    void everyTaskRuns() {
        String depth = run(0, "lcm", "depth");
        assertTrue(depth.contains("| 1024 | 10 | "), depth);
        String graphs =
                run(
                        0,
                        "lcm",
                        "graphs",
                        "--train",
                        "32",
                        "--test",
                        "8",
                        "--epochs",
                        "1",
                        "--seeds",
                        "1",
                        "--width",
                        "8",
                        "--aggregators",
                        "lcm,pna");
        assertTrue(graphs.contains("| pna | 40–50 |"), graphs);
        assertTrue(!graphs.contains("NaN"), graphs);
        String speed =
                run(
                        0,
                        "lcm",
                        "speed",
                        "--shapes",
                        "0,7",
                        "--rounds",
                        "1",
                        "--repeats",
                        "1",
                        "--warm-up",
                        "0");
        assertTrue(speed.contains("| 256 × power law, 64 | step | "), speed);
    }

    @Test
    void depthWritesATableAndAPlot(@TempDir Path folder) throws IOException {
        String table = run(0, "lcm", "depth", "--largest", "32", "--out", folder.toString());
        assertTrue(table.contains("| 32 | 5 | 6 | 31 | 48, 31 |"), table);
        assertTrue(table.startsWith(Files.readString(folder.resolve("depth.md"))), table);
        assertTrue(Files.size(folder.resolve("calls.png")) > 0);
    }

    @Test
    void aWrongNameGetsOneSentence() {
        String message = run(2, "lcm", "second-minimum", "--aggregators", "median");
        assertTrue(message.contains("The aggregator must be one of lcm, "), message);
        assertTrue(
                run(2, "lcm", "speed", "--shapes", "8")
                        .contains("A shape must be between 0 and 7, but is 8."));
    }
}
