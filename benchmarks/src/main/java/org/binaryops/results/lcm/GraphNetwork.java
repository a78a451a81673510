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
package org.binaryops.results.lcm;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractBlock;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;

import org.binaryops.graph.GraphBatch;
import org.binaryops.graph.MpnnLayer;
import org.binaryops.monoid.SetAggregator;

/** Message passing with one shared layer, and heads for nodes and for the graph. */
final class GraphNetwork extends AbstractBlock {

    private static final int ROUNDS = 4;

    private final int width;
    private final Block encoder;
    private final MpnnLayer layer;
    private final SetAggregator readout;
    private final Block nodeHead;
    private final Block graphHead;

    GraphNetwork(String aggregator, long seed, int width) {
        super((byte) 1);
        this.width = width;
        encoder =
                addChildBlock(
                        "encoder",
                        new SequentialBlock()
                                .add(Linear.builder().setUnits(width).build())
                                .add(Activation.reluBlock()));
        layer = addChildBlock("layer", new MpnnLayer(width, Aggregators.of(aggregator, seed)));
        readout = addChildBlock("readout", Aggregators.of(aggregator, seed + 1));
        nodeHead = addChildBlock("node", head());
        graphHead = addChildBlock("graph", head());
    }

    private Block head() {
        return new SequentialBlock()
                .add(Linear.builder().setUnits(width).build())
                .add(Activation.reluBlock())
                .add(Linear.builder().setUnits(3).build());
    }

    /** The outputs of the nodes, [nodes, 3], and of the graphs, [graphs, 3]. */
    NDArray[] apply(ParameterStore store, NDArray features, GraphBatch graph, boolean training) {
        NDArray nodes = encoder.forward(store, new NDList(features), training).get(0);
        for (int round = 0; round < ROUNDS; ++round) {
            nodes = nodes.add(layer.apply(store, nodes, graph, training));
        }
        NDArray graphs = readout.aggregate(store, nodes, graph.graphs(), training);
        return new NDArray[] {
            nodeHead.forward(store, new NDList(nodes), training).get(0),
            graphHead.forward(store, new NDList(graphs), training).get(0)
        };
    }

    @Override
    protected NDList forwardInternal(
            ParameterStore store,
            NDList inputs,
            boolean training,
            PairList<String, Object> params) {
        throw new UnsupportedOperationException("Call apply, which takes the graph.");
    }

    @Override
    protected void initializeChildBlocks(
            NDManager manager, DataType dataType, Shape... inputShapes) {
        encoder.initialize(manager, dataType, inputShapes);
        layer.initialize(manager, dataType, new Shape(1, width));
        readout.initialize(manager, dataType, new Shape(1, 1, width));
        nodeHead.initialize(manager, dataType, new Shape(1, width));
        graphHead.initialize(manager, dataType, new Shape(1, readout.outputFeatures(width)));
    }

    @Override
    public Shape[] getOutputShapes(Shape[] inputShapes) {
        return new Shape[] {new Shape(inputShapes[0].get(0), 3)};
    }
}
