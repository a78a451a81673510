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
package org.binaryops.packed.compiler;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.binaryops.packed.ThresholdRule;
import org.junit.jupiter.api.Test;

class BisectionTest {

    @Test
    void findsEveryChangeAndItsDirection() {
        // On 0 … 9: function i rises at i, function 11 + i falls at i; 0 and 10 are constants.
        Bisection found =
                Bisection.of(
                        arguments -> {
                            boolean[] bits = new boolean[22];
                            for (int i = 0; i < 22; ++i) {
                                bits[i] = arguments[i] >= i % 11 ^ i >= 11;
                            }
                            return bits;
                        },
                        22,
                        0,
                        9);
        for (int i = 0; i < 22; ++i) {
            boolean rises = i < 11;
            ThresholdRule expected =
                    switch (i % 11) {
                        case 0 -> rises ? ThresholdRule.ALWAYS : ThresholdRule.NEVER;
                        case 10 -> rises ? ThresholdRule.NEVER : ThresholdRule.ALWAYS;
                        default -> rises ? ThresholdRule.AT_LEAST : ThresholdRule.BELOW;
                    };
            assertEquals(expected, found.rules[i]);
            assertEquals(i % 11 % 10, found.thresholds[i]);
        }
    }

    @Test
    void theWholeRangeOfFloatsTakesThirtyTwoSteps() {
        Random random = new Random(4);
        float[] limits = new float[500];
        for (int i = 0; i < limits.length; ++i) {
            do {
                limits[i] = Float.intBitsToFloat(random.nextInt());
            } while (!Float.isFinite(limits[i]) || limits[i] == -Float.MAX_VALUE);
        }
        limits[0] = 0f;
        limits[1] = Float.MIN_VALUE;
        limits[2] = -Float.MIN_VALUE;
        limits[3] = Float.MAX_VALUE;
        int[] calls = {0};
        Bisection found =
                Bisection.of(
                        numbers -> {
                            ++calls[0];
                            boolean[] bits = new boolean[numbers.length];
                            for (int i = 0; i < bits.length; ++i) {
                                bits[i] = FloatOrder.value(numbers[i]) >= limits[i];
                            }
                            return bits;
                        },
                        limits.length,
                        FloatOrder.FIRST,
                        FloatOrder.LAST);
        for (int i = 0; i < limits.length; ++i) {
            assertEquals(ThresholdRule.AT_LEAST, found.rules[i]);
            // compared as numbers: -0 stands for the threshold 0
            assertTrue(limits[i] == FloatOrder.value(found.thresholds[i]));
        }
        assertTrue(calls[0] <= 2 + 32, calls[0] + " calls");
    }

    @Test
    void floatsAreNumberedInTheirOrder() {
        float[] ascending = {
            -Float.MAX_VALUE, -1, -Float.MIN_VALUE, -0f, 0f, Float.MIN_VALUE, 1, Float.MAX_VALUE
        };
        for (int i = 0; i < ascending.length; ++i) {
            int number = FloatOrder.number(ascending[i]);
            assertEquals(
                    Float.floatToRawIntBits(ascending[i]),
                    Float.floatToRawIntBits(FloatOrder.value(number)));
            if (i > 0) {
                assertTrue(FloatOrder.number(ascending[i - 1]) < number);
            }
        }
        assertEquals(-1, FloatOrder.number(-0f));
        assertEquals(0, FloatOrder.number(0f));
        assertEquals(1, FloatOrder.number(Float.MIN_VALUE));
    }
}
