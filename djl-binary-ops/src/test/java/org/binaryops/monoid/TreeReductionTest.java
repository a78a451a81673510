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

import static org.binaryops.monoid.GruOperatorTest.assertMessage;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.ParameterStore;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class TreeReductionTest {

    private NDManager manager;
    private ParameterStore store;

    @BeforeEach
    void open() {
        manager = NDManager.newBaseManager();
        store = new ParameterStore(manager, false);
    }

    @AfterEach
    void close() {
        manager.close();
    }

    /** Half the left plus three times the right: exact, and different for every tree. */
    private static final class Witness extends BinaryOperator {

        private int calls;
        private long rows;

        Witness() {
            super((byte) 1);
        }

        @Override
        public NDArray combine(
                ParameterStore store, NDArray left, NDArray right, boolean training) {
            ++calls;
            rows += left.getShape().get(0);
            return left.mul(0.5).add(right.mul(3));
        }
    }

    /** The same tree by recursion: the left subtree is the largest power of two below n. */
    private static double witness(double[] elements, int from, int to) {
        int n = to - from;
        if (n == 1) {
            return elements[from];
        }
        int left = Integer.highestOneBit(n - 1);
        return witness(elements, from, from + left) / 2 + witness(elements, from + left, to) * 3;
    }

    @Test
    void theTreeIsBalancedAndInOrder() {
        for (int n = 1; n <= 40; ++n) {
            double[] elements = new Random(n).ints(n, 0, 100).asDoubleStream().toArray();
            NDArray array = manager.create(elements, new Shape(1, n, 1));
            Witness operator = new Witness();
            NDArray result = TreeReduction.reduce(operator, store, array, null, false);
            assertEquals(new Shape(1, 1), result.getShape());
            assertEquals(witness(elements, 0, n), result.toDoubleArray()[0], "n = " + n);
        }
    }

    @Test
    void oneCallPerLevel() {
        for (int n = 1; n <= 40; ++n) {
            Witness operator = new Witness();
            NDArray elements = manager.ones(new Shape(3, n, 2));
            TreeReduction.reduce(operator, store, elements, null, false);
            assertEquals(n == 1 ? 0 : 32 - Integer.numberOfLeadingZeros(n - 1), operator.calls);
            assertEquals(3L * (n - 1), operator.rows, "rows combined");
        }
    }

    @Test
    void aShorterSetTakesTheTreeItTakesAlone() {
        int n = 21;
        double[] elements = new Random(1).ints(n, 0, 100).asDoubleStream().toArray();
        boolean[] presence = new boolean[n * n];
        double[] batch = new double[n * n];
        for (int set = 0; set < n; ++set) {
            System.arraycopy(elements, 0, batch, set * n, n);
            for (int i = 0; i <= set; ++i) {
                presence[set * n + i] = true;
            }
        }
        double[] results =
                TreeReduction.reduce(
                                new Witness(),
                                store,
                                manager.create(batch, new Shape(n, n, 1)),
                                manager.create(presence, new Shape(n, n)),
                                false)
                        .toDoubleArray();
        for (int set = 0; set < n; ++set) {
            assertEquals(witness(elements, 0, set + 1), results[set], "size " + (set + 1));
        }
    }

    @Test
    void fixedMonoidsGiveSumAndMaximum() {
        Random random = new Random(3);
        for (int n = 1; n <= 17; ++n) {
            int features = 3;
            int batch = 4;
            double[] values = random.ints(batch * n * features, -50, 50).asDoubleStream().toArray();
            NDArray elements = manager.create(values, new Shape(batch, n, features));
            double[] sums = new double[batch * features];
            double[] maxima = new double[batch * features];
            java.util.Arrays.fill(maxima, Double.NEGATIVE_INFINITY);
            for (int i = 0; i < values.length; ++i) {
                int out = i / (n * features) * features + i % features;
                sums[out] += values[i];
                maxima[out] = Math.max(maxima[out], values[i]);
            }
            assertArrayEquals(
                    sums,
                    TreeReduction.reduce(new SumOperator(), store, elements, null, false)
                            .toDoubleArray());
            assertArrayEquals(
                    maxima,
                    TreeReduction.reduce(new MaxOperator(), store, elements, null, false)
                            .toDoubleArray());
        }
    }

    @Test
    void badShapesGetOneSentence() {
        assertMessage(
                "TreeReduction: the elements must have the shape [batch, elements ≥ 1, features],"
                        + " but have (3, 4)",
                () ->
                        TreeReduction.reduce(
                                new SumOperator(),
                                store,
                                manager.ones(new Shape(3, 4)),
                                null,
                                false));
        assertMessage(
                "TreeReduction: the presence must have the shape (2, 3), but has (2, 4)",
                () ->
                        TreeReduction.reduce(
                                new SumOperator(),
                                store,
                                manager.ones(new Shape(2, 3, 4)),
                                manager.ones(new Shape(2, 4), DataType.BOOLEAN),
                                false));
    }
}
