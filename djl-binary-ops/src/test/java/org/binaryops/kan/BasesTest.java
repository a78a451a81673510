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
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.MalformedModelException;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.util.Map;
import java.util.Random;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.binaryops.testing.Blocks;
import org.binaryops.testing.Leaks;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Every basis but the B-splines against its formula, values and all gradients. */
class BasesTest {

    private static final int FEATURES = 3;

    private NDManager manager;

    @BeforeEach
    void open() {
        manager = NDManager.newBaseManager();
        Engine.getInstance().setRandomSeed(11);
    }

    @AfterEach
    void close() {
        manager.close();
    }

    /** Function m of feature i at x. */
    private interface Function {
        double at(double x, int i, int m, Map<String, double[]> parameters);
    }

    private void check(Basis basis, int n, double by, Function function) {
        Random random = new Random(4);
        Shape shape = new Shape(5, FEATURES);
        Blocks.initialize64(manager, basis, shape);
        assertEquals(n, basis.size());
        Formulas.perturb(basis, random, by);
        double[] x = random.doubles(shape.size(), -2, 2).toArray();
        Formulas.check(
                manager,
                basis,
                x,
                shape,
                (at, parameters) -> {
                    double[] y = new double[at.length * n];
                    for (int s = 0; s < at.length; ++s) {
                        for (int m = 0; m < n; ++m) {
                            y[s * n + m] = function.at(at[s], s % FEATURES, m, parameters);
                        }
                    }
                    return y;
                });
    }

    @Test
    void fourier() {
        check(
                new FourierBasis(4),
                8,
                0,
                (x, i, m, p) -> m < 4 ? Math.cos((m + 1) * x) : Math.sin((m - 3) * x));
    }

    /** The published example: a = [.5, −.25], b = [.1, .2] at −1, 0, .7. */
    @Test
    void fourierGolden() {
        KanLinear layer =
                KanLinear.builder()
                        .setUnits(1)
                        .optBasis(new FourierBasis(2))
                        .optBase(BaseBranch.NONE)
                        .optScale(false)
                        .build();
        Blocks.initialize64(manager, layer, new Shape(1, 1));
        KanLayer.overwrite(
                layer.getParameters().get("coefficients").getArray(),
                new double[] {.5, -.25, .1, .2});
        NDArray x = manager.create(new double[] {-1, 0, .7}, new Shape(3, 1));
        double[] y = Blocks.infer(manager, layer, x).singletonOrThrow().toDoubleArray();
        assertArrayEquals(new double[] {.108181, .25, .601441}, y, 6e-7);
    }

    @Test
    void chebyshev() {
        check(new ChebyshevBasis(5), 6, 0, (x, i, m, p) -> Math.cos(m * Math.acos(Math.tanh(x))));
    }

    @Test
    void radial() {
        double h = 4. / 7;
        check(
                RadialBasis.builder().optNormalized(false).build(),
                8,
                0,
                (x, i, m, p) -> Math.exp(-Math.pow((x + 2 - m * h) / h, 2)));
    }

    @Test
    void radialWithNormalization() {
        int n = 5;
        Random random = new Random(5);
        Shape shape = new Shape(4, FEATURES);
        RadialBasis basis = RadialBasis.builder().optCentres(n).optRange(-1, 3).build();
        Blocks.initialize64(manager, basis, shape);
        Formulas.perturb(basis, random, .3);
        double[] input = random.doubles(shape.size(), -2, 2).toArray();
        Formulas.check(
                manager,
                basis,
                input,
                shape,
                (x, p) -> {
                    double[] y = new double[x.length * n];
                    for (int s = 0; s < x.length; ++s) {
                        int row = s / FEATURES * FEATURES;
                        double mean = (x[row] + x[row + 1] + x[row + 2]) / 3;
                        double variance = 0;
                        for (int i = 0; i < FEATURES; ++i) {
                            variance += Math.pow(x[row + i] - mean, 2) / 3;
                        }
                        double z = (x[s] - mean) / Math.sqrt(variance + 1e-5);
                        z = z * p.get("gain")[s % FEATURES] + p.get("shift")[s % FEATURES];
                        for (int m = 0; m < n; ++m) {
                            y[s * n + m] = Math.exp(-Math.pow(z + 1 - m, 2));
                        }
                    }
                    return y;
                });
    }

    private static double wavelet(Wavelet wavelet, double z) {
        double bell = Math.exp(-z * z / 2);
        return switch (wavelet) {
            case MEXICAN_HAT ->
                    2 / (Math.sqrt(3) * Math.sqrt(Math.sqrt(Math.PI))) * (1 - z * z) * bell;
            case MORLET -> Math.cos(5 * z) * bell;
            case DERIVATIVE_OF_GAUSSIAN -> -z * bell;
        };
    }

    @ParameterizedTest
    @EnumSource(Wavelet.class)
    void wavelets(Wavelet wavelet) {
        check(
                new WaveletBasis(wavelet, 4),
                4,
                .1,
                (x, i, m, p) ->
                        wavelet(
                                wavelet,
                                (x - p.get("translations")[i * 4 + m])
                                        / p.get("scales")[i * 4 + m]));
    }

    @Test
    void rational() {
        check(
                new RationalBasis(5, 4),
                6,
                .1,
                (x, i, m, p) -> {
                    double sum = 0;
                    for (int l = 0; l < 4; ++l) {
                        sum += p.get("denominator")[i * 4 + l] * Math.pow(x, l + 1);
                    }
                    return Math.pow(x, m) / (1 + Math.abs(sum));
                });
    }

    @Test
    void cauchy() {
        check(
                new CauchyBasis(2),
                4,
                .1,
                (x, i, m, p) -> {
                    double d = p.get("widths")[i * 2 + m % 2];
                    return (m < 2 ? x : 1) / (x * x + d * d);
                });
    }

    /** The published example: λ₁ = λ₂ = d = 1. */
    @Test
    void cauchyGolden() {
        CauchyBasis basis = new CauchyBasis(1);
        Blocks.initialize64(manager, basis, new Shape(1, 1));
        NDArray x = manager.create(new double[] {-2, -1, -.5, 0, .5, 1, 2}, new Shape(7, 1));
        NDArray y = Blocks.infer(manager, basis, x).singletonOrThrow().sum(new int[] {-1});
        assertArrayEquals(new double[] {-.2, 0, .4, 1, 1.2, 1, .6}, y.toDoubleArray(), 1e-12);
    }

    @ParameterizedTest
    @EnumSource(value = BaseBranch.class, names = "NONE", mode = EnumSource.Mode.EXCLUDE)
    void fixed(BaseBranch branch) {
        check(
                new FixedBasis(branch),
                1,
                0,
                (x, i, m, p) ->
                        switch (branch) {
                            case SILU -> x / (1 + Math.exp(-x));
                            case GELU -> x * normal(x);
                            default -> x;
                        });
    }

    /** The distribution function of N(0, 1): ½ + φ(x) Σ x^(2k+1) / (1 · 3 ⋯ (2k+1)). */
    private static double normal(double x) {
        double sum = 0;
        double term = x;
        for (int k = 1; k < 200; ++k) {
            sum += term;
            term *= x * x / (2 * k + 1);
        }
        return .5 + Math.exp(-x * x / 2) / Math.sqrt(2 * Math.PI) * sum;
    }

    @Test
    void reluKan() {
        int n = 8;
        check(
                ReluKanBasis.builder().optRange(-1, 1).build(),
                n,
                .05,
                (x, i, m, p) -> {
                    double s = p.get("start")[i * n + m];
                    double e = p.get("end")[i * n + m];
                    double r = Math.pow(2. * 5 / (4 * 2), 2);
                    return Math.pow(r * Math.max(e - x, 0) * Math.max(x - s, 0), 2);
                });
    }

    @Test
    void reluKanGolden() {
        ReluKanBasis basis = ReluKanBasis.builder().build();
        Blocks.initialize64(manager, basis, new Shape(1, 1));
        NDArray x = manager.create(new double[] {0, .3, 1}, new Shape(3, 1));
        double[] y = Blocks.infer(manager, basis, x).singletonOrThrow().toDoubleArray();
        double[] expected = {
            .5625, 1, .5625, 0, 0, 0, 0, 0, //
            0, .191406, .878906, .878906, .191406, 0, 0, 0, //
            0, 0, 0, 0, 0, .5625, 1, .5625
        };
        assertArrayEquals(expected, y, 6e-7);
    }

    /** ReLU-KAN's layer: a dense map with bias of the flat basis. */
    @Test
    void reluKanLayer() {
        int n = 8;
        int units = 4;
        KanLinear layer =
                KanLinear.builder()
                        .setUnits(units)
                        .optBasis(ReluKanBasis.builder().build())
                        .optBase(BaseBranch.NONE)
                        .optScale(false)
                        .optBias(true)
                        .build();
        Shape shape = new Shape(6, FEATURES);
        Blocks.initialize64(manager, layer, shape);
        Random random = new Random(8);
        Formulas.perturb(layer, random, .05);
        Formulas.check(
                manager,
                layer,
                random.doubles(shape.size(), -.1, 1.1).toArray(),
                shape,
                (x, p) -> {
                    double[] c = p.get("coefficients");
                    double[] s = p.get("basis_start");
                    double[] e = p.get("basis_end");
                    double[] y = new double[6 * units];
                    for (int o = 0; o < y.length; ++o) {
                        y[o] = p.get("bias")[o % units];
                        for (int f = 0; f < FEATURES * n; ++f) {
                            double at = x[o / units * FEATURES + f / n];
                            double bell = Math.max(e[f] - at, 0) * Math.max(at - s[f], 0);
                            y[o] +=
                                    c[o % units * FEATURES * n + f]
                                            * bell
                                            * bell
                                            * Math.pow(16 * 25 / 256. * 4, 2);
                        }
                    }
                    return y;
                });
    }

    static Stream<Supplier<Basis>> all() {
        return Stream.of(
                () -> new FourierBasis(3),
                () -> new ChebyshevBasis(3),
                () -> RadialBasis.builder().build(),
                () -> new WaveletBasis(Wavelet.MORLET, 3),
                () -> new RationalBasis(5, 4),
                () -> new CauchyBasis(2),
                () -> new FixedBasis(BaseBranch.SILU),
                () -> ReluKanBasis.builder().build(),
                () -> AfKanBasis.builder().build(),
                () -> BSplineBasis.builder().build());
    }

    @ParameterizedTest
    @MethodSource("all")
    void layersSaveLoadAndLeakNothing(Supplier<Basis> basis) {
        KanLinear trained = KanLinear.builder().setUnits(2).optBasis(basis.get()).build();
        trained.initialize(manager, DataType.FLOAT32, new Shape(2, FEATURES));
        KanLinear fresh = KanLinear.builder().setUnits(2).optBasis(basis.get()).build();
        NDArray x = manager.randomUniform(-2, 2, new Shape(2, 4, FEATURES));
        Blocks.assertRoundTrip(manager, trained, fresh, x);
        float[] y = Blocks.infer(manager, trained, x).singletonOrThrow().toFloatArray();
        double size = 0;
        for (float each : y) {
            assertTrue(Float.isFinite(each));
            size = Math.max(size, Math.abs(each));
        }
        assertTrue(size > 1e-4 && size < 10, "starts between nothing and too much: " + size);
        Leaks.assertNothingLeft(
                manager,
                20,
                scratch -> {
                    NDArray input = scratch.randomUniform(-1, 1, new Shape(3, FEATURES));
                    Blocks.infer(scratch, trained, input);
                });
    }

    @Test
    void otherFunctionsOfTheSameNumberAreRefused() {
        Basis trained = new FourierBasis(2);
        trained.initialize(manager, DataType.FLOAT32, new Shape(1, 2));
        byte[] bytes = Blocks.save(trained);
        assertMalformed(new FourierBasis(3), bytes, "3 frequencies");
        assertMalformed(new ChebyshevBasis(3), bytes, "degree 3");
    }

    private void assertMalformed(Basis fresh, byte[] bytes, String hint) {
        DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes));
        MalformedModelException e =
                assertThrows(
                        MalformedModelException.class, () -> fresh.loadParameters(manager, in));
        assertTrue(e.getMessage().contains(hint), e.getMessage());
    }

    @Test
    void badSettingsGetOneSentence() {
        refused("frequencies", () -> new FourierBasis(0));
        refused("degree", () -> new ChebyshevBasis(-1));
        refused("count", () -> new WaveletBasis(Wavelet.MORLET, 0));
        refused("range", () -> new WaveletBasis(Wavelet.MORLET, 2, 1, 1));
        refused("numerator", () -> new RationalBasis(0, 4));
        refused("denominator", () -> new RationalBasis(5, 0));
        refused("count", () -> new CauchyBasis(0));
        refused("function", () -> new FixedBasis(BaseBranch.NONE));
        refused("centres", () -> RadialBasis.builder().optCentres(1).build());
        refused("range", () -> RadialBasis.builder().optRange(2, Double.NaN).build());
        refused("grid", () -> ReluKanBasis.builder().optGrid(0).build());
        refused("order", () -> ReluKanBasis.builder().optOrder(-1).build());
        refused("grid", () -> AfKanBasis.builder().optGrid(0).build());
        refused("A pool", () -> KanLinear.builder().optPool(new FourierBasis(1)));
    }

    static void refused(String start, Runnable call) {
        IllegalArgumentException e = assertThrows(IllegalArgumentException.class, call::run);
        assertTrue(e.getMessage().startsWith(start), e.getMessage());
        assertTrue(e.getMessage().endsWith("."), e.getMessage());
    }
}
