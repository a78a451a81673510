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
package org.binaryops.attention;

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
import java.util.function.Supplier;
import org.binaryops.gradient.Temporaries;

/**
 * What encoder and decoder layers have in common: the branch of the feed-forward network at the
 * end, blocks for what branches add to the residual stream, and the place of the norms.
 */
abstract class TransformerLayer extends AbstractBlock {

    private final boolean normFirst;
    private final float dropout;
    private FeedForward feedForward;
    private ResidualNorm outputNorm;
    private Block attentionOutput;
    private Block feedForwardOutput;

    TransformerLayer(byte version, LayerBuilder<?> builder) {
        super(version);
        normFirst = builder.normFirst;
        dropout = builder.dropout;
    }

    /** Adds the children of this class; in a file they follow the attentions. */
    final void addFeedForward(LayerBuilder<?> builder) {
        feedForward =
                addChildBlock(
                        "feedForward",
                        new FeedForward(builder.method(), builder.units, builder.hidden));
        outputNorm = addChildBlock("outputNorm", newNorm());
        attentionOutput = optional("attentionOutput", builder.attentionOutput);
        feedForwardOutput = optional("feedForwardOutput", builder.feedForwardOutput);
    }

    private Block optional(String name, Supplier<? extends Block> block) {
        if (block == null) {
            return null;
        }
        Block made = block.get();
        if (made == null) {
            throw new IllegalArgumentException(name + " must make a block, but made null.");
        }
        return addChildBlock(name, made);
    }

    /** A norm for a branch of this layer. */
    final ResidualNorm newNorm() {
        return new ResidualNorm(normFirst, dropout);
    }

    /** Throws an exception unless the layer takes so many inputs. */
    abstract void checkCount(int count);

    /** The residual stream after the attentions. */
    abstract NDArray attend(ParameterStore store, NDList inputs, boolean training);

    /** What the branch of the self-attention adds to the residual stream. */
    final NDArray attended(ParameterStore store, NDArray y, boolean training) {
        return through(store, attentionOutput, y, training);
    }

    @Override
    protected final NDList forwardInternal(
            ParameterStore parameterStore,
            NDList inputs,
            boolean training,
            PairList<String, Object> params) {
        checkCount(inputs.size());
        return new NDList(
                Temporaries.freed(
                        inputs.head().getManager(),
                        () ->
                                feed(
                                        parameterStore,
                                        attend(parameterStore, inputs, training),
                                        training)));
    }

    private NDArray feed(ParameterStore store, NDArray x, boolean training) {
        return outputNorm.around(
                store,
                x,
                training,
                in ->
                        through(
                                store,
                                feedForwardOutput,
                                feedForward.apply(store, in, training),
                                training));
    }

    private static NDArray through(ParameterStore store, Block block, NDArray x, boolean training) {
        return block == null ? x : block.forward(store, new NDList(x), training).head();
    }

    @Override
    protected void beforeInitialize(Shape... inputShapes) {
        checkCount(inputShapes.length);
        super.beforeInitialize(inputShapes);
    }

    /** Initializes what this class has; the attentions are to come before. */
    final void initializeFeedForward(NDManager manager, DataType dataType, Shape x) {
        feedForward.initialize(manager, dataType, x);
        outputNorm.initialize(manager, dataType, x);
        for (Block block : new Block[] {attentionOutput, feedForwardOutput}) {
            if (block != null) {
                block.initialize(manager, dataType, x);
                Shape y = block.getOutputShapes(new Shape[] {x})[0];
                if (!y.equals(x)) {
                    throw new IllegalArgumentException(
                            String.format(
                                    "A block for what a branch adds must keep the shape %s, but %s"
                                            + " makes %s of it.",
                                    x, block.getClass().getSimpleName(), y));
                }
            }
        }
    }

    @Override
    protected void saveMetadata(DataOutputStream os) throws IOException {
        super.saveMetadata(os);
        os.writeBoolean(normFirst);
    }

    @Override
    protected void loadMetadata(byte loadVersion, DataInputStream is)
            throws IOException, MalformedModelException {
        super.loadMetadata(loadVersion, is);
        inputNames = AttentionInputs.names(inputShapes.length);
        if (is.readBoolean() != normFirst) {
            throw new MalformedModelException(
                    String.format(
                            "%s: this layer has its norms %s, but the file has them %s",
                            getClass().getSimpleName(),
                            normFirst ? "first" : "last",
                            normFirst ? "last" : "first"));
        }
    }
}
