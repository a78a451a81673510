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
import ai.djl.nn.Parameter;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import ai.djl.nn.norm.Dropout;
import ai.djl.training.ParameterStore;
import ai.djl.training.initializer.NormalInitializer;
import ai.djl.training.initializer.UniformInitializer;
import ai.djl.util.PairList;

import org.binaryops.monoid.Segments;
import org.binaryops.monoid.SetAggregator;

/** The network of the reference: embedding, encoder, aggregator, decoder. */
final class SetNetwork extends AbstractBlock {

    private final int inputs;
    private final int width;
    private final Block encoder;
    private final SetAggregator aggregator;
    private final Block decoder;

    /**
     * Creates a network.
     *
     * @param inputs the features of an element
     * @param width the features of a latent
     * @param outputs the outputs of a set
     * @param dropout the rate after the encoder; half of it in the decoder
     */
    SetNetwork(int inputs, int width, int outputs, SetAggregator aggregator, float dropout) {
        super((byte) 1);
        this.inputs = inputs;
        this.width = width;
        Block embedding = Linear.builder().setUnits(width).optBias(false).build();
        // Of indicators of bits: the sum of one embedding a bit, N(0, 1) as embeddings start.
        embedding.setInitializer(new NormalInitializer(1), Parameter.Type.WEIGHT);
        encoder =
                addChildBlock(
                        "encoder",
                        new SequentialBlock()
                                .add(embedding)
                                .add(linear(width))
                                .add(Dropout.builder().optRate(dropout).build())
                                .add(Activation.geluBlock()));
        this.aggregator = addChildBlock("aggregator", aggregator);
        decoder =
                addChildBlock(
                        "decoder",
                        new SequentialBlock()
                                .add(linear(width))
                                .add(Dropout.builder().optRate(dropout / 2).build())
                                .add(Activation.geluBlock())
                                .add(linear(outputs)));
    }

    private Block linear(int units) {
        Block block = Linear.builder().setUnits(units).build();
        block.setInitializer(new UniformInitializer((float) (1 / Math.sqrt(width))), p -> true);
        return block;
    }

    /** The raw outputs of the sets, [S, outputs]. */
    NDArray apply(ParameterStore store, NDArray elements, Segments segments, boolean training) {
        NDArray latents = encoder.forward(store, new NDList(elements), training).get(0);
        NDArray sets = aggregator.aggregate(store, latents, segments, training);
        return decoder.forward(store, new NDList(sets), training).get(0);
    }

    @Override
    protected NDList forwardInternal(
            ParameterStore store,
            NDList inputs,
            boolean training,
            PairList<String, Object> params) {
        NDArray elements = inputs.singletonOrThrow();
        Segments all = Segments.ofLengths((int) elements.getShape().get(0));
        return new NDList(apply(store, elements, all, training));
    }

    @Override
    protected void initializeChildBlocks(
            NDManager manager, DataType dataType, Shape... inputShapes) {
        encoder.initialize(manager, dataType, new Shape(1, inputs));
        aggregator.initialize(manager, dataType, new Shape(1, 1, width));
        decoder.initialize(manager, dataType, new Shape(1, aggregator.outputFeatures(width)));
    }

    @Override
    public Shape[] getOutputShapes(Shape[] inputShapes) {
        return decoder.getOutputShapes(new Shape[] {new Shape(1, width)});
    }
}
