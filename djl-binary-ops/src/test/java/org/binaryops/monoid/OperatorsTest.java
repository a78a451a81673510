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
package org.binaryops.monoid;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.ParameterStore;
import java.util.List;
import java.util.function.DoubleBinaryOperator;
import java.util.function.Supplier;
import org.binaryops.testing.Blocks;
import org.binaryops.testing.Gradients;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The operators other than the gated recurrent unit. */
class OperatorsTest {

    private static final int F = 5;

    private NDManager manager;
    private ParameterStore store;

    @BeforeEach
    void open() {
        manager = NDManager.newBaseManager();
        store = new ParameterStore(manager, false);
        Engine.getInstance().setRandomSeed(51);
    }

    @AfterEach
    void close() {
        manager.close();
    }

    private <B extends BinaryOperator> B initialized(B operator) {
        return Blocks.initialize64(manager, operator, new Shape(1, F), new Shape(1, F));
    }

    private static double affine(double[] w, double[] b, int row, double[] x) {
        double sum = b[row];
        for (int k = 0; k < x.length; ++k) {
            sum += w[row * x.length + k] * x[k];
        }
        return sum;
    }

    private static double[] joined(double[] left, double[] right) {
        double[] both = new double[2 * F];
        System.arraycopy(left, 0, both, 0, F);
        System.arraycopy(right, 0, both, F, F);
        return both;
    }

    private double[] normal() {
        return manager.randomNormal(0, 2, new Shape(F), DataType.FLOAT64).toDoubleArray();
    }

    private double[] combine(BinaryOperator operator, double[] left, double[] right) {
        return operator.combine(
                        store,
                        manager.create(left, new Shape(1, F)),
                        manager.create(right, new Shape(1, F)),
                        false)
                .toDoubleArray();
    }

    @Test
    void gatedIsItsFormula() {
        GatedOperator operator = initialized(new GatedOperator());
        PlainMonoid.parameter(operator, "bias").addi(0.3);
        double[] w = PlainMonoid.parameter(operator, "weight").toDoubleArray();
        double[] b = PlainMonoid.parameter(operator, "bias").toDoubleArray();
        double[] left = normal();
        double[] right = normal();
        double[] expected = new double[F];
        for (int i = 0; i < F; ++i) {
            double z = 1 / (1 + Math.exp(-affine(w, b, i, joined(left, right))));
            double c = Math.tanh(affine(w, b, F + i, joined(left, right)));
            expected[i] = (1 - z) * c + z * right[i];
        }
        assertArrayEquals(expected, combine(operator, left, right), 1e-12);
    }

    @Test
    void perceptronIsItsFormula() {
        MlpOperator operator = initialized(new MlpOperator(7));
        PlainMonoid.parameter(operator, "hidden_bias").addi(0.2);
        double[] w1 = PlainMonoid.parameter(operator, "hidden_weight").toDoubleArray();
        double[] b1 = PlainMonoid.parameter(operator, "hidden_bias").toDoubleArray();
        double[] w2 = operator.getParameters().get("weight").getArray().toDoubleArray();
        double[] b2 = operator.getParameters().get("bias").getArray().toDoubleArray();
        double[] left = normal();
        double[] right = normal();
        double[] hidden = new double[7];
        for (int i = 0; i < 7; ++i) {
            hidden[i] = Math.max(0, affine(w1, b1, i, joined(left, right)));
        }
        double[] expected = new double[F];
        for (int i = 0; i < F; ++i) {
            expected[i] = affine(w2, b2, i, hidden);
        }
        assertArrayEquals(expected, combine(operator, left, right), 1e-12);
        assertThrows(IllegalArgumentException.class, () -> new MlpOperator(0));
    }

    @Test
    void closedFormsAreExactMonoids() {
        List<BinaryOperator> operators =
                List.of(
                        new SumOperator(),
                        new MaxOperator(),
                        new MinOperator(),
                        new LogSumExpOperator());
        List<DoubleBinaryOperator> formulas =
                List.of(
                        Double::sum,
                        Math::max,
                        Math::min,
                        (l, r) -> Math.log(Math.exp(l) + Math.exp(r)));
        for (int k = 0; k < 4; ++k) {
            BinaryOperator operator = initialized(operators.get(k));
            double[] left = normal();
            double[] right = normal();
            double[] expected = new double[F];
            for (int i = 0; i < F; ++i) {
                expected[i] = formulas.get(k).applyAsDouble(left[i], right[i]);
            }
            assertArrayEquals(expected, combine(operator, left, right), 1e-12);
            NDArray x = manager.create(normal(), new Shape(1, F));
            NDArray y = manager.create(normal(), new Shape(1, F));
            NDArray z = manager.create(normal(), new Shape(1, F));
            assertEquals(
                    0, MonoidLaws.associator(operator, store, x, y, z, false).getDouble(0), 1e-28);
            assertEquals(0.0, MonoidLaws.commutator(operator, store, x, y, false).getDouble(0));
        }
        // The smooth maximum does not overflow, and its gradient is the softmax, at ties too.
        assertArrayEquals(
                new double[] {1000, 700 + Math.log(2), -3, 0, 1},
                combine(
                        operators.get(3),
                        new double[] {1000, 700, -3, Math.log(0.25), 1},
                        new double[] {-1000, 700, -5000, Math.log(0.75), -800}),
                1e-12);
        double[] gradient =
                Gradients.at(
                        new double[] {2, 2, 2, 5},
                        new double[] {1, 1},
                        x ->
                                operators
                                        .get(3)
                                        .combine(
                                                store,
                                                x.reshape(2, 2).get(":, 0:1").reshape(1, 2),
                                                x.reshape(2, 2).get(":, 1:2").reshape(1, 2),
                                                true)
                                        .reshape(2));
        double softmax = 1 / (1 + Math.exp(3));
        assertArrayEquals(new double[] {0.5, 0.5, softmax, 1 - softmax}, gradient, 1e-12);
    }

    @Test
    void roundTripsAndCommutativityBitForBit() {
        List<Supplier<BinaryOperator>> all =
                List.of(
                        GatedOperator::new,
                        () -> new MlpOperator(9),
                        MinOperator::new,
                        LogSumExpOperator::new,
                        () -> new Symmetrized(new GatedOperator()),
                        () -> new Symmetrized(new MlpOperator(3)));
        for (Supplier<BinaryOperator> factory : all) {
            BinaryOperator operator = factory.get();
            operator.initialize(manager, DataType.FLOAT32, new Shape(1, F), new Shape(1, F));
            NDArray left = manager.randomNormal(new Shape(33, F));
            NDArray right = manager.randomNormal(new Shape(33, F));
            Blocks.assertRoundTrip(manager, operator, factory.get(), left, right);
            if (operator instanceof Symmetrized) {
                assertArrayEquals(
                        operator.combine(store, left, right, false).toByteArray(),
                        operator.combine(store, right, left, false).toByteArray());
            }
        }
        assertTrue(all.size() == 6);
    }
}
