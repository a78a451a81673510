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
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.training.initializer.NormalInitializer;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.DoubleStream;
import org.binaryops.testing.Blocks;
import org.binaryops.testing.Leaks;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class KanGridTest {

    private NDManager manager;

    @BeforeEach
    void open() {
        manager = NDManager.newBaseManager();
        Engine.getInstance().setRandomSeed(3);
    }

    @AfterEach
    void close() {
        manager.close();
    }

    private KanLinear layer(int grid, int features) {
        KanLinear layer = KanLinear.builder().setUnits(2).optGrid(grid).build();
        layer.setInitializer(new NormalInitializer(1), Parameter.Type.WEIGHT);
        Blocks.initialize64(manager, layer, new Shape(1, features));
        return layer;
    }

    private static double[][] knots(KanLinear layer) {
        return ((BSplineBasis) layer.getBasis()).getKnots();
    }

    private NDArray column(double... x) {
        return manager.create(x, new Shape(x.length, 1));
    }

    /** pykan's example: samples from −10 to 10 give the grid −22 … 22 in steps of 4. */
    @Test
    void publishedUniformUpdate() {
        KanLinear layer = layer(5, 1);
        layer.updateGrid(
                manager.linspace(-10, 10, 101).toType(DataType.FLOAT64, true).reshape(101, 1),
                1,
                0);
        double[] expected = new double[12];
        Arrays.setAll(expected, m -> -22 + 4 * m);
        assertArrayEquals(expected, knots(layer)[0], 1e-12);
    }

    @Test
    void nodesFollowTheFormula() {
        Random random = new Random(1);
        int count = 57;
        double[] x = random.doubles(2L * count, -.9, .8).map(v -> v * v * v).toArray();
        KanLinear layer = layer(5, 2);
        layer.updateGrid(manager.create(x, new Shape(count, 2)), .3, .01);
        for (int i = 0; i < 2; ++i) {
            double[] sorted = new double[count];
            for (int s = 0; s < count; ++s) {
                sorted[s] = x[2 * s + i];
            }
            Arrays.sort(sorted);
            double step = (sorted[count - 1] - sorted[0] + .02) / 5;
            double[] t = knots(layer)[i];
            for (int m = 0; m <= 5; ++m) {
                double rank = m == 5 ? sorted[count - 1] : sorted[count * m / 5];
                double node = .3 * (sorted[0] - .01 + m * step) + .7 * rank;
                assertEquals(node, t[m + 3], 1e-12);
            }
            for (int m = 1; m <= 3; ++m) {
                assertEquals(t[3] - m * step, t[3 - m], 1e-12);
                assertEquals(t[8] + m * step, t[8 + m], 1e-12);
            }
        }
    }

    /** A cubic is in the span of every cubic grid, so it must come out unchanged. */
    @Test
    void updateKeepsWhatTheNewGridCanHold() {
        KanLinear layer = layer(5, 1);
        double[] at = new Random(2).doubles(200, -1, 1).toArray();
        double[] y =
                DoubleStream.of(at)
                        .flatMap(v -> DoubleStream.of(v * v * v - v, 2 * v * v + 1))
                        .toArray();
        layer.fitCoefficients(column(at), manager.create(y, new Shape(200, 2, 1)));
        layer.updateGrid(column(new Random(3).doubles(300, -.9, 1).map(v -> v * v).toArray()));
        assertFalse(Math.abs(knots(layer)[0][3] + 1) < .1, "the grid has moved");
        assertArrayEquals(
                new double[] {.125 - .5, 1.5}, layer.splines(column(.5)).toDoubleArray(), 1e-10);
    }

    /** As published: the coefficients are the least-squares fit at the samples alone. */
    @Test
    void updateFitsAtTheSamples() {
        KanLinear layer = layer(5, 1);
        double[] at = new Random(4).doubles(400, -1.2, 1.1).toArray();
        NDArray before = layer.splines(column(at));
        layer.updateGrid(column(at));
        double[] updated = layer.getParameters().get("coefficients").getArray().toDoubleArray();
        layer.fitCoefficients(column(at), before);
        double[] fitted = layer.getParameters().get("coefficients").getArray().toDoubleArray();
        assertArrayEquals(fitted, updated, 1e-9);
    }

    @ParameterizedTest
    @EnumSource(
            value = DataType.class,
            names = {"FLOAT32", "FLOAT64"})
    void degenerateSamplesNeverGiveNaN(DataType type) {
        double[][] cases = {
            {.5},
            {.5, .5, .5},
            {7},
            {-1e6, -1e6},
            {0},
            {.1, .1, .1, .1, .9},
            {1, 1 + 1e-9},
            {-1, 1},
            {1e-30, 2e-30},
            {1e8, 1e8 + 1},
            {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1e3}
        };
        for (double[] at : cases) {
            KanLinear layer = KanLinear.builder().setUnits(2).build();
            layer.initialize(manager, type, new Shape(1, 1));
            NDArray x = column(at).toType(type, true);
            double[] before = layer.splines(x).toType(DataType.FLOAT64, true).toDoubleArray();
            layer.updateGrid(x);
            double[] t = knots(layer)[0];
            for (int m = 1; m < t.length; ++m) {
                assertTrue(t[m] > t[m - 1], Arrays.toString(at) + Arrays.toString(t));
            }
            double[] after = layer.splines(x).toType(DataType.FLOAT64, true).toDoubleArray();
            double size = DoubleStream.of(before).map(Math::abs).max().orElseThrow();
            assertArrayEquals(before, after, 1e-4 * (1 + size), Arrays.toString(at));
        }
    }

    @ParameterizedTest
    @CsvSource({"3,6", "3,9", "5,20", "4,28", "10,100"})
    void refinementByAMultipleIsExact(int from, int to) {
        KanLinear coarse = layer(from, 2);
        coarse.setMask(new double[][] {{1, 0}, {.5, 1}});
        Refinement refined = coarse.refined(manager, to);
        KanLinear fine = refined.layer();
        assertEquals(to + 3, fine.getBasis().size());
        assertTrue(refined.largestChange() < 1e-12, "change " + refined.largestChange());
        // Also beyond the ends, along the tangents.
        NDArray x = manager.create(new Random(6).doubles(400, -1.3, 1.3).toArray()).reshape(200, 2);
        assertArrayEquals(
                Blocks.infer(manager, coarse, x).singletonOrThrow().toDoubleArray(),
                Blocks.infer(manager, fine, x).singletonOrThrow().toDoubleArray(),
                1e-10);
        assertArrayEquals(coarse.getMask()[1], fine.getMask()[1]);
    }

    @Test
    void anotherRefinementSaysHowFarItIs() {
        KanLinear coarse = layer(3, 1);
        Refinement refined = coarse.refined(manager, 10);
        double seen = 0;
        double[] at = new Random(7).doubles(3000, -1, 1).toArray();
        double[] then = coarse.splines(column(at)).toDoubleArray();
        double[] now = refined.layer().splines(column(at)).toDoubleArray();
        for (int i = 0; i < then.length; ++i) {
            seen = Math.max(seen, Math.abs(then[i] - now[i]));
        }
        assertTrue(seen < .05, "change " + seen);
        assertEquals(seen, refined.largestChange(), .3 * seen);
    }

    @Test
    void refinesAdaptedGrids() {
        KanLinear coarse = layer(4, 1);
        coarse.updateGrid(column(new Random(8).doubles(100, -.9, 1).map(v -> v * v).toArray()));
        Refinement refined = coarse.refined(manager, 8);
        assertTrue(refined.largestChange() < 1e-11, "change " + refined.largestChange());
        Refinement single = refined.layer().refined(manager, 16);
        assertTrue(single.largestChange() < 1e-11, "change " + single.largestChange());
    }

    /** Both ways of evaluation: uniform by local support, others by the recursion. */
    @Test
    void knotsCanBeSetAndSaved() {
        KanLinear trained = layer(5, 2);
        double[][] t = knots(trained);
        for (int m = 0; m < t[1].length; ++m) {
            t[1][m] = t[1][m] * 2 + .1 * Math.sin(m);
        }
        ((BSplineBasis) trained.getBasis()).setKnots(t);
        KanLinear fresh = KanLinear.builder().setUnits(2).build();
        NDArray x = manager.create(new Random(9).doubles(20, -3, 3).toArray()).reshape(10, 2);
        double[] c = trained.getParameters().get("coefficients").getArray().toDoubleArray();
        double[] y = trained.splines(x).toDoubleArray();
        double[] at = x.toDoubleArray();
        for (int e = 0; e < y.length; ++e) {
            int i = e % 2;
            int j = e / 2 % 2;
            double sum = 0;
            for (int m = 0; m < 8; ++m) {
                double[] b =
                        CoxDeBoor.extended(t[i], 3, m, at[e / 4 * 2 + i], Extrapolation.LINEAR);
                sum += c[(j * 2 + i) * 8 + m] * b[0];
            }
            assertEquals(sum, y[e], 1e-10 * Math.max(1, Math.abs(sum)));
        }
        Blocks.assertRoundTrip(manager, trained, fresh, x);
        assertArrayEquals(t[1], knots(fresh)[1]);
    }

    @Test
    void badArgumentsGetOneSentence() {
        KanLinear layer = layer(5, 1);
        BasesTest.refused("uniform", () -> layer.updateGrid(column(1, 2), -1, 0));
        BasesTest.refused("uniform", () -> layer.updateGrid(column(1, 2), Double.NaN, 0));
        BasesTest.refused("margin", () -> layer.updateGrid(column(1, 2), 0, -1));
        BasesTest.refused(
                "The samples of a grid must be finite, but feature 0 has a NaN",
                () -> layer.updateGrid(column(1, Double.NaN)));
        BasesTest.refused(
                "updateGrid needs",
                () -> layer.updateGrid(manager.zeros(new Shape(0, 1), DataType.FLOAT64)));
        BasesTest.refused("grid", () -> layer.refined(manager, 0));
        BSplineBasis basis = (BSplineBasis) layer.getBasis();
        BasesTest.refused("knots must have", () -> basis.setKnots(new double[][] {{1, 2}}));
        BasesTest.refused("knots must ascend", () -> basis.setKnots(new double[1][12]));
        KanLinear other = KanLinear.builder().setUnits(1).optBasis(new FourierBasis(2)).build();
        other.initialize(manager, DataType.FLOAT32, new Shape(1, 1));
        assertThrows(IllegalStateException.class, () -> other.refined(manager, 5));
    }

    @Test
    void gridsLeaveNothingBehind() {
        KanLinear layer = layer(3, 2);
        Leaks.assertNothingLeft(
                manager,
                10,
                scratch -> {
                    NDArray x = scratch.randomUniform(-1, 1, new Shape(30, 2), DataType.FLOAT64);
                    layer.updateGrid(x);
                    layer.refined(scratch, 6);
                });
    }
}
