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
package org.binaryops.packed.reuse;

import java.util.Arrays;

/**
 * A binary matrix whose product follows a {@link ReuseTree}: for each unit the words in which it
 * differs from its parent, each with a mask of the differences. The sums are those of a {@link
 * org.binaryops.packed.kernel.BinaryMatrix}.
 */
public final class ReuseMatrix {

    private final ReuseTree tree;
    private final int words;

    /** By position: where the words of a unit begin in the three arrays after it. */
    private final int[] starts;

    private final int[] indices;
    private final long[] masks;
    private final long[] weights;

    /** By position: twice the number of products beyond the parent's sum. */
    private final int[] twiceCounts;

    /**
     * Lays a matrix out along its tree.
     *
     * @param weights the weights that the tree was made of
     * @param tree the tree
     * @throws IllegalArgumentException if the sizes do not fit
     */
    public ReuseMatrix(long[] weights, ReuseTree tree) {
        this.tree = tree;
        int units = tree.units();
        int width = tree.width();
        words = width + 63 >>> 6;
        if (weights.length != (long) units * words) {
            throw new IllegalArgumentException(
                    "expected " + (long) units * words + " words, but got " + weights.length);
        }
        starts = new int[units + 1];
        twiceCounts = new int[units];
        int[] index = new int[weights.length];
        long[] mask = new long[weights.length];
        long[] signs = new long[weights.length];
        int size = 0;
        for (int position = 0; position < units; ++position) {
            int unit = tree.unit(position);
            int parent = tree.parent(unit);
            for (int k = 0; k < words; ++k) {
                long all = k == words - 1 && (width & 63) != 0 ? ~(-1L << width) : -1L;
                long own = weights[unit * words + k];
                long taken = all;
                if (parent >= 0) {
                    long difference = own ^ weights[parent * words + k];
                    taken = (tree.isNegated(unit) ? ~difference : difference) & all;
                }
                if (taken != 0) {
                    index[size] = k;
                    mask[size] = taken;
                    signs[size++] = own;
                    twiceCounts[position] += 2 * Long.bitCount(taken);
                }
            }
            starts[position + 1] = size;
        }
        // The root's own sum, not its double.
        twiceCounts[0] /= 2;
        indices = Arrays.copyOf(index, size);
        masks = Arrays.copyOf(mask, size);
        this.weights = Arrays.copyOf(signs, size);
    }

    /**
     * Returns the tree.
     *
     * @return the tree
     */
    public ReuseTree tree() {
        return tree;
    }

    /**
     * Returns how many words a product of one row reads: those in which units differ from their
     * parents. Without reuse it is N·⌈K/64⌉.
     *
     * @return the number of words
     */
    public int wordOperations() {
        return masks.length;
    }

    /**
     * Multiplies rows of inputs ±1; arguments as in {@code BinaryMatrix}. The arrays must be as
     * long as the rows need.
     *
     * @param x the inputs as bits
     * @param xFrom the index of the first word
     * @param xStride the distance from one row to the next
     * @param rows the number of rows
     * @param out receives N sums for each row
     * @param outFrom the index of the first sum
     * @param outStride the distance from one row to the next
     */
    public void multiply(
            long[] x, int xFrom, int xStride, int rows, int[] out, int outFrom, int outStride) {
        int units = tree.units();
        for (int row = 0; row < rows; ++row) {
            int at = xFrom + row * xStride;
            int to = outFrom + row * outStride;
            for (int position = 0; position < units; ++position) {
                int different = 0;
                for (int i = starts[position]; i < starts[position + 1]; ++i) {
                    different += Long.bitCount((x[at + indices[i]] ^ weights[i]) & masks[i]);
                }
                int unit = tree.unit(position);
                int parent = tree.parent(unit);
                if (parent < 0) {
                    out[to + unit] = twiceCounts[position] - 2 * different;
                } else {
                    int sum = tree.isNegated(unit) ? -out[to + parent] : out[to + parent];
                    out[to + unit] = sum + twiceCounts[position] - 4 * different;
                }
            }
        }
    }
}
