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
import static org.junit.jupiter.api.Assertions.fail;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Damaged files: an IOException with a sentence, or a model that is whole. */
class PackedFormatFuzzTest {

    private final Random random = new Random(20261121);
    private final List<byte[]> files = new ArrayList<>();

    PackedFormatFuzzTest() {
        for (RandomModels.End end : RandomModels.End.values()) {
            files.add(RandomModels.of(random, end, 5, 2, 11, 3).toBytes());
        }
    }

    /** Returns whether the bytes are a model; if so, they must be exactly its bytes and work. */
    private static boolean isModel(byte[] bytes) {
        try {
            PackedModel model = PackedModel.fromBytes(bytes);
            assertArrayEquals(bytes, model.toBytes());
            assertEquals(
                    2 * model.outputs(), model.predict(new float[2 * model.inputs()], 2).length);
            return true;
        } catch (IOException e) {
            assertTrue(e.getMessage().length() > 10, "a sentence");
            return false;
        } catch (RuntimeException | Error e) {
            return fail("neither a model nor an IOException", e);
        }
    }

    @Test
    void everyTruncationIsRefused() {
        for (byte[] file : files) {
            for (int length = 0; length < file.length; ++length) {
                byte[] cut = Arrays.copyOf(file, length);
                assertThrows(PackedFormatException.class, () -> PackedModel.fromBytes(cut));
                assertThrows(
                        PackedFormatException.class,
                        () -> PackedModel.load(new ByteArrayInputStream(cut)));
                if (length >= PackedFormat.HEADER) {
                    byte[] corrected = Checksums.correct(cut.clone());
                    assertThrows(
                            PackedFormatException.class, () -> PackedModel.fromBytes(corrected));
                }
            }
        }
    }

    @Test
    void everySingleFlippedBitIsRefused() {
        for (byte[] file : files) {
            for (int bit = 0; bit < 8 * file.length; ++bit) {
                byte[] damaged = file.clone();
                damaged[bit / 8] ^= (byte) (1 << bit % 8);
                assertThrows(PackedFormatException.class, () -> PackedModel.fromBytes(damaged));
            }
        }
    }

    @Test
    void everyFlippedBitBehindTheChecksumIsRefusedOrAModel() {
        int models = 0;
        int refused = 0;
        for (byte[] file : files) {
            for (int bit = 8 * PackedFormat.HEADER; bit < 8 * file.length; ++bit) {
                byte[] damaged = file.clone();
                damaged[bit / 8] ^= (byte) (1 << bit % 8);
                if (isModel(Checksums.correct(damaged))) {
                    ++models;
                } else {
                    ++refused;
                }
            }
        }
        // A changed weight or threshold is a model, a changed size or code is none.
        assertTrue(models > 1000 && refused > 1000, models + " models, " + refused + " refused");
    }

    @Test
    void randomDamageBehindTheChecksumIsRefusedOrAModel() {
        int[] absurd = {0, 1, -1, 1 << 24, 1 << 31, Integer.MAX_VALUE, 0x7fc00000, 1 << 20, 64};
        for (int i = 0; i < 30_000; ++i) {
            byte[] bytes = files.get(random.nextInt(files.size())).clone();
            ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
            for (int change = 0; change <= random.nextInt(4); ++change) {
                int word = 4 * (8 + random.nextInt(bytes.length / 4 - 8));
                switch (random.nextInt(5)) {
                    case 0 -> buffer.putInt(word, absurd[random.nextInt(absurd.length)]);
                    case 1 -> buffer.putInt(word, random.nextInt());
                    case 2 -> buffer.putInt(word, buffer.getInt(word) + random.nextInt(17) - 8);
                    case 3 -> buffer.put(word + random.nextInt(4), (byte) random.nextInt());
                    default -> bytes = shifted(bytes, word);
                }
                buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
            }
            isModel(Checksums.correct(bytes));
        }
    }

    /** Removes or doubles some bytes. */
    private byte[] shifted(byte[] bytes, int at) {
        int count = Math.min(8 * (1 + random.nextInt(3)), bytes.length - at);
        if (random.nextBoolean() && bytes.length - count > 48) {
            byte[] shorter = Arrays.copyOf(bytes, bytes.length - count);
            System.arraycopy(bytes, at + count, shorter, at, shorter.length - at);
            return shorter;
        }
        byte[] longer = Arrays.copyOf(bytes, bytes.length + count);
        System.arraycopy(bytes, at, longer, at + count, bytes.length - at);
        return longer;
    }

    @Test
    void absurdSizesAllocateNothing() {
        com.sun.management.ThreadMXBean threads =
                (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        long id = Thread.currentThread().getId();
        int[] absurd = {1 << 24, (1 << 24) - 1, 1 << 20, 1 << 30, -1, Integer.MAX_VALUE};
        long most = 0;
        for (byte[] file : files) {
            for (int word = 32; word + 8 <= file.length; word += 4) {
                for (int a : absurd) {
                    for (int b : new int[] {a, 0, 64}) {
                        byte[] bytes = file.clone();
                        ByteBuffer.wrap(bytes)
                                .order(ByteOrder.LITTLE_ENDIAN)
                                .putInt(word, a)
                                .putInt(word + 4, b);
                        Checksums.correct(bytes);
                        long before = threads.getThreadAllocatedBytes(id);
                        try {
                            PackedModel.fromBytes(bytes);
                        } catch (IOException e) {
                            assertTrue(e.getMessage().length() > 10);
                        }
                        most = Math.max(most, threads.getThreadAllocatedBytes(id) - before);
                    }
                }
            }
        }
        // Files of about 1 KB; what is left are exceptions, their traces and class loading.
        assertTrue(most < 4_000_000, most + " bytes");
    }
}
