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
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
import java.util.Random;
import org.binaryops.packed.reuse.ReuseTree;
import org.binaryops.quantizer.DoReFaWeight;
import org.binaryops.quantizer.StraightThroughSign;
import org.binaryops.testing.Gradients;
import org.junit.jupiter.api.Test;

/** The distance of units in their tree as a loss: value, gradient, and what descent makes of it. */
class TreeRegularizerTest {

    private static final int UNITS = 9;
    private static final int WIDTH = 20;

    private static double clipped(double w) {
        return Math.max(-1, Math.min(1, w));
    }

    @Test
    void valueAndGradientAreTheFormulas() {
        double lambda = 0.3;
        Random random = new Random(3);
        double[] w = new double[UNITS * WIDTH];
        for (int i = 0; i < w.length; ++i) {
            w[i] = 1.3 * random.nextGaussian();
        }
        // A twin, a negated twin, and the edges of the clipping.
        for (int k = 0; k < WIDTH; ++k) {
            w[WIDTH + k] = 0.9 * w[k];
            w[2 * WIDTH + k] = -0.8 * w[k];
        }
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray weight = manager.create(w, new Shape(UNITS, WIDTH / 4, 2, 2));
            weight.setRequiresGradient(true);
            ReuseTree tree = TreeRegularizer.tree(weight, 3);
            assertTrue(tree.depth() <= 3);
            double expected = 0;
            double[] slopes = new double[w.length];
            boolean negated = false;
            for (int c = 0; c < UNITS; ++c) {
                int p = tree.parent(c);
                if (p < 0) {
                    continue;
                }
                negated |= tree.isNegated(c);
                double s = tree.isNegated(c) ? -1 : 1;
                for (int k = 0; k < WIDTH; ++k) {
                    double child = w[c * WIDTH + k];
                    double parent = w[p * WIDTH + k];
                    double difference = clipped(child) - s * clipped(parent);
                    expected += lambda / 2 * Math.abs(difference);
                    double slope = lambda / 2 * Math.signum(difference);
                    slopes[c * WIDTH + k] += Math.abs(child) <= 1 ? slope : 0;
                    slopes[p * WIDTH + k] -= Math.abs(parent) <= 1 ? s * slope : 0;
                }
            }
            assertTrue(negated);
            TreeRegularizer regularizer = new TreeRegularizer(lambda, 3);
            try (GradientCollector collector = manager.getEngine().newGradientCollector()) {
                NDArray penalty = regularizer.penalty(weight, new StraightThroughSign());
                Gradients.backward(collector, penalty);
                assertEquals(expected, penalty.toDoubleArray()[0], 1e-12);
            }
            assertArrayEquals(slopes, weight.getGradient().toDoubleArray(), 1e-12);
        }
    }

    @Test
    void onSignsItIsTheDistanceOfTheTree() {
        Random random = new Random(4);
        float[] w = new float[UNITS * WIDTH];
        for (int i = 0; i < w.length; ++i) {
            w[i] = random.nextBoolean() ? 1 : -1;
        }
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray weight = manager.create(w, new Shape(UNITS, WIDTH));
            long distance = TreeRegularizer.tree(weight, UNITS).totalDistance();
            NDArray penalty =
                    new TreeRegularizer(1, UNITS).penalty(weight, new StraightThroughSign());
            assertEquals(distance, penalty.toFloatArray()[0], 1e-3);
        }
    }

    @Test
    void descentShrinksTheTree() {
        try (NDManager manager = NDManager.newBaseManager()) {
            manager.getEngine().setRandomSeed(1);
            NDArray weight = manager.randomUniform(-1, 1, new Shape(32, 100));
            weight.setRequiresGradient(true);
            long before = TreeRegularizer.tree(weight, 8).operations();
            TreeRegularizer regularizer = new TreeRegularizer(1, 8);
            for (int step = 0; step < 60; ++step) {
                try (NDManager sub = manager.newSubManager();
                        GradientCollector collector = manager.getEngine().newGradientCollector()) {
                    NDArray penalty = regularizer.penalty(weight, new StraightThroughSign());
                    penalty.attach(sub);
                    Gradients.backward(collector, penalty);
                }
                try (NDArray gradient = weight.getGradient();
                        NDArray change = gradient.mul(0.02)) {
                    weight.subi(change);
                    gradient.subi(gradient.duplicate());
                }
                if (step % 10 == 9) {
                    regularizer.onEpoch(null);
                }
            }
            long after = TreeRegularizer.tree(weight, 8).operations();
            assertTrue(after < 0.6 * before, before + " products before, " + after + " after");
        }
    }

    @Test
    void onlyOneBitMatricesHaveATree() {
        try (NDManager manager = NDManager.newBaseManager()) {
            TreeRegularizer regularizer = new TreeRegularizer(1, 2);
            NDArray weight = manager.ones(new Shape(3, 4));
            assertNull(regularizer.penalty(weight, new DoReFaWeight(2)));
            NDArray vector = manager.ones(new Shape(3));
            assertNull(regularizer.penalty(vector, new StraightThroughSign()));
        }
        assertThrows(IllegalArgumentException.class, () -> new TreeRegularizer(Double.NaN, 1));
        assertThrows(IllegalArgumentException.class, () -> new TreeRegularizer(1, 0));
    }
}
