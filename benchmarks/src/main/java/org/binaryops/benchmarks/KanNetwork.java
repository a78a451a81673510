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

import ai.djl.Device;
import ai.djl.Model;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.SequentialBlock;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.GradientCollector;
import ai.djl.training.Trainer;
import ai.djl.training.loss.Loss;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import java.util.Arrays;
import org.binaryops.kan.BaseBranch;
import org.binaryops.kan.KanLinear;
import org.binaryops.kan.RadialBasis;
import org.binaryops.kan.ReluKanBasis;
import org.binaryops.training.MeanSquaredError;
import org.binaryops.training.optimizer.BlockwiseAdamW;

/** A network of Kolmogorov–Arnold layers with a batch to train it on. */
public final class KanNetwork implements AutoCloseable {

    private final Model model;
    private final Trainer trainer;
    private final BlockwiseAdamW own;
    private final NDArray x;
    private final NDArray y;

    /**
     * Builds a network.
     *
     * @param method the layer: spline, spline-unscaled, radial or relu
     * @param network widths and the size of the batch, like 784,64,10:256; more than one output
     *     means classes
     * @param djlAdamW whether DJL's AdamW updates the parameters, not {@link BlockwiseAdamW}
     */
    public KanNetwork(String method, String network, boolean djlAdamW) {
        String[] parts = network.split(":");
        int[] widths = Arrays.stream(parts[0].split(",")).mapToInt(Integer::parseInt).toArray();
        int batch = Integer.parseInt(parts[1]);
        SequentialBlock block = new SequentialBlock();
        for (int i = 1; i < widths.length; ++i) {
            block.add(layer(method, widths[i]));
        }
        boolean classes = widths[widths.length - 1] > 1;
        model = Model.newInstance("kan", Device.cpu());
        model.setBlock(block);
        Tracker rate = Tracker.fixed(1e-3f);
        own =
                djlAdamW
                        ? null
                        : BlockwiseAdamW.builder()
                                .optLearningRateTracker(rate)
                                .optWeightDecays(1e-4f)
                                .build();
        Optimizer optimizer =
                djlAdamW
                        ? Optimizer.adamW()
                                .optLearningRateTracker(rate)
                                .optWeightDecays(1e-4f)
                                .build()
                        : own;
        Loss loss = classes ? Loss.softmaxCrossEntropyLoss() : new MeanSquaredError();
        trainer =
                model.newTrainer(
                        new DefaultTrainingConfig(loss)
                                .optDevices(new Device[] {Device.cpu()})
                                .optOptimizer(optimizer));
        trainer.initialize(new Shape(1, widths[0]));
        NDManager manager = model.getNDManager();
        x = manager.randomUniform(-1, 1, new Shape(batch, widths[0]));
        float[] labels = new float[batch];
        for (int i = 0; i < batch; ++i) {
            labels[i] = classes ? i % widths[widths.length - 1] : i / (float) batch;
        }
        y = manager.create(labels, classes ? new Shape(batch) : new Shape(batch, 1));
    }

    private static Block layer(String method, int units) {
        KanLinear.Builder builder = KanLinear.builder().setUnits(units);
        return switch (method) {
            case "spline" -> builder.build();
            case "spline-unscaled" -> builder.optScale(false).build();
            case "radial" ->
                    builder.optBasis(RadialBasis.builder().build())
                            .optScale(false)
                            .optBias(true)
                            .build();
            case "relu" ->
                    builder.optBasis(ReluKanBasis.builder().build())
                            .optBase(BaseBranch.NONE)
                            .optScale(false)
                            .optBias(true)
                            .build();
            default -> throw new IllegalArgumentException("unknown method " + method);
        };
    }

    /** A forward pass alone. */
    public void forward() {
        try (NDManager scratch = model.getNDManager().newSubManager()) {
            NDArray input = x.duplicate();
            input.attach(scratch);
            trainer.evaluate(new NDList(input));
        }
    }

    /** One training step: forward, backward, AdamW. */
    public void step() {
        try (NDManager scratch = model.getNDManager().newSubManager()) {
            NDArray input = x.duplicate();
            input.attach(scratch);
            NDArray label = y.duplicate();
            label.attach(scratch);
            try (GradientCollector collector = trainer.newGradientCollector()) {
                NDList output = trainer.forward(new NDList(input));
                collector.backward(trainer.getLoss().evaluate(new NDList(label), output));
            }
            trainer.step();
        }
    }

    /** Frees the native memory. */
    @Override
    public void close() {
        trainer.close();
        if (own != null) {
            own.close();
        }
        model.close();
    }
}
