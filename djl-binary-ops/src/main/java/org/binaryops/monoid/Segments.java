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
import java.util.Random;

/**
 * Says which rows of an array [N, F] are the elements of which set: ragged sets without padding.
 *
 * <p>It is made on the host of lengths, of an index vector or of a mask, since the shape of the
 * computation follows from it. An element is named by its row; the elements of a set have an order,
 * which matters to a fold as far as its operator is not associative and commutative. Immutable.
 */
public final class Segments {

    private final int rows;
    private final int[] order;
    private final int[] starts;
    private ReductionPlan balanced;

    private Segments(int rows, int[] order, int[] starts) {
        this.rows = rows;
        this.order = order;
        this.starts = starts;
    }

    /**
     * Creates segments of consecutive rows.
     *
     * @param lengths how many elements each set has, one after another; 0 for an empty set
     * @return the segments of an array with as many rows as the sum of the lengths
     * @throws IllegalArgumentException if a length is negative or the sum is above 2³¹ − 1
     */
    public static Segments ofLengths(int... lengths) {
        int[] starts = starts(lengths);
        int[] order = new int[starts[lengths.length]];
        Arrays.setAll(order, i -> i);
        return new Segments(order.length, order, starts);
    }

    /**
     * Creates sets of equal size in consecutive rows.
     *
     * @param sets the number of sets
     * @param length the number of elements of each
     * @return the segments
     * @throws IllegalArgumentException if a number is negative
     */
    public static Segments uniform(int sets, int length) {
        require(sets >= 0, "the number of sets must not be negative, but is %d", sets);
        int[] lengths = new int[sets];
        Arrays.fill(lengths, length);
        return ofLengths(lengths);
    }

    /**
     * Creates segments of an index vector, which need not be sorted.
     *
     * @param index the set of each row; rows of one set keep their order
     * @param sets the number of sets; those that do not occur are empty
     * @return the segments of an array with as many rows as the index has numbers
     * @throws IllegalArgumentException if an index is outside 0..{@code sets} − 1
     */
    public static Segments ofIndex(int[] index, int sets) {
        require(sets >= 0, "the number of sets must not be negative, but is %d", sets);
        int[] lengths = new int[sets];
        for (int row = 0; row < index.length; ++row) {
            require(
                    index[row] >= 0 && index[row] < sets,
                    "the set of element %d must be between 0 and %d, but is %d",
                    row,
                    sets - 1,
                    index[row]);
            ++lengths[index[row]];
        }
        int[] starts = starts(lengths);
        int[] order = new int[index.length];
        int[] next = starts.clone();
        for (int row = 0; row < index.length; ++row) {
            order[next[index[row]]++] = row;
        }
        return new Segments(index.length, order, starts);
    }

    /**
     * Creates segments of a mask: row {@code set · n + i} of the array is the element i of a set.
     *
     * @param mask for each set which of its n positions are present
     * @return the segments of an array with (number of sets) · n rows
     * @throws IllegalArgumentException if the masks have different lengths
     */
    public static Segments ofMask(boolean[][] mask) {
        int n = mask.length == 0 ? 0 : mask[0].length;
        int[] lengths = new int[mask.length];
        int[] order = new int[Math.multiplyExact(mask.length, n)];
        int count = 0;
        for (int set = 0; set < mask.length; ++set) {
            require(
                    mask[set].length == n,
                    "the masks must have one length, but that of set 0 has %d positions and that"
                            + " of set %d has %d",
                    n,
                    set,
                    mask[set].length);
            for (int i = 0; i < n; ++i) {
                if (mask[set][i]) {
                    order[count++] = set * n + i;
                    ++lengths[set];
                }
            }
        }
        return new Segments(order.length, Arrays.copyOf(order, count), starts(lengths));
    }

    /**
     * Creates segments of a mask whose sets have known lengths.
     *
     * @param mask for each set which of its n positions are present
     * @param lengths how many are present in each set
     * @return the segments of an array with (number of sets) · n rows
     * @throws IllegalArgumentException if mask and lengths disagree
     */
    public static Segments ofMask(boolean[][] mask, int[] lengths) {
        require(
                mask.length == lengths.length,
                "mask and lengths must have as many sets, but the mask has %d and there are %d"
                        + " lengths",
                mask.length,
                lengths.length);
        Segments result = ofMask(mask);
        for (int set = 0; set < lengths.length; ++set) {
            require(
                    result.length(set) == lengths[set],
                    "mask and lengths must agree, but in set %d the mask has %d elements and the"
                            + " length is %d",
                    set,
                    result.length(set),
                    lengths[set]);
        }
        return result;
    }

    private static int[] starts(int[] lengths) {
        int[] starts = new int[lengths.length + 1];
        for (int set = 0; set < lengths.length; ++set) {
            require(
                    lengths[set] >= 0,
                    "the length of set %d must not be negative, but is %d",
                    set,
                    lengths[set]);
            long end = (long) starts[set] + lengths[set];
            require(end <= Integer.MAX_VALUE, "there are more than %d elements", Integer.MAX_VALUE);
            starts[set + 1] = (int) end;
        }
        return starts;
    }

    private static void require(boolean condition, String message, Object... arguments) {
        if (!condition) {
            throw new IllegalArgumentException("Segments: " + String.format(message, arguments));
        }
    }

    /**
     * Returns the number of sets, empty ones included.
     *
     * @return S
     */
    public int sets() {
        return starts.length - 1;
    }

    /**
     * Returns the number of rows that the array of elements must have.
     *
     * @return N; with a mask, absent elements count
     */
    public int rows() {
        return rows;
    }

    /**
     * Returns the number of elements that are in a set.
     *
     * @return the sum of all lengths
     */
    public int elements() {
        return order.length;
    }

    /**
     * Returns the number of elements of a set.
     *
     * @param set the set
     * @return its size
     */
    public int length(int set) {
        return starts[set + 1] - starts[set];
    }

    /**
     * Returns the sizes of all sets.
     *
     * @return a new array
     */
    public int[] lengths() {
        int[] lengths = new int[sets()];
        Arrays.setAll(lengths, this::length);
        return lengths;
    }

    /**
     * Returns the size of the largest set.
     *
     * @return the size, 0 without sets
     */
    public int longest() {
        int longest = 0;
        for (int set = 0; set < sets(); ++set) {
            longest = Math.max(longest, length(set));
        }
        return longest;
    }

    /**
     * Returns the row of an element.
     *
     * @param set the set
     * @param i the position of the element in the set
     * @return the row of the array
     */
    public int row(int set, int i) {
        return order[starts[set] + i];
    }

    /** The rows of all elements, set by set; not to be changed. */
    int[] order() {
        return order;
    }

    /** Whether the rows are the elements in order, so that nothing need be moved. */
    boolean isInOrder() {
        if (order.length != rows) {
            return false;
        }
        for (int i = 0; i < rows; ++i) {
            if (order[i] != i) {
                return false;
            }
        }
        return true;
    }

    /** The plan of a balanced reduction, worked out once; a race would do it twice. */
    ReductionPlan balanced() {
        ReductionPlan plan = balanced;
        if (plan == null) {
            plan = ReductionPlan.of(this, TreeShape.BALANCED, null);
            balanced = plan;
        }
        return plan;
    }

    /** The set of each element, in the order of {@link #order()}. */
    int[] setOfElement() {
        int[] sets = new int[order.length];
        for (int set = 0; set < sets(); ++set) {
            Arrays.fill(sets, starts[set], starts[set + 1], set);
        }
        return sets;
    }

    /** The position in {@link #order()} of each row, −1 for a row that is in no set. */
    int[] positionOfRow() {
        int[] positions = new int[rows];
        Arrays.fill(positions, -1);
        for (int i = 0; i < order.length; ++i) {
            positions[order[i]] = i;
        }
        return positions;
    }

    /** The same sets over an array that holds their elements only, set by set. */
    Segments compact() {
        return ofLengths(lengths());
    }

    /**
     * Puts the elements of every set in random order.
     *
     * @param random the random numbers
     * @return new segments over the same array
     */
    public Segments shuffled(Random random) {
        int[] shuffled = order.clone();
        for (int set = 0; set < sets(); ++set) {
            for (int i = starts[set + 1] - 1; i > starts[set]; --i) {
                int j = starts[set] + random.nextInt(i - starts[set] + 1);
                int swap = shuffled[i];
                shuffled[i] = shuffled[j];
                shuffled[j] = swap;
            }
        }
        return new Segments(rows, shuffled, starts);
    }

    /** {@inheritDoc} */
    @Override
    public String toString() {
        return "Segments(" + sets() + " sets, " + elements() + " of " + rows + " rows)";
    }
}
