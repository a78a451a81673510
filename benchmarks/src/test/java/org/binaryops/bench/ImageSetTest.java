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
package org.binaryops.bench;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImageSetTest {

    @TempDir Path folder;

    /** Records whose pixels follow from the number of the record, the channel and the place. */
    private static byte[] cifar(int first, int count) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (int record = first; record < first + count; ++record) {
            bytes.write(record % 10);
            for (int i = 0; i < 3072; ++i) {
                bytes.write(pixel(record, i));
            }
        }
        return bytes.toByteArray();
    }

    private static int pixel(int record, int i) {
        return (7 * record + 50 * (i / 1024) + i % 1024) % 256;
    }

    private void writeCifar() throws IOException {
        for (int batch = 1; batch <= 5; ++batch) {
            Files.write(folder.resolve("data_batch_" + batch + ".bin"), cifar(2 * (batch - 1), 2));
        }
        Files.write(folder.resolve("test_batch.bin"), cifar(10, 3));
    }

    @Test
    void cifarBatchesAreReadInOrder() throws IOException {
        writeCifar();
        ImageSet set = ImageSet.read(new DataSource("cifar10", folder), 0, 2);
        assertEquals(10, set.train().size());
        assertEquals(2, set.test().size());
        assertEquals(3, set.channels());
        assertEquals(32, set.side());
        assertArrayEquals(IntStream.range(0, 10).toArray(), set.train().labels());
        assertArrayEquals(new int[] {0, 1}, set.test().labels());
        assertEquals(pixel(7, 2049), set.train().pixels()[7][2049] & 0xff);
        assertEquals(pixel(11, 17), set.test().pixels()[1][17] & 0xff);
    }

    @Test
    void damagedCifarFilesAreRefused() throws IOException {
        writeCifar();
        Path batch = folder.resolve("data_batch_3.bin");
        byte[] bytes = Files.readAllBytes(batch);
        Files.write(batch, java.util.Arrays.copyOf(bytes, bytes.length - 1));
        DataSource source = new DataSource("cifar10", folder);
        IOException e = assertThrows(IOException.class, () -> ImageSet.read(source, 0, 0));
        assertTrue(e.getMessage().contains("6145 bytes"), e.getMessage());
        bytes[3073] = 10;
        Files.write(batch, bytes);
        e = assertThrows(IOException.class, () -> ImageSet.read(source, 0, 0));
        assertTrue(e.getMessage().contains("record 1 has 10"), e.getMessage());
    }

    @Test
    void trainingPixelsHaveMeanZeroAndVarianceOneInEachChannel() throws IOException {
        writeCifar();
        ImageSet set = ImageSet.read(new DataSource("cifar10", folder), 0, 0);
        int[] all = IntStream.range(0, 10).toArray();
        float[] pixels = set.pixels(set.train(), all, 0, 10);
        for (int channel = 0; channel < 3; ++channel) {
            double sum = 0;
            double squares = 0;
            for (int image = 0; image < 10; ++image) {
                for (int i = 0; i < 1024; ++i) {
                    double value = pixels[image * 3072 + channel * 1024 + i];
                    sum += value;
                    squares += value * value;
                }
            }
            assertEquals(0, sum / 10240, 1e-5);
            assertEquals(1, squares / 10240, 1e-5);
        }
    }

    @Test
    void theBundledSlice() throws IOException {
        DataSource source = DataSource.parse("fashion-mnist");
        ImageSet set = ImageSet.read(source, 100, 0);
        assertEquals(100, set.train().size());
        assertEquals(3000, set.test().size());
        assertEquals(1, set.channels());
        assertEquals(28, set.side());
        // The first training image of Fashion-MNIST is an ankle boot.
        assertEquals(9, set.train().labels()[0]);
        assertEquals(source, DataSource.parse(source.argument()));
    }

    @Test
    void otherBytesGiveAnotherFingerprint() throws IOException {
        writeCifar();
        String before = ImageSet.fingerprint(folder);
        assertEquals(before, ImageSet.fingerprint(folder));
        Files.writeString(folder.resolve("README.md"), "not data");
        assertEquals(before, ImageSet.fingerprint(folder));
        byte[] bytes = cifar(10, 3);
        bytes[5000] ^= 1;
        Files.write(folder.resolve("test_batch.bin"), bytes);
        assertNotEquals(before, ImageSet.fingerprint(folder));
    }
}
