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

import org.binaryops.monoid.Segments;

import java.util.Arrays;
import java.util.List;

/**
 * One graph or several side by side: directed edges as pairs of node numbers, on the host.
 *
 * <p>An undirected edge is two directed ones. Parallel edges and loops are allowed. The features of
 * the nodes are an array [nodes, F] beside it. Immutable.
 */
public final class GraphBatch {

    private final int[] source;
    private final int[] target;
    private final Segments graphs;
    private final Segments incoming;

    private GraphBatch(int[] source, int[] target, Segments graphs) {
        this.source = source;
        this.target = target;
        this.graphs = graphs;
        int nodes = graphs.rows();
        if (source.length != target.length) {
            throw new IllegalArgumentException(
                    String.format(
                            "GraphBatch: there must be as many sources as targets, but there are %d"
                                    + " and %d",
                            source.length, target.length));
        }
        check("source", source, nodes);
        check("target", target, nodes);
        incoming = Segments.ofIndex(target, nodes);
    }

    private static void check(String end, int[] ends, int nodes) {
        for (int edge = 0; edge < ends.length; ++edge) {
            if (ends[edge] < 0 || ends[edge] >= nodes) {
                throw new IllegalArgumentException(
                        String.format(
                                "GraphBatch: the %s of edge %d must be between 0 and %d, but is %d",
                                end, edge, nodes - 1, ends[edge]));
            }
        }
    }

    /**
     * Creates one graph of directed edges.
     *
     * @param nodes the number of nodes
     * @param source where each edge starts
     * @param target where each edge ends
     * @return the graph
     * @throws IllegalArgumentException if an end is no node, or there are not as many sources as
     *     targets
     */
    public static GraphBatch of(int nodes, int[] source, int[] target) {
        return new GraphBatch(source.clone(), target.clone(), Segments.ofLengths(nodes));
    }

    /**
     * Creates one graph of undirected edges, each as two directed ones.
     *
     * @param nodes the number of nodes
     * @param a one end of each edge
     * @param b the other end
     * @return the graph
     * @throws IllegalArgumentException if an end is no node
     */
    public static GraphBatch undirected(int nodes, int[] a, int[] b) {
        int[] source = Arrays.copyOf(a, a.length + b.length);
        System.arraycopy(b, 0, source, a.length, b.length);
        int[] target = Arrays.copyOf(b, a.length + b.length);
        System.arraycopy(a, 0, target, b.length, a.length);
        return of(nodes, source, target);
    }

    /**
     * Puts graphs side by side.
     *
     * @param batch the graphs
     * @return a batch with the nodes of the first, then those of the second, and so on
     */
    public static GraphBatch batch(List<GraphBatch> batch) {
        int edges = batch.stream().mapToInt(GraphBatch::edges).sum();
        int[] source = new int[edges];
        int[] target = new int[edges];
        int[] lengths =
                batch.stream().flatMapToInt(g -> Arrays.stream(g.graphs.lengths())).toArray();
        int node = 0;
        int edge = 0;
        for (GraphBatch graph : batch) {
            for (int i = 0; i < graph.edges(); ++i, ++edge) {
                source[edge] = graph.source[i] + node;
                target[edge] = graph.target[i] + node;
            }
            node += graph.nodes();
        }
        return new GraphBatch(source, target, Segments.ofLengths(lengths));
    }

    /**
     * Adds an edge from every node to itself.
     *
     * @return a new batch whose last edges are the loops
     */
    public GraphBatch withLoops() {
        int edges = edges();
        int[] from = Arrays.copyOf(source, edges + nodes());
        int[] to = Arrays.copyOf(target, edges + nodes());
        for (int node = 0; node < nodes(); ++node) {
            from[edges + node] = node;
            to[edges + node] = node;
        }
        return new GraphBatch(from, to, graphs);
    }

    /**
     * Returns the number of nodes.
     *
     * @return that of all graphs together
     */
    public int nodes() {
        return graphs.rows();
    }

    /**
     * Returns the number of directed edges.
     *
     * @return that of all graphs together
     */
    public int edges() {
        return source.length;
    }

    /**
     * Returns where each edge starts.
     *
     * @return a copy
     */
    public int[] source() {
        return source.clone();
    }

    /**
     * Returns where each edge ends.
     *
     * @return a copy
     */
    public int[] target() {
        return target.clone();
    }

    /**
     * Returns the edges that end at each node: the sets that a layer aggregates.
     *
     * @return one set for each node, over the edges
     */
    public Segments incoming() {
        return incoming;
    }

    /**
     * Returns the nodes of each graph: the sets that a readout aggregates.
     *
     * @return one set for each graph, over the nodes
     */
    public Segments graphs() {
        return graphs;
    }

    /** {@inheritDoc} */
    @Override
    public String toString() {
        return String.format(
                "GraphBatch(%d graphs, %d nodes, %d edges)", graphs.sets(), nodes(), edges());
    }
}
