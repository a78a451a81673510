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
package org.binaryops.results.attention;

import java.awt.BasicStroke;
import java.awt.Color;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.DoubleStream;
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
import org.knowm.xchart.style.markers.None;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** Draws the losses in the course of training, and the figures by method. */
final class ComparisonPlots {

    private static final int WIDTH = 960;
    private static final int HEIGHT = 540;

    private ComparisonPlots() {}

    static void draw(String metric, List<MethodResult> results, Path folder) throws IOException {
        XYChart losses = losses(results);
        BitmapEncoder.saveBitmap(losses, folder.resolve("loss.png").toString(), BitmapFormat.PNG);
        CategoryChart scores = scores(metric, results);
        BitmapEncoder.saveBitmap(scores, folder.resolve("score.png").toString(), BitmapFormat.PNG);
    }

    private static XYChart losses(List<MethodResult> results) {
        XYChart chart =
                new XYChartBuilder()
                        .width(WIDTH)
                        .height(HEIGHT)
                        .title("Training loss, mean over the seeds")
                        .xAxisTitle("training step")
                        .yAxisTitle("loss")
                        .build();
        ChartStyle.apply(chart.getStyler());
        chart.getStyler().setXAxisDecimalPattern("0");
        for (int i = 0; i < results.size(); ++i) {
            MethodResult result = results.get(i);
            XYSeries series = chart.addSeries(result.method(), result.steps(), result.losses());
            series.setMarker(new None());
            series.setLineColor(ChartStyle.color(i));
            float[] dashes = i < ChartStyle.COLORS ? null : new float[] {6, 4};
            series.setLineStyle(
                    new BasicStroke(
                            1.8f, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND, 10, dashes, 0));
        }
        return chart;
    }

    /** The mean and the standard deviation of each method, and a dot for each seed. */
    private static CategoryChart scores(String metric, List<MethodResult> results) {
        CategoryChart chart =
                new CategoryChartBuilder()
                        .width(WIDTH)
                        .height(HEIGHT)
                        .title("By method: " + metric)
                        .yAxisTitle(metric)
                        .build();
        ChartStyle.apply(chart.getStyler());
        chart.getStyler().setDefaultSeriesRenderStyle(CategorySeriesRenderStyle.Scatter);
        chart.getStyler().setOverlapped(true);
        chart.getStyler().setXAxisLabelRotation(45);
        double[] ends =
                results.stream()
                        .flatMapToDouble(
                                r ->
                                        DoubleStream.concat(
                                                Arrays.stream(r.scores()),
                                                DoubleStream.of(
                                                        r.mean() - r.spread(),
                                                        r.mean() + r.spread())))
                        .sorted()
                        .toArray();
        double low = ends[0];
        double high = ends[ends.length - 1];
        double margin = Math.max(.1 * (high - low), .01);
        chart.getStyler().setYAxisMin(low - margin).setYAxisMax(high + margin);
        List<String> names = results.stream().map(MethodResult::method).toList();
        for (int seed = 0; seed < results.get(0).scores().length; ++seed) {
            int index = seed;
            List<Double> values = results.stream().map(r -> r.scores()[index]).toList();
            CategorySeries series = chart.addSeries("seed " + (seed + 1), names, values);
            series.setLabel("a seed");
            series.setShowInLegend(seed == 0);
            series.setMarker(SeriesMarkers.CIRCLE);
            series.setMarkerColor(new Color(0x9ecae1));
        }
        CategorySeries means =
                chart.addSeries(
                        "mean",
                        names,
                        results.stream().map(MethodResult::mean).toList(),
                        results.stream().map(MethodResult::spread).toList());
        means.setLabel("mean ± deviation");
        means.setMarker(SeriesMarkers.DIAMOND);
        means.setMarkerColor(ChartStyle.color(0));
        return chart;
    }
}
