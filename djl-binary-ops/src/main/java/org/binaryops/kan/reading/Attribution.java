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
package org.binaryops.kan.reading;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.training.ParameterStore;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.binaryops.kan.Edge;
import org.binaryops.kan.EdgeScores;
import org.binaryops.kan.FiniteSamples;
import org.binaryops.kan.Kan;
import org.binaryops.kan.KanTrace;

/**
 * How much each edge and node of a network contributes to its output, for a set of samples; the
 * definition stands at {@link EdgeScores}.
 */
public final class Attribution {

    private final int[] inputs;
    private final double[][][] edges;
    private final double[][] nodes;

    private Attribution(int[] inputs, double[][][] edges, double[][] nodes) {
        this.inputs = inputs;
        this.edges = edges;
        this.nodes = nodes;
    }

    /**
     * Measures a network.
     *
     * @param kan an initialized network
     * @param x the samples, [samples, features], at least two
     * @return the scores
     * @throws IllegalArgumentException if there are fewer than two samples or a number is not
     *     finite
     */
    public static Attribution of(Kan kan, NDArray x) {
        if (x.getShape().dimension() != 2 || x.getShape().get(0) < 2) {
            throw new IllegalArgumentException(
                    "Attribution compares samples and needs [samples, features] with at least two,"
                            + " but got "
                            + x.getShape()
                            + ".");
        }
        FiniteSamples.require("x", x);
        try (NDManager scratch = x.getManager().newSubManager()) {
            NDArray input = x.stopGradient();
            input.attach(scratch);
            KanTrace trace = kan.trace(new ParameterStore(scratch, false), input, false);
            NDList edgeScores = EdgeScores.edges(kan, trace);
            NDList nodeScores = EdgeScores.nodes(kan, trace);
            double[][][] edges = new double[edgeScores.size()][][];
            for (int l = 0; l < edges.length; ++l) {
                edges[l] = rows(edgeScores.get(l));
            }
            double[][] nodes = new double[nodeScores.size()][];
            for (int l = 0; l < nodes.length; ++l) {
                nodes[l] = doubles(nodeScores.get(l));
            }
            return new Attribution(kan.getInputs(), edges, nodes);
        }
    }

    static double[] doubles(NDArray array) {
        try (NDArray exact = array.toType(DataType.FLOAT64, true)) {
            return exact.toDoubleArray();
        }
    }

    private static double[][] rows(NDArray array) {
        double[] flat = doubles(array);
        int columns = (int) array.getShape().get(1);
        double[][] rows = new double[flat.length / columns][columns];
        for (int i = 0; i < flat.length; ++i) {
            rows[i / columns][i % columns] = flat[i];
        }
        return rows;
    }

    /**
     * Returns the score of an edge.
     *
     * @param edge the edge
     * @return its score, not negative
     */
    public double edge(Edge edge) {
        return edges[edge.layer()][edge.output()][edge.input()];
    }

    /**
     * Returns the score of a node.
     *
     * @param level its level, 0 for the inputs
     * @param node its index
     * @return its score, not negative
     */
    public double node(int level, int node) {
        return nodes[level][node];
    }

    /**
     * Returns the scores of the nodes of a level.
     *
     * @param level the level, 0 for the inputs
     * @return a copy
     */
    public double[] nodes(int level) {
        return nodes[level].clone();
    }

    /**
     * Returns how important the columns of a table are: the share of each in the scores of the
     * inputs.
     *
     * @param names the names of all columns, in their order; columns whose input was pruned get 0
     * @return the importance by name, with the sum 1, the most important first
     * @throws IllegalArgumentException if there is no name for an input
     */
    public Map<String, Double> features(List<String> names) {
        double[] all = new double[names.size()];
        double sum = 0;
        for (int i = 0; i < inputs.length; ++i) {
            if (inputs[i] >= all.length) {
                throw new IllegalArgumentException(
                        String.format(
                                "The network reads column %d, but only %d names were given.",
                                inputs[i], all.length));
            }
            all[inputs[i]] = nodes[0][i];
            sum += nodes[0][i];
        }
        double whole = sum > 0 ? sum : 1;
        Map<String, Double> sorted = new LinkedHashMap<>();
        IntStream.range(0, all.length)
                .boxed()
                .sorted(Comparator.comparingDouble(i -> -all[i]))
                .forEach(i -> sorted.put(names.get(i), all[i] / whole));
        return sorted;
    }
}
