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
package org.binaryops.packed.djl;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractSymbolBlock;
import ai.djl.nn.ParameterList;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import java.util.List;
import org.binaryops.packed.PackedModel;

/**
 * A packed network as a block: takes the features of a batch of rows and gives the outputs.
 *
 * <p>The input is one array (batch, ...) whose further axes hold {@link PackedModel#inputs()}
 * elements together, such as (batch, features) or (batch, channels, height, width), of any type; it
 * is read as float32. An array of exactly the shape of a row, without the batch, is a single row.
 * The output is float32, (batch, outputs) or (outputs), and belongs to the manager of the input. It
 * has no parameters and cannot be trained. Any number of threads may use it.
 */
public final class PackedBlock extends AbstractSymbolBlock {

    private static final byte VERSION = 1;

    private final PackedModel model;
    private final Shape row;

    /**
     * Creates a block.
     *
     * @param model the packed network
     */
    public PackedBlock(PackedModel model) {
        super(VERSION);
        this.model = model;
        row = Strides.shape(model.inputShape());
        inputShapes = new Shape[] {new Shape(-1).addAll(row)};
        inputNames = List.of("data");
        outputDataTypes = new DataType[] {DataType.FLOAT32};
    }

    /**
     * Returns the network that this block executes.
     *
     * @return the packed network
     */
    public PackedModel packedModel() {
        return model;
    }

    /**
     * Predicts.
     *
     * @param store unused, there are no parameters
     * @param inputs one array
     * @param training must be false
     * @param params unused
     * @return one array
     * @throws UnsupportedOperationException if {@code training} is true
     * @throws IllegalArgumentException if there is not exactly one input, if it has another shape,
     *     or if one of its elements is NaN or infinite
     */
    @Override
    protected NDList forwardInternal(
            ParameterStore store,
            NDList inputs,
            boolean training,
            PairList<String, Object> params) {
        if (training) {
            throw new UnsupportedOperationException(BinaryOpsModel.NO_TRAINING);
        }
        if (inputs.size() != 1) {
            throw new IllegalArgumentException(
                    "Expected one array of features, got " + inputs.size() + " arrays.");
        }
        NDArray input = inputs.head();
        Shape output = getOutputShapes(new Shape[] {input.getShape()})[0];
        float[] features;
        if (input.getDataType() == DataType.FLOAT32) {
            features = input.toFloatArray();
        } else {
            try (NDArray floats = input.toType(DataType.FLOAT32, false)) {
                features = floats.toFloatArray();
            }
        }
        int rows = output.dimension() == 1 ? 1 : Math.toIntExact(output.get(0));
        float[] outputs = model.predict(features, rows);
        return new NDList(input.getManager().create(outputs, output));
    }

    /** {@inheritDoc} */
    @Override
    public Shape[] getOutputShapes(Shape[] inputs) {
        Shape shape = inputs[0];
        int features = model.inputs();
        if (shape.equals(row) || shape.dimension() == 1 && shape.size() == features) {
            return new Shape[] {new Shape(model.outputs())};
        }
        if (shape.dimension() < 2 || shape.slice(1).size() != features) {
            throw new IllegalArgumentException(
                    "Expected an input (batch, ...) of "
                            + features
                            + " features a row, got the shape "
                            + shape
                            + '.');
        }
        return new Shape[] {new Shape(shape.get(0), model.outputs())};
    }

    /** {@inheritDoc} */
    @Override
    public PairList<String, Shape> describeOutput() {
        return new PairList<>(List.of("output"), List.of(new Shape(-1, model.outputs())));
    }

    /** {@inheritDoc} */
    @Override
    public ParameterList getDirectParameters() {
        return new ParameterList();
    }
}
