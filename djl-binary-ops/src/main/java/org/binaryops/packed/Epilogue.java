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
import org.binaryops.packed.kernel.SumFunctions;

/**
 * What follows a layer, executed in one pass over its sums: the scale and the batch norm, the sum
 * with a residual, the limits, and the signs for the next layer. Values in between are not written;
 * each number is that of the steps by themselves, to the last bit.
 */
final class Epilogue {

    private final SumFunctions functions;

    /** The last step that is part of it. */
    private final int last;

    /** The numbers of the values; −1 for a residual or bits that there are not. */
    private final int sums;

    private final int residual;
    private final int floats;
    private final int bits;

    private final long[] flips;

    private Epilogue(Reader reader) {
        functions =
                new SumFunctions(
                        reader.channels,
                        reader.affine[0],
                        reader.affine[1],
                        reader.fused,
                        reader.limits,
                        reader.signs == null ? null : reader.signs.limits());
        flips = reader.signs == null ? new long[0] : reader.signs.flips();
        last = reader.next - 1;
        sums = reader.sums;
        residual = reader.residual;
        floats = reader.floats;
        bits = reader.signs == null ? -1 : reader.next;
    }

    /**
     * Finds as many steps as one pass can do.
     *
     * @param first the first step
     * @param end the last step that may be part of it
     * @param readers for each value the number of steps that read it
     * @return the pass, or {@code null} if it is none
     */
    static Epilogue of(int first, int end, List<Step> steps, List<ValueType> types, int[] readers) {
        Reader reader = new Reader(first, end, steps, types, readers);
        return reader.sums() ? new Epilogue(reader.read()) : null;
    }

    int last() {
        return last;
    }

    /** Executes the steps at some positions, counted through all rows. */
    void run(Scratch scratch, int from, int to) {
        ValueType type = scratch.types[floats];
        int channels = type.channels();
        int words = ValueType.words(channels);
        int first = from * channels;
        int positions = to - from;
        // Without signs the bits are of no use, and land in working memory.
        long[] reached = bits < 0 ? scratch.words(positions * words) : scratch.bits[bits];
        int word = bits < 0 ? 0 : from * words;
        float[] added = residual < 0 ? null : scratch.floats[residual];
        int addedFrom = residual < 0 ? 0 : scratch.offset[residual] + first;
        float[] out = scratch.floats[floats];
        int at = scratch.offset[floats] + first;
        int[] whole = scratch.accumulators[sums];
        if (whole == null) {
            int start = scratch.offset[sums] + first;
            functions.apply(
                    scratch.floats[sums],
                    start,
                    added,
                    addedFrom,
                    positions,
                    out,
                    at,
                    reached,
                    word);
        } else {
            functions.apply(whole, first, added, addedFrom, positions, out, at, reached, word);
        }
        for (int w = 0; w < flips.length; ++w) {
            for (int p = 0; flips[w] != 0 && p < positions; ++p) {
                reached[word + p * words + w] ^= flips[w];
            }
        }
    }

    /** Reads steps as long as they fit the form. */
    private static final class Reader {

        private final List<Step> steps;
        private final List<ValueType> types;
        private final int[] readers;
        private final int end;
        private final int channels;
        private final int sums;

        private final float[][][] affine = new float[2][][];
        private boolean fused;
        private float[][] limits;
        private InputThresholds signs;
        private int residual = -1;

        /** The value that holds the floats so far, and the step that is looked at. */
        private int floats;

        private int next;

        Reader(int first, int end, List<Step> steps, List<ValueType> types, int[] readers) {
            this.steps = steps;
            this.types = types;
            this.readers = readers;
            this.end = end;
            next = first;
            sums = steps.get(first).inputs().get(0);
            channels = types.get(sums).channels();
        }

        /** Whether the first step is of functions that there is a place for. */
        boolean sums() {
            return steps.get(next).operation() instanceof Elementwise e
                    && e.size() == channels
                    && takesAll(e.stages());
        }

        private boolean takesAll(List<Stage> stages) {
            int maps = 0;
            for (Stage stage : stages) {
                boolean clip = stage.kind() == Stage.Kind.CLIP;
                boolean rounded = stage.kind() == Stage.Kind.AFFINE;
                boolean affine = rounded || stage.kind() == Stage.Kind.FUSED_AFFINE;
                if (limits != null || !clip && !affine || affine && maps == 2) {
                    return false;
                }
                if (clip) {
                    if (!takes(stage)) {
                        return false;
                    }
                    continue;
                }
                // A product that is not rounded has its place in the second map.
                maps = rounded ? maps : 1;
                fused |= !rounded;
                if (this.affine[maps] != null) {
                    return false;
                }
                this.affine[maps++] = new float[][] {stage.first(), stage.second()};
            }
            return true;
        }

        /** Takes limits; those at which the signs of zeros would differ have no place. */
        private boolean takes(Stage stage) {
            if (stage.kind() != Stage.Kind.CLIP) {
                return false;
            }
            for (float high : stage.second()) {
                if (Float.compare(high, -0f) == 0) {
                    return false;
                }
            }
            limits = new float[][] {stage.first(), stage.second()};
            return true;
        }

        Reader read() {
            floats = ++next;
            if (limits == null && follows() && steps.get(next).operation() instanceof Add) {
                List<Integer> summands = steps.get(next).inputs();
                int other = summands.get(0) == floats ? summands.get(1) : summands.get(0);
                if (other != floats && readers[floats] == 1) {
                    residual = other;
                    floats = ++next;
                }
            }
            if (limits == null
                    && follows()
                    && readers[floats] == 1
                    && steps.get(next).operation() instanceof Elementwise e
                    && e.size() == channels
                    && e.stages().size() == 1
                    && takes(e.stages().get(0))) {
                floats = ++next;
            }
            if (follows()
                    && steps.get(next).operation() instanceof InputThresholds thresholds
                    && thresholds.perFeature() == 1) {
                signs = thresholds;
                ++next;
            }
            return this;
        }

        /** Whether the next step may be part of it and reads the floats. */
        private boolean follows() {
            return next <= end && steps.get(next).inputs().contains(floats);
        }
    }
}
