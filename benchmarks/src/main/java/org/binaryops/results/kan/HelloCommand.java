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
import ai.djl.training.ParameterStore;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.binaryops.kan.Edge;
import org.binaryops.kan.Kan;
import org.binaryops.kan.drawing.EdgeDrawing;
import org.binaryops.kan.drawing.KanDrawing;
import org.binaryops.kan.drawing.Picture;
import org.binaryops.kan.reading.FixedEdge;
import org.binaryops.kan.reading.Formulas;
import org.binaryops.kan.reading.Pruning;
import org.binaryops.kan.reading.Symbolic;
import org.binaryops.kan.symbolic.Canonical;
import org.binaryops.kan.symbolic.Expression;
import org.binaryops.kan.symbolic.Rounding;
import org.binaryops.kan.symbolic.SymbolicLibrary;
import org.binaryops.kan.training.FitState;
import org.binaryops.kan.training.KanFit;
import org.binaryops.kan.training.KanRegularizer;
import org.binaryops.kan.training.Starts;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** pykan's hellokan: from samples of exp(sin(πx₁) + x₂²) to the formula. */
@Command(
        name = "hello",
        mixinStandardHelpOptions = true,
        showDefaultValues = true,
        description = "pykan's hellokan: train, prune, refine, read off the formula.")
public final class HelloCommand implements Callable<Integer> {

    /** How many times the least error of the starts a smaller network may have. */
    private static final double TOLERANCE = 3;

    @Option(names = "--seed", defaultValue = "1", description = "The seed of network and data.")
    private int seed;

    @Option(names = "--steps", defaultValue = "50", description = "The steps of each stage.")
    private int steps;

    @Option(
            names = "--samples",
            defaultValue = "1000",
            description = "The number of samples for training, and for testing.")
    private int count;

    @Option(
            names = "--lambda",
            defaultValue = "1e-3",
            description = "The weight of the penalty; the notebook has 1e-3.")
    private double lambda;

    @Option(
            names = "--starts",
            defaultValue = "8",
            description =
                    "How many networks are trained; that which pruning leaves smallest goes on.")
    private int starts;

    @Option(names = "--out", defaultValue = "target/results/kan", description = "For pictures.")
    private Path out;

    @Spec private CommandSpec spec;

    private PrintWriter print;
    private Samples train;
    private Samples test;

    /** For picocli. */
    public HelloCommand() {}

    /** {@inheritDoc} */
    @Override
    public Integer call() throws IOException {
        print = spec.commandLine().getOut();
        long start = System.nanoTime();
        try (NDManager manager = NDManager.newBaseManager()) {
            train = Samples.of(manager, Samples::hello, 2, count, -1, seed);
            test = Samples.of(manager, Samples::hello, 2, count, -1, seed + 1000L);
            print.println("exp(sin(pi x1) + x2^2), [2, 5, 1], grid 3, RMSE; float64, seed " + seed);
            print.println("| stage | train | test | pykan's notebook, train / test |");
            print.println("|---|---|---|---|");
            Kan kan = sparse(manager);
            Picture before = picture(kan).draw();
            Kan pruned = Pruning.prune(kan, manager, train.x());
            fit("pruned to " + pruned.getWidths(), KanFit.builder(), pruned, "1.79e-2 (train)");
            Picture after = picture(pruned).draw();
            Kan fine = pruned.refined(manager, 10);
            fit("grid 10", KanFit.builder(), fine, "4.67e-4 / 4.73e-4");
            Edge first = fine.getEdges().get(0);
            EdgeDrawing.of(fine, first, train.x()).write(out.resolve("hello-edge.png"));
            SymbolicLibrary library =
                    SymbolicLibrary.standard()
                            .only(
                                    "x", "x^2", "x^3", "x^4", "exp", "log", "sqrt", "tanh", "sin",
                                    "abs");
            List<FixedEdge> fixed = Symbolic.auto(fine, train.x(), library);
            fit("symbolic", KanFit.builder().optGridUpdates(0, 0), fine, "3.3e-10 / 7.2e-11");
            fixed.forEach(edge -> print.println(edge));
            Expression formula = new Canonical().simplify(Formulas.of(fine).get(0));
            Expression rounded = new Canonical().simplify(new Rounding(4).simplify(formula));
            print.println("formula      " + rounded.toText());
            print.println("exact        " + formula.toText());
            print.println("LaTeX        " + rounded.toLatex());
            print.println("pykan's      1.0*exp(1.0*x_2**2 + 1.0*sin(3.1416*x_1))");
            Picture both = before.beside("trained", after, "pruned");
            both.write(out.resolve("hello-pruning.svg"));
            both.write(out.resolve("hello-pruning.png"));
            Picture read = picture(fine).title("y = " + rounded.toText()).draw();
            read.write(out.resolve("hello-formula.svg"));
            read.write(out.resolve("hello-formula.png"));
            print.printf("pictures in %s, %.0f s%n", out, (System.nanoTime() - start) / 1e9);
        }
        return 0;
    }

    /** From about half of the starts the penalty leads to one hidden node. */
    private Kan sparse(NDManager manager) {
        KanRegularizer penalty = KanRegularizer.builder().setLambda(lambda).build();
        KanFit fit = KanFit.builder().optSteps(steps).optRegularizer(penalty).build();
        Kan kan =
                new Starts(starts, fit)
                        .sparsest(
                                manager,
                                start ->
                                        Kan.builder()
                                                .setWidths(2, 5, 1)
                                                .optSeed(seed * 1000 + start)
                                                .build(),
                                train.x(),
                                train.y(),
                                TOLERANCE);
        print.printf(
                "| sparse, lambda %s, of %d starts | %.3g | %.3g | 1.85e-2 / 1.77e-2 |%n",
                lambda, starts, error(kan, train), error(kan, test));
        return kan;
    }

    private static double error(Kan kan, Samples samples) {
        try (NDManager scratch = samples.x().getManager().newSubManager()) {
            NDArray x = samples.x().duplicate();
            x.attach(scratch);
            ParameterStore store = new ParameterStore(scratch, false);
            NDArray output = kan.forward(store, new NDList(x), false).head();
            return Math.sqrt(output.sub(samples.y()).square().mean().toDoubleArray()[0]);
        }
    }

    private KanDrawing picture(Kan kan) {
        return KanDrawing.of(kan, train.x()).inputs("x1", "x2");
    }

    private void fit(String stage, KanFit.Builder fit, Kan kan, String reported) {
        List<FitState> states =
                fit.optSteps(steps).build().fit(kan, train.x(), train.y(), test.x(), test.y());
        FitState last = states.get(states.size() - 1);
        print.printf("| %s | %.3g | %.3g | %s |%n", stage, last.train(), last.test(), reported);
    }
}
