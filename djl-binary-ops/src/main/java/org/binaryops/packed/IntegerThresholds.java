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
import java.util.List;

/**
 * Compares each of C accumulators with T integer thresholds, which gives C·T bits: what is left of
 * the scale, the bias, the batch normalization and the sign between two binary layers. Bit c·T + t
 * belongs to threshold t of channel c. All positions of an image have the same thresholds.
 */
public final class IntegerThresholds extends Operation {

    static final int CODE = 3;

    private final int channels;
    private final int perChannel;
    private final int[] thresholds;
    private final ThresholdRule[] rules;
    private final Thresholds comparison;

    /**
     * Creates the operation.
     *
     * @param channels the number C of accumulators
     * @param perChannel the number T of thresholds of each accumulator
     * @param rules the C·T rules
     * @param thresholds the C·T thresholds; 0 where the rule is a constant
     * @throws IllegalArgumentException if the sizes do not fit
     */
    public IntegerThresholds(
            int channels, int perChannel, ThresholdRule[] rules, int[] thresholds) {
        Thresholds.check("channels", channels, perChannel, rules.length, thresholds.length);
        this.channels = channels;
        this.perChannel = perChannel;
        this.rules = rules.clone();
        this.thresholds = thresholds.clone();
        checkConstants(this.rules, this.thresholds);
        comparison = new Thresholds(this.rules, thresholds.clone(), perChannel);
    }

    /** Checks that the threshold of a constant is 0, so that equal models have equal files. */
    static void checkConstants(ThresholdRule[] rules, int[] thresholds) {
        for (int i = 0; i < rules.length; ++i) {
            if (rules[i].isConstant() && thresholds[i] != 0) {
                throw new IllegalArgumentException(
                        "threshold " + i + " with the rule " + rules[i] + " is " + thresholds[i]);
            }
        }
    }

    /**
     * Returns the number of accumulators.
     *
     * @return the number of accumulators, C
     */
    public int channels() {
        return channels;
    }

    /**
     * Returns how many bits each accumulator becomes.
     *
     * @return the number of thresholds per accumulator, T
     */
    public int perChannel() {
        return perChannel;
    }

    /**
     * Returns the rule of a bit.
     *
     * @param bit the index of the bit, c·T + t
     * @return its rule
     */
    public ThresholdRule rule(int bit) {
        return rules[bit];
    }

    /**
     * Returns the threshold of a bit.
     *
     * @param bit the index of the bit, c·T + t
     * @return its threshold
     */
    public int threshold(int bit) {
        return thresholds[bit];
    }

    @Override
    int code() {
        return CODE;
    }

    @Override
    ValueType output(List<ValueType> inputs) {
        ValueType input = single(inputs);
        input.require(ValueType.Kind.ACCUMULATORS, channels, "IntegerThresholds");
        return input.with(ValueType.Kind.BITS, channels * perChannel, 0);
    }

    @Override
    boolean isPointwise(ValueType input) {
        return true;
    }

    /** The comparison with the thresholds. */
    Thresholds comparison() {
        return comparison;
    }

    @Override
    void run(Scratch scratch, int[] in, int out, int rows) {
        run(scratch, in, out, 0, rows * scratch.types[in[0]].positions());
    }

    @Override
    void run(Scratch scratch, int[] in, int out, int from, int to) {
        int words = ValueType.words(rules.length);
        for (int i = from; i < to; ++i) {
            comparison.apply(
                    scratch.accumulators[in[0]], i * channels, scratch.bits[out], i * words);
        }
    }

    @Override
    long bodyBytes() {
        return Thresholds.bodyBytes(rules.length);
    }

    @Override
    void write(ByteBuffer body) {
        Thresholds.write(channels, perChannel, rules, thresholds, body);
    }

    static IntegerThresholds read(BodyReader body) throws PackedFormatException {
        int channels = body.width("channels");
        int perChannel = body.width("thresholds per channel");
        int size = body.product(channels, perChannel);
        body.expect(Thresholds.bodyBytes(size));
        ThresholdRule[] rules = body.rules(size);
        return new IntegerThresholds(channels, perChannel, rules, body.ints(size));
    }

    /** {@inheritDoc} */
    @Override
    public String toString() {
        return "IntegerThresholds  " + channels + " channels -> " + comparison;
    }
}
