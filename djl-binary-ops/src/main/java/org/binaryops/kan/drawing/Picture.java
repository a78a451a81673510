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

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;
import javax.imageio.ImageIO;
import org.binaryops.kan.drawing.Canvas.Anchor;

/** A finished picture, to be written as SVG or PNG. */
public final class Picture {

    private final double width;
    private final double height;
    private final Consumer<Canvas> painter;

    Picture(double width, double height, Consumer<Canvas> painter) {
        this.width = width;
        this.height = height;
        this.painter = painter;
    }

    /**
     * Returns the picture as SVG.
     *
     * @return the text of the file
     */
    public String toSvg() {
        SvgCanvas canvas = new SvgCanvas(width, height);
        painter.accept(canvas);
        return canvas.finish();
    }

    /**
     * Returns the picture as an image.
     *
     * @param scale pixels for each unit of the picture, positive; 2 suits most screens
     * @return the image
     * @throws IllegalArgumentException if the scale is not positive
     */
    public BufferedImage toImage(double scale) {
        if (!(scale > 0) || Double.isInfinite(scale)) {
            throw new IllegalArgumentException("scale must be positive, but was " + scale + ".");
        }
        RasterCanvas canvas = new RasterCanvas(width, height, scale);
        painter.accept(canvas);
        return canvas.finish();
    }

    /**
     * Writes the picture in the format that the ending of the file's name says.
     *
     * @param file the file, .svg or .png; folders are made, an old file is replaced
     * @throws IOException if the file cannot be written
     * @throws IllegalArgumentException if the name has another ending
     */
    public void write(Path file) throws IOException {
        String name = file.getFileName().toString();
        if (!name.endsWith(".svg") && !name.endsWith(".png")) {
            throw new IllegalArgumentException(
                    "A picture is written as .svg or .png, but the file was " + name + ".");
        }
        if (file.toAbsolutePath().getParent() != null) {
            Files.createDirectories(file.toAbsolutePath().getParent());
        }
        if (name.endsWith(".svg")) {
            Files.writeString(file, toSvg(), StandardCharsets.UTF_8);
            return;
        }
        try (OutputStream out = Files.newOutputStream(file)) {
            ImageIO.write(toImage(2), "png", out);
        }
    }

    /**
     * Puts another picture to the right of this one, each with a caption above it: before and after
     * pruning, say.
     *
     * @param caption the caption of this picture
     * @param other the other picture
     * @param otherCaption its caption
     * @return a new picture of both
     */
    public Picture beside(String caption, Picture other, String otherCaption) {
        double gap = 40;
        double head = 34;
        double high = Math.max(height, other.height);
        return new Picture(
                width + gap + other.width,
                high + head,
                canvas -> {
                    canvas.text(width / 2, 24, caption, 17, Anchor.MIDDLE, Ink.BLACK);
                    double middle = width + gap + other.width / 2;
                    canvas.text(middle, 24, otherCaption, 17, Anchor.MIDDLE, Ink.BLACK);
                    // On a common ground line.
                    painter.accept(new Shifted(canvas, 0, head + high - height));
                    other.painter.accept(
                            new Shifted(canvas, width + gap, head + high - other.height));
                });
    }

    /** A part of a canvas. */
    private record Shifted(Canvas canvas, double right, double down) implements Canvas {

        private static double[] shifted(double[] values, double by) {
            double[] shifted = values.clone();
            for (int i = 0; i < shifted.length; ++i) {
                shifted[i] += by;
            }
            return shifted;
        }

        @Override
        public void line(double x1, double y1, double x2, double y2, Ink ink) {
            canvas.line(x1 + right, y1 + down, x2 + right, y2 + down, ink);
        }

        @Override
        public void path(double[] x, double[] y, Ink ink) {
            canvas.path(shifted(x, right), shifted(y, down), ink);
        }

        @Override
        public void box(double x, double y, double width, double height, Ink line, Ink fill) {
            canvas.box(x + right, y + down, width, height, line, fill);
        }

        @Override
        public void circle(double x, double y, double radius, Ink line, Ink fill) {
            canvas.circle(x + right, y + down, radius, line, fill);
        }

        @Override
        public void text(double x, double y, String text, double size, Anchor anchor, Ink ink) {
            canvas.text(x + right, y + down, text, size, anchor, ink);
        }
    }
}
