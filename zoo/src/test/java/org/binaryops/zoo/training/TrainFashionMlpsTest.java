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

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.modality.Classifications;
import ai.djl.repository.zoo.Criteria;
import ai.djl.repository.zoo.ZooModel;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.binaryops.zoo.EmptyCache;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The trainer, for one epoch on a thousand images. */
class TrainFashionMlpsTest {

    private static final String MODEL =
            "model/cv/image_classification/org/binaryops/zoo/fashion_mlp";
    private static final int TRAIN = 2_000;
    private static final int TEST = 500;

    @TempDir Path folder;

    private static void writeIdx(Path file, int magic, byte[][] rows, int... axes)
            throws IOException {
        ByteBuffer header = ByteBuffer.allocate(4 * (2 + axes.length));
        header.putInt(magic).putInt(rows.length);
        for (int axis : axes) {
            header.putInt(axis);
        }
        try (OutputStream plain = Files.newOutputStream(file);
                OutputStream out =
                        file.toString().endsWith(".gz") ? new GZIPOutputStream(plain) : plain) {
            out.write(header.array());
            for (byte[] row : rows) {
                out.write(row);
            }
        }
    }

    private static void writeHead(IdxImages images, int count, Path data, String prefix, String end)
            throws IOException {
        byte[][] pixels = new byte[count][];
        byte[][] labels = new byte[count][1];
        for (int i = 0; i < count; ++i) {
            pixels[i] = images.greyLevels(i);
            labels[i][0] = (byte) images.label(i);
        }
        writeIdx(data.resolve(prefix + "-images-idx3-ubyte" + end), 0x803, pixels, 28, 28);
        writeIdx(data.resolve(prefix + "-labels-idx1-ubyte" + end), 0x801, labels);
    }

    private Path smallData() throws IOException {
        Path bundled = Path.of(System.getProperty("data"));
        Path data = Files.createDirectory(folder.resolve("data"));
        writeHead(IdxImages.readTrain(bundled), TRAIN, data, "train", ".gz");
        writeHead(IdxImages.readTest(bundled), TEST, data, "t10k", "");
        return data;
    }

    private static String train(Path data, Path root) throws Exception {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        TrainFashionMlps.run(data, root, 2, new PrintStream(bytes, true, StandardCharsets.UTF_8));
        return bytes.toString(StandardCharsets.UTF_8);
    }

    private static List<String> tree(Path root) throws IOException {
        try (Stream<Path> files = Files.walk(root)) {
            return files.filter(Files::isRegularFile)
                    .map(f -> root.relativize(f).toString().replace('\\', '/'))
                    .sorted()
                    .collect(Collectors.toList());
        }
    }

    @Test
    void trainingIsRepeatableAndItsRepositoryLoads() throws Exception {
        Path data = smallData();
        Path first = folder.resolve("first");
        Path second = folder.resolve("second");
        String report = train(data, first);
        assertEquals(report, train(data, second));

        List<String> files = tree(first);
        assertEquals(
                List.of(
                        MODEL + "/0.1.0/fashion_mlp_binary/fashion_mlp_binary-0000.params",
                        MODEL + "/0.1.0/fashion_mlp_float/fashion_mlp_float-0000.params",
                        MODEL + "/metadata.json"),
                files);
        assertEquals(files, tree(second));
        for (String file : files) {
            assertArrayEquals(
                    Files.readAllBytes(first.resolve(file)),
                    Files.readAllBytes(second.resolve(file)),
                    file);
        }

        // The folder is an ordinary DJL repository.
        IdxImages test = IdxImages.readTest(data);
        for (String weights : List.of("binary", "float")) {
            Criteria<float[], Classifications> criteria =
                    Criteria.builder()
                            .setTypes(float[].class, Classifications.class)
                            .optModelUrls(first.toUri().toString())
                            .optFilter("weights", weights)
                            .build();
            try (ZooModel<float[], Classifications> model =
                    EmptyCache.with(folder.resolve("cache"), criteria::loadModel)) {
                int correct = test.countCorrect(model, 0, TEST);
                assertTrue(correct > 0.6 * TEST, weights + " learned: " + correct);
                assertEquals(String.valueOf(correct), model.getProperty("testCorrect"));
                assertEquals(String.valueOf(correct), model.getProperty("sliceCorrect"));
                assertEquals(String.valueOf(TRAIN), model.getProperty("trainImages"));
                assertTrue(
                        report.contains(
                                "fashion_mlp_" + weights + ": " + correct + " of 500 test images"),
                        report);
            }
        }
    }

    @Test
    void badDataIsExplained() throws Exception {
        Path data = Files.createDirectory(folder.resolve("bad"));
        Path images = data.resolve("t10k-images-idx3-ubyte");
        Path labels = data.resolve("t10k-labels-idx1-ubyte");
        assertThrows(NoSuchFileException.class, () -> IdxImages.readTest(data));

        writeIdx(images, 0x803, new byte[2][4], 2, 2);
        writeIdx(labels, 0x801, new byte[3][1]);
        IOException e = assertThrows(IOException.class, () -> IdxImages.readTest(data));
        assertEquals("t10k: 2 images but 3 labels.", e.getMessage());

        writeIdx(labels, 0x803, new byte[2][1]);
        e = assertThrows(IOException.class, () -> IdxImages.readTest(data));
        assertEquals(
                "t10k-labels-idx1-ubyte: expected an IDX file with magic number 801, got 803.",
                e.getMessage());

        writeIdx(images, 0x803, new byte[0][], Integer.MAX_VALUE, Integer.MAX_VALUE);
        e = assertThrows(IOException.class, () -> IdxImages.readTest(data));
        assertTrue(
                e.getMessage().startsWith("t10k-images-idx3-ubyte: absurd size"), e.getMessage());

        writeIdx(images, 0x803, new byte[][] {{1}}, 2, 2);
        assertThrows(IOException.class, () -> IdxImages.readTest(data));
    }

    @Test
    void badArgumentsAreExplained() {
        assertThrows(
                IllegalArgumentException.class,
                () -> TrainFashionMlps.run(folder, folder, 0, System.out));
        IOException e =
                assertThrows(
                        IOException.class,
                        () -> TrainFashionMlps.run(folder.resolve("no"), folder, 1, System.out));
        assertTrue(e.getMessage().startsWith("Expected a folder of IDX files, got "));
    }
}
