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

import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.lang.syntax.ArchRuleDefinition;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** The runtime is on its own: with its classes and the JDK, packed models load and predict. */
class PlainJvmTest {

    @TempDir Path classes;

    @Test
    void theRuntimeDependsOnTheJdkOnly() {
        ArchRuleDefinition.classes()
                .that()
                .resideInAnyPackage("org.binaryops.packed", "org.binaryops.packed.kernel")
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(
                        "java..",
                        "jdk.incubator.vector",
                        "org.binaryops.packed",
                        "org.binaryops.packed.kernel")
                .check(new ClassFileImporter().importPath(folderOf(PackedModel.class)));
    }

    @Test
    void goldenFilesPredictInAJvmWithoutDjl() throws Exception {
        copy(folderOf(PackedModel.class), "");
        copy(folderOf(PackedModel.class).resolve("kernel"), "");
        copy(folderOf(PlainJvm.class), "PlainJvm|GoldenFiles|RandomModels");
        copy(Path.of(PlainJvm.class.getResource("golden-v1-affine.txt").toURI()).getParent(), "g");
        Process java =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-Xmx32m",
                                "-cp",
                                classes.toString(),
                                PlainJvm.class.getName())
                        .redirectErrorStream(true)
                        .start();
        String output = new String(java.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        // The log may have named the kernels before.
        assertEquals("48 rows", output.strip().lines().reduce("", (a, b) -> b));
        assertEquals(0, java.waitFor());
    }

    /** Copies the files of one of the runtime's packages whose names begin with some words. */
    private void copy(Path from, String beginnings) throws IOException {
        String name = "org/binaryops/packed" + (from.endsWith("kernel") ? "/kernel" : "");
        Path to = Files.createDirectories(classes.resolve(name));
        try (Stream<Path> files = Files.list(from)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                if (file.getFileName().toString().matches("(" + beginnings + ").*")) {
                    Files.copy(file, to.resolve(file.getFileName()));
                }
            }
        }
    }

    private static Path folderOf(Class<?> type) {
        String location = type.getProtectionDomain().getCodeSource().getLocation().getPath();
        return new File(location).toPath().resolve("org/binaryops/packed");
    }
}
