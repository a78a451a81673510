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
package org.binaryops.training.optimizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import java.util.List;
import java.util.function.Function;
import org.binaryops.gradient.Temporaries;
import org.binaryops.testing.Leaks;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LbfgsTest {

    private NDManager manager;

    @BeforeEach
    void open() {
        manager = NDManager.newBaseManager();
    }

    @AfterEach
    void close() {
        manager.close();
    }

    private Parameter parameter(NDArray start) {
        Parameter parameter =
                Parameter.builder().setName("x").setType(Parameter.Type.OTHER).build();
        parameter.setArray(start);
        parameter.initialize(manager, start.getDataType());
        return parameter;
    }

    private static NDArray loss(Parameter x, Function<NDArray, NDArray> f) {
        NDArray array = x.getArray();
        return Temporaries.freed(array.getManager(), () -> f.apply(array));
    }

    private static NDArray scalar(NDArray like, double value) {
        return Temporaries.constant(like, value);
    }

    /** 100 (b − a²)² + (1 − a)². */
    private static NDArray rosenbrock(NDArray x) {
        NDArray a = x.get(0);
        NDArray b = x.get(1);
        NDArray valley = b.sub(a.mul(a));
        NDArray slope = scalar(a, 1).sub(a);
        return valley.mul(valley).mul(scalar(a, 100)).add(slope.mul(slope));
    }

    @Test
    void rosenbrocksValleyIsFollowedToItsEnd() {
        Parameter x = parameter(manager.create(new double[] {-1.2, 1}));
        Lbfgs optimizer =
                Lbfgs.builder()
                        .setParameters(List.of(x))
                        .optMaxIterations(100)
                        .optUntilExhausted()
                        .build();
        double loss = optimizer.step(() -> loss(x, LbfgsTest::rosenbrock));
        assertArrayEquals(new double[] {1, 1}, x.getArray().toDoubleArray(), 1e-9);
        assertEquals(0, loss, 1e-18);
        assertEquals(loss, optimizer.getLoss());
        // Published implementations need some 35 to 45 iterations from here.
        assertTrue(optimizer.getIterations() < 60, "iterations " + optimizer.getIterations());
        assertTrue(optimizer.getEvaluations() < 90, "evaluations " + optimizer.getEvaluations());
    }

    @Test
    void inFloat32ItGoesAsFarAsRoundingAllows() {
        Parameter x = parameter(manager.create(new float[] {-1.2f, 1}));
        Lbfgs optimizer = Lbfgs.builder().setParameters(List.of(x)).optMaxIterations(100).build();
        optimizer.step(() -> loss(x, LbfgsTest::rosenbrock));
        assertArrayEquals(new float[] {1, 1}, x.getArray().toFloatArray(), 2e-3f);
    }

    /** A quadratic of n variables is solved in about n directions; here with the exact answer. */
    @Test
    void aQuadraticIsSolved() {
        double[][] a = {{4, 1, 0}, {1, 3, -1}, {0, -1, 2}};
        double[] b = {1, 2, 3};
        // By Cramer's rule; the determinant is 18.
        double[] solution = {-2. / 18, 26. / 18, 40. / 18};
        for (int i = 0; i < 3; ++i) {
            double row = 0;
            for (int j = 0; j < 3; ++j) {
                row += a[i][j] * solution[j];
            }
            assertEquals(b[i], row, 1e-14, "the solution of the test");
        }
        NDArray matrix =
                manager.create(new double[] {4, 1, 0, 1, 3, -1, 0, -1, 2}, new Shape(3, 3));
        NDArray right = manager.create(b);
        Parameter x = parameter(manager.zeros(new Shape(3), right.getDataType()));
        Lbfgs optimizer = Lbfgs.builder().setParameters(List.of(x)).optUntilExhausted().build();
        optimizer.step(
                () ->
                        loss(
                                x,
                                v -> {
                                    NDArray half = matrix.matMul(v).mul(v).sum().mul(scalar(v, .5));
                                    return half.sub(right.mul(v).sum());
                                }));
        assertArrayEquals(solution, x.getArray().toDoubleArray(), 1e-10);
        assertTrue(optimizer.getIterations() <= 20);
    }

    /** Curvatures from 1 to 10⁸: far out of reach of gradient descent. */
    @Test
    void anIllConditionedValleyIsSolved() {
        int n = 9;
        double[] curvature = new double[n];
        double[] start = new double[n];
        for (int i = 0; i < n; ++i) {
            curvature[i] = Math.pow(10, i);
            start[i] = 1 + i / 10.;
        }
        NDArray weights = manager.create(curvature);
        Parameter x = parameter(manager.create(start));
        Lbfgs optimizer =
                Lbfgs.builder()
                        .setParameters(List.of(x))
                        .optMaxIterations(500)
                        .optHistory(12)
                        .optUntilExhausted()
                        .build();
        double loss = optimizer.step(() -> loss(x, v -> v.mul(v).mul(weights).sum()));
        assertEquals(0, loss, 1e-12);
    }

    /** Beyond 0 the logarithm is NaN, at 0 infinite; the first step lands there. */
    @Test
    void itStepsBackFromWhereTheLossIsNotDefined() {
        Parameter x = parameter(manager.create(new double[] {3}));
        Lbfgs optimizer =
                Lbfgs.builder()
                        .setParameters(List.of(x))
                        .optLearningRate(100)
                        .optMaxIterations(50)
                        .optUntilExhausted()
                        .build();
        // x − 0.01 log x has its minimum at 0.01.
        optimizer.step(() -> loss(x, v -> v.sum().sub(v.log().sum().mul(scalar(v, 0.01)))));
        assertEquals(.01, x.getArray().toDoubleArray()[0], 1e-8);
    }

    @Test
    void aLossThatIsNotFiniteAtTheStartIsRefused() {
        Parameter x = parameter(manager.create(new double[] {-1}));
        Lbfgs optimizer = Lbfgs.builder().setParameters(List.of(x)).build();
        Exception e =
                assertThrows(
                        IllegalStateException.class,
                        () -> optimizer.step(() -> loss(x, v -> v.log().sum())));
        assertEquals(
                "L-BFGS must start where the loss is finite, but the loss was NaN.",
                e.getMessage());
    }

    @Test
    void theMemoryLastsFromStepToStep() {
        Parameter one = parameter(manager.create(new double[] {-1.2, 1}));
        Parameter many = parameter(manager.create(new double[] {-1.2, 1}));
        Lbfgs whole =
                Lbfgs.builder()
                        .setParameters(List.of(one))
                        .optMaxIterations(20)
                        .optMaxEvaluations(1000)
                        .optUntilExhausted()
                        .build();
        Lbfgs parts =
                Lbfgs.builder()
                        .setParameters(List.of(many))
                        .optMaxIterations(5)
                        .optMaxEvaluations(1000)
                        .optUntilExhausted()
                        .build();
        double loss = whole.step(() -> loss(one, LbfgsTest::rosenbrock));
        for (int i = 0; i < 4; ++i) {
            parts.step(() -> loss(many, LbfgsTest::rosenbrock));
        }
        assertEquals(loss, parts.getLoss(), 1e-12);
        assertTrue(loss > 1e-12, "compared on the way, not at the end");
        // One evaluation more at the beginning of each step.
        assertEquals(whole.getEvaluations() + 3, parts.getEvaluations());
        parts.reset();
        parts.step(() -> loss(many, LbfgsTest::rosenbrock));
        assertTrue(parts.getLoss() < loss);
    }

    @Test
    void frozenParametersStay() {
        Parameter free = parameter(manager.create(new double[] {3}));
        Parameter frozen = parameter(manager.create(new double[] {5}));
        frozen.freeze(true);
        Lbfgs optimizer = Lbfgs.builder().setParameters(List.of(free, frozen)).build();
        optimizer.step(
                () ->
                        loss(
                                free,
                                v -> {
                                    NDArray away = v.sub(frozen.getArray());
                                    return away.mul(away).sum();
                                }));
        assertEquals(5, free.getArray().toDoubleArray()[0], 1e-7);
        assertEquals(5, frozen.getArray().toDoubleArray()[0]);
        Exception e =
                assertThrows(
                        IllegalArgumentException.class,
                        () -> Lbfgs.builder().setParameters(List.of(frozen)).build());
        assertEquals(
                "L-BFGS needs at least one parameter that is not frozen, but got none.",
                e.getMessage());
    }

    @Test
    void stepsLeaveNothingBehind() {
        Parameter x = parameter(manager.create(new double[] {-1.2, 1}));
        Lbfgs optimizer = Lbfgs.builder().setParameters(List.of(x)).optMaxIterations(2).build();
        Leaks.assertNothingLeft(
                manager, 5, scratch -> optimizer.step(() -> loss(x, LbfgsTest::rosenbrock)));
    }

    @Test
    void settingsOutOfRangeAreRefused() {
        Parameter x = parameter(manager.create(new double[] {1}));
        assertThrows(
                IllegalArgumentException.class,
                () -> Lbfgs.builder().setParameters(List.of(x)).optHistory(0).build());
        assertThrows(
                IllegalArgumentException.class,
                () -> Lbfgs.builder().setParameters(List.of(x)).optLearningRate(-1).build());
        assertThrows(
                IllegalArgumentException.class,
                () ->
                        Lbfgs.builder()
                                .setParameters(List.of(x))
                                .optGradientTolerance(Double.NaN)
                                .build());
        Lbfgs optimizer = Lbfgs.builder().setParameters(List.of(x)).build();
        assertThrows(
                IllegalArgumentException.class,
                () -> optimizer.step(() -> manager.zeros(new Shape(2))));
    }
}
