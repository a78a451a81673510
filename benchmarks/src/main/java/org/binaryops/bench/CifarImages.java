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

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * Reads the binary version of CIFAR-10: files of records of a label and 3 × 32 × 32 bytes, red,
 * green and blue planes, each row by row; {@code data_batch_1.bin} to {@code data_batch_5.bin} for
 * training, {@code test_batch.bin} for testing.
 */
final class CifarImages {

    static final int CHANNELS = 3;

    private static final int PIXELS = CHANNELS * 32 * 32;
    private static final int RECORD = 1 + PIXELS;
    private static final int BATCHES = 5;

    /** The published files have 10,000 records each. */
    private static final int MAX_RECORDS = 100_000;

    private CifarImages() {}

    static boolean isIn(Path folder) {
        return Files.exists(folder.resolve("data_batch_1.bin"));
    }

    static ImageSet.Images readTrain(Path folder) throws IOException {
        ImageSet.Images all = read(folder.resolve("data_batch_1.bin"));
        for (int batch = 2; batch <= BATCHES; ++batch) {
            all = join(all, read(folder.resolve("data_batch_" + batch + ".bin")));
        }
        return all;
    }

    static ImageSet.Images readTest(Path folder) throws IOException {
        return read(folder.resolve("test_batch.bin"));
    }

    private static ImageSet.Images join(ImageSet.Images a, ImageSet.Images b) {
        byte[][] pixels = Arrays.copyOf(a.pixels(), a.size() + b.size());
        int[] labels = Arrays.copyOf(a.labels(), a.size() + b.size());
        System.arraycopy(b.pixels(), 0, pixels, a.size(), b.size());
        System.arraycopy(b.labels(), 0, labels, a.size(), b.size());
        return new ImageSet.Images(pixels, labels);
    }

    private static ImageSet.Images read(Path file) throws IOException {
        long length = Files.size(file);
        long records = length / RECORD;
        if (records == 0 || length % RECORD != 0 || records > MAX_RECORDS) {
            throw new IOException(
                    file
                            + ": expected 1 to "
                            + MAX_RECORDS
                            + " records of "
                            + RECORD
                            + " bytes, but the file has "
                            + length
                            + " bytes.");
        }
        byte[][] pixels = new byte[(int) records][PIXELS];
        int[] labels = new int[(int) records];
        try (DataInputStream in =
                new DataInputStream(new BufferedInputStream(Files.newInputStream(file), 1 << 20))) {
            for (int i = 0; i < labels.length; ++i) {
                labels[i] = in.readUnsignedByte();
                if (labels[i] >= ImageSet.CLASSES) {
                    throw new IOException(
                            String.format(
                                    "%s: expected labels from 0 to 9, but record %d has %d.",
                                    file, i, labels[i]));
                }
                in.readFully(pixels[i]);
            }
        }
        return new ImageSet.Images(pixels, labels);
    }
}
