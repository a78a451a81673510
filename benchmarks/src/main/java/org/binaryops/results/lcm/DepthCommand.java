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

import org.binaryops.monoid.Segments;
import org.binaryops.monoid.TreeReduction;
import org.binaryops.monoid.TreeShape;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;

/** Depth, calls and memory of trees and folds by the size of the set, as a table and a plot. */
@Command(
        name = "depth",
        mixinStandardHelpOptions = true,
        description = "Depth, calls and memory by the size of the set, and a plot of the depth.")
final class DepthCommand implements Callable<Integer> {

    /** What the cell keeps for the backward pass of one combination, in multiples of F floats. */
    private static final int KEPT = 32;

    @Spec private CommandSpec spec;

    @Option(names = "--features", description = "F (${DEFAULT-VALUE}).")
    private int features = 32;

    @Option(names = "--plot", description = "Where to write the plot, without .png.")
    private Path plot;

    DepthCommand() {}

    @Override
    public Integer call() throws IOException {
        PrintWriter out = spec.commandLine().getOut();
        out.println(
                "| n | levels: tree | random tree | fold | padded tree, 1 set of n among 255 of 4:"
                        + " rows combined | ragged tree: rows | memory for backward, tree = fold,"
                        + " MiB |");
        out.println("|---".repeat(7) + "|");
        List<Integer> sizes = new ArrayList<>();
        List<Integer> trees = new ArrayList<>();
        List<Integer> folds = new ArrayList<>();
        for (int n = 16; n <= 4096; n *= 2) {
            Segments one = Segments.ofLengths(n);
            int tree = TreeReduction.depth(one, TreeShape.BALANCED, null);
            int random = TreeReduction.depth(one, TreeShape.RANDOM, new Random(n));
            int fold = TreeReduction.depth(one, TreeShape.LEFT_TO_RIGHT, null);
            sizes.add(n);
            trees.add(tree);
            folds.add(fold);
            out.printf(
                    "| %d | %d | %d | %d | %d | %d | %.1f |%n",
                    n,
                    tree,
                    random,
                    fold,
                    256L * (n - 1),
                    n - 1 + 255L * 3,
                    (n - 1) * (double) KEPT * features * 4 / (1 << 20));
        }
        if (plot != null) {
            XYChart chart =
                    new XYChartBuilder()
                            .width(640)
                            .height(400)
                            .title("Sequential calls of the operator")
                            .xAxisTitle("elements of the set")
                            .yAxisTitle("calls")
                            .build();
            chart.getStyler().setXAxisLogarithmic(true).setYAxisLogarithmic(true);
            chart.addSeries("balanced tree", sizes, trees);
            chart.addSeries("fold", sizes, folds);
            BitmapEncoder.saveBitmap(chart, plot.toString(), BitmapEncoder.BitmapFormat.PNG);
            out.println("\nThe plot is in " + plot + ".png");
        }
        return 0;
    }
}
