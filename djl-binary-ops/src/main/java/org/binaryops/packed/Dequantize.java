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
 * Turns the numbers of levels into the levels: what stands behind a quantizer of few bits and is no
 * layer of whole numbers gets the very floats that an engine has there.
 */
public final class Dequantize extends Operation {

    static final int CODE = 20;

    private final int levels;
    private final int size;
    private final float[] values;

    /**
     * Creates the operation.
     *
     * @param levels the number L of levels, 2 to 256
     * @param values the L levels from the lowest up, for all channels or for each, finite
     * @throws IllegalArgumentException if the sizes do not fit or a level is not finite
     */
    public Dequantize(int levels, float[] values) {
        this.levels = Quantize.checkLevels(levels);
        this.values = values.clone();
        if (values.length == 0 || values.length % levels != 0) {
            throw new IllegalArgumentException(
                    values.length + " values are no levels of channels with " + levels + " each");
        }
        size = ValueType.checkWidth("the channels of Dequantize", values.length / levels);
        checkFinite("the levels", values);
    }

    @Override
    int code() {
        return CODE;
    }

    @Override
    ValueType output(List<ValueType> inputs) {
        ValueType input = single(inputs);
        if (input.kind() != ValueType.Kind.BYTES
                || input.fanIn() != levels - 1
                || size != 1 && size != input.channels()) {
            throw new IllegalArgumentException(
                    "Dequantize takes numbers of "
                            + levels
                            + " levels"
                            + (size == 1 ? "" : " of " + size + " channels")
                            + " but is given "
                            + input);
        }
        return input.with(ValueType.Kind.FLOATS, input.channels(), 0);
    }

    @Override
    void run(Scratch scratch, int[] in, int out, int rows) {
        byte[] x = scratch.bytes[in[0]];
        float[] to = scratch.floats[out];
        int at = scratch.offset[out];
        int count = rows * scratch.types[out].size();
        for (int i = 0; i < count; ) {
            for (int c = 0; c < size; ++c, ++i) {
                to[at + i] = values[c * levels + (x[i] & 0xff)];
            }
        }
    }

    @Override
    long bodyBytes() {
        return 8 + padded(4L * values.length);
    }

    @Override
    void write(ByteBuffer body) {
        body.putInt(size).putInt(levels);
        for (float value : values) {
            body.putFloat(value);
        }
    }

    static Dequantize read(BodyReader body) throws PackedFormatException {
        int size = body.width("channels");
        int levels = Quantize.checkLevels(body.integer() & 0xffffffffL);
        int count = body.product(size, levels);
        body.expect(8 + padded(4L * count));
        return new Dequantize(levels, body.floats(count));
    }

    /** {@inheritDoc} */
    @Override
    public String toString() {
        return "Dequantize         " + (size == 1 ? "" : size + " channels, ") + levels + " levels";
    }
}
