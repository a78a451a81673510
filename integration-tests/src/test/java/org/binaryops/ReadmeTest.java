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

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.metric.Metrics;
import ai.djl.modality.cv.Image;
import ai.djl.modality.cv.ImageFactory;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.core.Linear;
import ai.djl.training.EasyTrain;
import ai.djl.training.Trainer;
import ai.djl.training.dataset.ArrayDataset;
import java.awt.image.BufferedImage;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.imageio.ImageIO;
import org.binaryops.kan.Kan;
import org.binaryops.packed.PackedModel;
import org.binaryops.testing.Blocks;
import org.binaryops.testing.FashionMnist;
import org.binaryops.testing.Gradients;
import org.binaryops.training.EstimatingError;
import org.binaryops.training.FlipRatio;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the README shows compiles, runs, and does what it says. */
class ReadmeTest {

    @BeforeEach
    void seed() {
        Engine.getInstance().setRandomSeed(3);
    }

    @Test
    void everySnippetOfTheReadmeIsOneOfThese() throws Exception {
        StringBuilder all = new StringBuilder();
        try (DirectoryStream<Path> files =
                Files.newDirectoryStream(
                        Path.of("src/test/java/org/binaryops"), "*Snippets.java")) {
            for (Path file : files) {
                all.append(plain(Files.readString(file)));
            }
        }
        String source = all.toString();
        Matcher block =
                Pattern.compile("```java\n(.*?)```", Pattern.DOTALL)
                        .matcher(Files.readString(Path.of("../README.md")));
        List<String> missing = new ArrayList<>();
        int count = 0;
        for (; block.find(); ++count) {
            if (!source.contains(plain(block.group(1)))) {
                missing.add(block.group(1));
            }
        }
        assertEquals(List.of(), missing, "snippets that no test runs");
        assertTrue(count >= 8, "found only " + count + " snippets");
    }

    private static String plain(String code) {
        return code.replaceAll("\\s+", "");
    }

    @Test
    void layers() {
        try (NDManager manager = NDManager.newBaseManager()) {
            Block net = ReadmeSnippets.layers();
            Shape image = new Shape(2, 3, 8, 8);
            net.initialize(manager, DataType.FLOAT32, image);
            assertEquals(
                    new Shape(2, 10),
                    Blocks.train(manager, net, manager.randomNormal(image))
                            .singletonOrThrow()
                            .getShape());
            try (Model model = Model.newInstance("net")) {
                model.setBlock(ReadmeSnippets.layers());
                try (Trainer trainer = ReadmeSnippets.listener(model, 3)) {
                    trainer.initialize(image);
                }
            }
        }
    }

    @Test
    void networkScalesAndAnyBlock() {
        try (NDManager manager = NDManager.newBaseManager()) {
            Shape images = new Shape(2, 3, 32, 32);
            Block net = ReadmeSnippets.network();
            net.initialize(manager, DataType.FLOAT32, images);
            assertEquals(new Shape(2, 10), net.getOutputShapes(new Shape[] {images})[0]);
            Block xnor = ReadmeSnippets.xnor();
            xnor.initialize(manager, DataType.FLOAT32, images);
            assertEquals(
                    new Shape(2, 64, 30, 30),
                    Blocks.train(manager, xnor, manager.randomNormal(images))
                            .singletonOrThrow()
                            .getShape());
            Block linear = Linear.builder().setUnits(5).build();
            linear.initialize(manager, DataType.FLOAT32, new Shape(2, 16));
            NDArray x = manager.randomNormal(new Shape(2, 16));
            NDArray exact = Blocks.train(manager, linear, x).singletonOrThrow();
            Block quantized = ReadmeSnippets.weightOnly(manager, linear, new Shape(2, 16));
            NDArray close = Blocks.train(manager, quantized, x).singletonOrThrow();
            double error = close.sub(exact).norm().getFloat() / exact.norm().getFloat();
            assertTrue(error > 0 && error < 0.02, "relative error " + error);
        }
    }

    @Test
    void trainingAids() throws Exception {
        Block net = ReadmeSnippets.network();
        try (Model model = Model.newInstance("net")) {
            model.setBlock(net);
            try (Trainer trainer = model.newTrainer(TrainingSnippets.aids(net, 1))) {
                Metrics metrics = new Metrics();
                trainer.setMetrics(metrics);
                trainer.initialize(new Shape(1, 3, 32, 32));
                NDManager manager = model.getNDManager();
                ArrayDataset data =
                        new ArrayDataset.Builder()
                                .setData(manager.randomNormal(new Shape(8, 3, 32, 32)))
                                .optLabels(manager.zeros(new Shape(8)))
                                .setSampling(4, false)
                                .build();
                EasyTrain.fit(trainer, 1, data, null);
                assertTrue(metrics.hasMetric(FlipRatio.NAME), metrics.getMetricNames().toString());
                assertTrue(metrics.hasMetric(EstimatingError.NAME));
            }
        }
        assertTrue(TrainingSnippets.summary().contains("1-bit × 1-bit"));
        try (NDManager manager = NDManager.newBaseManager()) {
            Block codes = TrainingSnippets.codebook();
            codes.initialize(manager, DataType.FLOAT32, new Shape(2, 16));
            assertEquals(
                    new Shape(2, 10),
                    Blocks.train(manager, codes, manager.randomNormal(new Shape(2, 16)))
                            .singletonOrThrow()
                            .getShape());
        }
    }

    @Test
    void gradient() {
        double[] x = {0.2, 0.7, -1.4};
        double[] gradient = Gradients.at(x, new double[] {1, 1, 1}, ReadmeSnippets::gradient);
        for (int i = 0; i < 3; ++i) {
            assertEquals(1 - Math.cos(2 * Math.PI * x[i]), gradient[i], 1e-12);
        }
    }

    @Test
    void kan() throws Exception {
        double error = ReadmeSnippets.kan();
        assertTrue(error < 0.1, "root mean squared error " + error);
    }

    @Test
    void monoidAndAttention() {
        try (NDManager manager = NDManager.newBaseManager()) {
            assertEquals(new Shape(32, 64), ReadmeSnippets.monoid(manager));
            assertEquals(new Shape(8, 50, 128), ReadmeSnippets.attention(manager));
        }
    }

    @Test
    void tribuo(@TempDir Path folder) throws Exception {
        Path data = Path.of(System.getProperty("data", "../data/fashion-mnist"));
        Path file = folder.resolve("model.pb");
        double accuracy =
                ReadmeSnippets.tribuo(
                        data.resolve("t10k-images-idx3-ubyte.gz"),
                        data.resolve("t10k-labels-idx1-ubyte.gz"),
                        file);
        assertTrue(accuracy > 0.85, "accuracy " + accuracy);
        assertTrue(Files.size(file) > 100_000);
    }

    @Test
    void packedAndZoo(@TempDir Path folder) throws Exception {
        float[] pixels = java.util.Arrays.copyOf(FashionMnist.test(1).pixels(), 784);
        try (NDManager manager = NDManager.newBaseManager()) {
            int best = ReadmeSnippets.packed(manager, pixels, folder.resolve("net.bops"));
            assertTrue(best >= 0 && best < 10);
        }
        BufferedImage image = new BufferedImage(28, 28, BufferedImage.TYPE_BYTE_GRAY);
        for (int i = 0; i < pixels.length; ++i) {
            image.getRaster().setSample(i % 28, i / 28, 0, Math.round(pixels[i] * 255));
        }
        Path photo = folder.resolve("boot.png");
        ImageIO.write(image, "png", photo.toFile());
        assertEquals("Ankle boot", ReadmeSnippets.zoo(photo));
    }

    @Test
    void packedConvolutionsAndTheEngine(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("net.bops");
        try (NDManager manager = NDManager.newBaseManager()) {
            assertEquals(10, PackedSnippets.convolutions(manager, file).length);
            NDArray images = manager.randomUniform(0, 1, new Shape(8, 1, 28, 28));
            PackedModel quantized = PackedSnippets.quantized(manager, images);
            assertEquals(32 * 24 * 24, quantized.outputs());
        }
        Image image = ImageFactory.getInstance().fromImage(new BufferedImage(28, 28, 10));
        List<String> names = List.of("0", "1", "2", "3", "4", "5", "6", "7", "8", "9");
        assertEquals(10, PackedSnippets.engine(file, image, names).getClassNames().size());
    }

    @Test
    void kanLayersAndFormula(@TempDir Path folder) throws Exception {
        Path picture = folder.resolve("kan.svg");
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray samples = manager.randomUniform(-1, 1, new Shape(200, 2));
            assertEquals(3, KanSnippets.layers(manager, samples).length);
            assertEquals(
                    1,
                    KanSnippets.selection()
                            .getOutputShapes(new Shape[] {new Shape(4, 2)})[0]
                            .get(1));
            NDArray x = manager.randomUniform(-1, 1, new Shape(200, 2), DataType.FLOAT64);
            NDArray y = x.get(":, 0:1").mul(3).sin().add(x.get(":, 1:2").square());
            String formula = KanSnippets.formula(manager, x, y, picture);
            // The sine may come as a shifted cosine.
            assertTrue(
                    formula.matches(".*(sin|cos)\\(3\\*x1.*") && formula.contains("x2^2"), formula);
            assertTrue(Files.readString(picture).contains("<svg"));
            Kan fine = KanSnippets.starts(manager, x, y);
            double rmse = Blocks.infer(manager, fine, x).get(0).sub(y).norm().getDouble();
            assertTrue(rmse / Math.sqrt(200) < .1, "rmse " + rmse / Math.sqrt(200));
        }
    }

    @Test
    void setsAndTransformers() {
        try (NDManager manager = NDManager.newBaseManager()) {
            assertArrayEquals(
                    new Shape[] {new Shape(3, 16), new Shape(1005, 16), new Shape(1, 16)},
                    SetSnippets.sets(manager));
            assertEquals(4, AttentionSnippets.models().size());
            Block attention = AttentionSnippets.attention();
            attention.initialize(manager, DataType.FLOAT32, new Shape(2, 5, 64));
            NDArray tokens = manager.randomNormal(new Shape(2, 5, 64));
            assertEquals(
                    new Shape(2, 5, 64),
                    Blocks.train(manager, attention, tokens).get(0).getShape());
            Block learned = AttentionSnippets.learned();
            learned.initialize(manager, DataType.FLOAT32, new Shape(2, 1, 28, 28));
            NDArray images = manager.randomUniform(0, 1, new Shape(2, 1, 28, 28));
            assertEquals(
                    new Shape(2, 10), Blocks.train(manager, learned, images).get(0).getShape());
        }
    }
}
