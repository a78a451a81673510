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
import java.util.List;
import org.binaryops.packed.kernel.ThresholdedMatrix;

/**
 * How the steps of a program are executed: one after the other, or where it saves passes over
 * memory, several at once. The values that are read later are the same.
 *
 * <ul>
 *   <li>A binary linear layer and the thresholds of its sums are one product that yields bits.
 *   <li>A convolution, and steps after it that take each position by itself, go over the image in
 *       tiles: what one writes the next one finds in the cache. Of those steps the ones that an
 *       {@link Epilogue} can do are one pass.
 * </ul>
 */
final class Schedule {

    /** Some steps that are executed together. */
    private static final class Part {

        private final int first;
        private final int last;

        /** The product with thresholds that both steps are, or null. */
        private final ThresholdedMatrix product;

        /** The passes that several steps are, at the place of the first of them, else null. */
        private final Epilogue[] passes;

        private Part(int first, int last, ThresholdedMatrix product) {
            this.first = first;
            this.last = last;
            this.product = product;
            passes = new Epilogue[last - first + 1];
        }

        private void findPasses(Program program, int[] readers) {
            for (int i = first; i <= last; ++i) {
                Epilogue pass = Epilogue.of(i, last, program.steps(), program.types(), readers);
                if (pass != null) {
                    passes[i - first] = pass;
                    i = pass.last();
                }
            }
        }
    }

    private final Operation[] operations;
    private final int[][] reads;
    private final List<Part> parts = new ArrayList<>();

    /** For each step the last one of its part. */
    private final int[] ends;

    /**
     * Makes a schedule.
     *
     * @param joined whether steps are joined; otherwise all values are there at the end, for tests
     */
    Schedule(Program program, boolean joined) {
        int steps = program.steps().size();
        operations = new Operation[steps];
        reads = new int[steps][];
        ends = new int[steps];
        int[] readers = new int[steps + 1];
        for (int i = 0; i < steps; ++i) {
            Step step = program.steps().get(i);
            operations[i] = step.operation();
            reads[i] = step.inputs().stream().mapToInt(value -> value).toArray();
            for (int value : reads[i]) {
                ++readers[value];
            }
        }
        for (int i = 0; i < steps; ++i) {
            int last = i;
            ThresholdedMatrix product = joined ? product(i, readers) : null;
            if (product != null) {
                last = i + 1;
            } else if (joined) {
                last = chain(i, program.types());
            }
            Part part = new Part(i, last, product);
            if (last > i && product == null) {
                part.findPasses(program, readers);
            }
            parts.add(part);
            for (; i < last; ++i) {
                ends[i] = last;
            }
            ends[last] = last;
        }
    }

    private ThresholdedMatrix product(int i, int[] readers) {
        return i + 1 < operations.length
                        && operations[i] instanceof BinaryLinear linear
                        && operations[i + 1] instanceof IntegerThresholds thresholds
                        && reads[i + 1][0] == i + 1
                        && readers[i + 1] == 1
                ? linear.with(thresholds)
                : null;
    }

    /** The last step that goes over the same tiles as a step. */
    private int chain(int first, List<ValueType> types) {
        int positions = types.get(first + 1).positions();
        boolean begins =
                operations[first] instanceof BinaryConvolution
                        || operations[first] instanceof FloatConvolution && reads[first][0] != 0
                        || pointwise(first, types);
        int last = first;
        while (begins
                && positions > 1
                && last + 1 < operations.length
                && types.get(last + 2).positions() == positions
                && pointwise(last + 1, types)) {
            ++last;
        }
        return last;
    }

    /** The values of a caller are checked whole, and so taken whole. */
    private boolean pointwise(int i, List<ValueType> types) {
        return reads[i][0] != 0 && operations[i].isPointwise(types.get(reads[i][0]));
    }

    /** The step until whose end a value that a step reads must stay. */
    int end(int step) {
        return ends[step];
    }

    /** Executes all steps. */
    void run(Scratch scratch, int rows) {
        for (int p = 0; p < parts.size(); ++p) {
            Part part = parts.get(p);
            int out = part.last + 1;
            if (part.product != null) {
                int words = part.product.weights().words();
                int outWords = part.product.outWords();
                long[] x = scratch.bits[reads[part.first][0]];
                part.product.multiply(x, 0, words, rows, scratch.bits[out], 0, outWords);
            } else if (part.first == part.last) {
                operations[part.last].run(scratch, reads[part.last], out, rows);
            } else {
                runTiles(part, scratch, rows);
            }
        }
    }

    private void runTiles(Part part, Scratch scratch, int rows) {
        int positions = scratch.types[part.first + 1].positions();
        int tile = operations[part.first].tile();
        for (int row = 0; row < rows; ++row) {
            int end = (row + 1) * positions;
            for (int from = row * positions; from < end; from += tile) {
                int to = Math.min(end, from + tile);
                for (int i = part.first; i <= part.last; ++i) {
                    Epilogue pass = part.passes[i - part.first];
                    if (pass == null) {
                        operations[i].run(scratch, reads[i], i + 1, from, to);
                    } else {
                        pass.run(scratch, from, to);
                        i = pass.last();
                    }
                }
            }
        }
    }
}
