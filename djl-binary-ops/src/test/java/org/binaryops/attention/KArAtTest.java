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
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.MalformedModelException;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
import ai.djl.training.ParameterStore;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.binaryops.kan.AfKanBasis;
import org.binaryops.kan.BSplineBasis;
import org.binaryops.kan.BaseBranch;
import org.binaryops.kan.Basis;
import org.binaryops.kan.CauchyBasis;
import org.binaryops.kan.ChebyshevBasis;
import org.binaryops.kan.Formulas;
import org.binaryops.kan.FourierBasis;
import org.binaryops.kan.RadialBasis;
import org.binaryops.kan.RationalBasis;
import org.binaryops.kan.ReluKanBasis;
import org.binaryops.kan.Wavelet;
import org.binaryops.kan.WaveletBasis;
import org.binaryops.testing.Blocks;
import org.binaryops.testing.Gradients;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** W Φ(a) over bases and base functions, against sums in plain doubles. */
class KArAtTest {

    private static final int BATCH = 2;
    private static final int HEADS = 2;
    private static final int QUERIES = 3;
    private static final int KEYS = 4;
    private static final int RANK = 3;
    private static final Shape SCORES = new Shape(BATCH, HEADS, QUERIES, KEYS);

    private NDManager manager;

    @BeforeEach
    void open() {
        Engine.getInstance().setRandomSeed(31);
        manager = NDManager.newBaseManager();
    }

    @AfterEach
    void close() {
        manager.close();
    }

    /** B_m(t) for key q, with what the basis learns. */
    private interface Function {
        double at(int q, int m, double t, Map<String, double[]> p);
    }

    private static KArAt.Builder builder(Basis basis) {
        return KArAt.builder().setBasis(basis).optRank(RANK);
    }

    private static double base(BaseBranch branch, double t) {
        return switch (branch) {
            case SILU -> t / (1 + Math.exp(-t));
            case LINEAR -> t;
            default -> 0;
        };
    }

    private static double[] expected(
            double[] a, Map<String, double[]> p, int n, Function function, BaseBranch branch) {
        double[] c = p.get("coefficients");
        double[] w = p.get("weight");
        double[] v = p.get("baseWeight");
        double[] y = new double[a.length];
        for (int row = 0; row < a.length / KEYS; ++row) {
            int head = row / QUERIES % HEADS;
            for (int r = head * RANK; r < (head + 1) * RANK; ++r) {
                double phi = 0;
                for (int q = 0; q < KEYS; ++q) {
                    double t = a[row * KEYS + q];
                    for (int m = 0; m < n; ++m) {
                        phi += c[(r * KEYS + q) * n + m] * function.at(q, m, t, p);
                    }
                    phi += v == null ? 0 : v[r * KEYS + q] * base(branch, t);
                }
                for (int q = 0; q < KEYS; ++q) {
                    y[row * KEYS + q] += w[r * KEYS + q] * phi;
                }
            }
        }
        return y;
    }

    static Stream<Arguments> formulas() {
        Function fourier = (q, m, t, p) -> m < 3 ? Math.cos((m + 1) * t) : Math.sin((m - 2) * t);
        Function rational =
                (q, m, t, p) -> {
                    double below = 0;
                    for (int l = 0; l < 4; ++l) {
                        below += p.get("basis_denominator")[q * 4 + l] * Math.pow(t, l + 1);
                    }
                    return Math.pow(t, m) / (1 + Math.abs(below));
                };
        Function hat =
                (q, m, t, p) -> {
                    double z =
                            (t - p.get("basis_translations")[q * 3 + m])
                                    / p.get("basis_scales")[q * 3 + m];
                    double height = 2 / Math.sqrt(3 * Math.sqrt(Math.PI));
                    return height * (1 - z * z) * Math.exp(-z * z / 2);
                };
        Function chebyshev = (q, m, t, p) -> Math.cos(m * Math.acos(Math.tanh(t)));
        Function cauchy =
                (q, m, t, p) ->
                        (m < 2 ? t : 1)
                                / (t * t + Math.pow(p.get("basis_widths")[q * 2 + m % 2], 2));
        Supplier<Basis> rationals = () -> new RationalBasis(5, 4);
        Supplier<Basis> hats = () -> new WaveletBasis(Wavelet.MEXICAN_HAT, 3);
        Supplier<Basis> waves = () -> new FourierBasis(3);
        Supplier<Basis> polynomials = () -> new ChebyshevBasis(4);
        Supplier<Basis> cauchys = () -> new CauchyBasis(2);
        return Stream.of(
                Arguments.of(waves, fourier, BaseBranch.NONE),
                Arguments.of(waves, fourier, BaseBranch.SILU),
                Arguments.of(waves, fourier, BaseBranch.LINEAR),
                Arguments.of(rationals, rational, BaseBranch.NONE),
                Arguments.of(hats, hat, BaseBranch.SILU),
                Arguments.of(polynomials, chebyshev, BaseBranch.LINEAR),
                Arguments.of(cauchys, cauchy, BaseBranch.NONE));
    }

    /** Values, and the gradients to the scores and to every parameter. */
    @ParameterizedTest
    @MethodSource("formulas")
    void followsTheFormula(Supplier<Basis> basis, Function function, BaseBranch branch) {
        KArAt block = builder(basis.get()).optBase(branch).build();
        assertEquals(branch, block.getBase());
        Blocks.initialize64(manager, block, SCORES);
        Random random = new Random(3);
        Formulas.perturb(block, random, .1);
        Formulas.check(
                manager,
                block,
                random.doubles(SCORES.size(), -2, 2).toArray(),
                SCORES,
                (x, p) -> expected(x, p, block.getBasis().size(), function, branch));
    }

    static Stream<Supplier<Basis>> all() {
        return Stream.of(
                () -> new FourierBasis(3),
                () -> new ChebyshevBasis(3),
                () -> RadialBasis.builder().build(),
                () -> new WaveletBasis(Wavelet.MORLET, 3),
                () -> new RationalBasis(5, 4),
                () -> new CauchyBasis(2),
                () -> ReluKanBasis.builder().build(),
                () -> AfKanBasis.builder().build(),
                () -> BSplineBasis.builder().build());
    }

    /**
     * Radial and AF-KAN's functions are of normalized rows, which a hidden score must not reach.
     */
    @ParameterizedTest
    @MethodSource("all")
    void noBasisSeesAHiddenKey(Supplier<Basis> basis) {
        KArAt block = builder(basis.get()).optBase(BaseBranch.SILU).build();
        NDArray a = manager.randomNormal(SCORES).toType(DataType.FLOAT64, false);
        NDArray mask = manager.ones(new Shape(BATCH, QUERIES, KEYS));
        mask.set(new NDIndex(":, :, 1"), 0);
        Blocks.initialize64(manager, block, SCORES, mask.getShape());
        NDArray y = Blocks.infer(manager, block, a, mask).head();
        NDArray other = a.duplicate();
        other.set(new NDIndex(":, :, :, 1"), 7);
        NDArray same = Blocks.infer(manager, block, other, mask).head();
        assertArrayEquals(y.toDoubleArray(), same.toDoubleArray());
        assertEquals(0, y.get(new NDIndex(":, :, :, 1")).abs().sum().getDouble());
        NDArray seen = Blocks.infer(manager, block, other).head();
        assertFalse(Arrays.equals(y.toDoubleArray(), seen.toDoubleArray()));
        Blocks.assertRoundTrip(
                manager, block, builder(basis.get()).optBase(BaseBranch.SILU).build(), a, mask);
    }

    @ParameterizedTest
    @EnumSource(value = BaseBranch.class, names = "NONE", mode = EnumSource.Mode.EXCLUDE)
    void aFileKnowsItsBaseFunction(BaseBranch branch) {
        KArAt block = builder(new FourierBasis(1)).optBase(branch).build();
        block.initialize(manager, DataType.FLOAT32, SCORES);
        byte[] file = Blocks.save(block);
        KArAt other = builder(new FourierBasis(1)).build();
        MalformedModelException e =
                assertThrows(
                        MalformedModelException.class,
                        () ->
                                other.loadParameters(
                                        manager,
                                        new DataInputStream(new ByteArrayInputStream(file))));
        assertEquals(
                "KArAt: this block has rank 3, 2 functions of FourierBasis, but the file has rank"
                        + " 3, 2 functions of FourierBasis and the base function "
                        + branch,
                e.getMessage());
    }

    /** As published: N(0, 1), not what suits a layer of many features. */
    @Test
    void fourierStartsFromUnitCoefficients() {
        KArAt block = KArAt.fourier(3);
        block.initialize(manager, DataType.FLOAT32, new Shape(1, 4, 64, 64));
        NDArray c = block.getParameters().get("coefficients").getArray();
        assertEquals(new Shape(4 * 12, 64, 6), c.getShape());
        assertEquals(1, Math.sqrt(c.square().mean().getFloat()), .02);
        assertEquals(0, c.mean().getFloat(), .02);
        assertEquals(BaseBranch.NONE, block.getBase());
        AttentionMethod small = AttentionMethod.named("fourier-karat-small");
        KArAt calm = (KArAt) small.newNormalizer();
        calm.initialize(manager, DataType.FLOAT32, new Shape(1, 4, 64, 64));
        NDArray d = calm.getParameters().get("coefficients").getArray();
        assertEquals(c.getShape(), d.getShape());
        assertEquals(.002, Math.sqrt(d.square().mean().getFloat()), 4e-5);
    }

    /** Universal KArAt: each attention follows the formula with the shared functions. */
    @Test
    void layersShareAUniversalBlock() {
        KArAt shared = builder(new FourierBasis(2)).build();
        NDArray x = manager.randomNormal(new Shape(2, 5, 6)).toType(DataType.FLOAT64, false);
        QuantAttention[] layers = new QuantAttention[2];
        Blocks.initialize64(manager, shared, new Shape(2, 3, 5, 5));
        boolean[][][] keep = new boolean[2][5][5];
        for (boolean[][] sequence : keep) {
            for (boolean[] row : sequence) {
                Arrays.fill(row, true);
            }
        }
        double[][] gradients = new double[3][];
        for (int i = 0; i < 2; ++i) {
            layers[i] =
                    QuantAttention.builder()
                            .setUnits(6)
                            .setHeads(3)
                            .optMethod(AttentionMethod.named("fourier-karat-universal"))
                            .optSharedNormalizer(shared)
                            .build();
            Blocks.initialize64(manager, layers[i], x.getShape());
            assertTrue(
                    layers[i].getParameters().keys().stream().noneMatch(k -> k.contains("coef")));
            double[][][] plain = PlainMember.plain(x);
            double[][][] expected =
                    new PlainMember(layers[i], "fourier-karat", 3).apply(plain, plain, plain, keep);
            double[][][] actual = PlainMember.plain(Blocks.infer(manager, layers[i], x).head());
            for (int row = 0; row < 10; ++row) {
                assertArrayEquals(expected[row / 5][row % 5], actual[row / 5][row % 5], 1e-10);
            }
            gradients[i] = gradient(shared, layers[i], x);
        }
        gradients[2] = gradient(shared, x, layers);
        for (int i = 0; i < gradients[2].length; ++i) {
            assertEquals(gradients[0][i] + gradients[1][i], gradients[2][i], 1e-10);
        }
        assertTrue(Arrays.stream(gradients[2]).anyMatch(g -> Math.abs(g) > 1e-3));
    }

    private double[] gradient(KArAt shared, QuantAttention layer, NDArray x) {
        return gradient(shared, x, layer);
    }

    /** Of the sum of all outputs to the shared coefficients. */
    private double[] gradient(KArAt shared, NDArray x, QuantAttention... layers) {
        NDArray c = shared.getParameters().get("coefficients").getArray();
        c.setRequiresGradient(true);
        c.getGradient().muli(0);
        try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
            NDArray sum = null;
            for (QuantAttention layer : layers) {
                NDArray y = Blocks.train(manager, layer, x).head().sum();
                sum = sum == null ? y : sum.add(y);
            }
            Gradients.backward(collector, sum);
        }
        return c.getGradient().toDoubleArray();
    }

    @Test
    void fourierGolden() {
        FourierBasis basis = new FourierBasis(2);
        NDArray t = manager.create(new double[] {-1, 0, .7}, new Shape(3, 1));
        basis.initialize(manager, DataType.FLOAT64, t.getShape());
        NDArray b = basis.evaluate(new ParameterStore(manager, false), t, false);
        assertEquals(new Shape(3, 1, 4), b.getShape());
        NDArray c = manager.create(new double[] {.5, -.25, .1, .2});
        double[] y = b.reshape(3, 4).mul(c).sum(new int[] {1}).toDoubleArray();
        assertArrayEquals(new double[] {.108181, .25, .601441}, y, 6e-7);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void theSimplexIsOptional(boolean simplex) {
        KArAt karat =
                builder(BSplineBasis.builder().optGrid(5).optRange(-2, 2).build())
                        .optSimplex(simplex)
                        .build();
        NDArray s = manager.randomNormal(SCORES).toType(DataType.FLOAT64, false);
        karat.initialize(manager, DataType.FLOAT64, s.getShape());
        double[] p = Blocks.infer(manager, karat, s).head().toDoubleArray();
        for (int row = 0; row < p.length; row += KEYS) {
            double[] one = Arrays.copyOfRange(p, row, row + KEYS);
            double sum = Arrays.stream(one).sum();
            boolean distribution =
                    Math.abs(sum - 1) < 1e-9 && Arrays.stream(one).allMatch(v -> v >= 0);
            assertEquals(simplex, distribution);
        }
        NDArray longer = manager.zeros(new Shape(2, 2, 3, 7), DataType.FLOAT64);
        IllegalArgumentException e =
                assertThrows(
                        IllegalArgumentException.class, () -> Blocks.infer(manager, karat, longer));
        assertEquals(
                "KArAt was initialized for 2 heads and at most 4 keys, but got scores of shape (2,"
                        + " 2, 3, 7).",
                e.getMessage());
    }

    @Test
    void badSettingsAreNamed() {
        refused("basis must be set.", () -> KArAt.builder().build());
        refused(
                "rank must be positive, but was 0.",
                () -> builder(new FourierBasis(1)).optRank(0).build());
        refused("deviation must be positive and finite, but was 0.0.", () -> KArAt.fourier(3, 0));
        refused(
                "base must be given (NONE for no base function), but was null.",
                () -> builder(new FourierBasis(1)).optBase(null).build());
    }

    private static void refused(String message, Supplier<KArAt> block) {
        assertEquals(
                message, assertThrows(IllegalArgumentException.class, block::get).getMessage());
    }
}
