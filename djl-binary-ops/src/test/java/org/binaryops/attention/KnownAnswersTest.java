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

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.training.ParameterStore;
import java.util.Arrays;
import java.util.Random;
import org.binaryops.nn.QuantLinear;
import org.binaryops.quantizer.ElasticQuantizer;
import org.binaryops.quantizer.StatisticsWeightQuantizer;
import org.binaryops.testing.Blocks;
import org.binaryops.testing.Gradients;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Answers that are known beforehand: the papers' tables, identities and goldens. */
class KnownAnswersTest {

    private static final Logger LOGGER = LoggerFactory.getLogger(KnownAnswersTest.class);

    private static double[] binarized(SoftmaxAwareBinarizer binarizer, NDArray rows) {
        return binarizer
                .quantize(new ParameterStore(rows.getManager(), false), rows, false)
                .toDoubleArray();
    }

    private static double error(double[] a, double[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; ++i) {
            sum += (a[i] - b[i]) * (a[i] - b[i]);
        }
        return sum / a.length;
    }

    /** The best prefix of the sorted row: what no binarization beats. */
    private static double bestError(double[] row) {
        double[] sorted = row.clone();
        Arrays.sort(sorted);
        double sum = 0;
        double best = 0;
        for (int k = 1; k <= sorted.length; ++k) {
            sum += sorted[sorted.length - k];
            best = Math.max(best, sum * sum / k);
        }
        return (Arrays.stream(row).map(v -> v * v).sum() - best) / row.length;
    }

    /** Table 1 of BiViT, recomputed on rows of Gaussian scores as measured before. */
    @Test
    void tableOfBiViTsBinarizationErrors() {
        // keys, deviation of the scores; errors of bool, optimal, scaled, unscaled; share kept
        double[][] table = {
            {197, 1, .492, 2.64e-5, 2.71e-5, .0997, .104},
            {197, .5, .493, 6.3e-6, 8.7e-6, .506, .513},
            {64, 1, .474, 2.02e-4, 1.94e-4, .177, .192},
            {49, 2, .464, 5.44e-4, 5.90e-4, .059, .081}
        };
        try (NDManager manager = NDManager.newBaseManager()) {
            for (double[] line : table) {
                int keys = (int) line[0];
                int rows = 2000;
                Random random = new Random(1);
                double[] gauss = new double[rows * keys];
                for (int i = 0; i < gauss.length; ++i) {
                    gauss[i] = line[1] * random.nextGaussian();
                }
                NDArray scores = manager.create(gauss, new Shape(rows, keys));
                NDArray p = scores.softmax(1);
                double[] a = p.toDoubleArray();
                double bool = error(BoolAttention.bool(scores).toDoubleArray(), a);
                double optimal = error(binarized(SoftmaxAwareBinarizer.optimal(), p), a);
                double scaled = error(binarized(SoftmaxAwareBinarizer.fast(.25, true), p), a);
                double[] bits = binarized(SoftmaxAwareBinarizer.fast(), p);
                double unscaled = error(bits, a);
                double kept = Arrays.stream(bits).average().orElseThrow();
                double best = 0;
                for (int r = 0; r < rows; ++r) {
                    best += bestError(Arrays.copyOfRange(a, r * keys, (r + 1) * keys)) / rows;
                }
                LOGGER.info(
                        "N {} deviation {}: bool {} optimal {} scaled {} unscaled {} kept {} best"
                                + " {}",
                        keys,
                        line[1],
                        bool,
                        optimal,
                        scaled,
                        unscaled,
                        kept,
                        best);
                assertEquals(line[2], bool, .01 * line[2]);
                assertEquals(line[3], optimal, .05 * line[3]);
                assertEquals(line[4], scaled, .05 * line[4]);
                assertEquals(line[5], unscaled, .05 * line[5]);
                assertEquals(line[6], kept, .05 * line[6]);
                assertTrue(best <= optimal && best <= scaled, "nothing beats the best prefix");
                assertTrue(optimal < 1.6 * best, "the alternation is near the optimum");
            }
        }
    }

    @Test
    void softmaxAwareBinarizationPassesTheTrueSoftmaxJacobian() {
        double[] s = {.3, -1.2, 2, .1, 1.9};
        double[] d = {1, -2, .5, 3, -1};
        double sum = Arrays.stream(s).map(Math::exp).sum();
        double[] p = Arrays.stream(s).map(v -> Math.exp(v) / sum).toArray();
        double dot = 0;
        for (int i = 0; i < 5; ++i) {
            dot += p[i] * d[i];
        }
        double[] expected = new double[5];
        for (int i = 0; i < 5; ++i) {
            expected[i] = p[i] * (d[i] - dot);
        }
        for (SoftmaxAwareBinarizer sab :
                new SoftmaxAwareBinarizer[] {
                    SoftmaxAwareBinarizer.fast(),
                    SoftmaxAwareBinarizer.fast(.3, true),
                    SoftmaxAwareBinarizer.optimal()
                }) {
            double[] g =
                    Gradients.at(
                            s,
                            d,
                            x -> {
                                ParameterStore store = new ParameterStore(x.getManager(), false);
                                return sab.quantize(store, x.softmax(0), true);
                            });
            assertArrayEquals(expected, g, 1e-12);
        }
    }

    @Test
    void boolAttentionHasTheClippedStraightThroughEstimator() {
        double[] s = {-2, -1, -.999, -.2, 0, .2, .999, 1, 3};
        double[] d = {1, 2, 3, 4, 5, 6, 7, 8, 9};
        assertArrayEquals(
                new double[] {0, 0, 0, 0, 1, 1, 1, 1, 1}, Gradients.values(s, BoolAttention::bool));
        assertArrayEquals(
                new double[] {0, 0, 3, 4, 5, 6, 7, 0, 0}, Gradients.at(s, d, BoolAttention::bool));
    }

    /**
     * Where the input has the signs s as features and a residual of rank one, ΔQ = (a h) 1ᵀ and ΔK
     * = (c h) 1ᵀ, the estimators can be exact: Q_b 1 = (1 s) is linear in the input, and so are
     * both residuals.
     */
    @Test
    void biPftRecoversResidualsOfRankOne() {
        int width = 4;
        int features = width + 2;
        try (NDManager manager = NDManager.newBaseManager()) {
            Random random = new Random(5);
            int length = 6;
            double[] h = new double[length * features];
            for (int t = 0; t < length; ++t) {
                for (int i = 0; i < features; ++i) {
                    h[t * features + i] =
                            i < width
                                    ? (random.nextBoolean() ? 1 : -1)
                                    : .8 * random.nextDouble() - .4;
                }
            }
            // q = s + h[width], k = s + h[width + 1]: the signs of both are s.
            double[][] q = new double[length][width];
            double[][] k = new double[length][width];
            for (int t = 0; t < length; ++t) {
                for (int i = 0; i < width; ++i) {
                    q[t][i] = h[t * features + i] + h[t * features + width];
                    k[t][i] = h[t * features + i] + h[t * features + width + 1];
                }
            }
            NDArray x = manager.create(h, new Shape(1, length, features));
            ResidualEstimators estimators = new ResidualEstimators(1);
            estimators.initialize(manager, DataType.FLOAT64, x.getShape(), x.getShape());
            // Q_b ΔKᵀ = (Q_b 1)(c h)ᵀ = (width s̄)(c h)ᵀ; ΔQ ΔKᵀ = width (a h)(c h)ᵀ
            double[] ones = new double[features];
            Arrays.fill(ones, 0, width, 1);
            set(estimators, "queryWeight", concat(ones, unit(features, width, Math.sqrt(width))));
            set(estimators, "keyWeight", concat(ones, unit(features, width + 1, Math.sqrt(width))));
            // The pair of a sum and a residual is (1 s)(c h), so that each takes a root of width.
            scale(estimators, "queryWeight", 0, features, 1 / Math.sqrt(width));
            scale(estimators, "keyWeight", 0, features, 1 / Math.sqrt(width));
            double[] missing =
                    estimators
                            .scores(new ParameterStore(manager, false), x, x, false)
                            .toDoubleArray();
            for (int i = 0; i < length; ++i) {
                for (int j = 0; j < length; ++j) {
                    double binary = 0;
                    double exact = 0;
                    for (int d = 0; d < width; ++d) {
                        binary += h[i * features + d] * h[j * features + d];
                        exact += q[i][d] * k[j][d];
                    }
                    assertEquals(exact, binary + missing[i * length + j], 1e-12);
                    assertTrue(Math.abs(exact - binary) > 1e-6, "there is something to estimate");
                }
            }
        }
    }

    private static double[] unit(int size, int at, double value) {
        double[] x = new double[size];
        x[at] = value;
        return x;
    }

    private static double[] concat(double[] a, double[] b) {
        double[] x = Arrays.copyOf(a, a.length + b.length);
        System.arraycopy(b, 0, x, a.length, b.length);
        return x;
    }

    private static void set(Block block, String name, double[] values) {
        NDArray array = block.getDirectParameters().get(name).getArray();
        array.setRequiresGradient(false);
        array.set(values);
    }

    private static void scale(Block block, String name, int from, int to, double factor) {
        NDArray array = block.getDirectParameters().get(name).getArray();
        double[] values = array.toDoubleArray();
        for (int i = from; i < to; ++i) {
            values[i] *= factor;
        }
        array.set(values);
    }

    /** Rank one of the values: P V_b + P (v h) is P V where V = V_b + (v h) 1ᵀ. */
    @Test
    void biPftsValueResidualIsAddedToEveryFeature() {
        try (NDManager manager = NDManager.newBaseManager()) {
            ResidualEstimators estimators = new ResidualEstimators(2);
            NDArray x = manager.randomNormal(new Shape(2, 3, 4)).toType(DataType.FLOAT64, false);
            estimators.initialize(manager, DataType.FLOAT64, x.getShape(), x.getShape());
            set(estimators, "valueWeight", new double[] {1, 2, 0, -1});
            set(estimators, "valueBias", new double[] {.5});
            NDArray r = estimators.values(new ParameterStore(manager, false), x, false);
            assertEquals(new Shape(2, 1, 3, 1), r.getShape());
            double[] in = x.toDoubleArray();
            double[] out = r.toDoubleArray();
            for (int t = 0; t < 6; ++t) {
                assertEquals(in[4 * t] + 2 * in[4 * t + 1] - in[4 * t + 3] + .5, out[t], 1e-12);
            }
        }
    }

    /** For weights spread evenly over (−a, a) each of TBT's three levels takes a third of them. */
    @Test
    void tbtTernaryLevelsTakeExactThirds() {
        int n = 3 * 500;
        double[] w = new double[n];
        for (int i = 0; i < n; ++i) {
            w[i] = (2 * i + 1. - n) / n; // the middles of n equal parts of (−1, 1)
        }
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray q = StatisticsWeightQuantizer.ternary(manager.create(w, new Shape(1, n)));
            double[] levels = q.toDoubleArray();
            assertEquals(n / 3, Arrays.stream(levels).filter(v -> v < 0).count());
            assertEquals(n / 3, Arrays.stream(levels).filter(v -> v == 0).count());
            assertEquals(n / 3, Arrays.stream(levels).filter(v -> v > 0).count());
            assertEquals(2. / 3, levels[n - 1], 1e-9);
        }
    }

    /** The elastic steps are set once, from the first batch, and kept with the parameters. */
    @Test
    void theStepsOfTheFirstBatchAreInTheFile() {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray x = manager.randomNormal(new Shape(3, 5, 8));
            TokenFreeNet trained = new TokenFreeNet();
            trained.block.initialize(manager, DataType.FLOAT32, x.getShape());
            assertTrue(trained.steps().stream().noneMatch(ElasticQuantizer::isStepInitialized));
            Blocks.train(manager, trained.block, x);
            assertTrue(trained.steps().stream().allMatch(ElasticQuantizer::isStepInitialized));
            TokenFreeNet loaded = new TokenFreeNet();
            Blocks.assertRoundTrip(manager, trained.block, loaded.block, x);
            assertTrue(loaded.steps().stream().allMatch(ElasticQuantizer::isStepInitialized));
            // Another batch does not set them again.
            float[] before = parameters(loaded.block);
            Blocks.train(manager, loaded.block, x.mul(10));
            assertArrayEquals(before, parameters(loaded.block));
        }
    }

    private static float[] parameters(Block block) {
        NDList all = new NDList();
        block.getParameters().values().forEach(p -> all.add(p.getArray()));
        float[] values = new float[(int) all.stream().mapToLong(NDArray::size).sum()];
        int at = 0;
        for (NDArray array : all) {
            for (float v : array.toFloatArray()) {
                values[at++] = v;
            }
        }
        return values;
    }

    /** An encoder layer of TBT. */
    private static final class TokenFreeNet {

        final QuantEncoderLayer block =
                QuantEncoderLayer.builder()
                        .setUnits(8)
                        .setHeads(2)
                        .setHidden(16)
                        .optMethod(AttentionMethod.named("tbt"))
                        .build();

        java.util.List<ElasticQuantizer> steps() {
            java.util.List<ElasticQuantizer> steps = new java.util.ArrayList<>();
            collect(block, steps);
            assertEquals(10, steps.size(), "6 linear layers, q, k, v, p");
            return steps;
        }

        private static void collect(Block root, java.util.List<ElasticQuantizer> steps) {
            if (root instanceof ElasticQuantizer step) {
                steps.add(step);
            }
            root.getChildren().values().forEach(child -> collect(child, steps));
        }
    }

    @Test
    void aProjectionIsAQuantLinear() {
        QuantAttention attention =
                QuantAttention.builder()
                        .setUnits(8)
                        .setHeads(2)
                        .optMethod(AttentionMethod.named("bipft"))
                        .build();
        QuantLinear query = attention.getQueryProjection();
        assertEquals(1, query.getInputQuantizer().getBits());
        assertEquals(1, query.getWeightQuantizer().getBits());
        assertEquals(1, attention.getEstimators().getRank());
    }

    /** Each position's largest logit m of SpikeGPT gets 1e-4 m / positions. */
    @Test
    void thePenaltyChangesTheGradientOnly() {
        double[] logits = {1, 3, -2, 5, 4, 0};
        double[] g =
                Gradients.at(
                        logits,
                        new double[] {1},
                        x -> {
                            NDArray y = x.reshape(1, 2, 3);
                            NDArray loss = y.sum();
                            NDArray penalized = SpikeGpt.penalized(loss, y);
                            assertEquals(11, penalized.toDoubleArray()[0]);
                            return penalized.reshape(1);
                        });
        assertArrayEquals(new double[] {1, 1 + 1.5e-4, 1, 1 + 2.5e-4, 1, 1}, g, 1e-15);
    }
}
