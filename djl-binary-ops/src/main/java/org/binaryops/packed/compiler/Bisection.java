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

import java.util.Arrays;
import org.binaryops.packed.ThresholdRule;

/**
 * Finds where monotone functions from integers to bits change, for many functions at once.
 *
 * <p>The functions are asked, not analysed: whatever rounding an engine has is in the answer.
 */
final class Bisection {

    /** Functions f₀, f₁, … from integers to bits, each monotone. */
    @FunctionalInterface
    interface Functions {
        /** Returns f₀(arguments[0]), f₁(arguments[1]), …, in a new array. */
        boolean[] apply(int[] arguments);
    }

    /** Per function how its bit follows from its argument. */
    final ThresholdRule[] rules;

    /** Per function the smallest argument with the bit of the upper end; 0 for a constant. */
    final int[] thresholds;

    private Bisection(int count) {
        rules = new ThresholdRule[count];
        thresholds = new int[count];
    }

    /** Examines {@code count} functions on the arguments {@code from} … {@code to}, inclusive. */
    static Bisection of(Functions functions, int count, int from, int to) {
        int[] low = new int[count];
        int[] high = new int[count];
        Arrays.fill(low, from);
        Arrays.fill(high, to);
        boolean[] atLow = functions.apply(low);
        boolean[] atHigh = functions.apply(high);
        Bisection result = new Bisection(count);
        for (int i = 0; i < count; ++i) {
            if (atLow[i] == atHigh[i]) {
                result.rules[i] = atLow[i] ? ThresholdRule.ALWAYS : ThresholdRule.NEVER;
                high[i] = from;
            } else {
                result.rules[i] = atHigh[i] ? ThresholdRule.AT_LEAST : ThresholdRule.BELOW;
            }
        }
        int[] middle = new int[count];
        boolean open = true;
        while (open) {
            open = false;
            for (int i = 0; i < count; ++i) {
                middle[i] = (int) (((long) low[i] + high[i]) >> 1);
                open |= middle[i] != low[i];
            }
            if (open) {
                boolean[] bits = functions.apply(middle);
                for (int i = 0; i < count; ++i) {
                    if (bits[i] == atHigh[i]) {
                        high[i] = middle[i];
                    } else {
                        low[i] = middle[i];
                    }
                }
            }
        }
        for (int i = 0; i < count; ++i) {
            boolean constant = atLow[i] == atHigh[i];
            result.thresholds[i] = constant ? 0 : high[i];
        }
        return result;
    }
}
