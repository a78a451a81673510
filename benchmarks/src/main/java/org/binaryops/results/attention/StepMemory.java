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

import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.binaryops.attention.AttentionMethod;
import org.binaryops.benchmarks.EncoderLayerStep;

/** A table of the memory of a training step by method, each run in a process of its own. */
final class StepMemory {

    private static final double KILOBYTES = 1000;
    private static final int STEPS = 3;

    private final List<String> methods;
    private final int runs;
    private final boolean kept;
    private final PrintWriter out;

    /**
     * Creates a table.
     *
     * @param methods the methods, or djl; the first is compared with
     * @param runs the number of processes of each
     * @param kept whether the C library may keep freed memory for later, as it does by default; if
     *     not, what is resident is what lives
     * @param out where the table is printed
     */
    StepMemory(List<String> methods, int runs, boolean kept, PrintWriter out) {
        if (runs < 1) {
            throw new IllegalArgumentException("runs must be positive, but was " + runs + ".");
        }
        // A wrong name is found before the first process.
        methods.stream()
                .filter(m -> !EncoderLayerStep.DJL.equals(m))
                .forEach(AttentionMethod::named);
        this.methods = methods;
        this.runs = runs;
        this.kept = kept;
        this.out = out;
    }

    void run() {
        if (!Files.exists(Path.of("/proc/self/clear_refs"))) {
            throw new IllegalArgumentException("memory reads /proc, which needs Linux.");
        }
        out.println("| method | held for backward, MB | peak, MB | peak against the first |");
        out.println("|---|---|---|---|");
        double first = 0;
        for (String method : methods) {
            double[] held = new double[runs];
            double[] peak = new double[runs];
            for (int i = 0; i < runs; ++i) {
                String[] numbers = probe(method).trim().split(" ");
                // 1024 bytes each
                held[i] = Long.parseLong(numbers[0]) * 1.024 / KILOBYTES;
                peak[i] = Long.parseLong(numbers[1]) * 1.024 / KILOBYTES;
            }
            double median = median(peak);
            first = first == 0 ? median : first;
            out.println(
                    String.format(
                            Locale.ROOT,
                            "| %s | %.0f | %.0f (%.0f to %.0f) | %.2f |",
                            method,
                            median(held),
                            median,
                            Arrays.stream(peak).min().orElseThrow(),
                            Arrays.stream(peak).max().orElseThrow(),
                            median / first));
            out.flush();
        }
    }

    private static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }

    private String probe(String method) {
        // The Java heap is of a fixed size and touched before, so that only arrays add pages.
        List<String> command =
                new ArrayList<>(
                        List.of(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-Xms128m",
                                "-Xmx128m",
                                "-XX:+AlwaysPreTouch",
                                "-XX:+UseSerialGC",
                                "-Dai.djl.offline=true",
                                "-DOPT_OUT_TRACKING=true",
                                "-Dorg.slf4j.simpleLogger.defaultLogLevel=error",
                                MemoryProbe.class.getName(),
                                method,
                                Integer.toString(STEPS)));
        try {
            ProcessBuilder builder = new ProcessBuilder(command);
            builder.environment().put("CLASSPATH", System.getProperty("java.class.path"));
            if (!kept) {
                // glibc: each array has pages of its own, which go when it is freed.
                builder.environment().put("MALLOC_MMAP_THRESHOLD_", "65536");
            }
            Process process = builder.redirectError(ProcessBuilder.Redirect.INHERIT).start();
            String printed =
                    new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (process.waitFor() != 0) {
                throw new IllegalArgumentException(
                        "the process that measures " + method + " failed.");
            }
            return printed;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
