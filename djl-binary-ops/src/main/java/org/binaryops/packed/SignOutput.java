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
 * A last operation for networks that end in a sign, and a step before layers that compute in float:
 * C bits become C floats +1 or −1.
 */
public final class SignOutput extends Operation {

    static final int CODE = 6;

    private final int channels;

    /**
     * Creates the operation.
     *
     * @param channels the number C of outputs
     * @throws IllegalArgumentException if there are none or too many
     */
    public SignOutput(int channels) {
        this.channels = ValueType.checkWidth("channels", channels);
    }

    /**
     * Returns the number of outputs.
     *
     * @return the number of outputs, C
     */
    public int channels() {
        return channels;
    }

    @Override
    boolean isOutput() {
        return true;
    }

    @Override
    int code() {
        return CODE;
    }

    @Override
    ValueType output(List<ValueType> inputs) {
        ValueType input = single(inputs);
        input.require(ValueType.Kind.BITS, channels, "SignOutput");
        return input.with(ValueType.Kind.FLOATS, channels, 0);
    }

    @Override
    boolean isPointwise(ValueType input) {
        return true;
    }

    @Override
    void run(Scratch scratch, int[] in, int out, int rows) {
        run(scratch, in, out, 0, rows * scratch.types[in[0]].positions());
    }

    @Override
    void run(Scratch scratch, int[] in, int out, int from, int to) {
        long[] bits = scratch.bits[in[0]];
        float[] floats = scratch.floats[out];
        int words = ValueType.words(channels);
        for (int p = from; p < to; ++p) {
            for (int c = 0; c < channels; ++c) {
                long bit = bits[p * words + (c >>> 6)] >>> c & 1;
                floats[scratch.offset[out] + p * channels + c] = 2 * bit - 1;
            }
        }
    }

    @Override
    long bodyBytes() {
        return 8;
    }

    @Override
    void write(ByteBuffer body) {
        body.putInt(channels).putInt(0);
    }

    static SignOutput read(BodyReader body) throws PackedFormatException {
        int channels = body.width("channels");
        body.expect(8);
        body.zero();
        return new SignOutput(channels);
    }

    /** {@inheritDoc} */
    @Override
    public String toString() {
        return "SignOutput         " + channels + " outputs";
    }
}
