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
package org.binaryops.benchmarks;

import ai.djl.Model;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.transformer.TransformerEncoderBlock;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.GradientCollector;
import ai.djl.training.Trainer;
import ai.djl.training.loss.Loss;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import org.binaryops.attention.AttentionMethod;
import org.binaryops.attention.QuantEncoderLayer;
import org.binaryops.attention.SpikeGptBlock;

/**
 * A training step (forward, backward, SGD) of an encoder layer of width 256 with 4 heads and 1024
 * hidden units: DJL's {@code TransformerEncoderBlock} in float, ours by a method, or a block of
 * SpikeGPT.
 */
public final class EncoderLayerStep implements AutoCloseable {

    /** The sequences of a batch. */
    public static final int BATCH = 32;

    /** The tokens of a sequence. */
    public static final int LENGTH = 128;

    /** The name of DJL's block among the methods. */
    public static final String DJL = "djl";

    /** The name of SpikeGPT's block among the methods. */
    public static final String SPIKEGPT = "spikegpt";

    private static final int WIDTH = 256;
    private static final int HEADS = 4;
    private static final int HIDDEN = 1024;

    private final Model model;
    private final Trainer trainer;

    /**
     * Builds a layer for sequences of at most {@link #LENGTH} tokens.
     *
     * @param method {@link #DJL}, {@link #SPIKEGPT} or the name of an {@link AttentionMethod}
     */
    public EncoderLayerStep(String method) {
        this(method, LENGTH);
    }

    /**
     * Builds a layer.
     *
     * @param method {@link #DJL}, {@link #SPIKEGPT} or the name of an {@link AttentionMethod}
     * @param length the most tokens of a sequence
     */
    public EncoderLayerStep(String method, int length) {
        model = Model.newInstance("layer");
        model.setBlock(block(method));
        trainer =
                model.newTrainer(
                        new DefaultTrainingConfig(Loss.l2Loss())
                                .optOptimizer(
                                        Optimizer.sgd()
                                                .setLearningRateTracker(Tracker.fixed(1e-3f))
                                                .build()));
        trainer.initialize(new Shape(BATCH, length, WIDTH));
    }

    private static Block block(String method) {
        if (DJL.equals(method)) {
            return new TransformerEncoderBlock(
                    WIDTH, HEADS, HIDDEN, 0, list -> Activation.gelu(list));
        }
        if (SPIKEGPT.equals(method)) {
            return new SpikeGptBlock(WIDTH, 1, 2, 0);
        }
        return QuantEncoderLayer.builder()
                .setUnits(WIDTH)
                .setHeads(HEADS)
                .setHidden(HIDDEN)
                .optMethod(AttentionMethod.named(method))
                .build();
    }

    /**
     * Creates a batch.
     *
     * @param batch the number of sequences
     * @param length the number of tokens of each
     * @return a new array on the manager of the model
     */
    public NDArray newBatch(int batch, int length) {
        return model.getNDManager().randomNormal(new Shape(batch, length, WIDTH));
    }

    /**
     * Trains on a batch.
     *
     * @param x a batch of {@link #newBatch}
     * @param beforeBackward what is done between the forward and the backward pass
     */
    public void run(NDArray x, Runnable beforeBackward) {
        try (NDManager manager = model.getNDManager().newSubManager()) {
            // A result belongs to the manager of its first operand.
            NDArray in = x.duplicate();
            in.attach(manager);
            try (GradientCollector collector = trainer.newGradientCollector()) {
                NDArray y = trainer.forward(new NDList(in)).head();
                beforeBackward.run();
                collector.backward(y.square().mean());
            }
            trainer.step();
        }
    }

    /** Frees the native memory. */
    @Override
    public void close() {
        trainer.close();
        model.close();
    }
}
