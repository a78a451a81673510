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
import ai.djl.training.GradientCollector;
import ai.djl.training.ParameterStore;
import java.io.PrintWriter;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.Callable;
import org.binaryops.monoid.LcmAggregator;
import org.binaryops.monoid.Segments;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Times the learned monoid on the shapes on which the peer script times PyTorch Geometric. */
@Command(
        name = "speed",
        mixinStandardHelpOptions = true,
        description =
                "Median and shortest milliseconds of the learned monoid on the shapes of"
                        + " benchmarks/peers/lcm_pyg.py, forward and with backward.")
final class SpeedCommand implements Callable<Integer> {

    /** Sets, elements of each (0: 1 to 165 by a power law), features; as in the peer script. */
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

    @Option(names = "--repeats", description = "Timed repetitions (${DEFAULT-VALUE}).")
    private int repeats = 31;

    @Option(
            names = "--warm-up",
            description = "Milliseconds for the compiler, a shape and pass (${DEFAULT-VALUE}).")
    private int warmUp = 1500;

    SpeedCommand() {}

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        for (int[] shape : SHAPES) {
            int[] lengths = lengths(shape[0], shape[1]);
            Segments segments = Segments.ofLengths(lengths);
            try (NDManager manager = NDManager.newBaseManager()) {
                ParameterStore store = new ParameterStore(manager, false);
                LcmAggregator lcm = LcmAggregator.builder().build();
                lcm.initialize(manager, DataType.FLOAT32, new Shape(1, 1, shape[2]));
                NDArray x = manager.randomNormal(new Shape(segments.rows(), shape[2]));
                lcm.freezeParameters(true);
                String forward =
                        times(
                                () -> {
                                    try (NDManager m = manager.newSubManager()) {
                                        NDArray y = x.stopGradient();
                                        y.attach(m);
                                        lcm.aggregate(store, y, segments, false);
                                    }
                                });
                lcm.freezeParameters(false);
                String step =
                        times(
                                () -> {
                                    try (NDManager m = manager.newSubManager();
                                            GradientCollector c =
                                                    Engine.getInstance().newGradientCollector()) {
                                        NDArray y = x.duplicate();
                                        y.attach(m);
                                        y.setRequiresGradient(true);
                                        c.backward(lcm.aggregate(store, y, segments, true).sum());
                                    }
                                });
                out.printf(
                        "here  sets %d n %d F %d: forward %s ms, forward and backward %s ms%n",
                        shape[0], shape[1], shape[2], forward, step);
                out.flush();
            }
        }
        return 0;
    }

    /** The lengths of the peer script: the same formula over a fixed sequence. */
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

    /** The median, and the shortest, which other programs on the machine disturb least. */
    private String times(Runnable body) {
        long end = System.nanoTime() + warmUp * 1_000_000L;
        while (System.nanoTime() < end) {
            body.run();
        }
        double[] times = new double[repeats];
        for (int i = 0; i < repeats; ++i) {
            long start = System.nanoTime();
            body.run();
            times[i] = (System.nanoTime() - start) / 1e6;
        }
        Arrays.sort(times);
        return String.format("%.2f (shortest %.2f)", times[repeats / 2], times[0]);
    }
}
