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

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.Shape;
import java.awt.geom.Ellipse2D;
import java.awt.geom.Line2D;
import java.awt.geom.Path2D;
import java.awt.geom.Rectangle2D;
import java.awt.image.BufferedImage;

/** Draws into an image. */
final class RasterCanvas implements Canvas {

    private final BufferedImage image;
    private final Graphics2D graphics;

    RasterCanvas(double width, double height, double scale) {
        image =
                new BufferedImage(
                        (int) Math.ceil(width * scale),
                        (int) Math.ceil(height * scale),
                        BufferedImage.TYPE_INT_RGB);
        graphics = image.createGraphics();
        graphics.setColor(Color.WHITE);
        graphics.fillRect(0, 0, image.getWidth(), image.getHeight());
        graphics.setRenderingHint(
                RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
        graphics.setRenderingHint(
                RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
        graphics.setRenderingHint(
                RenderingHints.KEY_STROKE_CONTROL, RenderingHints.VALUE_STROKE_PURE);
        graphics.scale(scale, scale);
    }

    BufferedImage finish() {
        graphics.dispose();
        return image;
    }

    private void use(Ink ink) {
        int alpha = (int) Math.round(255 * Math.max(0, Math.min(1, ink.opacity())));
        graphics.setColor(
                new Color(ink.rgb() >> 16 & 255, ink.rgb() >> 8 & 255, ink.rgb() & 255, alpha));
        graphics.setStroke(
                new BasicStroke(
                        (float) ink.width(), BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND));
    }

    private void paint(Shape shape, Ink line, Ink fill) {
        if (fill != null) {
            use(fill);
            graphics.fill(shape);
        }
        use(line);
        graphics.draw(shape);
    }

    @Override
    public void line(double x1, double y1, double x2, double y2, Ink ink) {
        paint(new Line2D.Double(x1, y1, x2, y2), ink, null);
    }

    @Override
    public void path(double[] x, double[] y, Ink ink) {
        Path2D path = new Path2D.Double();
        for (int i = 0; i < x.length; ++i) {
            if (i == 0) {
                path.moveTo(x[i], y[i]);
            } else {
                path.lineTo(x[i], y[i]);
            }
        }
        paint(path, ink, null);
    }

    @Override
    public void box(double x, double y, double width, double height, Ink line, Ink fill) {
        paint(new Rectangle2D.Double(x, y, width, height), line, fill);
    }

    @Override
    public void circle(double x, double y, double radius, Ink line, Ink fill) {
        paint(new Ellipse2D.Double(x - radius, y - radius, 2 * radius, 2 * radius), line, fill);
    }

    @Override
    public void text(double x, double y, String text, double size, Anchor anchor, Ink ink) {
        use(ink);
        Font font = new Font(Font.SANS_SERIF, Font.PLAIN, 1).deriveFont((float) size);
        graphics.setFont(font);
        double length = graphics.getFontMetrics().stringWidth(text);
        double left =
                switch (anchor) {
                    case START -> x;
                    case MIDDLE -> x - length / 2;
                    case END -> x - length;
                };
        graphics.drawString(text, (float) left, (float) y);
    }
}
