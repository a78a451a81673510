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

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;

/** The second minimum of multisets, also of much larger ones than trained on. */
@Command(
        name = "second-minimum",
        mixinStandardHelpOptions = true,
        description = {
            "Exact-match accuracy for the second smallest of a multiset, trained on 65,536"
                    + " multisets of 2 to 16 numbers, tested on 1,024 of each size.",
            "Reported by the reference example: about .95 for 8 bits at size 32 after 1,000 epochs"
                    + " at learning rate 1e-4."
        })
final class SecondMinimumCommand implements Callable<Integer> {

    private static final int WIDTH = 128;

    @Spec private CommandSpec spec;

    @Option(names = "--bits", description = "Bits of a number (${DEFAULT-VALUE}).")
    private int bits = 4;

    @Option(names = "--seeds", description = "How many seeds (${DEFAULT-VALUE}).")
    private int seeds = 3;

    @Option(names = "--epochs", description = "At most so many epochs (${DEFAULT-VALUE}).")
    private int epochs = 1;

    @Option(names = "--minutes", description = "At most so long a training (${DEFAULT-VALUE}).")
    private double minutes = 60;

    @Option(names = "--dropout", description = "Dropout of the encoder (${DEFAULT-VALUE}).")
    private float dropout = 0.5f;

    @Option(names = "--learning-rate", description = "Of Adam (${DEFAULT-VALUE}).")
    private double learningRate = 1e-3;

    @Option(names = "--decay", description = "Let the learning rate fall along a cosine.")
    private boolean decay;

    @Option(
            names = "--aggregators",
            split = ",",
            description = "Of " + Aggregators.NAMES + " (${DEFAULT-VALUE}).")
    private List<String> aggregators = List.of("lcm", "gru", "sum", "max");

    @Option(names = "--sizes", split = ",", description = "Sizes to test (${DEFAULT-VALUE}).")
    private List<Integer> sizes = List.of(16, 32, 64, 128, 256, 512, 1024);

    SecondMinimumCommand() {}

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        out.printf(
                "Second minimum, %d bits, %d epochs or %.1f min, %d seeds: exact match%n%n",
                bits, epochs, minutes, seeds);
        StringBuilder head = new StringBuilder("| aggregator | seed | epochs | s | CPU s ");
        sizes.forEach(size -> head.append("| n = ").append(size).append(' '));
        out.println(head.append('|'));
        out.println("|---".repeat(5 + sizes.size()) + "|");
        for (String aggregator : aggregators) {
            double[] mean = new double[sizes.size()];
            for (int seed = 0; seed < seeds; ++seed) {
                long start = System.nanoTime();
                double cpu = cpuSeconds();
                double[] result = train(aggregator, seed);
                double seconds = (System.nanoTime() - start) / 1e9;
                for (int i = 0; i < mean.length; ++i) {
                    mean[i] += result[i + 1] / seeds;
                }
                out.println(
                        row(
                                aggregator,
                                Integer.toString(seed),
                                (int) result[0],
                                String.format("%.0f | %.0f", seconds, cpuSeconds() - cpu),
                                Arrays.copyOfRange(result, 1, result.length)));
                out.flush();
            }
            if (seeds > 1) {
                out.println(row("**" + aggregator + "**", "mean", epochs, "|", mean));
            }
        }
        return 0;
    }

    /** The time of all cores, which other programs on the machine do not lengthen. */
    private static double cpuSeconds() {
        return ProcessHandle.current()
                .info()
                .totalCpuDuration()
                .map(d -> d.toMillis() / 1e3)
                .orElse(Double.NaN);
    }

    private static String row(
            String name, String seed, int epochs, String seconds, double[] accuracies) {
        StringBuilder row = new StringBuilder();
        row.append(String.format("| %s | %s | %d | ", name, seed, epochs));
        row.append(seconds);
        for (double accuracy : accuracies) {
            row.append(String.format(" | %.3f", accuracy));
        }
        return row.append(" |").toString();
    }

    /** The number of epochs, then the accuracies. */
    private double[] train(String name, int seed) {
        Engine.getInstance().setRandomSeed(seed);
        Multisets data = Multisets.random(65_536, bits, 2, 16, 100 + seed);
        List<Double> result = new ArrayList<>();
        try (NDManager manager = NDManager.newBaseManager()) {
            SetNetwork network =
                    new SetNetwork(2 * bits, WIDTH, bits, Aggregators.of(name, seed), dropout);
            network.initialize(manager, DataType.FLOAT32, new Shape(1, 2L * bits));
            ParameterStore store = new ParameterStore(manager, false);
            Loss loss = Loss.sigmoidBinaryCrossEntropyLoss();
            PrintWriter err = spec.commandLine().getErr();
            int trained =
                    new Training(network, learningRate, decay, epochs, minutes * 60)
                            .run(
                                    manager,
                                    data.sets().length,
                                    128,
                                    new Random(seed),
                                    (m, batch) -> {
                                        NDArray logits =
                                                network.apply(
                                                        store,
                                                        data.elements(m, batch),
                                                        data.segments(batch),
                                                        true);
                                        NDArray labels =
                                                m.create(
                                                        data.labels(batch),
                                                        new Shape(batch.length, bits));
                                        return loss.evaluate(
                                                new NDList(labels), new NDList(logits));
                                    },
                                    (epoch, value, elapsed) -> {
                                        if (epoch % 5 == 0) {
                                            err.printf(
                                                    "%s seed %d: epoch %d, %.0f s, loss %.4f,"
                                                            + " size 32: %.3f%n",
                                                    name,
                                                    seed,
                                                    epoch,
                                                    elapsed,
                                                    value,
                                                    accuracy(manager, network, store, 32));
                                        }
                                    });
            result.add((double) trained);
            for (int size : sizes) {
                result.add(accuracy(manager, network, store, size));
            }
        }
        return result.stream().mapToDouble(Double::doubleValue).toArray();
    }

    private double accuracy(NDManager manager, SetNetwork network, ParameterStore store, int size) {
        Multisets held = Multisets.random(1024, bits, size, size, 900 + size);
        int chunk = Math.max(16, Math.min(1024, 65_536 / size));
        int exact = 0;
        for (int from = 0; from < 1024; from += chunk) {
            int[] chosen = IntStream.range(from, Math.min(1024, from + chunk)).toArray();
            try (NDManager batch = manager.newSubManager()) {
                float[] logits =
                        network.apply(
                                        store,
                                        held.elements(batch, chosen),
                                        held.segments(chosen),
                                        false)
                                .toFloatArray();
                float[] labels = held.labels(chosen);
                for (int set = 0; set < chosen.length; ++set) {
                    boolean match = true;
                    for (int b = 0; b < bits; ++b) {
                        match &= logits[set * bits + b] > 0 == labels[set * bits + b] > 0;
                    }
                    exact += match ? 1 : 0;
                }
            }
        }
        return exact / 1024.0;
    }
}
