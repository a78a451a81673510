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
package org.binaryops.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
import java.util.Random;
import org.binaryops.testing.Gradients;
import org.junit.jupiter.api.Test;

class MeanSquaredErrorTest {

    @Test
    void valueAndGradientFollowTheFormulaAlsoAfterAGarbageCollection() {
        Random random = new Random(4);
        double[] y = random.doubles(12, -3, 3).toArray();
        double[] p = random.doubles(12, -3, 3).toArray();
        p[5] = y[5];
        double mean = 0;
        double[] gradient = new double[12];
        for (int i = 0; i < 12; ++i) {
            mean += (p[i] - y[i]) * (p[i] - y[i]) / 12;
            gradient[i] = 2 * (p[i] - y[i]) / 12;
        }
        for (boolean collect : new boolean[] {false, true}) {
            try (NDManager manager = NDManager.newBaseManager()) {
                NDArray predictions = manager.create(p, new Shape(4, 3));
                predictions.setRequiresGradient(true);
                NDArray labels = manager.create(y, new Shape(12));
                try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
                    // As in a network, the prediction is no leaf.
                    NDArray loss =
                            new MeanSquaredError()
                                    .evaluate(new NDList(labels), new NDList(predictions.add(0)));
                    assertEquals(mean, loss.toDoubleArray()[0], 1e-14);
                    Gradients.backward(collector, loss, collect);
                }
                assertArrayEquals(gradient, predictions.getGradient().toDoubleArray(), 1e-15);
            }
        }
    }

    @Test
    void leavesOneArrayOnTheManagerOfThePredictionAndNoneOnTheLabels() {
        try (NDManager manager = NDManager.newBaseManager();
                NDManager ofLabels = manager.newSubManager();
                NDManager ofOutput = manager.newSubManager()) {
            NDList labels = new NDList(ofLabels.ones(new Shape(4, 1)));
            NDList output = new NDList(ofOutput.zeros(new Shape(4, 1)));
            assertEquals(1f, new MeanSquaredError().evaluate(labels, output).getFloat());
            assertEquals(1, ofLabels.getManagedArrays().size());
            assertEquals(2, ofOutput.getManagedArrays().size());
        }
    }

    @Test
    void labelsOfAnotherSizeGetOneSentence() {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDList labels = new NDList(manager.ones(new Shape(3)));
            NDList output = new NDList(manager.ones(new Shape(4, 1)));
            MeanSquaredError loss = new MeanSquaredError("error");
            assertEquals("error", loss.getName());
            IllegalArgumentException e =
                    assertThrows(
                            IllegalArgumentException.class, () -> loss.evaluate(labels, output));
            assertTrue(e.getMessage().startsWith("labels must have as many"), e.getMessage());
        }
    }
}
