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

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PackedModelTest {

    private final PackedModel model =
            RandomModels.of(new Random(5), RandomModels.End.AFFINE, 20, 2, 33, 3);

    private static String message(Runnable call) {
        return assertThrows(IllegalArgumentException.class, call::run).getMessage();
    }

    @Test
    void badInputGetsOneSentence() {
        assertEquals(
                "expected 20 features, but got an array of 19",
                message(() -> model.predict(new float[19])));
        assertEquals(
                "expected 3 outputs, but got an array of 4",
                message(() -> model.predict(new float[20], new float[4])));
        assertEquals(
                "expected 40 features of 2 rows, but got an array of 20",
                message(() -> model.predict(new float[20], 2)));
        assertEquals(
                "expected 42949672940 features of 2147483647 rows, but got an array of 20",
                message(() -> model.classify(new float[20], Integer.MAX_VALUE)));
        assertEquals(
                "count must be 0 or more, but is -1",
                message(() -> model.predict(new float[20], -1)));
        for (float bad :
                new float[] {Float.NaN, Float.NEGATIVE_INFINITY, Float.intBitsToFloat(-1)}) {
            float[] rows = new float[60];
            rows[47] = bad;
            assertEquals(
                    "features must be finite, but feature 7 of row 2 is " + bad,
                    message(() -> model.predict(rows, 3)));
        }
        // and the borrowed session is as good as before
        assertEquals(3, model.predict(new float[20]).length);
    }

    @Test
    void aWrongProgramIsRefused() {
        InputThresholds first = (InputThresholds) model.operations().get(0);
        assertEquals(
                "a chain of operations must begin with InputThresholds, but begins with nothing",
                message(() -> PackedModel.of(List.of())));
        assertEquals(
                "a packed model must end with an output operation, but ends with 40 bits",
                message(() -> PackedModel.of(List.of(first))));
        assertEquals(
                "SignOutput takes 41 bits but is given 40 bits",
                message(() -> PackedModel.of(List.of(first, new SignOutput(41)))));
        assertEquals(
                "IntegerThresholds takes 33 accumulators but is given 40 bits",
                message(() -> PackedModel.of(List.of(first, model.operations().get(2)))));
        assertEquals(
                "unit 1 has a bit set past its 3 weights",
                message(() -> new BinaryLinear(2, 3, new long[] {7, 8})));
        assertEquals(
                "units must be between 1 and 16777216, but is 0",
                message(() -> new BinaryLinear(0, 3, new long[0])));
        assertEquals(
                "TableOutput is for sums of 41 products but is given sums of 40",
                message(
                        () ->
                                PackedModel.of(
                                        List.of(
                                                first,
                                                model.operations().get(1),
                                                new TableOutput(33, 41, new float[33 * 42])))));
    }

    @Test
    void theClassIsTheFirstLargestOutputOrTheSignOfTheOnly() {
        ThresholdRule[] rules = {ThresholdRule.AT_LEAST};
        InputThresholds first = new InputThresholds(1, 1, rules, new float[1]);
        PackedModel three =
                PackedModel.of(
                        List.of(
                                first,
                                new BinaryLinear(3, 1, new long[] {0, 1, 1}),
                                AffineOutput.of(new float[] {1, 1, 1}, new float[3], false)));
        assertEquals(1, three.classify(new float[] {2}));
        assertEquals(0, three.classify(new float[] {-2}));
        PackedModel one =
                PackedModel.of(
                        List.of(
                                first,
                                new BinaryLinear(1, 1, new long[] {1}),
                                AffineOutput.of(new float[] {1}, new float[1], false)));
        assertEquals(1, one.classify(new float[] {2}));
        assertEquals(0, one.classify(new float[] {-2}));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 8, 1000})
    void aBatchOnTheThreadsOfAnExecutorGivesTheSame(int threads) {
        int rows = 200;
        float[] batch = RandomModels.floats(new Random(8), rows * 20);
        ExecutorService pool = Executors.newFixedThreadPool(3);
        try {
            assertArrayEquals(
                    model.predict(batch, rows), model.predict(batch, rows, pool, threads));
            assertEquals(0, model.predict(new float[0], 0, pool, threads).length);
            assertTrue(
                    message(() -> model.predict(batch, rows - 1, pool, threads))
                            .contains("3980 features of 199 rows"));
            batch[20 * 150] = Float.NaN;
            assertTrue(message(() -> model.predict(batch, rows, pool, threads)).contains("NaN"));
        } finally {
            pool.shutdownNow();
        }
        // An executor that takes no more work leaves it to the caller.
        batch[20 * 150] = 0;
        assertArrayEquals(model.predict(batch, rows), model.predict(batch, rows, pool, threads));
    }

    @Test
    void aNumberOfThreadsIsPositive() {
        assertTrue(
                message(() -> model.predict(new float[20], 1, Runnable::run, 0))
                        .contains("parts must be"));
    }

    @Test
    void anyNumberOfThreadsMayShareAModel() throws Exception {
        Random random = new Random(6);
        int rows = 200;
        float[] batch = RandomModels.floats(random, rows * 20);
        float[] expected = model.predict(batch, rows);
        // More threads than slots, so that some meet.
        ExecutorService pool = Executors.newFixedThreadPool(80);
        try {
            Callable<Void> task =
                    () -> {
                        for (int row = 0; row < rows; ++row) {
                            assertArrayEquals(
                                    Arrays.copyOfRange(expected, row * 3, row * 3 + 3),
                                    model.predict(
                                            Arrays.copyOfRange(batch, row * 20, row * 20 + 20)));
                        }
                        return null;
                    };
            List<Future<Void>> running = new ArrayList<>();
            for (int i = 0; i < 160; ++i) {
                running.add(pool.submit(task));
            }
            for (Future<Void> future : running) {
                future.get();
            }
        } finally {
            pool.shutdownNow();
        }
    }

    @Test
    void theSummaryNamesOperationsAndSizes() {
        String text = model.summary();
        assertTrue(text.startsWith("packed model: 20 features -> 3 outputs\n"), text);
        assertTrue(text.contains("1  BinaryLinear       40 inputs -> 33 units, 272 bytes\n"), text);
        assertTrue(text.contains("1,419 binary weights"), text);
        assertTrue(
                text.contains(
                        "file of "
                                + String.format(
                                        java.util.Locale.ROOT, "%,d", model.toBytes().length)),
                text);
        assertEquals("PackedModel(20 features -> 3 outputs, 5 operations)", model.toString());
    }
}
