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

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Programs that are graphs: their files, their memory, and what is refused. */
class PackedProgramTest {

    @ParameterizedTest
    @EnumSource
    void aProgramSurvivesItsFile(RandomPrograms.Kind kind) throws Exception {
        for (int seed = 0; seed < 20; ++seed) {
            Random random = new Random(seed);
            PackedModel model = RandomPrograms.of(random, kind);
            byte[] bytes = model.toBytes();
            assertEquals(
                    kind.version(),
                    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getInt(8));
            PackedModel loaded = PackedModel.fromBytes(bytes);
            assertArrayEquals(bytes, loaded.toBytes());
            assertEquals(model.summary(), loaded.summary());
            float[] rows = RandomModels.floats(random, 5 * model.inputs());
            assertArrayEquals(model.predict(rows, 5), loaded.predict(rows, 5));
        }
    }

    /** Sharing buffers changes no result: values are overwritten only when nobody reads them. */
    @ParameterizedTest
    @EnumSource
    void sharedMemoryGivesWhatMemoryOfItsOwnGives(RandomPrograms.Kind kind) {
        Random random = new Random(4);
        PackedModel model = RandomPrograms.of(random, kind);
        float[] rows = RandomModels.floats(random, 9 * model.inputs());
        float[] own = new PackedSession(model, false).predict(rows, 9);
        assertArrayEquals(own, model.predict(rows, 9));
        for (int row = 0; row < 9; ++row) {
            int width = model.inputs();
            float[] one = Arrays.copyOfRange(rows, row * width, (row + 1) * width);
            int outputs = model.outputs();
            assertArrayEquals(
                    Arrays.copyOfRange(own, row * outputs, (row + 1) * outputs),
                    model.predict(one));
        }
        BufferPlan shared = new BufferPlan(model.program(), true);
        BufferPlan apart = new BufferPlan(model.program(), false);
        assertTrue(shared.bytesPerRow() < apart.bytesPerRow());
    }

    /** Also where a linear layer and its thresholds are one product. */
    @ParameterizedTest
    @EnumSource
    void joinedStepsGiveWhatTheyGiveOneByOne(RandomModels.End end) {
        Random random = new Random(7);
        for (int hidden : new int[] {1, 63, 64, 65, 257}) {
            PackedModel model = RandomModels.of(random, end, 70, 1, hidden, 5);
            float[] rows = RandomModels.floats(random, 9 * model.inputs());
            assertArrayEquals(
                    new PackedSession(model, false).predict(rows, 9), model.predict(rows, 9));
        }
    }

    @ParameterizedTest
    @EnumSource
    void everyFlippedBitBehindTheChecksumIsRefusedOrAModel(RandomPrograms.Kind kind) {
        byte[] file = RandomPrograms.of(new Random(6), kind).toBytes();
        int models = 0;
        int refused = 0;
        for (int bit = 8 * PackedFormat.HEADER; bit < 8 * file.length; bit += 3) {
            byte[] damaged = file.clone();
            damaged[bit / 8] ^= (byte) (1 << bit % 8);
            Checksums.correct(damaged);
            try {
                PackedModel model = PackedModel.fromBytes(damaged);
                assertArrayEquals(damaged, model.toBytes(), "one encoding for a model");
                ++models;
            } catch (PackedFormatException e) {
                assertTrue(e.getMessage().length() > 10, "a sentence");
                ++refused;
            }
        }
        assertTrue(models > 100 && refused > 100, models + " models, " + refused + " refused");
    }

    @Test
    void aWrongProgramIsRefused() {
        Interleave pixels = new Interleave(3, 6, 5);
        assertEquals(
                "step 0 reads value 1, which is not defined before",
                message(() -> PackedModel.of(new int[] {3, 6, 5}, List.of(Step.of(pixels, 1)))));
        assertEquals(
                "nothing reads value 1",
                message(
                        () ->
                                PackedModel.of(
                                        new int[] {3, 6, 5},
                                        List.of(Step.of(pixels, 0), Step.of(pixels, 0)))));
        assertEquals(
                "Interleave takes 90 floats but is given 89 floats",
                message(() -> PackedModel.of(new int[] {89}, List.of(Step.of(pixels, 0)))));
        assertTrue(
                message(() -> new Window(1, 5, 5, 3, 3, 1, 1, 0, 0, 1, 1, 4, 3))
                        .endsWith("does not give 4 outputs of 5 inputs"));
    }

    @Test
    void featuresOfImagesMustBeFiniteToo() {
        PackedModel model = RandomPrograms.of(new Random(1), RandomPrograms.Kind.RESIDUAL);
        float[] rows = new float[2 * model.inputs()];
        rows[model.inputs() + 7] = Float.NaN;
        assertEquals(
                "features must be finite, but feature 7 of row 1 is NaN",
                message(() -> model.predict(rows, 2)));
    }

    private static String message(Runnable call) {
        return assertThrows(IllegalArgumentException.class, call::run).getMessage();
    }
}
