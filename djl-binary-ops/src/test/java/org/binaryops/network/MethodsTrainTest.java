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
package org.binaryops.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.GradientCollector;
import ai.djl.training.Trainer;
import ai.djl.training.loss.Loss;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.binaryops.nn.QuantizedLayer;
import org.binaryops.testing.Blocks;
import org.binaryops.testing.FashionMnist;
import org.binaryops.testing.Gradients;
import org.binaryops.testing.Leaks;
import org.binaryops.training.AnnealingListener;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every named method, in training. */
class MethodsTrainTest {

    private static final int BATCH = 32;

    static List<String> methods() {
        return BinaryMethod.names();
    }

    /** Trains on one batch, over all the progress; returns the loss before and after. */
    private static float[] train(Block net, NDArray x, NDArray y, int steps, Model model) {
        model.setBlock(net);
        Loss loss = Loss.softmaxCrossEntropyLoss();
        DefaultTrainingConfig config =
                new DefaultTrainingConfig(loss)
                        .optOptimizer(
                                Optimizer.adam()
                                        .optLearningRateTracker(Tracker.fixed(5e-3f))
                                        .build());
        float[] ends = new float[2];
        try (Trainer trainer = model.newTrainer(config)) {
            trainer.initialize(x.getShape());
            for (int step = 0; step < steps; ++step) {
                AnnealingListener.anneal(net, (double) step / (steps - 1));
                try (NDManager manager = model.getNDManager().newSubManager();
                        GradientCollector collector = Engine.getInstance().newGradientCollector()) {
                    NDArray in = x.duplicate();
                    NDArray out = y.duplicate();
                    in.attach(manager);
                    out.attach(manager);
                    NDArray value = loss.evaluate(new NDList(out), trainer.forward(new NDList(in)));
                    ends[step == 0 ? 0 : 1] = value.getFloat();
                    Gradients.backward(collector, value);
                }
                trainer.step();
            }
        }
        return ends;
    }

    /** The loss falls, a fresh network loaded with the result predicts the same. */
    @ParameterizedTest
    @MethodSource("methods")
    void smallConvNetLearnsAndIsSaved(String name) throws IOException {
        Supplier<Block> net = () -> SmallConvNet.build(BinaryMethod.named(name), 10);
        FashionMnist data = FashionMnist.train(BATCH);
        try (Model model = Model.newInstance(name)) {
            Engine.getInstance().setRandomSeed(7);
            NDManager manager = model.getNDManager();
            NDArray x = manager.create(data.pixels(), new Shape(BATCH, 1, 28, 28));
            NDArray y = manager.create(data.labels());
            Block trained = net.get();
            float[] ends = train(trained, x, y, 20, model);
            System.out.printf("%s: loss %.3f, then %.3f%n", name, ends[0], ends[1]);
            assertTrue(ends[1] < 0.75 * ends[0], name + ": " + ends[0] + ", then " + ends[1]);
            Blocks.assertRoundTrip(manager, trained, net.get(), x);
        }
    }

    /** A fresh network loaded with one that was trained over all the progress predicts the same. */
    @ParameterizedTest
    @MethodSource("methods")
    void resNet20IsAnnealedAndSaved(String name) {
        Supplier<Block> net = () -> ResNet.cifar20(BinaryMethod.named(name), 10);
        Shape shape = new Shape(4, 3, 8, 8);
        try (Model model = Model.newInstance(name)) {
            Engine.getInstance().setRandomSeed(8);
            NDManager manager = model.getNDManager();
            NDArray x = manager.randomNormal(shape);
            NDArray y = manager.create(new float[] {0, 1, 2, 3});
            Block trained = net.get();
            train(trained, x, y, 3, model);
            Blocks.assertRoundTrip(manager, trained, net.get(), x);
        }
    }

    private static List<Block> leaking() {
        List<Block> nets = new ArrayList<>();
        for (String name : methods()) {
            nets.add(SmallConvNet.build(BinaryMethod.named(name), 10));
        }
        nets.add(ResNet.cifar20(BinaryMethod.named("biper"), 10));
        nets.add(ResNet.cifar20(BinaryMethod.named("reactnet"), 10));
        return nets;
    }

    @Test
    void twentyStepsLeaveNothing() {
        Shape shape = new Shape(4, 1, 8, 8);
        for (Block net : leaking()) {
            try (Model model = Model.newInstance("net")) {
                model.setBlock(net);
                leaveNothing(model, shape);
            }
        }
    }

    private static void leaveNothing(Model model, Shape shape) {
        Optimizer sgd = Optimizer.sgd().setLearningRateTracker(Tracker.fixed(0.01f)).build();
        DefaultTrainingConfig config =
                new DefaultTrainingConfig(Loss.softmaxCrossEntropyLoss()).optOptimizer(sgd);
        try (Trainer trainer = model.newTrainer(config)) {
            trainer.initialize(shape);
            Leaks.assertNothingLeft(
                    model.getNDManager(),
                    20,
                    step -> {
                        NDArray in = step.randomNormal(shape);
                        try (GradientCollector collector =
                                Engine.getInstance().newGradientCollector()) {
                            NDArray y = trainer.forward(new NDList(in)).singletonOrThrow();
                            Gradients.backward(collector, y.square().sum());
                        }
                        trainer.step();
                    });
        }
    }

    @Test
    void bothStagesOfBiPerAreReached() {
        Block net = ResNet.cifar20(BinaryMethod.named("biper"), 10);
        try (NDManager manager = NDManager.newBaseManager()) {
            net.initialize(manager, ai.djl.ndarray.types.DataType.FLOAT32, new Shape(1, 3, 8, 8));
            AnnealingListener.anneal(net, 0);
            assertEquals(0, binaryWeights(net));
            AnnealingListener.anneal(net, 1);
            assertEquals(18, binaryWeights(net));
        }
    }

    private static int binaryWeights(Block block) {
        int count =
                block instanceof QuantizedLayer layer && layer.getWeightQuantizer().isBinary()
                        ? 1
                        : 0;
        for (Block child : block.getChildren().values()) {
            count += binaryWeights(child);
        }
        return count;
    }
}
