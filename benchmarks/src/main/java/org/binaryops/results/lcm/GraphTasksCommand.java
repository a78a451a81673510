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
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.ParameterStore;

import org.binaryops.graph.GraphBatch;
import org.binaryops.graph.GraphProperties;
import org.binaryops.graph.RandomGraphs;

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

/** The synthetic graph tasks: three targets of nodes and three of graphs, learned together. */
@Command(
        name = "graphs",
        mixinStandardHelpOptions = true,
        description = {
            "log10 of the mean squared error of standardised targets, on held-out graphs of the"
                    + " sizes trained on and on larger ones: shortest paths, eccentricity,"
                    + " Laplacian feature; connectivity, diameter, spectral radius.",
            "The tasks of the PNA and LCM papers with generators of our own."
        })
final class GraphTasksCommand implements Callable<Integer> {

    static final String[] TASKS = {
        "shortest path", "eccentricity", "Laplacian", "connected", "diameter", "spectral radius"
    };

    @Spec private CommandSpec spec;

    @Option(names = "--train", description = "Training graphs (${DEFAULT-VALUE}).")
    private int train = 512;

    @Option(names = "--test", description = "Test graphs (${DEFAULT-VALUE}).")
    private int test = 256;

    @Option(names = "--epochs", description = "Epochs (${DEFAULT-VALUE}).")
    private int epochs = 20;

    @Option(names = "--seeds", description = "How many seeds (${DEFAULT-VALUE}).")
    private int seeds = 3;

    @Option(names = "--width", description = "Features of a node (${DEFAULT-VALUE}).")
    private int width = 16;

    @Option(
            names = "--aggregators",
            split = ",",
            description = "Of " + Aggregators.NAMES + " (${DEFAULT-VALUE}).")
    private List<String> aggregators = List.of("lcm", "gru", "sum", "mean", "max", "pna");

    GraphTasksCommand() {}

    /** A graph, the features of its nodes and its targets, those of nodes first. */
    private record Example(GraphBatch graph, float[] features, double[][] targets) {}

    private static Example example(int nodes, Random random) {
        GraphBatch graph = RandomGraphs.any(nodes, random);
        GraphProperties properties = new GraphProperties(graph);
        int source = random.nextInt(nodes);
        double[] x = random.doubles(nodes).toArray();
        float[] features = new float[2 * nodes];
        for (int v = 0; v < nodes; ++v) {
            features[2 * v] = (float) x[v];
            features[2 * v + 1] = v == source ? 1 : 0;
        }
        double[][] targets = new double[6][];
        // What cannot be reached is as far as there are nodes.
        targets[0] =
                Arrays.stream(properties.shortestPaths(source))
                        .mapToDouble(d -> d < 0 ? nodes : d)
                        .toArray();
        targets[1] = Arrays.stream(properties.eccentricities()).asDoubleStream().toArray();
        targets[2] = properties.laplacian(x);
        targets[3] = new double[] {properties.isConnected() ? 1 : 0};
        targets[4] = new double[] {properties.diameter()};
        targets[5] = new double[] {properties.spectralRadius()};
        return new Example(graph, features, targets);
    }

    private static List<Example> examples(int count, int smallest, int largest, long seed) {
        Random random = new Random(seed);
        List<Example> examples = new ArrayList<>();
        for (int i = 0; i < count; ++i) {
            examples.add(example(smallest + random.nextInt(largest - smallest + 1), random));
        }
        return examples;
    }

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        List<Example> training = examples(train, 15, 25, 1);
        List<Example> held = examples(test, 15, 25, 2);
        List<Example> larger = examples(test, 40, 50, 3);
        double[][] scale = scale(training);
        out.printf(
                "Graph tasks: %d graphs of 15 to 25 nodes, %d epochs, %d seeds; mean ± standard"
                        + " deviation of log10 MSE (a constant has 0)%n%n",
                train, epochs, seeds);
        out.println("| aggregator | nodes | " + String.join(" | ", TASKS) + " | mean | s |");
        out.println("|---".repeat(10) + "|");
        for (String aggregator : aggregators) {
            double[][][] results = new double[2][seeds][];
            long start = System.nanoTime();
            for (int seed = 0; seed < seeds; ++seed) {
                double[][] result = run(aggregator, seed, training, scale, List.of(held, larger));
                results[0][seed] = result[0];
                results[1][seed] = result[1];
            }
            double seconds = (System.nanoTime() - start) / 1e9;
            print(out, aggregator, "15–25", results[0], seconds);
            print(out, aggregator, "40–50", results[1], seconds);
        }
        return 0;
    }

    private static void print(
            PrintWriter out, String aggregator, String nodes, double[][] results, double seconds) {
        out.printf("| %s | %s ", aggregator, nodes);
        for (int task = 0; task <= 6; ++task) {
            int k = task;
            double[] all =
                    Arrays.stream(results)
                            .mapToDouble(
                                    r -> k < 6 ? r[k] : Arrays.stream(r).average().orElseThrow())
                            .toArray();
            double mean = Arrays.stream(all).average().orElseThrow();
            double variance =
                    Arrays.stream(all).map(v -> (v - mean) * (v - mean)).average().orElseThrow();
            out.printf("| %.2f ± %.2f ", mean, Math.sqrt(variance));
        }
        out.printf("| %.0f |%n", seconds);
        out.flush();
    }

    /** Mean and standard deviation of each target. */
    private static double[][] scale(List<Example> examples) {
        double[][] scale = new double[6][];
        for (int task = 0; task < 6; ++task) {
            int k = task;
            double[] all =
                    examples.stream().flatMapToDouble(e -> Arrays.stream(e.targets[k])).toArray();
            double mean = Arrays.stream(all).average().orElseThrow();
            double variance =
                    Arrays.stream(all).map(v -> (v - mean) * (v - mean)).average().orElseThrow();
            scale[k] = new double[] {mean, Math.sqrt(variance)};
        }
        return scale;
    }

    private double[][] run(
            String name,
            int seed,
            List<Example> training,
            double[][] scale,
            List<List<Example>> tests) {
        Engine.getInstance().setRandomSeed(seed);
        try (NDManager manager = NDManager.newBaseManager()) {
            GraphNetwork network = new GraphNetwork(name, seed, width);
            network.initialize(manager, DataType.FLOAT32, new Shape(1, 2));
            ParameterStore store = new ParameterStore(manager, false);
            new Training(network, 3e-3, true, epochs, 3600)
                    .run(
                            manager,
                            training.size(),
                            32,
                            new Random(seed),
                            (m, batch) -> {
                                List<Example> chosen = new ArrayList<>();
                                for (int i : batch) {
                                    chosen.add(training.get(i));
                                }
                                NDArray[] errors = errors(m, network, store, chosen, scale, true);
                                return errors[0].mean().add(errors[1].mean());
                            },
                            (epoch, value, elapsed) -> {});
            double[][] results = new double[tests.size()][6];
            for (int t = 0; t < results.length; ++t) {
                try (NDManager m = manager.newSubManager()) {
                    NDArray[] errors = errors(m, network, store, tests.get(t), scale, false);
                    for (int k = 0; k < 6; ++k) {
                        double mse = errors[k / 3].mean(new int[] {0}).getFloat(k % 3);
                        results[t][k] = Math.log10(mse);
                    }
                }
            }
            return results;
        }
    }

    /** Squared errors, [nodes, 3] and [graphs, 3]. */
    private static NDArray[] errors(
            NDManager manager,
            GraphNetwork network,
            ParameterStore store,
            List<Example> examples,
            double[][] scale,
            boolean training) {
        GraphBatch batch = GraphBatch.batch(examples.stream().map(Example::graph).toList());
        float[] features = new float[2 * batch.nodes()];
        float[][] targets = {new float[3 * batch.nodes()], new float[3 * examples.size()]};
        int node = 0;
        for (int g = 0; g < examples.size(); ++g) {
            Example example = examples.get(g);
            System.arraycopy(example.features, 0, features, 2 * node, example.features.length);
            for (int k = 0; k < 6; ++k) {
                double[] values = example.targets[k];
                for (int i = 0; i < values.length; ++i) {
                    int row = k < 3 ? node + i : g;
                    targets[k / 3][3 * row + k % 3] =
                            (float) ((values[i] - scale[k][0]) / scale[k][1]);
                }
            }
            node += example.graph.nodes();
        }
        NDArray[] outputs =
                network.apply(
                        store,
                        manager.create(features, new Shape(batch.nodes(), 2)),
                        batch,
                        training);
        for (int i = 0; i < 2; ++i) {
            NDArray target = manager.create(targets[i], new Shape(targets[i].length / 3, 3));
            outputs[i] = outputs[i].sub(target).square();
        }
        return outputs;
    }
}
