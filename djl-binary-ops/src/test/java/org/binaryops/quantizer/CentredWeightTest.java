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
package org.binaryops.quantizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.ParameterStore;
import java.util.Random;
import org.binaryops.testing.Blocks;
import org.binaryops.testing.Gradients;
import org.binaryops.testing.Leaks;
import org.junit.jupiter.api.Test;

/** Weights that are centred before they are quantized. */
class CentredWeightTest {

    private static final int ROWS = 3;
    private static final int COLUMNS = 5;

    private static NDArray quantize(CentredWeight quantizer, NDArray w, Shape shape) {
        ParameterStore store = new ParameterStore(w.getManager(), false);
        return quantizer.quantize(store, w.reshape(shape), true).flatten();
    }

    @Test
    void theSignIsThatOfTheCentredWeightsAndTheGradientLosesItsMean() {
        Random random = new Random(7);
        double[] w = random.doubles(ROWS * COLUMNS, -1, 2).toArray();
        double[] up = random.doubles(w.length, -1, 1).toArray();
        double[] expected = new double[w.length];
        double[] gradient = new double[w.length];
        boolean clipped = false;
        for (int r = 0; r < ROWS; ++r) {
            double mean = 0;
            for (int c = 0; c < COLUMNS; ++c) {
                mean += w[r * COLUMNS + c] / COLUMNS;
            }
            double through = 0;
            for (int c = 0; c < COLUMNS; ++c) {
                int i = r * COLUMNS + c;
                expected[i] = w[i] - mean >= 0 ? 1 : -1;
                gradient[i] = Math.abs(w[i] - mean) <= 1 ? up[i] : 0;
                clipped |= gradient[i] == 0;
                through += gradient[i] / COLUMNS;
            }
            for (int c = 0; c < COLUMNS; ++c) {
                gradient[r * COLUMNS + c] -= through;
            }
        }
        assertTrue(clipped, "the points reach beyond the window");
        Shape shape = new Shape(ROWS, COLUMNS, 1);
        CentredWeight quantizer = new CentredWeight(new StraightThroughSign());
        assertArrayEquals(expected, Gradients.values(w, x -> quantize(quantizer, x, shape)));
        assertArrayEquals(gradient, Gradients.at(w, up, x -> quantize(quantizer, x, shape)), 1e-14);
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray frozen =
                    quantizer.quantizeFrozen(
                            new ParameterStore(manager, false), manager.create(w, shape));
            assertArrayEquals(expected, frozen.toDoubleArray());
        }
    }

    @Test
    void savesAndLoadsWithItsQuantizer() {
        try (NDManager manager = NDManager.newBaseManager()) {
            BiPer inner = new BiPer();
            CentredWeight trained = new CentredWeight(inner);
            trained.initialize(manager, DataType.FLOAT32, new Shape(4, 6));
            inner.setStage(BiPer.Stage.BINARY);
            CentredWeight fresh = new CentredWeight(new BiPer());
            assertFalse(fresh.isBinary());
            Blocks.assertRoundTrip(manager, trained, fresh, manager.randomNormal(new Shape(4, 6)));
            assertTrue(fresh.isBinary());
        }
    }

    @Test
    void nothingLeaks() {
        try (NDManager manager = NDManager.newBaseManager()) {
            CentredWeight quantizer = new CentredWeight(new StraightThroughSign());
            NDArray w = manager.randomNormal(new Shape(4, 6));
            ParameterStore store = new ParameterStore(manager, false);
            Leaks.assertNothingLeft(
                    manager,
                    5,
                    step -> {
                        quantizer.quantize(store, w, true).close();
                        quantizer.quantizeFrozen(store, w).close();
                    });
        }
    }

    @Test
    void badInputIsNamed() {
        assertEquals(
                "quantizer must be given, but was null.",
                assertThrows(IllegalArgumentException.class, () -> new CentredWeight(null))
                        .getMessage());
        try (NDManager manager = NDManager.newBaseManager()) {
            CentredWeight quantizer = new CentredWeight(new StraightThroughSign());
            NDArray vector = manager.ones(new Shape(3));
            assertEquals(
                    "CentredWeight takes weights of two axes or more, the first the output"
                            + " channel, but got shape (3).",
                    assertThrows(
                                    IllegalArgumentException.class,
                                    () -> Blocks.infer(manager, quantizer, vector))
                            .getMessage());
        }
    }
}
