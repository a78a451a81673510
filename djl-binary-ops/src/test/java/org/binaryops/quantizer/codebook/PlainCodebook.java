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
package org.binaryops.quantizer.codebook;

import java.util.Comparator;
import java.util.stream.IntStream;

/** The codebook of the paper, with its gradients, written out in plain Java. */
final class PlainCodebook {

    private final int groups;
    private final int part;
    private final double[] gamma;
    private final double[] beta;
    private final double[] codes;
    private final int size;

    /** The results of a pass over some vectors. */
    double[] y;

    int[] ids;
    double[] codeGradient;
    double[] inputGradient;
    double[] gammaGradient;
    double[] betaGradient;

    PlainCodebook(int groups, double[] gamma, double[] beta, double[] codes) {
        this.groups = groups;
        this.gamma = gamma;
        this.beta = beta;
        this.codes = codes;
        part = gamma.length / groups;
        size = codes.length / gamma.length;
    }

    static double similarity(double[] x, double[] c, Snap snap) {
        double dot = 0;
        double xx = 0;
        double cc = 0;
        double dd = 0;
        for (int i = 0; i < x.length; ++i) {
            dot += x[i] * c[i];
            xx += x[i] * x[i];
            cc += c[i] * c[i];
            dd += (x[i] - c[i]) * (x[i] - c[i]);
        }
        return switch (snap) {
            case INNER_PRODUCT -> dot / Math.sqrt(cc);
            case COSINE -> dot / Math.sqrt(cc) / Math.sqrt(xx);
            case EUCLIDEAN -> -Math.sqrt(dd);
        };
    }

    private double[] code(int group, int id) {
        int start = (group * size + id) * part;
        return java.util.Arrays.copyOfRange(codes, start, start + part);
    }

    /** Forward and backward, for the gradient g of y. */
    void run(
            double[] x,
            double[] g,
            Snap snap,
            int k,
            boolean sum,
            Objective objective,
            double commitment) {
        int width = gamma.length;
        int vectors = x.length / width;
        double share = sum ? 1 : 1.0 / k;
        y = new double[x.length];
        ids = new int[vectors * groups * k];
        codeGradient = new double[codes.length];
        inputGradient = new double[x.length];
        gammaGradient = new double[width];
        betaGradient = new double[width];
        for (int t = 0; t < vectors; ++t) {
            for (int group = 0; group < groups; ++group) {
                int at = t * width + group * part;
                double mean = 0;
                for (int i = 0; i < part; ++i) {
                    mean += x[at + i] / part;
                }
                double variance = 0;
                for (int i = 0; i < part; ++i) {
                    variance += Math.pow(x[at + i] - mean, 2) / part;
                }
                // DJL hands the engine ε in single precision.
                double deviation = Math.sqrt(variance + 1e-5f);
                double[] n = new double[part];
                double[] normal = new double[part];
                for (int i = 0; i < part; ++i) {
                    n[i] = (x[at + i] - mean) / deviation;
                    normal[i] = gamma[group * part + i] * n[i] + beta[group * part + i];
                }
                int theGroup = group;
                int[] chosen =
                        IntStream.range(0, size)
                                .boxed()
                                .sorted(
                                        Comparator.comparingDouble(
                                                c -> -similarity(normal, code(theGroup, c), snap)))
                                .limit(k)
                                .mapToInt(c -> c)
                                .toArray();
                for (int j = 0; j < k; ++j) {
                    ids[(t * groups + group) * k + j] = chosen[j];
                    for (int i = 0; i < part; ++i) {
                        y[at + i] += share * code(group, chosen[j])[i];
                    }
                }
                double[] dn = new double[part];
                double meanOfGradient = 0;
                double meanOfProduct = 0;
                for (int i = 0; i < part; ++i) {
                    double ofCodes = 0;
                    if (objective != Objective.VQVAE) {
                        ofCodes += g[at + i];
                    }
                    if (objective != Objective.BASE) {
                        ofCodes += 2.0 / vectors * (y[at + i] - normal[i]);
                    }
                    for (int c : chosen) {
                        codeGradient[(group * size + c) * part + i] += share * ofCodes;
                    }
                    double ofNormal = g[at + i];
                    if (objective == Objective.VQVAE || objective == Objective.FULLAELOSS) {
                        ofNormal += 2 * commitment * (normal[i] - y[at + i]);
                    }
                    gammaGradient[group * part + i] += ofNormal * n[i];
                    betaGradient[group * part + i] += ofNormal;
                    dn[i] = ofNormal * gamma[group * part + i];
                    meanOfGradient += dn[i] / part;
                    meanOfProduct += dn[i] * n[i] / part;
                }
                for (int i = 0; i < part; ++i) {
                    inputGradient[at + i] =
                            (dn[i] - meanOfGradient - n[i] * meanOfProduct) / deviation;
                }
            }
        }
    }
}
