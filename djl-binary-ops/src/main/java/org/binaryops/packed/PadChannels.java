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

/** Adds channels of zeros before and after those of a value of floats. */
public final class PadChannels extends Operation {

    static final int CODE = 10;

    private final int before;
    private final int after;

    /**
     * Creates the operation.
     *
     * @param before the number of channels added before the others, not negative
     * @param after the number of channels added after them, not negative
     * @throws IllegalArgumentException if a number is out of range or none is added
     */
    public PadChannels(int before, int after) {
        if (before < 0 || after < 0) {
            throw new IllegalArgumentException(
                    "the added channels must not be negative, but are " + before + " and " + after);
        }
        ValueType.checkWidth("the number of added channels", (long) before + after);
        this.before = before;
        this.after = after;
    }

    @Override
    int code() {
        return CODE;
    }

    @Override
    ValueType output(List<ValueType> inputs) {
        ValueType input = single(inputs);
        input.require(ValueType.Kind.FLOATS, input.channels(), "PadChannels");
        return input.with(ValueType.Kind.FLOATS, before + input.channels() + after, 0);
    }

    @Override
    void run(Scratch scratch, int[] in, int out, int rows) {
        int some = scratch.types[in[0]].channels();
        float[] from = scratch.floats[in[0]];
        float[] to = scratch.floats[out];
        int source = scratch.offset[in[0]];
        int at = scratch.offset[out];
        for (int p = 0; p < rows * scratch.types[out].positions(); ++p) {
            Arrays.fill(to, at, at + before, 0);
            System.arraycopy(from, source, to, at + before, some);
            Arrays.fill(to, at + before + some, at + before + some + after, 0);
            at += before + some + after;
            source += some;
        }
    }

    @Override
    long bodyBytes() {
        return 8;
    }

    @Override
    void write(ByteBuffer body) {
        body.putInt(before).putInt(after);
    }

    static PadChannels read(BodyReader body) throws PackedFormatException {
        body.expect(8);
        return new PadChannels(body.integer(), body.integer());
    }

    /** {@inheritDoc} */
    @Override
    public String toString() {
        return "PadChannels        " + before + " before, " + after + " after";
    }
}
