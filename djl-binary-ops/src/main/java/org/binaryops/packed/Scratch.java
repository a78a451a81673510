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

import java.util.List;

/** The memory that the execution of a model needs: the values between the operations. */
final class Scratch {

    /** Per operation that yields bits: [rows, words]. */
    final long[][] bits;

    /** Per operation that yields accumulators: [rows, channels]. */
    final int[][] accumulators;

    /** One row of features as integers of the same order. */
    final int[] keys;

    /** Where the features of the first row begin. */
    float[] input;

    int inputOffset;

    /** Where the outputs of the first row go. */
    float[] output;

    int outputOffset;

    Scratch(int features, List<ValueType> types, int rows) {
        bits = new long[types.size()][];
        accumulators = new int[types.size()][];
        keys = new int[features];
        for (int i = 0; i < types.size(); ++i) {
            ValueType type = types.get(i);
            switch (type.kind()) {
                case BITS -> bits[i] = new long[Math.multiplyExact(rows, type.words())];
                case ACCUMULATORS ->
                        accumulators[i] = new int[Math.multiplyExact(rows, type.width())];
                case FLOATS -> {}
            }
        }
    }

    /** How much the rows of a batch need, in bytes per row. */
    static long bytesPerRow(List<ValueType> types) {
        long bytes = 0;
        for (ValueType type : types) {
            bytes +=
                    switch (type.kind()) {
                        case BITS -> 8L * type.words();
                        case ACCUMULATORS -> 4L * type.width();
                        case FLOATS -> 0L;
                    };
        }
        return bytes;
    }
}
