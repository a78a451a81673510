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

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * JVMs that save again and again are killed, at times that no test could choose: each time the file
 * is one of the models that were saved, whole.
 */
@Timeout(900)
class KilledSaveTest {

    private static final int KILLS = 12;

    @TempDir Path folder;

    /** Three models of a megabyte, so that a kill in the middle of the bytes is likely. */
    static PackedModel model(int number) {
        return SmallModels.of(number, 64, 50_000 + number, 3);
    }

    @Test
    void aKilledSaveLeavesAWholeFile() throws Exception {
        Path file = folder.resolve("net.bops");
        byte[][] models = new byte[3][];
        for (int i = 0; i < 3; ++i) {
            models[i] = model(i).toBytes();
        }
        model(0).save(file);
        Random random = new Random();
        Set<Integer> seen = new HashSet<>();
        int inTheMiddle = 0;
        for (int kill = 0; kill < KILLS; ++kill) {
            Process java =
                    new ProcessBuilder(
                                    Path.of(System.getProperty("java.home"), "bin", "java")
                                            .toString(),
                                    "-Xmx64m",
                                    "-XX:TieredStopAtLevel=1",
                                    "-cp",
                                    System.getProperty("java.class.path"),
                                    SavingForEver.class.getName(),
                                    file.toString(),
                                    String.valueOf(kill))
                            .redirectError(ProcessBuilder.Redirect.DISCARD)
                            .start();
            try (InputStream in = java.getInputStream()) {
                // None, one or two saves, and then in the middle of the next.
                for (int saved = 0; saved <= kill % 3; ++saved) {
                    assertEquals('s', in.read(), "the child saves");
                }
                awaitBegun();
                LockSupport.parkNanos(random.nextInt(2_000_000));
                // SIGKILL: no shutdown hook, no finally.
                java.destroyForcibly().waitFor();
            }
            byte[] bytes = Files.readAllBytes(file);
            int number = number(models, bytes);
            seen.add(number);
            assertArrayEquals(models[number], PackedModel.load(file).toBytes());
            inTheMiddle += remains();
        }
        // Else the kills were never in the middle of a save and prove nothing.
        assertTrue(inTheMiddle > 0, "no kill in the middle of a save");
        assertTrue(seen.size() > 1, "the children saved");
    }

    /** Waits until a save has begun to write beside the file. */
    private void awaitBegun() throws IOException {
        long end = System.nanoTime() + 60_000_000_000L;
        while (System.nanoTime() < end) {
            try (Stream<Path> files = Files.list(folder)) {
                if (files.count() > 1) {
                    return;
                }
            }
            LockSupport.parkNanos(100_000);
        }
        fail("the child never saves");
    }

    private static int number(byte[][] models, byte[] bytes) {
        for (int i = 0; i < models.length; ++i) {
            if (Arrays.equals(models[i], bytes)) {
                return i;
            }
        }
        return fail("the file is none of the models, it has " + bytes.length + " bytes");
    }

    /** Counts and deletes what killed saves left beside the file. */
    private int remains() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            List<Path> others =
                    files.filter(f -> !f.getFileName().toString().equals("net.bops")).toList();
            for (Path other : others) {
                assertTrue(
                        other.getFileName().toString().startsWith(".net.bops."), other.toString());
                Files.delete(other);
            }
            return others.size();
        }
    }

    /** What the children execute. */
    static final class SavingForEver {

        private SavingForEver() {}

        public static void main(String[] args) throws IOException {
            Path file = new File(args[0]).toPath();
            PackedModel[] models = {model(0), model(1), model(2)};
            for (int i = 1 + Integer.parseInt(args[1]); ; ++i) {
                System.out.print('s');
                System.out.flush();
                models[i % 3].save(file);
            }
        }
    }
}
