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
 * Functions of floats with parameters for each channel. A vector of channels is done at all
 * positions before the next one, so that its parameters stay in registers: a loop over the channels
 * of one position, which compilers make, is too short to be worth their preparation. Channels past
 * the last full vector are left out.
 */
final class ChannelFunctions {

    private static final VectorSpecies<Float> LANES_OF = VectorWidth.FLOATS;
    private static final int LANES = LANES_OF.length();

    private ChannelFunctions() {}

    /** The channels in full vectors. */
    static int full(int channels) {
        return channels & -LANES;
    }

    static void affine(float[] x, int from, int positions, float[] scale, float[] bias) {
        int channels = scale.length;
        for (int c = 0; c < full(channels); c += LANES) {
            FloatVector s = FloatVector.fromArray(LANES_OF, scale, c);
            FloatVector b = FloatVector.fromArray(LANES_OF, bias, c);
            for (int p = 0, i = from + c; p < positions; ++p, i += channels) {
                FloatVector.fromArray(LANES_OF, x, i).mul(s).add(b).intoArray(x, i);
            }
        }
    }

    static void fused(float[] x, int from, int positions, float[] scale, float[] bias) {
        int channels = scale.length;
        for (int c = 0; c < full(channels); c += LANES) {
            FloatVector s = FloatVector.fromArray(LANES_OF, scale, c);
            FloatVector b = FloatVector.fromArray(LANES_OF, bias, c);
            for (int p = 0, i = from + c; p < positions; ++p, i += channels) {
                FloatVector.fromArray(LANES_OF, x, i).fma(s, b).intoArray(x, i);
            }
        }
    }

    static void slope(float[] x, int from, int positions, float[] slope) {
        int channels = slope.length;
        FloatVector zero = FloatVector.zero(LANES_OF);
        for (int c = 0; c < full(channels); c += LANES) {
            FloatVector s = FloatVector.fromArray(LANES_OF, slope, c);
            for (int p = 0, i = from + c; p < positions; ++p, i += channels) {
                FloatVector value = FloatVector.fromArray(LANES_OF, x, i);
                value.max(zero).add(s.mul(value.min(zero))).intoArray(x, i);
            }
        }
    }

    static void clip(float[] x, int from, int positions, float[] low, float[] high) {
        int channels = low.length;
        for (int c = 0; c < full(channels); c += LANES) {
            FloatVector a = FloatVector.fromArray(LANES_OF, low, c);
            FloatVector b = FloatVector.fromArray(LANES_OF, high, c);
            for (int p = 0, i = from + c; p < positions; ++p, i += channels) {
                FloatVector.fromArray(LANES_OF, x, i).max(a).min(b).intoArray(x, i);
            }
        }
    }

    /** Whole vectors of sums; a compiler by itself fears that the arrays overlap. */
    static void add(float[] a, int aFrom, float[] b, int bFrom, float[] to, int at, int count) {
        for (int i = 0; i < count; i += LANES) {
            FloatVector.fromArray(LANES_OF, a, aFrom + i)
                    .add(FloatVector.fromArray(LANES_OF, b, bFrom + i))
                    .intoArray(to, at + i);
        }
    }

    static void average(
            float[] from,
            int first,
            int line,
            int rows,
            int columns,
            int channels,
            float[] to,
            int at,
            int count) {
        FloatVector divisor = FloatVector.broadcast(LANES_OF, count);
        for (int c = 0; c < full(channels); c += LANES) {
            FloatVector sum = FloatVector.zero(LANES_OF);
            for (int y = 0; y < rows; ++y) {
                int pixel = first + y * line + c;
                for (int x = 0; x < columns; ++x, pixel += channels) {
                    sum = sum.add(FloatVector.fromArray(LANES_OF, from, pixel));
                }
            }
            sum.div(divisor).intoArray(to, at + c);
        }
    }

    /** Whole vectors of whole numbers. */
    static void add(int[] summands, int[] to, int at, int count) {
        for (int i = 0; i < count; i += LANES) {
            IntVector.fromArray(VectorWidth.INTS, to, at + i)
                    .add(IntVector.fromArray(VectorWidth.INTS, summands, i))
                    .intoArray(to, at + i);
        }
    }

    /** Whole vectors of floats. */
    static void convert(int[] from, int first, float[] to, int at, int count) {
        for (int i = 0; i < count; i += LANES) {
            IntVector.fromArray(VectorWidth.INTS, from, first + i)
                    .convertShape(VectorOperators.I2F, LANES_OF, 0)
                    .reinterpretAsFloats()
                    .intoArray(to, at + i);
        }
    }
}
