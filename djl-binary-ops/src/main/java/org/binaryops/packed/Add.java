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
import org.binaryops.packed.kernel.Kernels;

/** The sum of a residual block: adds two values of floats. */
public final class Add extends Operation {

    static final int CODE = 8;

    /** Creates the operation. */
    public Add() {}

    @Override
    int code() {
        return CODE;
    }

    @Override
    ValueType output(List<ValueType> inputs) {
        if (inputs.size() != 2
                || inputs.get(0).kind() != ValueType.Kind.FLOATS
                || !inputs.get(0).equals(inputs.get(1))) {
            throw new IllegalArgumentException(
                    "Add takes two values of floats of one size, but is given " + inputs);
        }
        return inputs.get(0);
    }

    @Override
    boolean isPointwise(ValueType input) {
        return true;
    }

    @Override
    void run(Scratch scratch, int[] in, int out, int rows) {
        run(scratch, in, out, 0, rows * scratch.types[out].positions());
    }

    @Override
    void run(Scratch scratch, int[] in, int out, int from, int to) {
        int channels = scratch.types[out].channels();
        int first = from * channels;
        Kernels.get()
                .add(
                        scratch.floats[in[0]],
                        scratch.offset[in[0]] + first,
                        scratch.floats[in[1]],
                        scratch.offset[in[1]] + first,
                        scratch.floats[out],
                        scratch.offset[out] + first,
                        (to - from) * channels);
    }

    @Override
    long bodyBytes() {
        return 8;
    }

    @Override
    void write(ByteBuffer body) {
        body.putLong(0);
    }

    static Add read(BodyReader body) throws PackedFormatException {
        body.expect(8);
        body.zero();
        body.zero();
        return new Add();
    }

    /** {@inheritDoc} */
    @Override
    public String toString() {
        return "Add";
    }
}
