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
package org.binaryops.kan;

import java.util.ArrayList;
import java.util.List;
import org.binaryops.kan.symbolic.SymbolicFunction;

/** Which edges a network has, and their masks. */
final class KanEdges {

    private KanEdges() {}

    /** The edges that are neither masked out nor fixed to 0, by layer, input and output. */
    static List<Edge> list(Kan kan) {
        List<Edge> edges = new ArrayList<>();
        for (int l = 0; l < kan.getLayers().size(); ++l) {
            double[][] mask = kan.getLayers().get(l).getMask();
            for (int i = 0; i < kan.getWidths().get(l).nodes(); ++i) {
                for (int j = 0; j < mask.length; ++j) {
                    SymbolicFunction function = kan.symbolic(l).get(j, i);
                    boolean there =
                            function == null ? mask[j][i] != 0 : !function.name().equals("0");
                    if (there) {
                        edges.add(new Edge(l, i, j));
                    }
                }
            }
        }
        return edges;
    }

    /** Sets the mask of one edge. */
    static void mask(Kan kan, Edge edge, double value) {
        KanLinear layer = kan.getLayers().get(edge.layer());
        double[][] mask = layer.getMask();
        mask[edge.output()][edge.input()] = value;
        layer.setMask(mask);
    }

    /** Forgets the function that an edge is fixed to. */
    static void unset(Kan kan, Edge edge) {
        kan.symbolic(checked(kan, edge).layer())
                .set(edge.output(), edge.input(), null, new Affine(0, 0, 0, 0));
    }

    /** The edge, if the network has a place for it. */
    static Edge checked(Kan kan, Edge edge) {
        int l = edge.layer();
        List<KanWidth> widths = kan.getWidths();
        if (l < 0
                || l >= widths.size() - 1
                || edge.input() < 0
                || edge.input() >= widths.get(l).nodes()
                || edge.output() < 0
                || edge.output() >= widths.get(l + 1).subnodes()) {
            throw new IllegalArgumentException(
                    "There is no edge " + edge + " in a network of widths " + widths + ".");
        }
        return edge;
    }
}
