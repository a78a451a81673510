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

/**
 * The memory that the execution of a model needs: the values between the operations, by their
 * numbers, and working space that an operation uses while it runs.
 */
final class Scratch {

    /** The type of each value. */
    final ValueType[] types;

    /** Per value that is bits: [rows, height, width, words]. */
    final long[][] bits;

    /** Per value that is accumulators: [rows, height, width, channels]. */
    final int[][] accumulators;

    /** Per value that is floats: [rows, height, width, channels]. */
    final float[][] floats;

    /** Per value that is bytes: [rows, height, width, channels]. */
    final byte[][] bytes;

    /** Where the floats of a value begin; not 0 only in arrays of the caller. */
    final int[] offset;

    private long[] words = {};
    private int[] ints = {};
    private float[] reals = {};
    private byte[] octets = {};

    Scratch(Program program, BufferPlan plan, int rows) {
        List<ValueType> all = program.types();
        int values = all.size();
        types = all.toArray(ValueType[]::new);
        bits = new long[values][];
        accumulators = new int[values][];
        floats = new float[values][];
        bytes = new byte[values][];
        offset = new int[values];
        for (int b = 0; b < plan.kinds.size(); ++b) {
            int length = Math.multiplyExact(rows, plan.elements(b));
            switch (plan.kinds.get(b)) {
                case BITS -> give(plan, b, bits, new long[length]);
                case ACCUMULATORS -> give(plan, b, accumulators, new int[length]);
                case FLOATS -> give(plan, b, floats, new float[length]);
                case BYTES -> give(plan, b, bytes, new byte[length]);
            }
        }
    }

    private static <T> void give(BufferPlan plan, int buffer, T[] values, T array) {
        for (int value = 0; value < values.length; ++value) {
            if (plan.bufferOf[value] == buffer) {
                values[value] = array;
            }
        }
    }

    /** Sets the caller's arrays, or forgets them: a pooled session must not keep them alive. */
    void setCaller(float[] input, int inputOffset, float[] output, int outputOffset) {
        int last = floats.length - 1;
        floats[0] = input;
        offset[0] = inputOffset;
        floats[last] = output;
        offset[last] = outputOffset;
    }

    /** Working space of words, with any content. It grows at the first use, and not again. */
    long[] words(int count) {
        if (words.length < count) {
            words = new long[count];
        }
        return words;
    }

    /** Working space of integers, with any content. */
    int[] ints(int count) {
        if (ints.length < count) {
            ints = new int[count];
        }
        return ints;
    }

    /** Working space of floats, with any content. */
    float[] reals(int count) {
        if (reals.length < count) {
            reals = new float[count];
        }
        return reals;
    }

    /** Working space of bytes, with any content. */
    byte[] octets(int count) {
        if (octets.length < count) {
            octets = new byte[count];
        }
        return octets;
    }
}
