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
import java.util.Arrays;

/**
 * The weights of a layer as whole numbers of 1 to 8 bits: weight k of unit n is \(l_n + d \cdot
 * u_{nk}\) with the lowest weight l of each unit, a distance d of two levels (1 or 2) and unsigned
 * numbers u, kept as planes of bits. Weights ±1 take a bit, −1, 0 and +1 two, 8-bit weights with
 * any zero point eight.
 */
public final class IntegerWeights {

    private static final int LARGEST = 255;

    private final int units;
    private final int inputs;
    private final int bits;
    private final int distance;
    private final int[] lowest;
    private final long[] planes;

    private IntegerWeights(
            int units, int inputs, int bits, int distance, int[] lowest, long[] planes) {
        this.units = ValueType.checkWidth("units", units);
        this.inputs = ValueType.checkWidth("inputs", inputs);
        this.bits = bits;
        this.distance = distance;
        this.lowest = lowest;
        this.planes = planes;
        for (int value : lowest) {
            if (value < -LARGEST || value > LARGEST) {
                throw new IllegalArgumentException(
                        "a weight must be between -255 and 255, but one is " + value);
            }
        }
        BinaryConvolution.checkTail(planes, bits * units, inputs);
    }

    /** Checks what a file says about its weights, and returns how many words they are. */
    static int words(int units, int inputs, int bits, int distance) {
        if (bits < 1 || bits > 8 || distance < 1 || distance > 2) {
            throw new IllegalArgumentException(
                    "there are no weights of " + bits + " bits with the distance " + distance);
        }
        long words = (long) bits * units * ValueType.words(inputs);
        if (words > 1 << 27) {
            throw new IllegalArgumentException(
                    "a layer cannot have " + words + " words of weights");
        }
        return (int) words;
    }

    /**
     * Keeps weights in the fewest bits.
     *
     * @param numbers the weights, N rows of K, each from −255 to 255; those of a unit lie within
     *     255 of each other, or within 510 if in each unit all are even or all are odd
     * @param units the number N of units
     * @return the weights
     * @throws IllegalArgumentException if the numbers do not fit
     */
    public static IntegerWeights of(int[] numbers, int units) {
        if (units < 1 || numbers.length == 0 || numbers.length % units != 0) {
            throw new IllegalArgumentException(
                    numbers.length + " weights do not fall into " + units + " units");
        }
        int inputs = numbers.length / units;
        int[] lowest = new int[units];
        int span = 0;
        int odd = 0;
        boolean signs = true;
        boolean ternary = true;
        for (int n = 0; n < units; ++n) {
            int low = numbers[n * inputs];
            int high = low;
            for (int k = 0; k < inputs; ++k) {
                int number = numbers[n * inputs + k];
                low = Math.min(low, number);
                high = Math.max(high, number);
                signs &= Math.abs(number) == 1;
                ternary &= Math.abs(number) <= 1;
                odd |= number - numbers[n * inputs];
            }
            lowest[n] = low;
            span = Math.max(span, high - low);
        }
        if (ternary) {
            // One form of ±1 and of −1, 0, +1, whatever a unit has of them.
            Arrays.fill(lowest, -1);
            span = 2;
            odd = signs ? 0 : 1;
        }
        int distance = (odd & 1) == 0 ? 2 : 1;
        int bits = Math.max(1, Integer.SIZE - Integer.numberOfLeadingZeros(span / distance));
        if (bits > 8) {
            throw new IllegalArgumentException(
                    "the weights of a unit have "
                            + (span / distance + 1)
                            + " levels, but may have"
                            + " 256");
        }
        int words = ValueType.words(inputs);
        long[] planes = new long[words(units, inputs, bits, distance)];
        for (int i = 0; i < numbers.length; ++i) {
            int n = i / inputs;
            int k = i % inputs;
            int level = (numbers[i] - lowest[n]) / distance;
            for (int b = 0; b < bits; ++b) {
                planes[(b * units + n) * words + (k >>> 6)] |= (level >>> b & 1L) << k;
            }
        }
        return new IntegerWeights(units, inputs, bits, distance, lowest, planes);
    }

    /**
     * Returns the number of units.
     *
     * @return the number of units, N
     */
    public int units() {
        return units;
    }

    /**
     * Returns the number of inputs of a unit.
     *
     * @return the number of inputs, K
     */
    public int inputs() {
        return inputs;
    }

    /**
     * Returns how many bits a weight takes.
     *
     * @return 1 to 8
     */
    public int bits() {
        return bits;
    }

    /**
     * Returns one weight.
     *
     * @param unit the index of the unit
     * @param input the index of the input
     * @return the weight
     */
    public int weight(int unit, int input) {
        int words = ValueType.words(inputs);
        int level = 0;
        for (int b = 0; b < bits; ++b) {
            long word = planes[(b * units + unit) * words + (input >>> 6)];
            level |= (int) (word >>> input & 1) << b;
        }
        return lowest[unit] + distance * level;
    }

    /** The largest sum of the magnitudes of a unit's weights. */
    long largestSum() {
        if (isSigns()) {
            return inputs;
        }
        long largest = 0;
        for (int n = 0; n < units; ++n) {
            long sum = 0;
            for (int k = 0; k < inputs; ++k) {
                sum += Math.abs(weight(n, k));
            }
            largest = Math.max(largest, sum);
        }
        return largest;
    }

    private boolean isLowest(int value) {
        for (int low : lowest) {
            if (low != value) {
                return false;
            }
        }
        return true;
    }

    /** Whether all weights are ±1. */
    boolean isSigns() {
        return bits == 1 && distance == 2 && isLowest(-1);
    }

    /** Whether all weights are −1, 0 and +1. */
    boolean isTernary() {
        boolean ternary = bits == 2 && distance == 1 && isLowest(-1);
        for (int i = 0; ternary && i < planes.length / 2; ++i) {
            // The level 3 would be the weight 2.
            ternary = (planes[i] & planes[planes.length / 2 + i]) == 0;
        }
        return ternary;
    }

    /** Of some units, where a weight is positive; only if they are ±1 or −1, 0 and +1. */
    long[] positive(int from, int to) {
        int words = ValueType.words(inputs);
        int plane = bits == 1 ? 0 : units * words;
        return Arrays.copyOfRange(planes, plane + from * words, plane + to * words);
    }

    /** Of some units, where a weight is not 0; only if they are −1, 0 and +1. */
    long[] nonzero(int from, int to) {
        int words = ValueType.words(inputs);
        long[] nonzero = Arrays.copyOfRange(planes, from * words, to * words);
        for (int i = 0; i < nonzero.length; ++i) {
            boolean last = i % words == words - 1 && (inputs & 63) != 0;
            nonzero[i] = ~nonzero[i] & (last ? ~(-1L << inputs) : -1L);
        }
        return nonzero;
    }

    /** Whether the weights are signed bytes; else only their levels are, less 128. */
    boolean areBytes() {
        for (int low : lowest) {
            int high = low + distance * ((1 << bits) - 1);
            if (low < Byte.MIN_VALUE || high > Byte.MAX_VALUE) {
                return false;
            }
        }
        return true;
    }

    /** The distance of two levels, 1 or 2. */
    int distance() {
        return distance;
    }

    /** The weight of a unit whose level is the byte 0: of level 128. */
    int center(int unit) {
        return lowest[unit] - Byte.MIN_VALUE * distance;
    }

    /** The weights of some units as bytes, or their levels less 128. */
    byte[] bytes(int from, int to) {
        boolean plain = areBytes();
        byte[] bytes = new byte[(to - from) * inputs];
        for (int i = 0; i < bytes.length; ++i) {
            int unit = from + i / inputs;
            int weight = weight(unit, i % inputs);
            bytes[i] = (byte) (plain ? weight : (weight - center(unit)) / distance);
        }
        return bytes;
    }

    /** The size in a file. */
    long bytes() {
        return 8 + Operation.padded(4L * units) + 8L * planes.length;
    }

    void write(ByteBuffer body) {
        body.putInt(bits).putInt(distance);
        for (int value : lowest) {
            body.putInt(value);
        }
        body.position((int) Operation.padded(body.position()));
        for (long word : planes) {
            body.putLong(word);
        }
    }

    /**
     * Reads weights.
     *
     * @param before the bytes of the body before the weights
     */
    static IntegerWeights read(BodyReader body, int units, int inputs, int before)
            throws PackedFormatException {
        int bits = body.integer();
        int distance = body.integer();
        int words = words(units, inputs, bits, distance);
        body.expect(before + 8 + Operation.padded(4L * units) + 8L * words);
        int[] lowest = body.ints(units);
        return new IntegerWeights(units, inputs, bits, distance, lowest, body.longs(words));
    }
}
