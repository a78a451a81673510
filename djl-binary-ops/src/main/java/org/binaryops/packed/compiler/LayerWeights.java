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
import org.binaryops.packed.FloatWeights;
import org.binaryops.packed.IntegerWeights;
import org.binaryops.packed.WeightForm;

/**
 * The weights of a layer, taken apart into whole numbers and a factor for each unit if they are of
 * few bits, in the order of the packed runtime: for each unit the kernel positions, and at each the
 * channels.
 */
final class LayerWeights {

    private final int units;
    private final int inputs;
    private final float[] values;
    private final float[] factors;

    /** Null if the weights are no multiples of a factor of their unit. */
    private final int[] numbers;

    private final boolean binary;
    private final boolean ternary;

    /**
     * Takes weights apart.
     *
     * @param values [units, channels, kernel …]
     * @param channels the channels of a group
     */
    LayerWeights(float[] values, int units, int channels) {
        this.units = units;
        inputs = values.length / units;
        int taps = inputs / channels;
        this.values = new float[values.length];
        for (int n = 0; n < units; ++n) {
            for (int c = 0; c < channels; ++c) {
                for (int t = 0; t < taps; ++t) {
                    this.values[n * inputs + t * channels + c] = values[n * inputs + c * taps + t];
                }
            }
        }
        factors = new float[units];
        boolean onlyTernary = true;
        boolean onlyBinary = true;
        for (int n = 0; n < units; ++n) {
            float magnitude = 0;
            for (int k = 0; k < inputs; ++k) {
                magnitude = Math.max(magnitude, Math.abs(this.values[n * inputs + k]));
            }
            factors[n] = magnitude == 0 ? 1 : magnitude;
            for (int k = 0; k < inputs; ++k) {
                float size = Math.abs(this.values[n * inputs + k]);
                onlyBinary &= size == magnitude && size > 0;
                onlyTernary &= size == magnitude || size == 0;
            }
        }
        binary = onlyBinary;
        ternary = onlyTernary;
        numbers = onlyTernary ? signs() : wholeNumbers();
    }

    /** The phases of the units of others. */
    private LayerWeights(LayerWeights whole, Phases phases, int[] from) {
        units = whole.units * phases.count();
        inputs = from.length / units;
        values = new float[from.length];
        factors = new float[units];
        int[] moved = new int[from.length];
        boolean filled = false;
        for (int i = 0; i < from.length; ++i) {
            filled |= from[i] < 0;
            if (from[i] >= 0) {
                values[i] = whole.values[from[i]];
                moved[i] = whole.numbers == null ? 0 : whole.numbers[from[i]];
            }
        }
        for (int n = 0; n < units; ++n) {
            factors[n] = whole.factors[n / phases.count()];
        }
        binary = whole.binary && !filled;
        ternary = whole.ternary;
        numbers = whole.numbers == null || !hasFewLevels(moved) ? null : moved;
    }

    /**
     * The weights of the phases of a transposed convolution, with the factors of their units.
     *
     * @param channels the channels of a group
     */
    LayerWeights phases(Phases phases, int channels) {
        int[] order = phases.order();
        int size = order.length / (units * phases.count());
        int taps = size / channels;
        int[] from = new int[order.length];
        for (int i = 0; i < order.length; ++i) {
            int to = i / size * size + i % taps * channels + i % size / taps;
            from[to] = order[i] < 0 ? -1 : index(order[i], channels);
        }
        return new LayerWeights(this, phases, from);
    }

    /** Where a weight lies that the engine has at an index. */
    private int index(int engine, int channels) {
        int taps = inputs / channels;
        return engine / inputs * inputs + engine % taps * channels + engine % inputs / taps;
    }

    private int[] signs() {
        int[] signs = new int[values.length];
        for (int i = 0; i < signs.length; ++i) {
            signs[i] = (int) Math.signum(values[i]);
        }
        return signs;
    }

    /**
     * Finds whole numbers and sets the factors to their units: of each unit by itself, or of all.
     * Quantizers that shift their levels round them as the largest of the layer, so that a unit of
     * small weights may not show the grid that it is on.
     */
    private int[] wholeNumbers() {
        float[] found = new float[units];
        int[] all = numbersOfUnits(found);
        if (all == null) {
            WholeNumbers shared = WholeNumbers.of(values, 0, values.length);
            all = shared == null ? null : shared.numbers();
            Arrays.fill(found, shared == null ? 0 : shared.unit());
        }
        if (all == null || !hasFewLevels(all)) {
            return null;
        }
        System.arraycopy(found, 0, factors, 0, units);
        return all;
    }

    private int[] numbersOfUnits(float[] found) {
        int[] all = new int[values.length];
        for (int n = 0; n < units; ++n) {
            WholeNumbers some = WholeNumbers.of(values, n * inputs, inputs);
            if (some == null) {
                return null;
            }
            System.arraycopy(some.numbers(), 0, all, n * inputs, inputs);
            found[n] = some.unit();
        }
        return all;
    }

    /** Whether the numbers of each unit have 256 levels: within 255, or all even or all odd. */
    private boolean hasFewLevels(int[] all) {
        int span = 0;
        int odd = 0;
        for (int n = 0; n < units; ++n) {
            int low = all[n * inputs];
            int high = low;
            for (int k = n * inputs; k < (n + 1) * inputs; ++k) {
                low = Math.min(low, all[k]);
                high = Math.max(high, all[k]);
                odd |= all[k] - all[n * inputs];
            }
            span = Math.max(span, high - low);
        }
        return span <= WholeNumbers.LARGEST * (2 - (odd & 1));
    }

    int units() {
        return units;
    }

    int inputs() {
        return inputs;
    }

    /** Whether the weights are ±1 or −1, 0 and +1 but for a factor for each unit. */
    boolean arePlanes() {
        return ternary;
    }

    /** Whether the weights are whole numbers of at most 8 bits but for a factor for each unit. */
    boolean areWhole() {
        return numbers != null;
    }

    int planes() {
        return binary ? 1 : 2;
    }

    /** A weight that is none of −1, 0 and +1. */
    float example() {
        for (float value : values) {
            if (Math.abs(value) != 1 && value != 0) {
                return value;
            }
        }
        return 0;
    }

    /** The factor of each unit; only if the weights are whole. */
    float[] factors() {
        return factors;
    }

    /** The weights as planes of bits; only if they are −1, 0 and +1. */
    long[] words() {
        int words = (inputs + 63) / 64;
        long[] packed = new long[Math.multiplyExact(planes() * units, words)];
        for (int i = 0; i < values.length; ++i) {
            int k = i % inputs;
            int word = i / inputs * words + (k >>> 6);
            if (values[i] > 0) {
                packed[word] |= 1L << k;
            }
            if (planes() == 2 && values[i] != 0) {
                packed[units * words + word] |= 1L << k;
            }
        }
        return packed;
    }

    /** The weights for a layer that computes in whole numbers; only if they are whole. */
    IntegerWeights integers() {
        return IntegerWeights.of(numbers, units);
    }

    /** The weights for a layer that computes in float, in the smallest form. */
    FloatWeights floats() {
        WeightForm form =
                binary ? WeightForm.SIGNS : ternary ? WeightForm.TERNARY : WeightForm.BYTES;
        if (!fits(form)) {
            return FloatWeights.of(values, units, inputs);
        }
        float[] small = new float[numbers.length];
        for (int i = 0; i < numbers.length; ++i) {
            small[i] = numbers[i];
        }
        return FloatWeights.of(form, small, factors, inputs);
    }

    private boolean fits(WeightForm form) {
        if (numbers == null) {
            return false;
        }
        for (int number : numbers) {
            if (form == WeightForm.BYTES && number != (byte) number) {
                return false;
            }
        }
        return true;
    }
}
