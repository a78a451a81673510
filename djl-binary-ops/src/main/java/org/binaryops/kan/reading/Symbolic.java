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

import ai.djl.ndarray.NDArray;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.binaryops.kan.Affine;
import org.binaryops.kan.Edge;
import org.binaryops.kan.Kan;
import org.binaryops.kan.symbolic.AffineFit;
import org.binaryops.kan.symbolic.Suggestion;
import org.binaryops.kan.symbolic.SymbolicFunction;
import org.binaryops.kan.symbolic.SymbolicLibrary;

/**
 * Finds functions with names for the curves that a network has learned, and puts them in the place
 * of the curves.
 */
public final class Symbolic {

    private Symbolic() {}

    /**
     * Ranks functions for an edge.
     *
     * @param kan the network
     * @param edge the edge
     * @param x the samples, [samples, features]
     * @param library the functions
     * @return all functions with their fits, the best first
     * @throws IllegalArgumentException if there is no such edge
     */
    public static List<Suggestion> suggest(Kan kan, Edge edge, NDArray x, SymbolicLibrary library) {
        kan.getFunction(edge);
        Curve curve = Curve.all(kan, x).get(edge);
        return Suggestion.rank(library, curve.x(), curve.y(), Suggestion.WEIGHT_OF_SIMPLICITY);
    }

    /**
     * Fixes an edge to the best fit of a function.
     *
     * @param kan the network
     * @param edge the edge
     * @param name the name of the function in the standard library
     * @param x the samples, [samples, features]
     * @return the fit
     * @throws IllegalArgumentException if there is no such edge or function
     */
    public static AffineFit fix(Kan kan, Edge edge, String name, NDArray x) {
        return fix(kan, edge, SymbolicLibrary.standard().get(name), x);
    }

    /**
     * Fixes an edge to the best fit of a function.
     *
     * @param kan the network
     * @param edge the edge
     * @param function the function, of the network's library
     * @param x the samples, [samples, features]
     * @return the fit
     * @throws IllegalArgumentException if there is no such edge or function
     */
    public static AffineFit fix(Kan kan, Edge edge, SymbolicFunction function, NDArray x) {
        kan.getFunction(edge);
        Curve curve = Curve.all(kan, x).get(edge);
        AffineFit fit = AffineFit.fit(function, curve.x(), curve.y());
        fix(kan, edge, function, fit);
        return fit;
    }

    private static void fix(Kan kan, Edge edge, SymbolicFunction function, AffineFit fit) {
        kan.fix(edge, function, new Affine(fit.a(), fit.b(), fit.c(), fit.d()));
    }

    /**
     * Fixes all edges that are splines to the function that ranks best for each.
     *
     * @param kan the network
     * @param x the samples, [samples, features]
     * @param library the functions to choose from
     * @return what was fixed
     */
    public static List<FixedEdge> auto(Kan kan, NDArray x, SymbolicLibrary library) {
        return auto(kan, x, library, Suggestion.WEIGHT_OF_SIMPLICITY, 0);
    }

    /**
     * Fixes the edges that are splines to the function that ranks best for each, if it fits.
     *
     * @param kan the network
     * @param x the samples, [samples, features]
     * @param library the functions to choose from
     * @param weightOfSimplicity how much the complexity counts against the fit, from 0 to 1; pykan:
     *     0.8
     * @param leastR2 an edge whose best function has a smaller r² stays a spline
     * @return what was fixed
     */
    public static List<FixedEdge> auto(
            Kan kan,
            NDArray x,
            SymbolicLibrary library,
            double weightOfSimplicity,
            double leastR2) {
        List<FixedEdge> fixed = new ArrayList<>();
        Map<Edge, Curve> curves = Curve.all(kan, x);
        for (Edge edge : kan.getEdges()) {
            if (kan.getFunction(edge) != null) {
                continue;
            }
            Curve curve = curves.get(edge);
            Suggestion best =
                    Suggestion.rank(library, curve.x(), curve.y(), weightOfSimplicity).get(0);
            if (best.fit().r2() >= leastR2) {
                fix(kan, edge, best.function(), best.fit());
                fixed.add(new FixedEdge(edge, best));
            }
        }
        return fixed;
    }
}
