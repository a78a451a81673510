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
import java.util.Arrays;
import java.util.Random;
import java.util.function.IntUnaryOperator;
import java.util.function.Supplier;
import org.binaryops.nn.QuantConv2d;
import org.binaryops.nn.QuantizedLayer;
import org.binaryops.testing.Blocks;
import org.binaryops.testing.Gradients;
import org.binaryops.testing.Leaks;
import org.junit.jupiter.api.Test;

/** BiT's activation quantizer, a learned shift before an elastic one, by its formula. */
class LearnedShiftTest {

    private static final ElasticQuantizer.Range[] RANGES = {
        ElasticQuantizer.Range.SIGNED, ElasticQuantizer.Range.UNSIGNED
    };

    /** Values and gradients of one bit, elastic, as the paper writes it. */
    private static final class Elastic {
        final double[] y;
        final double[] dx;
        double step;

        Elastic(boolean signed, double alpha, double[] u, double[] upstream) {
            y = new double[u.length];
            dx = new double[u.length];
            double s = 1 / Math.sqrt(u.length);
            for (int i = 0; i < u.length; ++i) {
                double q = u[i] / alpha;
                double low = signed ? -1 : 0;
                double level = signed ? sign(u[i]) : Math.min(1, Math.max(0, Math.rint(q)));
                boolean inside = q >= low && q <= 1;
                y[i] = alpha * level;
                dx[i] = inside ? upstream[i] : 0;
                double c = signed ? sign(u[i]) : inside ? Math.rint(q) - q : q < 0 ? 0 : 1;
                step += upstream[i] * c * s;
            }
        }
    }

    private static Parameter shiftOf(Quantizer quantizer) {
        return quantizer.getDirectParameters().get("shift");
    }

    private static void set(Parameter parameter, NDManager manager, double... values) {
        parameter.getArray().muli(0).addi(manager.create(values));
        parameter.getArray().setRequiresGradient(true);
    }

    private static void assertFollows(
            int axis, Shape shape, int channels, IntUnaryOperator channel) {
        for (ElasticQuantizer.Range range : RANGES) {
            Random random = new Random(31);
            int n = (int) shape.size();
            double[] b = random.doubles(channels, -.5, .5).toArray();
            b[0] = .25;
            double[] x = random.doubles(n, -2, 2).toArray();
            // With α = .5: the sign's jump, the window's edges, the thresholds between 0 and 1.
            double[] edges = {0, -.5, .5, .25, -.25, 1, Math.nextUp(.5)};
            for (int i = 0; i < edges.length; ++i) {
                x[i] = edges[i] - b[channel.applyAsInt(i)];
            }
            double[] shifted = new double[n];
            Arrays.setAll(shifted, i -> x[i] + b[channel.applyAsInt(i)]);
            double[] upstream = random.doubles(n, -2, 2).toArray();
            try (NDManager manager = NDManager.newBaseManager()) {
                LearnedShift quantizer = new LearnedShift(axis, new ElasticQuantizer(range, 1));
                Blocks.initialize64(manager, quantizer, shape);
                assertArrayEquals(
                        new double[channels],
                        shiftOf(quantizer).getArray().toDoubleArray(),
                        "the shifts start at 0");
                set(shiftOf(quantizer), manager, b);
                ParameterStore store = new ParameterStore(manager, false);
                NDArray input = manager.create(x, shape);
                // The first training pass sets the step from the shifted batch.
                quantizer.quantize(store, input, true).close();
                Parameter step = quantizer.getQuantizer().getDirectParameters().get("step");
                double mean = Arrays.stream(shifted).map(Math::abs).sum() / n;
                double factor = range == ElasticQuantizer.Range.SIGNED ? 2 : 4;
                assertEquals(factor * mean, step.getArray().toDoubleArray()[0], 1e-12);
                set(step, manager, .5);

                Elastic expected =
                        new Elastic(range == ElasticQuantizer.Range.SIGNED, .5, shifted, upstream);
                double[] db = new double[channels];
                for (int i = 0; i < n; ++i) {
                    db[channel.applyAsInt(i)] += expected.dx[i];
                }
                input.setRequiresGradient(true);
                try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
                    NDArray y = quantizer.quantize(store, input, true);
                    assertEquals(shape, y.getShape());
                    assertArrayEquals(expected.y, y.toDoubleArray(), 1e-15);
                    Gradients.backward(collector, y.mul(manager.create(upstream, shape)).sum());
                }
                assertArrayEquals(expected.dx, input.getGradient().toDoubleArray(), 1e-12);
                assertArrayEquals(
                        db, shiftOf(quantizer).getArray().getGradient().toDoubleArray(), 1e-12);
                assertEquals(
                        expected.step, step.getArray().getGradient().toDoubleArray()[0], 1e-12);
                assertArrayEquals(
                        expected.y, quantizer.quantizeFrozen(store, input).toDoubleArray(), 1e-15);
            }
        }
    }

    @Test
    void eachFeatureOfALinearLayerHasItsShift() {
        assertFollows(-1, new Shape(9, 5), 5, i -> i % 5);
        assertFollows(-1, new Shape(2, 3, 4), 4, i -> i % 4);
    }

    @Test
    void eachChannelOfAConvolutionHasItsShift() {
        assertFollows(1, new Shape(2, 3, 4, 5), 3, i -> i / 20 % 3);
    }

    @Test
    void beforeAnApproxSignItIsReActNetsSign() {
        try (NDManager manager = NDManager.newBaseManager()) {
            Shape shape = new Shape(4, 6);
            double[] x = new Random(2).doubles(24, -2, 2).toArray();
            double[] b = {.5, -.25, 0, 1, -1, .1};
            double[][] gradients = new double[2][];
            double[][] shiftGradients = new double[2][];
            Quantizer[] quantizers = {
                LearnedShift.forLinear(new ApproxSign()), ReActShift.forLinear()
            };
            for (int i = 0; i < 2; ++i) {
                Blocks.initialize64(manager, quantizers[i], shape);
                set(shiftOf(quantizers[i]), manager, b);
                NDArray input = manager.create(x, shape);
                input.setRequiresGradient(true);
                try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
                    Gradients.backward(
                            collector,
                            quantizers[i]
                                    .quantize(new ParameterStore(manager, false), input, true)
                                    .sum());
                }
                gradients[i] = input.getGradient().toDoubleArray();
                shiftGradients[i] = shiftOf(quantizers[i]).getArray().getGradient().toDoubleArray();
            }
            assertArrayEquals(gradients[0], gradients[1]);
            assertArrayEquals(shiftGradients[0], shiftGradients[1]);
            assertTrue(quantizers[0].isBinary());
            assertFalse(LearnedShift.forLinear(ElasticQuantizer.signed(1)).isBinary());
        }
    }

    @Test
    void gradientsFollowThroughLayers() {
        for (ElasticQuantizer.Range range : RANGES) {
            Supplier<ElasticQuantizer> elastic = () -> new ElasticQuantizer(range, 1);
            LayerFormulas.assertThroughLinear(
                    LearnedShift.forLinear(elastic.get()),
                    StraightThroughSign.identity(),
                    LearnedShiftTest::fix,
                    layer -> rule(range, b(layer), i -> i % 8),
                    layer -> new LayerFormulas.Elementwise(Formulas::sign, w -> 1));
            LayerFormulas.assertThroughConvolution(
                    LearnedShift.forConvolution(elastic.get()),
                    StraightThroughSign.identity(),
                    LearnedShiftTest::fix,
                    layer -> rule(range, b(layer), i -> i / 12 % 6),
                    layer -> new LayerFormulas.Elementwise(Formulas::sign, w -> 1));
        }
    }

    /** Sets other shifts than 0, and takes the choice of a step from the first batch away. */
    private static void fix(QuantizedLayer layer) {
        LearnedShift quantizer = (LearnedShift) layer.getInputQuantizer();
        NDManager manager = shiftOf(quantizer).getArray().getManager();
        double[] b = new Random(5).doubles(shiftOf(quantizer).getArray().size(), -1, 1).toArray();
        set(shiftOf(quantizer), manager, b);
        try (NDArray x =
                manager.ones(layer.getInputQuantizer().getInputShapes()[0], DataType.FLOAT64)) {
            quantizer.quantize(new ParameterStore(manager, false), x, true).close();
        }
        set(quantizer.getQuantizer().getDirectParameters().get("step"), manager, .75);
    }

    private static double[] b(QuantizedLayer layer) {
        return shiftOf(layer.getInputQuantizer()).getArray().toDoubleArray();
    }

    private static LayerFormulas.Rule rule(
            ElasticQuantizer.Range range, double[] b, IntUnaryOperator channel) {
        return new LayerFormulas.Rule() {
            private Elastic at(double[] x, double[] upstream) {
                double[] shifted = new double[x.length];
                Arrays.setAll(shifted, i -> x[i] + b[channel.applyAsInt(i)]);
                return new Elastic(range == ElasticQuantizer.Range.SIGNED, .75, shifted, upstream);
            }

            @Override
            public double[] value(double[] x, Shape shape) {
                return at(x, x).y;
            }

            @Override
            public double[] pullback(double[] x, Shape shape, double[] upstream) {
                return at(x, upstream).dx;
            }
        };
    }

    @Test
    void shiftsAndTheQuantizerAreSaved() {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray x = manager.randomNormal(new Shape(2, 3, 4, 5));
            LearnedShift quantizer = LearnedShift.forConvolution(ElasticQuantizer.signed(1));
            quantizer.initialize(manager, DataType.FLOAT32, x.getShape());
            shiftOf(quantizer).getArray().addi(manager.create(new float[] {-.5f, .25f, 1}));
            quantizer.quantize(new ParameterStore(manager, false), x, true).close();
            LearnedShift fresh = LearnedShift.forConvolution(ElasticQuantizer.signed(1));
            Blocks.assertRoundTrip(manager, quantizer, fresh, x);
            assertTrue(((ElasticQuantizer) fresh.getQuantizer()).isStepInitialized());
            assertEquals(1, fresh.getAxis());
            DataInputStream in =
                    new DataInputStream(new ByteArrayInputStream(Blocks.save(quantizer)));
            assertEquals(
                    "LearnedShift: this quantizer has its channels on axis -1, but the file has"
                            + " them on axis 1",
                    assertThrows(
                                    MalformedModelException.class,
                                    () ->
                                            LearnedShift.forLinear(ElasticQuantizer.signed(1))
                                                    .loadParameters(manager, in))
                            .getMessage());
        }
    }

    @Test
    void itTrainsALayerAndLeavesNothing() {
        Formulas.assertTrainsInLinear(
                LearnedShift.forLinear(ElasticQuantizer.unsigned(1)), new StraightThroughSign());
        Formulas.assertKeepsItsGradient(() -> LearnedShift.forLinear(ElasticQuantizer.signed(1)));
        try (NDManager lasting = NDManager.newBaseManager()) {
            QuantConv2d layer =
                    QuantConv2d.builder()
                            .setFilters(2)
                            .setKernelShape(new Shape(3, 3))
                            .optInputQuantizer(
                                    LearnedShift.forConvolution(ElasticQuantizer.signed(1)))
                            .optWeightQuantizer(BwnWeight.perLayer())
                            .build();
            layer.initialize(lasting, DataType.FLOAT32, new Shape(1, 3, 5, 5));
            Leaks.assertNothingLeft(
                    lasting,
                    50,
                    manager -> {
                        NDArray x = manager.randomNormal(new Shape(1, 3, 5, 5));
                        Blocks.train(manager, layer, x);
                        Blocks.infer(manager, layer, x);
                    });
        }
    }

    @Test
    void badInputIsNamed() {
        assertMessage("quantizer must be given, but was null.", () -> LearnedShift.forLinear(null));
        try (NDManager manager = NDManager.newBaseManager()) {
            LearnedShift quantizer = LearnedShift.forLinear(ElasticQuantizer.signed(1));
            quantizer.initialize(manager, DataType.FLOAT32, new Shape(2, 3));
            assertMessage(
                    "LearnedShift was initialized for 3 channels, but got an input of shape (2, 4)"
                            + " with its channels on axis 1.",
                    () ->
                            quantizer.quantize(
                                    new ParameterStore(manager, false),
                                    manager.ones(new Shape(2, 4)),
                                    false));
        }
    }
}
