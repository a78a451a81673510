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
 * A last operation that looks its floats up: an accumulator of K products ±1 has only the K + 1
 * values −K, −K + 2, …, K. It serves where no affine form repeats an engine to the last bit.
 */
public final class TableOutput extends Operation {

    static final int CODE = 5;

    private final int channels;
    private final int inputs;
    private final float[] table;

    /**
     * Creates the operation.
     *
     * @param channels the number C of outputs
     * @param inputs the number K of products in each accumulator
     * @param table C rows of K + 1 finite floats: the outputs for −K, −K + 2, …, K
     * @throws IllegalArgumentException if the sizes do not fit or a number is not finite
     */
    public TableOutput(int channels, int inputs, float[] table) {
        this.channels = ValueType.checkWidth("channels", channels);
        this.inputs = ValueType.checkWidth("inputs", inputs);
        this.table = table.clone();
        if (table.length != channels * (inputs + 1L)) {
            throw new IllegalArgumentException(
                    "expected "
                            + channels * (inputs + 1L)
                            + " floats in the table, but got "
                            + table.length);
        }
        for (int i = 0; i < table.length; ++i) {
            if (!Float.isFinite(this.table[i])) {
                throw new IllegalArgumentException("entry " + i + " of the table is not finite");
            }
        }
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
        input.require(ValueType.Kind.ACCUMULATORS, channels, "TableOutput");
        if (input.fanIn() != this.inputs) {
            throw new IllegalArgumentException(
                    "TableOutput is for sums of "
                            + this.inputs
                            + " products but is given sums of "
                            + input.fanIn());
        }
        return input.with(ValueType.Kind.FLOATS, channels, 0);
    }

    @Override
    void run(Scratch scratch, int[] in, int out, int rows) {
        int[] from = scratch.accumulators[in[0]];
        float[] to = scratch.floats[out];
        int positions = rows * scratch.types[in[0]].positions();
        for (int p = 0, i = 0; p < positions; ++p) {
            for (int c = 0; c < channels; ++c, ++i) {
                to[scratch.offset[out] + i] = table[c * (inputs + 1) + (from[i] + inputs >> 1)];
            }
        }
    }

    @Override
    long bodyBytes() {
        return 8 + padded(4L * table.length);
    }

    @Override
    void write(ByteBuffer body) {
        body.putInt(channels).putInt(inputs);
        for (float value : table) {
            body.putFloat(value);
        }
    }

    static TableOutput read(BodyReader body) throws PackedFormatException {
        int channels = body.width("channels");
        int inputs = body.width("inputs");
        long size = channels * (inputs + 1L);
        body.expect(8 + padded(4 * size));
        return new TableOutput(channels, inputs, body.floats((int) size));
    }

    /** {@inheritDoc} */
    @Override
    public String toString() {
        return "TableOutput        " + channels + " outputs, " + (inputs + 1) + " entries each";
    }
}
