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
import ai.djl.training.GradientCollector;
import org.binaryops.testing.Blocks;
import org.binaryops.testing.Garbage;
import org.binaryops.testing.Gradients;
import org.junit.jupiter.api.Test;

class ThermometerEncodingTest {

    @Test
    void eachFeatureGivesItsValuesSideBySide() {
        try (NDManager manager = NDManager.newBaseManager()) {
            ThermometerEncoding encoding = ThermometerEncoding.uniform(3, 0, 1);
            assertArrayEquals(new double[] {.25, .5, .75}, encoding.getThresholds());
            encoding.initialize(manager, DataType.FLOAT32, new Shape(2, 2));
            NDArray x = manager.create(new float[] {.25f, .6f, -1, 5}, new Shape(2, 2));
            NDArray y = Blocks.infer(manager, encoding, x).singletonOrThrow();
            assertEquals(new Shape(2, 6), y.getShape());
            assertArrayEquals(
                    new float[] {1, -1, -1, 1, 1, -1, -1, -1, -1, 1, 1, 1}, y.toFloatArray());
        }
    }

    @Test
    void aThresholdIsReachedExactlyAtItself() {
        try (NDManager manager = NDManager.newBaseManager()) {
            float[] thresholds = {-1e-40f, 1e-3f, 0.1f, 1f / 3, 1e30f};
            for (float theta : thresholds) {
                ThermometerEncoding encoding = ThermometerEncoding.of(theta);
                encoding.initialize(manager, DataType.FLOAT32, new Shape(1, 1));
                NDArray x =
                        manager.create(
                                new float[] {Math.nextDown(theta), theta, Math.nextUp(theta)},
                                new Shape(3, 1));
                assertArrayEquals(
                        new float[] {-1, 1, 1},
                        Blocks.infer(manager, encoding, x).singletonOrThrow().toFloatArray(),
                        "threshold " + theta);
            }
        }
    }

    @Test
    void theGradientIsSummedOverTheThresholds() {
        try (NDManager manager = NDManager.newBaseManager()) {
            ThermometerEncoding encoding = ThermometerEncoding.of(-2, 0, 0.5);
            Blocks.initialize64(manager, encoding, new Shape(1, 4));
            NDArray x = manager.create(new double[] {-3, -1, 0.2, 1.5}, new Shape(1, 4));
            x.setRequiresGradient(true);
            try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
                Gradients.backward(
                        collector, Blocks.train(manager, encoding, x).singletonOrThrow().sum());
            }
            // The number of thresholds at a distance of at most 1.
            assertArrayEquals(new double[] {1, 2, 2, 1}, x.getGradient().toDoubleArray(), 0);
        }
    }

    @Test
    void savesAndLoads() {
        try (NDManager manager = NDManager.newBaseManager()) {
            ThermometerEncoding trained = ThermometerEncoding.uniform(3, -2, 2);
            trained.initialize(manager, DataType.FLOAT32, new Shape(5, 4));
            Blocks.assertRoundTrip(
                    manager,
                    trained,
                    ThermometerEncoding.uniform(3, -2, 2),
                    manager.randomNormal(new Shape(5, 4)));
        }
    }

    @Test
    void badInputIsNamed() {
        assertMessage("There must be at least one threshold.", ThermometerEncoding::of);
        assertMessage(
                "The thresholds must be finite and ascending, but were [1.0, 1.0].",
                () -> ThermometerEncoding.of(1, 1));
        assertMessage(
                "The number of thresholds must be positive, but was 0.",
                () -> ThermometerEncoding.uniform(0, 0, 1));
        assertMessage(
                "The range must be finite and ascending, but was [1.0, 0.0].",
                () -> ThermometerEncoding.uniform(4, 1, 0));
    }

    private static void assertMessage(
            String message, org.junit.jupiter.api.function.Executable action) {
        assertEquals(message, assertThrows(IllegalArgumentException.class, action).getMessage());
    }

    @Test
    void thresholdsInFloat64OutliveTheBufferTheyWereMadeIn() {
        try (NDManager manager = NDManager.newBaseManager()) {
            double[] levels = {0.25, 0.75};
            ThermometerEncoding[] encodings = new ThermometerEncoding[100];
            for (int i = 0; i < encodings.length; ++i) {
                encodings[i] = ThermometerEncoding.of(levels);
                encodings[i].initialize(manager, DataType.FLOAT64, new Shape(1, 2));
            }
            Garbage.collectAndOverwrite();
            for (ThermometerEncoding encoding : encodings) {
                assertArrayEquals(
                        levels,
                        encoding.getParameters().get("thresholds").getArray().toDoubleArray());
            }
        }
    }
}
