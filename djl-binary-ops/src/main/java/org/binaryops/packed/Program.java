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

/** The checked steps of a model and the types of their values. */
final class Program {

    /** What the values of one row may take together, however small the file is: 64 MiB. */
    static final long BASE_BYTES = 1L << 26;

    /** What they may take more for each byte of the file. */
    static final long BYTES_PER_FILE_BYTE = 256;

    /** What they may take however large the file is: 1 GiB. */
    static final long MAX_BYTES = 1L << 30;

    private final int[] inputShape;
    private final List<Step> steps;
    private final List<ValueType> types;
    private final Schedule schedule;

    /**
     * Checks a program.
     *
     * @throws IllegalArgumentException if it is none: a step cannot take what it reads, a value is
     *     never read, the last one is no vector of floats, or the values take more memory than a
     *     file of its size may ask for
     */
    Program(int[] inputShape, List<Step> steps) {
        this.inputShape = inputShape.clone();
        this.steps = List.copyOf(steps);
        List<ValueType> all = new ArrayList<>();
        all.add(ValueType.floats(size(inputShape)));
        boolean[] read = new boolean[steps.size() + 1];
        long bytes = 0;
        for (int i = 0; i < steps.size(); ++i) {
            Step step = steps.get(i);
            List<ValueType> operands = new ArrayList<>();
            for (int value : step.inputs()) {
                if (value < 0 || value > i) {
                    throw new IllegalArgumentException(
                            "step "
                                    + i
                                    + " reads value "
                                    + value
                                    + ", which is not defined before");
                }
                operands.add(all.get(value));
                read[value] = true;
            }
            ValueType type = step.operation().output(operands);
            all.add(type);
            bytes += type.bytes();
        }
        ValueType last = all.get(steps.size());
        if (steps.isEmpty()) {
            throw new IllegalArgumentException("a packed model must have an operation");
        }
        if (last.kind() != ValueType.Kind.FLOATS) {
            throw new IllegalArgumentException(
                    "a packed model must end with an output operation, but ends with " + last);
        }
        for (int value = 0; value < steps.size(); ++value) {
            if (!read[value]) {
                throw new IllegalArgumentException("nothing reads value " + value);
            }
        }
        types = List.copyOf(all);
        checkMemory(bytes);
        schedule = new Schedule(this, true);
    }

    /**
     * Checks the memory of the values, which are allocated at the first prediction and follow from
     * sizes alone: without a bound, a tiny file could take all the memory of a server.
     */
    private void checkMemory(long bytes) {
        long file = PackedFormat.length(this, ReuseTrials.NONE);
        long most = maxBytes(file);
        if (bytes > most) {
            throw new IllegalArgumentException(
                    "the values of a row take "
                            + bytes
                            + " bytes, but with a file of "
                            + file
                            + " bytes they may take at most "
                            + most);
        }
    }

    /** The most bytes that the values of a row may take together. */
    static long maxBytes(long fileBytes) {
        return Math.min(MAX_BYTES, BASE_BYTES + BYTES_PER_FILE_BYTE * fileBytes);
    }

    private static int size(int[] shape) {
        long size = 1;
        if (shape.length == 0 || shape.length > 8) {
            throw new IllegalArgumentException(
                    "the input must have 1 to 8 axes, but has " + shape.length);
        }
        for (int axis : shape) {
            size =
                    ValueType.checkWidth(
                            "the size of the input", size * ValueType.checkWidth("an axis", axis));
        }
        return (int) size;
    }

    /** A chain: each step reads the value before it. */
    static List<Step> chain(List<Operation> operations) {
        List<Step> steps = new ArrayList<>();
        for (Operation operation : operations) {
            steps.add(Step.of(operation, steps.size()));
        }
        return steps;
    }

    int[] inputShape() {
        return inputShape.clone();
    }

    int inputs() {
        return types.get(0).size();
    }

    int outputs() {
        return types.get(steps.size()).size();
    }

    List<Step> steps() {
        return steps;
    }

    /** How the steps are executed. */
    Schedule schedule() {
        return schedule;
    }

    /** The type of each value, the input first. */
    List<ValueType> types() {
        return types;
    }

    /**
     * The lowest version of the format that can hold this program: version 1 knows chains that
     * begin with {@link InputThresholds}, end with an output operation, and have vectors only;
     * version 2 the operations up to {@link Multiply}, version 3 those up to {@link
     * ReusedConvolution}.
     */
    int version() {
        int last = steps.size() - 1;
        boolean one = inputShape.length == 1 && last >= 1;
        for (int i = 0; i <= last && one; ++i) {
            Operation operation = steps.get(i).operation();
            one =
                    operation.code() <= SignOutput.CODE
                            && operation instanceof InputThresholds == (i == 0)
                            && operation.isOutput() == (i == last)
                            && types.get(i).positions() == 1
                            && steps.get(i).inputs().equals(List.of(i));
        }
        int largest = steps.stream().mapToInt(s -> s.operation().code()).max().orElseThrow();
        if (one) {
            return 1;
        }
        return largest <= Multiply.CODE ? 2 : largest <= ReusedConvolution.CODE ? 3 : 4;
    }

    @Override
    public String toString() {
        return Arrays.toString(inputShape) + " " + steps;
    }
}
