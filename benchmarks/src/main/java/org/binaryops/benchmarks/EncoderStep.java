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
import java.util.concurrent.TimeUnit;
import org.binaryops.attention.AttentionMethod;
import org.binaryops.attention.QuantEncoderLayer;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * One training step (forward, backward, SGD) of an encoder layer, batch 32, length 128, width 256,
 * 4 heads and 1024 hidden units: DJL's {@code TransformerEncoderBlock} in float, and our layer by
 * each method.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(2)
@Warmup(iterations = 2, time = 2)
@Measurement(iterations = 4, time = 2)
public class EncoderStep {

    private static final int BATCH = 32;
    private static final int LENGTH = 128;
    private static final int WIDTH = 256;
    private static final int HEADS = 4;
    private static final int HIDDEN = 1024;

    /** The layer: DJL's, or ours by the name of a method. */
    @Param({
        "djl",
        "float",
        "tbt-1-1-1",
        "tbt-2-2-2",
        "tbt-1-1-8",
        "bit",
        "bibert",
        "bipft",
        "bivit",
        "entmax",
        "sparsemax",
        "fourier-karat"
    })
    public String method;

    private Model model;
    private Trainer trainer;
    private NDArray x;

    /** For JMH. */
    public EncoderStep() {}

    /** Builds the layer and a batch. */
    @Setup
    public void setUp() {
        model = Model.newInstance("layer");
        model.setBlock(block());
        trainer =
                model.newTrainer(
                        new DefaultTrainingConfig(Loss.l2Loss())
                                .optOptimizer(
                                        Optimizer.sgd()
                                                .setLearningRateTracker(Tracker.fixed(1e-3f))
                                                .build()));
        Shape shape = new Shape(BATCH, LENGTH, WIDTH);
        trainer.initialize(shape);
        x = model.getNDManager().randomNormal(shape);
    }

    private Block block() {
        if ("djl".equals(method)) {
            return new TransformerEncoderBlock(
                    WIDTH, HEADS, HIDDEN, 0, list -> Activation.gelu(list));
        }
        return QuantEncoderLayer.builder()
                .setUnits(WIDTH)
                .setHeads(HEADS)
                .setHidden(HIDDEN)
                .optMethod(AttentionMethod.named(method))
                .build();
    }

    /** Frees the native memory. */
    @TearDown
    public void tearDown() {
        trainer.close();
        model.close();
    }

    /** One step. */
    @Benchmark
    public void step() {
        try (NDManager manager = model.getNDManager().newSubManager()) {
            // A result belongs to the manager of its first operand.
            NDArray in = x.duplicate();
            in.attach(manager);
            try (GradientCollector collector = trainer.newGradientCollector()) {
                NDArray y = trainer.forward(new NDList(in)).head();
                collector.backward(y.square().mean());
            }
            trainer.step();
        }
    }
}
