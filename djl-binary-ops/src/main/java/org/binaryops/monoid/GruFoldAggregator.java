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
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.ParameterStore;
import java.util.Random;

/**
 * The recurrent aggregator: h₀ = 0, h_t = GRU(x_t, h_{t−1}), and the last state is the result.
 *
 * <p>The baseline of learned aggregation: as expressive as a learned monoid, but with n steps where
 * a tree has log₂ n levels. It depends on the order of the elements, so in training the elements of
 * every set are shuffled (unless that is switched off), and {@link PermutationLoss} regularizes the
 * rest. An empty set gives h₀ = 0.
 */
public final class GruFoldAggregator extends SetAggregator {

    private static final byte VERSION = 1;

    private final GruOperator cell = addChildBlock("cell", new GruOperator());
    private final boolean shuffle;
    private final Random random;

    /** Creates an aggregator that shuffles in training, with the seed 0. */
    public GruFoldAggregator() {
        this(true, 0);
    }

    /**
     * Creates an aggregator.
     *
     * @param shuffle whether the elements of every set are put in random order at every training
     *     pass
     * @param seed the seed of the orders
     */
    public GruFoldAggregator(boolean shuffle, long seed) {
        super(VERSION);
        this.shuffle = shuffle;
        random = new Random(seed);
    }

    /** {@inheritDoc} */
    @Override
    protected NDArray fold(
            ParameterStore store, NDArray elements, Segments segments, boolean training) {
        Segments ordered = training && shuffle ? segments.shuffled(random) : segments;
        SeparateGruCell gru = cell.separateCell(store, elements, training);
        Shape state = new Shape(1, elements.getShape().get(1));
        NDArray zero =
                elements.getManager().zeros(state, elements.getDataType(), elements.getDevice());
        // The inputs of all steps are projected in one product.
        return SequenceFold.fold(
                gru.project(elements),
                ordered,
                zero,
                null,
                (hidden, projected) -> gru.applyProjected(projected, hidden));
    }

    /** {@inheritDoc} */
    @Override
    protected void initializeChildBlocks(
            NDManager manager, DataType dataType, Shape... inputShapes) {
        Shape operand = new Shape(1, inputShapes[0].get(2));
        cell.initialize(manager, dataType, operand, operand);
    }
}
