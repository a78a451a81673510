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
import java.nio.ByteOrder;

/**
 * Reads the body of one operation. {@link #expect} compares its length with what its sizes demand
 * before any array is allocated, so that what a file makes the reader allocate is bounded by the
 * length of the file.
 */
final class BodyReader {

    private final String operation;
    private final ByteBuffer body;
    private final long length;

    BodyReader(String operation, ByteBuffer body) {
        this.operation = operation;
        this.body = body.order(ByteOrder.LITTLE_ENDIAN);
        length = body.remaining();
        if (length < 8) {
            // Every body begins with two numbers; expect() checks the rest.
            throw new IllegalArgumentException(operation + " has a body of " + length + " bytes");
        }
    }

    /** Reads a number; its range is checked where it is used. */
    int integer() {
        return body.getInt();
    }

    byte[] bytes(int count) throws PackedFormatException {
        byte[] values = new byte[count];
        body.get(values);
        padding();
        return values;
    }

    /** Checks that at least so many bytes are there. */
    void atLeast(long bytes) throws PackedFormatException {
        if (body.remaining() < bytes) {
            throw new PackedFormatException(operation + " is cut off");
        }
    }

    /** How many bytes are left. */
    int remaining() {
        return body.remaining();
    }

    /** Reads a size. */
    int width(String what) {
        long width = body.getInt() & 0xffffffffL;
        // A message is made only if there is something to say: the first ones cost a cold JVM much.
        return width >= 1 && width <= ValueType.MAX_WIDTH
                ? (int) width
                : ValueType.checkWidth(what + " of " + operation, width);
    }

    /** The product of two sizes, itself a size. */
    int product(int a, int b) {
        return ValueType.checkWidth("the size of " + operation, (long) a * b);
    }

    /** Checks the length of the body. */
    void expect(long bytes) throws PackedFormatException {
        if (length != bytes) {
            throw new PackedFormatException(
                    operation + " needs " + bytes + " bytes, but its body has " + length);
        }
    }

    void zero() throws PackedFormatException {
        if (body.getInt() != 0) {
            throw new PackedFormatException("a reserved field of " + operation + " is not zero");
        }
    }

    boolean flag(String what) throws PackedFormatException {
        int value = body.getInt();
        if (value >>> 1 != 0) {
            throw new PackedFormatException(
                    what + " of " + operation + " must be 0 or 1, but is " + value);
        }
        return value == 1;
    }

    ThresholdRule[] rules(int count) throws PackedFormatException {
        ThresholdRule[] rules = new ThresholdRule[count];
        for (int i = 0; i < count; ++i) {
            rules[i] = ThresholdRule.of(body.get());
        }
        padding();
        return rules;
    }

    float[] floats(int count) throws PackedFormatException {
        float[] values = new float[count];
        // At once: number by number takes a cold JVM a hundred times longer.
        body.asFloatBuffer().get(values);
        body.position(body.position() + 4 * count);
        padding();
        return values;
    }

    int[] ints(int count) throws PackedFormatException {
        int[] values = new int[count];
        body.asIntBuffer().get(values);
        body.position(body.position() + 4 * count);
        padding();
        return values;
    }

    long[] longs(int count) {
        long[] values = new long[count];
        body.asLongBuffer().get(values);
        body.position(body.position() + 8 * count);
        return values;
    }

    void padding() throws PackedFormatException {
        while ((body.position() & 7) != 0) {
            if (body.get() != 0) {
                throw new PackedFormatException("padding of " + operation + " is not zero");
            }
        }
    }
}
