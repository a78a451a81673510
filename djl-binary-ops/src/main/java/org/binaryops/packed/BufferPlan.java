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

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Which values share memory: a buffer is free again after the last step that reads its value, and
 * those that the {@link Schedule} executes together with it.
 *
 * <p>Buffers of a kind of array are assigned first come, first served, the best fit first. The
 * first and the last value lie in arrays of the caller.
 */
final class BufferPlan {

    /** For each value the number of its buffer; −1 for the input and the output. */
    final int[] bufferOf;

    /** The kind of each buffer. */
    final List<ValueType.Kind> kinds = new ArrayList<>();

    /** For each buffer the number of array elements that a row needs. */
    private final List<Integer> elements = new ArrayList<>();

    private final List<Boolean> free = new ArrayList<>();

    /**
     * Plans the memory of a program.
     *
     * @param shared whether values share buffers; otherwise all of them are there at the end, which
     *     tests want
     */
    BufferPlan(Program program, boolean shared) {
        Schedule schedule = program.schedule();
        List<ValueType> types = program.types();
        int values = types.size();
        bufferOf = new int[values];
        Arrays.fill(bufferOf, -1);
        int[] lastRead = new int[values];
        for (int i = 0; i < program.steps().size(); ++i) {
            for (int value : program.steps().get(i).inputs()) {
                lastRead[value] = schedule.end(i);
            }
        }
        int read = 0;
        for (int i = 0; i + 2 < values; ++i) {
            bufferOf[i + 1] = assign(types.get(i + 1));
            // Only now: an operation does not write where it reads.
            if (shared && schedule.end(i) == i) {
                for (; read <= i; ++read) {
                    release(program.steps().get(read), lastRead, i);
                }
            }
        }
    }

    private void release(Step step, int[] lastRead, int now) {
        for (int value : step.inputs()) {
            if (value > 0 && lastRead[value] == now) {
                free.set(bufferOf[value], true);
            }
        }
    }

    private int assign(ValueType type) {
        int needed = elements(type);
        int best = -1;
        for (int b = 0; b < kinds.size(); ++b) {
            if (free.get(b) && kinds.get(b) == type.kind() && better(b, best, needed)) {
                best = b;
            }
        }
        if (best < 0) {
            kinds.add(type.kind());
            elements.add(needed);
            free.add(false);
            return kinds.size() - 1;
        }
        elements.set(best, Math.max(elements.get(best), needed));
        free.set(best, false);
        return best;
    }

    /** The smallest that is large enough, else the largest. */
    private boolean better(int candidate, int best, int needed) {
        if (best < 0) {
            return true;
        }
        int a = elements.get(candidate);
        int b = elements.get(best);
        return b < needed ? a > b : a >= needed && a < b;
    }

    private static int elements(ValueType type) {
        return type.kind() == ValueType.Kind.BITS ? type.words() : type.size();
    }

    int elements(int buffer) {
        return elements.get(buffer);
    }

    /** How much the buffers need, in bytes per row. */
    long bytesPerRow() {
        long bytes = 0;
        for (int b = 0; b < kinds.size(); ++b) {
            bytes +=
                    switch (kinds.get(b)) {
                                case BITS -> 8L;
                                case ACCUMULATORS, FLOATS -> 4L;
                                case BYTES -> 1L;
                            }
                            * elements.get(b);
        }
        return bytes;
    }
}
