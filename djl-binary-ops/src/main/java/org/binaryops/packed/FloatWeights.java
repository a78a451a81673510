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

import java.nio.ByteBuffer;

/**
 * The weights of a layer that computes in float, in the smallest form that holds them.
 *
 * <p>The forms with a factor hold whole numbers, which the factor s of each unit multiplies.
 */
public final class FloatWeights {

    private final WeightForm form;
    private final int units;
    private final int inputs;
    private final float[] factors;
    private final float[] numbers;

    private FloatWeights(WeightForm form, int units, int inputs, float[] factors, float[] numbers) {
        this.form = form;
        this.units = ValueType.checkWidth("units", units);
        this.inputs = ValueType.checkWidth("inputs", inputs);
        this.factors = factors;
        this.numbers = numbers;
        checkSize((long) units * inputs);
        if (numbers.length != (long) units * inputs) {
            throw new IllegalArgumentException(
                    "expected " + (long) units * inputs + " weights, but got " + numbers.length);
        }
        Operation.checkFinite("the weights", numbers);
        Operation.checkFinite("the factors of the weights", factors);
    }

    /** Checks that the weights fit into an array, whatever their form. */
    static void checkSize(long weights) {
        if (weights > 1 << 28) {
            throw new IllegalArgumentException(
                    "a float layer can have " + (1 << 28) + " weights, but has " + weights);
        }
    }

    /**
     * Keeps weights as floats.
     *
     * @param weights the weights, N rows of K
     * @param units the number N of units
     * @param inputs the number K of inputs of a unit
     * @return the weights
     * @throws IllegalArgumentException if the sizes do not fit or a weight is not finite
     */
    public static FloatWeights of(float[] weights, int units, int inputs) {
        return new FloatWeights(WeightForm.FLOATS, units, inputs, new float[0], weights.clone());
    }

    /**
     * Keeps weights as whole numbers with a factor for each unit.
     *
     * @param form how the numbers are stored: signs (±1), ternary (−1, 0, +1) or bytes (−128 … 127)
     * @param numbers the numbers, N rows of K
     * @param factors the N factors
     * @param inputs the number K of inputs of a unit
     * @return the weights
     * @throws IllegalArgumentException if the sizes do not fit or a number has no place in the form
     */
    public static FloatWeights of(WeightForm form, float[] numbers, float[] factors, int inputs) {
        for (float number : numbers) {
            boolean fits =
                    switch (form) {
                        case FLOATS -> false;
                        case SIGNS -> Math.abs(number) == 1;
                        case TERNARY -> Math.abs(number) == 1 || number == 0;
                        case BYTES -> number == (byte) number;
                    };
            if (!fits) {
                throw new IllegalArgumentException(number + " has no place in the form " + form);
            }
        }
        return new FloatWeights(form, factors.length, inputs, factors.clone(), numbers.clone());
    }

    /**
     * Returns the form.
     *
     * @return how the weights are stored
     */
    public WeightForm form() {
        return form;
    }

    int units() {
        return units;
    }

    int inputs() {
        return inputs;
    }

    /** The weights as floats, N rows of K. */
    float[] values() {
        if (form == WeightForm.FLOATS) {
            return numbers;
        }
        float[] values = new float[numbers.length];
        for (int i = 0; i < values.length; ++i) {
            values[i] = factors[i / inputs] * numbers[i];
        }
        return values;
    }

    long bytes() {
        return form.bytes(units, inputs) + Operation.padded(4L * factors.length);
    }

    void write(ByteBuffer body) {
        for (float factor : factors) {
            body.putFloat(factor);
        }
        body.position((int) Operation.padded(body.position()));
        switch (form) {
            case FLOATS -> {
                for (float number : numbers) {
                    body.putFloat(number);
                }
            }
            case BYTES -> {
                for (float number : numbers) {
                    body.put((byte) number);
                }
            }
            case SIGNS -> writeBits(body, 1);
            case TERNARY -> {
                writeBits(body, 1);
                writeBits(body, -1);
            }
        }
        body.position((int) Operation.padded(body.position()));
    }

    private void writeBits(ByteBuffer body, float set) {
        for (int unit = 0; unit < units; ++unit) {
            for (int from = 0; from < inputs; from += 64) {
                long word = 0;
                for (int b = 0; b < Math.min(64, inputs - from); ++b) {
                    word |= numbers[unit * inputs + from + b] == set ? 1L << b : 0;
                }
                body.putLong(word);
            }
        }
    }

    static FloatWeights read(BodyReader body, WeightForm form, int units, int inputs)
            throws PackedFormatException {
        float[] factors = body.floats(form == WeightForm.FLOATS ? 0 : units);
        int count = units * inputs;
        float[] numbers;
        switch (form) {
            case FLOATS -> numbers = body.floats(count);
            case BYTES -> {
                byte[] bytes = body.bytes(count);
                numbers = new float[count];
                for (int i = 0; i < count; ++i) {
                    numbers[i] = bytes[i];
                }
            }
            default -> numbers = readBits(body, form, units, inputs);
        }
        return new FloatWeights(form, units, inputs, factors, numbers);
    }

    private static float[] readBits(BodyReader body, WeightForm form, int units, int inputs)
            throws PackedFormatException {
        int words = ValueType.words(inputs);
        long[] positive = body.longs(units * words);
        boolean signs = form == WeightForm.SIGNS;
        long[] negative = signs ? null : body.longs(units * words);
        BinaryConvolution.checkTail(positive, units, inputs);
        if (!signs) {
            BinaryConvolution.checkTail(negative, units, inputs);
        }
        float[] numbers = new float[units * inputs];
        for (int i = 0; i < numbers.length; ++i) {
            int k = i % inputs;
            int word = i / inputs * words + (k >>> 6);
            boolean plus = (positive[word] >>> k & 1) == 1;
            boolean minus = signs ? !plus : (negative[word] >>> k & 1) == 1;
            if (plus && minus) {
                throw new PackedFormatException("a ternary weight is both +1 and −1");
            }
            numbers[i] = plus ? 1 : minus ? -1 : 0;
        }
        return numbers;
    }
}
