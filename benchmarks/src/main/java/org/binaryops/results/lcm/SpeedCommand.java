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
import ai.djl.nn.Parameter;
import ai.djl.training.GradientCollector;
import ai.djl.training.ParameterStore;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.DoubleStream;
import org.binaryops.monoid.LcmAggregator;
import org.binaryops.monoid.Segments;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Times the learned monoid, on demand in turns with PyTorch Geometric's. */
@Command(
        name = "speed",
        mixinStandardHelpOptions = true,
        description =
                "Milliseconds of the learned monoid, forward and with backward; with --peer in"
                    + " turns with PyTorch Geometric's LCMAggregation, after a comparison of the"
                    + " results. Set OMP_NUM_THREADS for both.")
final class SpeedCommand implements Callable<Integer> {

    /** Sets, elements of each (0: 1 to 290 by a power law), features. */
    private static final int[][] SHAPES = {
        {1, 16, 32},
        {1, 64, 32},
        {1, 256, 32},
        {1, 1024, 32},
        {1, 4096, 32},
        {16, 1024, 32},
        {128, 16, 128},
        {256, 0, 64}
    };

    @Spec private CommandSpec spec;

    @Option(
            names = "--peer",
            description = "A Python with torch and torch-geometric to time in turns with.")
    private String python;

    @Option(names = "--rounds", description = "Turns of each side (${DEFAULT-VALUE}).")
    private int rounds = 5;

    @Option(names = "--repeats", description = "Timed passes a turn (${DEFAULT-VALUE}).")
    private int repeats = 11;

    @Option(
            names = "--warm-up",
            description = "Seconds of each side before the first turn (${DEFAULT-VALUE}).")
    private double warmUp = 3;

    @Option(names = "--shapes", split = ",", description = "Which of the shapes, from 0.")
    private int[] shapes = {0, 1, 2, 3, 4, 5, 6, 7};

    SpeedCommand() {}

    @Override
    public Integer call() throws IOException {
        PrintWriter out = spec.commandLine().getOut();
        for (int shape : shapes) {
            if (shape < 0 || shape >= SHAPES.length) {
                throw new CommandLine.ParameterException(
                        spec.commandLine(),
                        String.format(
                                "A shape must be between 0 and %d, but is %d.",
                                SHAPES.length - 1, shape));
            }
        }
        // The compiler gets a first shape for itself; on one core it competes with what it
        // compiles.
        try (NDManager manager = NDManager.newBaseManager()) {
            time(manager, 1, 64, 32, null, new PrintWriter(Writer.nullWriter()));
        }
        out.print("| sets × elements, features | pass | here, ms |");
        out.println(peer(" peer, ms | peer / here | difference |"));
        out.println("|---|---|---|" + peer("---|---|---|"));
        try (PeerProcess peer = python == null ? null : new PeerProcess(python)) {
            for (int shape : shapes) {
                int[] numbers = SHAPES[shape];
                try (NDManager manager = NDManager.newBaseManager()) {
                    time(manager, numbers[0], numbers[1], numbers[2], peer, out);
                }
            }
        }
        return 0;
    }

    private String peer(String columns) {
        return python == null ? "" : columns;
    }

    private void time(
            NDManager manager, int sets, int n, int features, PeerProcess peer, PrintWriter out)
            throws IOException {
        int[] lengths = lengths(sets, n);
        Segments segments = Segments.ofLengths(lengths);
        ParameterStore store = new ParameterStore(manager, false);
        LcmAggregator lcm = LcmAggregator.builder().build();
        lcm.initialize(manager, DataType.FLOAT32, new Shape(1, 1, features));
        NDArray x = manager.randomNormal(new Shape(segments.rows(), features));
        String difference = "";
        if (peer != null) {
            float[] ours = lcm.aggregate(store, x, segments, false).toFloatArray();
            float[] theirs = results(peer, lcm, x, lengths, features);
            // The peer's padding takes part where sizes differ.
            difference = n == 0 ? "(padded)" : String.format("%.0e", largest(ours, theirs));
        }
        String name = String.format("%d × %s, %d", sets, n == 0 ? "power law" : n, features);
        for (String pass : new String[] {"forward", "step"}) {
            Runnable body =
                    pass.equals("forward")
                            ? () -> forward(manager, store, lcm, x, segments)
                            : () -> step(manager, store, lcm, x, segments);
            lcm.freezeParameters(pass.equals("forward"));
            double[][] times = new double[2][0];
            for (int round = 0; round < rounds; ++round) {
                double seconds = round == 0 ? warmUp : 0.05;
                times[0] = join(times[0], times(body, seconds));
                if (peer != null) {
                    times[1] = join(times[1], peer.times(pass, seconds, repeats));
                }
            }
            lcm.freezeParameters(false);
            double here = median(times[0]);
            if (peer == null) {
                out.printf("| %s | %s | %.2f |%n", name, pass, here);
            } else {
                double there = median(times[1]);
                out.printf(
                        "| %s | %s | %.2f | %.2f | %.2f | %s |%n",
                        name, pass, here, there, there / here, difference);
            }
            out.flush();
        }
    }

    private static void forward(
            NDManager manager,
            ParameterStore store,
            LcmAggregator lcm,
            NDArray x,
            Segments segments) {
        try (NDManager m = manager.newSubManager()) {
            NDArray y = x.stopGradient();
            y.attach(m);
            lcm.aggregate(store, y, segments, false);
        }
    }

    private static void step(
            NDManager manager,
            ParameterStore store,
            LcmAggregator lcm,
            NDArray x,
            Segments segments) {
        try (NDManager m = manager.newSubManager();
                GradientCollector collector = Engine.getInstance().newGradientCollector()) {
            NDArray y = x.duplicate();
            y.attach(m);
            y.setRequiresGradient(true);
            collector.backward(lcm.aggregate(store, y, segments, true).sum());
        }
    }

    /** The peer's results with our weights and elements. */
    private static float[] results(
            PeerProcess peer, LcmAggregator lcm, NDArray x, int[] lengths, int features)
            throws IOException {
        Path file = Files.createTempFile("lcm", ".f32");
        try {
            NDList arrays = new NDList();
            for (Parameter parameter : lcm.getParameters().values()) {
                arrays.add(parameter.getArray());
            }
            arrays.add(x);
            int count = arrays.stream().mapToInt(array -> (int) array.size()).sum();
            ByteBuffer bytes = ByteBuffer.allocate(4 * (count + 1)).order(ByteOrder.LITTLE_ENDIAN);
            bytes.putFloat(features);
            for (NDArray array : arrays) {
                for (float value : array.toFloatArray()) {
                    bytes.putFloat(value);
                }
            }
            Files.write(file, bytes.array());
            String sizes =
                    Arrays.stream(lengths)
                            .mapToObj(Integer::toString)
                            .collect(Collectors.joining(" "));
            peer.ask("shape " + file + " " + sizes);
            peer.ask("values " + file);
            ByteBuffer answer =
                    ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
            float[] values = new float[answer.remaining() / 4];
            answer.asFloatBuffer().get(values);
            return values;
        } finally {
            Files.delete(file);
        }
    }

    private static double largest(float[] a, float[] b) {
        double largest = 0;
        for (int i = 0; i < a.length; ++i) {
            largest = Math.max(largest, Math.abs(a[i] - b[i]));
        }
        return largest;
    }

    private static int[] lengths(int sets, int n) {
        int[] lengths = new int[sets];
        for (int i = 0; i < sets; ++i) {
            double u = (i + 0.5) / sets;
            lengths[i] = n > 0 ? n : (int) Math.min(1024, Math.pow(1 - u, -1 / 1.1));
        }
        Random random = new Random(1);
        for (int i = sets - 1; i > 0; --i) {
            int j = random.nextInt(i + 1);
            int swap = lengths[i];
            lengths[i] = lengths[j];
            lengths[j] = swap;
        }
        return lengths;
    }

    private double[] times(Runnable body, double seconds) {
        long end = System.nanoTime() + (long) (seconds * 1e9);
        while (System.nanoTime() < end) {
            body.run();
        }
        double[] times = new double[repeats];
        for (int i = 0; i < repeats; ++i) {
            long start = System.nanoTime();
            body.run();
            times[i] = (System.nanoTime() - start) / 1e6;
        }
        return times;
    }

    private static double[] join(double[] a, double[] b) {
        return DoubleStream.concat(Arrays.stream(a), Arrays.stream(b)).toArray();
    }

    private static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted.length == 0 ? Double.NaN : sorted[sorted.length / 2];
    }
}
