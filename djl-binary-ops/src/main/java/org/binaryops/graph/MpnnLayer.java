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

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.core.Linear;
import ai.djl.training.ParameterStore;

import org.binaryops.monoid.SegmentMath;
import org.binaryops.monoid.SetAggregator;

/**
 * General message passing (Gilmer et al., "Neural Message Passing for Quantum Chemistry", ICML
 * 2017) with linear maps:
 *
 * <pre>
 * m_uv = relu(W_m·[x_u; x_v] + b_m),   x_v′ = relu(W_u·[x_v; ⊕ m_uv] + b_u)   over the edges u → v
 * </pre>
 *
 * <p>where ⊕ is any aggregator; messages have G features.
 */
public final class MpnnLayer extends GraphLayer {

    private static final byte VERSION = 1;

    private final SetAggregator aggregator;
    private final Linear message;
    private final Linear update;

    /**
     * Creates a layer.
     *
     * @param outputs G
     * @param aggregator ⊕
     */
    public MpnnLayer(int outputs, SetAggregator aggregator) {
        super(VERSION, outputs);
        this.aggregator = addChildBlock("aggregator", aggregator);
        message = addChildBlock("message", Linear.builder().setUnits(outputs).build());
        update = addChildBlock("update", Linear.builder().setUnits(outputs).build());
    }

    /** {@inheritDoc} */
    @Override
    protected NDArray layer(
            ParameterStore store, NDArray nodes, GraphBatch graph, boolean training) {
        NDArray ends =
                SegmentMath.gather(nodes, graph.source())
                        .concat(SegmentMath.gather(nodes, graph.target()), 1);
        NDArray messages =
                message.forward(store, new NDList(ends), training)
                        .get(0)
                        .getNDArrayInternal()
                        .relu();
        NDArray received = aggregator.aggregate(store, messages, graph.incoming(), training);
        NDList joined = new NDList(nodes.concat(received, 1));
        return update.forward(store, joined, training).get(0).getNDArrayInternal().relu();
    }

    /** {@inheritDoc} */
    @Override
    protected void initializeChildBlocks(
            NDManager manager, DataType dataType, Shape... inputShapes) {
        long features = inputShapes[0].get(1);
        message.initialize(manager, dataType, new Shape(1, 2 * features));
        aggregator.initialize(manager, dataType, new Shape(1, 1, outputs()));
        long received = aggregator.outputFeatures(outputs());
        update.initialize(manager, dataType, new Shape(1, features + received));
    }
}
