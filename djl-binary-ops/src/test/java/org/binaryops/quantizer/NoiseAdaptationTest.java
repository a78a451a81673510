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
import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.GradientCollector;
import ai.djl.training.ParameterStore;
import ai.djl.training.Trainer;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.Random;
import java.util.function.Supplier;
import org.binaryops.nn.QuantConv2d;
import org.binaryops.nn.QuantLinear;
import org.binaryops.nn.QuantizedLayer;
import org.binaryops.testing.Blocks;
import org.binaryops.testing.Gradients;
import org.binaryops.testing.Leaks;
import org.binaryops.training.MeanSquaredError;
import org.junit.jupiter.api.Test;

/**
 * The sign with FDA's noise adaptation against its formula, in the three layouts of its vectors.
 */
class NoiseAdaptationTest {

    private static final double[] PROGRESS = {0, .25, .5, 1};

    /** Where number i of vector v stands in the flat array. */
    private interface Layout {
        int index(int vector, int i);
    }

    /** FDA with noise as the paper writes it, and the gradients of the two matrices. */
    private static final class FdaRule implements LayerFormulas.Rule {
        private final double[] w1;
        private final double[] w2;
        private final int d;
        private final int k;
        private final double alpha;
        private final int n;
        private final java.util.function.Function<Shape, Layout> layout;
        double[] dw1;
        double[] dw2;

        FdaRule(
                FourierSign quantizer,
                double progress,
                java.util.function.Function<Shape, Layout> layout) {
            w1 = parameter(quantizer, "reduce").getArray().toDoubleArray();
            w2 = parameter(quantizer, "expand").getArray().toDoubleArray();
            Shape shape = parameter(quantizer, "reduce").getShape();
            k = (int) shape.get(0);
            d = (int) shape.get(1);
            alpha = 0.05 * (1 + Math.cos(Math.PI * progress));
            n = 9 + (int) Math.floor(9 * progress);
            this.layout = layout;
        }

        private double hidden(double[] x, Layout at, int vector, int j) {
            double sum = 0;
            for (int i = 0; i < d; ++i) {
                sum += w1[j * d + i] * x[at.index(vector, i)];
            }
            return sum;
        }

        @Override
        public double[] value(double[] x, Shape shape) {
            Layout at = layout.apply(shape);
            double[] y = new double[x.length];
            for (int vector = 0; vector < x.length / d; ++vector) {
                for (int i = 0; i < d; ++i) {
                    int p = at.index(vector, i);
                    double eta = 0.1 * Math.sin(x[p]);
                    for (int j = 0; j < k; ++j) {
                        eta += w2[i * k + j] * Math.max(hidden(x, at, vector, j), 0);
                    }
                    y[p] = sign(x[p]) + alpha * eta;
                }
            }
            return y;
        }

        @Override
        public double[] pullback(double[] x, Shape shape, double[] upstream) {
            Layout at = layout.apply(shape);
            dw1 = new double[w1.length];
            dw2 = new double[w2.length];
            double[] dx = new double[x.length];
            for (int vector = 0; vector < x.length / d; ++vector) {
                for (int i = 0; i < d; ++i) {
                    int p = at.index(vector, i);
                    double series = 0;
                    for (int m = 0; m <= n && Math.abs(x[p]) <= 1; ++m) {
                        series += 4 * 0.1 / Math.PI * Math.cos((2 * m + 1) * 0.1 * x[p]);
                    }
                    dx[p] += upstream[p] * (series + alpha * 0.1 * Math.cos(x[p]));
                }
                for (int j = 0; j < k; ++j) {
                    double h = hidden(x, at, vector, j);
                    double dh = 0;
                    for (int i = 0; i < d; ++i) {
                        double up = upstream[at.index(vector, i)];
                        dw2[i * k + j] += alpha * up * Math.max(h, 0);
                        dh += alpha * up * w2[i * k + j] * (h > 0 ? 1 : 0);
                    }
                    for (int i = 0; i < d; ++i) {
                        dw1[j * d + i] += dh * x[at.index(vector, i)];
                        dx[at.index(vector, i)] += dh * w1[j * d + i];
                    }
                }
            }
            return dx;
        }
    }

    private static Parameter parameter(FourierSign quantizer, String name) {
        return quantizer.getNoise().getDirectParameters().get(name);
    }

    private static Layout rows(int d) {
        return (vector, i) -> vector * d + i;
    }

    private static Layout channels(Shape shape) {
        int positions = (int) shape.slice(2).size();
        int d = (int) shape.get(1);
        return (vector, i) -> (vector / positions * d + i) * positions + vector % positions;
    }

    private static Layout lastAxis(Shape shape) {
        return rows((int) shape.get(shape.dimension() - 1));
    }

    private static Layout filters(Shape shape) {
        return rows((int) shape.slice(1).size());
    }

    /** Checks values and all gradients of the quantizer by itself, at each progress. */
    private static void assertFollows(
            Supplier<NoiseAdaptation> noise,
            Shape shape,
            java.util.function.Function<Shape, Layout> layout,
            int bottleneck) {
        Random random = new Random(19);
        double[] x = random.doubles(shape.size(), -1.5, 1.5).toArray();
        double[] edges = {0, -0.0, 1, -1, Math.nextUp(1.0), 1e-9, 3, -40};
        System.arraycopy(edges, 0, x, 0, edges.length);
        double[] upstream = random.doubles(x.length, -2, 2).toArray();
        for (double progress : PROGRESS) {
            try (NDManager manager = NDManager.newBaseManager()) {
                Engine.getInstance().setRandomSeed(8);
                FourierSign quantizer = FourierSign.withNoise(noise.get());
                Blocks.initialize64(manager, quantizer, shape);
                quantizer.setProgress(progress);
                NDArray w1 = parameter(quantizer, "reduce").getArray();
                NDArray w2 = parameter(quantizer, "expand").getArray();
                assertEquals(bottleneck, w1.getShape().get(0));
                assertEquals(new Shape(w1.getShape().get(1), bottleneck), w2.getShape());
                w1.setRequiresGradient(true);
                w2.setRequiresGradient(true);
                FdaRule rule = new FdaRule(quantizer, progress, layout);
                ParameterStore store = new ParameterStore(manager, false);
                NDArray input = manager.create(x, shape);
                input.setRequiresGradient(true);
                try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
                    NDArray y = quantizer.quantize(store, input, true);
                    assertEquals(shape, y.getShape());
                    assertArrayEquals(rule.value(x, shape), y.toDoubleArray(), 1e-12);
                    Gradients.backward(collector, y.mul(manager.create(upstream, shape)).sum());
                }
                assertArrayEquals(
                        rule.pullback(x, shape, upstream),
                        input.getGradient().toDoubleArray(),
                        1e-11);
                if (progress < 1) {
                    assertArrayEquals(rule.dw1, w1.getGradient().toDoubleArray(), 1e-11);
                    assertArrayEquals(rule.dw2, w2.getGradient().toDoubleArray(), 1e-11);
                    // A single hidden unit may be off for all vectors.
                    assertTrue(
                            bottleneck == 1 || Arrays.stream(rule.dw1).anyMatch(v -> v != 0),
                            "the network learns");
                }

                double[] signs = Arrays.stream(x).map(Formulas::sign).toArray();
                assertArrayEquals(
                        signs, quantizer.quantize(store, input, false).toDoubleArray(), 0);
                assertArrayEquals(signs, quantizer.quantizeFrozen(store, input).toDoubleArray(), 0);
                if (progress == 1) {
                    assertArrayEquals(
                            signs, quantizer.quantize(store, input, true).toDoubleArray(), 0);
                }
                assertTrue(quantizer.isBinary());
            }
        }
    }

    @Test
    void vectorsOfALinearLayerAreAlongTheLastAxis() {
        assertFollows(
                NoiseAdaptation::forLinear, new Shape(3, 130), NoiseAdaptationTest::lastAxis, 2);
        assertFollows(
                NoiseAdaptation::forLinear, new Shape(2, 3, 9), NoiseAdaptationTest::lastAxis, 2);
    }

    @Test
    void vectorsOfAConvolutionAreAlongTheChannels() {
        assertFollows(
                NoiseAdaptation::forConvolution,
                new Shape(2, 64, 2, 3),
                NoiseAdaptationTest::channels,
                1);
        assertFollows(
                NoiseAdaptation::forConvolution,
                new Shape(2, 13, 4, 3),
                NoiseAdaptationTest::channels,
                3);
        assertFollows(
                NoiseAdaptation::forConvolution, new Shape(3, 8), NoiseAdaptationTest::channels, 2);
    }

    @Test
    void vectorsOfAWeightAreItsFilters() {
        assertFollows(
                NoiseAdaptation::forWeight, new Shape(3, 8, 3, 3), NoiseAdaptationTest::filters, 1);
        assertFollows(
                NoiseAdaptation::forWeight, new Shape(4, 3, 3, 3), NoiseAdaptationTest::filters, 6);
        assertFollows(NoiseAdaptation::forWeight, new Shape(5, 3), NoiseAdaptationTest::filters, 1);
    }

    @Test
    void theShareFadesByTheSchedule() {
        NoiseAdaptation noise = NoiseAdaptation.forLinear();
        for (double progress : new double[] {0, .1, .25, .5, .9}) {
            noise.setProgress(progress);
            assertEquals(.05 * (1 + Math.cos(Math.PI * progress)), noise.share(), 1e-15);
        }
        noise.setProgress(1);
        assertEquals(0, noise.share(), 0);
        for (int epochs : new int[] {1, 3, 10, 49, 400}) {
            NoiseAdaptation published = NoiseAdaptation.forLinear();
            published.setEpochs(epochs);
            for (int epoch = 0; epoch < epochs; ++epoch) {
                published.setProgress((double) epoch / epochs);
                double alpha = .05 * (1 + Math.cos((epoch + 1.0) / epochs * Math.PI));
                assertEquals(alpha, published.share(), 1e-14);
            }
            assertEquals(0, published.share(), 0, "the last epoch trains without noise");
            published.setProgress(1);
            assertEquals(0, published.share(), 0);
        }
    }

    @Test
    void gradientsFollowThroughLayers() {
        for (double progress : PROGRESS) {
            LayerFormulas.assertThroughLinear(
                    FourierSign.withNoise(NoiseAdaptation.forLinear()),
                    FourierSign.withNoise(NoiseAdaptation.forWeight()),
                    layer -> anneal(layer, progress),
                    layer ->
                            rule(
                                    layer.getInputQuantizer(),
                                    progress,
                                    NoiseAdaptationTest::lastAxis),
                    layer ->
                            rule(
                                    layer.getWeightQuantizer(),
                                    progress,
                                    NoiseAdaptationTest::filters));
            LayerFormulas.assertThroughConvolution(
                    FourierSign.withNoise(NoiseAdaptation.forConvolution()),
                    FourierSign.withNoise(NoiseAdaptation.forWeight()),
                    layer -> anneal(layer, progress),
                    layer ->
                            rule(
                                    layer.getInputQuantizer(),
                                    progress,
                                    NoiseAdaptationTest::channels),
                    layer ->
                            rule(
                                    layer.getWeightQuantizer(),
                                    progress,
                                    NoiseAdaptationTest::filters));
        }
    }

    private static void anneal(QuantizedLayer layer, double progress) {
        ((Annealed) layer.getInputQuantizer()).setProgress(progress);
        ((Annealed) layer.getWeightQuantizer()).setProgress(progress);
    }

    private static LayerFormulas.Rule rule(
            Quantizer quantizer,
            double progress,
            java.util.function.Function<Shape, Layout> layout) {
        return new FdaRule((FourierSign) quantizer, progress, layout);
    }

    @Test
    void theMatricesAreThereBeforeTheFirstPassAndAnOptimizerMovesThem() {
        try (Model model = Model.newInstance("layer")) {
            FourierSign quantizer = FourierSign.withNoise(NoiseAdaptation.forLinear());
            QuantLinear layer =
                    QuantLinear.builder()
                            .setUnits(4)
                            .optInputQuantizer(quantizer)
                            .optWeightQuantizer(FourierSign.withNoise(NoiseAdaptation.forWeight()))
                            .build();
            model.setBlock(layer);
            try (Trainer trainer =
                    model.newTrainer(new DefaultTrainingConfig(new MeanSquaredError()))) {
                trainer.initialize(new Shape(6, 80));
                float[] w1 = parameter(quantizer, "reduce").getArray().toFloatArray();
                float[] w2 = parameter(quantizer, "expand").getArray().toFloatArray();
                assertEquals(80, w1.length);
                for (float v : w1) {
                    assertTrue(Math.abs(v) <= 1 / Math.sqrt(80), "U(-1/sqrt(80), 1/sqrt(80))");
                }
                for (int step = 0; step < 3; ++step) {
                    try (NDManager manager = model.getNDManager().newSubManager();
                            GradientCollector collector = trainer.newGradientCollector()) {
                        NDArray x = manager.randomNormal(new Shape(6, 80));
                        NDArray y = trainer.forward(new NDList(x)).singletonOrThrow();
                        Gradients.backward(collector, y.square().mean());
                    }
                    trainer.step();
                }
                assertFalse(
                        Arrays.equals(
                                w1, parameter(quantizer, "reduce").getArray().toFloatArray()));
                assertFalse(
                        Arrays.equals(
                                w2, parameter(quantizer, "expand").getArray().toFloatArray()));
            }
        }
        Formulas.assertTrainsInLinear(
                FourierSign.withNoise(NoiseAdaptation.forLinear()),
                FourierSign.withNoise(NoiseAdaptation.forWeight()));
        Formulas.assertKeepsItsGradient(() -> FourierSign.withNoise(NoiseAdaptation.forWeight()));
    }

    @Test
    void stateAndMatricesAreSaved() throws IOException, MalformedModelException {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray x = manager.randomNormal(new Shape(2, 6, 3, 3));
            FourierSign quantizer = FourierSign.withNoise(NoiseAdaptation.forConvolution());
            quantizer.initialize(manager, DataType.FLOAT32, x.getShape());
            quantizer.setProgress(.7);
            FourierSign fresh = FourierSign.withNoise(NoiseAdaptation.forConvolution());
            Blocks.assertRoundTrip(manager, quantizer, fresh, x);
            assertEquals(quantizer.lastTerm(), fresh.lastTerm());
            assertEquals(quantizer.getNoise().share(), fresh.getNoise().share(), 0);
            ParameterStore store = new ParameterStore(manager, false);
            assertArrayEquals(
                    quantizer.quantize(store, x, true).toFloatArray(),
                    fresh.quantize(store, x, true).toFloatArray(),
                    0);
            // The module as a block of its own. Products may differ in their last bit with the
            // place of the matrices in memory.
            NoiseAdaptation loose = NoiseAdaptation.forConvolution();
            try (DataInputStream in =
                    new DataInputStream(
                            new ByteArrayInputStream(Blocks.save(quantizer.getNoise())))) {
                loose.loadParameters(manager, in);
                assertEquals(0, in.available());
            }
            assertTrue(loose.isInitialized());
            assertEquals(1, loose.describeInput().size());
            assertArrayEquals(
                    Blocks.infer(manager, quantizer.getNoise(), x).get(0).toFloatArray(),
                    Blocks.infer(manager, loose, x).get(0).toFloatArray(),
                    1e-6f);

            assertMalformed(
                    "FourierSign: the file has a noise adaptation module, but this quantizer has"
                            + " none",
                    manager,
                    Blocks.save(quantizer),
                    new FourierSign());
            FourierSign without = new FourierSign();
            without.initialize(manager, DataType.FLOAT32, x.getShape());
            assertMalformed(
                    "FourierSign: this quantizer has a noise adaptation module, but the file has"
                            + " none",
                    manager,
                    Blocks.save(without),
                    FourierSign.withNoise(NoiseAdaptation.forLinear()));
            assertMalformed(
                    "NoiseAdaptation: the vectors of this block are LAST_AXIS, but the file has the"
                            + " kind 1",
                    manager,
                    Blocks.save(quantizer),
                    FourierSign.withNoise(NoiseAdaptation.forLinear()));

            // A file of version 1 ends after the progress.
            without.setProgress(.7);
            byte[] bytes = Blocks.save(without);
            bytes[0] = 1;
            FourierSign old = new FourierSign();
            try (DataInputStream in =
                    new DataInputStream(new ByteArrayInputStream(bytes, 0, bytes.length - 1))) {
                old.loadParameters(manager, in);
                assertEquals(0, in.available());
            }
            assertEquals(15, old.lastTerm());
        }
    }

    private static void assertMalformed(
            String message, NDManager manager, byte[] bytes, FourierSign into) {
        assertEquals(
                message,
                assertThrows(
                                MalformedModelException.class,
                                () ->
                                        into.loadParameters(
                                                manager,
                                                new DataInputStream(
                                                        new ByteArrayInputStream(bytes))))
                        .getMessage());
    }

    @Test
    void nothingIsLeftOnTheManagerOfTheModel() {
        try (NDManager lasting = NDManager.newBaseManager()) {
            QuantConv2d layer =
                    QuantConv2d.builder()
                            .setFilters(3)
                            .setKernelShape(new Shape(3, 3))
                            .optInputQuantizer(
                                    FourierSign.withNoise(NoiseAdaptation.forConvolution()))
                            .optWeightQuantizer(FourierSign.withNoise(NoiseAdaptation.forWeight()))
                            .build();
            layer.initialize(lasting, DataType.FLOAT32, new Shape(2, 6, 5, 5));
            layer.getDirectParameters().get("weight").getArray().setRequiresGradient(true);
            Leaks.assertNothingLeft(
                    lasting,
                    50,
                    manager -> {
                        NDArray x = manager.randomNormal(new Shape(2, 6, 5, 5));
                        Blocks.train(manager, layer, x);
                        Blocks.infer(manager, layer, x);
                    });
        }
    }

    @Test
    void badArgumentsAreNamed() {
        try (NDManager manager = NDManager.newBaseManager()) {
            NoiseAdaptation noise = NoiseAdaptation.forLinear();
            assertMessage("epochs must be positive, but was 0.", () -> noise.setEpochs(0));
            assertMessage("progress must be in [0, 1], but was 2.0.", () -> noise.setProgress(2));
            noise.initialize(manager, DataType.FLOAT32, new Shape(2, 8));
            assertMessage(
                    "NoiseAdaptation was initialized for vectors of 8 numbers, but got 9 in an"
                            + " input of shape (2, 9).",
                    () -> Blocks.infer(manager, noise, manager.ones(new Shape(2, 9))));
            assertMessage(
                    "NoiseAdaptation takes an input of 2 axes or more here, but got shape (4).",
                    () ->
                            NoiseAdaptation.forWeight()
                                    .initialize(manager, DataType.FLOAT32, new Shape(4)));
        }
    }
}
