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
package org.binaryops.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.ndarray.types.SparseFormat;
import ai.djl.nn.core.Embedding;
import ai.djl.training.GradientCollector;
import ai.djl.training.ParameterStore;
import java.util.Random;
import org.binaryops.quantizer.AffineQuantizer;
import org.binaryops.quantizer.ElasticQuantizer;
import org.binaryops.quantizer.Identity;
import org.binaryops.quantizer.Quantizer;
import org.binaryops.quantizer.StatisticsWeightQuantizer;
import org.binaryops.quantizer.StraightThroughSign;
import org.binaryops.testing.Blocks;
import org.binaryops.testing.Gradients;
import org.binaryops.testing.Leaks;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Quantized tables against look-ups written out in plain Java. */
class QuantEmbeddingTest {

    private static final int ITEMS = 7;
    private static final int DIMENSION = 5;

    private static QuantEmbedding embedding(Quantizer quantizer, boolean rowWise) {
        return QuantEmbedding.builder()
                .setItems(ITEMS)
                .setDimension(DIMENSION)
                .optWeightQuantizer(quantizer)
                .optRowWise(rowWise)
                .build();
    }

    private static NDArray table(QuantEmbedding embedding) {
        return embedding.getDirectParameters().get("weight").getArray();
    }

    /** TBT with 2 bits: levels −α, 0, α with α = 4/3 mean|row|, backward the identity. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void followsItsFormula(boolean rowWise) {
        // Items 2 and 5 appear several times, 0 and 6 are the ends, 1 never appears.
        long[] x = {2, 5, 0, 6, 2, 2, 3, 5, 4, 0, 6, 2};
        double[] up = new Random(1).doubles(x.length * DIMENSION, -1, 1).toArray();
        try (NDManager manager = NDManager.newBaseManager()) {
            QuantEmbedding embedding = embedding(new StatisticsWeightQuantizer(2), rowWise);
            Blocks.initialize64(manager, embedding, new Shape(3, 2, 2));
            double[] w = table(embedding).toDoubleArray();
            double[] y = new double[up.length];
            double[] dw = new double[w.length];
            for (int i = 0; i < x.length; ++i) {
                int row = (int) x[i] * DIMENSION;
                double alpha = 0;
                for (int k = 0; k < DIMENSION; ++k) {
                    alpha += 4.0 / 3 * Math.abs(w[row + k]) / DIMENSION;
                }
                for (int k = 0; k < DIMENSION; ++k) {
                    double level = Math.rint(Math.max(-1, Math.min(1, w[row + k] / alpha)));
                    y[i * DIMENSION + k] = alpha * level;
                    dw[row + k] += up[i * DIMENSION + k];
                }
            }
            NDArray indices = manager.create(x, new Shape(3, 2, 2));
            try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
                NDArray output = Blocks.train(manager, embedding, indices).singletonOrThrow();
                assertEquals(new Shape(3, 2, 2, DIMENSION), output.getShape());
                assertArrayEquals(y, output.toDoubleArray(), 1e-12);
                Gradients.backward(
                        collector, output.mul(manager.create(up, output.getShape())).sum());
            }
            assertArrayEquals(dw, table(embedding).getGradient().toDoubleArray(), 1e-12);
        }
    }

    @Test
    void theRowsAreTheChannelsOfTheQuantizer() {
        try (NDManager manager = NDManager.newBaseManager()) {
            AffineQuantizer quantizer = AffineQuantizer.builder().setBits(4).optAxis(0).build();
            QuantEmbedding embedding = embedding(quantizer, false);
            Blocks.initialize64(manager, embedding, new Shape(1));
            NDArray table = table(embedding);
            quantizer.calibrate(table, org.binaryops.quantizer.Calibration.minMax());
            double[] w = table.toDoubleArray();
            double[] y =
                    Blocks.infer(manager, embedding, manager.arange(ITEMS))
                            .singletonOrThrow()
                            .toDoubleArray();
            for (int i = 0; i < w.length; ++i) {
                double most = 0;
                for (int k = i - i % DIMENSION; k < i - i % DIMENSION + DIMENSION; ++k) {
                    most = Math.max(most, Math.abs(w[k]));
                }
                assertEquals(Math.rint(w[i] / (most / 7)) * (most / 7), y[i], 1e-12);
            }
            NDArray quantized =
                    embedding.quantizedWeight(new ParameterStore(manager, false), table);
            assertArrayEquals(y, quantized.toDoubleArray(), 0);
        }
    }

    /** An elastic step learns from the whole table, with or without the rows looked up. */
    @Test
    void statisticsComeFromTheWholeTable() {
        try (NDManager manager = NDManager.newBaseManager()) {
            QuantEmbedding embedding = embedding(ElasticQuantizer.signed(4), false);
            Blocks.initialize64(manager, embedding, new Shape(1));
            NDArray one = manager.create(new int[] {3});
            NDArray y = Blocks.train(manager, embedding, one).singletonOrThrow();
            double mean = table(embedding).abs().mean().getDouble();
            double alpha = 2 * mean / Math.sqrt(7);
            double[] row = table(embedding).get(3).toDoubleArray();
            for (int k = 0; k < DIMENSION; ++k) {
                double level = Math.max(-8, Math.min(7, Math.rint(row[k] / alpha)));
                assertEquals(alpha * level, y.getDouble(0, k), 1e-12);
            }
        }
    }

    @Test
    void withoutQuantizerItIsTheLayerOfDjlExactly() {
        try (NDManager manager = NDManager.newBaseManager()) {
            QuantEmbedding embedding = embedding(new Identity(), false);
            embedding.initialize(manager, DataType.FLOAT32, new Shape(2, 3));
            NDArray x = manager.create(new long[] {1, 2, 6, 0, 4, 4}, new Shape(2, 3));
            NDArray expected =
                    Embedding.embedding(x, table(embedding), SparseFormat.DENSE).singletonOrThrow();
            for (DataType type :
                    new DataType[] {
                        DataType.INT64, DataType.INT32, DataType.INT8, DataType.UINT8
                    }) {
                NDArray y =
                        Blocks.infer(manager, embedding, x.toType(type, true)).singletonOrThrow();
                assertEquals(expected, y, type.name());
            }
            NDArray scalar = manager.create(6L);
            assertEquals(
                    new Shape(DIMENSION),
                    Blocks.infer(manager, embedding, scalar).singletonOrThrow().getShape());
            NDArray empty = manager.create(new long[0], new Shape(2, 0));
            assertEquals(
                    new Shape(2, 0, DIMENSION),
                    Blocks.infer(manager, embedding, empty).singletonOrThrow().getShape());
        }
    }

    @Test
    void savesAndLoadsAndLeaksNothing() {
        try (NDManager manager = NDManager.newBaseManager()) {
            for (boolean rowWise : new boolean[] {false, true}) {
                QuantEmbedding embedding = embedding(new StraightThroughSign(), rowWise);
                embedding.initialize(manager, DataType.FLOAT32, new Shape(3));
                Leaks.assertNothingLeft(
                        manager,
                        5,
                        step -> {
                            NDArray x = step.create(new int[] {1, 5, 1});
                            try (GradientCollector collector =
                                    Engine.getInstance().newGradientCollector()) {
                                NDArray y = Blocks.train(step, embedding, x).singletonOrThrow();
                                assertEquals(step, y.getManager());
                                Gradients.backward(collector, y.sum());
                            }
                            Blocks.infer(step, embedding, x);
                        });
                Blocks.assertRoundTrip(
                        manager,
                        embedding,
                        embedding(new StraightThroughSign(), rowWise),
                        manager.create(new int[] {6, 0, 2}));
            }
            QuantEmbedding trained = embedding(new StraightThroughSign(), false);
            trained.initialize(manager, DataType.FLOAT32, new Shape(3));
            AssertionError error =
                    assertThrows(
                            AssertionError.class,
                            () ->
                                    Blocks.assertRoundTrip(
                                            manager,
                                            trained,
                                            embedding(new StraightThroughSign(), true),
                                            manager.create(new int[] {0})));
            assertEquals(
                    "QuantEmbedding: this layer has 7 items of dimension 5, quantized row by row,"
                            + " but the file has 7 items of dimension 5, quantized as a whole",
                    error.getCause().getMessage());
        }
    }

    @Test
    void badInputIsNamed() {
        assertMessage(
                "items must be set and positive, but was 0.",
                () -> QuantEmbedding.builder().setDimension(2).build());
        assertMessage(
                "dimension must be set and positive, but was -1.",
                () -> QuantEmbedding.builder().setItems(2).setDimension(-1).build());
        assertMessage("weightQuantizer must be given, but was null.", () -> embedding(null, false));
        try (NDManager manager = NDManager.newBaseManager()) {
            QuantEmbedding embedding = embedding(new Identity(), false);
            embedding.initialize(manager, DataType.FLOAT32, new Shape(2));
            assertMessage(
                    "QuantEmbedding takes indices of an integer type, but got float32.",
                    () -> Blocks.infer(manager, embedding, manager.ones(new Shape(2))));
            for (int wrong : new int[] {-1, 7, 300}) {
                assertMessage(
                        "QuantEmbedding takes indices of at least 0 and less than 7, the number of"
                                + " items, but got one outside, in an input of shape (1, 2).",
                        () ->
                                Blocks.infer(
                                        manager,
                                        embedding,
                                        manager.create(new int[] {3, wrong}, new Shape(1, 2))));
            }
            assertMessage(
                    "QuantEmbedding takes 1 input, but got 2.",
                    () ->
                            embedding(new Identity(), false)
                                    .initialize(
                                            manager, DataType.FLOAT32, new Shape(1), new Shape(1)));
        }
    }

    private static void assertMessage(String message, Executable action) {
        assertEquals(message, assertThrows(IllegalArgumentException.class, action).getMessage());
    }
}
