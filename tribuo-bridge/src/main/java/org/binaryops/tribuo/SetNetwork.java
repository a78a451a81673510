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
package org.binaryops.tribuo;

import ai.djl.MalformedModelException;
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

import org.binaryops.gradient.Temporaries;
import org.binaryops.monoid.SetAggregator;

import java.io.DataInputStream;
import java.io.IOException;

/** The block of a {@link SetArchitecture}: rows of slots, of which the first column is a mask. */
final class SetNetwork extends AbstractBlock {

    private static final byte VERSION = 1;

    private final int elementFeatures;
    private final int width;
    private final int outputs;
    private final Block encoder;
    private final SetAggregator aggregator;
    private final Block decoder;

    SetNetwork(int elementFeatures, int width, SetAggregator aggregator, int outputs) {
        super(VERSION);
        this.elementFeatures = elementFeatures;
        this.width = width;
        this.outputs = outputs;
        encoder =
                addChildBlock(
                        "encoder",
                        new SequentialBlock()
                                .add(Linear.builder().setUnits(width).build())
                                .add(Activation.reluBlock()));
        this.aggregator = addChildBlock("aggregator", aggregator);
        decoder =
                addChildBlock(
                        "decoder",
                        new SequentialBlock()
                                .add(Linear.builder().setUnits(width).build())
                                .add(Activation.reluBlock())
                                .add(Linear.builder().setUnits(outputs).build()));
    }

    @Override
    protected NDList forwardInternal(
            ParameterStore store,
            NDList inputs,
            boolean training,
            PairList<String, Object> params) {
        NDArray rows = inputs.singletonOrThrow();
        return new NDList(
                Temporaries.freed(
                        rows.getManager(),
                        () -> {
                            Shape shape = rows.getShape();
                            long slots = shape.get(1) / (1 + elementFeatures);
                            NDList parts =
                                    rows.reshape(-1, slots, 1L + elementFeatures)
                                            .split(new long[] {1}, 2);
                            NDArray elements =
                                    encoder.forward(
                                                    store,
                                                    new NDList(
                                                            parts.get(1)
                                                                    .reshape(-1, elementFeatures)),
                                                    training)
                                            .get(0)
                                            .reshape(-1, slots, width);
                            NDArray mask = parts.get(0).squeeze(2);
                            NDList sets =
                                    aggregator.forward(store, new NDList(elements, mask), training);
                            return decoder.forward(store, sets, training).get(0);
                        }));
    }

    @Override
    protected void initializeChildBlocks(
            NDManager manager, DataType dataType, Shape... inputShapes) {
        encoder.initialize(manager, dataType, new Shape(1, elementFeatures));
        aggregator.initialize(manager, dataType, new Shape(1, 1, width));
        decoder.initialize(manager, dataType, new Shape(1, width));
    }

    @Override
    public Shape[] getOutputShapes(Shape[] inputShapes) {
        return new Shape[] {new Shape(inputShapes[0].get(0), outputs)};
    }

    @Override
    protected void loadMetadata(byte loadVersion, DataInputStream is)
            throws IOException, MalformedModelException {
        if (loadVersion != VERSION) {
            throw new MalformedModelException(
                    "SetNetwork: expected the encoding version "
                            + VERSION
                            + ", but the file has "
                            + loadVersion);
        }
        readInputShapes(is);
    }
}
