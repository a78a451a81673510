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
package org.binaryops.packed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.binaryops.network.BinaryMethod;
import org.binaryops.network.Mlp;
import org.binaryops.network.ResNet;
import org.binaryops.network.SmallConvNet;
import org.binaryops.packed.compiler.PackedCompiler;
import org.binaryops.packed.kernel.Kernels;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Whole models with each kind of kernels: the same bits come out, and a warm session allocates
 * nothing. Each kind has a Java machine of its own, as users have it: where code has seen vectors
 * of several widths they no longer stay in registers.
 */
class EveryKernelTest {

    @TempDir static Path folder;

    /** What each kind of kernels printed. */
    private static final Map<String, List<String>> PRINTED = new TreeMap<>();

    /** The widest vectors of this processor; wider ones are emulated, by objects. */
    private static int widest;

    @BeforeAll
    static void run() throws Exception {
        Random random = new Random(8);
        save("mlp", Mlp.build(BinaryMethod.named("bnn"), 10, 256, 256), random, 784);
        save("small", SmallConvNet.build(BinaryMethod.named("reactnet"), 10), random, 1, 28, 28);
        save("resnet18", ResNet.resnet18(BinaryMethod.named("bireal"), 10), random, 3, 32, 32);
        save("int8", QuantizedNetworksTest.network(random, false), random, 3, 9, 8);
        save("mixed", QuantizedNetworksTest.network(random, true), random, 3, 9, 8);
        boolean vectors = Runtime.version().feature() >= 21;
        widest = vectors ? Integer.parseInt(Kernels.get().name()) : 0;
        for (String kind : vectors ? List.of("scalar", "128", "256", "512") : List.of("scalar")) {
            PRINTED.put(kind, print(kind, measured(kind)));
        }
    }

    private static boolean measured(String kind) {
        return kind.equals("scalar") || Integer.parseInt(kind) <= widest;
    }

    private static void save(String name, Block net, Random random, long... row)
            throws IOException {
        Shape input = new Shape(1).addAll(new Shape(row));
        try (NDManager manager = NDManager.newBaseManager()) {
            net.initialize(manager, DataType.FLOAT32, input);
            ConvolutionExactnessTest.randomize(net, random);
            QuantizedNetworksTest.calibrate(net, manager, random);
            PackedCompiler.compile(net, input).save(folder.resolve(name + ".bops"));
        }
    }

    private static List<String> print(String kind, boolean measured) throws Exception {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        if (!kind.equals("scalar")) {
            command.addAll(List.of("--add-modules", "jdk.incubator.vector"));
        }
        command.addAll(
                List.of(
                        "-Dorg.binaryops.packed.kernels=" + kind,
                        "-cp",
                        System.getProperty("java.class.path"),
                        EveryKernelRun.class.getName(),
                        folder.toString(),
                        String.valueOf(measured)));
        Process java =
                new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
        String output = new String(java.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, java.waitFor(), output);
        return output.strip().lines().toList();
    }

    @Test
    void theIntendedKernelsRan() {
        PRINTED.forEach((kind, lines) -> assertEquals(kind, lines.get(0)));
    }

    @Test
    void allKernelsPredictTheSameBits() {
        List<String> scalar = outputs(PRINTED.get("scalar"));
        assertTrue(scalar.size() > 25, scalar::toString);
        PRINTED.forEach((kind, lines) -> assertEquals(scalar, outputs(lines), kind));
    }

    /** The names of the models and the checksums of their outputs. */
    private static List<String> outputs(List<String> lines) {
        return lines.stream()
                .skip(1)
                .map(line -> line.split(" "))
                .map(parts -> parts[0] + " " + parts[1])
                .toList();
    }

    /**
     * Compiled code makes no objects of vectors as long as C2 inlines all of it, which depends on
     * what it happened to compile first: a machine in which it does not is given two more chances.
     */
    @Test
    void predictingAllocatesNothing() throws Exception {
        for (String kind : PRINTED.keySet()) {
            List<String> lines = PRINTED.get(kind);
            for (int more = 2; more > 0 && measured(kind) && !allocateNothing(lines); --more) {
                lines = print(kind, true);
            }
            if (measured(kind)) {
                assertTrue(allocateNothing(lines), kind + ": " + lines);
            }
        }
    }

    private static boolean allocateNothing(List<String> lines) {
        return lines.stream().skip(1).allMatch(line -> line.endsWith(" 0"));
    }
}
