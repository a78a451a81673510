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
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.EasyTrain;
import ai.djl.training.Trainer;
import ai.djl.training.dataset.Batch;
import ai.djl.training.loss.Loss;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import ai.djl.translate.Batchifier;
import java.util.concurrent.TimeUnit;
import org.binaryops.nn.BinaryMlp;
import org.binaryops.nn.FloatMlp;
import org.binaryops.nn.WeightScale;
import org.binaryops.quantizer.ApproxSign;
import org.binaryops.quantizer.ReSte;
import org.binaryops.quantizer.StraightThroughSign;
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
 * One training step (forward, backward, SGD) of a perceptron 784-1024-1024-10 at batch 256: in
 * float, and binarized by several methods. {@code steIdentity} passes the gradient of every weight,
 * as BinaryConnect does with weights that are clipped after each step; {@code ste} that of weights
 * up to 1.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(3)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class MlpTrainingStep {

    private static final int BATCH = 256;

    /** The network. */
    @Param({"float", "steIdentity", "ste", "approxSign", "reste"})
    public String method;

    private Model model;
    private Trainer trainer;
    private NDList x;
    private NDList y;

    /** For JMH. */
    public MlpTrainingStep() {}

    /** Builds the network and a batch. */
    @Setup
    public void setUp() {
        model = Model.newInstance("mlp");
        model.setBlock(block());
        trainer =
                model.newTrainer(
                        new DefaultTrainingConfig(Loss.softmaxCrossEntropyLoss())
                                .optOptimizer(
                                        Optimizer.sgd()
                                                .setLearningRateTracker(Tracker.fixed(1e-3f))
                                                .build()));
        trainer.initialize(new Shape(1, 784));
        NDManager manager = model.getNDManager();
        x = new NDList(manager.randomUniform(0, 1, new Shape(BATCH, 784)));
        float[] labels = new float[BATCH];
        for (int i = 0; i < BATCH; ++i) {
            labels[i] = i % 10;
        }
        y = new NDList(manager.create(labels));
    }

    private Block block() {
        if ("float".equals(method)) {
            return FloatMlp.builder().setOutputs(10).addHidden(1024).addHidden(1024).build();
        }
        BinaryMlp.Builder builder =
                BinaryMlp.builder()
                        .setOutputs(10)
                        .addHidden(1024)
                        .addHidden(1024)
                        .optInput(1, 0, 1);
        return switch (method) {
            case "steIdentity" -> builder.optWeight(StraightThroughSign::identity).build();
            case "ste" -> builder.build();
            case "approxSign" -> builder.optActivation(ApproxSign::new).build();
            case "reste" ->
                    builder.optActivation(ReSte::new)
                            .optWeight(ReSte::new)
                            .optScale(WeightScale.LAYER_MEAN)
                            .build();
            default -> throw new IllegalArgumentException("unknown method " + method);
        };
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
        NDManager manager = model.getNDManager().newSubManager();
        // A batch takes its arrays over and closes them.
        NDList data = new NDList(x.get(0).duplicate());
        NDList labels = new NDList(y.get(0).duplicate());
        Batch batch =
                new Batch(manager, data, labels, BATCH, Batchifier.STACK, Batchifier.STACK, 0, 1);
        EasyTrain.trainBatch(trainer, batch);
        trainer.step();
        batch.close();
    }
}
