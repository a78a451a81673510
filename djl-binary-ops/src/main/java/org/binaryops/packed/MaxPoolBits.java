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
import java.util.List;

/**
 * The maximum over windows of an image, on the bits that a threshold has made of it.
 *
 * <p>The bit of a maximum is the bitwise OR of the bits, where the function from the pooled number
 * to the bit rises, and their AND where it falls, as after a batch norm with a negative factor.
 */
public final class MaxPoolBits extends Operation {

    static final int CODE = 13;

    private final Window window;
    private final long[] falling;

    /**
     * Creates the operation.
     *
     * @param window the window; padding is never a maximum
     * @param falling ⌈C/64⌉ words, a bit for each channel: set for AND, clear for OR
     * @throws IllegalArgumentException if the sizes do not fit or a bit past C is set
     */
    public MaxPoolBits(Window window, long[] falling) {
        this.window = window;
        this.falling = falling.clone();
        int words = ValueType.words(window.channels());
        if (falling.length != words) {
            throw new IllegalArgumentException(
                    "expected " + words + " words, but got " + falling.length);
        }
        BinaryConvolution.checkTail(this.falling, 1, window.channels());
        Pool.checkWindows(window);
    }

    @Override
    int code() {
        return CODE;
    }

    @Override
    ValueType output(List<ValueType> inputs) {
        single(inputs).require(ValueType.Kind.BITS, window, "MaxPoolBits");
        return window.output(ValueType.Kind.BITS, window.channels(), 0);
    }

    @Override
    void run(Scratch scratch, int[] in, int out, int rows) {
        int words = falling.length;
        for (int row = 0; row < rows; ++row) {
            pool(
                    scratch.bits[in[0]],
                    row * window.inputPositions() * words,
                    scratch.bits[out],
                    row * window.positions() * words);
        }
    }

    /** Pools one image. */
    void pool(long[] from, int source, long[] to, int target) {
        int words = falling.length;
        for (int y = 0; y < window.outputHeight(); ++y) {
            for (int x = 0; x < window.outputWidth(); ++x) {
                int at = target + (y * window.outputWidth() + x) * words;
                for (int w = 0; w < words; ++w) {
                    to[at + w] = over(from, source + w, y, x, falling[w]);
                }
            }
        }
    }

    private long over(long[] from, int source, int outY, int outX, long flip) {
        long any = 0;
        int words = falling.length;
        for (int ky = 0; ky < window.kernelHeight(); ++ky) {
            int y = window.row(outY) + ky * window.dilationHeight();
            for (int kx = 0; kx < window.kernelWidth(); ++kx) {
                int x = window.column(outX) + kx * window.dilationWidth();
                if (y >= 0 && y < window.height() && x >= 0 && x < window.width()) {
                    any |= from[source + (y * window.width() + x) * words] ^ flip;
                }
            }
        }
        return any ^ flip;
    }

    @Override
    long bodyBytes() {
        return padded(Window.BYTES) + 8L * falling.length;
    }

    @Override
    void write(ByteBuffer body) {
        window.write(body);
        body.putInt(0);
        for (long word : falling) {
            body.putLong(word);
        }
    }

    static MaxPoolBits read(BodyReader body) throws PackedFormatException {
        body.atLeast(padded(Window.BYTES));
        Window window = Window.read(body);
        body.zero();
        int words = ValueType.words(window.channels());
        body.expect(padded(Window.BYTES) + 8L * words);
        return new MaxPoolBits(window, body.longs(words));
    }

    /** {@inheritDoc} */
    @Override
    public String toString() {
        return "MaxPoolBits        " + window;
    }
}
