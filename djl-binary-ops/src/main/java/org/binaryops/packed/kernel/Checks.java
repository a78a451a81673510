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

/** What the matrices ask of their arguments. */
final class Checks {

    private Checks() {}

    static int positive(String what, int value) {
        if (value <= 0) {
            throw new IllegalArgumentException(what + " must be positive, but is " + value);
        }
        return value;
    }

    static void length(String what, long expected, int actual) {
        if (actual != expected) {
            throw new IllegalArgumentException(
                    "expected " + expected + " " + what + ", but got " + actual);
        }
    }

    /** Bits past the last: their products must vanish from every population count. */
    static void clearPast(String what, long[] bits, int units, int width) {
        int words = words(width);
        length("words of " + what, (long) units * words, bits.length);
        long beyond = (width & 63) == 0 ? 0 : -1L << width;
        for (int unit = 0; unit < units; ++unit) {
            if ((bits[(unit + 1) * words - 1] & beyond) != 0) {
                throw new IllegalArgumentException(
                        "unit " + unit + " has a bit set past its " + width + " " + what);
            }
        }
    }

    /** Rows of an array: {@code width} elements each, {@code stride} apart. */
    static void rows(String what, int from, int stride, int rows, int width, int length) {
        if (rows >= 0 && stride < width) {
            throw new IllegalArgumentException(
                    "the rows of "
                            + what
                            + " are "
                            + width
                            + " long, but only "
                            + stride
                            + " apart");
        }
        overlappingRows(what, from, stride, rows, width, length);
    }

    /** Rows of an array, which may overlap. */
    static void overlappingRows(
            String what, int from, int stride, int rows, int width, int length) {
        if (rows < 0) {
            throw new IllegalArgumentException("rows must be 0 or more, but is " + rows);
        }
        if (stride < 1) {
            throw new IllegalArgumentException(
                    "the rows of " + what + " must be 1 or more apart, but are " + stride);
        }
        if (from < 0 || rows > 0 && from + (rows - 1L) * stride + width > length) {
            throw new IllegalArgumentException(
                    rows
                            + " rows of "
                            + what
                            + ", "
                            + stride
                            + " apart from "
                            + from
                            + ", do not fit an array of "
                            + length);
        }
    }

    static int words(int width) {
        return (width + 63) >>> 6;
    }

    static int blocks(int units, int lanes) {
        return (units + lanes - 1) / lanes;
    }
}
