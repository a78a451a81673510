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
import java.util.List;

/**
 * Compares accumulators of an image with integer thresholds of their own at every position, where a
 * layer has a scale that differs from position to position.
 */
public final class PositionThresholds extends Operation {

    static final int CODE = 11;

    private final int channels;
    private final int positions;
    private final ThresholdRule[] rules;
    private final int[] thresholds;
    private final Thresholds[] comparisons;

    /**
     * Creates the operation.
     *
     * @param channels the number of channels
     * @param positions the number of positions of the image
     * @param rules the rules, [positions, channels]
     * @param thresholds the thresholds, [positions, channels]; 0 where the rule is a constant
     * @throws IllegalArgumentException if the sizes do not fit
     */
    public PositionThresholds(
            int channels, int positions, ThresholdRule[] rules, int[] thresholds) {
        Thresholds.check("channels", channels, positions, rules.length, thresholds.length);
        this.channels = channels;
        this.positions = positions;
        this.rules = rules.clone();
        this.thresholds = thresholds.clone();
        IntegerThresholds.checkConstants(this.rules, this.thresholds);
        comparisons = new Thresholds[positions];
        for (int p = 0; p < positions; ++p) {
            int from = p * channels;
            comparisons[p] =
                    new Thresholds(
                            Arrays.copyOfRange(this.rules, from, from + channels),
                            Arrays.copyOfRange(this.thresholds, from, from + channels),
                            1);
        }
    }

    @Override
    int code() {
        return CODE;
    }

    @Override
    ValueType output(List<ValueType> inputs) {
        ValueType input = single(inputs);
        input.require(ValueType.Kind.ACCUMULATORS, channels, "PositionThresholds");
        if (input.positions() != positions) {
            throw new IllegalArgumentException(
                    "PositionThresholds is for " + positions + " positions but is given " + input);
        }
        return input.with(ValueType.Kind.BITS, channels, 0);
    }

    @Override
    void run(Scratch scratch, int[] in, int out, int rows) {
        int words = ValueType.words(channels);
        for (int i = 0; i < rows * positions; ++i) {
            comparisons[i % positions].apply(
                    scratch.accumulators[in[0]], i * channels, scratch.bits[out], i * words);
        }
    }

    @Override
    long bodyBytes() {
        return Thresholds.bodyBytes(rules.length);
    }

    @Override
    void write(ByteBuffer body) {
        Thresholds.write(channels, positions, rules, thresholds, body);
    }

    static PositionThresholds read(BodyReader body) throws PackedFormatException {
        int channels = body.width("channels");
        int positions = body.width("positions");
        int size = body.product(channels, positions);
        body.expect(Thresholds.bodyBytes(size));
        ThresholdRule[] rules = body.rules(size);
        return new PositionThresholds(channels, positions, rules, body.ints(size));
    }

    /** {@inheritDoc} */
    @Override
    public String toString() {
        return "PositionThresholds " + channels + " channels at " + positions + " positions";
    }
}
