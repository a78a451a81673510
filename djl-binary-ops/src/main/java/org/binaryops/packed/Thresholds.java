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
import org.binaryops.packed.kernel.BinaryMatrix;
import org.binaryops.packed.kernel.Kernels;
import org.binaryops.packed.kernel.ThresholdedMatrix;

/**
 * The comparison that all thresholds come down to: bit = (value ≥ threshold) xor flip, on integers.
 *
 * <p>Floats are compared by their bit patterns, reordered so that they sort as integers. That takes
 * no branch, which a processor would mispredict half the time on real data.
 */
final class Thresholds {

    private final ThresholdRule[] rules;
    private final int[] limits;
    private final long[] flips;
    private final int perChannel;
    private final int[] channels;

    /** Every rule as (value ≥ limit) xor flip; {@code limits} is kept. */
    Thresholds(ThresholdRule[] rules, int[] limits, int perChannel) {
        this.rules = rules;
        this.limits = limits;
        this.perChannel = perChannel;
        channels = new int[perChannel == 1 ? 0 : rules.length];
        for (int i = 0; i < channels.length; ++i) {
            channels[i] = i / perChannel;
        }
        flips = flips(rules);
        for (int i = 0; i < rules.length; ++i) {
            if (rules[i].isConstant()) {
                limits[i] = Integer.MIN_VALUE;
            }
        }
    }

    /**
     * A bit for each rule that turns its comparison round: those below, and those that are never.
     */
    static long[] flips(ThresholdRule[] rules) {
        long[] flips = new long[ValueType.words(rules.length)];
        for (int i = 0; i < rules.length; ++i) {
            if (rules[i] == ThresholdRule.BELOW || rules[i] == ThresholdRule.NEVER) {
                flips[i >>> 6] |= 1L << i;
            }
        }
        return flips;
    }

    /** The same thresholds for the products of a matrix, if each sum has one of them. */
    ThresholdedMatrix on(BinaryMatrix matrix) {
        return matrix.withThresholds(limits, flips);
    }

    /** Whether each value is compared with one threshold. */
    boolean isSingle() {
        return perChannel == 1;
    }

    ThresholdRule rule(int index) {
        return rules[index];
    }

    int size() {
        return limits.length;
    }

    /** Compares one row of values and packs the bits; bits past the last are 0. */
    void apply(int[] values, int valueOffset, long[] out, int outOffset) {
        if (perChannel == 1) {
            applySingle(values, valueOffset, out, outOffset);
        } else {
            applySeveral(values, valueOffset, out, outOffset);
        }
    }

    private void applySingle(int[] values, int valueOffset, long[] out, int outOffset) {
        Kernels.get().compare(values, valueOffset, limits, out, outOffset);
        for (int word = 0; word < flips.length; ++word) {
            out[outOffset + word] ^= flips[word];
        }
    }

    private void applySeveral(int[] values, int valueOffset, long[] out, int outOffset) {
        int[] t = limits;
        int[] channel = channels;
        for (int word = 0, from = 0; from < t.length; ++word, from += 64) {
            int end = Math.min(64, t.length - from);
            long bits = 0;
            for (int b = 0; b < end; ++b) {
                long difference = (long) values[valueOffset + channel[from + b]] - t[from + b];
                bits |= (~difference >>> 63) << b;
            }
            out[outOffset + word] = bits ^ flips[word];
        }
    }

    /** "3136 thresholds (3130 at least, 4 below, 2 constant)". */
    @Override
    public String toString() {
        int below = 0;
        int constant = 0;
        for (ThresholdRule rule : rules) {
            if (rule.isConstant()) {
                ++constant;
            } else if (rule == ThresholdRule.BELOW) {
                ++below;
            }
        }
        return rules.length
                + " thresholds ("
                + (rules.length - below - constant)
                + " at least, "
                + below
                + " below, "
                + constant
                + " constant)";
    }

    static void check(String what, int channels, int perChannel, int rules, int thresholds) {
        ValueType.checkWidth(what, channels);
        long size = (long) channels * ValueType.checkWidth("thresholds per channel", perChannel);
        ValueType.checkWidth("the number of thresholds", size);
        if (rules != size || thresholds != size) {
            throw new IllegalArgumentException(
                    "expected "
                            + size
                            + " rules and thresholds, but got "
                            + rules
                            + " rules and "
                            + thresholds
                            + " thresholds");
        }
    }

    /** Writes integer thresholds with their sizes. */
    static void write(
            int channels, int perChannel, ThresholdRule[] rules, int[] values, ByteBuffer body) {
        body.putInt(channels).putInt(perChannel);
        writeRules(rules, body);
        for (int value : values) {
            body.putInt(value);
        }
    }

    static void writeRules(ThresholdRule[] rules, ByteBuffer body) {
        for (ThresholdRule rule : rules) {
            body.put(rule.code());
        }
        body.position((int) Operation.padded(body.position()));
    }

    /** The bytes of rules and thresholds in a body. */
    static long bodyBytes(long size) {
        return 8 + Operation.padded(size) + Operation.padded(4 * size);
    }
}
