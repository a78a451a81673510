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
package org.binaryops.packed.djl;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import ai.djl.MalformedModelException;
import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.inference.Predictor;
import ai.djl.modality.Classifications;
import ai.djl.modality.cv.Image;
import ai.djl.modality.cv.ImageFactory;
import ai.djl.modality.cv.transform.CenterCrop;
import ai.djl.modality.cv.transform.Normalize;
import ai.djl.modality.cv.transform.Resize;
import ai.djl.modality.cv.transform.ToTensor;
import ai.djl.modality.cv.translator.ImageClassificationTranslator;
import ai.djl.modality.cv.translator.ImageFeatureExtractor;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Blocks;
import ai.djl.repository.zoo.Criteria;
import ai.djl.repository.zoo.ZooModel;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.loss.Loss;
import ai.djl.translate.NoopTranslator;
import ai.djl.translate.TranslateException;
import ai.djl.translate.Translator;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.binaryops.packed.PackedModel;
import org.binaryops.packed.SmallModels;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Packed files through {@code Criteria} and {@code Predictor}. */
class BinaryOpsEngineTest {

    private static final List<String> CLASSES = List.of("bag", "boot", "coat", "dress");

    @TempDir Path folder;

    private final PackedModel packed = SmallModels.of(7, 3 * 4 * 5, 96, 4);
    private Path file;

    @BeforeEach
    void save() throws IOException {
        file = folder.resolve("net.bops");
        packed.save(file);
    }

    private static <I, O> ZooModel<I, O> load(
            Path path, Class<I> in, Class<O> out, Translator<I, O> translator) throws Exception {
        return Criteria.builder()
                .setTypes(in, out)
                .optEngine("BinaryOps")
                .optModelPath(path)
                .optTranslator(translator)
                .build()
                .loadModel();
    }

    private ZooModel<NDList, NDList> load() throws Exception {
        return load(file, NDList.class, NDList.class, new NoopTranslator());
    }

    private static Image image(long seed, int width, int height) {
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        Random random = new Random(seed);
        for (int y = 0; y < height; ++y) {
            for (int x = 0; x < width; ++x) {
                image.setRGB(x, y, random.nextInt(1 << 24));
            }
        }
        return ImageFactory.getInstance().fromImage(image);
    }

    /** (channels, height, width), 0 to 1, in plain Java. */
    private static float[] tensor(Image image) {
        BufferedImage pixels = (BufferedImage) image.getWrappedImage();
        int w = pixels.getWidth();
        int h = pixels.getHeight();
        float[] tensor = new float[3 * h * w];
        for (int c = 0; c < 3; ++c) {
            for (int y = 0; y < h; ++y) {
                for (int x = 0; x < w; ++x) {
                    int value = pixels.getRGB(x, y) >> 16 - 8 * c & 0xff;
                    tensor[(c * h + y) * w + x] = value / 255f;
                }
            }
        }
        return tensor;
    }

    private static ImageClassificationTranslator classifier(boolean normalize) {
        ImageClassificationTranslator.Builder builder =
                ImageClassificationTranslator.builder()
                        .addTransform(new ToTensor())
                        .optSynset(CLASSES)
                        .optTopK(2)
                        .optApplySoftmax(true);
        if (normalize) {
            builder.addTransform(
                    new Normalize(
                            new float[] {0.4f, 0.5f, 0.6f}, new float[] {0.25f, 0.5f, 0.125f}));
        }
        return builder.build();
    }

    @Test
    void anImageIsClassifiedAsTheRuntimeDoes() throws Exception {
        try (ZooModel<Image, Classifications> model =
                        load(file, Image.class, Classifications.class, classifier(false));
                Predictor<Image, Classifications> predictor = model.newPredictor()) {
            assertEquals("BinaryOps", model.getNDManager().getEngine().getEngineName());
            for (int i = 0; i < 20; ++i) {
                Image image = image(i, 5, 4);
                float[] features = tensor(image);
                float[] logits = packed.predict(features);
                Classifications classes = predictor.predict(image);
                assertEquals(CLASSES.get(packed.classify(features)), classes.best().getClassName());
                double sum = 0;
                for (float logit : logits) {
                    sum += Math.exp(logit);
                }
                for (int c = 0; c < 4; ++c) {
                    assertEquals(
                            Math.exp(logits[c]) / sum,
                            classes.get(CLASSES.get(c)).getProbability(),
                            1e-6);
                }
                assertEquals(2, classes.topK().size());
            }
        }
    }

    @Test
    void aBatchOfImagesIsOneBatch() throws Exception {
        List<Image> images = List.of(image(1, 5, 4), image(2, 5, 4), image(3, 5, 4));
        try (ZooModel<Image, Classifications> model =
                        load(file, Image.class, Classifications.class, classifier(true));
                Predictor<Image, Classifications> predictor = model.newPredictor()) {
            List<Classifications> batch = predictor.batchPredict(images);
            for (int i = 0; i < 3; ++i) {
                assertEquals(
                        predictor.predict(images.get(i)).getProbabilities(),
                        batch.get(i).getProbabilities());
            }
        }
    }

    /** The same translator before the same network, once with the arrays of each engine. */
    @Test
    void imagesAreScaledAsPyTorchScalesThem() throws Exception {
        ImageFeatureExtractor translator =
                ImageFeatureExtractor.builder()
                        .addTransform(new Resize(8, 7))
                        .addTransform(new CenterCrop(5, 4))
                        .addTransform(new ToTensor())
                        .addTransform(
                                new Normalize(
                                        new float[] {0.4f, 0.5f, 0.6f},
                                        new float[] {0.25f, 0.5f, 0.125f}))
                        .build();
        try (ZooModel<Image, float[]> model = load(file, Image.class, float[].class, translator);
                Predictor<Image, float[]> ours = model.newPredictor();
                Model theirs = Model.newInstance("same", "PyTorch")) {
            theirs.setBlock(new PackedBlock(packed));
            try (Predictor<Image, float[]> pytorch = theirs.newPredictor(translator)) {
                for (int i = 0; i < 20; ++i) {
                    Image image = image(i, 9 + i, 30 - i);
                    assertArrayEquals(pytorch.predict(image), ours.predict(image));
                }
            }
        }
    }

    @Test
    void featuresOfEveryShapeAndTypeArePredicted() throws Exception {
        float[] features = new float[120];
        Random random = new Random(3);
        for (int i = 0; i < features.length; ++i) {
            features[i] = random.nextInt(7) - 3;
        }
        float[] expected = packed.predict(features, 2);
        try (ZooModel<NDList, NDList> model = load();
                Predictor<NDList, NDList> predictor = model.newPredictor();
                NDManager manager = model.getNDManager().newSubManager()) {
            for (DataType type :
                    new DataType[] {DataType.FLOAT32, DataType.FLOAT64, DataType.INT8}) {
                for (Shape shape : new Shape[] {new Shape(2, 60), new Shape(2, 3, 4, 5)}) {
                    NDArray in = manager.create(features, shape).toType(type, false);
                    NDArray out = predictor.predict(new NDList(in)).singletonOrThrow();
                    assertEquals(new Shape(2, 4), out.getShape());
                    assertArrayEquals(expected, out.toFloatArray());
                }
            }
            try (NDManager pytorch = NDManager.newBaseManager("PyTorch")) {
                NDArray in = pytorch.create(features, new Shape(2, 60));
                NDArray out = predictor.predict(new NDList(in)).singletonOrThrow();
                assertArrayEquals(expected, out.toFloatArray());
                assertEquals("PyTorch", out.getManager().getEngine().getEngineName());
            }
            NDArray row = manager.create(java.util.Arrays.copyOf(features, 60));
            NDArray out = predictor.predict(new NDList(row)).singletonOrThrow();
            assertEquals(new Shape(4), out.getShape());
            assertArrayEquals(java.util.Arrays.copyOf(expected, 4), out.toFloatArray());
        }
    }

    @Test
    void theModelDescribesItself() throws Exception {
        try (ZooModel<NDList, NDList> model = load()) {
            assertEquals(new Shape(-1, 60), model.describeInput().get(0).getValue());
            assertEquals(new Shape(-1, 4), model.describeOutput().get(0).getValue());
            assertEquals("net.bops", model.getName());
            PackedBlock block = assertInstanceOf(PackedBlock.class, model.getBlock());
            assertArrayEquals(packed.toBytes(), block.packedModel().toBytes());
            assertTrue(block.isInitialized());
            assertEquals(0, block.getParameters().size());
            Path saved = folder.resolve("saved");
            model.save(saved, "again");
            assertArrayEquals(packed.toBytes(), Files.readAllBytes(saved.resolve("again.bops")));
        }
    }

    /** What a network of images takes, and in which order its channels are. */
    @Test
    void aNetworkOfImagesTakesImages() throws Exception {
        PackedModel images = SmallModels.ofImages(4);
        images.save(file);
        float[] features = new float[2 * 2 * 6 * 6];
        Random random = new Random(4);
        for (int i = 0; i < features.length; ++i) {
            features[i] = (float) random.nextGaussian();
        }
        try (ZooModel<NDList, NDList> model = load();
                Predictor<NDList, NDList> predictor = model.newPredictor();
                NDManager manager = model.getNDManager().newSubManager()) {
            assertEquals(new Shape(-1, 2, 6, 6), model.describeInput().get(0).getValue());
            NDArray batch = manager.create(features, new Shape(2, 2, 6, 6));
            NDArray out = predictor.predict(new NDList(batch)).singletonOrThrow();
            assertEquals(new Shape(2, 3), out.getShape());
            assertArrayEquals(images.predict(features, 2), out.toFloatArray());
            NDArray one = predictor.predict(new NDList(batch.get(1))).singletonOrThrow();
            assertEquals(new Shape(3), one.getShape());
            assertArrayEquals(
                    java.util.Arrays.copyOfRange(images.predict(features, 2), 3, 6),
                    one.toFloatArray());
        }
    }

    @Test
    void foldersAndStreamsAreLoadedToo() throws Exception {
        Files.writeString(folder.resolve("synset.txt"), String.join("\n", CLASSES));
        ImageClassificationTranslator translator =
                ImageClassificationTranslator.builder().addTransform(new ToTensor()).build();
        // the class names lie beside the file, whether that or the folder is named
        for (Path path : List.of(folder, file)) {
            try (ZooModel<Image, Classifications> model =
                            load(path, Image.class, Classifications.class, translator);
                    Predictor<Image, Classifications> predictor = model.newPredictor()) {
                Image image = image(5, 5, 4);
                assertEquals(
                        CLASSES.get(packed.classify(tensor(image))),
                        predictor.predict(image).best().getClassName());
                assertArrayEquals(new String[] {"synset.txt"}, model.getArtifactNames());
            }
        }
        try (Model model = Model.newInstance("stream", "BinaryOps")) {
            model.load(new ByteArrayInputStream(packed.toBytes()));
            assertNotNull(model.getBlock());
        }
    }

    @Test
    void aFolderWithServingPropertiesNeedsNoEngineInTheCriteria() throws Exception {
        Files.writeString(
                folder.resolve("serving.properties"),
                "engine=BinaryOps\n"
                    + "translatorFactory=ai.djl.modality.cv.translator.ImageClassificationTranslatorFactory\n");
        Criteria<Image, Classifications> criteria =
                Criteria.builder()
                        .setTypes(Image.class, Classifications.class)
                        .optModelPath(folder)
                        .optArgument("synset", String.join(",", CLASSES))
                        .optArgument("applySoftmax", "true")
                        .build();
        try (ZooModel<Image, Classifications> model = criteria.loadModel();
                Predictor<Image, Classifications> predictor = model.newPredictor()) {
            Image image = image(6, 5, 4);
            assertEquals(
                    CLASSES.get(packed.classify(tensor(image))),
                    predictor.predict(image).best().getClassName());
        }
    }

    @Test
    void aDamagedFileIsNamed() throws Exception {
        byte[] bytes = packed.toBytes();
        bytes[100] ^= 4;
        Files.write(file, bytes);
        MalformedModelException e = assertThrows(MalformedModelException.class, this::load);
        assertTrue(e.getMessage().contains("net.bops"), e.getMessage());
        assertTrue(e.getMessage().contains("checksum"), e.getMessage());
    }

    @Test
    void aMissingFileIsNamed() throws Exception {
        Files.delete(file);
        try (Model model = Model.newInstance("net", "BinaryOps")) {
            FileNotFoundException none =
                    assertThrows(FileNotFoundException.class, () -> model.load(folder));
            assertTrue(none.getMessage().contains("net.bops"), none.getMessage());
            packed.save(folder.resolve("a.bops"));
            packed.save(folder.resolve("b.bops"));
            FileNotFoundException two =
                    assertThrows(FileNotFoundException.class, () -> model.load(folder));
            assertTrue(two.getMessage().contains("[a.bops, b.bops]"), two.getMessage());
            model.load(folder, "b");
            assertThrows(FileNotFoundException.class, () -> model.load(folder.resolve("nowhere")));
        }
    }

    @Test
    void wrongInputsAreNamed() throws Exception {
        try (ZooModel<NDList, NDList> model = load();
                Predictor<NDList, NDList> predictor = model.newPredictor();
                NDManager manager = model.getNDManager().newSubManager()) {
            NDList wrong = new NDList(manager.ones(new Shape(2, 59)));
            TranslateException e =
                    assertThrows(TranslateException.class, () -> predictor.predict(wrong));
            assertEquals(
                    "Expected an input (batch, ...) of 60 features a row, got the shape (2, 59).",
                    e.getCause().getMessage());
            NDList nan = new NDList(manager.full(new Shape(1, 60), Float.NaN));
            assertInstanceOf(
                    IllegalArgumentException.class,
                    assertThrows(TranslateException.class, () -> predictor.predict(nan))
                            .getCause());
            NDList two = new NDList(manager.ones(new Shape(60)), manager.ones(new Shape(60)));
            assertThrows(TranslateException.class, () -> predictor.predict(two));
        }
    }

    @Test
    void trainingAndOtherBlocksAreRefused() throws Exception {
        try (ZooModel<NDList, NDList> model = load()) {
            UnsupportedOperationException e =
                    assertThrows(
                            UnsupportedOperationException.class,
                            () ->
                                    model.newTrainer(
                                            new DefaultTrainingConfig(
                                                    Loss.softmaxCrossEntropyLoss())));
            assertEquals(BinaryOpsModel.NO_TRAINING, e.getMessage());
        }
        Engine engine = Engine.getEngine("BinaryOps");
        assertThrows(UnsupportedOperationException.class, engine::newGradientCollector);
        assertThrows(IllegalArgumentException.class, () -> engine.newBaseManager(Device.gpu()));
        try (Model model = Model.newInstance("net", "BinaryOps")) {
            model.setBlock(Blocks.identityBlock());
            assertThrows(UnsupportedOperationException.class, () -> model.load(folder));
        }
    }

    @Test
    void theDefaultEngineStaysPyTorch() {
        assertEquals("PyTorch", Engine.getInstance().getEngineName());
        assertTrue(Engine.hasEngine("BinaryOps"));
        // as it would be chosen without the property that these tests set
        int pytorch = Engine.getEngine("PyTorch").getRank();
        assertTrue(pytorch < Engine.getEngine("BinaryOps").getRank());
        assertTrue(Engine.getEngine("BinaryOps").getRank() < Engine.getEngine("RPC").getRank());
    }

    @Test
    void predictionsLeaveNothingBehind() throws Exception {
        try (ZooModel<Image, Classifications> model =
                        load(file, Image.class, Classifications.class, classifier(true));
                Predictor<Image, Classifications> predictor = model.newPredictor()) {
            Image image = image(8, 5, 4);
            predictor.predict(image);
            NDManager pytorch = NDManager.newBaseManager("PyTorch").getParentManager();
            int before = model.getNDManager().getManagedArrays().size();
            int other = pytorch.getManagedArrays().size();
            for (int i = 0; i < 50; ++i) {
                predictor.predict(image);
            }
            assertEquals(before, model.getNDManager().getManagedArrays().size());
            assertEquals(other, pytorch.getManagedArrays().size());
        }
    }
}
