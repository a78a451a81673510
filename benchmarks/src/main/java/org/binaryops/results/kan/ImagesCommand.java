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
package org.binaryops.results.kan;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.nn.SequentialBlock;
import ai.djl.training.GradientCollector;
import ai.djl.training.ParameterStore;
import ai.djl.training.loss.Loss;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import org.binaryops.kan.KanLinear;
import org.binaryops.training.optimizer.BlockwiseAdamW;
import org.binaryops.zoo.training.IdxImages;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** efficient-kan's example: images by [784, 64, 10]. */
@Command(
        name = "images",
        mixinStandardHelpOptions = true,
        showDefaultValues = true,
        description = "efficient-kan's recipe, [784, 64, 10]: AdamW 1e-3, decay 1e-4, rate x 0.8.")
public final class ImagesCommand implements Callable<Integer> {

    private static final int BATCH = 64;

    @Option(
            names = "--data",
            description =
                    "A folder of MNIST's four IDX files; without it the bundled Fashion-MNIST.")
    private Path data;

    @Option(names = "--epochs", defaultValue = "10", description = "The number of epochs.")
    private int epochs;

    @Option(names = "--seed", defaultValue = "1", description = "The seed.")
    private int seed;

    @Spec private CommandSpec spec;

    /** For picocli. */
    public ImagesCommand() {}

    /** {@inheritDoc} */
    @Override
    public Integer call() throws IOException {
        PrintWriter out = spec.commandLine().getOut();
        Path folder =
                data != null ? data : Path.of(System.getProperty("data", "data/fashion-mnist"));
        if (!Files.isDirectory(folder)) {
            throw new IllegalArgumentException("--data: there is no folder " + folder + ".");
        }
        IdxImages train = IdxImages.readTrain(folder);
        IdxImages test = IdxImages.readTest(folder);
        Engine.getInstance().setRandomSeed(seed);
        Random random = new Random(seed);
        out.printf(
                "[784, 64, 10], grid 5, order 3, %d and %d images of %s; reported for MNIST: about"
                        + " 97%%%n",
                train.size(), test.size(), folder);
        out.println("| epoch | loss | test accuracy | s |");
        out.println("|---|---|---|---|");
        double[] rate = {1e-3};
        Tracker tracker = step -> (float) rate[0];
        try (NDManager manager = NDManager.newBaseManager();
                BlockwiseAdamW optimizer =
                        BlockwiseAdamW.builder()
                                .optLearningRateTracker(tracker)
                                .optWeightDecays(1e-4f)
                                .build()) {
            SequentialBlock net =
                    new SequentialBlock()
                            .add(KanLinear.builder().setUnits(64).build())
                            .add(KanLinear.builder().setUnits(10).build());
            net.initialize(manager, DataType.FLOAT32, new Shape(1, 784));
            List<Integer> order = new ArrayList<>();
            for (int i = 0; i < train.size(); ++i) {
                order.add(i);
            }
            long start = System.nanoTime();
            for (int epoch = 1; epoch <= epochs; ++epoch) {
                Collections.shuffle(order, random);
                double loss = 0;
                int batches = 0;
                for (int from = 0; from < order.size(); from += BATCH, ++batches) {
                    List<Integer> part = order.subList(from, Math.min(order.size(), from + BATCH));
                    loss += step(manager, net, optimizer, train, part);
                }
                rate[0] *= 0.8;
                out.printf(
                        "| %d | %.4f | %.2f%% | %.0f |%n",
                        epoch,
                        loss / batches,
                        100 * accuracy(manager, net, test),
                        (System.nanoTime() - start) / 1e9);
            }
        }
        return 0;
    }

    private static double step(
            NDManager manager,
            SequentialBlock net,
            Optimizer optimizer,
            IdxImages images,
            List<Integer> part) {
        double value;
        try (NDManager scratch = manager.newSubManager()) {
            NDArray x = pixels(scratch, images, part);
            float[] labels = new float[part.size()];
            for (int i = 0; i < labels.length; ++i) {
                labels[i] = images.label(part.get(i));
            }
            NDArray y = scratch.create(labels);
            try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
                ParameterStore store = new ParameterStore(scratch, false);
                NDList output = net.forward(store, new NDList(x), true);
                NDArray loss = Loss.softmaxCrossEntropyLoss().evaluate(new NDList(y), output);
                collector.backward(loss);
                value = loss.getFloat();
            }
        }
        for (Parameter parameter : net.getParameters().values()) {
            if (parameter.requiresGradient()) {
                try (NDArray gradient = parameter.getArray().getGradient()) {
                    optimizer.update(parameter.getId(), parameter.getArray(), gradient);
                }
            }
        }
        return value;
    }

    /** As efficient-kan's example scales them: from −1 to 1. */
    private static NDArray pixels(NDManager manager, IdxImages images, List<Integer> part) {
        float[] pixels = new float[part.size() * 784];
        for (int i = 0; i < part.size(); ++i) {
            byte[] grey = images.greyLevels(part.get(i));
            for (int p = 0; p < 784; ++p) {
                pixels[i * 784 + p] = (grey[p] & 0xff) / 127.5f - 1;
            }
        }
        return manager.create(pixels, new Shape(part.size(), 784));
    }

    private static double accuracy(NDManager manager, SequentialBlock net, IdxImages images) {
        int right = 0;
        for (int from = 0; from < images.size(); from += 500) {
            try (NDManager scratch = manager.newSubManager()) {
                List<Integer> part = new ArrayList<>();
                for (int i = from; i < Math.min(images.size(), from + 500); ++i) {
                    part.add(i);
                }
                NDArray x = pixels(scratch, images, part);
                ParameterStore store = new ParameterStore(scratch, false);
                NDArray output = net.forward(store, new NDList(x), false).head();
                long[] classes = output.argMax(1).toLongArray();
                for (int i = 0; i < classes.length; ++i) {
                    right += classes[i] == images.label(part.get(i)) ? 1 : 0;
                }
            }
        }
        return (double) right / images.size();
    }
}
