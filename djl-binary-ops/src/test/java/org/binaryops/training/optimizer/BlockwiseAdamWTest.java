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
import ai.djl.training.tracker.Tracker;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BlockwiseAdamWTest {

    /** The formula, for one number over some gradients. */
    private static double expected(double w, double decay, double clip, double... gradients) {
        double m = 0;
        double v = 0;
        for (int t = 1; t <= gradients.length; ++t) {
            double g = gradients[t - 1] / 2;
            g = clip < 0 ? g : Math.max(-clip, Math.min(clip, g));
            m = .8 * m + .2 * g;
            v = .99 * v + .01 * g * g;
            double unbiased = v / (1 - Math.pow(.99, t));
            w = (1 - .125 * decay) * w;
            w -= .125 / (1 - Math.pow(.8, t)) * m / (Math.sqrt(unbiased) + 1e-3);
        }
        return w;
    }

    /** Several blocks, a ragged last one, rows longer than a block, one row, a scalar. */
    @ParameterizedTest
    @CsvSource({"3,5,0", "1300,1001,.25", "3,600000,0", "1,4,.5", "0,0,.25"})
    void followsTheFormula(long rows, long columns, float decay) {
        Shape shape = rows == 0 ? new Shape() : new Shape(rows, columns);
        int size = (int) shape.size();
        for (float clip : new float[] {-1, .5f}) {
            try (NDManager manager = NDManager.newBaseManager();
                    BlockwiseAdamW optimizer =
                            BlockwiseAdamW.builder()
                                    .optLearningRateTracker(Tracker.fixed(.125f))
                                    .optBeta1(.8)
                                    .optBeta2(.99)
                                    .optEpsilon(1e-3)
                                    .optWeightDecays(decay)
                                    .setRescaleGrad(.5f)
                                    .optClipGrad(clip)
                                    .build()) {
                Random random = new Random(size);
                double[] start = random.doubles(size, -2, 2).toArray();
                NDArray w = manager.zeros(shape, ai.djl.ndarray.types.DataType.FLOAT64);
                w.addi(manager.create(start, shape));
                w.setRequiresGradient(true);
                double[][] gradients = new double[3][];
                for (int t = 0; t < 3; ++t) {
                    gradients[t] = random.doubles(size, -3, 3).toArray();
                    try (NDArray g = manager.create(gradients[t], shape)) {
                        optimizer.update("w", w, g);
                        assertEquals(
                                0, g.abs().max().toDoubleArray()[0], "the gradient is cleared");
                    }
                }
                double[] got = w.toDoubleArray();
                for (int i = 0; i < size; ++i) {
                    double e =
                            expected(
                                    start[i],
                                    decay,
                                    clip,
                                    gradients[0][i],
                                    gradients[1][i],
                                    gradients[2][i]);
                    assertEquals(e, got[i], 1e-12);
                }
            }
        }
    }

    @Test
    void anInfiniteGradientDoesNotStay() {
        try (NDManager manager = NDManager.newBaseManager();
                BlockwiseAdamW optimizer = BlockwiseAdamW.builder().build()) {
            NDArray w = manager.ones(new Shape(2));
            NDArray g = manager.create(new float[] {Float.NaN, Float.POSITIVE_INFINITY});
            optimizer.update("w", w, g);
            assertArrayEquals(new float[2], g.toFloatArray());
        }
    }

    @Test
    void keepsNothingOnTheManagerAndNothingAfterClosing() {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray w = manager.ones(new Shape(7, 3));
            NDArray g = manager.ones(new Shape(7, 3));
            BlockwiseAdamW optimizer = BlockwiseAdamW.builder().build();
            optimizer.update("w", w, g);
            assertEquals(2, manager.getManagedArrays().size());
            optimizer.close();
            IllegalStateException e =
                    assertThrows(IllegalStateException.class, () -> optimizer.update("w", w, g));
            assertEquals("The optimizer was closed.", e.getMessage());
        }
    }

    @Test
    void badSettingsGetOneSentence() {
        BlockwiseAdamW.Builder[] bad = {
            BlockwiseAdamW.builder().optBeta1(1),
            BlockwiseAdamW.builder().optBeta2(Double.NaN),
            BlockwiseAdamW.builder().optEpsilon(0)
        };
        String[] names = {"beta1", "beta2", "epsilon"};
        for (int i = 0; i < bad.length; ++i) {
            IllegalArgumentException e =
                    assertThrows(IllegalArgumentException.class, bad[i]::build);
            assertTrue(e.getMessage().startsWith(names[i] + " must be"), e.getMessage());
        }
    }
}
