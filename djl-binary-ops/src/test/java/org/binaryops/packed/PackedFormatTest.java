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

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PackedFormatTest {

    @TempDir Path folder;

    private final PackedModel model =
            RandomModels.of(new Random(3), RandomModels.End.TWO_STAGES, 9, 2, 21, 3);

    private String refusal(byte[] bytes) {
        return assertThrows(PackedFormatException.class, () -> PackedModel.fromBytes(bytes))
                .getMessage();
    }

    /** Changes the bytes of the model and corrects the checksum, so that validation is reached. */
    private byte[] changed(int offset, int value) {
        byte[] bytes = model.toBytes();
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putInt(offset, value);
        return Checksums.correct(bytes);
    }

    @Property(tries = 60)
    void aModelSurvivesItsFile(
            @ForAll long seed,
            @ForAll RandomModels.End end,
            @ForAll @IntRange(min = 1, max = 80) int features,
            @ForAll @IntRange(min = 1, max = 4) int perFeature,
            @ForAll @IntRange(min = 1, max = 140) int hidden)
            throws IOException {
        Random random = new Random(seed);
        PackedModel saved = RandomModels.of(random, end, features, perFeature, hidden, 5);
        byte[] bytes = saved.toBytes();
        PackedModel loaded = PackedModel.fromBytes(bytes);
        assertArrayEquals(bytes, loaded.toBytes());
        float[] rows = RandomModels.floats(random, 6 * features);
        assertArrayEquals(saved.predict(rows, 6), loaded.predict(rows, 6));
        assertEquals(saved.summary(), loaded.summary());
    }

    @Test
    void filesStreamsAndBytesAreOneFormat() throws IOException {
        Path file = folder.resolve("net.bops");
        model.save(file);
        assertArrayEquals(model.toBytes(), Files.readAllBytes(file));
        assertArrayEquals(model.toBytes(), PackedModel.load(file).toBytes());
        try (InputStream in = Files.newInputStream(file)) {
            assertArrayEquals(model.toBytes(), PackedModel.load(in).toBytes());
        }
    }

    @Test
    void theHeaderIsThatOfTheDescription() {
        byte[] bytes = model.toBytes();
        ByteBuffer file = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        byte[] magic = new byte[8];
        file.get(magic);
        assertArrayEquals(new byte[] {(byte) 0x89, 'B', 'O', 'P', 'S', 13, 10, 26}, magic);
        assertEquals(1, file.getInt());
        assertEquals(PackedFormat.checksum(bytes, 32, bytes.length - 32), file.getInt());
        assertEquals(bytes.length - 32, file.getLong());
        assertEquals(0, file.getLong());
        assertEquals(9, file.getInt());
        assertEquals(3, file.getInt());
        assertEquals(5, file.getInt());
        assertEquals(0, file.getInt());
        assertEquals(1, file.getInt(), "code of InputThresholds");
    }

    @Test
    void whatIsWrongIsSaid() {
        byte[] bytes = model.toBytes();
        assertEquals("not a packed model: it has only 0 bytes", refusal(new byte[0]));
        assertEquals("not a packed model: it begins with other bytes", refusal(new byte[100]));
        assertEquals(
                "the packed model has format version 5, but this library reads versions 1 to 4",
                refusal(changed(8, 5)));
        assertEquals(
                "the header announces "
                        + (bytes.length - 32)
                        + " bytes of payload, but the file has "
                        + (bytes.length - 33),
                refusal(Arrays.copyOf(bytes, bytes.length - 1)));
        byte[] damaged = bytes.clone();
        damaged[100] ^= 4;
        assertEquals("damaged: the checksum does not fit the content", refusal(damaged));
        // the first operation begins at 48; its code, length, features
        assertEquals(
                "operation 0 has the code 77, which this library does not know; a later version"
                        + " may",
                refusal(changed(48, 77)));
        assertTrue(refusal(changed(56, 1 << 30)).startsWith("operation 0 announces 1073741824"));
        assertEquals(
                "invalid packed model: features of InputThresholds must be between 1 and 16777216,"
                        + " but is 4294967295",
                refusal(changed(64, -1)));
        assertEquals(
                "InputThresholds needs 83886088 bytes, but its body has 104",
                refusal(withSizes(1 << 20, 1 << 4)));
        assertEquals(
                "invalid packed model: the size of InputThresholds must be between 1 and 16777216,"
                        + " but is 281474976710656",
                refusal(withSizes(1 << 24, 1 << 24)));
        assertEquals(
                "1073741824 operations do not fit into " + (bytes.length - 48) + " bytes",
                refusal(changed(40, 1 << 30)));
        assertEquals("the program has 3 outputs, but 4 are announced", refusal(changed(36, 4)));
    }

    private byte[] withSizes(int features, int perFeature) {
        byte[] bytes = model.toBytes();
        ByteBuffer.wrap(bytes)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(64, features)
                .putInt(68, perFeature);
        return Checksums.correct(bytes);
    }

    @Test
    void aStreamThatAnnouncesTooMuchOrEndsEarlyIsRefused() {
        byte[] bytes = model.toBytes();
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putLong(16, 2_000_000_000L);
        String message =
                assertThrows(
                                PackedFormatException.class,
                                () -> PackedModel.load(new ByteArrayInputStream(bytes)))
                        .getMessage();
        assertEquals(
                "truncated: " + (bytes.length - 32) + " of 2000000000 bytes of payload", message);
        byte[] longer = Arrays.copyOf(model.toBytes(), bytes.length + 1);
        assertThrows(
                PackedFormatException.class,
                () -> PackedModel.load(new ByteArrayInputStream(longer)));
    }

    @Test
    void theFileIsNamed() throws IOException {
        Path file = folder.resolve("broken.bops");
        Files.write(file, new byte[50]);
        String message =
                assertThrows(PackedFormatException.class, () -> PackedModel.load(file))
                        .getMessage();
        assertEquals(file + ": not a packed model: it begins with other bytes", message);
        assertThrows(
                NoSuchFileException.class, () -> PackedModel.load(folder.resolve("missing.bops")));
        assertThrows(IOException.class, () -> PackedModel.load(folder));
    }
}
