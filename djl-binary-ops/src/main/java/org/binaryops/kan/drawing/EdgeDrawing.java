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
package org.binaryops.kan.drawing;

import ai.djl.ndarray.NDArray;
import java.math.BigDecimal;
import java.math.MathContext;
import org.binaryops.kan.Edge;
import org.binaryops.kan.Kan;
import org.binaryops.kan.drawing.Canvas.Anchor;
import org.binaryops.kan.reading.Curve;
import org.binaryops.kan.symbolic.SymbolicFunction;

/** Draws the curve of one edge, with the samples that reach it. */
public final class EdgeDrawing {

    private static final double WIDTH = 420;
    private static final double HEIGHT = 320;
    private static final int MOST_SAMPLES = 300;

    private EdgeDrawing() {}

    /**
     * Draws an edge.
     *
     * @param kan the network
     * @param edge the edge
     * @param samples the inputs of the network, [samples, features]
     * @return the picture
     * @throws IllegalArgumentException if there is no such edge
     */
    public static Picture of(Kan kan, Edge edge, NDArray samples) {
        SymbolicFunction function = kan.getFunction(edge);
        Curve curve = Curve.all(kan, samples).get(edge);
        String title =
                "edge "
                        + edge
                        + (function == null ? ", spline" : ", " + function.name() + " fixed");
        Ink ink = new Ink(function == null ? KanDrawing.SPLINE : KanDrawing.FIXED, 1, 2.5);
        return new Picture(WIDTH, HEIGHT, canvas -> draw(canvas, curve, title, ink));
    }

    private static void draw(Canvas canvas, Curve curve, String title, Ink ink) {
        double left = 62;
        double top = 40;
        double width = WIDTH - left - 20;
        double height = HEIGHT - top - 46;
        canvas.text(left + width / 2, 24, title, 15, Anchor.MIDDLE, Ink.BLACK);
        canvas.box(left, top, width, height, new Ink(0x999999, 1, 1), null);
        Frame frame = new Frame(left + 10, top + 10, width - 20, height - 20, curve);
        Ink grid = new Ink(0xDDDDDD, 1, 1);
        for (double x : ticks(frame.xRange())) {
            canvas.line(frame.x(x), top, frame.x(x), top + height, grid);
            canvas.text(frame.x(x), top + height + 17, label(x), 11, Anchor.MIDDLE, Ink.BLACK);
        }
        for (double y : ticks(frame.yRange())) {
            canvas.line(left, frame.y(y), left + width, frame.y(y), grid);
            canvas.text(left - 7, frame.y(y) + 4, label(y), 11, Anchor.END, Ink.BLACK);
        }
        canvas.text(
                left + width / 2, HEIGHT - 8, "value of the node", 12, Anchor.MIDDLE, Ink.BLACK);
        frame.line(canvas, curve, ink);
        Ink dot = new Ink(ink.rgb(), 0.25, 0.5);
        int n = curve.x().length;
        int step = Math.max(1, n / MOST_SAMPLES);
        for (int s = 0; s < n; s += step) {
            canvas.circle(frame.x(curve.x()[s]), frame.y(curve.y()[s]), 2.6, dot, dot);
        }
    }

    /** Three to six round numbers. */
    private static double[] ticks(double[] range) {
        double span = range[1] - range[0];
        double unit = Math.pow(10, Math.floor(Math.log10(span / 3)));
        double step =
                unit * (span / unit > 25 ? 10 : span / unit > 12 ? 5 : span / unit > 6 ? 2 : 1);
        int first = (int) Math.ceil(range[0] / step);
        int last = (int) Math.floor(range[1] / step);
        double[] ticks = new double[Math.max(0, last - first + 1)];
        for (int i = 0; i < ticks.length; ++i) {
            ticks[i] = (first + i) * step;
        }
        return ticks;
    }

    /** A number with at most four digits that count, and no zeros behind them. */
    static String label(double value) {
        BigDecimal rounded = new BigDecimal(value, new MathContext(4)).stripTrailingZeros();
        boolean plain = value == 0 || (Math.abs(value) >= 1e-4 && Math.abs(value) < 1e6);
        return plain ? rounded.toPlainString() : rounded.toString();
    }
}
