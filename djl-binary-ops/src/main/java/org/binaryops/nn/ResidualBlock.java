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
import ai.djl.nn.AbstractBlock;
import ai.djl.nn.Block;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.List;

/**
 * A residual block: y = activation(body(x) + shortcut(x)).
 *
 * <p>Binary networks keep real values on their shortcuts; see {@link BiRealBlock} and {@link
 * ReActNetBlock} for what papers put into the body.
 *
 * <p>Shapes: any; body and shortcut must give the same.
 */
public final class ResidualBlock extends AbstractBlock {

    private static final byte VERSION = 1;

    private final Block body;
    private final Block shortcut;
    private final Block activation;

    private ResidualBlock(Builder builder) {
        super(VERSION);
        body = addChildBlock("body", builder.body);
        shortcut = builder.shortcut == null ? null : addChildBlock("shortcut", builder.shortcut);
        activation =
                builder.activation == null ? null : addChildBlock("activation", builder.activation);
    }

    /**
     * Creates a builder.
     *
     * @return a new builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /** {@inheritDoc} */
    @Override
    protected NDList forwardInternal(
            ParameterStore parameterStore,
            NDList inputs,
            boolean training,
            PairList<String, Object> params) {
        NDArray y = body.forward(parameterStore, inputs, training).singletonOrThrow();
        NDArray x =
                shortcut == null
                        ? inputs.singletonOrThrow()
                        : shortcut.forward(parameterStore, inputs, training).singletonOrThrow();
        check(y.getShape(), x.getShape());
        NDList sum = new NDList(y.add(x));
        return activation == null ? sum : activation.forward(parameterStore, sum, training);
    }

    private static void check(Shape body, Shape shortcut) {
        if (!body.equals(shortcut)) {
            throw new IllegalArgumentException(
                    String.format(
                            "The body of a ResidualBlock must have the output shape of its shortcut"
                                    + " %s, but has %s.",
                            shortcut, body));
        }
    }

    private Shape[] sumShapes(Shape[] inputs) {
        Shape[] shapes = body.getOutputShapes(inputs);
        check(shapes[0], (shortcut == null ? inputs : shortcut.getOutputShapes(inputs))[0]);
        return shapes;
    }

    /** {@inheritDoc} */
    @Override
    public Shape[] getOutputShapes(Shape[] inputs) {
        Shape[] sum = sumShapes(inputs);
        return activation == null ? sum : activation.getOutputShapes(sum);
    }

    /** {@inheritDoc} */
    @Override
    protected void initializeChildBlocks(
            NDManager manager, DataType dataType, Shape... inputShapes) {
        body.initialize(manager, dataType, inputShapes);
        if (shortcut != null) {
            shortcut.initialize(manager, dataType, inputShapes);
        }
        Shape[] sum = sumShapes(inputShapes);
        if (activation != null) {
            activation.initialize(manager, dataType, sum);
        }
    }

    /** {@inheritDoc} */
    @Override
    protected void saveMetadata(DataOutputStream os) throws IOException {
        super.saveMetadata(os);
        os.writeBoolean(shortcut != null);
        os.writeBoolean(activation != null);
    }

    /** {@inheritDoc} */
    @Override
    protected void loadMetadata(byte loadVersion, DataInputStream is)
            throws IOException, MalformedModelException {
        super.loadMetadata(loadVersion, is);
        // DJL restores the shapes only, and describeInput() asks for names too.
        inputNames = List.of("data0");
        boolean[] saved = {is.readBoolean(), is.readBoolean()};
        if (saved[0] != (shortcut != null) || saved[1] != (activation != null)) {
            throw new MalformedModelException(
                    String.format(
                            "ResidualBlock: this block has a shortcut block: %s, an activation: %s,"
                                    + " but the file has %s and %s",
                            shortcut != null, activation != null, saved[0], saved[1]));
        }
    }

    /** Builds a {@link ResidualBlock}. */
    public static final class Builder {

        private Block body;
        private Block shortcut;
        private Block activation;

        private Builder() {}

        /**
         * Sets the body.
         *
         * @param body the block beside the shortcut, of one input and one output
         * @return this builder
         */
        public Builder setBody(Block body) {
            this.body = body;
            return this;
        }

        /**
         * Sets the shortcut; the default is the identity.
         *
         * @param shortcut a block of one input and one output, such as {@link Shortcut#newBlock};
         *     {@code null} for the identity
         * @return this builder
         */
        public Builder optShortcut(Block shortcut) {
            this.shortcut = shortcut;
            return this;
        }

        /**
         * Sets the function of the sum; the default is none.
         *
         * @param activation a new block; {@code null} for none
         * @return this builder
         */
        public Builder optActivation(Block activation) {
            this.activation = activation;
            return this;
        }

        /**
         * Builds the block.
         *
         * @return a new block
         * @throws IllegalArgumentException if there is no body
         */
        public ResidualBlock build() {
            if (body == null) {
                throw new IllegalArgumentException("body must be set.");
            }
            return new ResidualBlock(this);
        }
    }
}
