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
package org.binaryops.packed.kernel;

import java.util.Arrays;

/**
 * What becomes of the sums of a layer, in one pass: y = min(max((a·x + b)·c + d + r, low), high)
 * and the bits y ≥ t, with parameters for each channel.
 *
 * <p>What a network has less of is filled up with numbers that change nothing: a factor of 1, a
 * summand of −0, limits and thresholds that are infinite. So there is one kernel and no choices in
 * its loop. Each product and each sum is rounded, but for the second product if it is fused.
 */
public final class SumFunctions {

    final int channels;
    final float[] firstScale;
    final float[] firstBias;
    final float[] scale;
    final float[] bias;
    final boolean fused;
    final float[] low;
    final float[] high;
    final float[] thresholds;

    /**
     * Added after the lower limit: turns −0 into 0 where the limit is 0, as the maximum of the two
     * would be, and is −0 elsewhere.
     */
    final float[] zero;

    /** A residual that changes nothing. */
    final float[] none;

    /**
     * Creates the functions.
     *
     * @param channels the number of channels
     * @param first the factors a and the summands b, or {@code null}
     * @param second the factors c and the summands d, or {@code null}
     * @param fused whether the second product is added before it is rounded
     * @param limits the lower and the upper limits, or {@code null}
     * @param thresholds the thresholds t, or {@code null}
     * @throws IllegalArgumentException if a length is not that of the channels or an upper limit is
     *     −0
     */
    public SumFunctions(
            int channels,
            float[][] first,
            float[][] second,
            boolean fused,
            float[][] limits,
            float[] thresholds) {
        this.channels = channels;
        this.fused = fused;
        firstScale = first == null ? filled(1) : checked(first[0]);
        firstBias = first == null ? filled(-0f) : checked(first[1]);
        scale = second == null ? filled(1) : checked(second[0]);
        bias = second == null ? filled(-0f) : checked(second[1]);
        low = limits == null ? filled(Float.NEGATIVE_INFINITY) : checked(limits[0]);
        high = limits == null ? filled(Float.POSITIVE_INFINITY) : checked(limits[1]);
        zero = filled(-0f);
        for (int c = 0; c < channels; ++c) {
            if (Float.floatToRawIntBits(low[c]) == 0) {
                zero[c] = 0;
            }
            if (Float.compare(high[c], -0f) == 0) {
                throw new IllegalArgumentException("the upper limit of channel " + c + " is -0");
            }
        }
        this.thresholds =
                thresholds == null ? filled(Float.POSITIVE_INFINITY) : checked(thresholds);
        none = filled(-0f);
    }

    private float[] filled(float value) {
        float[] all = new float[channels];
        Arrays.fill(all, value);
        return all;
    }

    private float[] checked(float[] values) {
        if (values.length != channels) {
            throw new IllegalArgumentException(
                    values.length + " parameters for " + channels + " channels");
        }
        return values.clone();
    }

    /**
     * Applies the functions at some positions, whose channels lie side by side.
     *
     * @param sums the sums x
     * @param from the index of the first
     * @param residual the residuals r, or {@code null}
     * @param residualFrom the index of the first
     * @param positions the number of positions
     * @param to receives y
     * @param at the index of the first
     * @param bits receives ⌈channels/64⌉ words for each position; bits past the last are cleared
     * @param bitsFrom the index of the first word
     */
    public void apply(
            int[] sums,
            int from,
            float[] residual,
            int residualFrom,
            int positions,
            float[] to,
            int at,
            long[] bits,
            int bitsFrom) {
        boolean plain = residual == null;
        Kernels.get()
                .sumFunctions(
                        this,
                        sums,
                        from,
                        plain ? none : residual,
                        plain ? 0 : residualFrom,
                        plain ? 0 : channels,
                        positions,
                        to,
                        at,
                        bits,
                        bitsFrom);
    }

    /**
     * Applies the functions to floats, as {@link #apply(int[], int, float[], int, int, float[],
     * int, long[], int)} does to whole numbers.
     *
     * @param sums the numbers x, not in the place of y
     * @param from the index of the first
     * @param residual the residuals r, or {@code null}
     * @param residualFrom the index of the first
     * @param positions the number of positions
     * @param to receives y
     * @param at the index of the first
     * @param bits receives ⌈channels/64⌉ words for each position; bits past the last are cleared
     * @param bitsFrom the index of the first word
     */
    public void apply(
            float[] sums,
            int from,
            float[] residual,
            int residualFrom,
            int positions,
            float[] to,
            int at,
            long[] bits,
            int bitsFrom) {
        boolean plain = residual == null;
        Kernels.get()
                .floatFunctions(
                        this,
                        sums,
                        from,
                        plain ? none : residual,
                        plain ? 0 : residualFrom,
                        plain ? 0 : channels,
                        positions,
                        to,
                        at,
                        bits,
                        bitsFrom);
    }

    /** The value of a channel. */
    float of(float x, int c, float r) {
        float first = x * firstScale[c] + firstBias[c];
        float second = fused ? Math.fma(first, scale[c], bias[c]) : first * scale[c] + bias[c];
        return Math.min(Math.max(second + r, low[c]), high[c]);
    }
}
