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

import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.lang.syntax.ArchRuleDefinition;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The runtime is on its own: with its classes and the JDK, packed models load and predict. */
class PlainJvmTest {

    @TempDir Path helpers;

    @Test
    void theRuntimeDependsOnTheJdkOnly() {
        ArchRuleDefinition.classes()
                .that()
                .resideInAnyPackage(
                        "org.binaryops.packed",
                        "org.binaryops.packed.kernel",
                        "org.binaryops.packed.reuse")
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(
                        "java..",
                        "jdk.incubator.vector",
                        "org.binaryops.packed",
                        "org.binaryops.packed.kernel",
                        "org.binaryops.packed.reuse")
                .check(new ClassFileImporter().importPath(folderOf(PackedModel.class)));
    }

    /**
     * The class path is what the jar of the library holds and three classes of the tests. The JVM
     * reports each class that it loads and from where: nothing may come from elsewhere, and nothing
     * of the library but its runtime may be touched.
     */
    @Test
    void goldenFilesPredictInAJvmWithOnlyOurClasses() throws Exception {
        copy(
                folderOf(PlainJvm.class),
                "PlainJvm|GoldenFiles|RandomModels|RandomPrograms|SmallModels");
        copy(Path.of(PlainJvm.class.getResource("golden-v1-affine.txt").toURI()).getParent(), "g");
        List<String> output =
                run(
                        "-Xlog:class+load:file=" + helpers.resolve("loaded.txt"),
                        PlainJvm.class.getName());
        assertEquals(List.of("48 rows", "36 rows of programs"), output);
        List<String> foreign;
        try (Stream<String> lines = Files.lines(helpers.resolve("loaded.txt"))) {
            foreign =
                    lines.filter(line -> line.contains(" source: "))
                            .map(line -> line.replaceFirst("^(\\[[^]]*])+ *", ""))
                            .filter(
                                    line ->
                                            !line.matches(
                                                    ".* source: (jrt:|shared objects file|__).*"))
                            .filter(line -> !line.matches("(java|jdk|sun)\\..*"))
                            .filter(
                                    line ->
                                            !line.matches(
                                                    "org\\.binaryops\\.packed\\.((kernel|reuse)\\.)?\\w+(\\$.*|/0x\\w+)?"
                                                        + " source: .*"))
                            .toList();
        }
        assertEquals(List.of(), foreign);
    }

    @Test
    void theCommandLineStartsWithOnlyOurClasses() throws Exception {
        Path file = helpers.resolve("net.bops");
        SmallModels.of(3, 12, 100, 5).save(file);
        List<String> output = run(Inspect.class.getName(), "inspect", file.toString());
        assertTrue(output.get(0).startsWith(file.toString()), output.toString());
        assertTrue(
                String.join("\n", output).contains(PackedModel.load(file).summary().strip()),
                output.toString());
    }

    /** Runs a JVM with our classes; gives the lines it prints. */
    private List<String> run(String... arguments) throws IOException, InterruptedException {
        List<String> command =
                new ArrayList<>(
                        List.of(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-Xmx32m",
                                "-cp",
                                rootOf(PackedModel.class) + File.pathSeparator + helpers));
        command.addAll(List.of(arguments));
        Process java =
                new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        String output = new String(java.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, java.waitFor(), output);
        return output.strip().lines().toList();
    }

    /** Copies files of a package of the tests whose names begin with some words. */
    private void copy(Path from, String beginnings) throws IOException {
        Path to = Files.createDirectories(helpers.resolve("org/binaryops/packed"));
        try (Stream<Path> files = Files.list(from)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                if (file.getFileName().toString().matches("(" + beginnings + ").*")) {
                    Files.copy(
                            file,
                            to.resolve(file.getFileName()),
                            StandardCopyOption.REPLACE_EXISTING);
                }
            }
        }
    }

    private static Path rootOf(Class<?> type) {
        String location = type.getProtectionDomain().getCodeSource().getLocation().getPath();
        return new File(location).toPath();
    }

    private static Path folderOf(Class<?> type) {
        return rootOf(type).resolve("org/binaryops/packed");
    }
}
