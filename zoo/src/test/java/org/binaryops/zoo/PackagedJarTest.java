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
package org.binaryops.zoo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.util.Utils;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The zoo as its users have it: in a jar, with an empty home folder, offline. */
class PackagedJarTest {

    private static final long MAX_JAR_BYTES = 6_000_000;

    @TempDir Path folder;

    private Path packJar(Path classes, String leftOut) throws IOException {
        Path jar = folder.resolve("binary-ops-zoo.jar");
        try (Stream<Path> stream = Files.walk(classes);
                OutputStream out = Files.newOutputStream(jar);
                ZipOutputStream zip = new ZipOutputStream(out)) {
            List<Path> files =
                    stream.filter(Files::isRegularFile).sorted().collect(Collectors.toList());
            for (Path file : files) {
                String name = classes.relativize(file).toString().replace(File.separatorChar, '/');
                if (file.getFileName().toString().equals(leftOut)) {
                    continue;
                }
                zip.putNextEntry(new ZipEntry(name));
                Files.copy(file, zip);
            }
        }
        return jar;
    }

    private static String classPath(Path classes, Path jar) {
        String all =
                System.getProperty(
                        "surefire.test.class.path", System.getProperty("java.class.path"));
        List<String> entries = new ArrayList<>(Arrays.asList(all.split(File.pathSeparator)));
        boolean replaced = entries.removeIf(e -> !e.isEmpty() && Path.of(e).equals(classes));
        assertTrue(replaced, "the classes of this module are on the class path: " + all);
        entries.add(jar.toString());
        return String.join(File.pathSeparator, entries);
    }

    private static Path classes() throws URISyntaxException {
        return Path.of(
                BinaryOpsModelZoo.class
                        .getProtectionDomain()
                        .getCodeSource()
                        .getLocation()
                        .toURI());
    }

    /** Runs the client with an empty home folder and returns what it printed. */
    private String run(Path jar, String... args) throws Exception {
        Path log = folder.resolve("log.txt");
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("-Duser.home=" + Files.createDirectory(folder.resolve("home")));
        // The native library need not be unpacked again.
        command.add("-DENGINE_CACHE_DIR=" + Utils.getEngineCacheDir());
        command.add("-Dai.djl.offline=true");
        command.add("-DOPT_OUT_TRACKING=true");
        if (args.length == 0) {
            command.add(
                    "-Dai.djl.repository.zoo.location=binaryops://org.binaryops.zoo/fashion_mlp");
        }
        command.add(JarClient.class.getName());
        command.addAll(Arrays.asList(args));
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().put("CLASSPATH", classPath(classes(), jar));
        builder.environment().remove("DJL_CACHE_DIR");
        builder.redirectErrorStream(true).redirectOutput(log.toFile());
        Process process = builder.start();
        try {
            assertTrue(process.waitFor(120, TimeUnit.SECONDS), "the JVM ends in time");
        } finally {
            process.destroyForcibly();
        }
        String output = Files.readString(log, StandardCharsets.UTF_8);
        assertEquals(0, process.exitValue(), output);
        return output;
    }

    @Test
    void everyWayToLoadWorksFromTheJar() throws Exception {
        Path jar = packJar(classes(), "");
        assertTrue(Files.size(jar) <= MAX_JAR_BYTES, "the jar has " + Files.size(jar) + " bytes");
        String output = run(jar);
        assertTrue(output.contains("source binary-ops-zoo.jar"), output);
        assertTrue(output.contains("zoo true"), output);
        assertEquals(1, count(output, "fashion_mlp_float 10 "), output);
        assertEquals(2, count(output, "fashion_mlp_binary 10 "), output);
        try (Stream<Path> cached = Files.walk(folder.resolve("home/.djl.ai/cache/repo"))) {
            assertEquals(
                    List.of("fashion_mlp_binary-0000.params", "fashion_mlp_float-0000.params"),
                    cached.filter(Files::isRegularFile)
                            .map(f -> f.getFileName().toString())
                            .sorted()
                            .collect(Collectors.toList()));
        }
    }

    /** A provider that fails would disable every zoo of the JVM. */
    @Test
    void zooWithoutItsModelsDisturbsNoOther() throws Exception {
        String output = run(packJar(classes(), "metadata.json"), "look");
        assertTrue(output.contains("zoo true"), output);
        assertTrue(output.contains("basics true"), output);
        assertTrue(
                output.contains(
                        "refused Resource"
                            + " org/binaryops/zoo/repository/model/cv/image_classification/org/binaryops/zoo/fashion_mlp/metadata.json"
                            + " is not on the class path."),
                output);
    }

    private static long count(String output, String start) {
        return output.lines().filter(line -> line.startsWith(start)).count();
    }
}
