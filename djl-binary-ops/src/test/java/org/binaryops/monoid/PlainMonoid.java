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
package org.binaryops.monoid;

import ai.djl.ndarray.NDArray;
import ai.djl.nn.Block;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The formulas of the method in plain Java doubles, written out element by element: what the blocks
 * are compared with.
 */
final class PlainMonoid {

    final int features;
    final double[] weightIh;
    final double[] weightHh;
    final double[] biasIh;
    final double[] biasHh;

    /** Copies the four parameters of a block that holds one {@link GruOperator}. */
    PlainMonoid(Block block, int features) {
        this.features = features;
        weightIh = values(block, "weight_ih");
        weightHh = values(block, "weight_hh");
        biasIh = values(block, "bias_ih");
        biasHh = values(block, "bias_hh");
    }

    /** The live array of a parameter, by the end of its name. */
    static NDArray parameter(Block block, String name) {
        return block.getParameters().stream()
                .filter(p -> p.getKey().endsWith(name))
                .findFirst()
                .orElseThrow()
                .getValue()
                .getArray();
    }

    private static double[] values(Block block, String name) {
        return parameter(block, name).toDoubleArray();
    }

    /** The parameters, to be changed in place for numeric differentiation. */
    Map<String, double[]> parameters() {
        return new TreeMap<>(
                Map.of(
                        "weight_ih", weightIh,
                        "weight_hh", weightHh,
                        "bias_ih", biasIh,
                        "bias_hh", biasHh));
    }

    private static double sigmoid(double x) {
        return 1 / (1 + Math.exp(-x));
    }

    private double affine(double[] weight, double[] bias, int row, double[] x) {
        double sum = bias[row];
        for (int k = 0; k < features; ++k) {
            sum += weight[row * features + k] * x[k];
        }
        return sum;
    }

    /** GRUCell(input = x, hidden = h). */
    double[] gru(double[] x, double[] h) {
        double[] result = new double[features];
        for (int i = 0; i < features; ++i) {
            int z = features + i;
            int n = 2 * features + i;
            double reset = sigmoid(affine(weightIh, biasIh, i, x) + affine(weightHh, biasHh, i, h));
            double update =
                    sigmoid(affine(weightIh, biasIh, z, x) + affine(weightHh, biasHh, z, h));
            double candidate =
                    Math.tanh(
                            affine(weightIh, biasIh, n, x)
                                    + reset * affine(weightHh, biasHh, n, h));
            result[i] = (1 - update) * candidate + update * h[i];
        }
        return result;
    }

    double[] symmetrized(double[] left, double[] right) {
        double[] a = gru(left, right);
        double[] b = gru(right, left);
        double[] result = new double[features];
        for (int i = 0; i < features; ++i) {
            result[i] = (a[i] + b[i]) / 2;
        }
        return result;
    }

    /** The balanced fold of a set: neighbours in pairs, the last of an odd number carried. */
    double[] fold(List<double[]> set) {
        List<double[]> level = set;
        while (level.size() > 1) {
            List<double[]> next = new ArrayList<>();
            for (int i = 0; i + 1 < level.size(); i += 2) {
                next.add(symmetrized(level.get(i), level.get(i + 1)));
            }
            if (level.size() % 2 == 1) {
                next.add(level.get(level.size() - 1));
            }
            level = next;
        }
        return level.get(0);
    }
}
