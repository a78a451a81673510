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

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * The loops of {@link SumFunctions}: a vector of channels at all positions before the next one, as
 * in {@link ChannelFunctions}. The first vector of a word of bits sets it, the others add to it.
 *
 * <p>The limits are a comparison and a choice each: a maximum by the rules of Java, which order −0
 * and 0 and keep NaN, is six instructions. See {@link SumFunctions#zero}. The loop stands here
 * three times: a vector that crosses a call which the compiler does not inline is an object.
 */
final class SumFunctionLoops {

    private static final VectorSpecies<Float> LANES_OF = VectorWidth.FLOATS;
    private static final int LANES = LANES_OF.length();

    private SumFunctionLoops() {}

    static void rounded(
            SumFunctions f,
            int[] sums,
            int from,
            float[] residual,
            int residualFrom,
            int residualStride,
            int positions,
            float[] to,
            int at,
            long[] bits,
            int bitsFrom) {
        int channels = f.channels;
        int words = channels + 63 >>> 6;
        for (int c = 0; c < ChannelFunctions.full(channels); c += LANES) {
            FloatVector s1 = FloatVector.fromArray(LANES_OF, f.firstScale, c);
            FloatVector b1 = FloatVector.fromArray(LANES_OF, f.firstBias, c);
            FloatVector s2 = FloatVector.fromArray(LANES_OF, f.scale, c);
            FloatVector b2 = FloatVector.fromArray(LANES_OF, f.bias, c);
            FloatVector low = FloatVector.fromArray(LANES_OF, f.low, c);
            FloatVector high = FloatVector.fromArray(LANES_OF, f.high, c);
            FloatVector zero = FloatVector.fromArray(LANES_OF, f.zero, c);
            FloatVector threshold = FloatVector.fromArray(LANES_OF, f.thresholds, c);
            long kept = (c & 63) == 0 ? 0 : -1;
            int word = bitsFrom + (c >>> 6);
            for (int p = 0; p < positions; ++p, word += words) {
                int i = p * channels + c;
                FloatVector y =
                        IntVector.fromArray(VectorWidth.INTS, sums, from + i)
                                .convertShape(VectorOperators.I2F, LANES_OF, 0)
                                .reinterpretAsFloats()
                                .mul(s1)
                                .add(b1)
                                .mul(s2)
                                .add(b2)
                                .add(
                                        FloatVector.fromArray(
                                                LANES_OF,
                                                residual,
                                                residualFrom + p * residualStride + c));
                y = y.blend(low, y.compare(VectorOperators.LT, low)).add(zero);
                y = y.blend(high, y.compare(VectorOperators.GT, high));
                y.intoArray(to, at + i);
                long reached = y.compare(VectorOperators.GE, threshold).toLong();
                bits[word] = bits[word] & kept | reached << c;
            }
        }
    }

    static void floats(
            SumFunctions f,
            float[] sums,
            int from,
            float[] residual,
            int residualFrom,
            int residualStride,
            int positions,
            float[] to,
            int at,
            long[] bits,
            int bitsFrom) {
        int channels = f.channels;
        int words = channels + 63 >>> 6;
        for (int c = 0; c < ChannelFunctions.full(channels); c += LANES) {
            FloatVector s1 = FloatVector.fromArray(LANES_OF, f.firstScale, c);
            FloatVector b1 = FloatVector.fromArray(LANES_OF, f.firstBias, c);
            FloatVector s2 = FloatVector.fromArray(LANES_OF, f.scale, c);
            FloatVector b2 = FloatVector.fromArray(LANES_OF, f.bias, c);
            FloatVector low = FloatVector.fromArray(LANES_OF, f.low, c);
            FloatVector high = FloatVector.fromArray(LANES_OF, f.high, c);
            FloatVector zero = FloatVector.fromArray(LANES_OF, f.zero, c);
            FloatVector threshold = FloatVector.fromArray(LANES_OF, f.thresholds, c);
            long kept = (c & 63) == 0 ? 0 : -1;
            int word = bitsFrom + (c >>> 6);
            for (int p = 0; p < positions; ++p, word += words) {
                int i = p * channels + c;
                FloatVector y =
                        FloatVector.fromArray(LANES_OF, sums, from + i)
                                .mul(s1)
                                .add(b1)
                                .mul(s2)
                                .add(b2)
                                .add(
                                        FloatVector.fromArray(
                                                LANES_OF,
                                                residual,
                                                residualFrom + p * residualStride + c));
                y = y.blend(low, y.compare(VectorOperators.LT, low)).add(zero);
                y = y.blend(high, y.compare(VectorOperators.GT, high));
                y.intoArray(to, at + i);
                long reached = y.compare(VectorOperators.GE, threshold).toLong();
                bits[word] = bits[word] & kept | reached << c;
            }
        }
    }

    static void fused(
            SumFunctions f,
            int[] sums,
            int from,
            float[] residual,
            int residualFrom,
            int residualStride,
            int positions,
            float[] to,
            int at,
            long[] bits,
            int bitsFrom) {
        int channels = f.channels;
        int words = channels + 63 >>> 6;
        for (int c = 0; c < ChannelFunctions.full(channels); c += LANES) {
            FloatVector s1 = FloatVector.fromArray(LANES_OF, f.firstScale, c);
            FloatVector b1 = FloatVector.fromArray(LANES_OF, f.firstBias, c);
            FloatVector s2 = FloatVector.fromArray(LANES_OF, f.scale, c);
            FloatVector b2 = FloatVector.fromArray(LANES_OF, f.bias, c);
            FloatVector low = FloatVector.fromArray(LANES_OF, f.low, c);
            FloatVector high = FloatVector.fromArray(LANES_OF, f.high, c);
            FloatVector zero = FloatVector.fromArray(LANES_OF, f.zero, c);
            FloatVector threshold = FloatVector.fromArray(LANES_OF, f.thresholds, c);
            long kept = (c & 63) == 0 ? 0 : -1;
            int word = bitsFrom + (c >>> 6);
            for (int p = 0; p < positions; ++p, word += words) {
                int i = p * channels + c;
                FloatVector y =
                        IntVector.fromArray(VectorWidth.INTS, sums, from + i)
                                .convertShape(VectorOperators.I2F, LANES_OF, 0)
                                .reinterpretAsFloats()
                                .mul(s1)
                                .add(b1)
                                .fma(s2, b2)
                                .add(
                                        FloatVector.fromArray(
                                                LANES_OF,
                                                residual,
                                                residualFrom + p * residualStride + c));
                y = y.blend(low, y.compare(VectorOperators.LT, low)).add(zero);
                y = y.blend(high, y.compare(VectorOperators.GT, high));
                y.intoArray(to, at + i);
                long reached = y.compare(VectorOperators.GE, threshold).toLong();
                bits[word] = bits[word] & kept | reached << c;
            }
        }
    }
}
