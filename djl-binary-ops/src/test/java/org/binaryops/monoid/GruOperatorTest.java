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

import ai.djl.MalformedModelException;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.training.GradientCollector;
import ai.djl.training.ParameterStore;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.binaryops.testing.Blocks;
import org.binaryops.testing.Gradients;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class GruOperatorTest {

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

    private BinaryOperator initialized(BinaryOperator operator, int features, DataType type) {
        Shape shape = new Shape(1, features);
        operator.initialize(manager, type, shape, shape);
        return operator;
    }

    private NDArray normal(DataType type, long... shape) {
        return manager.randomNormal(0, 1, new Shape(shape), type);
    }

    @Test
    void forwardIsTheGruEquation() {
        for (int features : new int[] {1, 2, 3, 7, 16, 65}) {
            BinaryOperator operator = initialized(new GruOperator(), features, DataType.FLOAT64);
            PlainMonoid plain = new PlainMonoid(operator, features);
            for (int rows : new int[] {1, 2, 5, 17}) {
                // A wide range, so that the gates saturate in both directions.
                NDArray left = normal(DataType.FLOAT64, rows, features).mul(20);
                NDArray right = normal(DataType.FLOAT64, rows, features);
                double[] actual =
                        Blocks.infer(manager, operator, left, right).get(0).toDoubleArray();
                for (int row = 0; row < rows; ++row) {
                    assertArrayEquals(
                            plain.gru(
                                    left.get(row).toDoubleArray(), right.get(row).toDoubleArray()),
                            Arrays.copyOfRange(actual, row * features, (row + 1) * features),
                            1e-12);
                }
            }
        }
    }

    @Test
    void symmetrizedIsTheMeanOfBothOrders() {
        int features = 5;
        BinaryOperator operator =
                initialized(new Symmetrized(new GruOperator()), features, DataType.FLOAT64);
        PlainMonoid plain = new PlainMonoid(operator, features);
        NDArray left = normal(DataType.FLOAT64, 1, features);
        NDArray right = normal(DataType.FLOAT64, 1, features);
        assertArrayEquals(
                plain.symmetrized(left.toDoubleArray(), right.toDoubleArray()),
                Blocks.infer(manager, operator, left, right).get(0).toDoubleArray(),
                1e-12);
    }

    @ParameterizedTest
    @EnumSource(
            value = DataType.class,
            names = {"FLOAT32", "FLOAT64"})
    void symmetrizedIsCommutativeBitForBit(DataType type) {
        for (int features : new int[] {1, 3, 8, 31, 64, 66}) {
            BinaryOperator gru = new GruOperator();
            BinaryOperator operator = initialized(new Symmetrized(gru), features, type);
            for (int rows : new int[] {1, 2, 3, 4, 13, 100}) {
                NDArray left = normal(type, rows, features);
                NDArray right = normal(type, rows, features);
                NDArray ahead = Blocks.infer(manager, operator, left, right).get(0);
                NDArray swapped = Blocks.infer(manager, operator, right, left).get(0);
                assertArrayEquals(ahead.toByteArray(), swapped.toByteArray());
            }
            // The bare operator is not commutative: the comparison above can fail.
            ParameterStore store = new ParameterStore(manager, false);
            NDArray left = normal(type, 4, features);
            NDArray right = normal(type, 4, features);
            assertTrue(largest(MonoidLaws.commutator(gru, store, left, right, false)) > 0);
            assertEquals(0.0, largest(MonoidLaws.commutator(operator, store, left, right, false)));
        }
    }

    private static double largest(NDArray array) {
        return array.toType(DataType.FLOAT64, false).max().getDouble();
    }

    /** The contract of {@link BinaryOperator}: a row has the same bits whatever its company. */
    @ParameterizedTest
    @EnumSource(
            value = DataType.class,
            names = {"FLOAT32", "FLOAT64"})
    void aRowDoesNotDependOnTheOthers(DataType type) {
        Random random = new Random(5);
        ParameterStore store = new ParameterStore(manager, false);
        for (int features : new int[] {1, 2, 3, 5, 8, 31, 33, 64, 100, 128}) {
            BinaryOperator operator = initialized(new GruOperator(), features, type);
            int all = 700;
            NDArray left = normal(type, all, features);
            NDArray right = normal(type, all, features);
            NDArray together = operator.combine(store, left, right, false);
            for (int i = 0; i < 40; ++i) {
                int rows = 1 + random.nextInt(i < 30 ? 24 : 500);
                int from = random.nextInt(all - rows + 1);
                String some = from + ":" + (from + rows);
                NDArray alone =
                        operator.combine(
                                store,
                                left.get(some).duplicate(),
                                right.get(some).duplicate(),
                                false);
                assertArrayEquals(
                        together.get(some).toByteArray(),
                        alone.toByteArray(),
                        () -> type + " features " + features + " rows " + rows + " at " + from);
            }
        }
    }

    /** Other operations, the same function: values and gradients, also of saturated gates. */
    @Test
    void trainingAndEvaluationAgree() {
        ParameterStore store = new ParameterStore(manager, false);
        for (int features : new int[] {3, 65}) {
            BinaryOperator operator =
                    initialized(new Symmetrized(new GruOperator()), features, DataType.FLOAT64);
            double[][] values = new double[2][];
            double[][] gradients = new double[2][];
            NDArray right = normal(DataType.FLOAT64, 5, features).mul(30);
            NDArray start = normal(DataType.FLOAT64, 5, features);
            for (int i = 0; i < 2; ++i) {
                NDArray left = start.duplicate();
                left.setRequiresGradient(true);
                try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
                    NDArray y = operator.combine(store, left, right, i == 0);
                    values[i] = y.toDoubleArray();
                    Gradients.backward(collector, y.sum());
                }
                gradients[i] = left.getGradient().toDoubleArray();
            }
            assertArrayEquals(values[0], values[1], 1e-12);
            assertArrayEquals(gradients[0], gradients[1], 1e-11);
        }
        // Far beyond what the exponential can hold, the value is still that of closed gates.
        BinaryOperator operator = initialized(new GruOperator(), 4, DataType.FLOAT32);
        NDArray far = manager.ones(new Shape(2, 4)).mul(1e5);
        NDArray near = normal(DataType.FLOAT32, 2, 4);
        assertArrayEquals(
                operator.combine(store, far, near, true).toFloatArray(),
                operator.combine(store, far, near, false).toFloatArray(),
                1e-5f);
    }

    @Test
    void parametersAreThoseOfPyTorch() {
        BinaryOperator operator = initialized(new GruOperator(), 16, DataType.FLOAT32);
        assertEquals(
                List.of("weight_ih", "weight_hh", "bias_ih", "bias_hh"),
                operator.getParameters().keys());
        for (String name : operator.getParameters().keys()) {
            NDArray array = PlainMonoid.parameter(operator, name);
            assertEquals(
                    name.startsWith("weight") ? new Shape(48, 16) : new Shape(48),
                    array.getShape());
            float[] values = array.toFloatArray();
            double sum = 0;
            double squares = 0;
            for (float value : values) {
                assertTrue(Math.abs(value) <= 0.25, "within ±1/√16");
                sum += value;
                squares += value * value;
            }
            // U(−¼, ¼): mean 0, variance 1/48; five standard errors.
            double n = values.length;
            assertEquals(0, sum / n, 5 * Math.sqrt(1 / 48.0 / n));
            assertEquals(1 / 48.0, squares / n, 5 * Math.sqrt(4 / 45.0 / 256 / n));
        }
    }

    @Test
    void roundTrip() {
        NDArray left = normal(DataType.FLOAT32, 3, 6);
        NDArray right = normal(DataType.FLOAT32, 3, 6);
        Blocks.assertRoundTrip(
                manager,
                initialized(new GruOperator(), 6, DataType.FLOAT32),
                new GruOperator(),
                left,
                right);
        Blocks.assertRoundTrip(
                manager,
                initialized(new Symmetrized(new GruOperator()), 6, DataType.FLOAT32),
                new Symmetrized(new GruOperator()),
                left,
                right);
        Blocks.assertRoundTrip(
                manager,
                initialized(new MaxOperator(), 6, DataType.FLOAT32),
                new MaxOperator(),
                left,
                right);
    }

    @Test
    void describesItsOperandsAlsoAfterLoading() throws IOException, MalformedModelException {
        BinaryOperator operator = initialized(new SumOperator(), 6, DataType.FLOAT32);
        assertEquals(List.of("left", "right"), operator.describeInput().keys());
        BinaryOperator fresh = new SumOperator();
        load(fresh, Blocks.save(operator));
        assertEquals(List.of("left", "right"), fresh.describeInput().keys());
        assertEquals(new Shape(1, 6), fresh.describeInput().valueAt(0));
    }

    private void load(Block block, byte[] bytes) throws IOException, MalformedModelException {
        try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
            block.loadParameters(manager, in);
        }
    }

    @Test
    void damagedFilesAreRefused() {
        byte[] good = Blocks.save(initialized(new GruOperator(), 6, DataType.FLOAT32));
        byte[] version = good.clone();
        version[0] = 9;
        assertMalformed("expected the encoding version 1, but the file has 9", version);
        assertMalformed("input shapes, but the file has", withInt(good, 1, Integer.MAX_VALUE));
        assertMalformed("at most 3 axes", withInt(good, 5, Integer.MAX_VALUE));
        assertMalformed("an axis of length", withLong(good, 9, -7));
        assertMalformed("ends with the features", withLong(good, 17, 0));
        assertMalformed("at most 3 axes", withInt(good, 25, -1));
        // The features of the metadata are not those of the weight that follows.
        assertMalformed("expected the parameter weight_ih of shape", withLong(good, 17, 5));
        for (int length : new int[] {0, 1, 8, 20, 60, good.length - 1}) {
            byte[] truncated = Arrays.copyOf(good, length);
            assertThrows(
                    IOException.class,
                    () -> load(new GruOperator(), truncated),
                    "truncated to " + length);
        }
    }

    private void assertMalformed(String message, byte[] bytes) {
        MalformedModelException e =
                assertThrows(MalformedModelException.class, () -> load(new GruOperator(), bytes));
        assertTrue(e.getMessage().contains(message), e.getMessage());
        assertTrue(e.getMessage().startsWith("GruOperator: "), e.getMessage());
    }

    private static byte[] withInt(byte[] bytes, int at, int value) {
        byte[] copy = bytes.clone();
        ByteBuffer.wrap(copy).putInt(at, value);
        return copy;
    }

    private static byte[] withLong(byte[] bytes, int at, long value) {
        byte[] copy = bytes.clone();
        ByteBuffer.wrap(copy).putLong(at, value);
        return copy;
    }

    @Test
    void badOperandsGetOneSentence() {
        BinaryOperator operator = initialized(new GruOperator(), 6, DataType.FLOAT32);
        assertMessage(
                "GruOperator: the operands must be two arrays of one shape [rows, 6], but have the"
                        + " shapes (2, 5) and (2, 5)",
                () ->
                        Blocks.infer(
                                manager,
                                operator,
                                normal(DataType.FLOAT32, 2, 5),
                                normal(DataType.FLOAT32, 2, 5)));
        assertMessage(
                "GruOperator: the operands must be two arrays of one shape [rows, features], but"
                        + " have the shapes [(2, 6), (3, 6)]",
                () ->
                        Blocks.infer(
                                manager,
                                operator,
                                normal(DataType.FLOAT32, 2, 6),
                                normal(DataType.FLOAT32, 3, 6)));
        assertMessage(
                "SumOperator: the operands must be two arrays of one shape [rows, features], but"
                        + " have the shapes [(2, 6)]",
                () -> Blocks.infer(manager, new SumOperator(), normal(DataType.FLOAT32, 2, 6)));
        assertMessage("Symmetrized: the operator must not be null", () -> new Symmetrized(null));
    }

    static void assertMessage(String message, Runnable action) {
        assertEquals(
                message, assertThrows(IllegalArgumentException.class, action::run).getMessage());
    }
}
