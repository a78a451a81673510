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
package org.binaryops.zoo.training;

import ai.djl.Application;
import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.EasyTrain;
import ai.djl.training.Trainer;
import ai.djl.training.evaluator.Accuracy;
import ai.djl.training.listener.TrainingListener;
import ai.djl.training.loss.Loss;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import ai.djl.translate.TranslateException;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.binaryops.training.AnnealingListener;
import org.binaryops.zoo.BinaryOpsModelZoo;
import org.binaryops.zoo.GrayImageTranslatorFactory;
import org.binaryops.zoo.MlpBlockFactory;

/**
 * Trains the two multilayer perceptrons of the zoo on Fashion-MNIST and writes them, with their
 * metadata, into a repository folder.
 *
 * <p>Run it by {@code mvn -pl zoo -am -Ptrain-zoo -DskipTests -Ddata=FOLDER package}, where FOLDER
 * holds the four IDX files of the full set. The seed is fixed: the same machine gives the same
 * weights again.
 *
 * <p>Both networks have the layers 784-256-256-10, batch norm after each, and see the same batches:
 * Adam, cross-entropy, a learning rate that falls to zero along a cosine.
 */
public final class TrainFashionMlps {

    private static final String VERSION = "0.1.0";
    private static final int SEED = 42;
    private static final int EPOCHS = 12;
    private static final int BATCH = 256;
    private static final int WIDTH = 28;
    private static final int PIXELS = WIDTH * WIDTH;
    private static final int LEVELS = 4;
    private static final int CLASSES = 10;
    private static final String HIDDEN = "256,256";

    /** The first images of the test set, which the sources of this library bundle. */
    private static final int SLICE = 3_000;

    private static final String SYNSET =
            "T-shirt/top,Trouser,Pullover,Dress,Coat,Sandal,Shirt,Sneaker,Bag,Ankle boot";

    private final IdxImages train;
    private final IdxImages test;
    private final int epochs;
    private final PrintStream out;

    private TrainFashionMlps(Path data, int epochs, PrintStream out) throws IOException {
        train = IdxImages.readTrain(data);
        test = IdxImages.readTest(data);
        this.epochs = epochs;
        this.out = out;
    }

    /**
     * Trains both networks and prints their accuracies.
     *
     * @param args the folder of the IDX files, the folder of the repository, and optionally the
     *     number of epochs (default 12)
     * @throws IOException if a file cannot be read or written
     * @throws TranslateException if DJL cannot make a batch
     */
    public static void main(String[] args) throws IOException, TranslateException {
        if (args.length < 2 || args.length > 3) {
            System.err.println(
                    "Expected the arguments DATA_FOLDER REPOSITORY_FOLDER [EPOCHS], got "
                            + args.length
                            + " arguments.");
            System.exit(2);
        }
        int epochs = args.length == 3 ? Integer.parseInt(args[2]) : EPOCHS;
        run(Path.of(args[0]), Path.of(args[1]), epochs, System.out);
    }

    static void run(Path data, Path root, int epochs, PrintStream out)
            throws IOException, TranslateException {
        if (epochs <= 0) {
            throw new IllegalArgumentException("epochs must be positive, but was " + epochs + ".");
        }
        if (!Files.isDirectory(data)) {
            throw new IOException("Expected a folder of IDX files, got " + data + '.');
        }
        TrainFashionMlps training = new TrainFashionMlps(data, epochs, out);
        RepositoryWriter writer =
                new RepositoryWriter(
                        root,
                        Application.CV.IMAGE_CLASSIFICATION,
                        BinaryOpsModelZoo.GROUP_ID,
                        BinaryOpsModelZoo.FASHION_MLP,
                        "Multilayer perceptrons for Fashion-MNIST");
        writer.describe(
                "Multilayer perceptrons 784-256-256-10 for the ten classes of Fashion-MNIST, one"
                        + " with weights and activations of one bit, one in float.");
        training.train(MlpBlockFactory.BINARY, writer);
        training.train(MlpBlockFactory.FLOAT, writer);
        writer.finish();
    }

    private void train(String weights, RepositoryWriter writer)
            throws IOException, TranslateException {
        Map<String, Object> arguments = new LinkedHashMap<>();
        arguments.put("blockFactory", MlpBlockFactory.class.getName());
        arguments.put("weights", weights);
        arguments.put("hidden", HIDDEN);
        arguments.put("outputs", CLASSES);
        if (weights.equals(MlpBlockFactory.BINARY)) {
            arguments.put("levels", LEVELS);
        }
        Block block = new MlpBlockFactory().newBlock(null, null, arguments);
        addTranslation(arguments);
        try (Model model = Model.newInstance(BinaryOpsModelZoo.FASHION_MLP + '_' + weights)) {
            Engine.getInstance().setRandomSeed(SEED);
            model.setBlock(block);
            try (NDManager data = model.getNDManager().newSubManager();
                    Trainer trainer = model.newTrainer(config())) {
                trainer.initialize(new Shape(BATCH, PIXELS));
                EasyTrain.fit(
                        trainer,
                        epochs,
                        train.dataset(data, BATCH, true),
                        test.dataset(data, BATCH, false));
            }
            addFigures(model, arguments);
            writer.add(
                    model,
                    VERSION,
                    Map.of("dataset", "fashion-mnist", "weights", weights),
                    arguments);
        }
    }

    private static void addTranslation(Map<String, Object> arguments) {
        arguments.put("translatorFactory", GrayImageTranslatorFactory.class.getName());
        arguments.put("width", WIDTH);
        arguments.put("height", WIDTH);
        arguments.put("flag", "GRAYSCALE");
        arguments.put("resize", "true");
        arguments.put("applySoftmax", "true");
        arguments.put("synset", SYNSET);
    }

    /** Records what the weights reach: strings, since DJL shows arguments as model properties. */
    private void addFigures(Model model, Map<String, Object> arguments) {
        int slice = Math.min(SLICE, test.size());
        int sliceCorrect = test.countCorrect(model, 0, slice);
        int correct = sliceCorrect + test.countCorrect(model, slice, test.size());
        arguments.put("trainImages", String.valueOf(train.size()));
        arguments.put("epochs", String.valueOf(epochs));
        arguments.put("seed", String.valueOf(SEED));
        arguments.put("testImages", String.valueOf(test.size()));
        arguments.put("testCorrect", String.valueOf(correct));
        arguments.put("sliceImages", String.valueOf(slice));
        arguments.put("sliceCorrect", String.valueOf(sliceCorrect));
        out.printf(
                Locale.ROOT,
                "%s: %d of %d test images correct (%.2f %%), of the first %d: %d%n",
                model.getName(),
                correct,
                test.size(),
                100.0 * correct / test.size(),
                slice,
                sliceCorrect);
    }

    private DefaultTrainingConfig config() {
        int updates = epochs * ((train.size() + BATCH - 1) / BATCH);
        Tracker rate =
                Tracker.cosine()
                        .setBaseValue(2e-3f)
                        .optFinalValue(0f)
                        .setMaxUpdates(updates)
                        .build();
        return new DefaultTrainingConfig(Loss.softmaxCrossEntropyLoss())
                .optOptimizer(Optimizer.adam().optLearningRateTracker(rate).build())
                .addEvaluator(new Accuracy())
                .addTrainingListeners(TrainingListener.Defaults.logging())
                .addTrainingListeners(new AnnealingListener(epochs));
    }
}
