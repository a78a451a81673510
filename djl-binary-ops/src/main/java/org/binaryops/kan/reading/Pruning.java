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
import ai.djl.ndarray.NDManager;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.binaryops.kan.Edge;
import org.binaryops.kan.Kan;

/**
 * Removes what does little, by {@link Attribution}. The thresholds are pykan's by default, and mean
 * the same.
 */
public final class Pruning {

    /** pykan's threshold for nodes. */
    public static final double NODE_THRESHOLD = 1e-2;

    /** pykan's threshold for edges. */
    public static final double EDGE_THRESHOLD = 3e-2;

    private Pruning() {}

    /**
     * Removes hidden nodes and then edges with pykan's thresholds.
     *
     * @param kan the network, which stays as it is
     * @param manager the manager of the new network's parameters
     * @param x the samples that decide, [samples, features]
     * @return the smaller network
     * @throws IllegalStateException if a level would lose all its nodes
     */
    public static Kan prune(Kan kan, NDManager manager, NDArray x) {
        return prune(kan, manager, x, NODE_THRESHOLD, EDGE_THRESHOLD);
    }

    /**
     * Removes hidden nodes and then edges.
     *
     * @param kan the network, which stays as it is
     * @param manager the manager of the new network's parameters
     * @param x the samples that decide, [samples, features]
     * @param nodeThreshold hidden nodes that score at or below this go
     * @param edgeThreshold edges that score at or below this in what is left go
     * @return the smaller network
     * @throws IllegalStateException if a level would lose all its nodes
     */
    public static Kan prune(
            Kan kan, NDManager manager, NDArray x, double nodeThreshold, double edgeThreshold) {
        Kan smaller = pruneNodes(kan, manager, x, nodeThreshold);
        pruneEdges(smaller, x, edgeThreshold);
        return smaller;
    }

    /**
     * Removes hidden nodes.
     *
     * @param kan the network, which stays as it is
     * @param manager the manager of the new network's parameters
     * @param x the samples that decide, [samples, features]
     * @param threshold hidden nodes that score at or below this go
     * @return the smaller network
     * @throws IllegalStateException if a level would lose all its nodes
     */
    public static Kan pruneNodes(Kan kan, NDManager manager, NDArray x, double threshold) {
        Attribution scores = Attribution.of(kan, x);
        List<int[]> kept = new ArrayList<>();
        int last = kan.getWidths().size() - 1;
        for (int level = 0; level <= last; ++level) {
            int nodes = kan.getWidths().get(level).nodes();
            boolean hidden = level > 0 && level < last;
            kept.add(hidden ? above(scores, level, threshold) : all(nodes));
        }
        return kan.only(manager, kept);
    }

    /**
     * Removes edges, in place.
     *
     * @param kan the network
     * @param x the samples that decide, [samples, features]
     * @param threshold edges that score at or below this go
     * @return the edges that were removed
     */
    public static List<Edge> pruneEdges(Kan kan, NDArray x, double threshold) {
        Attribution scores = Attribution.of(kan, x);
        List<Edge> removed = new ArrayList<>();
        for (Edge edge : kan.getEdges()) {
            if (scores.edge(edge) <= threshold) {
                kan.remove(edge);
                removed.add(edge);
            }
        }
        return removed;
    }

    /**
     * Removes inputs: the new network takes the same samples and does not look at some features.
     *
     * @param kan the network, which stays as it is
     * @param manager the manager of the new network's parameters
     * @param x the samples that decide, [samples, features]
     * @param threshold inputs that score at or below this go
     * @return the smaller network; {@link Kan#getInputs} says which features are left
     * @throws IllegalStateException if no input would be left
     */
    public static Kan pruneInputs(Kan kan, NDManager manager, NDArray x, double threshold) {
        Attribution scores = Attribution.of(kan, x);
        List<int[]> kept = new ArrayList<>();
        kept.add(above(scores, 0, threshold));
        for (int level = 1; level < kan.getWidths().size(); ++level) {
            kept.add(all(kan.getWidths().get(level).nodes()));
        }
        return kan.only(manager, kept);
    }

    private static int[] above(Attribution scores, int level, double threshold) {
        double[] nodes = scores.nodes(level);
        int[] kept = IntStream.range(0, nodes.length).filter(n -> nodes[n] > threshold).toArray();
        if (kept.length == 0) {
            throw new IllegalStateException(
                    String.format(
                            "Nothing of level %d would be left: its best node scores %.3g, not more"
                                    + " than the threshold %s.",
                            level, Arrays.stream(nodes).max().orElse(0), threshold));
        }
        return kept;
    }

    private static int[] all(int n) {
        return IntStream.range(0, n).toArray();
    }
}
