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
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.engine.Engine;
import java.awt.image.BufferedImage;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The command as a user runs it: the cells train in JVMs of their own. */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class BenchTest {

    @TempDir Path folder;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int run(String... args) {
        out.getBuffer().setLength(0);
        err.getBuffer().setLength(0);
        return Bench.run(new PrintWriter(out), new PrintWriter(err), args);
    }

    private List<CellResult> stored() throws IOException {
        List<String> lines = Files.readAllLines(folder.resolve("results.csv"));
        return lines.stream()
                .skip(1)
                .map(
                        line -> {
                            try {
                                return ResultStore.parseLine(line);
                            } catch (IOException e) {
                                throw new AssertionError(e);
                            }
                        })
                .toList();
    }

    @Test
    void aSmallGridWritesItsResultsAndIsNotRunTwice() throws IOException {
        String[] args = {
            "--small", "--methods=float,ste", "--jobs=2", "--out=" + folder,
        };
        assertEquals(0, run(args), err::toString);
        assertTrue(out.toString().contains("epoch 1/1, loss"), out::toString);
        List<CellResult> results = stored();
        assertEquals(2, results.size());
        for (CellResult result : results) {
            assertEquals(500, result.trainImages());
            assertEquals(200, result.testImages());
            assertEquals(1, result.epochs().size());
            assertTrue(result.finalLoss() > 0);
        }
        String markdown = Files.readString(folder.resolve("results.md"));
        assertTrue(markdown.contains("## small-conv on fashion-mnist"), markdown);
        assertTrue(markdown.contains("\n| bnn | 1 |"), markdown);
        assertTrue(
                markdown.indexOf("| float |") < markdown.indexOf("| bnn |"),
                "rows are in the order of the methods");
        for (String plot : List.of("accuracy", "curves", "time")) {
            BufferedImage image =
                    ImageIO.read(folder.resolve(plot + "-small-conv-fashion-mnist.png").toFile());
            assertEquals(960, image.getWidth());
        }
        try (Stream<Path> files = Files.list(folder)) {
            assertTrue(files.noneMatch(file -> file.toString().endsWith(".log")));
        }

        String before = Files.readString(folder.resolve("results.csv"));
        assertEquals(0, run(args), err::toString);
        assertTrue(out.toString().contains("2 cells, 2 of them finished"), out::toString);
        assertFalse(out.toString().contains("epoch"), out::toString);
        assertEquals(before, Files.readString(folder.resolve("results.csv")));
    }

    @Test
    void aKilledRunLosesTheRunningCellOnly() throws IOException, InterruptedException {
        String[] args = {
            "--methods=bnn,reste",
            "--networks=mlp",
            "--seeds=1",
            "--jobs=1",
            "--epochs=4",
            "--train=500",
            "--test=100",
            "--out=" + folder
        };
        List<ProcessHandle> cells = killInSecondCell(args);
        for (ProcessHandle cell : cells) {
            cell.onExit().orTimeout(20, TimeUnit.SECONDS).join();
        }
        List<CellResult> left = stored();
        assertEquals(1, left.size(), "the first cell is kept");
        assertEquals("bnn", left.get(0).cell().method());

        assertEquals(0, run(args), err::toString);
        assertTrue(out.toString().contains("2 cells, 1 of them finished"), out::toString);
        assertFalse(out.toString().contains("bnn mlp fashion-mnist seed 1: epoch"));
        List<CellResult> results = stored();
        assertEquals(left.get(0), results.get(0), "the first cell is as it was");
        assertEquals("reste", results.get(1).cell().method());
        assertEquals(4, results.get(1).epochs().size());
    }

    /** Starts the bench, kills it without warning and returns the processes it leaves behind. */
    private static List<ProcessHandle> killInSecondCell(String... args) throws IOException {
        Process bench = start(args);
        try (BufferedReader in =
                new BufferedReader(
                        new InputStreamReader(bench.getInputStream(), StandardCharsets.UTF_8))) {
            StringBuilder seen = new StringBuilder();
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                seen.append(line).append('\n');
                if (line.contains("reste") && line.contains("epoch 1/")) {
                    List<ProcessHandle> cells = bench.descendants().toList();
                    assertEquals(1, cells.size());
                    bench.destroyForcibly();
                    return cells;
                }
            }
            throw new AssertionError("the bench ended before it could be killed:\n" + seen);
        } finally {
            bench.destroyForcibly();
        }
    }

    private static Process start(String... args) throws IOException {
        ProcessBuilder builder =
                new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Ddata=" + System.getProperty("data"),
                        Bench.class.getName());
        builder.command().addAll(List.of(args));
        builder.environment().put("CLASSPATH", System.getProperty("java.class.path"));
        builder.redirectError(ProcessBuilder.Redirect.INHERIT);
        return builder.start();
    }

    @Test
    void aCellThatFailsIsNamedAndTheOthersGoOn() throws IOException {
        // A broken folder fails in every JVM that reads it.
        Path broken = Files.createDirectory(folder.resolve("broken"));
        Files.write(broken.resolve("data_batch_1.bin"), new byte[3072]);
        int status =
                run(
                        "--small",
                        "--methods=ste",
                        "--networks=mlp",
                        "--data=broken=" + broken + ",fashion-mnist",
                        "--out=" + folder);
        assertEquals(1, status);
        assertTrue(out.toString().contains("3072 bytes"), out::toString);
        assertTrue(out.toString().contains("Failed: bnn mlp broken seed 1"), out::toString);
        assertEquals(1, stored().size());
        assertTrue(Files.readString(folder.resolve("results.md")).contains("mlp on fashion-mnist"));
    }

    @Test
    void wrongArgumentsGetOneClearSentence() {
        assertRefused("--methods=nothing", "nothing");
        assertRefused("--networks=nothing", "small-conv, mlp, resnet-20");
        assertRefused("--data=nothing", "expected fashion-mnist, a folder or NAME=FOLDER");
        assertRefused("--data=a/b=.", "a name must consist of");
        assertRefused("--seeds=0", "--seeds must be at least 1, but was 0");
        assertRefused("--batch=1", "--batch must be at least 2, but was 1");
        assertRefused("--learning-rate=-1", "--learning-rate must be positive");
    }

    @Test
    void withoutADeviceTheGpuIsRefusedBeforeAnythingRuns() {
        Assumptions.assumeTrue(Engine.getInstance().getGpuCount() == 0, "there is a device");
        assertRefused("--gpu", "--gpu needs a CUDA device");
    }

    private void assertRefused(String argument, String message) {
        int status = run(argument, "--out=" + folder.resolve("none"));
        assertEquals(2, status, argument);
        assertTrue(err.toString().contains(message), err::toString);
        assertEquals(1, err.toString().strip().lines().count(), err::toString);
        assertFalse(Files.exists(folder.resolve("none")), argument);
    }
}
