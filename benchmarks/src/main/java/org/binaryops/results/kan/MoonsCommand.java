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
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.Callable;
import org.binaryops.kan.Kan;
import org.binaryops.kan.drawing.KanDrawing;
import org.binaryops.kan.reading.Formulas;
import org.binaryops.kan.reading.Symbolic;
import org.binaryops.kan.symbolic.Canonical;
import org.binaryops.kan.symbolic.Expression;
import org.binaryops.kan.symbolic.SymbolicLibrary;
import org.binaryops.kan.training.KanFit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** pykan's example 4: two moons with a layer of two edges, and the formula that separates them. */
@Command(
        name = "moons",
        mixinStandardHelpOptions = true,
        showDefaultValues = true,
        description = "pykan's example 4: two moons as a regression of the class, [2, 1].")
public final class MoonsCommand implements Callable<Integer> {

    private static final int COUNT = 1000;

    @Option(names = "--seed", defaultValue = "1", description = "The seed of network and data.")
    private int seed;

    @Option(names = "--out", defaultValue = "target/results/kan", description = "For pictures.")
    private Path out;

    @Spec private CommandSpec spec;

    /** For picocli. */
    public MoonsCommand() {}

    /** {@inheritDoc} */
    @Override
    public Integer call() throws IOException {
        PrintWriter print = spec.commandLine().getOut();
        try (NDManager manager = NDManager.newBaseManager()) {
            Samples train = moons(manager, seed);
            Samples test = moons(manager, seed + 1000L);
            Kan kan = Kan.builder().setWidths(2, 1).optSeed(seed).build();
            kan.initialize(manager, DataType.FLOAT64, new Shape(1, 2));
            long start = System.nanoTime();
            KanFit.builder().optSteps(20).build().fit(kan, train.x(), train.y());
            double seconds = (System.nanoTime() - start) / 1e9;
            print.println("two moons, noise 0.1, 1000 samples, [2, 1], grid 3, 20 steps");
            print.println("| | train accuracy | test accuracy | pykan's notebook |");
            print.println("|---|---|---|---|");
            print.printf(
                    "| splines, %.1f s | %.3f | %.3f | 1.000 / 0.998, 1 s |%n",
                    seconds, accuracy(kan, train), accuracy(kan, test));
            KanDrawing.of(kan, train.x()).draw().write(out.resolve("moons.png"));
            SymbolicLibrary library =
                    SymbolicLibrary.standard()
                            .only(
                                    "x", "x^2", "x^3", "x^4", "exp", "log", "sqrt", "tanh", "sin",
                                    "tan", "abs");
            Symbolic.auto(kan, train.x(), library);
            print.printf(
                    "| formula | %.3f | %.3f | 0.997 / 0.997 |%n",
                    accuracy(kan, train), accuracy(kan, test));
            Expression formula = new Canonical().simplify(Formulas.of(kan).get(0));
            print.println("class 1 where " + formula.toText(4) + " > 0.5");
        }
        return 0;
    }

    private static double accuracy(Kan kan, Samples samples) {
        try (NDManager scratch = samples.x().getManager().newSubManager()) {
            NDArray x = samples.x().stopGradient();
            x.attach(scratch);
            ParameterStore store = new ParameterStore(scratch, false);
            double[] y = kan.forward(store, new NDList(x), false).head().toDoubleArray();
            double[] wanted = samples.y().toDoubleArray();
            int right = 0;
            for (int s = 0; s < y.length; ++s) {
                right += Math.rint(y[s]) == wanted[s] ? 1 : 0;
            }
            return (double) right / y.length;
        }
    }

    /** Two half circles, the second turned and shifted by (1, ½), with Gaussian noise. */
    private static Samples moons(NDManager manager, long seed) {
        Random random = new Random(seed);
        double[] x = new double[2 * COUNT];
        double[] y = new double[COUNT];
        for (int s = 0; s < COUNT; ++s) {
            boolean second = s >= COUNT / 2;
            double angle = Math.PI * (s % (COUNT / 2)) / (COUNT / 2 - 1);
            double c = Math.cos(angle);
            double d = Math.sin(angle);
            x[2 * s] = (second ? 1 - c : c) + 0.1 * random.nextGaussian();
            x[2 * s + 1] = (second ? 0.5 - d : d) + 0.1 * random.nextGaussian();
            y[s] = second ? 1 : 0;
        }
        return new Samples(
                manager.create(x, new Shape(COUNT, 2)), manager.create(y, new Shape(COUNT, 1)));
    }
}
