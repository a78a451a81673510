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

import java.util.ArrayDeque;
import java.util.Arrays;

/**
 * What the synthetic tasks ask of one graph, computed on the host: the targets of the benchmarks of
 * principal neighbourhood aggregation and of learnable commutative monoids.
 */
public final class GraphProperties {

    private static final int ITERATIONS = 2000;

    private final int nodes;
    private final int[] source;
    private final int[] target;
    private final int[][] next;

    /**
     * Reads a graph.
     *
     * @param graph one graph, whose edges are followed from source to target
     */
    public GraphProperties(GraphBatch graph) {
        nodes = graph.nodes();
        source = graph.source();
        target = graph.target();
        int[] degree = new int[nodes];
        for (int from : source) {
            ++degree[from];
        }
        next = new int[nodes][];
        Arrays.setAll(next, node -> new int[degree[node]]);
        for (int edge = 0; edge < source.length; ++edge) {
            next[source[edge]][--degree[source[edge]]] = target[edge];
        }
    }

    /**
     * Computes the length of the shortest path from a node to each node.
     *
     * @param from the node
     * @return the numbers of edges; −1 where no path leads
     */
    public int[] shortestPaths(int from) {
        int[] distance = new int[nodes];
        Arrays.fill(distance, -1);
        distance[from] = 0;
        ArrayDeque<Integer> queue = new ArrayDeque<>();
        queue.add(from);
        while (!queue.isEmpty()) {
            int node = queue.remove();
            for (int to : next[node]) {
                if (distance[to] < 0) {
                    distance[to] = distance[node] + 1;
                    queue.add(to);
                }
            }
        }
        return distance;
    }

    /**
     * Computes the eccentricity of each node: the distance of the farthest node that can be
     * reached.
     *
     * @return one number for each node
     */
    public int[] eccentricities() {
        int[] result = new int[nodes];
        Arrays.setAll(result, node -> Arrays.stream(shortestPaths(node)).max().orElse(0));
        return result;
    }

    /**
     * Computes the diameter, the largest eccentricity; of a graph in parts that of the widest part.
     *
     * @return the diameter
     */
    public int diameter() {
        return Arrays.stream(eccentricities()).max().orElse(0);
    }

    /**
     * Tells whether every node can be reached from the first.
     *
     * @return whether the graph is connected
     */
    public boolean isConnected() {
        return nodes == 0 || Arrays.stream(shortestPaths(0)).noneMatch(d -> d < 0);
    }

    /**
     * Computes L·x, where L is the degree matrix less the adjacency matrix.
     *
     * @param x one number for each node
     * @return deg(v)·x_v − Σ x_u over the edges v → u
     */
    public double[] laplacian(double[] x) {
        double[] result = new double[nodes];
        for (int edge = 0; edge < source.length; ++edge) {
            result[source[edge]] += x[source[edge]] - x[target[edge]];
        }
        return result;
    }

    /**
     * Computes the spectral radius of the adjacency matrix of an undirected graph, by power
     * iteration.
     *
     * @return the largest eigenvalue
     */
    public double spectralRadius() {
        double[] x = new double[nodes];
        Arrays.fill(x, 1);
        double radius = 0;
        for (int i = 0; i < ITERATIONS; ++i) {
            // Shifted by one: −λ may be an eigenvalue too, and would keep x from settling.
            double[] y = x.clone();
            for (int edge = 0; edge < source.length; ++edge) {
                y[target[edge]] += x[source[edge]];
            }
            double norm = Math.sqrt(Arrays.stream(y).map(v -> v * v).sum());
            double before = radius;
            radius = norm / Math.sqrt(Arrays.stream(x).map(v -> v * v).sum()) - 1;
            for (int k = 0; k < nodes; ++k) {
                x[k] = y[k] / norm;
            }
            if (i > 10 && Math.abs(radius - before) < 1e-13) {
                break;
            }
        }
        return radius;
    }
}
