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

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The finished cells, in a CSV file that is whole at any moment: every addition writes the new file
 * beside the old one, forces it to the disk and moves it over.
 *
 * <p>A last line without an end (another program wrote the file, and was killed) is dropped, its
 * cell is run again; any other line that cannot be read is an error, since nobody's results shall
 * vanish silently.
 */
final class ResultStore {

    private final Path file;
    private final Map<Cell, CellResult> results = new LinkedHashMap<>();
    private boolean torn;

    private ResultStore(Path file) {
        this.file = file;
    }

    /** Opens a store; the file need not exist. */
    static ResultStore open(Path file) throws IOException {
        ResultStore store = new ResultStore(file);
        if (Files.exists(file)) {
            store.read(Files.readString(file));
        }
        return store;
    }

    private void read(String text) throws IOException {
        int end = text.lastIndexOf('\n') + 1;
        torn = end < text.length();
        List<String> lines = text.substring(0, end).lines().toList();
        if (lines.isEmpty()) {
            return;
        }
        String[] header = lines.get(0).split(",", -1);
        for (int i = 1; i < lines.size(); ++i) {
            CellResult result = parse(header, lines.get(i), i + 1);
            results.put(result.cell(), result);
        }
    }

    private CellResult parse(String[] header, String line, int number) throws IOException {
        String[] fields = line.split(",", -1);
        if (fields.length != header.length) {
            throw new IOException(
                    String.format(
                            "%s, line %d: expected %d fields, got %d.",
                            file, number, header.length, fields.length));
        }
        Map<String, String> values = new LinkedHashMap<>();
        for (int i = 0; i < fields.length; ++i) {
            values.put(header[i], fields[i]);
        }
        try {
            return CellResult.parse(values);
        } catch (IllegalArgumentException e) {
            throw new IOException(
                    String.format("%s, line %d: %s", file, number, e.getMessage()), e);
        }
    }

    /** Reads one line in the form of the store. */
    static CellResult parseLine(String line) throws IOException {
        return new ResultStore(Path.of("line"))
                .parse(CellResult.COLUMNS.toArray(String[]::new), line, 1);
    }

    /** Whether a torn last line was dropped when the store was opened. */
    boolean wasTorn() {
        return torn;
    }

    synchronized boolean contains(Cell cell) {
        return results.containsKey(cell);
    }

    /** The results of those of the cells that are finished. */
    synchronized List<CellResult> of(Collection<Cell> cells) {
        List<CellResult> found = new ArrayList<>();
        for (Cell cell : cells) {
            if (results.containsKey(cell)) {
                found.add(results.get(cell));
            }
        }
        return found;
    }

    /** Adds a result; when this returns it is on the disk. */
    synchronized void add(CellResult result) throws IOException {
        results.put(result.cell(), result);
        StringBuilder text = new StringBuilder(String.join(",", CellResult.COLUMNS)).append('\n');
        results.values().forEach(each -> text.append(each.toLine()).append('\n'));
        replace(file, text.toString());
    }

    /** Replaces a file so that a reader, or a crash, sees the old content or the new. */
    static void replace(Path file, String text) throws IOException {
        Path beside = file.resolveSibling("." + file.getFileName() + ".new");
        try (FileChannel channel =
                FileChannel.open(
                        beside,
                        StandardOpenOption.CREATE,
                        StandardOpenOption.TRUNCATE_EXISTING,
                        StandardOpenOption.WRITE)) {
            ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            channel.force(true);
        }
        try {
            Files.move(beside, file, StandardCopyOption.ATOMIC_MOVE);
        } catch (AtomicMoveNotSupportedException e) {
            Files.move(beside, file, StandardCopyOption.REPLACE_EXISTING);
        }
    }
}
