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

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Trains a cell in a JVM of its own: nothing of another cell can leak into its random numbers, its
 * memory or its timing, and a crash of native code costs one cell.
 */
final class CellProcess {

    private static final int LOG_LINES = 15;

    /** Is told of each epoch. */
    @FunctionalInterface
    interface Listener {
        void epoch(int epoch, double accuracy, double loss, double seconds);
    }

    private final Cell cell;
    private final DataSource data;
    private final TrainingOptions options;
    private final Path log;

    CellProcess(Cell cell, DataSource data, TrainingOptions options, Path folder) {
        this.cell = cell;
        this.data = data;
        this.options = options;
        log = folder.resolve(cell.fileName() + ".log");
    }

    /**
     * Runs the cell and waits for it.
     *
     * @throws IOException if it fails; the message has the end of its log
     * @throws InterruptedException if this thread is interrupted; the process is ended
     */
    CellResult run(Listener listener) throws IOException, InterruptedException {
        Process process = start();
        CellResult result = null;
        try (BufferedReader in =
                new BufferedReader(
                        new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                if (line.startsWith(CellCommand.EPOCH)) {
                    String[] fields = line.substring(CellCommand.EPOCH.length()).split(" ");
                    listener.epoch(
                            Integer.parseInt(fields[0]),
                            Double.parseDouble(fields[1]),
                            Double.parseDouble(fields[2]),
                            Double.parseDouble(fields[3]));
                } else if (line.startsWith(CellCommand.RESULT)) {
                    result = ResultStore.parseLine(line.substring(CellCommand.RESULT.length()));
                }
            }
            int status = process.waitFor();
            if (status != 0 || result == null || !result.cell().equals(cell)) {
                throw new IOException(
                        cell.title() + " ended with status " + status + ".\n" + endOfLog());
            }
        } finally {
            process.destroyForcibly();
        }
        Files.deleteIfExists(log);
        return result;
    }

    private Process start() throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(
                List.of(
                        "-Xmx2g",
                        "--enable-native-access=ALL-UNNAMED",
                        "-DOPT_OUT_TRACKING=true",
                        "-Dai.djl.offline=true",
                        "-Dai.djl.default_engine=PyTorch",
                        "-Dai.djl.pytorch.num_threads=" + options.threads,
                        "-Dai.djl.pytorch.num_interop_threads=1",
                        "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
                        Bench.class.getName(),
                        "cell"));
        command.addAll(options.arguments());
        command.addAll(
                List.of(
                        "--method=" + cell.method(),
                        "--network=" + cell.network(),
                        "--data=" + data.argument(),
                        "--seed=" + cell.seed(),
                        "--settings=" + cell.settings()));
        ProcessBuilder builder = new ProcessBuilder(command);
        // Not on the command line, which has a limit on some systems.
        builder.environment().put("CLASSPATH", classPath());
        builder.environment().put("OMP_NUM_THREADS", String.valueOf(options.threads));
        // Idle threads of the engine shall not spin beside other cells.
        builder.environment().put("OMP_WAIT_POLICY", "PASSIVE");
        builder.redirectError(log.toFile());
        return builder.start();
    }

    private static String classPath() {
        return System.getProperty("java.class.path", ".");
    }

    private String endOfLog() throws IOException {
        List<String> lines = Files.readAllLines(log);
        return String.join("\n", lines.subList(Math.max(0, lines.size() - LOG_LINES), lines.size()))
                + "\nThe whole log: "
                + log;
    }
}
