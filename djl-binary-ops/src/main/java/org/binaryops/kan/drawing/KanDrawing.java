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
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.binaryops.kan.Edge;
import org.binaryops.kan.Kan;
import org.binaryops.kan.KanWidth;
import org.binaryops.kan.drawing.Canvas.Anchor;
import org.binaryops.kan.reading.Attribution;
import org.binaryops.kan.reading.Curve;
import org.binaryops.kan.symbolic.SymbolicFunction;

/**
 * Draws a network: inputs below, outputs above, the learned curve of each edge in a small box on
 * its way, Σ where edges are added and Π where subnodes are multiplied.
 *
 * <p>An edge is the fainter the less it contributes: its opacity is tanh(β · score), with the
 * scores of {@link Attribution} and β = 3. Splines are dark, edges fixed to a function red with the
 * name of the function; edges that were removed are not drawn.
 *
 * <pre>{@code
 * KanDrawing.of(kan, x).inputs("x", "y").draw().write(Path.of("kan.svg"));
 * }</pre>
 */
public final class KanDrawing {

    static final int SPLINE = 0x1F2D3D;
    static final int FIXED = 0xC0392B;

    private static final int MOST_EDGES = 1000;
    private static final double BOX = 52;
    private static final double GAP = 18;
    private static final double TO_BOX = 84;
    private static final double TO_SUM = 84;
    private static final double TO_PRODUCT = 56;
    private static final double MARGIN = 30;

    private final Kan kan;
    private final NDArray samples;
    private List<String> inputs = List.of();
    private List<String> outputs = List.of();
    private String title = "";
    private double beta = 3;

    private KanDrawing(Kan kan, NDArray samples) {
        this.kan = kan;
        this.samples = samples;
    }

    /**
     * Prepares a picture.
     *
     * @param kan the network
     * @param samples what its curves and scores are taken from, [samples, features], at least two
     * @return the drawing
     */
    public static KanDrawing of(Kan kan, NDArray samples) {
        return new KanDrawing(kan, samples);
    }

    /**
     * Names the features of the input.
     *
     * @param names all features, in their order; pruned ones too
     * @return this drawing
     */
    public KanDrawing inputs(String... names) {
        inputs = List.of(names);
        return this;
    }

    /**
     * Names the outputs.
     *
     * @param names all outputs
     * @return this drawing
     */
    public KanDrawing outputs(String... names) {
        outputs = List.of(names);
        return this;
    }

    /**
     * Sets a title above the network.
     *
     * @param title one line, such as the formula
     * @return this drawing
     */
    public KanDrawing title(String title) {
        this.title = title;
        return this;
    }

    /**
     * Sets how quickly edges fade; the default is 3.
     *
     * @param beta β; a great number draws all edges alike
     * @return this drawing
     */
    public KanDrawing beta(double beta) {
        this.beta = beta;
        return this;
    }

    /**
     * Draws the network as it is now.
     *
     * @return the picture, which later training does not change
     * @throws IllegalArgumentException if there are too many edges for a picture
     */
    public Picture draw() {
        List<Edge> edges = kan.getEdges();
        if (edges.size() > MOST_EDGES) {
            throw new IllegalArgumentException(
                    String.format(
                            "A picture of %d edges cannot be read; the most is %d.",
                            edges.size(), MOST_EDGES));
        }
        Attribution scores = Attribution.of(kan, samples);
        Map<Edge, Curve> curves = Curve.all(kan, samples);
        Layout layout = new Layout(kan.getWidths(), edges);
        Map<Edge, String> names = new HashMap<>();
        for (Edge edge : edges) {
            SymbolicFunction function = kan.getFunction(edge);
            if (function != null) {
                names.put(edge, function.name());
            }
        }
        int[] used = kan.getInputs();
        return new Picture(
                layout.width,
                layout.height,
                canvas -> {
                    if (!title.isEmpty()) {
                        canvas.text(layout.width / 2, 22, title, 15, Anchor.MIDDLE, Ink.BLACK);
                    }
                    for (Edge edge : edges) {
                        double opacity = Math.max(.06, Math.tanh(beta * scores.edge(edge)));
                        drawEdge(canvas, layout, edge, curves.get(edge), names.get(edge), opacity);
                    }
                    for (int level = 0; level < kan.getWidths().size(); ++level) {
                        drawNodes(canvas, layout, level, used);
                    }
                });
    }

    private static void drawEdge(
            Canvas canvas, Layout layout, Edge edge, Curve curve, String name, double opacity) {
        Ink ink = new Ink(name == null ? SPLINE : FIXED, opacity, 1.6);
        double x = layout.boxX(edge);
        double y = layout.boxY(edge.layer());
        double half = BOX / 2;
        canvas.line(
                layout.nodeX(edge.layer(), edge.input()),
                layout.nodeY(edge.layer()),
                x,
                y + half,
                ink);
        canvas.line(
                x,
                y - half,
                layout.subnodeX(edge.layer() + 1, edge.output()),
                layout.subnodeY(edge.layer() + 1),
                ink);
        canvas.box(x - half, y - half, BOX, BOX, ink.wide(1.2), Ink.WHITE);
        Frame frame = new Frame(x - half + 6, y - half + 7, BOX - 12, BOX - 14, curve);
        frame.line(canvas, curve, ink.wide(2.4));
        if (name != null) {
            Ink text = new Ink(FIXED, Math.max(.45, opacity), 1);
            canvas.text(x + half, y + half + 13, name, 11, Anchor.END, text);
        }
    }

    private void drawNodes(Canvas canvas, Layout layout, int level, int[] used) {
        KanWidth width = kan.getWidths().get(level);
        double y = layout.nodeY(level);
        int last = kan.getWidths().size() - 1;
        for (int n = 0; n < width.nodes(); ++n) {
            double x = layout.nodeX(level, n);
            if (level > 0) {
                for (int k = 0; k < width.arity(n); ++k) {
                    double from = layout.subnodeX(level, width.firstSubnode(n) + k);
                    if (!width.arities().isEmpty()) {
                        canvas.line(from, layout.subnodeY(level), x, y, Ink.BLACK);
                    }
                    symbol(canvas, from, layout.subnodeY(level), "Σ");
                }
                if (n >= width.sums()) {
                    symbol(canvas, x, y, "Π");
                } else if (!width.arities().isEmpty()) {
                    canvas.circle(x, y, 4, Ink.BLACK, Ink.BLACK);
                }
            } else {
                canvas.circle(x, y, 5, Ink.BLACK, Ink.BLACK);
                String name = name(inputs, used[n], "x" + (used[n] + 1));
                canvas.text(x, y + 24, name, 15, Anchor.MIDDLE, Ink.BLACK);
            }
            if (level == last) {
                String name = name(outputs, n, width.nodes() == 1 ? "y" : "y" + (n + 1));
                canvas.text(x, y - 18, name, 15, Anchor.MIDDLE, Ink.BLACK);
            }
        }
    }

    private static String name(List<String> names, int index, String otherwise) {
        return index < names.size() ? names.get(index) : otherwise;
    }

    private static void symbol(Canvas canvas, double x, double y, String text) {
        canvas.circle(x, y, 10, Ink.BLACK, Ink.WHITE);
        canvas.text(x, y + 5, text, 14, Anchor.MIDDLE, Ink.BLACK);
    }

    /** Where everything stands. */
    private final class Layout {

        private final List<KanWidth> widths;
        private final List<Edge> edges;
        private final double width;
        private final double height;

        Layout(List<KanWidth> widths, List<Edge> edges) {
            this.widths = widths;
            this.edges = edges;
            long most = 1;
            for (int l = 0; l < widths.size(); ++l) {
                int layer = l;
                most = Math.max(most, edges.stream().filter(e -> e.layer() == layer).count());
                most = Math.max(most, widths.get(l).subnodes());
            }
            width = Math.max(220, 2 * MARGIN + most * (BOX + GAP));
            double sum = MARGIN + (title.isEmpty() ? 14 : 44) + 30;
            for (int l = 1; l < widths.size(); ++l) {
                sum += levelHeight(l);
            }
            height = sum;
        }

        private double levelHeight(int level) {
            return TO_BOX + TO_SUM + (widths.get(level).arities().isEmpty() ? 0 : TO_PRODUCT);
        }

        double nodeY(int level) {
            double y = height - MARGIN - 10;
            for (int l = 1; l <= level; ++l) {
                y -= levelHeight(l);
            }
            return y;
        }

        double subnodeY(int level) {
            return nodeY(level) + (widths.get(level).arities().isEmpty() ? 0 : TO_PRODUCT);
        }

        double boxY(int layer) {
            return nodeY(layer) - TO_BOX;
        }

        double nodeX(int level, int node) {
            return spread(node, widths.get(level).nodes());
        }

        double subnodeX(int level, int subnode) {
            return spread(subnode, widths.get(level).subnodes());
        }

        /** Boxes stand in the order of their inputs, then of their outputs. */
        double boxX(Edge edge) {
            List<Edge> row = edges.stream().filter(e -> e.layer() == edge.layer()).toList();
            return spread(row.indexOf(edge), row.size());
        }

        private double spread(int index, int count) {
            return MARGIN + (width - 2 * MARGIN) * (index + .5) / count;
        }
    }
}
