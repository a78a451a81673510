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

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** Damages good files in the ways that disks, transfers and attackers do. */
final class Mutations {

    /** Sizes and counts at the edges of what a reader may believe. */
    private static final int[] ABSURD = {
        0,
        1,
        -1,
        2,
        63,
        64,
        65,
        1 << 16,
        1 << 20,
        1 << 24,
        (1 << 24) + 1,
        1 << 30,
        1 << 31,
        Integer.MAX_VALUE,
        0x7fc00000,
        0x7f800000,
        0xff800000
    };

    private final List<byte[]> files;

    Mutations(List<byte[]> files) {
        this.files = files;
    }

    /**
     * Damages one of the files, the same for the same seed. Mostly the checksum and the length in
     * the header are made to fit again: else they hide whatever is behind them.
     */
    byte[] of(long seed) {
        Random random = new Random(seed);
        byte[] bytes = files.get(random.nextInt(files.size())).clone();
        int changes = 1 + random.nextInt(4);
        for (int i = 0; i < changes; ++i) {
            bytes = change(random, bytes);
        }
        boolean repair = random.nextInt(8) != 0 && bytes.length >= PackedFormat.HEADER;
        return repair ? Checksums.correct(bytes) : bytes;
    }

    private byte[] change(Random random, byte[] bytes) {
        if (bytes.length < 16) {
            return Arrays.copyOf(bytes, 16 + random.nextInt(64));
        }
        int word = 4 * random.nextInt(bytes.length / 4 - 1);
        // The first kilobyte has most of the sizes.
        if (random.nextBoolean()) {
            word %= Math.min(1024, bytes.length - 8);
            word &= -4;
        }
        ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        switch (random.nextInt(11)) {
            case 0 -> bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
            case 1 -> bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
            case 2 -> buffer.putInt(word, ABSURD[random.nextInt(ABSURD.length)]);
            case 3 -> buffer.putInt(word, random.nextInt());
            case 4 -> buffer.putInt(word, buffer.getInt(word) + random.nextInt(17) - 8);
            case 5 ->
                    buffer.putLong(
                            Math.min(word & -8, bytes.length - 8),
                            random.nextBoolean() ? random.nextLong() : random.nextInt(4096) * 8L);
            case 6 -> {
                return Arrays.copyOf(bytes, random.nextInt(bytes.length));
            }
            case 7 -> {
                return Arrays.copyOf(bytes, bytes.length + 1 + random.nextInt(64));
            }
            case 8 -> {
                int length = Math.min(bytes.length - word, 8 * (1 + random.nextInt(8)));
                return spliced(bytes, word, length, new byte[0], 0, 0);
            }
            case 9 -> {
                int length = Math.min(bytes.length - word, 8 * (1 + random.nextInt(64)));
                return spliced(bytes, word, 0, bytes, word, length);
            }
            default -> {
                byte[] other = files.get(random.nextInt(files.size()));
                int from = random.nextInt(other.length / 8) * 8;
                int length = Math.min(other.length - from, 8 * (1 + random.nextInt(64)));
                int gone = random.nextBoolean() ? Math.min(length, bytes.length - word) : 0;
                return spliced(bytes, word, gone, other, from, length);
            }
        }
        return bytes;
    }

    /** Replaces a part by a part of another file. */
    private static byte[] spliced(
            byte[] bytes, int at, int gone, byte[] other, int from, int length) {
        byte[] result = new byte[bytes.length - gone + length];
        System.arraycopy(bytes, 0, result, 0, at);
        System.arraycopy(other, from, result, at, length);
        System.arraycopy(bytes, at + gone, result, at + length, bytes.length - at - gone);
        return result;
    }
}
