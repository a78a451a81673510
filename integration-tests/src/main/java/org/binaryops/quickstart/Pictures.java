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
package org.binaryops.quickstart;

import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageIO;
import org.binaryops.tribuo.EpochResult;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.BitmapEncoder.BitmapFormat;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.style.Styler.LegendPosition;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** Draws the training curves and sample images. */
final class Pictures {

    private static final int SIDE = 28;
    private static final int ZOOM = 3;
    private static final int COLUMNS = 8;

    private Pictures() {}

    /** One image with what a network says about it. */
    record Sample(float[] pixels, String actual, String predicted) {}

    /** Draws the accuracy on held-out images by epoch, a line for each network. */
    static void curves(Map<String, List<EpochResult>> histories, Path file) throws IOException {
        XYChart chart =
                new XYChartBuilder()
                        .width(800)
                        .height(480)
                        .title("Accuracy in the course of training")
                        .xAxisTitle("epoch")
                        .yAxisTitle("accuracy")
                        .build();
        chart.getStyler().setLegendPosition(LegendPosition.InsideSE);
        chart.getStyler().setChartBackgroundColor(Color.WHITE);
        chart.getStyler().setXAxisDecimalPattern("0");
        histories.forEach(
                (name, history) -> {
                    double[] epochs = history.stream().mapToDouble(EpochResult::epoch).toArray();
                    add(
                            chart,
                            name + ", training images",
                            epochs,
                            history.stream().mapToDouble(EpochResult::score).toArray());
                    add(
                            chart,
                            name + ", held-out images",
                            epochs,
                            history.stream().mapToDouble(EpochResult::validationScore).toArray());
                });
        BitmapEncoder.saveBitmap(chart, file.toString(), BitmapFormat.PNG);
    }

    private static void add(XYChart chart, String name, double[] x, double[] y) {
        chart.addSeries(name, x, y).setMarker(SeriesMarkers.NONE);
    }

    /** Draws images in rows, what each is above it, what it was taken for below. */
    static void samples(List<Sample> samples, Path file) throws IOException {
        int cellWidth = SIDE * ZOOM + 24;
        int cellHeight = SIDE * ZOOM + 44;
        int rows = (samples.size() + COLUMNS - 1) / COLUMNS;
        BufferedImage picture =
                new BufferedImage(
                        COLUMNS * cellWidth, rows * cellHeight, BufferedImage.TYPE_INT_RGB);
        Graphics2D g = picture.createGraphics();
        g.setRenderingHint(
                RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
        g.setColor(Color.WHITE);
        g.fillRect(0, 0, picture.getWidth(), picture.getHeight());
        g.setFont(new Font(Font.SANS_SERIF, Font.PLAIN, 13));
        for (int i = 0; i < samples.size(); ++i) {
            Sample sample = samples.get(i);
            int x = i % COLUMNS * cellWidth + 12;
            int y = i / COLUMNS * cellHeight;
            g.setColor(Color.DARK_GRAY);
            g.drawString(sample.actual(), x, y + 15);
            g.drawImage(gray(sample.pixels()), x, y + 20, SIDE * ZOOM, SIDE * ZOOM, null);
            boolean right = sample.actual().equals(sample.predicted());
            g.setColor(right ? new Color(0x2e7d32) : new Color(0xc62828));
            g.drawString(sample.predicted(), x, y + 20 + SIDE * ZOOM + 15);
        }
        g.dispose();
        ImageIO.write(picture, "png", file.toFile());
    }

    private static BufferedImage gray(float[] pixels) {
        BufferedImage image = new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_INT_RGB);
        for (int i = 0; i < pixels.length; ++i) {
            int level = 255 - Math.round(pixels[i] * 255);
            image.setRGB(i % SIDE, i / SIDE, level << 16 | level << 8 | level);
        }
        return image;
    }
}
