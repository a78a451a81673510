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
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import org.binaryops.kan.Kan;
import org.binaryops.kan.training.FitState;
import org.binaryops.kan.training.KanFit;
import org.binaryops.kan.training.Starts;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** pykan's example 1: the error falls as the grid is refined, until there are too few samples. */
@Command(
        name = "grids",
        mixinStandardHelpOptions = true,
        showDefaultValues = true,
        description = "pykan's example 1: refinement of the grid of [2, 1, 1].")
public final class GridsCommand implements Callable<Integer> {

    private static final int[] GRIDS = {3, 10, 20, 50, 100};
    private static final String[] REPORTED = {
        "1.53e-2", "3.29e-4", "4.04e-5", "1.24e-5", "1.74e-3"
    };

    @Option(names = "--seed", defaultValue = "1", description = "The seed of the data.")
    private int seed;

    @Option(names = "--steps", defaultValue = "50", description = "The steps for each grid.")
    private int steps;

    @Option(
            names = "--starts",
            defaultValue = "12",
            description =
                    "Starts from noise, of which the best after 3 steps goes on: many end in a poor"
                            + " minimum, with PyTorch's L-BFGS too.")
    private int starts;

    @Spec private CommandSpec spec;

    /** For picocli. */
    public GridsCommand() {}

    /** {@inheritDoc} */
    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        try (NDManager manager = NDManager.newBaseManager()) {
            Samples train = Samples.of(manager, Samples::hello, 2, 1000, -1, seed);
            Samples test = Samples.of(manager, Samples::hello, 2, 1000, -1, seed + 1000L);
            KanFit trial = KanFit.builder().optSteps(3).optGridUpdates(0, 0).build();
            Kan kan =
                    new Starts(starts, trial)
                            .best(
                                    manager,
                                    start ->
                                            Kan.builder().setWidths(2, 1, 1).optSeed(start).build(),
                                    train.x(),
                                    train.y());
            out.printf(
                    "exp(sin(pi x1) + x2^2), [2, 1, 1], RMSE; float64, data of seed %d, best of %d"
                            + " starts%n",
                    seed, starts);
            out.println("| grid | train | test | pykan's notebook, test | s |");
            out.println("|---|---|---|---|---|");
            for (int g = 0; g < GRIDS.length; ++g) {
                long start = System.nanoTime();
                if (g > 0) {
                    kan = kan.refined(manager, GRIDS[g]);
                }
                List<FitState> states =
                        KanFit.builder()
                                .optSteps(steps)
                                // To what reaches each level now; the functions stay.
                                .optGridUpdates(1, 1)
                                .build()
                                .fit(kan, train.x(), train.y(), test.x(), test.y());
                FitState last = states.get(states.size() - 1);
                out.printf(
                        "| %d | %.3g | %.3g | %s | %.0f |%n",
                        GRIDS[g],
                        last.train(),
                        last.test(),
                        REPORTED[g],
                        (System.nanoTime() - start) / 1e9);
            }
        }
        return 0;
    }
}
