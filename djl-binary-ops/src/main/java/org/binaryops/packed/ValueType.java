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

import java.util.Locale;

/**
 * What flows between two operations: channels at every position of an image. A vector is an image
 * of one position.
 *
 * <p>In memory the channels of a position lie side by side: floats and accumulators as [height,
 * width, channels], bits as [height, width, words], where the channels of a position fill ⌈C/64⌉
 * words and the rest of the last word is clear.
 *
 * @param kind what a number is
 * @param channels the number of channels
 * @param height the number of rows of the image
 * @param width the number of columns of the image
 * @param fanIn for accumulators a bound of their absolute value, for those of bits the number of
 *     products in a sum; for bytes, which are unsigned, the largest; else 0
 */
record ValueType(Kind kind, int channels, int height, int width, int fanIn) {

    /**
     * The largest number of elements of a value. A float32 engine counts exactly up to here, and
     * products of a size with a number of rows or bytes stay far from overflow.
     */
    static final int MAX_WIDTH = 1 << 24;

    enum Kind {
        FLOATS,
        BITS,
        ACCUMULATORS,
        BYTES
    }

    ValueType {
        checkWidth("channels", channels);
        checkWidth("height", height);
        checkWidth("width", width);
        checkWidth(
                "the size of a value",
                checkWidth("the size of an image", (long) height * width) * (long) channels);
    }

    static ValueType floats(int width) {
        return new ValueType(Kind.FLOATS, width, 1, 1, 0);
    }

    static ValueType bits(int width) {
        return new ValueType(Kind.BITS, width, 1, 1, 0);
    }

    static ValueType accumulators(int width, int fanIn) {
        return new ValueType(Kind.ACCUMULATORS, width, 1, 1, fanIn);
    }

    /** The same image with other numbers. */
    ValueType with(Kind newKind, int newChannels, int newFanIn) {
        return new ValueType(newKind, newChannels, height, width, newFanIn);
    }

    int positions() {
        return height * width;
    }

    /** The number of elements. */
    int size() {
        return height * width * channels;
    }

    /** The number of 64-bit words that hold bits of this type. */
    int words() {
        return positions() * words(channels);
    }

    /** The number of bytes that a value of this type takes. */
    long bytes() {
        return switch (kind) {
            case FLOATS, ACCUMULATORS -> 4L * size();
            case BITS -> 8L * words();
            case BYTES -> size();
        };
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

    /** Checks that an operation can take a value of this type, whatever the size of the image. */
    void require(Kind expectedKind, int expectedChannels, String operation) {
        if (kind != expectedKind || channels != expectedChannels) {
            throw new IllegalArgumentException(
                    operation
                            + " takes "
                            + new ValueType(expectedKind, expectedChannels, height, width, 0)
                            + " but is given "
                            + this);
        }
    }

    /** Checks that an operation can take a value of this type. */
    void require(Kind expectedKind, Window window, String operation) {
        ValueType expected =
                new ValueType(expectedKind, window.channels(), window.height(), window.width(), 0);
        if (kind != expectedKind
                || channels != expected.channels
                || height != expected.height
                || width != expected.width) {
            throw new IllegalArgumentException(
                    operation + " takes " + expected + " but is given " + this);
        }
    }

    // Written out: the generated ones make classes at their first use, which a cold JVM waits for.

    @Override
    public boolean equals(Object other) {
        return other instanceof ValueType type
                && kind == type.kind
                && channels == type.channels
                && height == type.height
                && width == type.width
                && fanIn == type.fanIn;
    }

    @Override
    public int hashCode() {
        return (((31 * kind.ordinal() + channels) * 31 + height) * 31 + width) * 31 + fanIn;
    }

    @Override
    public String toString() {
        String what = channels + " " + kind.name().toLowerCase(Locale.ROOT);
        return positions() == 1 ? what : what + " × " + height + " × " + width;
    }
}
