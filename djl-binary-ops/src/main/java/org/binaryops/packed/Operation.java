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

/**
 * One step of a packed model. A model is a sequence of operations that begins with {@link
 * InputThresholds} (floats to bits), alternates {@link BinaryLinear} (bits to integers) and {@link
 * IntegerThresholds} (integers to bits), and ends with an output operation (to floats).
 *
 * <p>Operations are immutable.
 */
public abstract sealed class Operation
        permits InputThresholds,
                BinaryLinear,
                IntegerThresholds,
                AffineOutput,
                TableOutput,
                SignOutput {

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
     * The type of the result for an operand of the given type.
     *
     * @throws IllegalArgumentException if this operation cannot take the operand
     */
    abstract ValueType output(ValueType input);

    /** The size of the body in a file, padded to a multiple of 8. */
    abstract long bodyBytes();

    /** Writes the body, without its padding, to a buffer that holds zeros. */
    abstract void write(ByteBuffer body);

    /**
     * Executes the operation on some rows: its operand is what operation {@code index - 1} left in
     * the scratch, or the input.
     */
    abstract void run(Scratch scratch, int index, int rows);

    /** The number of binary multiplications and additions for one row. */
    long binaryProducts() {
        return 0;
    }

    static long padded(long bytes) {
        return (bytes + 7) & -8L;
    }
}
