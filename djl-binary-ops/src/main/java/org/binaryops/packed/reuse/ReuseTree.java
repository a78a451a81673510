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
 * A minimum spanning tree over the N units of a binary layer, where an edge weighs as many products
 * as a unit's sum takes beyond its parent's. The root is the centre of the tree: its depth is the
 * number of steps that must wait for one another.
 *
 * <p>If the tree is deeper than wanted, one that is not is grown from the same root, by the nearest
 * unit each time; finding the lightest is NP-hard.
 */
public final class ReuseTree {

    private final int width;
    private final int[] parents;
    private final int[] distances;
    private final boolean[] negated;
    private final int[] depths;
    private final int[] order;

    private ReuseTree(int width, int units) {
        this.width = width;
        parents = new int[units];
        distances = new int[units];
        negated = new boolean[units];
        depths = new int[units];
        order = new int[units];
    }

    /**
     * Makes the tree of a layer.
     *
     * @param weights the weights, N rows of ⌈K/64⌉ words; bits past K are clear
     * @param units the number N of units
     * @param width the number K of inputs
     * @param signFlips whether a unit may take the negated sum of its parent
     * @param maxDepth the most edges from the root to a unit, 1 or more
     * @return the tree
     * @throws IllegalArgumentException if the sizes do not fit
     */
    public static ReuseTree of(
            long[] weights, int units, int width, boolean signFlips, int maxDepth) {
        if (units < 1 || width < 1 || weights.length != (long) units * words(width)) {
            throw new IllegalArgumentException(
                    units
                            + " units of "
                            + width
                            + " weights do not fit an array of "
                            + weights.length
                            + " words");
        }
        if (maxDepth < 1) {
            throw new IllegalArgumentException("maxDepth must be positive, but is " + maxDepth);
        }
        ReuseTree tree = new ReuseTree(width, units);
        tree.grow(weights, 0, signFlips, Integer.MAX_VALUE);
        int center = tree.center();
        tree.root(center);
        if (tree.depth() <= maxDepth) {
            return tree;
        }
        ReuseTree bounded = new ReuseTree(width, units);
        bounded.grow(weights, center, signFlips, maxDepth);
        return bounded;
    }

    /**
     * Makes a tree that is known, such as one of a file; its parts may be anything.
     *
     * @param weights the weights, N rows of ⌈K/64⌉ words; bits past K are clear
     * @param width the number K of inputs
     * @param parents the parents of the N units, −1 for the root
     * @param negated ⌈N/64⌉ words; a bit is set for a unit that takes the negated sum of its parent
     * @return the tree
     * @throws IllegalArgumentException if the sizes do not fit, if there is not one root, if a
     *     parent is no unit or its own descendant, or if a bit is set for the root or past the last
     *     unit
     */
    public static ReuseTree of(long[] weights, int width, int[] parents, long[] negated) {
        int units = parents.length;
        if (units < 1
                || width < 1
                || weights.length != (long) units * words(width)
                || negated.length != words(units)) {
            throw new IllegalArgumentException(
                    units
                            + " parents and their weights do not fit a layer of "
                            + width
                            + " inputs");
        }
        ReuseTree tree = new ReuseTree(width, units);
        System.arraycopy(parents, 0, tree.parents, 0, units);
        tree.sort();
        if ((units & 63) != 0 && (negated[negated.length - 1] & -1L << units) != 0) {
            throw new IllegalArgumentException("a bit is set past the " + units + " units");
        }
        for (int unit = 0; unit < units; ++unit) {
            boolean flip = (negated[unit >>> 6] >>> unit & 1) == 1;
            tree.negated[unit] = flip;
            if (parents[unit] >= 0) {
                int d = tree.differences(weights, parents[unit], unit);
                tree.distances[unit] = flip ? width - d : d;
            } else if (flip) {
                throw new IllegalArgumentException("the root of a tree is negated");
            }
        }
        return tree;
    }

    /** Brings the units into their order: the root, then those at each depth. */
    private void sort() {
        int units = parents.length;
        int[] firstChild = new int[units];
        int[] nextSibling = new int[units];
        Arrays.fill(firstChild, -1);
        int size = 0;
        for (int unit = units - 1; unit >= 0; --unit) {
            int parent = parents[unit];
            if (parent < -1 || parent >= units) {
                throw new IllegalArgumentException(
                        "the parent of unit " + unit + " is " + parent + " of " + units);
            }
            if (parent >= 0) {
                nextSibling[unit] = firstChild[parent];
                firstChild[parent] = unit;
            } else if (size++ == 0) {
                order[0] = unit;
            } else {
                throw new IllegalArgumentException("a tree has two roots");
            }
        }
        for (int done = 0; done < size; ++done) {
            int parent = order[done];
            for (int child = firstChild[parent]; child >= 0; child = nextSibling[child]) {
                depths[child] = depths[parent] + 1;
                order[size++] = child;
            }
        }
        if (size < units) {
            throw new IllegalArgumentException(
                    "of "
                            + units
                            + " units "
                            + (units - size)
                            + " do not descend from the root: their parents go round in a circle");
        }
    }

    private static int words(int width) {
        return width + 63 >>> 6;
    }

    /** Prim's algorithm. */
    private void grow(long[] weights, int root, boolean signFlips, int maxDepth) {
        int units = parents.length;
        boolean[] in = new boolean[units];
        Arrays.fill(distances, Integer.MAX_VALUE);
        parents[root] = -1;
        distances[root] = 0;
        for (int size = 0; size < units; ++size) {
            int next = -1;
            for (int unit = 0; unit < units; ++unit) {
                if (!in[unit] && (next < 0 || distances[unit] < distances[next])) {
                    next = unit;
                }
            }
            in[next] = true;
            order[size] = next;
            depths[next] = parents[next] < 0 ? 0 : depths[parents[next]] + 1;
            if (depths[next] >= maxDepth) {
                continue;
            }
            for (int unit = 0; unit < units; ++unit) {
                if (!in[unit]) {
                    int d = differences(weights, next, unit);
                    boolean flip = signFlips && width - d < d;
                    int distance = flip ? width - d : d;
                    if (distance < distances[unit]) {
                        distances[unit] = distance;
                        parents[unit] = next;
                        negated[unit] = flip;
                    }
                }
            }
        }
        distances[root] = 0;
    }

    /** Makes a unit the root: turns the edges round on its way to the root so far. */
    private void root(int root) {
        int[] steps = walk(root);
        int unit = root;
        int parent = parents[unit];
        int distance = distances[unit];
        boolean flip = negated[unit];
        parents[root] = -1;
        distances[root] = 0;
        negated[root] = false;
        while (parent >= 0) {
            int next = parents[parent];
            int nextDistance = distances[parent];
            boolean nextFlip = negated[parent];
            parents[parent] = unit;
            distances[parent] = distance;
            negated[parent] = flip;
            unit = parent;
            parent = next;
            distance = nextDistance;
            flip = nextFlip;
        }
        int size = 0;
        for (int depth = 0; size < steps.length; ++depth) {
            for (int i = 0; i < steps.length; ++i) {
                if (steps[i] == depth) {
                    depths[i] = depth;
                    order[size++] = i;
                }
            }
        }
    }

    private int differences(long[] weights, int a, int b) {
        int words = words(width);
        int count = 0;
        for (int k = 0; k < words; ++k) {
            count += Long.bitCount(weights[a * words + k] ^ weights[b * words + k]);
        }
        return count;
    }

    /** The middle of a longest path: from any unit to the farthest, and from there again. */
    private int center() {
        int[] fromRoot = walk(order[0]);
        int end = farthest(fromRoot);
        int[] fromEnd = walk(end);
        int other = farthest(fromEnd);
        int[] fromOther = walk(other);
        int length = fromEnd[other];
        for (int unit = 0; unit < parents.length; ++unit) {
            if (fromEnd[unit] == length / 2 && fromOther[unit] == length - length / 2) {
                return unit;
            }
        }
        throw new AssertionError("a path of a tree has a middle");
    }

    private static int farthest(int[] steps) {
        int best = 0;
        for (int unit = 1; unit < steps.length; ++unit) {
            best = steps[unit] > steps[best] ? unit : best;
        }
        return best;
    }

    /** The edges between each unit and one of them. */
    private int[] walk(int from) {
        int[] steps = new int[parents.length];
        Arrays.fill(steps, -1);
        steps[from] = 0;
        // Up to the root, then down the order, in which parents come first.
        for (int unit = from; parents[unit] >= 0; unit = parents[unit]) {
            steps[parents[unit]] = steps[unit] + 1;
        }
        for (int unit : order) {
            if (steps[unit] < 0) {
                steps[unit] = steps[parents[unit]] + 1;
            }
        }
        return steps;
    }

    /**
     * Returns the number of units.
     *
     * @return the number of units, N
     */
    public int units() {
        return parents.length;
    }

    /**
     * Returns the number of inputs.
     *
     * @return the number of inputs, K
     */
    public int width() {
        return width;
    }

    /**
     * Returns the unit that a position computes: the root first, and parents before their children.
     *
     * @param position the position, from 0
     * @return the unit
     */
    public int unit(int position) {
        return order[position];
    }

    /**
     * Returns the parent of a unit.
     *
     * @param unit the unit
     * @return its parent, −1 for the root
     */
    public int parent(int unit) {
        return parents[unit];
    }

    /**
     * Returns whether a unit takes the negated sum of its parent.
     *
     * @param unit the unit
     * @return whether it does
     */
    public boolean isNegated(int unit) {
        return negated[unit];
    }

    /**
     * Returns the products that a unit takes beyond its parent's sum.
     *
     * @param unit the unit
     * @return the distance to its parent, 0 for the root
     */
    public int distance(int unit) {
        return distances[unit];
    }

    /**
     * Returns the most edges between the root and a unit.
     *
     * @return the depth of the tree
     */
    public int depth() {
        return Arrays.stream(depths).max().orElseThrow();
    }

    /**
     * Returns the weight of the tree.
     *
     * @return the sum of the distances
     */
    public long totalDistance() {
        return Arrays.stream(distances).asLongStream().sum();
    }

    /**
     * Returns the products that the layer takes with reuse: K of the root and the distances.
     *
     * @return the number of products of one row; without reuse it is N·K
     */
    public long operations() {
        return width + totalDistance();
    }
}
