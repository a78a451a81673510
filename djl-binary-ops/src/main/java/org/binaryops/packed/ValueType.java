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
 * What flows between two operations: so many floats, bits or accumulators.
 *
 * @param fanIn for accumulators the number of products in the sum, whose absolute value it bounds;
 *     else 0
 */
record ValueType(Kind kind, int width, int fanIn) {

    /**
     * The largest width of a value. A float32 engine counts exactly up to here, and products of a
     * width with a number of rows or bytes stay far from overflow.
     */
    static final int MAX_WIDTH = 1 << 24;

    enum Kind {
        FLOATS,
        BITS,
        ACCUMULATORS
    }

    static ValueType floats(int width) {
        return new ValueType(Kind.FLOATS, width, 0);
    }

    static ValueType bits(int width) {
        return new ValueType(Kind.BITS, width, 0);
    }

    static ValueType accumulators(int width, int fanIn) {
        return new ValueType(Kind.ACCUMULATORS, width, fanIn);
    }

    /** The number of 64-bit words that hold one row of bits. */
    int words() {
        return words(width);
    }

    static int words(int bits) {
        return (bits + 63) >>> 6;
    }

    /** Checks a size that was given or read. */
    static int checkWidth(String what, long width) {
        if (width < 1 || width > MAX_WIDTH) {
            throw new IllegalArgumentException(
                    what + " must be between 1 and " + MAX_WIDTH + ", but is " + width);
        }
        return (int) width;
    }

    /** Checks that an operation can take a value of this type. */
    void require(Kind expectedKind, int expectedWidth, String operation) {
        if (kind != expectedKind || width != expectedWidth) {
            throw new IllegalArgumentException(
                    operation
                            + " takes "
                            + new ValueType(expectedKind, expectedWidth, 0)
                            + " but is given "
                            + this);
        }
    }

    @Override
    public String toString() {
        return width + " " + kind.name().toLowerCase(java.util.Locale.ROOT);
    }
}
