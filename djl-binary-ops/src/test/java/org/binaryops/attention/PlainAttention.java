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
package org.binaryops.attention;

import ai.djl.nn.Block;
import java.util.Arrays;
import org.binaryops.nn.QuantLinear;

/**
 * Quantized attention as the paper writes it, in plain doubles and loops, with the weights and
 * steps of a block.
 */
final class PlainAttention {

    private final QuantAttention block;
    private final int heads;
    private final int weightBits;
    private final int activationBits;

    PlainAttention(QuantAttention block, int heads, int weightBits, int activationBits) {
        this.block = block;
        this.heads = heads;
        this.weightBits = weightBits;
        this.activationBits = activationBits;
    }

    /** The output for one sequence; keep[i][j] says whether query i sees key j. */
    double[][] apply(double[][] keys, double[][] queries, double[][] values, boolean[][] keep) {
        double[][] k = signed(step("keyQuantizer"), linear(block.getKeyProjection(), keys));
        double[][] q = signed(step("queryQuantizer"), linear(block.getQueryProjection(), queries));
        double[][] v = signed(step("valueQuantizer"), linear(block.getValueProjection(), values));
        int width = q[0].length;
        int size = width / heads;
        double[][] context = new double[q.length][width];
        for (int head = 0; head < heads; ++head) {
            int from = head * size;
            for (int i = 0; i < q.length; ++i) {
                double[] p = new double[k.length];
                double sum = 0;
                for (int j = 0; j < k.length; ++j) {
                    double score = 0;
                    for (int d = from; d < from + size; ++d) {
                        score += q[i][d] * k[j][d];
                    }
                    p[j] = keep[i][j] ? Math.exp(score / Math.sqrt(size)) : 0;
                    sum += p[j];
                }
                for (int j = 0; j < k.length; ++j) {
                    double quantized = nonNegative(sum == 0 ? 0 : p[j] / sum);
                    for (int d = from; d < from + size; ++d) {
                        context[i][d] += quantized * v[j][d];
                    }
                }
            }
        }
        return linear(block.getResultProjection(), context);
    }

    private double[][] linear(QuantLinear layer, double[][] x) {
        double[] bias = parameter(layer, "bias");
        double[] weights = parameter(layer, "weight");
        double[][] in =
                signed(activationBits == 32 ? 1 : parameter(layer, "01inputQuantizer_step")[0], x);
        int features = x[0].length;
        double[][] y = new double[x.length][bias.length];
        for (int o = 0; o < bias.length; ++o) {
            double[] row = Arrays.copyOfRange(weights, o * features, (o + 1) * features);
            double mean = Arrays.stream(row).map(Math::abs).sum() / features;
            double alpha = 4 * mean / 3;
            for (int d = 0; d < features; ++d) {
                if (weightBits == 1) {
                    row[d] = row[d] >= 0 ? mean : -mean;
                } else if (weightBits == 2) {
                    row[d] = alpha * Math.rint(Math.max(-1, Math.min(1, row[d] / alpha)));
                }
            }
            for (int i = 0; i < x.length; ++i) {
                y[i][o] = bias[o];
                for (int d = 0; d < features; ++d) {
                    y[i][o] += in[i][d] * row[d];
                }
            }
        }
        return y;
    }

    private double[][] signed(double step, double[][] x) {
        if (activationBits == 32) {
            return x;
        }
        int highest = Math.max(1, (1 << (activationBits - 1)) - 1);
        int lowest = activationBits <= 2 ? -1 : -(1 << (activationBits - 1));
        double[][] y = new double[x.length][];
        for (int i = 0; i < x.length; ++i) {
            y[i] = x[i].clone();
            for (int d = 0; d < y[i].length; ++d) {
                double u = Math.rint(x[i][d] / step);
                y[i][d] =
                        activationBits == 1
                                ? (x[i][d] >= 0 ? step : -step)
                                : step * Math.max(lowest, Math.min(highest, u));
            }
        }
        return y;
    }

    private double nonNegative(double p) {
        if (activationBits == 32) {
            return p;
        }
        double step = step("probabilityQuantizer");
        int highest = activationBits == 2 ? 2 : (1 << activationBits) - 1;
        return step * Math.max(0, Math.min(highest, Math.rint(p / step)));
    }

    private double step(String child) {
        if (activationBits == 32) {
            return 1;
        }
        return block.getParameters().stream()
                .filter(p -> p.getKey().endsWith(child + "_step"))
                .findFirst()
                .orElseThrow()
                .getValue()
                .getArray()
                .toDoubleArray()[0];
    }

    private static double[] parameter(Block layer, String name) {
        return layer.getParameters().get(name).getArray().toDoubleArray();
    }
}
