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

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
import ai.djl.training.ParameterStore;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.binaryops.monoid.BinaryOperator;
import org.binaryops.monoid.GruOperator;
import org.binaryops.monoid.Segments;
import org.binaryops.monoid.Symmetrized;
import org.binaryops.monoid.TreeReduction;
import org.binaryops.monoid.TreeShape;

/**
 * The most memory that a pass over one set takes, measured in a process of its own: what the
 * largest resident set of the process, as Linux counts it, exceeds that before the pass.
 */
final class PeakMemory {

    /** The set of the pass before the measured one; smaller sets fit into what that left. */
    static final int WARM_UP = 64;

    private static final Path REFERENCES = Path.of("/proc/self/clear_refs");
    private static final Path STATUS = Path.of("/proc/self/status");
    private static final String RESULT = "peak ";

    private PeakMemory() {}

    static boolean isSupported() {
        return Files.isWritable(REFERENCES);
    }

    /**
     * Measures in a new process.
     *
     * @param shape the tree
     * @param n the elements of the set
     * @param features their features
     * @param backward whether the pass has a backward part
     * @return MiB
     */
    static double measure(TreeShape shape, int n, int features, boolean backward)
            throws IOException {
        // Interpreted and with a fixed heap: neither compiled code nor the heap shall grow.
        ProcessBuilder builder =
                new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xint",
                        "-Xms64m",
                        "-Xmx64m",
                        "-XX:+AlwaysPreTouch",
                        "-DOPT_OUT_TRACKING=true",
                        "-Dai.djl.offline=true",
                        "-Dorg.slf4j.simpleLogger.defaultLogLevel=error",
                        PeakMemory.class.getName(),
                        shape.name(),
                        Integer.toString(n),
                        Integer.toString(features),
                        Boolean.toString(backward));
        builder.environment().put("CLASSPATH", System.getProperty("java.class.path"));
        builder.environment().put("OMP_NUM_THREADS", "1");
        builder.redirectError(ProcessBuilder.Redirect.DISCARD);
        Process process = builder.start();
        try (BufferedReader in =
                new BufferedReader(
                        new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                if (line.startsWith(RESULT)) {
                    return Double.parseDouble(line.substring(RESULT.length()));
                }
            }
        } finally {
            process.destroy();
        }
        throw new IOException("The memory of " + n + " elements could not be measured.");
    }

    /**
     * Measures in this process and prints the result.
     *
     * @param args the shape, n, the features, whether backward
     */
    public static void main(String[] args) throws IOException {
        TreeShape shape = TreeShape.valueOf(args[0]);
        int n = Integer.parseInt(args[1]);
        int features = Integer.parseInt(args[2]);
        boolean backward = Boolean.parseBoolean(args[3]);
        try (NDManager manager = NDManager.newBaseManager()) {
            BinaryOperator operator = new Symmetrized(new GruOperator());
            Shape operand = new Shape(1, features);
            operator.initialize(manager, DataType.FLOAT32, operand, operand);
            operator.freezeParameters(!backward);
            pass(manager, operator, shape, WARM_UP, features, backward);
            Files.writeString(REFERENCES, "5");
            double before = kibibytes("VmRSS:");
            pass(manager, operator, shape, n, features, backward);
            System.out.println(RESULT + Math.max(0, kibibytes("VmHWM:") - before) / 1024);
        }
    }

    private static void pass(
            NDManager parent,
            BinaryOperator operator,
            TreeShape shape,
            int n,
            int features,
            boolean backward) {
        ParameterStore store = new ParameterStore(parent, false);
        Segments segments = Segments.ofLengths(n);
        try (NDManager manager = parent.newSubManager()) {
            NDArray x = manager.randomNormal(new Shape(n, features));
            if (!backward) {
                TreeReduction.fold(operator, store, x, segments, shape, null, null, false);
                return;
            }
            x.setRequiresGradient(true);
            try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
                collector.backward(
                        TreeReduction.fold(operator, store, x, segments, shape, null, null, true)
                                .sum());
            }
        }
    }

    private static double kibibytes(String key) throws IOException {
        List<String> lines = Files.readAllLines(STATUS);
        return lines.stream()
                .filter(line -> line.startsWith(key))
                .mapToDouble(line -> Double.parseDouble(line.replaceAll("[^0-9]", "")))
                .findFirst()
                .orElseThrow(() -> new IOException("There is no " + key + " in " + STATUS));
    }
}
