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

import java.util.Locale;

/** Writes SVG 1.1. */
final class SvgCanvas implements Canvas {

    private final StringBuilder out = new StringBuilder();

    SvgCanvas(double width, double height) {
        append(
                "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%s\" height=\"%s\""
                        + " viewBox=\"0 0 %s %s\" font-family=\"Helvetica, Arial, sans-serif\">%n",
                number(width), number(height), number(width), number(height));
        append("<rect width=\"100%%\" height=\"100%%\" fill=\"#FFFFFF\"/>%n");
    }

    String finish() {
        return out + "</svg>\n";
    }

    private void append(String format, Object... arguments) {
        out.append(String.format(Locale.ROOT, format, arguments).replace("\r\n", "\n"));
    }

    /** Two decimals are finer than any screen. */
    private static String number(double value) {
        String text = String.format(Locale.ROOT, "%.2f", value);
        return text.replaceAll("\\.?0+$", "");
    }

    private static String colour(Ink ink) {
        return ink == null ? "none" : String.format("#%06X", ink.rgb());
    }

    private static String stroke(Ink ink) {
        return String.format(
                Locale.ROOT,
                "stroke=\"%s\" stroke-width=\"%s\"%s",
                colour(ink),
                number(ink.width()),
                opacity("stroke-opacity", ink));
    }

    private static String fill(Ink ink) {
        return String.format(
                "fill=\"%s\"%s", colour(ink), ink == null ? "" : opacity("fill-opacity", ink));
    }

    private static String opacity(String name, Ink ink) {
        return ink.opacity() >= 1 ? "" : " " + name + "=\"" + number(ink.opacity()) + "\"";
    }

    @Override
    public void line(double x1, double y1, double x2, double y2, Ink ink) {
        append(
                "<line x1=\"%s\" y1=\"%s\" x2=\"%s\" y2=\"%s\" %s/>%n",
                number(x1), number(y1), number(x2), number(y2), stroke(ink));
    }

    @Override
    public void path(double[] x, double[] y, Ink ink) {
        StringBuilder points = new StringBuilder();
        for (int i = 0; i < x.length; ++i) {
            points.append(i == 0 ? "" : " ").append(number(x[i])).append(',').append(number(y[i]));
        }
        append(
                "<polyline points=\"%s\" fill=\"none\" stroke-linejoin=\"round\" %s/>%n",
                points, stroke(ink));
    }

    @Override
    public void box(double x, double y, double width, double height, Ink line, Ink fill) {
        append(
                "<rect x=\"%s\" y=\"%s\" width=\"%s\" height=\"%s\" %s %s/>%n",
                number(x), number(y), number(width), number(height), fill(fill), stroke(line));
    }

    @Override
    public void circle(double x, double y, double radius, Ink line, Ink fill) {
        append(
                "<circle cx=\"%s\" cy=\"%s\" r=\"%s\" %s %s/>%n",
                number(x), number(y), number(radius), fill(fill), stroke(line));
    }

    @Override
    public void text(double x, double y, String text, double size, Anchor anchor, Ink ink) {
        append(
                "<text x=\"%s\" y=\"%s\" font-size=\"%s\" text-anchor=\"%s\" %s>%s</text>%n",
                number(x),
                number(y),
                number(size),
                anchor.name().toLowerCase(Locale.ROOT),
                fill(ink),
                text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"));
    }
}
