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

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.ParameterStore;
import java.io.PrintWriter;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import org.binaryops.kan.Kan;
import org.binaryops.kan.training.FitState;
import org.binaryops.kan.training.KanFit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** pykan's example 8: five peaks learned one after the other, and none forgotten. */
@Command(
        name = "peaks",
        mixinStandardHelpOptions = true,
        showDefaultValues = true,
        description = "pykan's example 8: continual learning of five peaks, [1, 1], grid 200.")
public final class PeaksCommand implements Callable<Integer> {

    private static final int PEAKS = 5;
    private static final int EACH = 100;

    @Option(names = "--seed", defaultValue = "1", description = "The seed of the network.")
    private int seed;

    @Option(names = "--steps", defaultValue = "100", description = "The steps for each peak.")
    private int steps;

    @Spec private CommandSpec spec;

    /** For picocli. */
    public PeaksCommand() {}

    /** {@inheritDoc} */
    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        double[] x = new double[PEAKS * EACH];
        double[] y = new double[x.length];
        for (int s = 0; s < x.length; ++s) {
            x[s] = -1 + 2. * s / (x.length - 1);
            for (int p = 0; p < PEAKS; ++p) {
                double away = x[s] - (p - 2) * 0.4;
                y[s] += Math.exp(-300 * away * away);
            }
        }
        try (NDManager manager = NDManager.newBaseManager()) {
            Kan kan =
                    Kan.builder()
                            .setWidths(1, 1)
                            .optGrid(200)
                            .optNoiseScale(0.1)
                            .optContinual()
                            .optSeed(seed)
                            .build();
            kan.initialize(manager, DataType.FLOAT64, new Shape(1, 1));
            out.println("five peaks, one after the other, [1, 1], grid 200; float64, seed " + seed);
            out.println("| peak learned | RMSE on it | RMSE on all learned so far | pykan's |");
            out.println("|---|---|---|---|");
            for (int p = 0; p < PEAKS; ++p) {
                NDArray px = column(manager, Arrays.copyOfRange(x, p * EACH, (p + 1) * EACH));
                NDArray py = column(manager, Arrays.copyOfRange(y, p * EACH, (p + 1) * EACH));
                List<FitState> states =
                        KanFit.builder()
                                .optSteps(steps)
                                .optGridUpdates(0, 0)
                                .build()
                                .fit(kan, px, py);
                double sum = 0;
                NDArray all = column(manager, Arrays.copyOf(x, (p + 1) * EACH));
                double[] now =
                        kan.forward(new ParameterStore(manager, false), new NDList(all), false)
                                .head()
                                .toDoubleArray();
                for (int s = 0; s < now.length; ++s) {
                    sum += (now[s] - y[s]) * (now[s] - y[s]) / now.length;
                }
                out.printf(
                        "| %d | %.3g | %.3g | about 4e-6 |%n",
                        p + 1, states.get(states.size() - 1).train(), Math.sqrt(sum));
            }
        }
        return 0;
    }

    private static NDArray column(NDManager manager, double[] values) {
        return manager.create(values, new Shape(values.length, 1));
    }
}
