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
package org.binaryops.results.lcm;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.ParameterStore;
import ai.djl.training.loss.Loss;

import org.binaryops.monoid.Segments;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.zip.GZIPInputStream;

/** A real set-valued task: Fashion-MNIST images as sets of points. */
@Command(
        name = "point-sets",
        mixinStandardHelpOptions = true,
        description = {
            "Classifies Fashion-MNIST images given as sets of points: a random sample of the"
                    + " pixels above grey level 32, each a row, a column and a grey level.",
            "Images with fewer such pixels give smaller sets; nothing tells the order."
        })
final class PointSetsCommand implements Callable<Integer> {

    private static final int FEATURES = 3 * 9;

    @Spec private CommandSpec spec;

    @Option(names = "--train", description = "Training images (${DEFAULT-VALUE}).")
    private int train = 2000;

    @Option(names = "--test", description = "Test images (${DEFAULT-VALUE}).")
    private int test = 500;

    @Option(names = "--points", description = "Points of an image at most (${DEFAULT-VALUE}).")
    private int points = 64;

    @Option(names = "--epochs", description = "Epochs (${DEFAULT-VALUE}).")
    private int epochs = 15;

    @Option(names = "--seeds", description = "How many seeds (${DEFAULT-VALUE}).")
    private int seeds = 3;

    @Option(names = "--width", description = "Features of a latent (${DEFAULT-VALUE}).")
    private int width = 64;

    @Option(
            names = "--aggregators",
            split = ",",
            description = "Of " + Aggregators.NAMES + " (${DEFAULT-VALUE}).")
    private List<String> aggregators = List.of("lcm", "gru", "sum", "mean", "max");

    PointSetsCommand() {}

    @Override
    public Integer call() throws IOException {
        PrintWriter out = spec.commandLine().getOut();
        byte[][] images = {
            read("train-images", 16, 784, train), read("t10k-images", 16, 784, test)
        };
        byte[][] labels = {read("train-labels", 8, 1, train), read("t10k-labels", 8, 1, test)};
        int trainCount = labels[0].length;
        out.printf(
                "Fashion-MNIST as point sets: %d training and %d test images, at most %d points,"
                        + " %d epochs%n%n",
                trainCount, labels[1].length, points, epochs);
        out.println("| aggregator | accuracy by seed | mean | s |");
        out.println("|---|---|---|---|");
        for (String aggregator : aggregators) {
            StringBuilder each = new StringBuilder();
            double mean = 0;
            long start = System.nanoTime();
            for (int seed = 0; seed < seeds; ++seed) {
                double accuracy = run(aggregator, seed, images, labels);
                each.append(String.format("%.3f ", accuracy));
                mean += accuracy / seeds;
            }
            out.printf(
                    "| %s | %s| %.3f | %.0f |%n",
                    aggregator, each, mean, (System.nanoTime() - start) / 1e9);
            out.flush();
        }
        return 0;
    }

    private double run(String name, int seed, byte[][] images, byte[][] labels) {
        Engine.getInstance().setRandomSeed(seed);
        Random random = new Random(seed);
        try (NDManager manager = NDManager.newBaseManager()) {
            SetNetwork network =
                    new SetNetwork(FEATURES, width, 10, Aggregators.of(name, seed), 0.1f);
            network.initialize(manager, DataType.FLOAT32, new Shape(1, FEATURES));
            ParameterStore store = new ParameterStore(manager, false);
            Loss loss = Loss.softmaxCrossEntropyLoss();
            new Training(network, 1e-3, true, epochs, 3600)
                    .run(
                            manager,
                            labels[0].length,
                            64,
                            random,
                            (m, batch) ->
                                    loss.evaluate(
                                            new NDList(classes(m, labels[0], batch)),
                                            new NDList(
                                                    apply(
                                                            m, network, store, images[0], batch,
                                                            random, true))),
                            (epoch, value, elapsed) -> {});
            int right = 0;
            int count = labels[1].length;
            for (int from = 0; from < count; from += 100) {
                int[] batch = new int[Math.min(100, count - from)];
                int first = from;
                Arrays.setAll(batch, i -> first + i);
                try (NDManager m = manager.newSubManager()) {
                    NDArray scores =
                            apply(m, network, store, images[1], batch, new Random(from), false);
                    long[] best = scores.argMax(1).toLongArray();
                    for (int i = 0; i < batch.length; ++i) {
                        right += best[i] == labels[1][batch[i]] ? 1 : 0;
                    }
                }
            }
            return right / (double) count;
        }
    }

    private static NDArray classes(NDManager manager, byte[] labels, int[] batch) {
        float[] classes = new float[batch.length];
        for (int i = 0; i < batch.length; ++i) {
            classes[i] = labels[batch[i]];
        }
        return manager.create(classes);
    }

    /** Every point: its coordinates and grey level, and sines and cosines of them. */
    private NDArray apply(
            NDManager manager,
            SetNetwork network,
            ParameterStore store,
            byte[] images,
            int[] batch,
            Random random,
            boolean training) {
        float[] values = new float[batch.length * points * FEATURES];
        int[] lengths = new int[batch.length];
        int at = 0;
        for (int i = 0; i < batch.length; ++i) {
            int[] bright = new int[784];
            int count = 0;
            for (int pixel = 0; pixel < 784; ++pixel) {
                if ((images[batch[i] * 784 + pixel] & 0xff) > 32) {
                    bright[count++] = pixel;
                }
            }
            lengths[i] = Math.min(points, count);
            for (int p = 0; p < lengths[i]; ++p) {
                int j = p + random.nextInt(count - p);
                int pixel = bright[j];
                bright[j] = bright[p];
                int grey = images[batch[i] * 784 + pixel] & 0xff;
                double[] coordinates = {
                    (pixel / 28 - 13.5) / 14, (pixel % 28 - 13.5) / 14, grey / 127.5 - 1
                };
                for (double c : coordinates) {
                    values[at++] = (float) c;
                    for (int k = 0; k < 4; ++k) {
                        values[at++] = (float) Math.sin(Math.PI * c * (1 << k) / 2);
                        values[at++] = (float) Math.cos(Math.PI * c * (1 << k) / 2);
                    }
                }
            }
        }
        NDArray elements =
                manager.create(Arrays.copyOf(values, at), new Shape(at / FEATURES, FEATURES));
        return network.apply(store, elements, Segments.ofLengths(lengths), training);
    }

    private static byte[] read(String part, int header, int width, int count) throws IOException {
        Path file =
                Path.of(
                        System.getProperty("data", "data/fashion-mnist"),
                        part + "-idx" + (width == 1 ? 1 : 3) + "-ubyte.gz");
        try (DataInputStream in =
                new DataInputStream(new GZIPInputStream(Files.newInputStream(file)))) {
            in.skipNBytes(header);
            byte[] bytes = in.readNBytes(width * count);
            return bytes;
        }
    }
}
