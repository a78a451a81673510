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
package org.binaryops.results.attention;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.binaryops.attention.TokenTransformer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** The commands of the attention family, with a few steps each. */
class AttentionCommandTest {

    @TempDir Path folder;

    private String run(int status, String... args) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        CommandLine line =
                new CommandLine(new AttentionCommand())
                        .setOut(new PrintWriter(out, true))
                        .setErr(new PrintWriter(err, true));
        line.setExecutionExceptionHandler(
                (e, command, parsed) -> {
                    err.append(e.getMessage());
                    return 2;
                });
        assertEquals(status, line.execute(args), err.toString());
        return out + err.toString();
    }

    @ParameterizedTest
    @CsvSource({
        "mails, 'float,bit'",
        "images, 'float,bivit'",
        "characters, 'spikegpt,tbt'",
        "automaton, 'float+codes,tbt-2-2-2'"
    })
    void everyTaskPrintsATableAndKeepsACurve(String task, String methods) throws IOException {
        Path data = Path.of("..", "data");
        String out =
                run(
                        0,
                        task,
                        "--methods=" + methods,
                        "--seeds=2",
                        "--steps=3",
                        "--batch=4",
                        "--units=8",
                        "--heads=2",
                        "--layers=1",
                        "--length=18",
                        "--texts=" + data.resolve("text"),
                        "--images=" + data.resolve("fashion-mnist"),
                        "--output=" + folder);
        List<String> table = Files.readAllLines(folder.resolve("table.md"));
        assertEquals(4, table.size(), out);
        for (int i = 0; i < 2; ++i) {
            String row = table.get(2 + i);
            String method = methods.split(",")[i];
            String number = "\\d+\\.\\d+";
            assertTrue(
                    row.matches(
                            "\\| \\Q"
                                    + method
                                    + "\\E \\| "
                                    + number
                                    + " ± "
                                    + number
                                    + " \\| "
                                    + number
                                    + " \\| "
                                    + number
                                    + " \\| \\d+ \\|"),
                    row);
            assertTrue(out.contains(row));
        }
        assertTrue(Files.size(folder.resolve("loss.png")) > 1000);
        assertTrue(Files.size(folder.resolve("score.png")) > 1000);
        assertEquals(5, Files.readAllLines(folder.resolve("scores.csv")).size());
        assertEquals("mails".equals(task), Files.exists(folder.resolve("vocabulary.txt")));
    }

    /** The same model with the same seed: from a teacher it starts where that one ended. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void studentsStartFromTheControl(boolean distill) {
        List<String> arguments =
                new ArrayList<>(
                        List.of(
                                "automaton",
                                "--methods=float,Float",
                                "--seeds=1",
                                "--steps=40",
                                "--rate=0.01",
                                "--units=16",
                                "--heads=2",
                                "--layers=1",
                                "--length=18",
                                "--output=" + folder));
        arguments.add(distill ? "--distill" : "--no-distill");
        double[] losses =
                run(0, arguments.toArray(String[]::new))
                        .lines()
                        .filter(line -> line.contains("of 40, loss"))
                        .map(line -> line.substring(line.lastIndexOf(' ')))
                        .mapToDouble(Double::parseDouble)
                        .toArray();
        assertEquals(40, losses.length);
        assertTrue(losses[19] < losses[0] - .1, "the control learns");
        assertEquals(distill ? losses[19] : losses[0], losses[20], distill ? .05 : 0);
    }

    /** The automaton is for codebooks, which start from a teacher. */
    @Test
    void theAutomatonHasDefaultsOfItsOwn() {
        String help = help("automaton");
        assertTrue(help.contains("(default: float,float+codes)"), help);
        assertTrue(help.contains("(default: 1500)"), help);
        String others = help("mails");
        assertTrue(others.contains("(default: float,tbt-2-2-2,tbt-1-1-1,bit)"), others);
    }

    private String help(String task) {
        return run(0, task, "--help").replaceAll("\\s+", " ");
    }

    @Test
    void badOptionsAreNamed() {
        assertTrue(
                run(2, "characters", "--distill", "--methods=float,spikegpt")
                        .contains("--distill is not for spikegpt"));
        assertTrue(run(2, "mails", "--steps=0").contains("must be positive, but one was 0."));
        assertTrue(
                run(2, "automaton", "--length=5", "--output=" + folder)
                        .contains("length must be at least 18, but was 5."));
        assertTrue(
                run(2, "mails", "--methods=bit,bit")
                        .contains("methods must differ, but were bit, bit."));
        assertTrue(run(0).contains("automaton"));
    }

    @Test
    void memoryIsMeasuredInProcessesOfTheirOwn() {
        assumeTrue(Files.exists(Path.of("/proc/self/clear_refs")), "needs Linux");
        String out = run(0, "memory", "--methods=float,tbt-1-1-1", "--runs=1");
        double[] peaks =
                out.lines()
                        .skip(2)
                        .mapToDouble(line -> Double.parseDouble(line.split("[|(]")[3]))
                        .toArray();
        // Inputs of layers and of nonlinearities, scores and probabilities, of 4 bytes each.
        double least = 4e-6 * 32 * 128 * (8 * 256 + 1024 + 2 * 4 * 128);
        assertTrue(peaks[0] > least && peaks[0] < 8 * least, out);
        assertTrue(peaks[1] > peaks[0], out);
        assertTrue(run(2, "memory", "--runs=0").contains("runs must be positive, but was 0."));
        assertTrue(run(2, "memory", "--methods=none").contains("but was none."));
    }

    @Test
    void theTokenizerIsKept() throws IOException {
        WordTokenizer tokenizer = WordTokenizer.of(List.of("A b, a! a b c", "b a"), 5);
        assertEquals(5, tokenizer.size());
        assertArrayEquals(new long[] {2, 1, 3, 0}, tokenizer.encode("a zebra B", 4));
        Path file = folder.resolve("words.txt");
        tokenizer.write(file);
        assertArrayEquals(
                tokenizer.encode("a b !", 3), WordTokenizer.read(file).encode("a b !", 3));
    }

    /** One layer of width 4, 2 heads, 8 hidden units, 3 positions, counted by hand. */
    @Test
    void costsAreCountedByBits() {
        try (NDManager manager = NDManager.newBaseManager()) {
            double[][] expected = {{32, 1}, {1, 1 / 64.}};
            String[] methods = {"float", "tbt-1-1-1"};
            for (int i = 0; i < 2; ++i) {
                TokenTransformer model =
                        TokenTransformer.builder()
                                .optMethod(
                                        org.binaryops.attention.AttentionMethod.named(methods[i]))
                                .setUnits(4)
                                .setHeads(2)
                                .setHidden(8)
                                .optLayers(1)
                                .setVocabulary(5)
                                .setMaxLength(3)
                                .setClasses(2)
                                .build();
                model.initialize(manager, DataType.FLOAT32, new Shape(1, 3));
                TransformerCost cost = TransformerCost.of(model, 3);
                double products = 3 * (4 * 16 + 2 * 32) + 2 * 9 * 4;
                assertEquals(products * expected[i][1] + 8, cost.operations(), 1e-9);
                double weights = 4 * 16 + 2 * 32 + 5 * 4;
                double floats = 3 * 4 + 3 * 8 + 4 * 4 + 8 + 4 + 8 + 2 + (i == 0 ? 0 : 10);
                assertEquals(weights * expected[i][0] + 32 * floats, cost.bits(), 1e-9);
            }
        }
    }
}
