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

/** Puts the channels of two values of floats side by side. */
public final class Concatenate extends Operation {

    static final int CODE = 9;

    /** Creates the operation. */
    public Concatenate() {}

    @Override
    int code() {
        return CODE;
    }

    @Override
    ValueType output(List<ValueType> inputs) {
        if (inputs.size() != 2
                || inputs.get(0).kind() != ValueType.Kind.FLOATS
                || inputs.get(1).kind() != ValueType.Kind.FLOATS
                || inputs.get(0).height() != inputs.get(1).height()
                || inputs.get(0).width() != inputs.get(1).width()) {
            throw new IllegalArgumentException(
                    "Concatenate takes two values of floats of one image size, but is given "
                            + inputs);
        }
        ValueType first = inputs.get(0);
        return first.with(first.kind(), first.channels() + inputs.get(1).channels(), 0);
    }

    @Override
    void run(Scratch scratch, int[] in, int out, int rows) {
        int channels = scratch.types[out].channels();
        int at = scratch.offset[out];
        for (int i = 0; i < 2; ++i) {
            int some = scratch.types[in[i]].channels();
            int from = scratch.offset[in[i]];
            for (int p = 0; p < rows * scratch.types[out].positions(); ++p) {
                System.arraycopy(
                        scratch.floats[in[i]],
                        from + p * some,
                        scratch.floats[out],
                        at + p * channels,
                        some);
            }
            at += some;
        }
    }

    @Override
    long bodyBytes() {
        return 8;
    }

    @Override
    void write(ByteBuffer body) {
        body.putLong(0);
    }

    static Concatenate read(BodyReader body) throws PackedFormatException {
        body.expect(8);
        body.zero();
        body.zero();
        return new Concatenate();
    }

    /** {@inheritDoc} */
    @Override
    public String toString() {
        return "Concatenate";
    }
}
