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
 * Multiplies accumulators or floats with factors for each group of channels, at each position or
 * for the whole image.
 */
public final class Multiply extends Operation {

    static final int CODE = 18;

    /** Creates the operation. */
    public Multiply() {}

    @Override
    int code() {
        return CODE;
    }

    @Override
    ValueType output(List<ValueType> inputs) {
        boolean fits = inputs.size() == 2;
        if (fits) {
            ValueType x = inputs.get(0);
            ValueType factors = inputs.get(1);
            boolean everywhere = factors.height() == x.height() && factors.width() == x.width();
            fits =
                    x.kind() != ValueType.Kind.BITS
                            && x.kind() != ValueType.Kind.BYTES
                            && factors.kind() == ValueType.Kind.FLOATS
                            && x.channels() % factors.channels() == 0
                            && (everywhere || factors.positions() == 1);
        }
        if (!fits) {
            throw new IllegalArgumentException(
                    "Multiply takes numbers and factors of their groups, but is given " + inputs);
        }
        ValueType x = inputs.get(0);
        return x.with(ValueType.Kind.FLOATS, x.channels(), 0);
    }

    @Override
    void run(Scratch scratch, int[] in, int out, int rows) {
        ValueType type = scratch.types[out];
        ValueType factors = scratch.types[in[1]];
        int perGroup = type.channels() / factors.channels();
        int[] sums = scratch.accumulators[in[0]];
        boolean integers = scratch.types[in[0]].kind() == ValueType.Kind.ACCUMULATORS;
        float[] k = scratch.floats[in[1]];
        float[] to = scratch.floats[out];
        for (int row = 0; row < rows; ++row) {
            for (int p = 0; p < type.positions(); ++p) {
                int position = row * type.positions() + p;
                int factor = factors.positions() == 1 ? row : position;
                for (int c = 0; c < type.channels(); ++c) {
                    int i = position * type.channels() + c;
                    float x = integers ? sums[i] : scratch.floats[in[0]][scratch.offset[in[0]] + i];
                    int at = scratch.offset[in[1]] + factor * factors.channels() + c / perGroup;
                    to[scratch.offset[out] + i] = x * k[at];
                }
            }
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

    static Multiply read(BodyReader body) throws PackedFormatException {
        body.expect(8);
        body.zero();
        body.zero();
        return new Multiply();
    }

    /** {@inheritDoc} */
    @Override
    public String toString() {
        return "Multiply";
    }
}
