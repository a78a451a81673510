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
package org.binaryops.monoid;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.training.ParameterStore;

/**
 * The invariant layer of Deep Sets (Zaheer et al., NeurIPS 2017): ρ(pool of φ(x) over the set),
 * with any blocks φ and ρ and any aggregator as the pool, the sum in the paper.
 */
public final class DeepSetsAggregator extends SetAggregator {

    private static final byte VERSION = 1;

    private final Block phi;
    private final SetAggregator pool;
    private final Block rho;
    private long outputs = -1;

    /**
     * Creates an aggregator that pools by the sum.
     *
     * @param phi φ, applied to the elements, [N, F] to [N, G]
     * @param rho ρ, applied to the sums, [S, G] to [S, K]
     */
    public DeepSetsAggregator(Block phi, Block rho) {
        this(phi, new StatisticAggregator(Statistic.SUM), rho);
    }

    /**
     * Creates an aggregator.
     *
     * @param phi φ, applied to the elements, [N, F] to [N, G]
     * @param pool what comes between
     * @param rho ρ, applied to what was pooled
     */
    public DeepSetsAggregator(Block phi, SetAggregator pool, Block rho) {
        super(VERSION);
        this.phi = addChildBlock("phi", phi);
        this.pool = addChildBlock("pool", pool);
        this.rho = addChildBlock("rho", rho);
    }

    /** {@inheritDoc} */
    @Override
    public long outputFeatures(long features) {
        if (outputs < 0) {
            Shape mapped = phi.getOutputShapes(new Shape[] {new Shape(1, features)})[0];
            Shape pooled = new Shape(1, pool.outputFeatures(mapped.get(1)));
            outputs = rho.getOutputShapes(new Shape[] {pooled})[0].get(1);
        }
        return outputs;
    }

    /** {@inheritDoc} */
    @Override
    protected NDArray fold(
            ParameterStore store, NDArray elements, Segments segments, boolean training) {
        NDArray mapped = phi.forward(store, new NDList(elements), training).singletonOrThrow();
        NDArray pooled = pool.aggregate(store, mapped, segments, training);
        return rho.forward(store, new NDList(pooled), training).singletonOrThrow();
    }

    /** {@inheritDoc} */
    @Override
    protected void initializeChildBlocks(
            NDManager manager, DataType dataType, Shape... inputShapes) {
        Shape elements = new Shape(1, inputShapes[0].get(2));
        phi.initialize(manager, dataType, elements);
        long mapped = phi.getOutputShapes(new Shape[] {elements})[0].get(1);
        pool.initialize(manager, dataType, new Shape(1, 1, mapped));
        rho.initialize(manager, dataType, new Shape(1, pool.outputFeatures(mapped)));
    }
}
