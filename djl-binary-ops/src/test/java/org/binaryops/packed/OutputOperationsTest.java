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

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The operations that make floats of accumulators, against their formulas. */
class OutputOperationsTest {

    /** One feature of which K bits are set: the accumulator of a unit of +1s is 2·set − K. */
    private static PackedModel counting(Operation end, int units, int inputs) {
        ThresholdRule[] rules = new ThresholdRule[inputs];
        float[] thresholds = new float[inputs];
        for (int i = 0; i < inputs; ++i) {
            rules[i] = ThresholdRule.AT_LEAST;
            thresholds[i] = i;
        }
        long[] ones = new long[units * ((inputs + 63) / 64)];
        for (int unit = 0; unit < units; ++unit) {
            for (int i = 0; i < inputs; ++i) {
                ones[unit * ((inputs + 63) / 64) + i / 64] |= 1L << i;
            }
        }
        return PackedModel.of(
                List.of(
                        new InputThresholds(1, inputs, rules, thresholds),
                        new BinaryLinear(units, inputs, ones),
                        end));
    }

    @Test
    void anAffineStageRoundsTwiceOrOnce() {
        Random random = new Random(1);
        float[] s = RandomModels.floats(random, 3);
        float[] b = RandomModels.floats(random, 3);
        PackedModel twice = counting(AffineOutput.of(s, b, false), 3, 100);
        PackedModel once = counting(AffineOutput.of(s, b, true), 3, 100);
        PackedModel both = counting(AffineOutput.of(s, b, false).then(b, s, true), 3, 100);
        int differences = 0;
        for (int set = 0; set <= 100; ++set) {
            float[] feature = {set - 0.5f};
            for (int c = 0; c < 3; ++c) {
                float a = 2 * set - 100;
                float product = a * s[c];
                float first = product + b[c];
                float fused = (float) ((double) a * s[c] + b[c]);
                assertEquals(first, twice.predict(feature)[c]);
                assertEquals(fused, once.predict(feature)[c]);
                assertEquals(
                        (float) ((double) first * b[c] + s[c]), both.predict(feature)[c], 1e-6f);
                differences += first != fused ? 1 : 0;
            }
        }
        assertEquals(true, differences > 10, "the two ways must differ somewhere");
    }

    @Test
    void aTableHoldsTheOutputOfEachAccumulator() {
        float[] table = RandomModels.floats(new Random(2), 2 * 71);
        PackedModel model = counting(new TableOutput(2, 70, table), 2, 70);
        for (int set = 0; set <= 70; ++set) {
            assertArrayEquals(
                    new float[] {table[set], table[71 + set]},
                    model.predict(new float[] {set - 0.5f}));
        }
    }

    @Test
    void negativeZeroSurvivesABiasOfNegativeZero() {
        float[] minus = {-1f};
        PackedModel model = counting(AffineOutput.of(minus, new float[] {-0f}, false), 1, 2);
        float zero = model.predict(new float[] {0.5f})[0];
        assertEquals(Float.floatToRawIntBits(-0f), Float.floatToRawIntBits(zero));
    }
}
