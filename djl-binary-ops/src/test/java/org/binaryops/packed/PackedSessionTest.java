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

import java.util.Arrays;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;

/** The kernels against the definition of the operations. */
class PackedSessionTest {

    @Provide
    Arbitrary<Integer> ragged() {
        return Arbitraries.of(1, 2, 3, 5, 31, 63, 64, 65, 127, 128, 129, 200);
    }

    @Property(tries = 150)
    void everyBitAndAccumulatorIsThatOfTheDefinition(
            @ForAll long seed,
            @ForAll RandomModels.End end,
            @ForAll("ragged") int features,
            @ForAll @IntRange(min = 1, max = 5) int perFeature,
            @ForAll("ragged") int hidden,
            @ForAll @IntRange(min = 1, max = 11) int outputs,
            @ForAll @IntRange(min = 1, max = 16) int rows) {
        Random random = new Random(seed);
        PackedModel model = RandomModels.of(random, end, features, perFeature, hidden, outputs);
        float[] batch = rows(random, model, rows);
        PackedSession session = new PackedSession(model, false);
        float[] out = session.predict(batch, rows);

        for (int row = 0; row < rows; ++row) {
            float[] one = Arrays.copyOfRange(batch, row * features, (row + 1) * features);
            PlainProgram plain = PlainProgram.run(model, one);
            for (int op = 0; op < model.operations().size(); ++op) {
                int[] accumulators = plain.accumulators.get(op);
                if (accumulators != null && session.scratch().accumulators[op + 1] != null) {
                    int from = row * accumulators.length;
                    assertArrayEquals(
                            accumulators,
                            Arrays.copyOfRange(
                                    session.scratch().accumulators[op + 1],
                                    from,
                                    from + accumulators.length));
                }
                boolean[] bits = plain.bits.get(op);
                if (bits != null && session.scratch().bits[op + 1] != null) {
                    for (int i = 0; i < bits.length; ++i) {
                        assertEquals(
                                bits[i],
                                PlainProgram.bit(
                                        session.scratch().bits[op + 1], row, bits.length, i));
                    }
                }
            }
            if (plain.outputs != null) {
                int from = row * outputs;
                assertArrayEquals(plain.outputs, Arrays.copyOfRange(out, from, from + outputs));
            }
        }
    }

    @Property(tries = 60)
    void aBatchOfAnySizeIsItsRows(
            @ForAll long seed,
            @ForAll RandomModels.End end,
            @ForAll @IntRange(min = 0, max = 70) int rows) {
        Random random = new Random(seed);
        PackedModel model = RandomModels.of(random, end, 7, 3, 70, 4);
        float[] batch = rows(random, model, rows);
        float[] out = model.predict(batch, rows);
        int[] classes = model.classify(batch, rows);
        assertEquals(rows * 4, out.length);
        for (int row = 0; row < rows; ++row) {
            float[] one = Arrays.copyOfRange(batch, row * 7, row * 7 + 7);
            assertArrayEquals(model.predict(one), Arrays.copyOfRange(out, row * 4, row * 4 + 4));
            assertEquals(model.classify(one), classes[row]);
        }
    }

    /** Features around the thresholds, among them ±0, the thresholds themselves and denormals. */
    private static float[] rows(Random random, PackedModel model, int rows) {
        InputThresholds first = (InputThresholds) model.operations().get(0);
        float[] batch = RandomModels.floats(random, rows * model.inputs());
        for (int i = 0; i < batch.length; ++i) {
            int bit = i % model.inputs() * first.perFeature();
            switch (random.nextInt(6)) {
                case 0 -> batch[i] = first.threshold(bit);
                case 1 -> batch[i] = Math.nextDown(first.threshold(bit));
                case 2 -> batch[i] = random.nextBoolean() ? 0f : -0f;
                case 3 -> batch[i] = random.nextBoolean() ? Float.MIN_VALUE : -Float.MAX_VALUE;
                default -> {}
            }
        }
        return batch;
    }
}
