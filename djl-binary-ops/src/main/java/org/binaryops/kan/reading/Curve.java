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
import ai.djl.ndarray.NDManager;
import ai.djl.training.ParameterStore;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.binaryops.kan.Edge;
import org.binaryops.kan.FiniteSamples;
import org.binaryops.kan.Kan;
import org.binaryops.kan.KanTrace;

/**
 * The function of an edge at the samples that reach it, sorted by argument.
 *
 * @param x the arguments, ascending
 * @param y the values
 */
public record Curve(double[] x, double[] y) {

    /**
     * Reads the curves of all edges of a network.
     *
     * @param kan an initialized network
     * @param samples the inputs of the network, [samples, features]
     * @return a curve for each edge, removed ones too, which are 0
     * @throws IllegalArgumentException if there is no sample or a number is not finite
     */
    public static Map<Edge, Curve> all(Kan kan, NDArray samples) {
        FiniteSamples.require("samples", samples);
        Map<Edge, Curve> curves = new HashMap<>();
        try (NDManager scratch = samples.getManager().newSubManager()) {
            NDArray input = samples.stopGradient();
            input.attach(scratch);
            KanTrace trace = kan.trace(new ParameterStore(scratch, false), input, false);
            for (int l = 0; l < trace.layers().size(); ++l) {
                KanTrace.LayerTrace layer = trace.layers().get(l);
                double[] in = Attribution.doubles(layer.input());
                double[] post = Attribution.doubles(layer.post());
                int n = (int) layer.input().getShape().get(0);
                int inputs = in.length / n;
                int outputs = post.length / in.length;
                for (int i = 0; i < inputs; ++i) {
                    for (int j = 0; j < outputs; ++j) {
                        double[][] points = new double[n][2];
                        for (int s = 0; s < n; ++s) {
                            points[s][0] = in[s * inputs + i];
                            points[s][1] = post[(s * outputs + j) * inputs + i];
                        }
                        curves.put(new Edge(l, i, j), sorted(points));
                    }
                }
            }
        }
        return curves;
    }

    private static Curve sorted(double[][] points) {
        Arrays.sort(points, (p, q) -> Double.compare(p[0], q[0]));
        double[] x = Arrays.stream(points).mapToDouble(p -> p[0]).toArray();
        double[] y = Arrays.stream(points).mapToDouble(p -> p[1]).toArray();
        return new Curve(x, y);
    }
}
