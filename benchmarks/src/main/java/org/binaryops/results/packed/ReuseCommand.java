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
package org.binaryops.results.packed;

import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.EasyTrain;
import ai.djl.training.Trainer;
import ai.djl.training.dataset.ArrayDataset;
import ai.djl.training.loss.Loss;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import ai.djl.translate.TranslateException;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.Callable;
import org.binaryops.nn.BinaryMlp;
import org.binaryops.packed.PackedModel;
import org.binaryops.packed.compiler.PackedCompiler;
import org.binaryops.packed.reuse.ReuseFigures;
import org.binaryops.training.RegularizedLoss;
import org.binaryops.training.TreeRegularizer;
import org.binaryops.zoo.training.IdxImages;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * Reuse along minimum spanning trees in a trained network: what {@link TreeRegularizer} saves at
 * which accuracy, and whether the compiler keeps the trees. The predictions with and without reuse
 * are compared on all test images first.
 */
@Command(
        name = "reuse",
        mixinStandardHelpOptions = true,
        showDefaultValues = true,
        description = "A binary perceptron trained with TreeRegularizer: products, time, accuracy.")
public final class ReuseCommand implements Callable<Integer> {

    private static final int PIXELS = 784;
    private static final int BATCH = 100;

    @Option(
            names = "--data",
            description = "A folder of four IDX files; without it the bundled Fashion-MNIST.")
    private Path data;

    @Option(
            names = "--lambdas",
            split = ",",
            defaultValue = "0,1e-6,1e-5,1e-4",
            description = "The weights of the regularizer.")
    private double[] lambdas;

    @Option(names = "--units", defaultValue = "256", description = "Units of 2 hidden layers.")
    private int units;

    @Option(names = "--epochs", defaultValue = "10", description = "The number of epochs.")
    private int epochs;

    @Option(names = "--images", defaultValue = "10000", description = "Images for training.")
    private int images;

    @Option(names = "--depth", defaultValue = "8", description = "The most edges from the root.")
    private int depth;

    @Option(names = "--seed", defaultValue = "1", description = "The seed.")
    private int seed;

    @Spec private CommandSpec spec;

    /** For picocli. */
    public ReuseCommand() {}

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
        int count = Math.min(images, train.size());
        out.printf(
                "binary perceptron %d-%d-%d-10 with 4 thresholds a pixel, %d epochs of %d images,"
                        + " depth at most %d%n",
                PIXELS, units, units, epochs, count, depth);
        out.println("| λ | test accuracy | layer | products | words | time | reuse |");
        out.println("|---|---|---|---|---|---|---|");
        for (double lambda : lambdas) {
            PackedModel plain = trained(train, count, lambda);
            PackedModel reused = plain.withReuse(depth);
            float[] rows = pixels(test, test.size());
            if (!Arrays.equals(
                    plain.predict(rows, test.size()), reused.predict(rows, test.size()))) {
                throw new IllegalStateException("reuse changes the predictions");
            }
            int[] classes = plain.classify(rows, test.size());
            int right = 0;
            for (int i = 0; i < classes.length; ++i) {
                right += classes[i] == test.label(i) ? 1 : 0;
            }
            String accuracy = String.format("%.2f%%", 100.0 * right / test.size());
            int layer = 0;
            for (ReuseFigures figures : reused.reuseTrials().values()) {
                out.printf(
                        "| %s | %s | %d | %.3f of %,d | %.3f of %,d | %.2f | %s |%n",
                        lambda,
                        accuracy,
                        ++layer,
                        (double) figures.reuseProducts() / figures.plainProducts(),
                        figures.plainProducts(),
                        (double) figures.reuseWords() / figures.plainWords(),
                        figures.plainWords(),
                        figures.reuseNanoseconds() / figures.plainNanoseconds(),
                        figures.wins() ? "kept" : "refused");
            }
        }
        return 0;
    }

    private PackedModel trained(IdxImages train, int count, double lambda) throws IOException {
        Engine.getInstance().setRandomSeed(seed);
        Shape input = new Shape(1, PIXELS);
        try (Model model = Model.newInstance("reuse")) {
            Block net =
                    BinaryMlp.builder().setOutputs(10).addHidden(units).addHidden(units).build();
            model.setBlock(net);
            NDManager manager = model.getNDManager();
            float[] labels = new float[count];
            for (int i = 0; i < count; ++i) {
                labels[i] = train.label(i);
            }
            ArrayDataset dataset =
                    new ArrayDataset.Builder()
                            .setData(manager.create(pixels(train, count), new Shape(count, PIXELS)))
                            .optLabels(manager.create(labels))
                            .setSampling(BATCH, true, true)
                            .build();
            Tracker rate =
                    Tracker.cosine()
                            .setBaseValue(5e-3f)
                            .optFinalValue(5e-5f)
                            .setMaxUpdates(epochs * (count / BATCH))
                            .build();
            TreeRegularizer regularizer = new TreeRegularizer(lambda, depth);
            Loss task = Loss.softmaxCrossEntropyLoss();
            DefaultTrainingConfig config =
                    new DefaultTrainingConfig(
                                    lambda == 0
                                            ? task
                                            : new RegularizedLoss(task, net, regularizer))
                            .optOptimizer(Optimizer.adam().optLearningRateTracker(rate).build())
                            .addTrainingListeners(regularizer);
            try (Trainer trainer = model.newTrainer(config)) {
                trainer.initialize(input);
                EasyTrain.fit(trainer, epochs, dataset, null);
            } catch (TranslateException e) {
                throw new IOException(e);
            }
            return PackedCompiler.compile(net, input);
        }
    }

    private static float[] pixels(IdxImages images, int count) {
        float[] pixels = new float[count * PIXELS];
        for (int i = 0; i < count; ++i) {
            byte[] grey = images.greyLevels(i);
            for (int p = 0; p < PIXELS; ++p) {
                pixels[i * PIXELS + p] = (grey[p] & 0xff) / 255f;
            }
        }
        return pixels;
    }
}
