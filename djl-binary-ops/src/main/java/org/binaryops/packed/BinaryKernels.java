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

/**
 * The scalar kernels: the reference for every faster one, and what runs where no faster one can.
 */
final class BinaryKernels {

    private BinaryKernels() {}

    /**
     * Binary product of every row with every unit.
     *
     * <p>Four units at a time share each load of an input word, and their weights stay in the first
     * cache for all rows of the call.
     *
     * @param inputs [rows, words] bits
     * @param weights [units, words] bits
     * @param out [rows, units] sums of products ±1
     */
    static void linear(long[] inputs, int rows, long[] weights, int units, int width, int[] out) {
        int words = ValueType.words(width);
        int unit = 0;
        for (; unit + 4 <= units; unit += 4) {
            for (int row = 0; row < rows; ++row) {
                four(
                        inputs,
                        row * words,
                        weights,
                        unit * words,
                        words,
                        width,
                        out,
                        row * units + unit);
            }
        }
        for (; unit < units; ++unit) {
            for (int row = 0; row < rows; ++row) {
                int different = one(inputs, row * words, weights, unit * words, words);
                out[row * units + unit] = width - 2 * different;
            }
        }
    }

    private static void four(
            long[] x, int xFrom, long[] w, int wFrom, int words, int width, int[] out, int to) {
        int w1 = wFrom + words;
        int w2 = w1 + words;
        int w3 = w2 + words;
        int d0 = 0;
        int d1 = 0;
        int d2 = 0;
        int d3 = 0;
        for (int i = 0; i < words; ++i) {
            long bits = x[xFrom + i];
            d0 += Long.bitCount(bits ^ w[wFrom + i]);
            d1 += Long.bitCount(bits ^ w[w1 + i]);
            d2 += Long.bitCount(bits ^ w[w2 + i]);
            d3 += Long.bitCount(bits ^ w[w3 + i]);
        }
        out[to] = width - 2 * d0;
        out[to + 1] = width - 2 * d1;
        out[to + 2] = width - 2 * d2;
        out[to + 3] = width - 2 * d3;
    }

    private static int one(long[] x, int xFrom, long[] w, int wFrom, int words) {
        int different = 0;
        for (int i = 0; i < words; ++i) {
            different += Long.bitCount(x[xFrom + i] ^ w[wFrom + i]);
        }
        return different;
    }
}
