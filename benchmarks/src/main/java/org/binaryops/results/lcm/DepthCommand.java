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

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.ParameterStore;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import org.binaryops.monoid.Segments;
import org.binaryops.monoid.TreeReduction;
import org.binaryops.monoid.TreeShape;
import org.binaryops.plots.ChartStyle;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Calls, rows and memory of trees and folds by the size of the set, as a table and plots. */
@Command(
        name = "depth",
        mixinStandardHelpOptions = true,
        description = {
            "Counts the calls of the operator, one after another, and the rows in them, by the size"
                    + " of the set.",
            "With --out also the peak memory of a pass (on Linux), and plots."
        })
final class DepthCommand implements Callable<Integer> {

    @Spec private CommandSpec spec;

    @Option(names = "--features", description = "F, for the memory (${DEFAULT-VALUE}).")
    private int features = 32;

    @Option(names = "--largest", description = "The largest set (${DEFAULT-VALUE}).")
    private int largest = 4096;

    @Option(names = "--out", description = "A folder for depth.md, calls.png and memory.png.")
    private Path folder;

    DepthCommand() {}

    /** What one size costs; memory in MiB, forward and with backward, of the tree and the fold. */
    private record Cost(int n, int tree, int random, int fold, long treeRows, double[] memory) {}

    @Override
    public Integer call() throws IOException {
        boolean memory = folder != null && largest > PeakMemory.WARM_UP && PeakMemory.isSupported();
        StringBuilder table = new StringBuilder("| n | calls: tree | random tree | fold | rows");
        table.append(" combined by the tree, made up to blocks of 8, and by the fold |");
        if (memory) {
            table.append(" peak MiB, forward: tree | fold | with backward: tree | fold |");
        }
        table.append('\n').append("|---".repeat(memory ? 9 : 5)).append("|\n");
        List<Cost> costs = new ArrayList<>();
        for (int n = 16; n <= largest; n *= 2) {
            Cost cost = cost(n, memory);
            costs.add(cost);
            table.append(
                    String.format(
                            "| %d | %d | %d | %d | %d, %d |",
                            n, cost.tree, cost.random, cost.fold, cost.treeRows, n - 1));
            for (double mebibytes : cost.memory) {
                table.append(
                        Double.isNaN(mebibytes) ? " – |" : String.format(" %.1f |", mebibytes));
            }
            table.append('\n');
        }
        PrintWriter out = spec.commandLine().getOut();
        out.print(table);
        out.flush();
        if (folder != null) {
            Files.createDirectories(folder);
            Files.writeString(folder.resolve("depth.md"), table);
            save(calls(costs), "calls");
            if (memory) {
                save(memory(costs), "memory");
            }
        }
        return 0;
    }

    private Cost cost(int n, boolean memory) throws IOException {
        CountingOperator tree = fold(n, TreeShape.BALANCED);
        double[] mebibytes = new double[memory ? 4 : 0];
        for (int i = 0; i < mebibytes.length; ++i) {
            TreeShape shape = i % 2 == 0 ? TreeShape.BALANCED : TreeShape.LEFT_TO_RIGHT;
            mebibytes[i] =
                    n > PeakMemory.WARM_UP
                            ? PeakMemory.measure(shape, n, features, i >= 2)
                            : Double.NaN;
        }
        return new Cost(
                n,
                tree.calls(),
                fold(n, TreeShape.RANDOM).calls(),
                fold(n, TreeShape.LEFT_TO_RIGHT).calls(),
                tree.rows(),
                mebibytes);
    }

    private static CountingOperator fold(int n, TreeShape shape) {
        CountingOperator counting = new CountingOperator();
        try (NDManager manager = NDManager.newBaseManager()) {
            TreeReduction.fold(
                    counting,
                    new ParameterStore(manager, false),
                    manager.ones(new Shape(n, 1)),
                    Segments.ofLengths(n),
                    shape,
                    new Random(n),
                    null,
                    false);
        }
        return counting;
    }

    private static XYChart calls(List<Cost> costs) {
        XYChart chart = chart("Calls of the operator, one after another", "calls");
        double[] n = costs.stream().mapToDouble(Cost::n).toArray();
        chart.addSeries("balanced tree", n, costs.stream().mapToDouble(Cost::tree).toArray());
        chart.addSeries("random tree", n, costs.stream().mapToDouble(Cost::random).toArray());
        chart.addSeries("fold", n, costs.stream().mapToDouble(Cost::fold).toArray());
        return chart;
    }

    private static XYChart memory(List<Cost> costs) {
        XYChart chart = chart("Peak memory of a pass over one set", "MiB");
        List<Cost> measured = costs.stream().filter(c -> c.n > PeakMemory.WARM_UP).toList();
        String[] names = {"tree, forward", "fold, forward", "tree, training", "fold, training"};
        for (int i = 0; i < names.length; ++i) {
            int series = i;
            // A logarithmic axis has no 0: a page is the least that could be seen.
            chart.addSeries(
                    names[i],
                    measured.stream().mapToDouble(Cost::n).toArray(),
                    measured.stream()
                            .mapToDouble(cost -> Math.max(4.0 / 1024, cost.memory[series]))
                            .toArray());
        }
        return chart;
    }

    private static XYChart chart(String title, String unit) {
        XYChart chart =
                new XYChartBuilder()
                        .width(800)
                        .height(450)
                        .title(title)
                        .xAxisTitle("elements of the set")
                        .yAxisTitle(unit)
                        .build();
        chart.getStyler().setXAxisLogarithmic(true).setYAxisLogarithmic(true);
        ChartStyle.apply(chart.getStyler());
        return chart;
    }

    private void save(XYChart chart, String name) throws IOException {
        BitmapEncoder.saveBitmap(
                chart, folder.resolve(name).toString(), BitmapEncoder.BitmapFormat.PNG);
    }
}
