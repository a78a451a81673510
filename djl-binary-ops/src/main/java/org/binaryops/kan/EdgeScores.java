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
package org.binaryops.kan;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.DataType;
import org.binaryops.gradient.Temporaries;
import org.binaryops.kan.KanTrace.LayerTrace;

/**
 * How much of the output goes back to each edge and node: the recursive attribution of Liu et al.,
 * arXiv 2408.10205, as pykan computes it.
 *
 * <p>With σ for the standard deviation over samples, E_ji = σ(edge from i to j) and N_j = σ(sum of
 * subnode j), and scores A for each output o, which start as the identity:
 *
 * <p>$$S_{oj} = A_{o,node(j)}, \quad B_{oji} = S_{oj} \, \frac{E_{ji}}{N_j + 10^{-4}}, \quad A_{oi}
 * = \sum_j B_{oji}$$
 *
 * <p>from layer to layer backwards. The score of an edge is the mean of B over the outputs, that of
 * a node the mean of A.
 */
public final class EdgeScores {

    private EdgeScores() {}

    /**
     * Computes the scores of all edges.
     *
     * @param kan the network
     * @param trace what happened in it for the samples; N is taken as a constant, as in pykan
     * @return for each layer the scores [subnodes, inputs], with gradients
     */
    public static NDList edges(Kan kan, KanTrace trace) {
        NDList[] all = both(kan, trace);
        all[1].close();
        return all[0];
    }

    /**
     * Computes the scores of all nodes.
     *
     * @param kan the network
     * @param trace what happened in it for the samples
     * @return for each level the scores [nodes], with gradients
     */
    public static NDList nodes(Kan kan, KanTrace trace) {
        NDList[] all = both(kan, trace);
        all[0].close();
        return all[1];
    }

    private static NDList[] both(Kan kan, KanTrace trace) {
        int depth = trace.layers().size();
        int outputs = kan.getWidths().get(depth).nodes();
        NDArray like = trace.output();
        NDArray node = like.getManager().eye(outputs).toType(like.getDataType(), false);
        NDList edges = new NDList();
        NDList nodes = new NDList(node.mean(new int[] {0}));
        for (int l = depth - 1; l >= 0; --l) {
            LayerTrace layer = trace.layers().get(l);
            NDArray subnode = ofSubnodes(node, kan.getWidths().get(l + 1));
            NDArray deviation = deviation(layer.sums()).stopGradient();
            NDArray share =
                    deviation(layer.post())
                            .div(
                                    deviation
                                            .add(Temporaries.constant(deviation, 1e-4))
                                            .expandDims(1));
            // [outputs, subnodes, 1] by [subnodes, inputs].
            NDArray edge = subnode.expandDims(2).mul(share);
            node = edge.sum(new int[] {1});
            edges.add(0, edge.mean(new int[] {0}));
            nodes.add(0, node.mean(new int[] {0}));
        }
        return new NDList[] {edges, nodes};
    }

    private static NDArray ofSubnodes(NDArray node, KanWidth width) {
        if (width.arities().isEmpty()) {
            return node;
        }
        NDList columns = new NDList();
        for (int n = 0; n < width.nodes(); ++n) {
            for (int k = 0; k < width.arity(n); ++k) {
                columns.add(node.get(":,{}", n));
            }
        }
        return NDArrays.stack(columns, 1);
    }

    /**
     * Computes the standard deviation over samples, with S − 1 in the denominator as PyTorch does;
     * where it is 0, so is its gradient.
     *
     * @param x the samples, [samples, …]
     * @return the deviations, […]; 0 for a single sample
     */
    public static NDArray deviation(NDArray x) {
        return Temporaries.freed(
                x.getManager(),
                () -> {
                    long samples = x.getShape().get(0);
                    NDArray centred = x.sub(x.mean(new int[] {0}, true));
                    NDArray squares = centred.mul(centred).sum(new int[] {0});
                    double factor = samples > 1 ? 1. / (samples - 1) : 1;
                    NDArray variance = squares.mul(Temporaries.constant(x, factor));
                    NDArray positive = variance.gt(0).toType(DataType.FLOAT32, false);
                    positive = positive.toType(x.getDataType(), false);
                    // The root of a variance of 0 would have an infinite slope.
                    NDArray zero = Temporaries.constant(x, 1).sub(positive);
                    return variance.add(zero).sqrt().mul(positive);
                });
    }
}
