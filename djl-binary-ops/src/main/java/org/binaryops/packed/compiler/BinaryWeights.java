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

import ai.djl.ndarray.types.Shape;
import org.binaryops.packed.FloatWeights;
import org.binaryops.packed.WeightForm;

/**
 * Quantized weights, taken apart into small whole numbers and a factor for each unit, in the order
 * of the packed runtime: for each unit the kernel positions, and at each the channels.
 */
final class BinaryWeights {

    private final int units;
    private final int inputs;
    private final float[] values;
    private final float[] factors;
    private final WeightForm form;

    /**
     * Takes weights apart.
     *
     * @param values [units, channels, kernel …]
     * @param channels the channels of a group
     * @param taps the number of kernel positions
     */
    BinaryWeights(float[] values, int units, int channels, int taps) {
        this.units = units;
        inputs = channels * taps;
        this.values = new float[values.length];
        for (int n = 0; n < units; ++n) {
            for (int c = 0; c < channels; ++c) {
                for (int t = 0; t < taps; ++t) {
                    this.values[n * inputs + t * channels + c] = values[n * inputs + c * taps + t];
                }
            }
        }
        factors = new float[units];
        boolean ternary = true;
        boolean binary = true;
        for (int n = 0; n < units; ++n) {
            float magnitude = 0;
            for (int k = 0; k < inputs; ++k) {
                magnitude = Math.max(magnitude, Math.abs(this.values[n * inputs + k]));
            }
            factors[n] = magnitude == 0 ? 1 : magnitude;
            for (int k = 0; k < inputs; ++k) {
                float size = Math.abs(this.values[n * inputs + k]);
                binary &= size == magnitude && size > 0;
                ternary &= size == magnitude || size == 0;
            }
        }
        form = binary ? WeightForm.SIGNS : ternary ? WeightForm.TERNARY : WeightForm.FLOATS;
    }

    static BinaryWeights of(float[] values, Shape shape) {
        int units = (int) shape.get(0);
        int channels = (int) shape.get(1);
        int taps = (int) shape.slice(2).size();
        return new BinaryWeights(values, units, channels, Math.max(1, taps));
    }

    int units() {
        return units;
    }

    int inputs() {
        return inputs;
    }

    /** Whether the weights are ±1 or −1, 0 and +1 but for a factor for each unit. */
    boolean arePlanes() {
        return form != WeightForm.FLOATS;
    }

    int planes() {
        return form == WeightForm.SIGNS ? 1 : 2;
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

    /** The factor of each unit. */
    float[] factors() {
        return factors;
    }

    /** The weights as planes of bits. */
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

    /** The weights for a layer that computes in float, in the smallest form. */
    FloatWeights floats() {
        if (!arePlanes()) {
            return FloatWeights.of(values, units, inputs);
        }
        float[] numbers = new float[values.length];
        for (int i = 0; i < values.length; ++i) {
            numbers[i] = Math.signum(values[i]);
        }
        return FloatWeights.of(form, numbers, factors, inputs);
    }
}
