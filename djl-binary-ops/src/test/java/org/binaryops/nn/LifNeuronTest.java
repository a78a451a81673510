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
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import ai.djl.training.GradientCollector;
import ai.djl.training.ParameterStore;
import java.util.Arrays;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.binaryops.quantizer.ArcTanSpike;
import org.binaryops.quantizer.PotentialDependentSpike;
import org.binaryops.quantizer.SpikeQuantizer;
import org.binaryops.testing.Blocks;
import org.binaryops.testing.Gradients;
import org.binaryops.testing.Leaks;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** Leaky integrate-and-fire neurons against backpropagation through time in plain Java. */
class LifNeuronTest {

    /** The dynamics and their gradient, written out; arrays are [steps][neurons]. */
    private record Plain(
            double tau, double reset, boolean decay, boolean detached, double threshold) {

        double[][][] forward(double[][] x) {
            int neurons = x[0].length;
            double[][] potentials = new double[x.length][neurons];
            double[][] spikes = new double[x.length][neurons];
            for (int i = 0; i < neurons; ++i) {
                double v = reset;
                for (int t = 0; t < x.length; ++t) {
                    double leak = v - reset;
                    v = decay ? v + (x[t][i] - leak) / tau : v - leak / tau + x[t][i];
                    potentials[t][i] = v;
                    spikes[t][i] = v >= threshold ? 1 : 0;
                    v = v >= threshold ? reset : v;
                }
            }
            return new double[][][] {potentials, spikes};
        }

        /** The gradient of Σ spikes ⊙ upstream, for given surrogate derivatives. */
        double[][] backward(
                double[][] potentials, double[][] spikes, double[][] slope, double[][] up) {
            int steps = up.length;
            double[][] dx = new double[steps][up[0].length];
            for (int i = 0; i < up[0].length; ++i) {
                // The gradient of the potential after the reset of step t.
                double dv = 0;
                for (int t = steps - 1; t >= 0; --t) {
                    double ds = up[t][i];
                    if (!detached) {
                        ds += dv * (reset - potentials[t][i]);
                    }
                    double du = dv * (1 - spikes[t][i]) + ds * slope[t][i];
                    dx[t][i] = decay ? du / tau : du;
                    dv = du * (1 - 1 / tau);
                }
            }
            return dx;
        }
    }

    private static double[][] arcTanSlope(double[][] v, double threshold) {
        double[][] slope = new double[v.length][v[0].length];
        for (int t = 0; t < v.length; ++t) {
            for (int i = 0; i < v[0].length; ++i) {
                double u = Math.PI / 2 * 2 * (v[t][i] - threshold);
                slope[t][i] = 1 / (1 + u * u);
            }
        }
        return slope;
    }

    /** σ over the potentials of steps 0 to t, of all neurons or of those of one channel. */
    private static double[][] dependentSlope(double[][] v, double threshold, int channels) {
        int neurons = v[0].length;
        double[][] slope = new double[v.length][neurons];
        for (int t = 0; t < v.length; ++t) {
            for (int i = 0; i < neurons; ++i) {
                int channel = i % channels;
                int n = 0;
                double mean = 0;
                for (int s = 0; s <= t; ++s) {
                    for (int k = channel; k < neurons; k += channels) {
                        mean += v[s][k];
                        ++n;
                    }
                }
                mean /= n;
                double squares = 0;
                for (int s = 0; s <= t; ++s) {
                    for (int k = channel; k < neurons; k += channels) {
                        squares += (v[s][k] - mean) * (v[s][k] - mean);
                    }
                }
                double sigma = n > 1 && squares > 0 ? Math.sqrt(squares / (n - 1)) : 1;
                double u = (v[t][i] - threshold - sigma / 2) / (Math.sqrt(2) * sigma);
                slope[t][i] = Math.exp(-u * u) / (Math.sqrt(2 * Math.PI) * sigma);
            }
        }
        return slope;
    }

    /** Brings [steps][batch · channels] into the layout of the block. */
    private static double[] laidOut(double[][] x, int batch, int timeAxis) {
        int steps = x.length;
        int each = x[0].length / batch;
        double[] y = new double[steps * batch * each];
        for (int t = 0; t < steps; ++t) {
            for (int b = 0; b < batch; ++b) {
                int at = timeAxis == 0 ? t * batch + b : b * steps + t;
                System.arraycopy(x[t], b * each, y, at * each, each);
            }
        }
        return y;
    }

    @Property(tries = 80)
    void followsItsFormulaForwardAndBackward(
            @ForAll @IntRange(min = 1, max = 7) int steps,
            @ForAll @IntRange(min = 1, max = 3) int batch,
            @ForAll @IntRange(min = 1, max = 3) int channels,
            @ForAll @IntRange(max = 1) int timeAxis,
            @ForAll @IntRange(max = 2) int surrogate,
            @ForAll boolean decay,
            @ForAll boolean detached,
            @ForAll boolean training,
            @ForAll Random random) {
        double tau = 1 + 3 * random.nextDouble();
        double reset = random.nextBoolean() ? 0 : -random.nextDouble();
        double threshold = random.nextBoolean() ? 1 : random.nextDouble();
        Plain plain = new Plain(tau, reset, decay, detached, threshold);
        double[][] x = new double[steps][];
        double[][] up = new double[steps][];
        for (int t = 0; t < steps; ++t) {
            x[t] = random.doubles(batch * channels, -1, decay ? 5 : 2).toArray();
            up[t] = random.doubles(batch * channels, -1, 1).toArray();
        }
        double[][][] run = plain.forward(x);
        SpikeQuantizer spike =
                switch (surrogate) {
                    case 0 -> new ArcTanSpike(threshold, 2);
                    case 1 -> new PotentialDependentSpike(threshold);
                    default -> PotentialDependentSpike.perChannel(threshold, 2);
                };
        double[][] slope =
                switch (surrogate) {
                    case 0 -> arcTanSlope(run[0], threshold);
                    case 1 -> dependentSlope(run[0], threshold, 1);
                    default -> dependentSlope(run[0], threshold, channels);
                };
        double[] dx = laidOut(plain.backward(run[0], run[1], slope, up), batch, timeAxis);
        LifNeuron neuron =
                LifNeuron.builder()
                        .optTau(tau)
                        .optResetPotential(reset)
                        .optDecayInput(decay)
                        .optDetachReset(detached)
                        .optTimeAxis(timeAxis)
                        .optSpike(spike)
                        .build();
        try (NDManager manager = NDManager.newBaseManager()) {
            Shape shape =
                    timeAxis == 0
                            ? new Shape(steps, batch, channels)
                            : new Shape(batch, steps, channels);
            Blocks.initialize64(manager, neuron, shape);
            NDArray input = manager.create(laidOut(x, batch, timeAxis), shape);
            assertArrayEquals(
                    laidOut(run[0], batch, timeAxis),
                    neuron.potentials(new ParameterStore(manager, false), input).toDoubleArray(),
                    1e-12);
            input.setRequiresGradient(true);
            try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
                NDArray spikes =
                        (training
                                        ? Blocks.train(manager, neuron, input)
                                        : Blocks.infer(manager, neuron, input))
                                .singletonOrThrow();
                assertEquals(neuron.getOutputShapes(new Shape[] {shape})[0], spikes.getShape());
                assertArrayEquals(
                        laidOut(run[1], batch, timeAxis), spikes.toDoubleArray(), "spikes");
                NDArray upstream = manager.create(laidOut(up, batch, timeAxis), shape);
                Gradients.backward(collector, spikes.mul(upstream).sum());
            }
            assertArrayEquals(dx, input.getGradient().toDoubleArray(), 1e-11);
        }
    }

    private static float[][] golden(LifNeuron neuron, float input, int steps) {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray x = manager.full(new Shape(steps, 1), input);
            NDArray v = neuron.potentials(new ParameterStore(manager, false), x);
            NDArray s = Blocks.infer(manager, neuron, x).singletonOrThrow();
            return new float[][] {v.toFloatArray(), s.toFloatArray()};
        }
    }

    /** Constant inputs, from the published code. */
    @Test
    void matchesThePublishedNumbers() {
        float[][] run = golden(LifNeuron.builder().build(), 1.5f, 6);
        assertArrayEquals(new float[] {.75f, 1.125f, .75f, 1.125f, .75f, 1.125f}, run[0]);
        assertArrayEquals(new float[] {0, 1, 0, 1, 0, 1}, run[1]);

        // In float32 the potential reaches 1 by rounding after 25 steps.
        run = golden(LifNeuron.builder().build(), 1, 20);
        assertArrayEquals(new float[] {.5f, .75f, .875f}, Arrays.copyOf(run[0], 3));
        assertArrayEquals(new float[20], run[1]);

        run = golden(LifNeuron.builder().build(), 3, 4);
        assertArrayEquals(new float[] {1.5f, 1.5f, 1.5f, 1.5f}, run[0]);
        assertArrayEquals(new float[] {1, 1, 1, 1}, run[1]);

        run = golden(LifNeuron.builder().optDecayInput(false).build(), .6f, 6);
        assertArrayEquals(new float[] {.6f, .9f, 1.05f, .6f, .9f, 1.05f}, run[0], 1e-6f);
        assertArrayEquals(new float[] {0, 0, 1, 0, 0, 1}, run[1]);
    }

    /** One neuron, X = 1.5 twice, L = S[2]: by hand, with g = 1 / (1 + π² (V − 1)²). */
    @Test
    void theGradientOfTwoStepsIsThatOfTheHand() {
        double g1 = 1 / (1 + Math.pow(Math.PI * -.25, 2));
        double g2 = 1 / (1 + Math.pow(Math.PI * .125, 2));
        for (boolean detached : new boolean[] {false, true}) {
            // V[2] = V[1] (1 − S[1]) / 2 + X[2] / 2, dV[1](1 − S[1])/dV[1] = 1 − .75 g1.
            double[] expected = {g2 * .5 * (detached ? 1 : 1 - .75 * g1) * .5, g2 * .5};
            try (NDManager manager = NDManager.newBaseManager()) {
                LifNeuron neuron = LifNeuron.builder().optDetachReset(detached).build();
                NDArray x = manager.create(new double[] {1.5, 1.5}, new Shape(2, 1));
                x.setRequiresGradient(true);
                try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
                    NDArray s = Blocks.infer(manager, neuron, x).singletonOrThrow();
                    assertArrayEquals(new double[] {0, 1}, s.toDoubleArray());
                    Gradients.backward(
                            collector, s.mul(manager.create(new double[][] {{0}, {1}})).sum());
                }
                assertArrayEquals(expected, x.getGradient().toDoubleArray(), 1e-15);
            }
        }
    }

    /** A rate code: the neuron must fire half of the time, which takes learned weights. */
    @Test
    void trainsThroughTime() {
        Engine.getInstance().setRandomSeed(5);
        try (NDManager manager = NDManager.newBaseManager()) {
            SequentialBlock net =
                    new SequentialBlock()
                            .add(Linear.builder().setUnits(16).build())
                            .add(LifNeuron.builder().build())
                            .add(Linear.builder().setUnits(1).build());
            Shape shape = new Shape(8, 32, 4);
            net.initialize(manager, DataType.FLOAT32, shape);
            NDArray x = manager.randomNormal(shape);
            // The sign of the first feature, averaged over time: what the net must report.
            NDArray target = x.get(":, :, 0:1").mean(new int[] {0}).sign();
            double first = 0;
            double last = 0;
            for (int step = 0; step < 60; ++step) {
                try (NDManager scope = manager.newSubManager();
                        GradientCollector collector = Engine.getInstance().newGradientCollector()) {
                    x.attach(scope);
                    target.attach(scope);
                    NDArray y = Blocks.train(scope, net, x).singletonOrThrow();
                    NDArray loss = y.mean(new int[] {0}).sub(target).square().mean();
                    Gradients.backward(collector, loss);
                    last = loss.getFloat();
                    first = step == 0 ? last : first;
                    net.getParameters()
                            .values()
                            .forEach(
                                    p -> {
                                        NDArray w = p.getArray();
                                        NDArray g = w.getGradient();
                                        g.attach(scope);
                                        w.setRequiresGradient(false);
                                        w.subi(g.mul(.5));
                                        g.muli(0);
                                        w.setRequiresGradient(true);
                                    });
                    x.attach(manager);
                    target.attach(manager);
                }
            }
            assertTrue(last < .6 * first, "loss " + first + " to " + last);
        }
    }

    @Test
    void savesLoadsLeaksNothingAndKeepsItsGradient() {
        try (NDManager manager = NDManager.newBaseManager()) {
            Shape shape = new Shape(5, 2, 3);
            for (boolean dependent : new boolean[] {false, true}) {
                LifNeuron neuron = neuron(dependent);
                neuron.initialize(manager, DataType.FLOAT32, shape);
                Blocks.assertRoundTrip(
                        manager, neuron, neuron(dependent), manager.randomNormal(shape).add(1));
                Leaks.assertNothingLeft(
                        manager,
                        3,
                        step -> {
                            // The whole pass leaves the output and nothing else.
                            NDArray x = step.randomNormal(shape);
                            int before = step.getManagedArrays().size();
                            NDArray s = Blocks.train(step, neuron, x).singletonOrThrow();
                            assertEquals(step, s.getManager());
                            assertEquals(before + 1, step.getManagedArrays().size());
                        });
                NDArray x = manager.randomNormal(1, 1, shape, DataType.FLOAT64);
                x.setRequiresGradient(true);
                assertArrayEquals(
                        gradient(manager, neuron, x, false), gradient(manager, neuron, x, true));
            }
        }
    }

    private static LifNeuron neuron(boolean dependent) {
        return LifNeuron.builder()
                .optResetPotential(-.5)
                .optSpike(
                        dependent
                                ? PotentialDependentSpike.perChannel(1, 2)
                                : new ArcTanSpike(1, 2))
                .build();
    }

    private static double[] gradient(
            NDManager manager, LifNeuron neuron, NDArray x, boolean collect) {
        try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
            NDArray s = Blocks.train(manager, neuron, x).singletonOrThrow();
            Gradients.backward(collector, s.sum(), collect);
        }
        double[] gradient = x.getGradient().toDoubleArray();
        x.getGradient().muli(0);
        return gradient;
    }

    @Test
    void aFileOfOtherSettingsIsRefused() {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray x = manager.ones(new Shape(2, 3));
            LifNeuron trained = LifNeuron.builder().optTau(3).build();
            trained.initialize(manager, DataType.FLOAT32, x.getShape());
            LifNeuron other = LifNeuron.builder().optDetachReset(true).build();
            AssertionError error =
                    assertThrows(
                            AssertionError.class,
                            () -> Blocks.assertRoundTrip(manager, trained, other, x));
            assertEquals(
                    "LifNeuron: the settings of this layer are tau 2.0, reset potential 0.0, input"
                            + " decayed, reset detached, time axis 0, ArcTanSpike, but the file has"
                            + " tau 3.0, reset potential 0.0, input decayed, reset not detached,"
                            + " time axis 0, ArcTanSpike",
                    error.getCause().getMessage());
        }
    }

    @Test
    void badInputIsNamed() {
        LifNeuron.Builder builder = LifNeuron.builder();
        assertMessage(
                "tau must be at least 1 and finite, but was 0.5.",
                () -> LifNeuron.builder().optTau(.5).build());
        assertMessage(
                "resetPotential must be finite and below the threshold 1.0, but was 1.0.",
                () -> LifNeuron.builder().optResetPotential(1).build());
        assertMessage(
                "timeAxis must be 0 or 1, but was 2.",
                () -> LifNeuron.builder().optTimeAxis(2).build());
        assertMessage("spike must be given, but was null.", () -> builder.optSpike(null).build());
        try (NDManager manager = NDManager.newBaseManager()) {
            LifNeuron neuron = LifNeuron.builder().optTimeAxis(1).build();
            assertMessage(
                    "LifNeuron takes an input with at least one time step on axis 1, but got shape"
                            + " (3, 0).",
                    () -> neuron.initialize(manager, DataType.FLOAT32, new Shape(3, 0)));
            assertMessage(
                    "LifNeuron takes an input with at least one time step on axis 1, but got shape"
                            + " (3).",
                    () -> Blocks.infer(manager, neuron, manager.ones(new Shape(3))));
        }
    }

    private static void assertMessage(String message, Executable action) {
        assertEquals(message, assertThrows(IllegalArgumentException.class, action).getMessage());
    }
}
