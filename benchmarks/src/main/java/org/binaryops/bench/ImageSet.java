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

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.binaryops.zoo.training.IdxImages;

/**
 * Labelled images for training and testing, ten classes, in one shape.
 *
 * <p>Pixels are standardized: for each channel the mean of the training images is subtracted and
 * their standard deviation divided out.
 */
final class ImageSet {

    /** All data sets that can be read have ten classes. */
    static final int CLASSES = 10;

    /**
     * Images as bytes, channel by channel and row by row, and their labels.
     *
     * @param pixels the images
     * @param labels a class for each image
     */
    record Images(byte[][] pixels, int[] labels) {

        int size() {
            return labels.length;
        }

        Images first(int count) {
            if (count == 0 || count >= size()) {
                return this;
            }
            return new Images(Arrays.copyOf(pixels, count), Arrays.copyOf(labels, count));
        }
    }

    private final Images train;
    private final Images test;
    private final int channels;
    private final int side;
    private final float[] mean;
    private final float[] factor;

    ImageSet(Images train, Images test, int channels) {
        this.train = train;
        this.test = test;
        this.channels = channels;
        int plane = train.pixels()[0].length / channels;
        side = (int) Math.round(Math.sqrt(plane));
        if (side * side != plane) {
            throw new IllegalArgumentException(
                    "expected square images, but one has " + plane + " pixels a channel.");
        }
        mean = new float[channels];
        factor = new float[channels];
        for (int channel = 0; channel < channels; ++channel) {
            standardize(channel, plane);
        }
    }

    private void standardize(int channel, int plane) {
        long count = (long) train.size() * plane;
        long sum = 0;
        long squares = 0;
        for (byte[] image : train.pixels()) {
            for (int i = channel * plane; i < (channel + 1) * plane; ++i) {
                int level = image[i] & 0xff;
                sum += level;
                squares += level * level;
            }
        }
        double average = (double) sum / count;
        double variance = (double) squares / count - average * average;
        mean[channel] = (float) average;
        factor[channel] = (float) (1 / Math.sqrt(Math.max(variance, 1e-6)));
    }

    /** Reads a data set; {@code train} and {@code test} limit the number of images, 0 does not. */
    static ImageSet read(DataSource source, int train, int test) throws IOException {
        Path folder = source.folder();
        if (CifarImages.isIn(folder)) {
            return new ImageSet(
                    CifarImages.readTrain(folder).first(train),
                    CifarImages.readTest(folder).first(test),
                    CifarImages.CHANNELS);
        }
        return new ImageSet(
                grey(IdxImages.readTrain(folder), train),
                grey(IdxImages.readTest(folder), test),
                1);
    }

    private static Images grey(IdxImages images, int limit) throws IOException {
        int count = limit == 0 ? images.size() : Math.min(limit, images.size());
        if (count == 0) {
            throw new IOException("expected at least one image.");
        }
        byte[][] pixels = new byte[count][];
        int[] labels = new int[count];
        for (int i = 0; i < count; ++i) {
            pixels[i] = images.greyLevels(i);
            labels[i] = images.label(i);
            if (labels[i] >= CLASSES) {
                throw new IOException(
                        "expected labels from 0 to 9, but image " + i + " has " + labels[i] + ".");
            }
        }
        return new Images(pixels, labels);
    }

    /** A digest of all files of a folder: other data, other results. */
    static String fingerprint(Path folder) throws IOException {
        MessageDigest digest = sha256();
        List<Path> files;
        try (Stream<Path> entries = Files.list(folder)) {
            files = entries.filter(ImageSet::isData).sorted().toList();
        }
        for (Path file : files) {
            digest.update(file.getFileName().toString().getBytes(StandardCharsets.UTF_8));
            digest.update(Files.readAllBytes(file));
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    private static boolean isData(Path file) {
        String name = file.getFileName().toString();
        return Files.isRegularFile(file) && name.matches(".*(ubyte|\\.gz|\\.bin)");
    }

    static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    Images train() {
        return train;
    }

    Images test() {
        return test;
    }

    int channels() {
        return channels;
    }

    int side() {
        return side;
    }

    /** The standardized pixels of some images, one after the other. */
    float[] pixels(Images images, int[] indices, int from, int to) {
        int size = channels * side * side;
        float[] target = new float[(to - from) * size];
        for (int i = from; i < to; ++i) {
            byte[] image = images.pixels()[indices[i]];
            int offset = (i - from) * size;
            for (int p = 0; p < size; ++p) {
                int channel = p / (side * side);
                target[offset + p] = ((image[p] & 0xff) - mean[channel]) * factor[channel];
            }
        }
        return target;
    }

    /** The labels of some images. */
    static float[] labels(Images images, int[] indices, int from, int to) {
        float[] target = new float[to - from];
        for (int i = from; i < to; ++i) {
            target[i - from] = images.labels()[indices[i]];
        }
        return target;
    }
}
