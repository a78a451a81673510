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
package org.binaryops;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.inference.Predictor;
import ai.djl.modality.Classifications;
import ai.djl.modality.cv.Image;
import ai.djl.modality.cv.ImageFactory;
import ai.djl.modality.cv.transform.ToTensor;
import ai.djl.modality.cv.translator.BaseImageTranslator;
import ai.djl.modality.cv.translator.ImageClassificationTranslator;
import ai.djl.modality.cv.translator.ImageFeatureExtractor;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.repository.zoo.Criteria;
import ai.djl.repository.zoo.ZooModel;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.EasyTrain;
import ai.djl.training.ParameterStore;
import ai.djl.training.Trainer;
import ai.djl.training.dataset.ArrayDataset;
import ai.djl.training.loss.Loss;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import ai.djl.translate.Translator;
import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.binaryops.network.BinaryMethod;
import org.binaryops.network.SmallConvNet;
import org.binaryops.packed.PackedModel;
import org.binaryops.packed.compiler.PackedCompiler;
import org.binaryops.testing.FashionMnist;
import org.binaryops.training.AnnealingListener;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * From training on images to the predictions of a packed file on pictures of the same images.
 *
 * <p>The first layer adds floats in another order than PyTorch does. Of the 600,000 signs behind it
 * one may lie within rounding of its threshold, and move the logits of its image: where the
 * training ends elsewhere than on the machines that were seen, one image may differ.
 */
class PackedImageJourneyTest {

    private static final int TRAINED = 1280;
    private static final int BATCH = 64;
    private static final int IMAGES = 200;
    private static final Shape SHAPE = new Shape(1, 1, 28, 28);
    private static final List<String> CLASSES =
            IntStream.range(0, 10).mapToObj(i -> "class " + i).toList();

    @TempDir Path folder;

    private static void train(Model model) throws Exception {
        Engine.getInstance().setRandomSeed(11);
        FashionMnist data = FashionMnist.train(TRAINED);
        NDManager manager = model.getNDManager();
        ArrayDataset dataset =
                new ArrayDataset.Builder()
                        .setData(manager.create(data.pixels(), new Shape(TRAINED, 1, 28, 28)))
                        .optLabels(manager.create(data.labels()))
                        .setSampling(BATCH, true, true)
                        .build();
        DefaultTrainingConfig config =
                new DefaultTrainingConfig(Loss.softmaxCrossEntropyLoss())
                        .optOptimizer(
                                Optimizer.adam()
                                        .optLearningRateTracker(Tracker.fixed(5e-3f))
                                        .build())
                        .addTrainingListeners(new AnnealingListener(2, true));
        try (Trainer trainer = model.newTrainer(config)) {
            trainer.initialize(SHAPE);
            EasyTrain.fit(trainer, 2, dataset, null);
        }
    }

    /** The logits of the trained network, computed by PyTorch, ten for each image. */
    private static float[] logits(Model model, float[] pixels) {
        try (NDManager manager = model.getNDManager().newSubManager()) {
            NDArray x = manager.create(pixels, new Shape(IMAGES, 1, 28, 28));
            return model.getBlock()
                    .forward(new ParameterStore(manager, false), new NDList(x), false)
                    .singletonOrThrow()
                    .toFloatArray();
        }
    }

    /** A grey picture, as a service would read it from a PNG. */
    private static Image picture(float[] pixels, int index) {
        BufferedImage picture = new BufferedImage(28, 28, BufferedImage.TYPE_BYTE_GRAY);
        for (int i = 0; i < 784; ++i) {
            int grey = Math.round(255 * pixels[784 * index + i]);
            picture.getRaster().setSample(i % 28, i / 28, 0, grey);
        }
        return ImageFactory.getInstance().fromImage(picture);
    }

    private static <B extends BaseImageTranslator.BaseBuilder<B>> B grey(B builder) {
        return builder.optFlag(Image.Flag.GRAYSCALE).addTransform(new ToTensor());
    }

    private static <O> List<O> predict(
            Path file, List<Image> images, Class<O> type, Translator<Image, O> translator)
            throws Exception {
        Criteria<Image, O> criteria =
                Criteria.builder()
                        .setTypes(Image.class, type)
                        .optEngine("BinaryOps")
                        .optModelPath(file)
                        .optTranslator(translator)
                        .build();
        List<O> results = new ArrayList<>();
        try (ZooModel<Image, O> model = criteria.loadModel();
                Predictor<Image, O> predictor = model.newPredictor()) {
            assertEquals("BinaryOps", model.getNDManager().getEngine().getEngineName());
            // one by one and as batches
            for (Image image : images.subList(0, 20)) {
                results.add(predictor.predict(image));
            }
            for (int i = 20; i < images.size(); i += 60) {
                results.addAll(predictor.batchPredict(images.subList(i, i + 60)));
            }
        }
        return results;
    }

    private static int best(float[] logits, int row) {
        int best = 0;
        for (int c = 1; c < 10; ++c) {
            best = logits[10 * row + c] > logits[10 * row + best] ? c : best;
        }
        return best;
    }

    @ParameterizedTest
    @ValueSource(strings = {"reactnet", "bireal", "xnor"})
    void aPackedFileSeesInPicturesWhatTheTrainedNetworkSees(String method) throws Exception {
        Path file = folder.resolve(method + ".bops");
        FashionMnist test = FashionMnist.test(IMAGES);
        float[] expected;
        try (Model model = Model.newInstance(method, "PyTorch")) {
            Block net = SmallConvNet.build(BinaryMethod.named(method), 10);
            model.setBlock(net);
            train(model);
            expected = logits(model, test.pixels());
            PackedCompiler.compile(net, SHAPE).save(file);
        }
        int right = 0;
        double magnitude = 0;
        for (int i = 0; i < IMAGES; ++i) {
            right += best(expected, i) == test.labels()[i] ? 1 : 0;
        }
        for (float logit : expected) {
            magnitude = Math.max(magnitude, Math.abs(logit));
        }
        assertTrue(right > IMAGES / 3, method + " learned nothing: " + right);

        List<Image> images =
                IntStream.range(0, IMAGES).mapToObj(i -> picture(test.pixels(), i)).toList();
        List<float[]> logits =
                predict(file, images, float[].class, grey(ImageFeatureExtractor.builder()).build());
        List<Classifications> classes =
                predict(
                        file,
                        images,
                        Classifications.class,
                        grey(ImageClassificationTranslator.builder())
                                .optSynset(CLASSES)
                                .optApplySoftmax(true)
                                .build());
        assertEquals(IMAGES, logits.size());
        assertEquals(IMAGES, classes.size());
        double worst = 0;
        int moved = 0;
        for (int i = 0; i < IMAGES; ++i) {
            assertEquals(10, logits.get(i).length);
            double difference = 0;
            for (int c = 0; c < 10; ++c) {
                difference =
                        Math.max(difference, Math.abs(logits.get(i)[c] - expected[10 * i + c]));
            }
            if (difference > 1e-4) {
                ++moved;
                continue;
            }
            worst = Math.max(worst, difference);
            assertEquals(
                    CLASSES.get(best(expected, i)),
                    classes.get(i).best().getClassName(),
                    method + ", image " + i);
        }
        System.out.printf(
                "%s: %d of %d right, logits up to %.2f differ by %.1e, on %d images more; %s%n",
                method, right, IMAGES, magnitude, worst, moved, PackedModel.load(file));
        assertTrue(moved <= 1, method + ": the logits of " + moved + " images differ");
    }
}
