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
package org.binaryops.quickstart;

import ai.djl.engine.Engine;
import ai.djl.inference.Predictor;
import ai.djl.modality.Classifications;
import ai.djl.ndarray.types.Shape;
import ai.djl.repository.zoo.Criteria;
import ai.djl.repository.zoo.ZooModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.binaryops.packed.PackedModel;
import org.binaryops.packed.compiler.PackedCompiler;
import org.binaryops.tribuo.Architecture;
import org.binaryops.tribuo.BinaryMlpArchitecture;
import org.binaryops.tribuo.DjlModel;
import org.binaryops.tribuo.DjlTrainer;
import org.binaryops.tribuo.EpochResult;
import org.binaryops.tribuo.GradientOptimizer;
import org.binaryops.tribuo.GradientOptimizer.Schedule;
import org.binaryops.tribuo.ImageFeatureConverter;
import org.binaryops.tribuo.LabelConverter;
import org.binaryops.tribuo.MlpArchitecture;
import org.binaryops.tribuo.SignEstimator;
import org.binaryops.zoo.BinaryOpsModelZoo;
import org.tribuo.Model;
import org.tribuo.MutableDataset;
import org.tribuo.Prediction;
import org.tribuo.classification.Label;
import org.tribuo.classification.evaluation.LabelEvaluation;
import org.tribuo.classification.evaluation.LabelEvaluator;

/**
 * Runs the whole journey on real images: train, evaluate, save, load, pack, load from the zoo,
 * measure.
 *
 * <p>System properties: {@code data}, the folder with the IDX files (default the bundled slice of
 * Fashion-MNIST); {@code classes}, "fashion" or "digits" (default by the name of the folder);
 * {@code epochs} (default 20).
 */
public final class QuickStart {

    private static final int SIDE = 28;
    private static final int[] HIDDEN = {256, 256};
    private static final List<String> FASHION =
            List.of(
                    "T-shirt/top",
                    "Trouser",
                    "Pullover",
                    "Dress",
                    "Coat",
                    "Sandal",
                    "Shirt",
                    "Sneaker",
                    "Bag",
                    "Ankle boot");

    private final Path out;
    private final ImageData data;
    private final boolean fashion;
    private final int epochs;
    private final List<Contender> contenders = new ArrayList<>();
    private final List<String> notes = new ArrayList<>();

    private QuickStart(Path data, Path out, int epochs) throws IOException {
        this.out = out;
        this.epochs = epochs;
        this.data = ImageData.read(data);
        this.fashion = isFashion(data);
        System.out.printf(
                "Images: %d to train with, %d to test with, from %s%n",
                this.data.train().size(), this.data.test().size(), data);
    }

    /** Whether the last two names of the path speak of Fashion, or {@code -Dclasses} does. */
    private static boolean isFashion(Path data) {
        Path path = data.toAbsolutePath().normalize();
        int names = path.getNameCount();
        String last = path.subpath(Math.max(0, names - 2), names).toString();
        String classes = System.getProperty("classes", last).toLowerCase(Locale.ROOT);
        return classes.contains("fashion");
    }

    /**
     * Runs the quick start.
     *
     * @param args the output folder; by default {@code target/quickstart}
     * @throws Exception if a step fails
     */
    public static void main(String[] args) throws Exception {
        Path out = Path.of(args.length > 0 ? args[0] : "target/quickstart");
        Files.createDirectories(out);
        Path data = Path.of(System.getProperty("data", "data/fashion-mnist"));
        int epochs = Integer.getInteger("epochs", 20);
        new QuickStart(data, out, epochs).run();
    }

    private void run() throws Exception {
        long start = System.nanoTime();
        Map<String, List<EpochResult>> histories = new LinkedHashMap<>();
        try (DjlModel<Label> real = train("float", new MlpArchitecture(HIDDEN), 1e-3);
                DjlModel<Label> binary = train("binarized", binaryMlp(), 5e-3)) {
            histories.put("float", real.getHistory());
            histories.put("binarized", binary.getHistory());
            draw(() -> Pictures.curves(histories, out.resolve("training.png")));

            step("Save the binarized model as Tribuo's protobuf, load it, compare");
            saveAndLoad(binary);

            step("Pack the binarized network and compare it with the trained one");
            PackedModel packed = pack(binary);

            step("Measure");
            float[][] images = images(real);
            measure(real, binary, packed, images);

            step("Load a trained network from the zoo");
            zoo(images);
        }

        System.out.println();
        System.out.print(Report.table(contenders));
        System.out.println();
        System.out.print(Report.verdict(contenders));
        Report.write(out.resolve("report.html"), contenders, machine(), notes);
        System.out.printf(
                Locale.ROOT,
                "%nDone in %.0f s. Report, pictures and models: %s%n",
                (System.nanoTime() - start) / 1e9,
                out.toAbsolutePath().normalize());
    }

    private static Architecture binaryMlp() {
        return new BinaryMlpArchitecture(
                HIDDEN, 4, false, SignEstimator.APPROX_SIGN, SignEstimator.STRAIGHT_THROUGH);
    }

    private DjlModel<Label> train(String name, Architecture architecture, double rate) {
        step("Train the " + name + " network: " + architecture);
        DjlTrainer<Label> trainer =
                new DjlTrainer<>(
                                architecture,
                                new ImageFeatureConverter(SIDE, SIDE),
                                new LabelConverter(),
                                GradientOptimizer.adam(rate).withSchedule(Schedule.COSINE),
                                epochs,
                                128,
                                42L)
                        .withValidation(0.1, 0)
                        .withProgressBar(true);
        long start = System.nanoTime();
        DjlModel<Label> model = trainer.train(data.train());
        LabelEvaluation evaluation = new LabelEvaluator().evaluate(model, data.test());
        note(
                String.format(
                        Locale.ROOT,
                        "The %s network: %d epochs in %.1f s, test accuracy %.2f %%, macro F1"
                                + " %.3f.",
                        name,
                        epochs,
                        (System.nanoTime() - start) / 1e9,
                        100 * evaluation.accuracy(),
                        evaluation.macroAveragedF1()));
        return model;
    }

    private void saveAndLoad(DjlModel<Label> model) throws IOException {
        Path file = out.resolve("binarized.tribuo.pb");
        model.serializeToFile(file);
        try (DjlModel<?> loaded = (DjlModel<?>) Model.deserializeFromFile(file)) {
            List<Prediction<Label>> before = model.predict(data.test());
            List<Prediction<Label>> after = loaded.castModel(Label.class).predict(data.test());
            for (int i = 0; i < before.size(); ++i) {
                if (!before.get(i).distributionEquals(after.get(i))) {
                    throw new IllegalStateException("The loaded model differs at image " + i + ".");
                }
            }
            note(
                    String.format(
                            Locale.ROOT,
                            "Loaded from %s (%d kB): the same scores on all %d test images.",
                            file.getFileName(),
                            Files.size(file) / 1000,
                            before.size()));
            System.out.println(Provenances.shortText(loaded.getProvenance()));
        }
    }

    private PackedModel pack(DjlModel<Label> model) throws IOException {
        Path file = out.resolve("binarized.bops");
        PackedCompiler.compile(model.getBlock(), new Shape(1, SIDE * SIDE)).save(file);
        PackedModel packed = PackedModel.load(file);
        System.out.print(packed.summary());
        List<Prediction<Label>> trained = model.predict(data.test());
        List<Pictures.Sample> samples = new ArrayList<>();
        int agree = 0;
        for (int i = 0; i < trained.size(); ++i) {
            float[] pixels = model.encode(data.test().getExample(i));
            Label label = model.getOutputIDInfo().getOutput(packed.classify(pixels));
            agree += label.getLabel().equals(trained.get(i).getOutput().getLabel()) ? 1 : 0;
            if (i < 32) {
                Label actual = data.test().getExample(i).getOutput();
                samples.add(new Pictures.Sample(pixels, name(actual), name(label)));
            }
        }
        draw(() -> Pictures.samples(samples, out.resolve("samples.png")));
        if (agree != trained.size()) {
            throw new IllegalStateException(
                    "The packed network agrees on " + agree + " of " + trained.size() + " images.");
        }
        note(
                String.format(
                        "Packed and trained predictions agree on %d of %d test images.",
                        agree, trained.size()));
        return packed;
    }

    private String name(Label label) {
        return fashion ? FASHION.get(Integer.parseInt(label.getLabel())) : label.getLabel();
    }

    private void measure(
            DjlModel<Label> real, DjlModel<Label> binary, PackedModel packed, float[][] images)
            throws IOException {
        double accuracy = accuracy(binary);
        contenders.add(
                new Contender(
                        "DJL float",
                        accuracy(real),
                        DjlRunner.save(real.getBlock(), out.resolve("float.params")),
                        DjlRunner.latencyMicros(real.getBlock(), images),
                        DjlRunner.imagesPerSecond(real.getBlock(), images)));
        contenders.add(
                new Contender(
                        "DJL binarized",
                        accuracy,
                        DjlRunner.save(binary.getBlock(), out.resolve("binarized.params")),
                        DjlRunner.latencyMicros(binary.getBlock(), images),
                        DjlRunner.imagesPerSecond(binary.getBlock(), images)));
        contenders.add(
                new Contender(
                        "packed binarized",
                        accuracy,
                        Files.size(out.resolve("binarized.bops")),
                        PackedRunner.latencyMicros(packed, images),
                        PackedRunner.imagesPerSecond(packed, images)));
        note(
                "DJL runs on PyTorch "
                        + Engine.getInstance().getVersion()
                        + " and all processors; packed runs in plain Java on one thread.");
    }

    private float[][] images(DjlModel<Label> model) {
        MutableDataset<Label> test = data.test();
        float[][] images = new float[test.size()][];
        for (int i = 0; i < images.length; ++i) {
            images[i] = model.encode(test.getExample(i));
        }
        return images;
    }

    private double accuracy(DjlModel<Label> model) {
        return new LabelEvaluator().evaluate(model, data.test()).accuracy();
    }

    private void zoo(float[][] images) throws Exception {
        Criteria<float[], Classifications> criteria =
                Criteria.builder()
                        .setTypes(float[].class, Classifications.class)
                        .optGroupId(BinaryOpsModelZoo.GROUP_ID)
                        .optArtifactId(BinaryOpsModelZoo.FASHION_MLP)
                        .optFilter("weights", "binary")
                        .build();
        try (ZooModel<float[], Classifications> model = criteria.loadModel();
                Predictor<float[], Classifications> predictor = model.newPredictor()) {
            System.out.printf(
                    "%s says of the first test image: %s%n",
                    model.getName(), predictor.predict(images[0]).best());
            if (!fashion) {
                System.out.println("It knows the classes of Fashion-MNIST only.");
                return;
            }
            int right = 0;
            for (int i = 0; i < images.length; ++i) {
                String predicted = predictor.predict(images[i]).best().getClassName();
                right += predicted.equals(name(data.test().getExample(i).getOutput())) ? 1 : 0;
            }
            note(
                    String.format(
                            Locale.ROOT,
                            "The zoo's %s, trained on the full set, is right on %d of %d test"
                                    + " images (%.2f %%).",
                            model.getName(),
                            right,
                            images.length,
                            100.0 * right / images.length));
        }
    }

    /** Draws a picture. */
    private interface Drawing {
        void draw() throws IOException;
    }

    /** A JDK without fonts (slim containers have none) can do everything here but draw. */
    private void draw(Drawing drawing) throws IOException {
        try {
            drawing.draw();
        } catch (RuntimeException | LinkageError | InternalError e) {
            note("No picture could be drawn on this machine (" + e + "); the rest goes on.");
        }
    }

    private static String machine() {
        return String.format(
                "%s %s, %d processors, Java %s",
                System.getProperty("os.name"),
                System.getProperty("os.arch"),
                Runtime.getRuntime().availableProcessors(),
                System.getProperty("java.version"));
    }

    private static void step(String what) {
        System.out.println();
        System.out.println("== " + what);
    }

    private void note(String text) {
        notes.add(text);
        System.out.println(text);
    }
}
