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
import org.binaryops.monoid.Statistic;
import org.binaryops.monoid.StatisticAggregator;

/**
 * Graph convolution (Kipf and Welling, ICLR 2017): x_v′ = ⊕ W·x_u / √(d_u·d_v) + b over the edges u
 * → v and v itself, where d counts the edges that end at a node, its loop included. ⊕ is the sum in
 * the paper and any aggregator here.
 */
public final class GcnLayer extends GraphLayer {

    private static final byte VERSION = 1;

    private final SetAggregator aggregator;
    private final Linear linear;

    /**
     * Creates a layer that sums.
     *
     * @param outputs G
     */
    public GcnLayer(int outputs) {
        this(outputs, new StatisticAggregator(Statistic.SUM));
    }

    /**
     * Creates a layer.
     *
     * @param outputs G
     * @param aggregator ⊕, from F to F features
     */
    public GcnLayer(int outputs, SetAggregator aggregator) {
        super(VERSION, outputs);
        this.aggregator = addChildBlock("aggregator", aggregator);
        linear = addChildBlock("linear", Linear.builder().setUnits(outputs).build());
    }

    /** {@inheritDoc} */
    @Override
    protected NDArray layer(
            ParameterStore store, NDArray nodes, GraphBatch graph, boolean training) {
        GraphBatch looped = graph.withLoops();
        int[] source = looped.source();
        int[] target = looped.target();
        double[] scale = new double[source.length];
        for (int edge = 0; edge < scale.length; ++edge) {
            double degrees =
                    (double) looped.incoming().length(source[edge])
                            * looped.incoming().length(target[edge]);
            scale[edge] = 1 / Math.sqrt(degrees);
        }
        // For the sum it makes no difference that the linear map comes last.
        NDArray messages = SegmentMath.gather(nodes, source).mul(SegmentMath.column(nodes, scale));
        NDArray sums = aggregator.aggregate(store, messages, looped.incoming(), training);
        return linear.forward(store, new NDList(sums), training).get(0);
    }

    /** {@inheritDoc} */
    @Override
    protected void initializeChildBlocks(
            NDManager manager, DataType dataType, Shape... inputShapes) {
        long features = inputShapes[0].get(1);
        aggregator.initialize(manager, dataType, new Shape(1, 1, features));
        linear.initialize(manager, dataType, new Shape(1, aggregator.outputFeatures(features)));
    }
}
