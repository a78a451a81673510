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

import java.awt.BasicStroke;
import java.awt.Color;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.binaryops.bench.ResultTable.Row;
import org.binaryops.bench.ResultTable.Task;
import org.binaryops.plots.ChartStyle;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.BitmapEncoder.BitmapFormat;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategoryChartBuilder;
import org.knowm.xchart.CategorySeries;
import org.knowm.xchart.CategorySeries.CategorySeriesRenderStyle;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.XYSeries.XYSeriesRenderStyle;
import org.knowm.xchart.internal.chartpart.Chart;
import org.knowm.xchart.style.AxesChartStyler;
import org.knowm.xchart.style.Styler.LegendPosition;
import org.knowm.xchart.style.markers.Marker;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** Draws the results of each task: accuracy by method, by epoch and against training time. */
final class Plots {

    private static final double PERCENT = 100;
    private static final int WIDTH = 960;
    private static final int HEIGHT = 540;

    private static final Marker[] MARKERS = {
        SeriesMarkers.CIRCLE,
        SeriesMarkers.DIAMOND,
        SeriesMarkers.SQUARE,
        SeriesMarkers.TRIANGLE_UP,
        SeriesMarkers.TRIANGLE_DOWN,
    };

    private Plots() {}

    static void draw(ResultTable table, Path folder) throws IOException {
        System.setProperty("java.awt.headless", "true");
        for (Task task : table.tasks().keySet()) {
            List<Row> rows = table.tasks().get(task);
            save(accuracy(task, rows), folder.resolve("accuracy-" + task.fileName()));
            save(curves(task, rows), folder.resolve("curves-" + task.fileName()));
            save(time(task, rows), folder.resolve("time-" + task.fileName()));
        }
    }

    private static void save(Chart<?, ?> chart, Path file) throws IOException {
        BitmapEncoder.saveBitmap(chart, file.toString(), BitmapFormat.PNG);
    }

    /** A dot for each seed, a bar for the mean and its standard deviation. */
    private static CategoryChart accuracy(Task task, List<Row> rows) {
        CategoryChart chart =
                new CategoryChartBuilder()
                        .width(WIDTH)
                        .height(HEIGHT)
                        .title("Test accuracy after the last epoch: " + task)
                        .yAxisTitle("test accuracy, %")
                        .build();
        ChartStyle.apply(chart.getStyler());
        chart.getStyler().setDefaultSeriesRenderStyle(CategorySeriesRenderStyle.Scatter);
        chart.getStyler().setXAxisLabelRotation(rows.size() > 8 ? 45 : 0);
        chart.getStyler().setLegendPosition(LegendPosition.InsideNE);
        chart.getStyler().setOverlapped(true);
        List<String> names = rows.stream().map(Row::method).toList();
        int seeds = rows.stream().mapToInt(row -> row.results().size()).max().getAsInt();
        for (int seed = 0; seed < seeds; ++seed) {
            int index = seed;
            List<Double> values =
                    rows.stream()
                            .map(
                                    row ->
                                            index < row.results().size()
                                                    ? PERCENT * row.accuracies()[index]
                                                    : null)
                            .toList();
            CategorySeries series = chart.addSeries("seed " + seed, names, values);
            series.setLabel("a seed");
            series.setShowInLegend(seed == 0);
            series.setMarker(SeriesMarkers.CIRCLE);
            series.setMarkerColor(new Color(0x9ecae1));
        }
        CategorySeries means =
                chart.addSeries(
                        "mean",
                        names,
                        rows.stream().map(row -> PERCENT * row.accuracy()).toList(),
                        rows.stream()
                                .map(
                                        row ->
                                                seeds < 2
                                                        ? 0
                                                        : zeroIfNone(
                                                                PERCENT
                                                                        * Statistics.deviation(
                                                                                row.accuracies())))
                                .toList());
        means.setLabel("mean ± standard deviation");
        means.setMarker(SeriesMarkers.DIAMOND);
        means.setMarkerColor(ChartStyle.color(0));
        range(chart.getStyler(), rows);
        return chart;
    }

    private static double zeroIfNone(double value) {
        return Double.isNaN(value) ? 0 : value;
    }

    /** From a whole number of per cent below the worst to one above the best. */
    private static void range(AxesChartStyler styler, List<Row> rows) {
        double[] all = rows.stream().flatMapToDouble(r -> Arrays.stream(r.accuracies())).toArray();
        double low = Arrays.stream(all).min().getAsDouble();
        double high = Arrays.stream(all).max().getAsDouble();
        styler.setYAxisMin(Math.max(0, Math.floor(PERCENT * low - 1)));
        styler.setYAxisMax(Math.min(PERCENT, Math.ceil(PERCENT * high + 1)));
    }

    private static XYChart curves(Task task, List<Row> rows) {
        XYChart chart = xy("Test accuracy by epoch, mean over the seeds: " + task, "epoch");
        for (int i = 0; i < rows.size(); ++i) {
            double[] accuracies = rows.get(i).byEpoch(CellResult.EpochFigures::accuracy);
            double[] epochs =
                    IntStream.rangeClosed(1, accuracies.length).asDoubleStream().toArray();
            XYSeries series = chart.addSeries(rows.get(i).method(), epochs, percent(accuracies));
            paint(series, i);
            series.setLineColor(ChartStyle.color(i));
            series.setLineStyle(new BasicStroke(1.6f));
        }
        chart.getStyler().setXAxisDecimalPattern("0");
        return chart;
    }

    private static XYChart time(Task task, List<Row> rows) {
        XYChart chart =
                xy(
                        "Test accuracy against training time, mean over the seeds: " + task,
                        "seconds of training steps");
        chart.getStyler().setDefaultSeriesRenderStyle(XYSeriesRenderStyle.Scatter);
        for (int i = 0; i < rows.size(); ++i) {
            Row row = rows.get(i);
            XYSeries series =
                    chart.addSeries(
                            row.method(),
                            new double[] {row.trainSeconds()},
                            new double[] {PERCENT * row.accuracy()});
            paint(series, i);
        }
        chart.getStyler().setMarkerSize(12);
        chart.getStyler().setXAxisMin(0.0);
        range(chart.getStyler(), rows);
        return chart;
    }

    private static XYChart xy(String title, String x) {
        XYChart chart =
                new XYChartBuilder()
                        .width(WIDTH)
                        .height(HEIGHT)
                        .title(title)
                        .xAxisTitle(x)
                        .yAxisTitle("test accuracy, %")
                        .build();
        ChartStyle.apply(chart.getStyler());
        return chart;
    }

    private static void paint(XYSeries series, int index) {
        series.setMarkerColor(ChartStyle.color(index));
        series.setMarker(MARKERS[index % MARKERS.length]);
    }

    private static double[] percent(double... shares) {
        return Arrays.stream(shares).map(share -> PERCENT * share).toArray();
    }
}
