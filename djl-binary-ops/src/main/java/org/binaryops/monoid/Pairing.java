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
package org.binaryops.monoid;

import java.util.Arrays;
import java.util.random.RandomGenerator;

/** The pairs of one level of a {@link ReductionPlan}, and the rows of the nodes above. */
final class Pairing {

    private final int[][] nodes;
    private final int[] active;
    private int[] left;
    private int[] right;
    private final int[] carried;
    private int pairs;
    private int carriedCount;
    private int[] rowOfPair;

    /**
     * Pairs neighbouring nodes of every set.
     *
     * @param nodes the rows of the nodes of each set; those of the level above replace them when
     *     the level is made
     * @param active the sets with more than one node
     * @param random for random trees the random numbers of each set, else {@code null}
     */
    Pairing(int[][] nodes, int[] active, RandomGenerator[] random) {
        this.nodes = nodes;
        this.active = active;
        int total = 0;
        for (int set : active) {
            total += nodes[set].length;
        }
        left = new int[total];
        right = new int[total];
        carried = new int[total];
        for (int set : active) {
            nodes[set] = pair(nodes[set], random == null ? null : random[set]);
        }
        rowOfPair = new int[pairs];
        Arrays.setAll(rowOfPair, pair -> pair);
    }

    /** The nodes above: pairs by their number, carried nodes as −1 − their number. */
    private int[] pair(int[] old, RandomGenerator random) {
        int[] next = new int[old.length];
        int count = 0;
        boolean combinedAny = false;
        for (int i = 0; i < old.length; ++i) {
            boolean last = i + 1 == old.length;
            // A tree must grow: the last chance of a level is taken.
            boolean carry =
                    last
                            || random != null
                                    && (combinedAny || i + 2 < old.length)
                                    && random.nextInt(4) == 0;
            if (carry) {
                carried[carriedCount] = old[i];
                next[count++] = -1 - carriedCount++;
            } else {
                left[pairs] = old[i];
                right[pairs] = old[++i];
                next[count++] = pairs++;
                combinedAny = true;
            }
        }
        return Arrays.copyOf(next, count);
    }

    /** Puts the pairs into another order. */
    void reorder(int[] order) {
        int[] oldLeft = left;
        int[] oldRight = right;
        left = new int[pairs];
        right = new int[pairs];
        for (int row = 0; row < pairs; ++row) {
            left[row] = oldLeft[order[row]];
            right[row] = oldRight[order[row]];
            rowOfPair[order[row]] = row;
        }
    }

    private int paddedPairs() {
        return (pairs + ReductionPlan.BLOCK - 1) / ReductionPlan.BLOCK * ReductionPlan.BLOCK;
    }

    /** The rows of the array above. */
    int rows() {
        return paddedPairs() + carriedCount;
    }

    /** Makes the level; {@code rows} is the number of rows of the array below. */
    ReductionPlan.Level level(int[] leaving, int rows) {
        int padded = paddedPairs();
        for (int set : active) {
            for (int i = 0; i < nodes[set].length; ++i) {
                int node = nodes[set][i];
                nodes[set][i] = node < 0 ? padded - 1 - node : rowOfPair[node];
            }
        }
        int[] gathered = new int[2 * padded + carriedCount];
        Arrays.fill(gathered, left[0]);
        System.arraycopy(left, 0, gathered, 0, pairs);
        System.arraycopy(right, 0, gathered, padded, pairs);
        System.arraycopy(carried, 0, gathered, 2 * padded, carriedCount);
        boolean inOrder = gathered.length == rows;
        for (int i = 0; inOrder && i < rows; ++i) {
            inOrder = gathered[i] == i;
        }
        return new ReductionPlan.Level(
                leaving, inOrder ? null : gathered, padded, carriedCount, pairs);
    }
}
