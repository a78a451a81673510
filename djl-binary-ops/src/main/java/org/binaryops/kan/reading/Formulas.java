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
package org.binaryops.kan.reading;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.binaryops.kan.Affine;
import org.binaryops.kan.Edge;
import org.binaryops.kan.Kan;
import org.binaryops.kan.KanWidth;
import org.binaryops.kan.symbolic.Expression;
import org.binaryops.kan.symbolic.SymbolicFunction;

/** Writes a network whose edges are all fixed to functions as formulas. */
public final class Formulas {

    private Formulas() {}

    /**
     * Returns the formula of each output, in the variables x1, x2, … for the features of the input.
     *
     * @param kan the network
     * @return one formula for each output, with the value of the network
     * @throws IllegalStateException if an edge is still a spline
     */
    public static List<Expression> of(Kan kan) {
        int most = Arrays.stream(kan.getInputs()).max().orElse(0) + 1;
        List<String> names = new ArrayList<>();
        for (int i = 1; i <= most; ++i) {
            names.add("x" + i);
        }
        return of(kan, names);
    }

    /**
     * Returns the formula of each output.
     *
     * @param kan the network
     * @param names the names of the features of the input, in their order
     * @return one formula for each output, with the value of the network; a variable's index is
     *     that of its feature
     * @throws IllegalArgumentException if there is no name for a feature that the network reads
     * @throws IllegalStateException if an edge is still a spline
     */
    public static List<Expression> of(Kan kan, List<String> names) {
        List<Edge> edges = kan.getEdges();
        List<Edge> splines = edges.stream().filter(e -> kan.getFunction(e) == null).toList();
        if (!splines.isEmpty()) {
            throw new IllegalStateException(
                    "A network is a formula once all its edges are functions, but still splines"
                            + " are "
                            + splines.stream().map(Edge::toString).collect(Collectors.joining(", "))
                            + ".");
        }
        List<Expression> level = new ArrayList<>();
        for (int input : kan.getInputs()) {
            if (input >= names.size()) {
                throw new IllegalArgumentException(
                        String.format(
                                "The network reads feature %d, but only %d names were given.",
                                input, names.size()));
            }
            level.add(Expression.variable(input, names.get(input)));
        }
        for (int l = 0; l < kan.getLayers().size(); ++l) {
            level = nodes(kan, l, subnodes(kan, l, level, edges));
        }
        return level;
    }

    private static List<Expression> subnodes(
            Kan kan, int layer, List<Expression> level, List<Edge> edges) {
        int count = kan.getWidths().get(layer + 1).subnodes();
        List<List<Expression>> terms = new ArrayList<>();
        for (int j = 0; j < count; ++j) {
            terms.add(new ArrayList<>());
        }
        for (Edge edge : edges) {
            if (edge.layer() == layer) {
                terms.get(edge.output()).add(edge(kan, edge, level.get(edge.input())));
            }
        }
        List<Expression> sums = new ArrayList<>();
        for (int j = 0; j < count; ++j) {
            terms.get(j).add(Expression.of(kan.getBias(layer, j)));
            sums.add(affine(kan.getNodeAffine(layer, j, true), Expression.sum(terms.get(j))));
        }
        return sums;
    }

    private static Expression edge(Kan kan, Edge edge, Expression input) {
        SymbolicFunction function = kan.getFunction(edge);
        Affine affine = kan.getAffine(edge);
        Expression argument = Expression.affine(affine.a(), input, affine.b());
        return Expression.affine(affine.c(), function.formula().apply(argument), affine.d());
    }

    private static List<Expression> nodes(Kan kan, int layer, List<Expression> sums) {
        KanWidth width = kan.getWidths().get(layer + 1);
        List<Expression> nodes = new ArrayList<>();
        for (int n = 0; n < width.nodes(); ++n) {
            int first = width.firstSubnode(n);
            Expression product = Expression.product(sums.subList(first, first + width.arity(n)));
            nodes.add(affine(kan.getNodeAffine(layer, n, false), product));
        }
        return nodes;
    }

    private static Expression affine(double[] scaleAndBias, Expression e) {
        return Expression.affine(scaleAndBias[0], e, scaleAndBias[1]);
    }
}
