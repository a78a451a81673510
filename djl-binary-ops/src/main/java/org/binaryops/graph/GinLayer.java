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
import ai.djl.nn.Parameter;
import ai.djl.nn.core.Linear;
import ai.djl.training.ParameterStore;

import org.binaryops.gradient.Temporaries;
import org.binaryops.monoid.SegmentMath;
import org.binaryops.monoid.SetAggregator;
import org.binaryops.monoid.Statistic;
import org.binaryops.monoid.StatisticAggregator;

/**
 * Graph isomorphism layer (Xu et al., "How Powerful are Graph Neural Networks?", ICLR 2019): x_v′ =
 * W₂·relu(W₁·((1 + ε)·x_v + ⊕ x_u) + b₁) + b₂ over the edges u → v, with ⊕ the sum in the paper and
 * any aggregator here.
 *
 * <p>ε is learned and starts at 0; the hidden width is G.
 */
public final class GinLayer extends GraphLayer {

    private static final byte VERSION = 1;

    private final Parameter epsilon =
            addParameter(
                    Parameter.builder().setName("epsilon").setType(Parameter.Type.BIAS).build());
    private final SetAggregator aggregator;
    private final Linear first;
    private final Linear second;

    /**
     * Creates a layer that sums.
     *
     * @param outputs G
     */
    public GinLayer(int outputs) {
        this(outputs, new StatisticAggregator(Statistic.SUM));
    }

    /**
     * Creates a layer.
     *
     * @param outputs G
     * @param aggregator ⊕, from F to F features
     */
    public GinLayer(int outputs, SetAggregator aggregator) {
        super(VERSION, outputs);
        this.aggregator = addChildBlock("aggregator", aggregator);
        first = addChildBlock("first", Linear.builder().setUnits(outputs).build());
        second = addChildBlock("second", Linear.builder().setUnits(outputs).build());
    }

    /** {@inheritDoc} */
    @Override
    protected NDArray layer(
            ParameterStore store, NDArray nodes, GraphBatch graph, boolean training) {
        NDArray e = Temporaries.parameter(store, epsilon, nodes, training);
        NDArray messages = SegmentMath.gather(nodes, graph.source());
        NDArray neighbours = aggregator.aggregate(store, messages, graph.incoming(), training);
        NDArray sum = nodes.mul(e.add(1)).add(neighbours);
        NDList hidden = first.forward(store, new NDList(sum), training);
        NDArray active = hidden.get(0).getNDArrayInternal().relu();
        return second.forward(store, new NDList(active), training).get(0);
    }

    /** {@inheritDoc} */
    @Override
    protected void prepare(Shape[] inputShapes) {
        epsilon.setShape(new Shape(1));
    }

    /** {@inheritDoc} */
    @Override
    protected void initializeChildBlocks(
            NDManager manager, DataType dataType, Shape... inputShapes) {
        long features = inputShapes[0].get(1);
        aggregator.initialize(manager, dataType, new Shape(1, 1, features));
        first.initialize(manager, dataType, new Shape(1, features));
        second.initialize(manager, dataType, new Shape(1, outputs()));
    }
}
