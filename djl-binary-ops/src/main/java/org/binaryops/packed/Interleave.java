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
 * The first operation of a model of images: turns features in the order [channels, height, width],
 * in which models take them, into [height, width, channels], in which all other operations work.
 * With positions and channels exchanged it is also the last operation of a model that yields
 * images.
 */
public final class Interleave extends Operation {

    static final int CODE = 7;

    private final ValueType type;

    /**
     * Creates the operation.
     *
     * @param channels the number of channels
     * @param height the number of rows
     * @param width the number of columns
     * @throws IllegalArgumentException if a size is out of range
     */
    public Interleave(int channels, int height, int width) {
        type = new ValueType(ValueType.Kind.FLOATS, channels, height, width, 0);
    }

    @Override
    int code() {
        return CODE;
    }

    @Override
    ValueType output(List<ValueType> inputs) {
        ValueType input = single(inputs);
        if (input.kind() != ValueType.Kind.FLOATS || input.size() != type.size()) {
            throw new IllegalArgumentException(
                    "Interleave takes " + type.size() + " floats but is given " + input);
        }
        return type;
    }

    @Override
    void run(Scratch scratch, int[] in, int out, int rows) {
        int channels = type.channels();
        int positions = type.positions();
        float[] from = scratch.floats[in[0]];
        float[] to = scratch.floats[out];
        for (int row = 0; row < rows; ++row) {
            int source = scratch.offset[in[0]] + row * type.size();
            int target = scratch.offset[out] + row * type.size();
            for (int c = 0; c < channels; ++c) {
                for (int p = 0; p < positions; ++p) {
                    to[target + p * channels + c] = from[source + c * positions + p];
                }
            }
        }
    }

    @Override
    long bodyBytes() {
        return 16;
    }

    @Override
    void write(ByteBuffer body) {
        body.putInt(type.channels()).putInt(type.height()).putInt(type.width()).putInt(0);
    }

    static Interleave read(BodyReader body) throws PackedFormatException {
        body.expect(16);
        Interleave operation =
                new Interleave(body.width("channels"), body.width("height"), body.width("width"));
        body.zero();
        return operation;
    }

    /** {@inheritDoc} */
    @Override
    public String toString() {
        return "Interleave         " + type;
    }
}
