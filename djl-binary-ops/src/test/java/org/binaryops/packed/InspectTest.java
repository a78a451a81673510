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

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The command line of the jar. */
class InspectTest {

    @TempDir Path folder;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    private int run(String... arguments) {
        out.reset();
        err.reset();
        return Inspect.run(
                arguments,
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8));
    }

    private String out() {
        return out.toString(StandardCharsets.UTF_8);
    }

    private String err() {
        return err.toString(StandardCharsets.UTF_8);
    }

    private Path save(PackedModel model) throws IOException {
        Path file = folder.resolve("net.bops");
        model.save(file);
        return file;
    }

    @Test
    void everyOperationIsListedWithItsSize() throws IOException {
        PackedModel model = SmallModels.of(1, 6, 70, 4);
        Path file = save(model);
        assertEquals(0, run("inspect", file.toString()));
        assertEquals("", err());
        assertTrue(out().startsWith(file + ": "), out());
        assertTrue(out().endsWith(model.summary()), out());
        for (Operation operation : model.operations()) {
            assertTrue(out().contains(operation.toString()), out());
        }
        assertTrue(out().contains("binary weights"), out());
    }

    @Test
    void aDamagedFileIsOneSentence() throws IOException {
        Path file = save(SmallModels.of(1, 6, 70, 4));
        byte[] bytes = Files.readAllBytes(file);
        bytes[77] ^= 16;
        Files.write(file, bytes);
        Path good = folder.resolve("good.bops");
        SmallModels.of(2, 3, 4, 5).save(good);
        // the others are shown all the same
        assertEquals(1, run("inspect", file.toString(), good.toString()));
        assertEquals(
                file + ": damaged: the checksum does not fit the content\n",
                err().replace("\r\n", "\n"));
        assertTrue(out().startsWith(good.toString()), out());
    }

    @Test
    void whatIsNoFileIsOneSentence() throws IOException {
        assertEquals(1, run("inspect", folder.resolve("none").toString()));
        assertEquals(1, err().lines().count());
        assertTrue(err().contains("there is no such file"), err());
        assertEquals(1, run("inspect", folder.toString()));
        assertEquals(1, err().lines().count());
        Path text = Files.writeString(folder.resolve("text"), "hello");
        assertEquals(1, run("inspect", text.toString()));
        assertEquals(1, err().lines().count());
        assertTrue(err().contains("not a packed model"), err());
    }

    @Test
    void wrongCommandLinesAreAnsweredWithTheUsage() {
        for (String[] arguments : new String[][] {{}, {"inspect"}, {"inspekt", "a"}, {"bench"}}) {
            assertEquals(2, run(arguments));
            assertTrue(err().startsWith("usage: "), err());
            assertEquals("", out());
        }
    }

    @Test
    void theBenchCountsRows() throws IOException {
        assertEquals(0, run("bench", save(SmallModels.of(1, 6, 70, 4)).toString()));
        assertTrue(out().matches("(?s).*[1-9][0-9,]* rows a second, one at a time.*"), out());
    }
}
