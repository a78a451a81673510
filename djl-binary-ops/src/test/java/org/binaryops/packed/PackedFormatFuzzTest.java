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

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.junit.jupiter.api.Test;

/** Damaged files: an IOException with a sentence, or a model that is whole. */
class PackedFormatFuzzTest {

    private static final long SOME_SECONDS = 4_000_000_000L;

    private final Random random = new Random(20261121);
    private final List<byte[]> files = new ArrayList<>();

    PackedFormatFuzzTest() {
        files.addAll(FuzzedFiles.golden());
        files.add(SmallModels.ofImages(1).toBytes());
        for (RandomModels.End end : RandomModels.End.values()) {
            files.add(RandomModels.of(random, end, 5, 2, 11, 3).toBytes());
        }
    }

    private static boolean isModel(byte[] bytes) {
        return FuzzedFiles.isModel(bytes);
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

    /**
     * Some seconds of mutated files in every build; {@code mvn -Pfuzz} makes ten million. A failure
     * names the seed that makes it again.
     */
    @Test
    void mutatedFilesAreRefusedOrModels() throws Exception {
        long cases = Long.getLong("fuzz.cases", 0);
        long first = cases > 0 ? System.nanoTime() : 0;
        int threads = cases > 0 ? Runtime.getRuntime().availableProcessors() : 1;
        Mutations mutations = new Mutations(files);
        AtomicLong next = new AtomicLong();
        LongAdder models = new LongAdder();
        ExecutorService executor = Executors.newFixedThreadPool(threads);
        long start = System.nanoTime();
        try {
            List<Future<?>> all = new ArrayList<>();
            for (int thread = 0; thread < threads; ++thread) {
                all.add(
                        executor.submit(
                                () -> {
                                    for (long i = next.getAndIncrement();
                                            cases > 0
                                                    ? i < cases
                                                    : System.nanoTime() - start < SOME_SECONDS;
                                            i = next.getAndIncrement()) {
                                        if (cases > 0 && i > 0 && i % 1_000_000 == 0) {
                                            System.out.printf("%,d mutated files%n", i);
                                        }
                                        if (isModelOf(mutations, first + i)) {
                                            models.increment();
                                        }
                                    }
                                }));
            }
            for (Future<?> one : all) {
                one.get();
            }
        } finally {
            executor.shutdownNow();
        }
        long tried = next.get() - threads;
        System.out.printf(
                "%,d mutated files: %,d models, %,d refused, in %.1f s%n",
                tried, models.sum(), tried - models.sum(), (System.nanoTime() - start) / 1e9);
        // Both must happen, else the mutations are too coarse or too fine to prove anything.
        assertTrue(models.sum() > tried / 100, models + " models of " + tried);
        assertTrue(models.sum() < tried / 2, models + " models of " + tried);
    }

    private static boolean isModelOf(Mutations mutations, long seed) {
        try {
            return isModel(mutations.of(seed));
        } catch (Throwable e) {
            throw new AssertionError("the mutation of the seed " + seed, e);
        }
    }

    /** Every size of every file replaced by absurd ones; the allocations are measured. */
    @Test
    void absurdSizesAllocateNothing() {
        int[] absurd = {1 << 24, (1 << 24) - 1, 1 << 20, 1 << 30, -1, Integer.MAX_VALUE};
        for (byte[] file : files) {
            int words = Math.min(file.length, 2048);
            for (int word = 32; word + 8 <= words; word += 4) {
                for (int a : absurd) {
                    for (int b : new int[] {a, 0, 64}) {
                        byte[] bytes = file.clone();
                        ByteBuffer.wrap(bytes)
                                .order(ByteOrder.LITTLE_ENDIAN)
                                .putInt(word, a)
                                .putInt(word + 4, b);
                        isModel(Checksums.correct(bytes));
                    }
                }
            }
        }
    }
}
