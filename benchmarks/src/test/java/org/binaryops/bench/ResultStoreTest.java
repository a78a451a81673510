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
package org.binaryops.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ResultStoreTest {

    private static final CellResult FIRST = Samples.result("bnn+", "a", 1, .5, .75, .7);
    private static final CellResult SECOND = Samples.result("float", "b-1.0", 2, .9);

    @TempDir Path folder;
    private Path file;

    @BeforeEach
    void write() throws IOException {
        file = folder.resolve("results.csv");
        ResultStore store = ResultStore.open(file);
        store.add(FIRST);
        store.add(SECOND);
    }

    @Test
    void whatWasAddedIsReadAgainInFull() throws IOException {
        ResultStore store = ResultStore.open(file);
        assertFalse(store.wasTorn());
        assertEquals(List.of(SECOND, FIRST), store.of(List.of(SECOND.cell(), FIRST.cell())));
        Cell other = new Cell("bnn+", "small-conv", "a", 1, "other");
        assertFalse(store.contains(other), "another recipe is another cell");
        try (Stream<Path> files = Files.list(folder)) {
            assertEquals(List.of(file), files.toList(), "nothing is left beside");
        }
    }

    @Test
    void derivedColumns() throws IOException {
        List<String> lines = Files.readAllLines(file);
        List<String> fields = List.of(lines.get(1).split(","));
        assertEquals(lines.get(0), String.join(",", CellResult.COLUMNS));
        assertEquals("0.7", fields.get(CellResult.COLUMNS.indexOf("final_accuracy")));
        assertEquals("0.75", fields.get(CellResult.COLUMNS.indexOf("best_accuracy")));
        assertEquals("7.5", fields.get(CellResult.COLUMNS.indexOf("train_seconds")));
        assertEquals("2.5", fields.get(CellResult.COLUMNS.indexOf("seconds_per_epoch")));
        assertEquals("0.5;0.75;0.7", fields.get(CellResult.COLUMNS.indexOf("epoch_accuracies")));
    }

    @Test
    void everyTornLastLineIsDroppedAndTheRestKept() throws IOException {
        String whole = Files.readString(file);
        int lastLine = whole.lastIndexOf('\n', whole.length() - 2) + 1;
        for (int length = lastLine + 1; length < whole.length(); ++length) {
            Files.writeString(file, whole.substring(0, length));
            ResultStore store = ResultStore.open(file);
            assertTrue(store.wasTorn());
            assertTrue(store.contains(FIRST.cell()));
            assertFalse(store.contains(SECOND.cell()));
        }
        ResultStore.open(file).add(SECOND);
        assertEquals(whole, Files.readString(file));
    }

    @Test
    void aDamagedLineIsAnErrorThatNamesIt() throws IOException {
        String whole = Files.readString(file);
        Files.writeString(file, whole.replace("0.5;0.75;0.7", "0.5;0.75"));
        IOException e = assertThrows(IOException.class, () -> ResultStore.open(file));
        assertTrue(e.getMessage().contains("line 2"), e.getMessage());
        assertTrue(e.getMessage().contains("epoch_accuracies"), e.getMessage());
        Files.writeString(file, whole.replace("small-conv,a", "small-conv"));
        e = assertThrows(IOException.class, () -> ResultStore.open(file));
        assertTrue(e.getMessage().contains("fields"), e.getMessage());
    }
}
