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
import org.binaryops.packed.Dequantize;
import org.binaryops.packed.Quantize;

/**
 * The levels of a quantizer of 1 to 8 bits: how floats find theirs, and the whole numbers that they
 * stand for. All channels share them, or each has its own.
 */
final class Levels {

    private final float[][] thresholds;
    private final float[][] values;

    /** For each channel the levels as consecutive whole numbers; null if they are none. */
    private final WholeNumbers[] numbers;

    private Levels(float[][] thresholds, float[][] values) {
        this.thresholds = thresholds;
        this.values = values;
        WholeNumbers[] all = new WholeNumbers[values.length];
        boolean consecutive = true;
        for (int c = 0; c < all.length; ++c) {
            all[c] = WholeNumbers.of(values[c], 0, values[c].length);
            consecutive &= all[c] != null && isConsecutive(all[c].numbers());
        }
        numbers = consecutive ? all : null;
    }

    /** The levels of a staircase; null if there is but one, or not as many in each channel. */
    static Levels of(Staircase staircase) {
        float[][] thresholds = staircase.thresholds();
        float[][] values = staircase.values();
        boolean shared = true;
        for (int c = 0; c < values.length; ++c) {
            if (values[c].length < 2 || values[c].length != values[0].length) {
                return null;
            }
            shared &= Arrays.equals(values[c], values[0]);
            shared &= Arrays.equals(thresholds[c], thresholds[0]);
        }
        return shared
                ? new Levels(new float[][] {thresholds[0]}, new float[][] {values[0]})
                : new Levels(thresholds, values);
    }

    private static boolean isConsecutive(int[] numbers) {
        for (int j = 1; j < numbers.length; ++j) {
            if (numbers[j] != numbers[0] + j) {
                return false;
            }
        }
        return true;
    }

    int count() {
        return values[0].length;
    }

    /** Whether sums of products can be computed in whole numbers: all inputs share a unit. */
    boolean areWhole() {
        return values.length == 1 && numbers != null;
    }

    /** What a level is a multiple of; only if the levels are whole. */
    float unit() {
        return numbers[0].unit();
    }

    /** The level that stands for 0, which may be beyond the others; only if they are whole. */
    int zeroPoint() {
        return -numbers[0].numbers()[0];
    }

    /** Whether a byte can stand for 0. */
    boolean hasZero() {
        return zeroPoint() >= 0 && zeroPoint() < Quantize.MAX_LEVELS;
    }

    /** Turns floats into the numbers of their levels. */
    Quantize quantize() {
        if (numbers != null) {
            Quantize rounding = rounding(Quantize.Rule.DIVIDE);
            rounding = rounding == null ? rounding(Quantize.Rule.MULTIPLY) : rounding;
            if (rounding != null) {
                return rounding;
            }
        }
        return Quantize.comparing(flat(thresholds), count());
    }

    /** Turns the numbers of levels into the levels. */
    Dequantize dequantize() {
        return new Dequantize(count(), flat(values));
    }

    private static float[] flat(float[][] rows) {
        float[] all = new float[rows.length * rows[0].length];
        for (int i = 0; i < rows.length; ++i) {
            System.arraycopy(rows[i], 0, all, i * rows[0].length, rows[0].length);
        }
        return all;
    }

    /**
     * A rounding that has every step at the very float where the quantizer has it, and so is equal
     * to it on all floats; null if none is found.
     */
    private Quantize rounding(Quantize.Rule rule) {
        int lowest = numbers[0].numbers()[0];
        float[] steps = new float[numbers.length];
        for (int c = 0; c < steps.length; ++c) {
            if (numbers[c].numbers()[0] != lowest) {
                return null;
            }
            steps[c] = step(rule, c);
            if (steps[c] == 0) {
                return null;
            }
        }
        return operation(rule, steps, lowest);
    }

    /** The step of a channel: as its levels have it, or some last bits beside; 0 if none fits. */
    private float step(Quantize.Rule rule, int channel) {
        WholeNumbers own = numbers[channel];
        int one = 1 - own.numbers()[0];
        float unit = own.unit();
        if (one >= 0 && one < count()) {
            unit = values[channel][one];
        }
        float[] candidates = {unit, own.unit()};
        if (rule == Quantize.Rule.MULTIPLY) {
            candidates = new float[] {(float) Math.rint(1 / unit), 1 / unit};
        }
        for (float candidate : candidates) {
            float step = Math.nextDown(Math.nextDown(candidate));
            for (int i = 0; i < 5; ++i, step = Math.nextUp(step)) {
                boolean possible = step > 0 && Float.isFinite(step);
                if (possible && repeats(rule, step, own.numbers()[0], thresholds[channel])) {
                    return step;
                }
            }
        }
        return 0;
    }

    private boolean repeats(Quantize.Rule rule, float step, int lowest, float[] steps) {
        Quantize quantize = operation(rule, new float[] {step}, lowest);
        for (int j = 0; j < steps.length; ++j) {
            float before = FloatOrder.value(FloatOrder.number(steps[j]) - 1);
            if (quantize.level(steps[j], 0) != j + 1 || quantize.level(before, 0) != j) {
                return false;
            }
        }
        return true;
    }

    private Quantize operation(Quantize.Rule rule, float[] steps, int lowest) {
        return rule == Quantize.Rule.DIVIDE
                ? Quantize.dividing(steps, lowest, count())
                : Quantize.multiplying(steps, lowest, count());
    }
}
