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
 * Takes numbers of a few bits apart into planes: plane b of a row has bit b of each number. A
 * product of ±1 weights with such numbers is one binary product for each plane.
 */
public final class BitPlanes {

    private static final long LOWEST = 0x0101010101010101L;

    /** Multiplied with eight bytes of 0 or 1, it gathers them into the highest byte. */
    private static final long GATHER = 0x0102040810204080L;

    private BitPlanes() {}

    /**
     * Splits rows of unsigned bytes.
     *
     * @param x the bytes
     * @param xFrom the index of the first byte
     * @param xStride the distance from one row to the next, at least {@code width}
     * @param rows the number of rows
     * @param width the number K of bytes of a row
     * @param bits the number of planes, 1 to 8; higher bits of the bytes are left out
     * @param planes receives for each row its planes, the lowest bit first, ⌈K/64⌉ words each and
     *     without gaps; bits past K are cleared
     * @param from the index of the first word
     * @throws IllegalArgumentException if the rows do not fit the arrays
     */
    public static void split(
            byte[] x,
            int xFrom,
            int xStride,
            int rows,
            int width,
            int bits,
            long[] planes,
            int from) {
        if (bits > 8) {
            throw new IllegalArgumentException("bits must be 1 to 8, but is " + bits);
        }
        checkBits(bits);
        Checks.rows("bytes", xFrom, xStride, rows, width, x.length);
        int words = Checks.words(width);
        int stride = Math.multiplyExact(bits, words);
        Checks.rows("planes", from, stride, rows, stride, planes.length);
        Arrays.fill(planes, from, from + rows * stride, 0);
        for (int row = 0; row < rows; ++row) {
            int at = xFrom + row * xStride;
            int to = from + row * stride;
            for (int k = 0; k < width; k += 8) {
                long eight = 0;
                int some = Math.min(8, width - k);
                for (int i = 0; i < some; ++i) {
                    eight |= (x[at + k + i] & 0xFFL) << 8 * i;
                }
                for (int bit = 0; bit < bits; ++bit) {
                    long gathered = (eight >>> bit & LOWEST) * GATHER >>> 56;
                    planes[to + bit * words + (k >>> 6)] |= gathered << k;
                }
            }
        }
    }

    static void checkBits(int bits) {
        if (bits < 1 || bits > 16) {
            throw new IllegalArgumentException("bits must be 1 to 16, but is " + bits);
        }
    }
}
