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
import ai.djl.training.GradientCollector;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.DoubleStream;
import org.binaryops.testing.Blocks;
import org.binaryops.testing.Gradients;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class BSplineBasisTest {

    private NDManager manager;

    @BeforeEach
    void open() {
        manager = NDManager.newBaseManager();
    }

    @AfterEach
    void close() {
        manager.close();
    }

    private static BSplineBasis basis(
            int grid, int order, double a, double b, Extrapolation extrapolation) {
        return BSplineBasis.builder()
                .optGrid(grid)
                .optOrder(order)
                .optRange(a, b)
                .optExtrapolation(extrapolation)
                .build();
    }

    private double[] published(int grid, int order, double x) {
        BSplineBasis basis = basis(grid, order, -1, 1, Extrapolation.ZERO);
        Blocks.initialize64(manager, basis, new Shape(1, 1));
        NDArray at = manager.create(new double[] {x}, new Shape(1, 1));
        return Blocks.infer(manager, basis, at).singletonOrThrow().toDoubleArray();
    }

    @Test
    void publishedValues() {
        double sixth = 1. / 6;
        double[] left = {sixth, 4 * sixth, sixth, 0, 0, 0};
        double[] right = {0, 0, 0, sixth, 4 * sixth, sixth};
        double[] half = {.002604, .315104, .611979, .070312, 0, 0};
        double[] quarter = {0, .000326, .236003, .652018, .111654, 0};
        assertArrayEquals(left, published(3, 3, -1), 1e-12);
        assertArrayEquals(half, published(3, 3, -.5), 6e-7);
        assertArrayEquals(
                new double[] {0, 1. / 48, 23. / 48, 23. / 48, 1. / 48, 0},
                published(3, 3, 0),
                1e-12);
        assertArrayEquals(quarter, published(3, 3, .25), 6e-7);
        assertArrayEquals(right, published(3, 3, 1), 1e-12);
        assertEquals(.9955, DoubleStream.of(published(3, 3, 1.2)).sum(), 5e-5);
        assertArrayEquals(new double[] {0, 0, .5, .5, 0, 0}, published(4, 2, 0), 1e-12);
        assertArrayEquals(new double[] {0, 0, .125, .75, .125, 0}, published(4, 2, .25), 1e-12);
        // Beyond the last of the extended knots, 1 + 3 · 2/3, nothing is left.
        assertArrayEquals(new double[6], published(3, 3, 3.001), 0);
        assertArrayEquals(new double[6], published(3, 3, -50), 0);
    }

    /** Every knot and edge, random points inside, points far and near outside. */
    private static double[] points(double[] t, Random random) {
        double a = t[0];
        double b = t[t.length - 1];
        DoubleStream around = random.doubles(24, a - .3 * (b - a), b + .3 * (b - a));
        DoubleStream beside =
                DoubleStream.of(t).flatMap(knot -> DoubleStream.of(knot - 1e-9, knot + 1e-9));
        return DoubleStream.concat(DoubleStream.concat(around, beside), DoubleStream.of(t))
                .toArray();
    }

    @ParameterizedTest
    @CsvSource({
        "0,1,-1,1", "0,5,-1,1", "0,3,0.1,0.7", "1,1,-1,1", "1,5,-1,1", "1,3,-2.5,0.7", "2,2,-1,1",
        "2,4,-1,1", "2,7,0,10", "3,3,-1,1", "3,5,-1,1", "3,3,-2.5,0.7", "3,16,-4,4", "4,4,-1,1",
        "4,5,-1,1", "4,8,100,101"
    })
    void valuesAndDerivativesFollowTheRecursion(int order, int grid, double a, double b) {
        Random random = new Random(31 * order + grid);
        for (Extrapolation extrapolation : Extrapolation.values()) {
            BSplineBasis basis = basis(grid, order, a, b, extrapolation);
            Blocks.initialize64(manager, basis, new Shape(1, 1));
            double[] t = basis.getParameters().get("knots").getArray().toDoubleArray();
            assertArrayEquals(
                    CoxDeBoor.uniform(grid, order, a, b), t, 1e-12 * Math.abs(b - a) * 101);
            assertEquals(a, t[order]);
            assertEquals(b, t[order + grid]);

            double[] at = points(t, random);
            int n = basis.size();
            double[] cotangent = random.doubles((long) at.length * n, -1, 1).toArray();
            NDArray x = manager.create(at, new Shape(at.length, 1));
            x.setRequiresGradient(true);
            double[] values;
            try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
                // Inside a network the input is itself a result, not a leaf.
                NDArray input = x.add(0);
                NDArray y = Blocks.train(manager, basis, input).singletonOrThrow();
                values = y.toDoubleArray();
                NDArray g = manager.create(cotangent, y.getShape());
                if (order > 0) {
                    Gradients.backward(collector, y.mul(g).sum());
                }
            }
            double[] gradient = order > 0 ? x.getGradient().toDoubleArray() : new double[at.length];
            double h = (b - a) / grid;
            for (int i = 0; i < at.length; ++i) {
                double expectedGradient = 0;
                for (int m = 0; m < n; ++m) {
                    double[] e = CoxDeBoor.extended(t, order, m, at[i], extrapolation);
                    String where = extrapolation + " B_" + m + "(" + at[i] + ")";
                    assertEquals(e[0], values[i * n + m], 1e-11, where);
                    expectedGradient += cotangent[i * n + m] * e[1];
                }
                assertEquals(
                        expectedGradient,
                        gradient[i],
                        1e-10 / h,
                        extrapolation + " derivative at " + at[i]);
            }
        }
    }

    @Test
    void derivativeIsTheLimitOfDifferences() {
        double[] t = CoxDeBoor.uniform(5, 3, -1, 1);
        for (double x : new Random(5).doubles(50, -.99, .99).toArray()) {
            for (int m = 0; m < 8; ++m) {
                double difference =
                        (CoxDeBoor.value(t, 3, 3, m, x + 1e-6)
                                        - CoxDeBoor.value(t, 3, 3, m, x - 1e-6))
                                / 2e-6;
                assertEquals(difference, CoxDeBoor.derivative(t, 3, m, x), 1e-8);
            }
        }
    }

    @Test
    void eachFeatureHasItsOwnKnots() {
        Random random = new Random(3);
        int order = 3;
        int features = 4;
        int count = 5 + 2 * order + 1;
        double[][] t = new double[features][];
        for (int f = 0; f < features; ++f) {
            t[f] = random.doubles(count, -2, 2).sorted().toArray();
        }
        NDArray knots =
                manager.create(
                        Arrays.stream(t).flatMapToDouble(Arrays::stream).toArray(),
                        new Shape(features, count));
        double[] at = random.doubles(3 * 7 * features, -2.5, 2.5).toArray();
        for (Extrapolation extrapolation : Extrapolation.values()) {
            NDArray x = manager.create(at, new Shape(3, 7, features));
            NDArray y = BSplineBasis.bspline(x, knots, order, extrapolation);
            assertEquals(new Shape(3, 7, features, 8), y.getShape());
            double[] values = y.toDoubleArray();
            for (int i = 0; i < at.length; ++i) {
                for (int m = 0; m < 8; ++m) {
                    double e =
                            CoxDeBoor.extended(t[i % features], order, m, at[i], extrapolation)[0];
                    assertEquals(e, values[i * 8 + m], 1e-9 * Math.max(1, Math.abs(e)));
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Extrapolation.class)
    void float32KeepsTheSumOneAndTheEnds(Extrapolation extrapolation) {
        for (int order = 0; order <= 5; ++order) {
            BSplineBasis basis = basis(7, order, -.1, .3, extrapolation);
            basis.initialize(manager, DataType.FLOAT32, new Shape(1, 2));
            NDArray x = manager.linspace(-.1f, .3f, 1000).reshape(500, 2);
            x = x.concat(manager.create(new float[] {-.1f, .3f}, new Shape(1, 2)), 0);
            float[] values = Blocks.infer(manager, basis, x).singletonOrThrow().toFloatArray();
            int n = basis.size();
            for (int i = 0; i < values.length; i += n) {
                double sum = 0;
                for (int m = 0; m < n; ++m) {
                    assertTrue(values[i + m] >= -1e-6, "not negative");
                    sum += values[i + m];
                }
                assertEquals(1, sum, 2e-6, "order " + order + ", input " + i / n);
            }
        }
    }

    @Test
    void linearExtrapolationKeepsTheSumOne() {
        BSplineBasis basis = basis(5, 3, -1, 1, Extrapolation.LINEAR);
        Blocks.initialize64(manager, basis, new Shape(1, 1));
        NDArray x = manager.create(new double[] {-30, -1.5, 1.0001, 7}, new Shape(4, 1));
        NDArray sums = Blocks.infer(manager, basis, x).singletonOrThrow().sum(new int[] {-1});
        assertArrayEquals(new double[] {1, 1, 1, 1}, sums.toDoubleArray(), 1e-12);
    }

    @ParameterizedTest
    @EnumSource(Extrapolation.class)
    void notANumberStaysOne(Extrapolation extrapolation) {
        BSplineBasis basis = basis(5, 3, -1, 1, extrapolation);
        basis.initialize(manager, DataType.FLOAT32, new Shape(1, 1));
        NDArray x = manager.create(new float[] {Float.NaN}, new Shape(1, 1));
        float[] values = Blocks.infer(manager, basis, x).singletonOrThrow().toFloatArray();
        float sum = 0;
        for (float value : values) {
            sum += value;
        }
        assertTrue(Float.isNaN(sum), "NaN in none of the functions");
    }

    @Test
    void savesItsKnots() {
        BSplineBasis trained = basis(4, 2, -3, 5, Extrapolation.CLAMP);
        trained.initialize(manager, DataType.FLOAT32, new Shape(2, 3));
        // The fresh block was built for another range; the knots of the file count.
        BSplineBasis fresh = basis(4, 2, 0, 1, Extrapolation.CLAMP);
        NDArray x = manager.randomUniform(-4, 6, new Shape(2, 3));
        Blocks.assertRoundTrip(manager, trained, fresh, x);
        assertEquals(new Shape(2, 3), fresh.describeInput().get(0).getValue());
        assertEquals(
                trained.getParameters().get("knots").getArray(),
                fresh.getParameters().get("knots").getArray());
    }

    @Test
    void damagedFilesAreRefused() {
        BSplineBasis trained = basis(4, 2, -1, 1, Extrapolation.LINEAR);
        trained.initialize(manager, DataType.FLOAT32, new Shape(2, 3));
        byte[] bytes = Blocks.save(trained);
        assertMalformed("version", change(bytes, 0, (byte) 9), 4, 2);
        assertMalformed("grid 5", bytes, 5, 2);
        assertMalformed("order 3", bytes, 4, 3);
        // The last knot becomes a NaN.
        assertMalformed("ascending", change(bytes, bytes.length - 4, (byte) -1), 4, 2);
    }

    private static byte[] change(byte[] bytes, int at, byte value) {
        byte[] copy = bytes.clone();
        Arrays.fill(copy, at, at == 0 ? 1 : copy.length, value);
        return copy;
    }

    private void assertMalformed(String hint, byte[] bytes, int grid, int order) {
        BSplineBasis fresh = basis(grid, order, -1, 1, Extrapolation.LINEAR);
        DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes));
        MalformedModelException e =
                assertThrows(
                        MalformedModelException.class, () -> fresh.loadParameters(manager, in));
        assertTrue(e.getMessage().contains(hint), e.getMessage());
    }

    @Test
    void badSettingsGetOneSentence() {
        assertRefused("order", BSplineBasis.builder().optOrder(-1));
        assertRefused("grid", BSplineBasis.builder().optGrid(0));
        assertRefused("order", BSplineBasis.builder().optGrid(3).optOrder(4));
        assertRefused("range", BSplineBasis.builder().optRange(1, -1));
        assertRefused("range", BSplineBasis.builder().optRange(1, 1));
        assertRefused("range", BSplineBasis.builder().optRange(Double.NaN, 1));
        assertRefused("range", BSplineBasis.builder().optRange(0, Double.NaN));
        assertRefused("range", BSplineBasis.builder().optRange(0, Double.POSITIVE_INFINITY));
        assertRefused("noiseScale", BSplineBasis.builder().optNoiseScale(-.1));
        assertRefused("noiseScale", BSplineBasis.builder().optNoiseScale(Double.NaN));
        BSplineBasis narrow = basis(5, 3, 1e6, 1e6 + .1, Extrapolation.LINEAR);
        IllegalArgumentException e =
                assertThrows(
                        IllegalArgumentException.class,
                        () -> narrow.initialize(manager, DataType.FLOAT32, new Shape(1, 1)));
        assertTrue(e.getMessage().contains("cannot be divided"), e.getMessage());
    }

    private static void assertRefused(String hint, BSplineBasis.Builder builder) {
        IllegalArgumentException e = assertThrows(IllegalArgumentException.class, builder::build);
        assertTrue(e.getMessage().startsWith(hint), e.getMessage());
        assertTrue(e.getMessage().endsWith("."), e.getMessage());
    }

    @Test
    void wrongInputsGetOneSentence() {
        BSplineBasis basis = basis(5, 3, -1, 1, Extrapolation.LINEAR);
        basis.initialize(manager, DataType.FLOAT32, new Shape(1, 2));
        NDArray three = manager.zeros(new Shape(4, 3));
        IllegalArgumentException e =
                assertThrows(
                        IllegalArgumentException.class, () -> Blocks.infer(manager, basis, three));
        assertTrue(e.getMessage().contains("2 features"), e.getMessage());
        assertThrows(
                IllegalArgumentException.class,
                () -> basis.getOutputShapes(new Shape[] {new Shape()}));
        Shape two = new Shape(1, 2);
        assertThrows(
                IllegalArgumentException.class,
                () -> basis.initialize(manager, DataType.FLOAT32, two, two));
    }
}
