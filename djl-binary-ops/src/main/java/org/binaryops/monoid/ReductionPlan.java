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

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;

/**
 * What a reduction of ragged sets does at every level, worked out on the host as row numbers.
 *
 * <p>The nodes of all sets share one array. A level gathers first the left and then the right
 * operands of its pairs, then the nodes that it carries; the next array holds the combined ones and
 * then the carried ones. A set that is down to one node leaves. So the work follows the number of
 * elements: n − 1 combinations a set, and at most one carried node a set and level.
 *
 * @param levels the levels, from the elements up
 * @param result for each set the row of its result in the concatenation of what left, in the order
 *     of leaving; empty sets have the row after the last
 */
record ReductionPlan(List<Level> levels, int[] result) {

    /**
     * Pairs are made up to a multiple of this with copies of other rows: both orders of a block of
     * pairs are a block of rows, for which matrix products need no padding of their own (see {@link
     * RowwiseLinear}).
     */
    static final int BLOCK = (int) RowwiseLinear.ROWS / 2;

    /**
     * One level.
     *
     * @param leaving the rows of the nodes that are results
     * @param gathered the rows to gather: left operands, right operands, then carried nodes; {@code
     *     null} for all rows in order
     * @param pairs how many pairs there are, made up to a whole block
     * @param carried how many nodes are carried
     * @param combined how many of the pairs count
     */
    record Level(int[] leaving, int[] gathered, int pairs, int carried, int combined) {}

    /**
     * Works out a balanced or random reduction. Every set has random numbers of its own, so that
     * its tree does not depend on the sizes of the others.
     */
    static ReductionPlan of(Segments segments, TreeShape shape, Random random) {
        int sets = segments.sets();
        int[][] nodes = new int[sets][];
        for (int set = 0; set < sets; ++set) {
            nodes[set] = new int[segments.length(set)];
            for (int i = 0; i < nodes[set].length; ++i) {
                nodes[set][i] = segments.row(set, i);
            }
        }
        int[] result = new int[sets];
        List<Level> levels = new ArrayList<>();
        RandomGenerator[] randoms =
                shape == TreeShape.RANDOM ? perSet(random.nextLong(), sets) : null;
        List<int[]> orders = shape == TreeShape.BALANCED ? EqualSizes.orders(segments) : List.of();
        int left = 0;
        int[] active = new int[sets];
        Arrays.setAll(active, set -> set);
        int rows = segments.rows();
        while (true) {
            int[] leaving = new int[active.length];
            int leavingCount = 0;
            int remaining = 0;
            int[] still = new int[active.length];
            for (int set : active) {
                if (nodes[set].length == 1) {
                    result[set] = left++;
                    leaving[leavingCount++] = nodes[set][0];
                } else if (nodes[set].length > 1) {
                    still[remaining++] = set;
                } else {
                    result[set] = -1;
                }
            }
            leaving = Arrays.copyOf(leaving, leavingCount);
            active = Arrays.copyOf(still, remaining);
            if (remaining == 0) {
                levels.add(new Level(leaving, null, 0, 0, 0));
                break;
            }
            Pairing pairing = new Pairing(nodes, active, randoms);
            if (!orders.isEmpty()) {
                pairing.reorder(orders.get(levels.size()));
            }
            levels.add(pairing.level(leaving, rows));
            rows = pairing.rows();
        }
        for (int set = 0; set < sets; ++set) {
            if (result[set] < 0) {
                result[set] = left;
            }
        }
        return new ReductionPlan(levels, result);
    }

    private static RandomGenerator[] perSet(long seed, int sets) {
        RandomGenerator[] randoms = new RandomGenerator[sets];
        Arrays.setAll(randoms, set -> new SplittableRandom(seed + set));
        return randoms;
    }

    /** The number of calls of the operator. */
    int depth() {
        return levels.size() - 1;
    }

    /** The number of single combinations, without what fills the blocks. */
    long combinations() {
        return levels.stream().mapToLong(Level::combined).sum();
    }
}
