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
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class AtomicFilesTest {

    @TempDir Path folder;

    private List<String> names() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(p -> p.getFileName().toString()).sorted().toList();
        }
    }

    @Test
    void aFileIsCreatedAndReplaced() throws IOException {
        Path file = folder.resolve("a");
        AtomicFiles.write(file, new byte[] {1, 2, 3});
        AtomicFiles.write(file, new byte[] {4});
        assertArrayEquals(new byte[] {4}, Files.readAllBytes(file));
        assertEquals(List.of("a"), names());
    }

    @Test
    void aFailedSaveLeavesTheOldFileWholeAndNothingElse() throws IOException {
        Path file = folder.resolve("a");
        AtomicFiles.write(file, new byte[] {1, 2, 3});
        IOException full = new IOException("No space left on device");
        IOException thrown =
                assertThrows(
                        IOException.class,
                        () ->
                                AtomicFiles.write(
                                        file,
                                        channel -> {
                                            channel.write(ByteBuffer.wrap(new byte[] {9}));
                                            // half way: the old file is still what a reader sees
                                            assertArrayEquals(
                                                    new byte[] {1, 2, 3}, Files.readAllBytes(file));
                                            throw full;
                                        }));
        assertEquals(full, thrown);
        assertArrayEquals(new byte[] {1, 2, 3}, Files.readAllBytes(file));
        assertEquals(List.of("a"), names());
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void aLinkStaysALink() throws IOException {
        Path real = Files.write(folder.resolve("real"), new byte[] {1});
        Path link = Files.createSymbolicLink(folder.resolve("link"), real);
        AtomicFiles.write(link, new byte[] {2});
        assertTrue(Files.isSymbolicLink(link));
        assertArrayEquals(new byte[] {2}, Files.readAllBytes(real));
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void aNewFileHasTheUsualPermissions() throws IOException {
        Path usual = Files.write(folder.resolve("usual"), new byte[1]);
        Path ours = folder.resolve("ours");
        AtomicFiles.write(ours, new byte[1]);
        assertEquals(Files.getPosixFilePermissions(usual), Files.getPosixFilePermissions(ours));
    }

    @Test
    void aFolderIsNoFile() {
        assertThrows(IOException.class, () -> AtomicFiles.write(folder, new byte[1]));
        assertThrows(
                NoSuchFileException.class,
                () -> AtomicFiles.write(folder.resolve("no/file"), new byte[1]));
    }
}
