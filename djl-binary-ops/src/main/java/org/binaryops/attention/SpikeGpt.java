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
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import ai.djl.training.initializer.NormalInitializer;
import ai.djl.util.PairList;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.binaryops.gradient.CustomGradient;
import org.binaryops.gradient.Temporaries;
import org.binaryops.nn.QuantEmbedding;
import org.binaryops.nn.QuantLinear;
import org.binaryops.quantizer.ArcTanSpike;

/**
 * The language model SpikeGPT (Zhu et al., "SpikeGPT: Generative Pre-trained Language Model with
 * Spiking Neural Networks", 2023): binary embeddings, {@linkplain SpikeGptBlock blocks} whose
 * branches end in spikes, a layer norm and a linear layer.
 *
 * <pre>{@code
 * SpikeGpt model = new SpikeGpt(96, 128, 2);
 * NDList next = model.step(store, tokens, null);      // logits, then the state
 * next = model.step(store, more, new NDList(next.subList(1, next.size())));
 * }</pre>
 *
 * <p>Training is linear in the length; generation takes a fixed time and memory for each token.
 *
 * <p>Start values: linear layers N(0, 0.01²), embeddings N(0, 1e-10), as in the public code.
 *
 * <p>Input: tokens (B, T), of any length. Output: logits (B, T, vocabulary).
 */
public final class SpikeGpt extends AbstractBlock {

    private static final byte VERSION = 1;

    /** The arrays that a block keeps from one token to the next. */
    private static final int STATE = 7;

    private final int vocabulary;
    private final int width;
    private final QuantEmbedding embedding;
    private final List<SpikeGptBlock> blocks = new ArrayList<>();
    private final ResidualNorm outputNorm;
    private final QuantLinear output;

    /**
     * Creates a model with the published dropout of 0.03.
     *
     * @param vocabulary the number of tokens, positive
     * @param width the number of channels, positive
     * @param layers the number of blocks, positive
     * @throws IllegalArgumentException if an argument is out of its range
     */
    public SpikeGpt(int vocabulary, int width, int layers) {
        this(vocabulary, width, layers, .03f, .01f);
    }

    /**
     * Creates a model.
     *
     * @param vocabulary the number of tokens, positive
     * @param width the number of channels, positive
     * @param layers the number of blocks, positive
     * @param dropout the share that training drops after each block, in [0, 1)
     * @param deviation the standard deviation from which linear layers start, 0.01 in the public
     *     code; small models learn sooner from a larger one, which lets neurons fire from the start
     * @throws IllegalArgumentException if an argument is out of its range
     */
    @SuppressWarnings("this-escape")
    public SpikeGpt(int vocabulary, int width, int layers, float dropout, float deviation) {
        super(VERSION);
        if (vocabulary < 1 || layers < 1) {
            throw new IllegalArgumentException(
                    String.format(
                            "vocabulary and layers must be positive, but were %d and %d.",
                            vocabulary, layers));
        }
        this.vocabulary = vocabulary;
        this.width = width;
        TokenShift.check(width, 0, layers);
        if (!(deviation > 0) || Float.isInfinite(deviation)) {
            throw new IllegalArgumentException(
                    "deviation must be positive and finite, but was " + deviation + ".");
        }
        embedding =
                addChildBlock(
                        "embedding",
                        QuantEmbedding.builder()
                                .setItems(vocabulary)
                                .setDimension(width)
                                .optWeightQuantizer(new ArcTanSpike(0, 2))
                                .optRowWise(true)
                                .build());
        for (int i = 0; i < layers; ++i) {
            blocks.add(addChildBlock("block", new SpikeGptBlock(width, i, layers, dropout)));
        }
        outputNorm = addChildBlock("norm", new ResidualNorm(true, 0));
        output = addChildBlock("output", QuantLinear.builder().setUnits(vocabulary).build());
        setInitializer(new NormalInitializer(deviation), Parameter.Type.WEIGHT);
        embedding.setInitializer(new NormalInitializer(1e-5f), Parameter.Type.WEIGHT);
    }

    /** {@inheritDoc} */
    @Override
    protected NDList forwardInternal(
            ParameterStore parameterStore,
            NDList inputs,
            boolean training,
            PairList<String, Object> params) {
        NDArray tokens = inputs.singletonOrThrow();
        check(tokens.getShape());
        return new NDList(
                Temporaries.freed(
                        tokens.getManager(),
                        () -> {
                            NDArray x = embedded(parameterStore, tokens, training);
                            for (SpikeGptBlock block : blocks) {
                                x = block.forward(parameterStore, new NDList(x), training).head();
                            }
                            return logits(parameterStore, x, training);
                        }));
    }

    private NDArray embedded(ParameterStore store, NDArray tokens, boolean training) {
        NDArray ids = tokens.toType(DataType.INT64, true);
        return embedding.forward(store, new NDList(ids), training).head();
    }

    private NDArray logits(ParameterStore store, NDArray x, boolean training) {
        NDArray normed = outputNorm.norm(store, x, training);
        return output.forward(store, new NDList(normed), training).head();
    }

    /**
     * Predicts after one more token, in a time that does not depend on how many came before.
     *
     * @param store the store that holds the parameters
     * @param tokens the tokens, (B)
     * @param state the state that the call for the token before gave, or {@code null} for the first
     * @return the logits (B, vocabulary) and then the state, all on the manager of {@code tokens};
     *     the state is a fixed number of arrays (B, width)
     */
    public NDList step(ParameterStore store, NDArray tokens, NDList state) {
        if (tokens.getShape().dimension() != 1) {
            throw new IllegalArgumentException(
                    "step takes tokens of shape [batch], but got " + tokens.getShape() + ".");
        }
        if (state != null) {
            checkState(state, new Shape(tokens.getShape().get(0), width));
        }
        return EncoderStack.freed(
                tokens.getManager(),
                () -> {
                    NDArray x = embedded(store, tokens, false);
                    NDList left = new NDList();
                    for (int i = 0; i < blocks.size(); ++i) {
                        NDList own =
                                state == null
                                        ? null
                                        : new NDList(state.subList(i * STATE, (i + 1) * STATE));
                        NDList next = blocks.get(i).step(store, x, own);
                        x = next.head();
                        left.addAll(next.subList(1, next.size()));
                    }
                    NDList result = new NDList(logits(store, x, false));
                    result.addAll(left);
                    return result;
                });
    }

    /**
     * Adds the published penalty on large logits to the gradient of a loss, which keeps its value:
     * each position's largest logit m gets the gradient 1e-4 m / positions.
     *
     * @param loss the loss
     * @param logits (B, T, vocabulary)
     * @return the loss with the further gradient
     */
    public static NDArray penalized(NDArray loss, NDArray logits) {
        return Temporaries.freed(
                loss.getManager(),
                () -> {
                    NDArray largest = logits.max(new int[] {2});
                    NDArray half = Temporaries.constant(logits, .5e-4 / largest.size());
                    NDArray penalty = largest.square().sum().mul(half);
                    return CustomGradient.surrogate(loss, loss.add(penalty));
                });
    }

    private void checkState(NDList state, Shape each) {
        int count = STATE * blocks.size();
        for (NDArray array : state) {
            if (state.size() != count || !array.getShape().equals(each)) {
                throw new IllegalArgumentException(
                        String.format(
                                "state must be what the step before gave, %d arrays of shape %s,"
                                        + " but has %d arrays, one of shape %s.",
                                count, each, state.size(), array.getShape()));
            }
        }
    }

    private static void check(Shape shape) {
        if (shape.dimension() != 2 || shape.get(1) == 0) {
            throw new IllegalArgumentException(
                    "SpikeGpt takes tokens of shape [batch, length], of length 1 at least, but got "
                            + shape
                            + ".");
        }
    }

    /** {@inheritDoc} */
    @Override
    public Shape[] getOutputShapes(Shape[] inputShapes) {
        return new Shape[] {inputShapes[0].add(vocabulary)};
    }

    /** {@inheritDoc} */
    @Override
    protected void beforeInitialize(Shape... inputShapes) {
        check(inputShapes[0]);
        super.beforeInitialize(inputShapes);
    }

    /** {@inheritDoc} */
    @Override
    protected void initializeChildBlocks(
            NDManager manager, DataType dataType, Shape... inputShapes) {
        embedding.initialize(manager, dataType, inputShapes[0]);
        Shape x = inputShapes[0].add(width);
        blocks.forEach(block -> block.initialize(manager, dataType, x));
        outputNorm.initialize(manager, dataType, x);
        output.initialize(manager, dataType, x);
    }

    /** {@inheritDoc} */
    @Override
    protected void saveMetadata(DataOutputStream os) throws IOException {
        super.saveMetadata(os);
        os.writeUTF(settings());
    }

    /** {@inheritDoc} */
    @Override
    protected void loadMetadata(byte loadVersion, DataInputStream is)
            throws IOException, MalformedModelException {
        super.loadMetadata(loadVersion, is);
        inputNames = AttentionInputs.names(inputShapes.length);
        String saved = is.readUTF();
        if (!saved.equals(settings())) {
            throw new MalformedModelException(
                    "SpikeGpt: this model has " + settings() + ", but the file has " + saved);
        }
    }

    private String settings() {
        return String.format(
                "%d blocks of width %d for %d tokens", blocks.size(), width, vocabulary);
    }
}
