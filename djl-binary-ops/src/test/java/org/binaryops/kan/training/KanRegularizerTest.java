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
package org.binaryops.kan.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
import ai.djl.training.ParameterStore;
import java.util.Random;
import org.binaryops.kan.Edge;
import org.binaryops.kan.Kan;
import org.binaryops.kan.KanLinear;
import org.binaryops.kan.KanTrace;
import org.binaryops.kan.KanWidth;
import org.binaryops.kan.training.KanRegularizer.Metric;
import org.binaryops.testing.Gradients;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The penalties against their formulas, written out over the curves of the edges. */
class KanRegularizerTest {

    private static final int SAMPLES = 40;

    private NDManager manager;
    private Kan kan;
    private NDArray x;
    private double[][] in;

    @BeforeEach
    void open() {
        manager = NDManager.newBaseManager();
        kan =
                Kan.builder()
                        .setWidths(KanWidth.of(2), KanWidth.of(2).withProducts(1), KanWidth.of(2))
                        .optSeed(1)
                        .build();
        kan.initialize(manager, DataType.FLOAT64, new Shape(1, 2));
        Random random = new Random(5);
        in = new double[SAMPLES][2];
        double[] flat = new double[2 * SAMPLES];
        for (int s = 0; s < SAMPLES; ++s) {
            for (int i = 0; i < 2; ++i) {
                in[s][i] = 2 * random.nextDouble() - 1;
                flat[2 * s + i] = in[s][i];
            }
        }
        x = manager.create(flat, new Shape(SAMPLES, 2));
    }

    @AfterEach
    void close() {
        manager.close();
    }

    private static double deviation(double[] values) {
        double mean = 0;
        for (double v : values) {
            mean += v / values.length;
        }
        double sum = 0;
        for (double v : values) {
            sum += (v - mean) * (v - mean);
        }
        return Math.sqrt(sum / (values.length - 1));
    }

    private static double[] column(double[][] rows, int i) {
        double[] column = new double[rows.length];
        for (int s = 0; s < rows.length; ++s) {
            column[s] = rows[s][i];
        }
        return column;
    }

    /** Deviations by layer: of the edges [j][i], of the inputs, of the sums. */
    private double[][][][] deviations() {
        double[][][][] all = new double[2][3][][];
        double[][] level = in;
        for (int l = 0; l < 2; ++l) {
            KanLinear layer = kan.getLayers().get(l);
            KanWidth to = kan.getWidths().get(l + 1);
            double[][] sums = new double[SAMPLES][to.subnodes()];
            all[l][0] = new double[to.subnodes()][level[0].length];
            all[l][1] = new double[1][level[0].length];
            all[l][2] = new double[1][to.subnodes()];
            for (int i = 0; i < level[0].length; ++i) {
                all[l][1][0][i] = deviation(column(level, i));
                for (int j = 0; j < to.subnodes(); ++j) {
                    double[] curve = layer.edge(j, i, column(level, i));
                    all[l][0][j][i] = deviation(curve);
                    for (int s = 0; s < SAMPLES; ++s) {
                        sums[s][j] += curve[s];
                    }
                }
            }
            double[][] next = new double[SAMPLES][to.nodes()];
            for (int j = 0; j < to.subnodes(); ++j) {
                all[l][2][0][j] = deviation(column(sums, j));
            }
            for (int s = 0; s < SAMPLES; ++s) {
                for (int n = 0; n < to.sums(); ++n) {
                    next[s][n] = sums[s][n];
                }
                if (to.nodes() > to.sums()) {
                    next[s][to.sums()] = sums[s][to.sums()] * sums[s][to.sums() + 1];
                }
            }
            level = next;
        }
        return all;
    }

    private static double penalty(double[][] v, double l1, double entropy) {
        int rows = v.length;
        int columns = v[0].length;
        double sum = 0;
        double rowEntropy = 0;
        double columnEntropy = 0;
        for (int j = 0; j < rows; ++j) {
            double whole = 1;
            for (int i = 0; i < columns; ++i) {
                sum += v[j][i];
                whole += v[j][i];
            }
            for (int i = 0; i < columns; ++i) {
                double p = v[j][i] / whole;
                rowEntropy -= p * Math.log(p + 1e-4) / Math.log(2) / rows;
            }
        }
        for (int i = 0; i < columns; ++i) {
            double whole = 1;
            for (int j = 0; j < rows; ++j) {
                whole += v[j][i];
            }
            for (int j = 0; j < rows; ++j) {
                double p = v[j][i] / whole;
                columnEntropy -= p * Math.log(p + 1e-4) / Math.log(2) / columns;
            }
        }
        return l1 * sum + entropy * (rowEntropy + columnEntropy);
    }

    private double penalty(KanRegularizer regularizer) {
        KanTrace trace = kan.trace(new ParameterStore(manager, false), x, false);
        return regularizer.penalty(kan, trace).toDoubleArray()[0];
    }

    @Test
    void theForwardPenaltiesAreTheirFormulas() {
        double[][][][] deviations = deviations();
        double normalized = 0;
        double plain = 0;
        for (int l = 0; l < 2; ++l) {
            double[][] v = new double[deviations[l][0].length][];
            for (int j = 0; j < v.length; ++j) {
                v[j] = deviations[l][0][j].clone();
                for (int i = 0; i < v[j].length; ++i) {
                    v[j][i] /= deviations[l][1][0][i] + .1;
                }
            }
            normalized += .01 * penalty(v, 1.5, .7);
            plain += .01 * penalty(deviations[l][0], 1.5, .7);
        }
        KanRegularizer.Builder builder =
                KanRegularizer.builder().setLambda(.01).optL1(1.5).optEntropy(.7);
        assertEquals(normalized, penalty(builder.build()), 1e-12);
        assertEquals(plain, penalty(builder.optMetric(Metric.FORWARD).build()), 1e-12);
    }

    @Test
    void theBackwardPenaltyIsOfTheAttributionScores() {
        double[][][][] deviations = deviations();
        double[][] node = {{1, 0}, {0, 1}};
        double expected = 0;
        for (int l = 1; l >= 0; --l) {
            double[][] e = deviations[l][0];
            double[] n = deviations[l][2][0];
            KanWidth width = kan.getWidths().get(l + 1);
            double[][] mean = new double[e.length][e[0].length];
            double[][] before = new double[2][e[0].length];
            for (int o = 0; o < 2; ++o) {
                for (int j = 0; j < e.length; ++j) {
                    int owner = Math.min(j, width.nodes() - 1);
                    for (int i = 0; i < e[0].length; ++i) {
                        double b = node[o][owner] * e[j][i] / (n[j] + 1e-4);
                        mean[j][i] += b / 2;
                        before[o][i] += b;
                    }
                }
            }
            expected += penalty(mean, 1, 2);
            node = before;
        }
        assertEquals(
                expected,
                penalty(KanRegularizer.builder().setLambda(1).optMetric(Metric.BACKWARD).build()),
                1e-11);
    }

    @Test
    void theCoefficientsArePenalisedAsInPykan() {
        double expected = 0;
        for (KanLinear layer : kan.getLayers()) {
            NDArray c = layer.getDirectParameters().get("coefficients").getArray();
            long units = c.getShape().get(0);
            long inputs = c.getShape().get(1);
            long n = c.getShape().get(2);
            // pykan: sum(mean(|c|, over outputs)), the same for the differences.
            for (int i = 0; i < inputs; ++i) {
                for (int m = 0; m < n; ++m) {
                    for (int j = 0; j < units; ++j) {
                        expected += .3 * Math.abs(c.getDouble(j, i, m)) / units;
                        if (m > 0) {
                            double change = c.getDouble(j, i, m) - c.getDouble(j, i, m - 1);
                            expected += .2 * Math.abs(change) / units;
                        }
                    }
                }
            }
        }
        KanRegularizer regularizer =
                KanRegularizer.builder()
                        .setLambda(1)
                        .optL1(0)
                        .optEntropy(0)
                        .optCoefficients(.3)
                        .optDifferences(.2)
                        .build();
        assertEquals(expected, penalty(regularizer), 1e-12);
    }

    @Test
    void theWeightPenaltyIsThatOfEfficientKan() {
        double expected = 0;
        for (KanLinear layer : kan.getLayers()) {
            NDArray c = layer.getDirectParameters().get("coefficients").getArray();
            int edges = (int) (c.getShape().get(0) * c.getShape().get(1));
            double[] flat = c.toDoubleArray();
            int n = flat.length / edges;
            double[] u = new double[edges];
            double whole = 0;
            for (int e = 0; e < edges; ++e) {
                for (int m = 0; m < n; ++m) {
                    u[e] += Math.abs(flat[e * n + m]) / n;
                }
                whole += u[e];
            }
            expected += .4 * whole;
            for (int e = 0; e < edges; ++e) {
                expected -= .6 * u[e] / whole * Math.log(u[e] / whole);
            }
        }
        assertEquals(expected, new WeightPenalty(.4, .6).penalty(kan).toDoubleArray()[0], 1e-12);
    }

    @Test
    void removedEdgesGiveNoNan() {
        kan.remove(new Edge(0, 0, 0));
        for (int i = 0; i < 3; ++i) {
            kan.remove(new Edge(1, i, 1));
        }
        for (Metric metric : Metric.values()) {
            KanRegularizer regularizer =
                    KanRegularizer.builder().setLambda(1).optMetric(metric).build();
            NDArray c = kan.getLayers().get(0).getDirectParameters().get("coefficients").getArray();
            try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
                KanTrace trace = kan.trace(new ParameterStore(manager, false), x, true);
                Gradients.backward(collector, regularizer.penalty(kan, trace));
            }
            double sum = c.getGradient().abs().sum().toDoubleArray()[0];
            assertTrue(sum > 0 && Double.isFinite(sum), metric + " " + sum);
            c.getGradient().subi(c.getGradient());
        }
    }

    /** One number of the gradient by a difference quotient. */
    @Test
    void thePenaltyIsDifferentiable() {
        KanRegularizer regularizer = KanRegularizer.builder().setLambda(1).build();
        NDArray c = kan.getLayers().get(0).getDirectParameters().get("coefficients").getArray();
        try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
            KanTrace trace = kan.trace(new ParameterStore(manager, false), x, true);
            Gradients.backward(collector, regularizer.penalty(kan, trace));
        }
        double slope = c.getGradient().getDouble(1, 0, 3);
        double before = c.getDouble(1, 0, 3);
        NDArray detached = c.stopGradient();
        detached.set(new ai.djl.ndarray.index.NDIndex(1, 0, 3), before + 1e-6);
        double up = penalty(regularizer);
        detached.set(new ai.djl.ndarray.index.NDIndex(1, 0, 3), before - 1e-6);
        assertEquals((up - penalty(regularizer)) / 2e-6, slope, 1e-6);
    }

    @Test
    void negativeWeightsAreRefused() {
        Exception e =
                assertThrows(
                        IllegalArgumentException.class,
                        () -> KanRegularizer.builder().setLambda(-1).build());
        assertEquals("lambda must be finite and not negative, but was -1.0.", e.getMessage());
        assertThrows(IllegalArgumentException.class, () -> new WeightPenalty(-1, 0));
    }
}
