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
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
import java.util.Random;
import org.binaryops.testing.Blocks;
import org.binaryops.testing.Gradients;
import org.junit.jupiter.api.Test;

/** Hard tanh and RPReLU against their formulas, in float64. */
class ActivationBlocksTest {

    @Test
    void hardTanhAndItsDerivative() {
        Random random = new Random(1);
        double[] x = random.doubles(40, -2, 2).toArray();
        double beyond = Math.nextUp(1.0);
        System.arraycopy(new double[] {0, 1, -1, beyond, -beyond, 1e-300, -1e-300}, 0, x, 0, 7);
        double[] up = random.doubles(40, -1, 1).toArray();
        double[] y = new double[x.length];
        double[] dx = new double[x.length];
        for (int i = 0; i < x.length; ++i) {
            y[i] = x[i] > 1 ? 1 : x[i] < -1 ? -1 : x[i];
            dx[i] = Math.abs(x[i]) <= 1 ? up[i] : 0;
        }
        assertArrayEquals(y, Gradients.values(x, HardTanh::hardTanh));
        // 0 and -0 are the same number here.
        assertArrayEquals(dx, Gradients.at(x, up, HardTanh::hardTanh), 1e-300);
    }

    @Test
    void hardTanhKeepsNothingInBuffersOfTheJvm() {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray x = manager.create(new double[] {-3, -0.5, 0.5, 3});
            x.setRequiresGradient(true);
            try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
                NDArray sum = HardTanh.hardTanh(x).sum();
                Gradients.backward(collector, sum, true);
            }
            assertArrayEquals(new double[] {0, 1, 1, 0}, x.getGradient().toDoubleArray());
        }
    }

    @Test
    void rpreluFollowsItsFormula() {
        int batch = 2;
        int channels = 3;
        int pixels = 4;
        Random random = new Random(2);
        double[] x = random.doubles(batch * channels * pixels, -2, 2).toArray();
        double[] up = random.doubles(x.length, -1, 1).toArray();
        double[] b = {0.5, 0, -0.25};
        double[] a = {0.25, -0.5, 1.5};
        double[] d = {0, 0.125, -2};
        // On the kink, z = 0, where the derivative is the slope.
        x[0] = -b[0];
        x[pixels] = -b[1];
        double[] y = new double[x.length];
        double[] dx = new double[x.length];
        double[] db = new double[channels];
        double[] da = new double[channels];
        double[] dd = new double[channels];
        for (int i = 0; i < x.length; ++i) {
            int c = i / pixels % channels;
            double z = x[i] + b[c];
            y[i] = (z > 0 ? z : a[c] * z) + d[c];
            dx[i] = (z > 0 ? 1 : a[c]) * up[i];
            db[c] += dx[i];
            da[c] += Math.min(z, 0) * up[i];
            dd[c] += up[i];
        }
        try (NDManager manager = NDManager.newBaseManager()) {
            Shape shape = new Shape(batch, channels, 2, 2);
            RPReLU block = Blocks.initialize64(manager, new RPReLU(), shape);
            assertArrayEquals(new double[channels], parameter(block, "innerShift").toDoubleArray());
            assertArrayEquals(
                    new double[] {0.25, 0.25, 0.25}, parameter(block, "slope").toDoubleArray());
            assertArrayEquals(new double[channels], parameter(block, "outerShift").toDoubleArray());
            parameter(block, "innerShift").set(b);
            parameter(block, "slope").set(a);
            parameter(block, "outerShift").set(d);
            NDArray input = manager.create(x, shape);
            input.setRequiresGradient(true);
            try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
                NDArray output = Blocks.train(manager, block, input).singletonOrThrow();
                assertArrayEquals(y, output.toDoubleArray(), 1e-15);
                Gradients.backward(collector, output.mul(manager.create(up, shape)).sum(), true);
            }
            assertArrayEquals(dx, input.getGradient().toDoubleArray(), 1e-14);
            assertArrayEquals(db, gradient(block, "innerShift"), 1e-14);
            assertArrayEquals(da, gradient(block, "slope"), 1e-14);
            assertArrayEquals(dd, gradient(block, "outerShift"), 1e-14);
            Blocks.assertRoundTrip(manager, block, new RPReLU(), input);
        }
    }

    @Test
    void bothTakeFeaturesToo() {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray x = manager.create(new double[] {-4, 2, 1, -8}, new Shape(2, 2));
            RPReLU block = Blocks.initialize64(manager, new RPReLU(), x.getShape());
            assertArrayEquals(
                    new double[] {-1, 2, 1, -2},
                    Blocks.infer(manager, block, x).singletonOrThrow().toDoubleArray());
            HardTanh hardTanh = Blocks.initialize64(manager, new HardTanh(), x.getShape());
            assertArrayEquals(
                    new double[] {-1, 1, 1, -1},
                    Blocks.infer(manager, hardTanh, x).singletonOrThrow().toDoubleArray());
            Blocks.assertRoundTrip(manager, hardTanh, new HardTanh(), x);
            assertMessage(
                    "RPReLU was initialized for 2 channels, but got an input of shape (2, 3).",
                    () -> Blocks.infer(manager, block, manager.ones(new Shape(2, 3))));
            assertMessage(
                    "RPReLU takes an input of shape [batch, channels, ...], but got (3).",
                    () -> Blocks.initialize64(manager, new RPReLU(), new Shape(3)));
        }
    }

    private static NDArray parameter(RPReLU block, String name) {
        return block.getDirectParameters().get(name).getArray();
    }

    private static double[] gradient(RPReLU block, String name) {
        return parameter(block, name).getGradient().toDoubleArray();
    }

    private static void assertMessage(
            String message, org.junit.jupiter.api.function.Executable action) {
        assertEquals(message, assertThrows(IllegalArgumentException.class, action).getMessage());
    }
}
