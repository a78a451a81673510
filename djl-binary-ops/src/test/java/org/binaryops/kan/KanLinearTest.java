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
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.MalformedModelException;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.ParameterStore;
import ai.djl.training.initializer.Initializer;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.DoubleStream;
import org.binaryops.testing.Blocks;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KanLinearTest {

    private NDManager manager;

    @BeforeEach
    void open() {
        manager = NDManager.newBaseManager();
        Engine.getInstance().setRandomSeed(7);
    }

    @AfterEach
    void close() {
        manager.close();
    }

    private static double[] parameter(KanLinear layer, String name) {
        return layer.getParameters().get(name).getArray().toDoubleArray();
    }

    @Test
    void startsAsPykanDoes() {
        int in = 64;
        int grid = 5;
        KanLinear layer = KanLinear.builder().setUnits(50).optNoiseScale(.3).build();
        Blocks.initialize64(manager, layer, new Shape(1, in));
        for (double scale : parameter(layer, "scale")) {
            assertEquals(.125, scale, 1e-15);
        }
        assertUniform(.125, parameter(layer, "base"));

        // At the nodes of the grid the splines are the noise itself.
        double[] nodes = {-1, -.6, -.2, .2, .6, 1};
        NDArray x = manager.create(nodes).reshape(6, 1).repeat(1, in);
        NDArray noise = layer.splines(x);
        assertUniform(.3 / grid / 2, noise.toDoubleArray());

        // And of the splines through it they are the smallest.
        double[] before = parameter(layer, "coefficients");
        layer.fitCoefficients(x, noise);
        assertArrayEquals(before, parameter(layer, "coefficients"), 1e-12);
    }

    private static void assertUniform(double most, double[] values) {
        double variance = DoubleStream.of(values).map(v -> v * v).average().orElseThrow();
        double extreme = DoubleStream.of(values).map(Math::abs).max().orElseThrow();
        assertEquals(1. / 3, variance / most / most, .03);
        assertEquals(0, DoubleStream.of(values).average().orElseThrow(), .05 * most);
        assertTrue(extreme <= most * (1 + 1e-9) && extreme > .99 * most, "extreme " + extreme);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4})
    void startsFiniteForEveryOrder(int order) {
        for (int grid : new int[] {Math.max(1, order), 5, 10}) {
            for (Extrapolation extrapolation : Extrapolation.values()) {
                KanLinear layer =
                        KanLinear.builder()
                                .setUnits(3)
                                .optGrid(grid)
                                .optOrder(order)
                                .optExtrapolation(extrapolation)
                                .build();
                layer.initialize(manager, DataType.FLOAT32, new Shape(1, 2));
                NDArray c = layer.getParameters().get("coefficients").getArray();
                assertFalse(c.isNaN().any().getBoolean());
                assertTrue(c.abs().max().getFloat() < 1);
                assertTrue(c.abs().max().getFloat() > 0);
            }
        }
    }

    @Test
    void cubicSplinesHoldEveryCubic() {
        KanLinear layer = KanLinear.builder().setUnits(2).optRange(-3, 3).build();
        Blocks.initialize64(manager, layer, new Shape(1, 2));
        NDArray live = layer.getParameters().get("coefficients").getArray();
        layer.fitCoefficients(samples(200, 11), cubics(samples(200, 11)));
        assertSame(live, layer.getParameters().get("coefficients").getArray());
        assertTrue(live.hasGradient());
        NDArray fresh = samples(500, 12);
        double[] expected = cubics(fresh).toDoubleArray();
        assertArrayEquals(expected, layer.splines(fresh).toDoubleArray(), 1e-10);
    }

    private NDArray samples(int count, int seed) {
        double[] x = new Random(seed).doubles(count * 2L, -3, 3).toArray();
        return manager.create(x, new Shape(count, 2));
    }

    /** Another cubic on each of the 2 · 2 edges: [samples, units, features]. */
    private NDArray cubics(NDArray x) {
        double[] at = x.toDoubleArray();
        double[] y = new double[at.length * 2];
        for (int s = 0; s < at.length / 2; ++s) {
            for (int j = 0; j < 2; ++j) {
                for (int i = 0; i < 2; ++i) {
                    double v = at[s * 2 + i];
                    y[(s * 2 + j) * 2 + i] = (1 + j) * v * v * v - (2 + i) * v + j - i;
                }
            }
        }
        return manager.create(y, new Shape(at.length / 2, 2, 2));
    }

    @Test
    void fewSamplesLeaveFiniteCoefficients() {
        KanLinear layer = KanLinear.builder().setUnits(1).optGrid(20).build();
        layer.initialize(manager, DataType.FLOAT32, new Shape(1, 1));
        NDArray x = manager.create(new float[] {.5f, .5f, -.9f}, new Shape(3, 1));
        NDArray y = manager.create(new float[] {1, 3, -1}, new Shape(3, 1, 1));
        layer.fitCoefficients(x, y);
        float[] fitted = layer.splines(x).toFloatArray();
        assertArrayEquals(new float[] {2, 2, -1}, fitted, 1e-5f);
        // No sample is near the middle: the functions there are left out.
        NDArray middle = manager.zeros(new Shape(1, 1));
        assertEquals(0, layer.splines(middle).toFloatArray()[0], 1e-6);
    }

    @Test
    void roundTrip() {
        KanLinear.Builder builder = KanLinear.builder().setUnits(5).optGrid(4).optOrder(2);
        for (boolean baseBranch : new boolean[] {true, false}) {
            KanLinear trained =
                    builder.optBase(baseBranch ? BaseBranch.SILU : BaseBranch.NONE).build();
            trained.initialize(manager, DataType.FLOAT32, new Shape(3, 7, 2));
            KanLinear fresh = builder.build();
            NDArray x = manager.randomUniform(-2, 2, new Shape(3, 7, 2));
            Blocks.assertRoundTrip(manager, trained, fresh, x);
            assertEquals("data0", trained.describeInput().get(0).getKey());
            assertEquals(new Shape(3, 7, 2), trained.describeInput().get(0).getValue());
            assertEquals(new Shape(3, 7, 2), fresh.describeInput().get(0).getValue());
        }
    }

    @Test
    void anyLeadingAxes() {
        KanLinear layer = KanLinear.builder().setUnits(3).build();
        Blocks.initialize64(manager, layer, new Shape(1, 2));
        NDArray x = manager.create(new Random(2).doubles(24, -1, 1).toArray());
        double[] expected =
                Blocks.infer(manager, layer, x.reshape(12, 2)).singletonOrThrow().toDoubleArray();
        NDArray cube = Blocks.infer(manager, layer, x.reshape(2, 3, 2, 2)).singletonOrThrow();
        assertEquals(new Shape(2, 3, 2, 3), cube.getShape());
        assertArrayEquals(expected, cube.toDoubleArray(), 1e-12);
        NDArray one = Blocks.infer(manager, layer, x.get("0:2")).singletonOrThrow();
        assertEquals(new Shape(3), one.getShape());
        assertArrayEquals(
                new double[] {expected[0], expected[1], expected[2]}, one.toDoubleArray(), 1e-12);
        Shape[] announced = layer.getOutputShapes(new Shape[] {new Shape(2, 3, 2, 2)});
        assertArrayEquals(new Shape[] {new Shape(2, 3, 2, 3)}, announced);
        assertEquals(
                new Shape(0, 3),
                Blocks.infer(manager, layer, x.get("0:0").reshape(0, 2))
                        .singletonOrThrow()
                        .getShape());
    }

    @Test
    void filesOfAnotherLayerAreRefused() {
        KanLinear trained = KanLinear.builder().setUnits(2).build();
        trained.initialize(manager, DataType.FLOAT32, new Shape(1, 2));
        byte[] bytes = Blocks.save(trained);
        assertMalformed("units", bytes, KanLinear.builder().setUnits(3));
        assertMalformed("functions", bytes, KanLinear.builder().setUnits(2).optGrid(6));
        // As many functions, but other ones.
        assertMalformed("order 3", bytes, KanLinear.builder().setUnits(2).optGrid(6).optOrder(2));
        assertMalformed("base", bytes, KanLinear.builder().setUnits(2).optBase(BaseBranch.NONE));
        bytes[0] = 9;
        assertMalformed("version", bytes, KanLinear.builder().setUnits(2));
    }

    private void assertMalformed(String hint, byte[] bytes, KanLinear.Builder builder) {
        KanLinear fresh = builder.build();
        DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes));
        MalformedModelException e =
                assertThrows(
                        MalformedModelException.class, () -> fresh.loadParameters(manager, in));
        assertTrue(e.getMessage().contains(hint), e.getMessage());
    }

    @Test
    void badSettingsGetOneSentence() {
        assertRefused("units", b -> b.setUnits(0));
        assertRefused("units", b -> b.setUnits(-3));
        assertRefused("order", b -> b.optOrder(-1));
        assertRefused("grid", b -> b.optGrid(0));
        assertRefused("range", b -> b.optRange(1, -1));
        assertRefused("range", b -> b.optRange(Double.NaN, 1));
        assertRefused("noiseScale", b -> b.optNoiseScale(-1));
        assertRefused("Either", b -> b.optGrid(3).optBasis(new Powers(2)));
    }

    private static void assertRefused(String hint, Consumer<KanLinear.Builder> change) {
        KanLinear.Builder builder = KanLinear.builder().setUnits(2);
        change.accept(builder);
        IllegalArgumentException e = assertThrows(IllegalArgumentException.class, builder::build);
        assertTrue(e.getMessage().startsWith(hint), e.getMessage());
        assertTrue(e.getMessage().endsWith("."), e.getMessage());
    }

    @Test
    void wrongInputsGetOneSentence() {
        KanLinear layer = KanLinear.builder().setUnits(2).build();
        Shape two = new Shape(1, 2);
        assertInputRefused("1 input", () -> layer.initialize(manager, DataType.FLOAT32, two, two));
        assertInputRefused(
                "features", () -> layer.initialize(manager, DataType.FLOAT32, new Shape()));
        layer.initialize(manager, DataType.FLOAT32, two);
        NDArray three = manager.zeros(new Shape(4, 3));
        assertInputRefused("2 features", () -> Blocks.infer(manager, layer, three));
        assertInputRefused("2 features", () -> layer.splines(three));
        assertInputRefused("[samples, features]", () -> layer.splines(three.expandDims(0)));
        NDArray x = manager.zeros(new Shape(4, 2));
        NDArray y = manager.zeros(new Shape(4, 2));
        assertInputRefused("units, features", () -> layer.fitCoefficients(x, y));
        NDArray nan = manager.full(new Shape(4, 2, 2), Float.NaN);
        assertInputRefused("finite", () -> layer.fitCoefficients(x, nan));
    }

    private static void assertInputRefused(String hint, Runnable call) {
        IllegalArgumentException e = assertThrows(IllegalArgumentException.class, call::run);
        assertTrue(e.getMessage().contains(hint), e.getMessage());
    }

    /** 1, x, x² … : the least that a basis must be. */
    private static final class Powers extends Basis {

        private final int size;

        Powers(int size) {
            super((byte) 1);
            this.size = size;
        }

        @Override
        public int size() {
            return size;
        }

        @Override
        public NDArray evaluate(ParameterStore store, NDArray x, boolean training) {
            NDList powers = new NDList(x.onesLike());
            for (int m = 1; m < size; ++m) {
                powers.add(powers.get(m - 1).mul(x));
            }
            return NDArrays.stack(powers, -1);
        }

        @Override
        public Initializer coefficientInitializer() {
            return Initializer.ONES;
        }
    }

    @Test
    void takesAnyBasis() {
        KanLinear layer =
                KanLinear.builder()
                        .setUnits(1)
                        .optBasis(new Powers(3))
                        .optBase(BaseBranch.NONE)
                        .build();
        Blocks.initialize64(manager, layer, new Shape(1, 1));
        NDArray x = manager.create(new double[] {2, -1}, new Shape(2, 1));
        double[] y = Blocks.infer(manager, layer, x).singletonOrThrow().toDoubleArray();
        assertArrayEquals(new double[] {7, 1}, y, 1e-12);
        assertEquals(3, layer.getBasis().size());
        assertEquals(1, layer.getUnits());
    }
}
