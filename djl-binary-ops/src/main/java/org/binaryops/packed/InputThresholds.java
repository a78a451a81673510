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
import org.binaryops.packed.kernel.Kernels;

/**
 * Compares each of F float features with T thresholds, which gives F·T bits. Bit f·T + t belongs to
 * threshold t of feature f, as in a thermometer encoding. On an image the features are the
 * channels, and all positions have the same thresholds.
 */
public final class InputThresholds extends Operation {

    static final int CODE = 1;

    private final int features;
    private final int perFeature;
    private final float[] thresholds;
    private final ThresholdRule[] rules;
    private final Thresholds comparison;

    /** The thresholds as numbers, for one to a channel; constants are reached by all numbers. */
    private final float[] limits;

    private final long[] flips;

    /**
     * Creates the operation.
     *
     * @param features the number F of features
     * @param perFeature the number T of thresholds of each feature
     * @param rules the F·T rules
     * @param thresholds the F·T thresholds, finite; 0 where the rule is a constant
     * @throws IllegalArgumentException if the sizes do not fit or a threshold is not finite
     */
    public InputThresholds(
            int features, int perFeature, ThresholdRule[] rules, float[] thresholds) {
        Thresholds.check("features", features, perFeature, rules.length, thresholds.length);
        this.features = features;
        this.perFeature = perFeature;
        this.rules = rules.clone();
        this.thresholds = thresholds.clone();
        int[] keys = new int[thresholds.length];
        for (int i = 0; i < keys.length; ++i) {
            float t = this.thresholds[i];
            if (!Float.isFinite(t) || rules[i].isConstant() && Float.floatToRawIntBits(t) != 0) {
                throw new IllegalArgumentException(
                        "threshold " + i + " with the rule " + rules[i] + " is " + t);
            }
            // -0 and +0 are equal as numbers: the lower of the two as an integer admits both.
            keys[i] = t == 0f ? key(-0f) : key(t);
        }
        comparison = new Thresholds(this.rules, keys, perFeature);
        limits = this.thresholds.clone();
        flips = Thresholds.flips(this.rules);
        for (int i = 0; i < limits.length; ++i) {
            if (this.rules[i].isConstant()) {
                limits[i] = Float.NEGATIVE_INFINITY;
            }
        }
    }

    /** An integer for every float, in the same order (-0 just below +0). */
    static int key(float x) {
        int bits = Float.floatToRawIntBits(x);
        return bits ^ (bits >> 31 & Integer.MAX_VALUE);
    }

    /**
     * Returns the number of features.
     *
     * @return the number of features, F
     */
    public int features() {
        return features;
    }

    /**
     * Returns how many bits each feature becomes.
     *
     * @return the number of thresholds per feature, T
     */
    public int perFeature() {
        return perFeature;
    }

    /**
     * Returns the rule of a bit.
     *
     * @param bit the index of the bit, f·T + t
     * @return its rule
     */
    public ThresholdRule rule(int bit) {
        return rules[bit];
    }

    /**
     * Returns the threshold of a bit.
     *
     * @param bit the index of the bit, f·T + t
     * @return its threshold
     */
    public float threshold(int bit) {
        return thresholds[bit];
    }

    /** The numbers that are compared with, for one threshold to a channel; not to be changed. */
    float[] limits() {
        return limits;
    }

    /** The bits that are the other way round; not to be changed. */
    long[] flips() {
        return flips;
    }

    @Override
    int code() {
        return CODE;
    }

    @Override
    ValueType output(List<ValueType> inputs) {
        ValueType input = single(inputs);
        input.require(ValueType.Kind.FLOATS, features, "InputThresholds");
        return input.with(ValueType.Kind.BITS, features * perFeature, 0);
    }

    @Override
    boolean isPointwise(ValueType input) {
        return true;
    }

    @Override
    void run(Scratch scratch, int[] in, int out, int rows) {
        run(scratch, in, out, 0, rows * scratch.types[in[0]].positions());
    }

    @Override
    void run(Scratch scratch, int[] in, int out, int from, int to) {
        int words = ValueType.words(rules.length);
        float[] values = scratch.floats[in[0]];
        if (perFeature == 1) {
            compare(values, scratch.offset[in[0]], scratch.bits[out], from, to);
            return;
        }
        int[] keys = scratch.ints(features);
        for (int i = from; i < to; ++i) {
            toKeys(values, scratch.offset[in[0]] + i * features, keys);
            comparison.apply(keys, 0, scratch.bits[out], i * words);
        }
    }

    private void compare(float[] values, int offset, long[] out, int from, int to) {
        Kernels kernels = Kernels.get();
        int words = flips.length;
        for (int i = from; i < to; ++i) {
            kernels.compare(values, offset + i * features, limits, out, i * words);
            for (int w = 0; w < words; ++w) {
                out[i * words + w] ^= flips[w];
            }
        }
    }

    /** Turns a row into keys. */
    private void toKeys(float[] input, int offset, int[] keys) {
        for (int i = 0; i < features; ++i) {
            keys[i] = key(input[offset + i]);
        }
    }

    @Override
    long bodyBytes() {
        return Thresholds.bodyBytes(rules.length);
    }

    @Override
    void write(ByteBuffer body) {
        body.putInt(features).putInt(perFeature);
        Thresholds.writeRules(rules, body);
        for (float threshold : thresholds) {
            body.putFloat(threshold);
        }
    }

    static InputThresholds read(BodyReader body) throws PackedFormatException {
        int features = body.width("features");
        int perFeature = body.width("thresholds per feature");
        int size = body.product(features, perFeature);
        body.expect(Thresholds.bodyBytes(size));
        ThresholdRule[] rules = body.rules(size);
        return new InputThresholds(features, perFeature, rules, body.floats(size));
    }

    /** {@inheritDoc} */
    @Override
    public String toString() {
        return "InputThresholds    " + features + " features -> " + comparison;
    }
}
