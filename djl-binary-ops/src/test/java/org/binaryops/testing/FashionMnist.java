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
package org.binaryops.testing;

import java.io.DataInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPInputStream;

/**
 * Images of the bundled slice of Fashion-MNIST (or of the folder that the system property {@code
 * data} names).
 *
 * @param pixels grey levels in [0, 1], 784 for each image, row by row
 * @param labels the classes, 0 to 9
 */
public record FashionMnist(float[] pixels, float[] labels) {

    /** The first images of the training set. */
    public static FashionMnist train(int count) throws IOException {
        return read("train", count);
    }

    /** The first images of the test set. */
    public static FashionMnist test(int count) throws IOException {
        return read("t10k", count);
    }

    private static FashionMnist read(String part, int count) throws IOException {
        byte[] images = read(part + "-images-idx3-ubyte.gz", 16, count * 784);
        byte[] classes = read(part + "-labels-idx1-ubyte.gz", 8, count);
        float[] pixels = new float[images.length];
        for (int i = 0; i < pixels.length; ++i) {
            pixels[i] = (images[i] & 0xff) / 255f;
        }
        float[] labels = new float[count];
        for (int i = 0; i < count; ++i) {
            labels[i] = classes[i];
        }
        return new FashionMnist(pixels, labels);
    }

    private static byte[] read(String file, int header, int length) throws IOException {
        Path path = Path.of(System.getProperty("data", "../data/fashion-mnist"), file);
        try (DataInputStream in =
                new DataInputStream(new GZIPInputStream(Files.newInputStream(path)))) {
            in.skipNBytes(header);
            byte[] bytes = new byte[length];
            in.readFully(bytes);
            return bytes;
        }
    }
}
