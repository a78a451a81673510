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
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Trees of files that are none: circles, two roots, parents beyond the units, negated roots. */
class ReuseFormatTest {

    private static final int UNITS = 70;

    private final byte[] file =
            RandomPrograms.of(new Random(1), RandomPrograms.Kind.REUSE).toBytes();

    /** Where the parents of the first tree begin. */
    private final int parents = parents();

    private int parents() {
        ByteBuffer buffer = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
        int at = PackedFormat.HEADER + 16 + 16;
        while (buffer.getInt(at) != ReusedConvolution.CODE) {
            int operands = buffer.getInt(at + 4);
            at += 16 + (int) Operation.padded(4L * operands) + (int) buffer.getLong(at + 8);
        }
        int body = at + 16 + 8;
        assertEquals(UNITS, buffer.getInt(body + Window.BYTES));
        int width = buffer.getInt(body) * buffer.getInt(body + 12) * buffer.getInt(body + 16);
        return body + Window.BYTES + 4 + 8 * UNITS * ((width + 63) / 64);
    }

    private int parent(int unit) {
        return ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).getInt(parents + 4 * unit);
    }

    private int root() {
        for (int unit = 0; unit < UNITS; ++unit) {
            if (parent(unit) == -1) {
                return unit;
            }
        }
        throw new AssertionError("a tree has a root");
    }

    private String refusal(int unit, int parent) {
        byte[] bytes = file.clone();
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putInt(parents + 4 * unit, parent);
        byte[] corrected = Checksums.correct(bytes);
        return assertThrows(PackedFormatException.class, () -> PackedModel.fromBytes(corrected))
                .getMessage();
    }

    @Test
    void whatIsNoTreeIsSaid() {
        int root = root();
        int other = root == 0 ? 1 : 0;
        String prefix = "invalid packed model: ";
        assertEquals(prefix + "a tree has two roots", refusal(other, -1));
        assertEquals(
                prefix + "the parent of unit " + other + " is 70 of 70", refusal(other, UNITS));
        assertEquals(prefix + "the parent of unit " + other + " is -2 of 70", refusal(other, -2));
        assertEquals(
                prefix + "the parent of unit " + root + " is 2147483647 of 70",
                refusal(root, Integer.MAX_VALUE));
        String circle = refusal(other, other);
        assertTrue(
                circle.endsWith("do not descend from the root: their parents go round in a circle"),
                circle);
        assertTrue(refusal(root, other).contains("circle"));
    }

    /** Every unit under every other: a circle is refused, another tree is a model. */
    @Test
    void everyParentOfEveryUnitIsRefusedOrATree() {
        int models = 0;
        int refused = 0;
        for (int unit = 0; unit < UNITS; ++unit) {
            for (int parent = -1; parent <= UNITS; ++parent) {
                byte[] bytes = file.clone();
                ByteBuffer.wrap(bytes)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .putInt(parents + 4 * unit, parent);
                if (FuzzedFiles.isModel(Checksums.correct(bytes))) {
                    ++models;
                } else {
                    ++refused;
                }
            }
        }
        assertTrue(models > 1000 && refused > 200, models + " models, " + refused + " refused");
    }

    @Test
    void aNegatedRootAndBitsPastTheUnitsAreRefused() {
        int flips = parents + 4 * UNITS;
        for (int bit : new int[] {root(), UNITS, 127}) {
            byte[] bytes = file.clone();
            bytes[flips + bit / 8] |= (byte) (1 << bit % 8);
            byte[] corrected = Checksums.correct(bytes);
            assertThrows(PackedFormatException.class, () -> PackedModel.fromBytes(corrected));
        }
    }

    /** The figures of trials, at the end of a file. */
    @Test
    void trialsThatAreNoneAreRefused() {
        byte[] plain =
                PackedModel.of(
                                RandomPrograms.of(new Random(1), RandomPrograms.Kind.BITS)
                                        .inputShape(),
                                RandomPrograms.of(new Random(1), RandomPrograms.Kind.BITS).steps())
                        .withReuse(3)
                        .toBytes();
        int count =
                ByteBuffer.wrap(plain)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .getInt(PackedFormat.HEADER + 12);
        assertTrue(count > 0);
        int first = plain.length - count * ReuseTrials.BYTES;
        for (int at = first; at < plain.length; at += 4) {
            for (int value : new int[] {-1, Integer.MIN_VALUE, 0x7ff00000, 0x7ff80000}) {
                byte[] bytes = plain.clone();
                ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putInt(at, value);
                FuzzedFiles.isModel(Checksums.correct(bytes));
            }
        }
        for (int[] change : new int[][] {{0, 0}, {0, -1}, {0, 1000}, {4, -5}, {44, 0xfff00000}}) {
            byte[] bytes = plain.clone();
            ByteBuffer.wrap(bytes)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putInt(first + change[0], change[1]);
            byte[] corrected = Checksums.correct(bytes);
            assertThrows(PackedFormatException.class, () -> PackedModel.fromBytes(corrected));
        }
        byte[] more = plain.clone();
        ByteBuffer.wrap(more)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(PackedFormat.HEADER + 12, 1 << 30);
        byte[] corrected = Checksums.correct(more);
        assertTrue(
                assertThrows(PackedFormatException.class, () -> PackedModel.fromBytes(corrected))
                        .getMessage()
                        .contains("trials of reuse do not fit"));
    }
}
