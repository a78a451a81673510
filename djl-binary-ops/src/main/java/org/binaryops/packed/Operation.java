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
 * What one {@link Step} of a packed model does: it takes one or two values and yields one. Values
 * are floats, bits or integers, with channels at each position of an image.
 *
 * <p>Operations are immutable.
 */
public abstract sealed class Operation
        permits InputThresholds,
                BinaryLinear,
                IntegerThresholds,
                AffineOutput,
                TableOutput,
                SignOutput,
                Interleave,
                BinaryConvolution,
                FloatConvolution,
                PositionThresholds,
                Elementwise,
                Add,
                Concatenate,
                PadChannels,
                MaxPoolBits,
                Pool,
                Magnitudes,
                Multiply,
                Quantize,
                Dequantize,
                IntegerConvolution,
                ReusedConvolution,
                DepthToSpace {

    Operation() {}

    /**
     * Returns the name of the operation, its sizes and what it stores.
     *
     * @return one line
     */
    @Override
    public abstract String toString();

    /** The code of this operation in files. */
    abstract int code();

    /**
     * The type of the result for operands of the given types.
     *
     * @throws IllegalArgumentException if this operation cannot take the operands
     */
    abstract ValueType output(List<ValueType> inputs);

    /** The size of the body in a file, padded to a multiple of 8. */
    abstract long bodyBytes();

    /** Writes the body, without its padding, to a buffer that holds zeros. */
    abstract void write(ByteBuffer body);

    /**
     * Executes the operation on some rows.
     *
     * @param in the numbers of the values that it reads
     * @param out the number of the value that it yields
     */
    abstract void run(Scratch scratch, int[] in, int out, int rows);

    /** Whether a result at a position of an image follows from the operands there alone. */
    boolean isPointwise(ValueType input) {
        return false;
    }

    /** How many positions of an image it takes at once: what it writes stays in the cache. */
    int tile() {
        return 32;
    }

    /**
     * Executes the operation at some positions of one row, if it is pointwise or a convolution of
     * bits or floats.
     *
     * @param from the first position, counted through all rows
     * @param to the position after the last
     */
    void run(Scratch scratch, int[] in, int out, int from, int to) {
        throw new IllegalStateException(this + " takes whole images");
    }

    /** Whether a model of version 1 ends with this operation. */
    boolean isOutput() {
        return false;
    }

    /** The number of binary weights. */
    long binaryWeights() {
        return 0;
    }

    /** The number of binary multiplications and additions for one row. */
    long binaryProducts() {
        return 0;
    }

    /** The number of multiplications and additions of other numbers for one row. */
    long floatProducts() {
        return 0;
    }

    /** The only operand of an operation that has one. */
    final ValueType single(List<ValueType> inputs) {
        if (inputs.size() != 1) {
            throw new IllegalArgumentException(
                    getClass().getSimpleName()
                            + " takes one operand, but is given "
                            + inputs.size());
        }
        return inputs.get(0);
    }

    static void checkFinite(String what, float[] values) {
        for (float value : values) {
            if (!Float.isFinite(value)) {
                throw new IllegalArgumentException(what + " must be finite, but hold " + value);
            }
        }
    }

    static long padded(long bytes) {
        return (bytes + 7) & -8L;
    }
}
