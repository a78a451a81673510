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
package org.binaryops.nn;

import ai.djl.MalformedModelException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.ndarray.types.SparseFormat;
import ai.djl.nn.AbstractBlock;
import ai.djl.nn.Parameter;
import ai.djl.nn.core.Embedding;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.List;
import org.binaryops.gradient.Temporaries;
import org.binaryops.quantizer.Identity;
import org.binaryops.quantizer.Quantizer;

/**
 * A table of learned vectors whose values are quantized, as in Liu et al., "Binary and Ternary
 * Natural Language Generation" (TBT), ACL 2023, where the embedding passes through the same weight
 * quantizer as the linear layers.
 *
 * <p>$$y_i = Q_w(W)_{x_i}$$
 *
 * <p>Shapes:
 *
 * <ul>
 *   <li>indices x: any shape [x1, …, xn], of an integer type, each in [0, items)
 *   <li>weight W: [items, dimension]; the rows are the channels of the weight quantizer, so that
 *       one with a scale for each channel has a scale for each item
 *   <li>output y: [x1, …, xn, dimension]
 * </ul>
 *
 * <p><b>Cost.</b> The whole table is quantized on each forward pass, since a quantizer may take its
 * statistics from all of it (a standard deviation, a learned step); the peak of extra memory is the
 * temporaries of the quantizer on the whole table. For a quantizer that treats every row on its own
 * and keeps no state for each row ({@code StatisticsWeightQuantizer}, {@code TernaryQuantizer},
 * {@code XnorWeight}, any sign estimator), {@link Builder#optRowWise} looks the rows up first and
 * quantizes only those, with the same values and gradients.
 *
 * <p><b>Indices out of range.</b> On the CPU they are refused by name. On a GPU the check would
 * wait for the device on every pass, so that it is left to the engine, whose assertion there ends
 * the process's use of the device: check data before it goes to a GPU.
 */
public final class QuantEmbedding extends AbstractBlock {

    private static final byte VERSION = 1;

    private final int items;
    private final int dimension;
    private final boolean rowWise;
    private final Quantizer weightQuantizer;
    private final Parameter weight;

    private QuantEmbedding(Builder builder) {
        super(VERSION);
        items = builder.items;
        dimension = builder.dimension;
        rowWise = builder.rowWise;
        weightQuantizer = addChildBlock("weightQuantizer", builder.weightQuantizer);
        weight =
                addParameter(
                        Parameter.builder()
                                .setName("weight")
                                .setType(Parameter.Type.WEIGHT)
                                .optShape(new Shape(items, dimension))
                                .build());
    }

    /** {@inheritDoc} */
    @Override
    protected NDList forwardInternal(
            ParameterStore parameterStore,
            NDList inputs,
            boolean training,
            PairList<String, Object> params) {
        NDArray indices = inputs.singletonOrThrow();
        if (!indices.getDataType().isInteger()) {
            throw new IllegalArgumentException(
                    "QuantEmbedding takes indices of an integer type, but got "
                            + indices.getDataType()
                            + ".");
        }
        return new NDList(
                Temporaries.freed(
                        indices.getManager(),
                        () -> {
                            NDArray at = indices.toType(DataType.INT64, true).reshape(-1);
                            check(at, indices.getShape());
                            NDArray table =
                                    Temporaries.parameter(
                                            parameterStore, weight, indices, training);
                            return vectors(parameterStore, at, table, training)
                                    .reshape(indices.getShape().add(dimension));
                        }));
    }

    private NDArray vectors(ParameterStore store, NDArray at, NDArray table, boolean training) {
        // The table is a leaf of the graph: only it knows whether a gradient is wanted.
        boolean frozen = !table.hasGradient();
        return rowWise
                ? quantize(store, lookUp(at, table), frozen, training)
                : lookUp(at, quantize(store, table, frozen, training));
    }

    private static NDArray lookUp(NDArray indices, NDArray table) {
        return Embedding.embedding(indices, table, SparseFormat.DENSE).singletonOrThrow();
    }

    private NDArray quantize(ParameterStore store, NDArray w, boolean frozen, boolean training) {
        return frozen
                ? weightQuantizer.quantizeFrozen(store, w)
                : weightQuantizer.quantize(store, w, training);
    }

    private void check(NDArray at, Shape shape) {
        if (!at.getDevice().isGpu() && !at.clip(0, items - 1).contentEquals(at)) {
            throw new IllegalArgumentException(
                    String.format(
                            "QuantEmbedding takes indices of at least 0 and less than %d, the"
                                    + " number of items, but got one outside, in an input of shape"
                                    + " %s.",
                            items, shape));
        }
    }

    /**
     * Quantizes the whole table as the forward pass at inference does.
     *
     * @param store the store that holds the parameters
     * @param like an array on the wanted device; the result is attached to its manager
     * @return Q_w(W), [items, dimension]
     */
    public NDArray quantizedWeight(ParameterStore store, NDArray like) {
        return Temporaries.freed(
                like.getManager(),
                () -> {
                    NDArray w = Temporaries.parameter(store, weight, like, false);
                    return weightQuantizer.quantizeFrozen(store, w).duplicate();
                });
    }

    /**
     * Returns the number of items.
     *
     * @return the number of rows of the table
     */
    public int getItems() {
        return items;
    }

    /**
     * Returns the size of the vectors.
     *
     * @return the number of columns of the table
     */
    public int getDimension() {
        return dimension;
    }

    /**
     * Returns the quantizer of the table.
     *
     * @return the child block
     */
    public Quantizer getWeightQuantizer() {
        return weightQuantizer;
    }

    /** {@inheritDoc} */
    @Override
    public Shape[] getOutputShapes(Shape[] inputShapes) {
        return new Shape[] {inputShapes[0].add(dimension)};
    }

    /** {@inheritDoc} */
    @Override
    protected void beforeInitialize(Shape... inputShapes) {
        super.beforeInitialize(inputShapes);
        if (inputShapes.length != 1) {
            throw new IllegalArgumentException(
                    "QuantEmbedding takes 1 input, but got " + inputShapes.length + ".");
        }
    }

    /** {@inheritDoc} */
    @Override
    protected void initializeChildBlocks(
            NDManager manager, DataType dataType, Shape... inputShapes) {
        weightQuantizer.initialize(manager, dataType, weight.getShape());
    }

    /** {@inheritDoc} */
    @Override
    protected void saveMetadata(DataOutputStream os) throws IOException {
        super.saveMetadata(os);
        os.writeInt(items);
        os.writeInt(dimension);
        os.writeBoolean(rowWise);
    }

    /** {@inheritDoc} */
    @Override
    protected void loadMetadata(byte loadVersion, DataInputStream is)
            throws IOException, MalformedModelException {
        super.loadMetadata(loadVersion, is);
        // DJL restores the shapes only, and describeInput() asks for names too.
        inputNames = List.of("data0");
        String saved = describe(is.readInt(), is.readInt(), is.readBoolean());
        String here = describe(items, dimension, rowWise);
        if (!saved.equals(here)) {
            throw new MalformedModelException(
                    "QuantEmbedding: this layer has " + here + ", but the file has " + saved);
        }
    }

    private static String describe(int items, int dimension, boolean rowWise) {
        return String.format(
                "%d items of dimension %d, quantized %s",
                items, dimension, rowWise ? "row by row" : "as a whole");
    }

    /**
     * Creates a builder.
     *
     * @return a new builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /** Builds a {@link QuantEmbedding}. */
    public static final class Builder {

        private int items;
        private int dimension;
        private boolean rowWise;
        private Quantizer weightQuantizer = new Identity();

        private Builder() {}

        /**
         * Sets the number of items.
         *
         * @param items the number of rows of the table, positive
         * @return this builder
         */
        public Builder setItems(int items) {
            this.items = items;
            return this;
        }

        /**
         * Sets the size of the vectors.
         *
         * @param dimension the number of columns of the table, positive
         * @return this builder
         */
        public Builder setDimension(int dimension) {
            this.dimension = dimension;
            return this;
        }

        /**
         * Sets the quantizer of the table; the default is none ({@link Identity}).
         *
         * @param quantizer a new quantizer, owned by the layer
         * @return this builder
         */
        public Builder optWeightQuantizer(Quantizer quantizer) {
            weightQuantizer = quantizer;
            return this;
        }

        /**
         * Sets whether only the rows that are looked up are quantized; the default is {@code
         * false}. It is right only for a quantizer that treats each row on its own.
         *
         * @param rowWise whether to look up first and quantize then
         * @return this builder
         */
        public Builder optRowWise(boolean rowWise) {
            this.rowWise = rowWise;
            return this;
        }

        /**
         * Builds the layer.
         *
         * @return a new layer
         * @throws IllegalArgumentException if a setting is missing or not positive
         */
        public QuantEmbedding build() {
            positive("items", items);
            positive("dimension", dimension);
            if (weightQuantizer == null) {
                throw new IllegalArgumentException("weightQuantizer must be given, but was null.");
            }
            return new QuantEmbedding(this);
        }

        private static void positive(String name, int value) {
            if (value <= 0) {
                throw new IllegalArgumentException(
                        name + " must be set and positive, but was " + value + ".");
            }
        }
    }
}
