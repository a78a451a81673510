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

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;
import org.binaryops.testing.Blocks;
import org.binaryops.testing.Leaks;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class AfKanTest {

    private static final int SAMPLES = 3;
    private static final int D = 4;
    private static final int N = 5;
    private static final int UNITS = 2;

    private NDManager manager;

    @BeforeEach
    void open() {
        manager = NDManager.newBaseManager();
        Engine.getInstance().setRandomSeed(21);
    }

    @AfterEach
    void close() {
        manager.close();
    }

    private static double act(AfActivation activation, double x) {
        return switch (activation) {
            case SOFTPLUS -> Math.log1p(Math.exp(x));
            case SIGMOID -> 1 / (1 + Math.exp(-x));
            case SILU -> x / (1 + Math.exp(-x));
            case RELU -> Math.max(x, 0);
            case LEAKY_RELU -> x > 0 ? x : .01 * x;
            case ELU -> x > 0 ? x : Math.expm1(x);
            case GELU -> x * normal(x);
            case SELU ->
                    1.0507009873554804934193349852946
                            * (x > 0 ? x : 1.6732632423543772848170429916717 * Math.expm1(x));
            case TANH -> Math.tanh(x);
        };
    }

    /** The distribution function of the normal distribution, by its series. */
    private static double normal(double x) {
        double term = x;
        double sum = x;
        for (int i = 1; i < 200; ++i) {
            term *= x * x / (2 * i + 1);
            sum += term;
        }
        return .5 + sum * Math.exp(-x * x / 2) / Math.sqrt(2 * Math.PI);
    }

    private static double combine(AfCombination combination, double p, double q) {
        return switch (combination) {
            case QUAD1 -> p * q * p * q;
            case QUAD2 -> p * q + p * p + q * q;
            case SUM -> p + q;
            case PROD -> p * q;
            case SUM_PROD -> p + q + p * q;
            case CUBIC1 -> (p + q) * (p * p + q * q);
            case CUBIC2 -> Math.pow(p * q, 3);
        };
    }

    /** The published example: silu, x − s = .5, e − x = .3. */
    @ParameterizedTest
    @CsvSource({
        "QUAD1,.002877",
        "QUAD2,.180198",
        "SUM,.483562",
        "PROD,.053635",
        "SUM_PROD,.537197",
        "CUBIC1,.061201",
        "CUBIC2,.000154"
    })
    void publishedValues(AfCombination combination, double expected) {
        AfKanBasis basis =
                AfKanBasis.builder()
                        .optGrid(1)
                        .optOrder(0)
                        .optCombination(combination)
                        .optNormalization(AfNormalization.NONE)
                        .build();
        Blocks.initialize64(manager, basis, new Shape(1, 1));
        KanLayer.overwrite(basis.getParameters().get("start").getArray(), new double[] {-.4});
        KanLayer.overwrite(basis.getParameters().get("end").getArray(), new double[] {.4});
        NDArray x = manager.create(new double[] {.1}, new Shape(1, 1));
        assertEquals(
                expected,
                Blocks.infer(manager, basis, x).singletonOrThrow().toDoubleArray()[0],
                6e-7);
    }

    private static double[] functions(
            double[] x,
            Map<String, double[]> p,
            AfActivation activation,
            AfCombination combination,
            AfNormalization normalization,
            String prefix) {
        double[] s = p.get(prefix + "start");
        double[] e = p.get(prefix + "end");
        double[] z = new double[x.length * N];
        for (int i = 0; i < z.length; ++i) {
            double v = x[i / N];
            z[i] =
                    combine(
                            combination,
                            act(activation, v - s[i % N]),
                            act(activation, e[i % N] - v));
        }
        int size =
                switch (normalization) {
                    case NONE -> 0;
                    case PER_SAMPLE -> D * N;
                    case BATCH -> z.length;
                };
        for (int from = 0; size > 0 && from < z.length; from += size) {
            double[] part = Arrays.copyOfRange(z, from, from + size);
            double norm = Math.sqrt(Formulas.dot(part, part));
            double[] unit = Arrays.stream(part).map(v -> v / norm).toArray();
            double least = Arrays.stream(unit).min().orElseThrow();
            double most = Arrays.stream(unit).max().orElseThrow();
            for (int i = 0; i < size; ++i) {
                z[from + i] = (unit[i] - least) / (most - least);
            }
        }
        return z;
    }

    private void checkBasis(AfActivation a, AfCombination c, AfNormalization normalization) {
        AfKanBasis basis =
                AfKanBasis.builder()
                        .optGrid(3)
                        .optOrder(2)
                        .optActivation(a)
                        .optCombination(c)
                        .optNormalization(normalization)
                        .build();
        Shape shape = new Shape(SAMPLES, D);
        Blocks.initialize64(manager, basis, shape);
        Random random = new Random(1);
        Formulas.perturb(basis, random, .1);
        double[] x = random.doubles(shape.size(), -1, 1).toArray();
        Formulas.check(
                manager, basis, x, shape, (v, p) -> functions(v, p, a, c, normalization, ""));
    }

    @ParameterizedTest
    @EnumSource(AfActivation.class)
    void activations(AfActivation activation) {
        checkBasis(activation, AfCombination.SUM_PROD, AfNormalization.NONE);
    }

    @ParameterizedTest
    @EnumSource(AfCombination.class)
    void combinations(AfCombination combination) {
        checkBasis(AfActivation.SILU, combination, AfNormalization.NONE);
    }

    @ParameterizedTest
    @EnumSource(AfNormalization.class)
    void normalizations(AfNormalization normalization) {
        checkBasis(AfActivation.TANH, AfCombination.QUAD1, normalization);
    }

    private static double linear(Map<String, double[]> p, String name, int o, double[] row) {
        double[] w = p.get("reducer_" + name + ".weight");
        double sum = p.get("reducer_" + name + ".bias")[o];
        for (int m = 0; m < row.length; ++m) {
            sum += w[o * row.length + m] * row[m];
        }
        return sum;
    }

    private static double[] softmax(int size, IntToDoubleFunction scores) {
        double[] w = IntStream.range(0, size).mapToDouble(scores).map(Math::exp).toArray();
        double total = Arrays.stream(w).sum();
        return Arrays.stream(w).map(v -> v / total).toArray();
    }

    /** Attention of row d over the rows; linear maps to width numbers. */
    private static double[] attend(
            Map<String, double[]> p, String name, double[][] z, int d, double t) {
        int width = z[0].length;
        double[] w =
                softmax(
                        z.length,
                        o -> {
                            double score = 0;
                            for (int m = 0; m < width; ++m) {
                                score +=
                                        linear(p, name + ".query", m, z[d])
                                                * linear(p, name + ".key", m, z[o]);
                            }
                            return score / t;
                        });
        double[] mixed = new double[width];
        for (int m = 0; m < width; ++m) {
            for (int o = 0; o < z.length; ++o) {
                mixed[m] += w[o] * linear(p, name + ".value", m, z[o]);
            }
        }
        return mixed;
    }

    private static double[] heads(Map<String, double[]> p, double[][] z, int d) {
        double[] mixed = new double[N];
        for (int m = 0; m < N; ++m) {
            int head = m;
            double query = linear(p, "heads.query", m, z[d]);
            double[] w = softmax(D, o -> query * linear(p, "heads.key", head, z[o]));
            for (int o = 0; o < D; ++o) {
                mixed[m] += w[o] * linear(p, "heads.value", m, z[o]);
            }
        }
        return mixed;
    }

    /** One sample: z [D][N] to D numbers. */
    private static double[] reduce(
            AfReduction reduction, double[][] z, Map<String, double[]> p, double t) {
        double[] reduced = new double[D];
        for (int i = 0; i < D; ++i) {
            int d = i;
            switch (reduction) {
                case GLOBAL_ATTENTION -> {
                    double w = softmax(D, o -> linear(p, "form", 0, z[o]) / t)[d];
                    reduced[d] = w * Arrays.stream(z[d]).sum();
                }
                case SPATIAL_ATTENTION -> {
                    double[] kernel = p.get("reducer_convolution.weight");
                    double[] w =
                            softmax(
                                    N,
                                    m -> {
                                        double s = p.get("reducer_convolution.bias")[m];
                                        for (int q = 0; q < 3; ++q) {
                                            int at = d + q - 1;
                                            s +=
                                                    at < 0 || at >= D
                                                            ? 0
                                                            : kernel[m * 3 + q] * z[at][m];
                                        }
                                        return s / t;
                                    });
                    reduced[d] = Formulas.dot(w, z[d]);
                }
                case MULTISTEP -> reduced[d] = linear(p, "form", 0, z[d]);
                case LOCAL_ATTENTION -> {
                    double[][] windows = {{z[d][0], z[d][1]}, {z[d][2], z[d][3]}};
                    double[] first = attend(p, "local", windows, 0, t);
                    double[] second = attend(p, "local", windows, 1, t);
                    reduced[d] =
                            linear(
                                    p,
                                    "local.form",
                                    0,
                                    new double[] {first[0], first[1], second[0], second[1]});
                }
                case MULTIHEAD_ATTENTION -> {
                    double[] mixed = heads(p, z, d);
                    for (int m = 0; m < N; ++m) {
                        reduced[d] += linear(p, "heads.out", m, mixed);
                    }
                }
                case SELF_ATTENTION -> reduced[d] = Arrays.stream(attend(p, "self", z, d, t)).sum();
            }
        }
        return reduced;
    }

    private static double[] layer(double[] x, Map<String, double[]> p, AfReduction... reductions) {
        double[] z =
                functions(
                        x,
                        p,
                        AfActivation.SILU,
                        AfCombination.QUAD1,
                        AfNormalization.PER_SAMPLE,
                        "basis_");
        double t = Math.max(p.getOrDefault("temperature", new double[1])[0], 1);
        double[] y = new double[SAMPLES * UNITS * reductions.length];
        int next = 0;
        for (AfReduction reduction : reductions) {
            for (int s = 0; s < SAMPLES; ++s) {
                double[][] rows = new double[D][];
                for (int d = 0; d < D; ++d) {
                    rows[d] = Arrays.copyOfRange(z, (s * D + d) * N, (s * D + d + 1) * N);
                }
                double[] r = reduce(reduction, rows, p, t);
                double mean = Arrays.stream(r).average().orElseThrow();
                double variance = Arrays.stream(r).map(v -> (v - mean) * (v - mean)).sum() / D;
                for (int j = 0; j < UNITS; ++j) {
                    for (int d = 0; d < D; ++d) {
                        double v = (r[d] - mean) / Math.sqrt(variance + 1e-5);
                        v = v * p.get("gain")[d] + p.get("shift")[d];
                        y[next] += p.get("weight")[j * D + d] * act(AfActivation.SILU, v);
                    }
                    ++next;
                }
            }
        }
        return y;
    }

    private AfKanLinear build(AfKanLinear.Join join, AfReduction... reductions) {
        return AfKanLinear.builder()
                .setUnits(UNITS)
                .optBasis(AfKanBasis.builder().optGrid(3).optOrder(2))
                .optReductions(reductions)
                .optJoin(join)
                .build();
    }

    private void checkLayer(AfKanLinear layer, Formulas.Formula formula) {
        Shape shape = new Shape(SAMPLES, D);
        Blocks.initialize64(manager, layer, shape);
        Random random = new Random(1);
        if (layer.getParameters().contains("temperature")) {
            double[] start = layer.getParameters().get("temperature").getArray().toDoubleArray();
            assertArrayEquals(new double[] {2}, start, 1e-12, "starts at √features");
        }
        Formulas.perturb(layer, random, .2);
        double[] x = random.doubles(shape.size(), -1, 1).toArray();
        Formulas.check(manager, layer, x, shape, formula);
    }

    @ParameterizedTest
    @EnumSource(AfReduction.class)
    void reductions(AfReduction reduction) {
        checkLayer(build(AfKanLinear.Join.SUM, reduction), (x, p) -> layer(x, p, reduction));
    }

    @ParameterizedTest
    @EnumSource(AfKanLinear.Join.class)
    void joins(AfKanLinear.Join join) {
        AfReduction[] two = {AfReduction.GLOBAL_ATTENTION, AfReduction.MULTISTEP};
        checkLayer(
                build(join, two),
                (x, p) -> {
                    double[] both = layer(x, p, two);
                    double[] y = new double[SAMPLES * UNITS];
                    for (int o = 0; o < y.length; ++o) {
                        double a = both[o];
                        double b = both[o + y.length];
                        y[o] =
                                switch (join) {
                                    case SUM -> a + b;
                                    case PRODUCT -> a * b;
                                    case SUM_PRODUCT -> a + b + a * b;
                                    case QUADRATIC -> a + b + a * b + a * a + b * b;
                                };
                    }
                    return y;
                });
    }

    @Test
    void onlyTheBatchFormLooksAtOtherSamples() {
        for (AfNormalization normalization : AfNormalization.values()) {
            AfKanLinear layer =
                    AfKanLinear.builder()
                            .setUnits(3)
                            .optBasis(AfKanBasis.builder().optNormalization(normalization))
                            .build();
            Blocks.initialize64(manager, layer, new Shape(1, D));
            NDArray x =
                    manager.create(new double[] {.1, .2, -.3, .4, 2, -3, 1, -2}, new Shape(2, D));
            double[] together = Blocks.infer(manager, layer, x).singletonOrThrow().toDoubleArray();
            double[] alone =
                    Blocks.infer(manager, layer, x.get("0:1")).singletonOrThrow().toDoubleArray();
            boolean same = Math.abs(together[0] - alone[0]) < 1e-12;
            assertEquals(normalization != AfNormalization.BATCH, same);
        }
    }

    @Test
    void constantFunctionsGiveFiniteNumbers() {
        AfKanLinear layer =
                AfKanLinear.builder()
                        .setUnits(2)
                        .optBasis(AfKanBasis.builder().optActivation(AfActivation.RELU))
                        .build();
        layer.initialize(manager, DataType.FLOAT32, new Shape(1, D));
        NDArray x = manager.full(new Shape(2, D), 50f);
        for (float y : Blocks.infer(manager, layer, x).singletonOrThrow().toFloatArray()) {
            assertTrue(Float.isFinite(y));
        }
    }

    @ParameterizedTest
    @EnumSource(AfReduction.class)
    void savesAndLoads(AfReduction reduction) {
        AfKanLinear trained = build(AfKanLinear.Join.SUM, reduction);
        trained.initialize(manager, DataType.FLOAT32, new Shape(2, D));
        AfKanLinear fresh = build(AfKanLinear.Join.SUM, reduction);
        NDArray x = manager.randomUniform(-1, 1, new Shape(2, 3, D));
        Blocks.assertRoundTrip(manager, trained, fresh, x);
        assertArrayEquals(
                new Shape[] {new Shape(2, 3, UNITS)},
                trained.getOutputShapes(new Shape[] {x.getShape()}));
    }

    @ParameterizedTest
    @EnumSource(AfReduction.class)
    void leaksNothing(AfReduction reduction) {
        AfKanLinear layer = build(AfKanLinear.Join.SUM, reduction);
        layer.initialize(manager, DataType.FLOAT32, new Shape(2, D));
        Leaks.assertNothingLeft(
                manager,
                20,
                scratch -> {
                    NDArray input = scratch.randomUniform(-1, 1, new Shape(3, D));
                    Blocks.train(scratch, layer, input);
                });
    }

    @Test
    void badSettingsGetOneSentence() {
        BasesTest.refused("units", () -> AfKanLinear.builder().build());
        BasesTest.refused(
                "reductions", () -> AfKanLinear.builder().setUnits(1).optReductions().build());
    }
}
