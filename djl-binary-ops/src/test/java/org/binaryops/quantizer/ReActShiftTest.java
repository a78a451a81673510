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

import static org.binaryops.quantizer.Formulas.assertMessage;
import static org.binaryops.quantizer.Formulas.sign;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.MalformedModelException;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.training.GradientCollector;
import ai.djl.training.ParameterStore;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.util.Random;
import java.util.function.IntUnaryOperator;
import org.binaryops.nn.QuantConv2d;
import org.binaryops.nn.QuantLinear;
import org.binaryops.testing.Blocks;
import org.binaryops.testing.Gradients;
import org.binaryops.testing.Leaks;
import org.junit.jupiter.api.Test;

/** RSign against its formula, with the channels on every axis. */
class ReActShiftTest {

    private static void set(Parameter parameter, NDManager manager, double[] values) {
        parameter.getArray().muli(0).addi(manager.create(values));
        parameter.getArray().setRequiresGradient(true);
    }

    /** Checks forward and both gradients; {@code channel} maps a flat index to its channel. */
    private static void assertFollows(
            ReActShift quantizer, Shape shape, int channels, IntUnaryOperator channel) {
        Random random = new Random(23);
        int n = (int) shape.size();
        double[] b = random.doubles(channels, -.5, .5).toArray();
        b[0] = .25;
        double[] x = random.doubles(n, -1.5, 1.5).toArray();
        // At the threshold, on the edges of the window and next to them.
        double[] edges = {0, -1, 1, Math.nextUp(1.0), -.5, 5, -0.0};
        for (int i = 0; i < edges.length; ++i) {
            x[i] = edges[i] - b[channel.applyAsInt(i)];
        }
        double[] upstream = random.doubles(n, -2, 2).toArray();
        double[] value = new double[n];
        double[] gradient = new double[n];
        double[] shiftGradient = new double[channels];
        for (int i = 0; i < n; ++i) {
            int c = channel.applyAsInt(i);
            double shifted = x[i] + b[c];
            value[i] = sign(shifted);
            gradient[i] = upstream[i] * Math.max(2 - 2 * Math.abs(shifted), 0);
            shiftGradient[c] += gradient[i];
        }
        try (NDManager manager = NDManager.newBaseManager()) {
            Blocks.initialize64(manager, quantizer, shape);
            Parameter shift = quantizer.getParameters().get("shift");
            assertArrayEquals(new double[channels], shift.getArray().toDoubleArray(), 0);
            set(shift, manager, b);
            ParameterStore store = new ParameterStore(manager, false);
            NDArray input = manager.create(x, shape);
            input.setRequiresGradient(true);
            try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
                NDArray y = quantizer.quantize(store, input, true);
                assertEquals(shape, y.getShape());
                assertArrayEquals(value, y.toDoubleArray(), 0);
                Gradients.backward(collector, y.mul(manager.create(upstream, shape)).sum());
            }
            assertArrayEquals(gradient, input.getGradient().toDoubleArray(), 1e-12);
            assertArrayEquals(shiftGradient, shift.getArray().getGradient().toDoubleArray(), 1e-12);
            assertArrayEquals(value, quantizer.quantizeFrozen(store, input).toDoubleArray(), 0);
        }
        assertTrue(quantizer.isBinary());
    }

    @Test
    void eachFeatureOfALinearLayerHasItsThreshold() {
        assertFollows(ReActShift.forLinear(), new Shape(9, 5), 5, i -> i % 5);
        assertFollows(ReActShift.forLinear(), new Shape(2, 3, 4), 4, i -> i % 4);
    }

    @Test
    void eachChannelOfAConvolutionHasItsThreshold() {
        assertFollows(ReActShift.forConvolution(), new Shape(2, 3, 4, 5), 3, i -> i / 20 % 3);
        assertFollows(new ReActShift(-3), new Shape(2, 3, 4, 5), 3, i -> i / 20 % 3);
        assertFollows(new ReActShift(0), new Shape(3, 7), 3, i -> i / 7);
    }

    @Test
    void withoutShiftItIsTheApproxSign() {
        try (NDManager manager = NDManager.newBaseManager()) {
            double[] x = {-1.5, -1, -.75, -.25, 0, .25, .75, 1, 1.5};
            ReActShift quantizer = ReActShift.forLinear();
            Blocks.initialize64(manager, quantizer, new Shape(1, 9));
            NDArray input = manager.create(x, new Shape(1, 9));
            input.setRequiresGradient(true);
            try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
                Gradients.backward(
                        collector,
                        quantizer.quantize(new ParameterStore(manager, false), input, true).sum());
            }
            assertArrayEquals(
                    new double[] {0, 0, .5, 1.5, 2, 1.5, .5, 0, 0},
                    input.getGradient().toDoubleArray(),
                    1e-15);
        }
    }

    @Test
    void shiftsAreSavedAndTheAxisChecked() {
        try (NDManager manager = NDManager.newBaseManager()) {
            Engine.getInstance().setRandomSeed(4);
            NDArray x = manager.randomNormal(new Shape(2, 3, 4, 5));
            ReActShift quantizer = ReActShift.forConvolution();
            quantizer.initialize(manager, DataType.FLOAT32, x.getShape());
            Parameter shift = quantizer.getParameters().get("shift");
            shift.getArray().addi(manager.create(new float[] {-.5f, .25f, 1}));
            ReActShift fresh = ReActShift.forConvolution();
            Blocks.assertRoundTrip(manager, quantizer, fresh, x);
            assertArrayEquals(
                    new float[] {-.5f, .25f, 1},
                    fresh.getParameters().get("shift").getArray().toFloatArray());

            DataInputStream in =
                    new DataInputStream(new ByteArrayInputStream(Blocks.save(quantizer)));
            MalformedModelException e =
                    assertThrows(
                            MalformedModelException.class,
                            () -> ReActShift.forLinear().loadParameters(manager, in));
            assertEquals(
                    "ReActShift: this quantizer has its channels on axis -1, but the file has them"
                            + " on axis 1",
                    e.getMessage());
        }
    }

    @Test
    void itTrainsALayer() {
        Formulas.assertTrainsInLinear(ReActShift.forLinear(), new StraightThroughSign());
        try (NDManager manager = NDManager.newBaseManager()) {
            Engine.getInstance().setRandomSeed(4);
            QuantConv2d layer =
                    QuantConv2d.builder()
                            .setFilters(2)
                            .setKernelShape(new Shape(3, 3))
                            .optInputQuantizer(ReActShift.forConvolution())
                            .optWeightQuantizer(new StraightThroughSign())
                            .build();
            layer.initialize(manager, DataType.FLOAT32, new Shape(1, 3, 5, 5));
            NDArray shift = layer.getInputQuantizer().getParameters().get("shift").getArray();
            shift.setRequiresGradient(true);
            NDArray x = manager.randomUniform(-1, 1, new Shape(1, 3, 5, 5));
            try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
                Gradients.backward(
                        collector,
                        Blocks.train(manager, layer, x).singletonOrThrow().square().sum());
            }
            assertEquals(new Shape(3), shift.getGradient().getShape());
            assertFalse(shift.getGradient().eq(0).all().getBoolean(), "the shifts learn");
        }
    }

    @Test
    void nothingIsLeftOnTheManagerOfTheModel() {
        try (NDManager lasting = NDManager.newBaseManager()) {
            QuantLinear layer =
                    QuantLinear.builder()
                            .setUnits(5)
                            .optInputQuantizer(ReActShift.forLinear())
                            .optWeightQuantizer(new StraightThroughSign())
                            .build();
            layer.initialize(lasting, DataType.FLOAT32, new Shape(4, 6));
            Leaks.assertNothingLeft(
                    lasting,
                    100,
                    manager -> {
                        NDArray x = manager.ones(new Shape(4, 6));
                        Blocks.train(manager, layer, x);
                        Blocks.infer(manager, layer, x);
                    });
        }
    }

    @Test
    void badInputIsNamed() {
        try (NDManager manager = NDManager.newBaseManager()) {
            ReActShift quantizer = ReActShift.forConvolution();
            assertMessage(
                    "ReActShift has its channels on axis 1, but got an input of shape (3).",
                    () -> quantizer.initialize(manager, DataType.FLOAT32, new Shape(3)));
            quantizer.initialize(manager, DataType.FLOAT32, new Shape(2, 3, 4, 5));
            ParameterStore store = new ParameterStore(manager, false);
            assertMessage(
                    "ReActShift was initialized for 3 channels, but got an input of shape"
                            + " (2, 4, 4, 5) with its channels on axis 1.",
                    () -> quantizer.quantize(store, manager.ones(new Shape(2, 4, 4, 5)), false));
        }
    }

    @Test
    void aGarbageCollectionChangesNoGradient() {
        Formulas.assertKeepsItsGradient(ReActShift::forLinear);
    }
}
