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
package org.binaryops.quantizer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.SequentialBlock;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.GradientCollector;
import ai.djl.training.Trainer;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.function.Supplier;
import org.binaryops.nn.QuantLinear;
import org.binaryops.testing.Blocks;
import org.binaryops.testing.Gradients;
import org.binaryops.training.MeanSquaredError;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Few-bit layers learn, with the quantizers moving along, and are the same after a file. */
class QuantizationAwareTrainingTest {

    private static QuantLinear layer(int units, Quantizer weight) {
        return QuantLinear.builder()
                .setUnits(units)
                .optInputQuantizer(
                        AffineQuantizer.builder()
                                .setBits(8)
                                .optSymmetric(false)
                                .optObserver(.9)
                                .build())
                .optWeightQuantizer(weight)
                .optBias(true)
                .build();
    }

    private static SequentialBlock net(Supplier<? extends Quantizer> weight) {
        return new SequentialBlock()
                .add(layer(32, weight.get()))
                .add(Activation.reluBlock())
                .add(layer(1, weight.get()));
    }

    /** Trains on y = x0 · x1 and returns the share of the variance that is left. */
    private static double train(Supplier<? extends Quantizer> weight, Path folder)
            throws IOException {
        Engine.getInstance().setRandomSeed(5);
        SequentialBlock net = net(weight);
        try (Model model = Model.newInstance("few-bits")) {
            model.setBlock(net);
            DefaultTrainingConfig config =
                    new DefaultTrainingConfig(new MeanSquaredError())
                            .optOptimizer(
                                    Optimizer.adam()
                                            .optLearningRateTracker(Tracker.fixed(.01f))
                                            .build());
            NDManager manager = model.getNDManager();
            NDArray x = manager.randomUniform(-1, 1, new Shape(512, 2));
            NDArray y = x.get(":, 0").mul(x.get(":, 1")).reshape(-1, 1);
            try (Trainer trainer = model.newTrainer(config)) {
                trainer.initialize(new Shape(1, 2));
                for (int step = 0; step < 300; ++step) {
                    try (NDManager batch = manager.newSubManager();
                            GradientCollector collector = trainer.newGradientCollector()) {
                        NDArray input = x.duplicate();
                        input.attach(batch);
                        NDList output = trainer.forward(new NDList(input));
                        Gradients.backward(
                                collector, trainer.getLoss().evaluate(new NDList(y), output));
                    }
                    trainer.step();
                }
            }
            NDArray predicted = Blocks.infer(manager, net, x).singletonOrThrow();
            model.save(folder, "few-bits");
            try (Model loaded = Model.newInstance("few-bits")) {
                loaded.setBlock(net(weight));
                loaded.load(folder);
                float[] again =
                        Blocks.infer(manager, loaded.getBlock(), x)
                                .singletonOrThrow()
                                .toFloatArray();
                assertTrue(Arrays.equals(predicted.toFloatArray(), again), "the same from a file");
            } catch (ai.djl.MalformedModelException e) {
                throw new AssertionError(e);
            }
            NDArray variance = y.sub(y.mean()).square().mean();
            return predicted.sub(y).square().mean().div(variance).getFloat();
        }
    }

    @Test
    void fewBitLayersLearnAProduct(@TempDir Path folder) throws IOException {
        double affine =
                train(
                        () ->
                                AffineQuantizer.builder()
                                        .setBits(4)
                                        .optAxis(0)
                                        .optObserver(0)
                                        .build(),
                        Files.createDirectory(folder.resolve("affine")));
        double power =
                train(
                        () -> PowerQuantizer.perChannel(4, 0, true),
                        Files.createDirectory(folder.resolve("power")));
        double ternary =
                train(TernaryQuantizer::new, Files.createDirectory(folder.resolve("ternary")));
        double fixed =
                train(
                        () -> new DynamicFixedPointQuantizer(16),
                        Files.createDirectory(folder.resolve("fixed")));
        String left =
                String.format(
                        "variance left: affine %.3f, power %.3f, ternary %.3f, fixed point %.3f",
                        affine, power, ternary, fixed);
        for (double share : new double[] {affine, power, ternary, fixed}) {
            assertTrue(share < .1, left);
        }
    }

    @Test
    void calibrationAfterTrainingCostsLittleAtEightBits() {
        try (NDManager manager = NDManager.newBaseManager()) {
            Engine.getInstance().setRandomSeed(5);
            NDArray w = manager.randomNormal(new Shape(16, 64));
            AffineQuantizer q = AffineQuantizer.builder().setBits(8).optAxis(0).build();
            q.initialize(manager, w.getDataType(), w.getShape());
            q.calibrate(w, Calibration.meanSquaredError());
            NDArray error = Blocks.infer(manager, q, w).singletonOrThrow().sub(w);
            // A row of 64 has its largest weight near 2.6 σ: step 2.6 / 127, error step / √12.
            assertEquals(2.6 / 127 / Math.sqrt(12), error.square().mean().sqrt().getFloat(), 1e-3);
        }
    }

    /** The relative error of two layers quantized after their training, on inputs not seen. */
    private static double afterTraining(int bits, Calibration method) {
        Engine.getInstance().setRandomSeed(6);
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray known = manager.randomNormal(new Shape(256, 32));
            NDArray unseen = manager.randomNormal(new Shape(256, 32));
            NDArray exact = unseen;
            NDArray quantized = unseen;
            for (int layer = 0; layer < 2; ++layer) {
                NDArray w = manager.randomNormal(new Shape(32, 32)).mul(.25f);
                AffineQuantizer input =
                        AffineQuantizer.builder().setBits(bits).optSymmetric(false).build();
                AffineQuantizer weight = AffineQuantizer.builder().setBits(bits).optAxis(0).build();
                QuantLinear linear =
                        QuantLinear.builder()
                                .setUnits(32)
                                .optInputQuantizer(input)
                                .optWeightQuantizer(weight)
                                .build();
                linear.initialize(manager, w.getDataType(), known.getShape());
                NDArray own = linear.getParameters().get("weight").getArray();
                own.setRequiresGradient(false);
                own.muli(0).addi(w);
                input.calibrate(known, method);
                weight.calibrate(w, method);
                quantized = Blocks.infer(manager, linear, quantized).singletonOrThrow();
                quantized = quantized.maximum(0);
                exact = exact.matMul(w.transpose()).maximum(0);
                known = known.matMul(w.transpose()).maximum(0);
            }
            return quantized.sub(exact).norm().getFloat() / exact.norm().getFloat();
        }
    }

    @Test
    void layersQuantizedAfterTraining() {
        Calibration[] methods = {
            Calibration.minMax(), Calibration.percentile(99.9), Calibration.meanSquaredError()
        };
        for (Calibration method : methods) {
            double error = afterTraining(8, method);
            // Each layer rounds inputs to 1 % and weights to .5 %; clipped inputs come on top.
            assertTrue(error > .01 && error < .03, "8 bits: " + error);
        }
        double all = afterTraining(4, methods[0]);
        double least = afterTraining(4, methods[2]);
        assertTrue(least < all && least < .25, "4 bits: " + all + ", least error " + least);
    }
}
