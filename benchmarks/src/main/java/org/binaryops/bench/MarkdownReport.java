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
package org.binaryops.bench;

import static org.binaryops.bench.MarkdownTable.number;

import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import org.binaryops.bench.ResultTable.Row;
import org.binaryops.bench.ResultTable.Task;

/** The results as a page of Markdown. */
final class MarkdownReport {

    private static final double PERCENT = 100;
    private static final double KILO = 1000;

    private final ResultTable table;
    private final TrainingOptions options;

    MarkdownReport(ResultTable table, TrainingOptions options) {
        this.table = table;
        this.options = options;
    }

    String text() {
        StringBuilder text = new StringBuilder("# Bench\n\n").append(recipe());
        table.tasks().forEach((task, rows) -> text.append('\n').append(section(task, rows)));
        text.append('\n').append(overall());
        return text.append('\n').append(notes()).toString();
    }

    private String recipe() {
        return String.format(
                Locale.ROOT,
                "One recipe for all methods, not the recipe of each paper: %d epochs, batches of"
                    + " %d, Adam with a learning rate that falls from %s to 0 along a cosine,"
                    + " cross-entropy, pixels standardized by channel, no augmentation, no weight"
                    + " decay, no pre-training and no teacher. Methods with a schedule follow it by"
                    + " the share of epochs done. %s.\n",
                options.epochs,
                options.batch,
                options.learningRate,
                options.gpu
                        ? "One CUDA device"
                        : "CPU, " + options.threads + " thread(s) for each cell");
    }

    private String section(Task task, List<Row> rows) {
        CellResult any = rows.get(0).results().get(0);
        MarkdownTable markdown =
                new MarkdownTable(
                        "method",
                        "seeds",
                        "test accuracy % (mean ± sd)",
                        "best epoch %",
                        "ratio to float",
                        "s / epoch",
                        "time ratio",
                        "flips % (first, last epoch)",
                        "size kB",
                        "r_c",
                        "r_s");
        for (Row row : rows) {
            markdown.row(
                    row.method(),
                    String.valueOf(row.results().size()),
                    spread(row.accuracies()),
                    number(PERCENT * Statistics.mean(row.each(CellResult::bestAccuracy)), 2),
                    ratio(task, row, Row::accuracy, 3),
                    number(row.secondsPerEpoch(), 2),
                    ratio(task, row, Row::secondsPerEpoch, 2),
                    flips(row),
                    number(row.cost().bytes() / KILO, 1),
                    number(row.cost().compression(), 2),
                    number(row.cost().speedup(), 2));
        }
        return String.format(
                        Locale.ROOT,
                        "## %s%n%n%,d training and %,d test images, %,d parameters.%n%n",
                        task,
                        any.trainImages(),
                        any.testImages(),
                        any.cost().parameters())
                + markdown;
    }

    private String ratio(Task task, Row row, ToDoubleFunction<Row> figure, int decimals) {
        return number(table.ratioToFloat(task, row, figure).orElse(Double.NaN), decimals);
    }

    private static String spread(double... accuracies) {
        String mean = number(PERCENT * Statistics.mean(accuracies), 2);
        return accuracies.length < 2
                ? mean
                : mean + " ± " + number(PERCENT * Statistics.deviation(accuracies), 2);
    }

    private static String flips(Row row) {
        double[] flips = row.byEpoch(CellResult.EpochFigures::flipRatio);
        if (Double.isNaN(flips[0])) {
            return "–";
        }
        return number(PERCENT * flips[0], 2) + ", " + number(PERCENT * flips[flips.length - 1], 2);
    }

    private String overall() {
        MarkdownTable markdown =
                new MarkdownTable("method", "tasks", "quadratic mean of the ratios to float");
        boolean any = false;
        for (String method : table.methods()) {
            double[] ratios = table.accuracyRatios(method);
            if (ratios.length > 0) {
                any = true;
                markdown.row(
                        method,
                        String.valueOf(ratios.length),
                        number(Statistics.quadraticMean(ratios), 4));
            }
        }
        return any ? "## Over all tasks\n\n" + markdown : "";
    }

    private static String notes() {
        return """
        ## What the columns say

        - **test accuracy**: after the last epoch, of the network as it would be deployed, with all \
        weights of its binary layers on one bit (BiPer's real-valued first stage too is tested binarized). \
        *best epoch* is chosen by the test images and therefore too good.
        - **ratio to float**: mean accuracy over the float network's mean accuracy.
        - **s / epoch**: training steps only, the median over the epochs and then over the seeds. \
        Training keeps float weights and binarizes them in every step; it is not what a packed network costs.
        - **flips**: the share of binary weights whose sign at the end of the epoch is not that at its start.
        - **size**: one bit for each binary weight, 32 for every other parameter and running statistic. \
        Scales that follow from the weights are folded into the batch norm behind them.
        - **r_c** = M / ((M − F) / 32 + F), with M parameters of which F are not binary.
        - **r_s** = C / ((C − G) / 64 + G), with C multiplications for an image of which G are not of two bits: \
        a theoretical bound, not a measurement.
        - **quadratic mean**: √(mean of squared ratios) over networks and data sets, the mean that BiBench \
        (ICML 2023) names for its overall metrics. BiBench groups its settings in tracks first; these figures are \
        not comparable with its tables.
        """;
    }
}
