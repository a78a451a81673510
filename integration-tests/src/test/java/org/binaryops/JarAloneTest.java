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
package org.binaryops;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.binaryops.network.BinaryMethod;
import org.binaryops.network.SmallConvNet;
import org.binaryops.packed.PackedModel;
import org.binaryops.packed.compiler.PackedCompiler;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The packaged jar in the hands of a stranger: an empty folder, a packed file, a plain Java
 * machine. The programs are what the README shows, started from their source.
 */
class JarAloneTest {

    @TempDir Path folder;

    private Path jar;

    private PackedModel model;

    @BeforeEach
    void anEmptyFolderWithTheJarAndAFile() throws Exception {
        Path built = locationOf(PackedModel.class);
        assumeTrue(
                Files.isRegularFile(built), "the jar is there from the phase package on: " + built);
        jar = folder.resolve("djl-binary-ops.jar");
        Files.copy(built, jar);
        Shape input = new Shape(1, 1, 28, 28);
        try (NDManager manager = NDManager.newBaseManager()) {
            Engine.getInstance().setRandomSeed(3);
            Block net = SmallConvNet.build(BinaryMethod.named("bireal"), 10);
            net.initialize(manager, DataType.FLOAT32, input);
            model = PackedCompiler.compile(net, input);
        }
        model.save(folder.resolve("net.bops"));
    }

    private static Path locationOf(Class<?> type) throws Exception {
        return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI());
    }

    /** What a Java machine prints to both streams, which must end well. */
    private String java(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command).directory(folder.toFile());
        builder.environment().remove("CLASSPATH");
        Process java = builder.redirectErrorStream(true).start();
        String output = new String(java.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, java.waitFor(), output);
        return output;
    }

    @Test
    void inspectPrintsLayersSizesAndOperations() throws Exception {
        String output = java("-jar", "djl-binary-ops.jar", "inspect", "net.bops");
        assertTrue(output.contains("net.bops: "), output);
        assertTrue(output.contains(model.summary().strip()), output);
    }

    @Test
    void threeLinesPredict() throws Exception {
        Files.writeString(
                folder.resolve("Three.java"),
                """
                import java.nio.file.Path;
                import org.binaryops.packed.PackedModel;

                public class Three {
                    public static void main(String[] args) throws Exception {
                        PackedModel model = PackedModel.load(Path.of("net.bops"));
                        float[] logits = model.predict(new float[model.inputs()]);
                        System.out.println(java.util.Arrays.toString(logits));
                    }
                }
                """);
        String expected = Arrays.toString(model.predict(new float[model.inputs()]));
        String plain = java("-cp", "djl-binary-ops.jar", "Three.java");
        assertTrue(plain.contains(expected), plain);
        assertTrue(plain.contains("scalar kernels"), "one line says which kernels run: " + plain);
        if (Runtime.version().feature() >= 21) {
            // The kernels for vectors are in the jar, for later Javas only.
            String fast =
                    java(
                            "--add-modules",
                            "jdk.incubator.vector",
                            "-cp",
                            "djl-binary-ops.jar",
                            "Three.java");
            assertTrue(fast.contains(expected), fast);
            assertTrue(fast.contains("kernels for vectors of "), fast);
        }
    }

    @Test
    void criteriaLoadWithTheApiAlone() throws Exception {
        Files.writeString(
                folder.resolve("Load.java"),
                """
                import ai.djl.inference.Predictor;
                import ai.djl.ndarray.NDList;
                import ai.djl.ndarray.NDManager;
                import ai.djl.ndarray.types.Shape;
                import ai.djl.repository.zoo.Criteria;
                import ai.djl.repository.zoo.ZooModel;
                import java.nio.file.Path;
                import java.util.Arrays;

                public class Load {
                    public static void main(String[] args) throws Exception {
                        Criteria<NDList, NDList> criteria =
                                Criteria.builder()
                                        .setTypes(NDList.class, NDList.class)
                                        .optEngine("BinaryOps")
                                        .optModelPath(Path.of("net.bops"))
                                        .build();
                        try (ZooModel<NDList, NDList> model = criteria.loadModel();
                                Predictor<NDList, NDList> predictor = model.newPredictor();
                                NDManager manager = model.getNDManager().newSubManager()) {
                            NDList x = new NDList(manager.zeros(new Shape(1, 1, 28, 28)));
                            float[] logits = predictor.predict(x).head().toFloatArray();
                            System.out.println(Arrays.toString(logits));
                        }
                    }
                }
                """);
        // The API and what it needs itself: no engine.
        String path =
                Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                        .filter(
                                p ->
                                        p.matches(
                                                ".*(ai.djl.api|gson|jna|commons-compress|commons-"
                                                    + "io|commons-lang3|commons-codec|slf4j-api).*\\.jar"))
                        .collect(Collectors.joining(File.pathSeparator));
        String output =
                java(
                        "-DOPT_OUT_TRACKING=true",
                        "-Dai.djl.offline=true",
                        "-cp",
                        "djl-binary-ops.jar" + File.pathSeparator + path,
                        "Load.java");
        String expected = Arrays.toString(model.predict(new float[model.inputs()]));
        assertTrue(output.contains(expected), output);
    }
}
