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
package org.binaryops.results.kan;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import java.io.PrintWriter;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.ToDoubleFunction;
import org.binaryops.kan.BaseBranch;
import org.binaryops.kan.Kan;
import org.binaryops.kan.ReluKanBasis;
import org.binaryops.kan.training.FitState;
import org.binaryops.kan.training.KanFit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The six functions of ReLU-KAN (arXiv 2406.02075). */
@Command(
        name = "relu",
        mixinStandardHelpOptions = true,
        showDefaultValues = true,
        description = "The functions f1 to f6 of ReLU-KAN, Adam 1e-3, 5000 iterations each.")
public final class ReluCommand implements Callable<Integer> {

    private record Task(
            String name, String reported, ToDoubleFunction<double[]> f, int... widths) {}

    private static final List<Task> TASKS =
            List.of(
                    new Task("f1 sin(pi x)", "6e-6", x -> Math.sin(Math.PI * x[0]), 1, 1),
                    new Task(
                            "f2 sin(5 pi x) + x",
                            "8e-3",
                            x -> Math.sin(5 * Math.PI * x[0]) + x[0],
                            1,
                            1),
                    new Task("f3 x^2 + x + 1", "4e-5", x -> x[0] * x[0] + x[0] + 1, 1, 1),
                    new Task(
                            "f4 sin(pi x1 + pi x2)",
                            "3e-5",
                            x -> Math.sin(Math.PI * (x[0] + x[1])),
                            2,
                            5,
                            1),
                    new Task("f5 exp(sin(pi x1) + x2^2)", "1.6e-4", Samples::hello, 2, 5, 1),
                    new Task(
                            "f6 exp(sin(pi(x1^2+x2^2)) + sin(pi(x3^2+x4^2)))",
                            "1.6e-2",
                            x ->
                                    Math.exp(
                                            Math.sin(Math.PI * (x[0] * x[0] + x[1] * x[1]))
                                                    + Math.sin(
                                                            Math.PI * (x[2] * x[2] + x[3] * x[3]))),
                            4,
                            4,
                            2,
                            1));

    @Option(names = "--seed", defaultValue = "1", description = "The seed of networks and data.")
    private int seed;

    @Option(names = "--iterations", defaultValue = "5000", description = "The steps of Adam.")
    private int iterations;

    @Spec private CommandSpec spec;

    /** For picocli. */
    public ReluCommand() {}

    /** {@inheritDoc} */
    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        out.println("ReLU-KAN, G 5, k 3, trained phases, MSE; 1000 and 100 samples in [0, 1]");
        out.println("| function | widths | train | test | read off the README's plot | s |");
        out.println("|---|---|---|---|---|---|");
        for (Task task : TASKS) {
            try (NDManager manager = NDManager.newBaseManager()) {
                int features = task.widths[0];
                Samples train = Samples.of(manager, task.f, features, 1000, 0, seed);
                Samples test = Samples.of(manager, task.f, features, 100, 0, seed + 1000L);
                Kan kan =
                        Kan.builder()
                                .setWidths(task.widths)
                                .optBasis(
                                        () -> ReluKanBasis.builder().optGrid(5).optOrder(3).build())
                                .optBase(BaseBranch.NONE)
                                .optScale(false)
                                .optBias(true)
                                .optSeed(seed)
                                .build();
                kan.initialize(manager, DataType.FLOAT64, new Shape(1, features));
                Optimizer adam =
                        Optimizer.adam().optLearningRateTracker(Tracker.fixed(1e-3f)).build();
                long start = System.nanoTime();
                List<FitState> states =
                        KanFit.builder()
                                .optSteps(iterations)
                                .optOptimizer(adam)
                                .optGridUpdates(0, 0)
                                .optStateEvery(iterations)
                                .build()
                                .fit(kan, train.x(), train.y(), test.x(), test.y());
                FitState last = states.get(states.size() - 1);
                out.printf(
                        "| %s | %s | %.2g | %.2g | %s | %.0f |%n",
                        task.name,
                        Arrays.toString(task.widths),
                        last.train() * last.train(),
                        last.test() * last.test(),
                        task.reported,
                        (System.nanoTime() - start) / 1e9);
            }
        }
        return 0;
    }
}
