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

import java.util.Arrays;
import org.binaryops.kan.reading.Curve;

/** A rectangle in which a curve is drawn so that it just fits. */
final class Frame {

    private static final int MOST_POINTS = 160;

    private final double left;
    private final double top;
    private final double width;
    private final double height;
    private final double[] xs;
    private final double[] ys;

    Frame(double left, double top, double width, double height, Curve curve) {
        this.left = left;
        this.top = top;
        this.width = width;
        this.height = height;
        xs = range(curve.x());
        ys = range(curve.y());
    }

    private static double[] range(double[] values) {
        double least = Arrays.stream(values).min().orElse(0);
        double most = Arrays.stream(values).max().orElse(0);
        double size = Math.max(Math.abs(least), Math.abs(most));
        if (!(most - least > 1e-12 * size)) {
            // A constant runs through the middle.
            double half = Math.max(size, 1) / 2;
            return new double[] {least - half, most + half};
        }
        return new double[] {least, most};
    }

    double[] xRange() {
        return xs.clone();
    }

    double[] yRange() {
        return ys.clone();
    }

    double x(double value) {
        return left + width * (value - xs[0]) / (xs[1] - xs[0]);
    }

    double y(double value) {
        return top + height * (ys[1] - value) / (ys[1] - ys[0]);
    }

    void line(Canvas canvas, Curve curve, Ink ink) {
        int n = curve.x().length;
        int points = Math.min(n, MOST_POINTS);
        double[] px = new double[points];
        double[] py = new double[points];
        for (int p = 0; p < points; ++p) {
            int s = points == 1 ? 0 : (int) ((long) p * (n - 1) / (points - 1));
            px[p] = x(curve.x()[s]);
            py[p] = y(curve.y()[s]);
        }
        canvas.path(px, py, ink);
    }
}
