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
package org.binaryops.graph;

import java.util.Random;

/**
 * Random undirected graphs for the synthetic tasks: a mixture of families, as the benchmark of
 * principal neighbourhood aggregation uses one (Corso et al., NeurIPS 2020), by a generator of our
 * own. A seed gives the same graphs everywhere.
 */
public final class RandomGraphs {

    /** A family of graphs. */
    public enum Family {
        /** Every pair is joined with probability 2·ln(n)/n, so that most graphs are connected. */
        ERDOS_RENYI,
        /** Every new node is joined to two older ones, by preference to those of high degree. */
        PREFERENTIAL_ATTACHMENT,
        /** Every new node is joined to one older one, all alike. */
        TREE,
        /** A path, with the rest of the nodes hung to random nodes of it. */
        CATERPILLAR,
        /** A ring. */
        RING,
        /** Two parts, each an Erdős–Rényi graph, not joined. */
        TWO_PARTS
    }

    private RandomGraphs() {}

    /**
     * Generates a graph of a random family.
     *
     * @param nodes the number of nodes, at least 4
     * @param random the random numbers
     * @return an undirected graph
     */
    public static GraphBatch any(int nodes, Random random) {
        Family[] families = Family.values();
        return of(families[random.nextInt(families.length)], nodes, random);
    }

    /**
     * Generates a graph.
     *
     * @param family the family
     * @param nodes the number of nodes, at least 4
     * @param random the random numbers
     * @return an undirected graph without loops or parallel edges
     * @throws IllegalArgumentException if there are too few nodes
     */
    public static GraphBatch of(Family family, int nodes, Random random) {
        if (nodes < 4) {
            throw new IllegalArgumentException(
                    "RandomGraphs: there must be at least 4 nodes, but are " + nodes);
        }
        boolean[][] joined = new boolean[nodes][nodes];
        switch (family) {
            case ERDOS_RENYI -> erdosRenyi(joined, 0, nodes, random);
            case TWO_PARTS -> {
                int part = 2 + random.nextInt(nodes - 3);
                erdosRenyi(joined, 0, part, random);
                erdosRenyi(joined, part, nodes, random);
            }
            case RING -> {
                for (int i = 0; i < nodes; ++i) {
                    join(joined, i, (i + 1) % nodes);
                }
            }
            case TREE -> {
                for (int i = 1; i < nodes; ++i) {
                    join(joined, i, random.nextInt(i));
                }
            }
            case CATERPILLAR -> {
                int spine = nodes / 2;
                for (int i = 1; i < nodes; ++i) {
                    join(joined, i, i < spine ? i - 1 : random.nextInt(spine));
                }
            }
            case PREFERENTIAL_ATTACHMENT -> preferential(joined, random);
            default -> throw new AssertionError(family);
        }
        return graph(joined);
    }

    private static void erdosRenyi(boolean[][] joined, int from, int to, Random random) {
        int n = to - from;
        double probability = n < 2 ? 0 : Math.min(1, 2 * Math.log(n) / n);
        for (int i = from; i < to; ++i) {
            for (int j = from; j < i; ++j) {
                if (random.nextDouble() < probability) {
                    join(joined, i, j);
                }
            }
        }
    }

    private static void preferential(boolean[][] joined, Random random) {
        int[] ends = new int[4 * joined.length];
        int count = 0;
        for (int i = 1; i < joined.length; ++i) {
            for (int k = 0; k < Math.min(2, i); ++k) {
                int other = count == 0 ? 0 : ends[random.nextInt(count)];
                if (other != i && !joined[i][other]) {
                    join(joined, i, other);
                    ends[count++] = i;
                    ends[count++] = other;
                }
            }
        }
    }

    private static void join(boolean[][] joined, int i, int j) {
        joined[i][j] = true;
        joined[j][i] = true;
    }

    private static GraphBatch graph(boolean[][] joined) {
        int nodes = joined.length;
        int[] a = new int[nodes * nodes];
        int[] b = new int[nodes * nodes];
        int count = 0;
        for (int i = 0; i < nodes; ++i) {
            for (int j = 0; j < i; ++j) {
                if (joined[i][j]) {
                    a[count] = i;
                    b[count++] = j;
                }
            }
        }
        return GraphBatch.undirected(
                nodes, java.util.Arrays.copyOf(a, count), java.util.Arrays.copyOf(b, count));
    }
}
