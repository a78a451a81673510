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
 * The mean magnitude of what a kernel sees, for each group of channels: the factor K with which
 * XNOR-Net makes up for the magnitudes that a sign drops. Zeros of the padding count. With a window
 * of the size of the image it is one number for each group.
 */
public final class Magnitudes extends Operation {

    static final int CODE = 17;

    private final Window window;
    private final int groups;

    /**
     * Creates the operation.
     *
     * @param window where the kernel lies
     * @param groups the number of groups, a divisor of the channels
     * @throws IllegalArgumentException if it is none
     */
    public Magnitudes(Window window, int groups) {
        this.window = window;
        this.groups = ValueType.checkWidth("groups", groups);
        if (window.channels() % groups != 0) {
            throw new IllegalArgumentException(
                    window.channels() + " channels do not fall into " + groups + " groups");
        }
        window.output(ValueType.Kind.FLOATS, groups, 0);
    }

    @Override
    int code() {
        return CODE;
    }

    @Override
    ValueType output(List<ValueType> inputs) {
        single(inputs).require(ValueType.Kind.FLOATS, window, "Magnitudes");
        return window.output(ValueType.Kind.FLOATS, groups, 0);
    }

    @Override
    void run(Scratch scratch, int[] in, int out, int rows) {
        int pixels = window.inputPositions();
        float[] sums = scratch.reals(pixels * groups);
        int some = window.channels() / groups;
        for (int row = 0; row < rows; ++row) {
            int from = scratch.offset[in[0]] + row * pixels * window.channels();
            for (int i = 0; i < pixels * groups; ++i) {
                float sum = 0;
                for (int c = 0; c < some; ++c) {
                    sum += Math.abs(scratch.floats[in[0]][from + i * some + c]);
                }
                sums[i] = sum;
            }
            int at = scratch.offset[out] + row * window.positions() * groups;
            for (int p = 0; p < window.positions(); ++p) {
                for (int g = 0; g < groups; ++g, ++at) {
                    scratch.floats[out][at] = mean(sums, p, g);
                }
            }
        }
    }

    private float mean(float[] sums, int position, int group) {
        int top = window.row(position / window.outputWidth());
        int left = window.column(position % window.outputWidth());
        float sum = 0;
        for (int ky = 0; ky < window.kernelHeight(); ++ky) {
            int y = top + ky * window.dilationHeight();
            for (int kx = 0; kx < window.kernelWidth(); ++kx) {
                int x = left + kx * window.dilationWidth();
                if (y >= 0 && y < window.height() && x >= 0 && x < window.width()) {
                    sum += sums[(y * window.width() + x) * groups + group];
                }
            }
        }
        return sum / (window.taps() * (window.channels() / groups));
    }

    @Override
    long bodyBytes() {
        return padded(Window.BYTES + 4);
    }

    @Override
    void write(ByteBuffer body) {
        window.write(body);
        body.putInt(groups);
    }

    static Magnitudes read(BodyReader body) throws PackedFormatException {
        body.expect(padded(Window.BYTES + 4));
        Window window = Window.read(body);
        return new Magnitudes(window, body.width("groups"));
    }

    /** {@inheritDoc} */
    @Override
    public String toString() {
        return "Magnitudes         " + window + (groups == 1 ? "" : ", " + groups + " groups");
    }
}
