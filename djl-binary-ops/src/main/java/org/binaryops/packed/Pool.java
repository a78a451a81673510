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
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.binaryops.packed.kernel.Kernels;

/** The maximum or the average over windows of an image of floats. */
public final class Pool extends Operation {

    static final int CODE = 14;

    /** What becomes of the numbers in a window. */
    public enum Kind {
        /** The largest; padding is never the largest. */
        MAXIMUM,
        /** The sum divided by their number, padding not counted. */
        AVERAGE,
        /** The sum divided by their number, zeros of the padding counted. */
        PADDED_AVERAGE
    }

    private static final Kind[] BY_CODE = Kind.values();

    private final Window window;
    private final Kind kind;

    /**
     * Creates the operation.
     *
     * @param window the window
     * @param kind what becomes of the numbers in it
     * @throws IllegalArgumentException if a window lies beside the image
     */
    public Pool(Window window, Kind kind) {
        this.window = window;
        this.kind = kind;
        checkWindows(window);
    }

    /** Checks that no window is empty. */
    static void checkWindows(Window window) {
        long row = window.paddingHeight();
        long column = window.paddingWidth();
        if (row >= window.kernelHeight() && row > 0
                || column >= window.kernelWidth() && column > 0
                || window.dilationHeight() != 1
                || window.dilationWidth() != 1) {
            throw new IllegalArgumentException("there is no such pooling: " + window);
        }
    }

    @Override
    int code() {
        return CODE;
    }

    @Override
    ValueType output(List<ValueType> inputs) {
        single(inputs).require(ValueType.Kind.FLOATS, window, "Pool");
        return window.output(ValueType.Kind.FLOATS, window.channels(), 0);
    }

    @Override
    void run(Scratch scratch, int[] in, int out, int rows) {
        int channels = window.channels();
        for (int row = 0; row < rows; ++row) {
            int source = scratch.offset[in[0]] + row * window.inputPositions() * channels;
            int at = scratch.offset[out] + row * window.positions() * channels;
            for (int y = 0; y < window.outputHeight(); ++y) {
                for (int x = 0; x < window.outputWidth(); ++x) {
                    pool(scratch.floats[in[0]], source, scratch.floats[out], at, y, x);
                    at += channels;
                }
            }
        }
    }

    private void pool(float[] from, int source, float[] to, int at, int outY, int outX) {
        int channels = window.channels();
        int top = Math.max(0, window.row(outY));
        int left = Math.max(0, window.column(outX));
        int bottom = Math.min(window.height(), window.row(outY) + window.kernelHeight());
        int right = Math.min(window.width(), window.column(outX) + window.kernelWidth());
        int pixel = source + (top * window.width() + left) * channels;
        int line = window.width() * channels;
        if (kind == Kind.MAXIMUM) {
            Arrays.fill(to, at, at + channels, Float.NEGATIVE_INFINITY);
            for (int y = top; y < bottom; ++y, pixel += line) {
                for (int x = 0; x < right - left; ++x) {
                    maximum(from, pixel + x * channels, to, at, channels);
                }
            }
            return;
        }
        int count =
                kind == Kind.AVERAGE
                        ? (bottom - top) * (right - left)
                        : window.coveredRows(outY) * window.coveredColumns(outX);
        Kernels.get()
                .average(from, pixel, line, bottom - top, right - left, channels, to, at, count);
    }

    private static void maximum(float[] from, int source, float[] to, int at, int count) {
        for (int i = 0; i < count; ++i) {
            to[at + i] = Math.max(to[at + i], from[source + i]);
        }
    }

    @Override
    long bodyBytes() {
        return padded(Window.BYTES + 4);
    }

    @Override
    void write(ByteBuffer body) {
        window.write(body);
        body.putInt(kind.ordinal());
    }

    static Pool read(BodyReader body) throws PackedFormatException {
        body.expect(padded(Window.BYTES + 4));
        Window window = Window.read(body);
        int code = body.integer();
        if (code < 0 || code >= BY_CODE.length) {
            throw new PackedFormatException("there is no pooling of the kind " + code);
        }
        return new Pool(window, BY_CODE[code]);
    }

    /** {@inheritDoc} */
    @Override
    public String toString() {
        return "Pool               " + kind.name().toLowerCase(Locale.ROOT) + " of " + window;
    }
}
