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

import ai.djl.Model;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.ParameterStore;
import ai.djl.training.dataset.ArrayDataset;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.zip.GZIPInputStream;

/**
 * The labelled images of MNIST and its relatives, in their IDX files (big-endian: magic number,
 * sizes of the axes, bytes), plain or compressed with gzip.
 */
public final class IdxImages {

    private static final int IMAGE_MAGIC = 0x803;
    private static final int LABEL_MAGIC = 0x801;

    /** Refuses absurd sizes in a damaged header before memory is taken for them. */
    private static final int MAX_BYTES = 1 << 28;

    private static final int EVALUATION_BATCH = 500;

    private final byte[][] images;
    private final int[] labels;

    private IdxImages(byte[][] images, int[] labels) {
        this.images = images;
        this.labels = labels;
    }

    /**
     * Reads the training set, {@code train-images-idx3-ubyte[.gz]} and its labels.
     *
     * @param folder the folder of the files
     * @return the images
     * @throws IOException if a file is missing or damaged
     */
    public static IdxImages readTrain(Path folder) throws IOException {
        return read(folder, "train");
    }

    /**
     * Reads the test set, {@code t10k-images-idx3-ubyte[.gz]} and its labels.
     *
     * @param folder the folder of the files
     * @return the images
     * @throws IOException if a file is missing or damaged
     */
    public static IdxImages readTest(Path folder) throws IOException {
        return read(folder, "t10k");
    }

    private static IdxImages read(Path folder, String prefix) throws IOException {
        byte[][] images = readRows(folder, prefix + "-images-idx3-ubyte", IMAGE_MAGIC, 3);
        byte[][] bytes = readRows(folder, prefix + "-labels-idx1-ubyte", LABEL_MAGIC, 1);
        if (images.length != bytes.length) {
            throw new IOException(
                    prefix + ": " + images.length + " images but " + bytes.length + " labels.");
        }
        int[] labels = new int[bytes.length];
        for (int i = 0; i < labels.length; ++i) {
            labels[i] = bytes[i][0] & 0xff;
        }
        return new IdxImages(images, labels);
    }

    private static byte[][] readRows(Path folder, String name, int magic, int axes)
            throws IOException {
        try (DataInputStream in = new DataInputStream(open(folder, name))) {
            int found = in.readInt();
            if (found != magic) {
                throw new IOException(
                        String.format(
                                "%s: expected an IDX file with magic number %x, got %x.",
                                name, magic, found));
            }
            int rows = in.readInt();
            long size = 1;
            for (int axis = 1; axis < axes; ++axis) {
                size = Math.multiplyExact(size, in.readInt());
            }
            if (rows < 0 || size <= 0 || size > MAX_BYTES || rows * size > MAX_BYTES) {
                throw new IOException(name + ": absurd size of " + rows + " x " + size + " bytes.");
            }
            byte[][] data = new byte[rows][(int) size];
            for (byte[] row : data) {
                in.readFully(row);
            }
            return data;
        }
    }

    private static InputStream open(Path folder, String name) throws IOException {
        Path zipped = folder.resolve(name + ".gz");
        if (Files.exists(zipped)) {
            return new BufferedInputStream(new GZIPInputStream(Files.newInputStream(zipped)));
        }
        Path plain = folder.resolve(name);
        if (Files.exists(plain)) {
            return new BufferedInputStream(Files.newInputStream(plain));
        }
        throw new NoSuchFileException(zipped.toString(), null, "expected an IDX file");
    }

    /**
     * Returns the number of images.
     *
     * @return how many images there are
     */
    public int size() {
        return labels.length;
    }

    /**
     * Returns the class of an image.
     *
     * @param index which image, from 0
     * @return its label, in 0..255
     */
    public int label(int index) {
        return labels[index];
    }

    /**
     * Returns the grey levels of an image, as they are in the file.
     *
     * @param index which image, from 0
     * @return a copy of its bytes, row by row, unsigned
     */
    public byte[] greyLevels(int index) {
        return images[index].clone();
    }

    /** The grey levels of an image, row by row, divided by 255. */
    float[] pixels(int index) {
        float[] pixels = new float[images[index].length];
        fill(pixels, 0, index);
        return pixels;
    }

    private void fill(float[] target, int offset, int index) {
        byte[] image = images[index];
        for (int i = 0; i < image.length; ++i) {
            target[offset + i] = (image[i] & 0xff) / 255f;
        }
    }

    /** Intensities [images, pixels] and labels [images] as a data set. */
    ArrayDataset dataset(NDManager manager, int batch, boolean shuffle) {
        return new ArrayDataset.Builder()
                .setData(intensities(manager, 0, size()))
                .optLabels(manager.create(labels).toType(DataType.FLOAT32, false))
                .setSampling(batch, shuffle)
                .build();
    }

    private NDArray intensities(NDManager manager, int from, int to) {
        int width = images.length == 0 ? 0 : images[0].length;
        float[] values = new float[(to - from) * width];
        for (int i = from; i < to; ++i) {
            fill(values, (i - from) * width, i);
        }
        return manager.create(values, new Shape(to - from, width));
    }

    /** Counts the images from..to (exclusive) whose largest logit is that of their label. */
    int countCorrect(Model model, int from, int to) {
        int correct = 0;
        for (int start = from; start < to; start += EVALUATION_BATCH) {
            int end = Math.min(to, start + EVALUATION_BATCH);
            try (NDManager manager = model.getNDManager().newSubManager()) {
                NDList input = new NDList(intensities(manager, start, end));
                ParameterStore store = new ParameterStore(manager, false);
                NDList logits = model.getBlock().forward(store, input, false);
                long[] classes = logits.singletonOrThrow().argMax(1).toLongArray();
                for (int i = start; i < end; ++i) {
                    correct += classes[i - start] == labels[i] ? 1 : 0;
                }
            }
        }
        return correct;
    }
}
