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
package org.binaryops.gradient;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
import java.util.Random;
import org.binaryops.testing.Gradients;
import org.junit.jupiter.api.Test;

class CustomGradientTest {

    /** cos x forward, x³ as its "derivative": nothing that autograd could arrive at by itself. */
    private static final DifferentiableFunction ODD_PAIR =
            new DifferentiableFunction() {
                @Override
                public NDArray value(NDArray x) {
                    return x.cos();
                }

                @Override
                public NDArray derivative(NDArray x) {
                    return x.pow(3);
                }
            };

    @Test
    void valueAndDerivativeAreThoseGiven() {
        Random random = new Random(1);
        double[] x = random.doubles(100, -3, 3).toArray();
        double[] upstream = random.doubles(100, -2, 2).toArray();
        double[] value = new double[100];
        double[] gradient = new double[100];
        for (int i = 0; i < 100; ++i) {
            value[i] = Math.cos(x[i]);
            gradient[i] = upstream[i] * x[i] * x[i] * x[i];
        }
        assertArrayEquals(
                value, Gradients.values(x, a -> CustomGradient.apply(a, ODD_PAIR)), 1e-15);
        assertArrayEquals(
                gradient, Gradients.at(x, upstream, a -> CustomGradient.apply(a, ODD_PAIR)), 1e-12);
        assertArrayEquals(
                gradient,
                Gradients.at(x, upstream, a -> CustomGradient.of(a, a.cos(), a.pow(3))),
                1e-12);
    }

    @Test
    void noGradientFlowsThroughTheGivenValueAndDerivative() {
        // With the plain product rule the gradient of cos(x) and of x³ would add to the result.
        double[] x = {0.3, -1.2};
        double[] ones = {1, 1};
        assertArrayEquals(
                ones, Gradients.at(x, ones, a -> CustomGradient.straightThrough(a, a.cos())), 0);
        assertArrayEquals(
                new double[] {2 * 0.3, 2 * -1.2},
                Gradients.at(x, ones, a -> CustomGradient.surrogate(a.cos(), a.square())),
                1e-15);
    }

    @Test
    void forwardValueIsExactInFloat32() {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray x = manager.randomNormal(new Shape(100_000)).mul(3);
            NDArray value = x.sin();
            // value − x + x would be off by a rounding error in about a third of the places.
            assertEquals(value, CustomGradient.straightThrough(x, value));
            assertEquals(value, CustomGradient.surrogate(value, x.tanh()));
            assertEquals(value, CustomGradient.of(x, value, x.exp()));
        }
    }

    @Test
    void valuesAreExactWhereDifferencesAreNot() {
        double[] edges = {0, -0.0, Double.MIN_VALUE, 1e300, Double.POSITIVE_INFINITY, Double.NaN};
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray x = manager.create(edges);
            NDArray half = x.onesLike().mul(0.5);
            assertArrayEquals(edges, CustomGradient.straightThrough(x, x).toDoubleArray(), 0);
            assertArrayEquals(edges, CustomGradient.of(x, x, half).toDoubleArray(), 0);
            assertArrayEquals(edges, CustomGradient.surrogate(x, half).toDoubleArray(), 0);
        }
    }

    @Test
    void scalarsAndEmptyArraysAreTaken() {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray scalar = manager.create(0.3);
            NDArray empty = manager.create(new Shape(0, 3), DataType.FLOAT64);
            assertEquals(Math.cos(0.3), CustomGradient.apply(scalar, ODD_PAIR).getDouble(), 1e-15);
            assertEquals(0.7, CustomGradient.surrogate(manager.create(0.7), scalar).getDouble());
            assertEquals(new Shape(0, 3), CustomGradient.apply(empty, ODD_PAIR).getShape());
        }
    }

    @Test
    void theArgumentIsLeftAsItWas() {
        double[] numbers = {0.3, -1.2};
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray x = manager.create(numbers);
            CustomGradient.apply(x, ODD_PAIR);
            CustomGradient.straightThrough(x, ODD_PAIR);
            CustomGradient.straightThrough(x, x.cos());
            CustomGradient.of(x, x.cos(), x.sin());
            assertArrayEquals(numbers, x.toDoubleArray(), 0);
        }
    }

    @Test
    void anOperationThatKeepsItsResultCanBeASurrogate() {
        double[] x = {0.3, -1.2};
        double[] expected = {Math.exp(0.3), Math.exp(-1.2)};
        assertArrayEquals(
                expected,
                Gradients.at(
                        x, new double[] {1, 1}, a -> CustomGradient.surrogate(a.cos(), a.exp())),
                1e-15);
    }

    @Test
    void aSurrogateOfTwoArraysReachesBoth() {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray x = manager.create(new double[] {2, -3});
            NDArray step = manager.create(0.5);
            x.setRequiresGradient(true);
            step.setRequiresGradient(true);
            try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
                NDArray y = CustomGradient.surrogate(x.div(step).round(), x.mul(step));
                Gradients.backward(collector, y.sum());
            }
            assertArrayEquals(new double[] {0.5, 0.5}, x.getGradient().toDoubleArray(), 0);
            assertEquals(-1, step.getGradient().getDouble(), 0);
        }
    }

    @Test
    void theResultIsAllThatIsLeft() {
        try (NDManager owner = NDManager.newBaseManager();
                NDManager other = NDManager.newBaseManager()) {
            NDArray weight = owner.ones(new Shape(8));
            weight.setRequiresGradient(true);
            try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
                NDArray y = CustomGradient.apply(weight, ODD_PAIR);
                assertEquals(2, owner.getManagedArrays().size());
                assertSame(owner, y.getManager());
                NDArray z =
                        Temporaries.freed(
                                other,
                                () ->
                                        CustomGradient.apply(weight, ODD_PAIR)
                                                .mul(Temporaries.constant(weight, 2)));
                assertSame(other, z.getManager());
                assertEquals(2, owner.getManagedArrays().size());
                assertEquals(1, other.getManagedArrays().size());
                Gradients.backward(collector, z.sum());
            }
            // Closing the handles did not take anything from the backward pass.
            assertEquals(2, weight.getGradient().getFloat(3), 0);
        }
    }
}
