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
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.training.GradientCollector;
import ai.djl.training.ParameterStore;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.binaryops.quantizer.ApproxSign;
import org.binaryops.quantizer.BiPer;
import org.binaryops.quantizer.ReSte;
import org.binaryops.quantizer.StraightThroughSign;
import org.binaryops.testing.Blocks;
import org.binaryops.testing.Gradients;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Linear and convolutional layers against sums written out in plain Java. */
class QuantizedLayerTest {

    private static QuantLinear linear(int units, WeightScale scale, boolean bias) {
        return QuantLinear.builder()
                .setUnits(units)
                .optInputQuantizer(new ApproxSign())
                .optWeightQuantizer(new StraightThroughSign())
                .optScale(scale)
                .optBias(bias)
                .build();
    }

    private static double[] array(QuantizedLayer layer, String name) {
        Parameter parameter = layer.getDirectParameters().get(name);
        return parameter.getArray().toDoubleArray();
    }

    private static double sign(double x) {
        return x >= 0 ? 1 : -1;
    }

    private static double meanAbs(double[] w, int from, int to) {
        double sum = 0;
        for (int i = from; i < to; ++i) {
            sum += Math.abs(w[i]);
        }
        return sum / (to - from);
    }

    private static double centredMeanAbs(double[] w, int from, int to) {
        double mean = 0;
        for (int i = from; i < to; ++i) {
            mean += w[i] / (to - from);
        }
        double sum = 0;
        for (int i = from; i < to; ++i) {
            sum += Math.abs(w[i] - mean);
        }
        return sum / (to - from);
    }

    /** Forward, and the gradients of Σ y ⊙ upstream to x, W, α and b, for every scale. */
    @ParameterizedTest
    @EnumSource(WeightScale.class)
    void linearFollowsItsFormula(WeightScale scale) {
        int rows = 3;
        int in = 5;
        int out = 4;
        Random random = new Random(scale.ordinal());
        double[] x = random.doubles(rows * in, -1.5, 1.5).toArray();
        double[] up = random.doubles(rows * out, -1, 1).toArray();
        try (NDManager manager = NDManager.newBaseManager()) {
            QuantLinear layer = linear(out, scale, true);
            layer.setInitializer(
                    (m, shape, type) -> m.randomUniform(-1.5f, 1.5f, shape, type),
                    p -> !"scale".equals(p.getName()));
            Blocks.initialize64(manager, layer, new Shape(rows, in));
            double[] w = array(layer, "weight");
            double[] b = array(layer, "bias");
            double[] alpha = new double[out];
            for (int o = 0; o < out; ++o) {
                alpha[o] =
                        switch (scale) {
                            case NONE -> 1;
                            case CHANNEL_MEAN, CHANNEL_MEAN_STRAIGHT_THROUGH, LEARNED_FROM_MEAN ->
                                    meanAbs(w, o * in, (o + 1) * in);
                            case CENTRED_CHANNEL_MEAN -> centredMeanAbs(w, o * in, (o + 1) * in);
                            case LEARNED_RANK_ONE -> 1;
                            case LAYER_MEAN -> meanAbs(w, 0, w.length);
                            case LEARNED -> array(layer, "scale")[o];
                        };
            }
            double[] y = new double[rows * out];
            double[] dx = new double[x.length];
            double[] dw = new double[w.length];
            double[] dAlpha = new double[out];
            double[] db = new double[out];
            for (int r = 0; r < rows; ++r) {
                for (int o = 0; o < out; ++o) {
                    double sum = 0;
                    double g = up[r * out + o];
                    for (int i = 0; i < in; ++i) {
                        double xi = x[r * in + i];
                        double wi = w[o * in + i];
                        sum += sign(xi) * sign(wi);
                        dx[r * in + i] +=
                                g * alpha[o] * sign(wi) * Math.max(2 - 2 * Math.abs(xi), 0);
                        dw[o * in + i] +=
                                g
                                        * (scale == WeightScale.CHANNEL_MEAN_STRAIGHT_THROUGH
                                                ? 1
                                                : alpha[o])
                                        * sign(xi)
                                        * (Math.abs(wi) <= 1 ? 1 : 0);
                    }
                    y[r * out + o] = alpha[o] * sum + b[o];
                    dAlpha[o] += g * sum;
                    db[o] += g;
                }
            }
            if (scale == WeightScale.LAYER_MEAN) {
                double total = 0;
                for (double d : dAlpha) {
                    total += d;
                }
                for (int i = 0; i < w.length; ++i) {
                    dw[i] += total * Math.signum(w[i]) / w.length;
                }
            }
            NDArray input = manager.create(x, new Shape(rows, in));
            input.setRequiresGradient(true);
            try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
                NDArray output = Blocks.train(manager, layer, input).singletonOrThrow();
                assertArrayEquals(y, output.toDoubleArray(), 1e-12);
                Gradients.backward(
                        collector, output.mul(manager.create(up, new Shape(rows, out))).sum());
            }
            assertArrayEquals(dx, input.getGradient().toDoubleArray(), 1e-12);
            assertArrayEquals(dw, gradient(layer, "weight"), 1e-12);
            assertArrayEquals(db, gradient(layer, "bias"), 1e-12);
            if (layer.getDirectParameters().contains("scale")) {
                assertArrayEquals(alpha, array(layer, "scale"), 1e-12);
                assertArrayEquals(dAlpha, gradient(layer, "scale"), 1e-12);
            }
            if (scale == WeightScale.LEARNED) {
                for (double a : alpha) {
                    assertEquals(true, a >= 0 && a < 1, "U(0, 1)");
                }
            }
        }
    }

    private static double[] gradient(QuantizedLayer layer, String name) {
        return layer.getDirectParameters().get(name).getArray().getGradient().toDoubleArray();
    }

    @Test
    void convolutionFollowsItsFormula() {
        // Stride, padding with zeros after the sign, dilation and groups, each unlike the others.
        int batch = 2;
        int channels = 4;
        int filters = 6;
        int groups = 2;
        int h = 7;
        int wd = 6;
        Random random = new Random(3);
        try (NDManager manager = NDManager.newBaseManager()) {
            QuantConv2d layer =
                    QuantConv2d.builder()
                            .setFilters(filters)
                            .setKernelShape(new Shape(3, 2))
                            .optStride(new Shape(2, 1))
                            .optPadding(new Shape(1, 2))
                            .optDilation(new Shape(1, 2))
                            .optGroups(groups)
                            .optInputQuantizer(new StraightThroughSign())
                            .optWeightQuantizer(new StraightThroughSign())
                            .optScale(WeightScale.CHANNEL_MEAN)
                            .build();
            Shape in = new Shape(batch, channels, h, wd);
            Blocks.initialize64(manager, layer, in);
            double[] x = random.doubles(in.size(), -1, 1).toArray();
            double[] w = array(layer, "weight");
            int perGroup = channels / groups;
            int outH = (h + 2 - 3) / 2 + 1;
            int outW = wd + 4 - (2 * 1 + 1) + 1;
            assertEquals(
                    new Shape(batch, filters, outH, outW),
                    layer.getOutputShapes(new Shape[] {in})[0]);
            double[] expected = new double[batch * filters * outH * outW];
            int at = 0;
            for (int n = 0; n < batch; ++n) {
                for (int f = 0; f < filters; ++f) {
                    int size = perGroup * 6;
                    double alpha = meanAbs(w, f * size, (f + 1) * size);
                    int first = f / (filters / groups) * perGroup;
                    for (int i = 0; i < outH; ++i) {
                        for (int j = 0; j < outW; ++j) {
                            int sum = 0;
                            for (int c = 0; c < perGroup; ++c) {
                                for (int ky = 0; ky < 3; ++ky) {
                                    for (int kx = 0; kx < 2; ++kx) {
                                        int yy = 2 * i - 1 + ky;
                                        int xx = j - 2 + 2 * kx;
                                        if (yy >= 0 && yy < h && xx >= 0 && xx < wd) {
                                            double v =
                                                    x[
                                                            ((n * channels + first + c) * h + yy)
                                                                            * wd
                                                                    + xx];
                                            double k = w[((f * perGroup + c) * 3 + ky) * 2 + kx];
                                            sum += (int) (sign(v) * sign(k));
                                        }
                                    }
                                }
                            }
                            expected[at++] = alpha * sum;
                        }
                    }
                }
            }
            NDArray y = Blocks.infer(manager, layer, manager.create(x, in)).singletonOrThrow();
            assertArrayEquals(expected, y.toDoubleArray(), 1e-12);
        }
    }

    @Test
    void accumulatorsAreExactIntegersInFloat32() {
        try (NDManager manager = NDManager.newBaseManager()) {
            int in = 4_099;
            QuantLinear layer = linear(33, WeightScale.NONE, false);
            layer.initialize(manager, DataType.FLOAT32, new Shape(9, in));
            NDArray x = manager.randomNormal(new Shape(9, in));
            float[] y = Blocks.infer(manager, layer, x).singletonOrThrow().toFloatArray();
            ParameterStore store = new ParameterStore(manager, false);
            float[] w = layer.quantizedWeight(store, x).toFloatArray();
            float[] signs = x.toFloatArray();
            for (int r = 0; r < 9; ++r) {
                for (int o = 0; o < 33; ++o) {
                    int sum = 0;
                    for (int i = 0; i < in; ++i) {
                        sum += (int) (sign(signs[r * in + i]) * w[o * in + i]);
                    }
                    assertEquals(sum, y[r * 33 + o]);
                }
            }
        }
    }

    @Test
    void rescaleIsWhatForwardDoesAfterTheProducts() {
        try (NDManager manager = NDManager.newBaseManager()) {
            for (WeightScale scale : WeightScale.values()) {
                QuantLinear layer = linear(8, scale, true);
                layer.initialize(manager, DataType.FLOAT32, new Shape(4, 64));
                NDArray x = manager.randomNormal(new Shape(4, 64));
                ParameterStore store = new ParameterStore(manager, false);
                NDArray accumulators =
                        x.gte(0)
                                .toType(DataType.FLOAT32, false)
                                .mul(2)
                                .sub(1)
                                .matMul(layer.quantizedWeight(store, x).transpose());
                assertEquals(
                        Blocks.infer(manager, layer, x).singletonOrThrow(),
                        layer.rescale(store, accumulators, false));
            }
        }
    }

    @Test
    void layersSaveAndLoad() {
        try (NDManager manager = NDManager.newBaseManager()) {
            for (WeightScale scale : WeightScale.values()) {
                QuantLinear trained = linear(5, scale, true);
                trained.initialize(manager, DataType.FLOAT32, new Shape(2, 3, 7));
                Blocks.assertRoundTrip(
                        manager,
                        trained,
                        linear(5, scale, true),
                        manager.randomNormal(new Shape(2, 3, 7)));
            }
            Shape image = new Shape(2, 3, 8, 8);
            QuantConv2d conv = conv();
            conv.initialize(manager, DataType.FLOAT32, image);
            ((BiPer) conv.getWeightQuantizer()).setStage(BiPer.Stage.BINARY);
            Blocks.assertRoundTrip(manager, conv, conv(), manager.randomNormal(image));
        }
    }

    private static QuantConv2d conv() {
        return QuantConv2d.builder()
                .setFilters(4)
                .setKernelShape(new Shape(3, 3))
                .optPadding(new Shape(1, 1))
                .optInputQuantizer(new ReSte())
                .optWeightQuantizer(new BiPer())
                .optScale(WeightScale.LEARNED)
                .build();
    }

    @Test
    void aFileOfAnotherLayerIsRefused() {
        try (NDManager manager = NDManager.newBaseManager()) {
            QuantLinear trained = linear(5, WeightScale.NONE, false);
            trained.initialize(manager, DataType.FLOAT32, new Shape(1, 7));
            AssertionError error =
                    assertThrows(
                            AssertionError.class,
                            () ->
                                    Blocks.assertRoundTrip(
                                            manager,
                                            trained,
                                            linear(6, WeightScale.NONE, false),
                                            manager.ones(new Shape(1, 7))));
            assertEquals(
                    "QuantLinear: this layer has 6 units, but the file has 5",
                    error.getCause().getMessage());
        }
    }

    @Test
    void aFileOfOtherSettingsIsRefused() {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray x = manager.ones(new Shape(1, 7));
            QuantLinear trained = linear(5, WeightScale.CHANNEL_MEAN, false);
            trained.initialize(manager, DataType.FLOAT32, x.getShape());
            assertRefused(
                    "QuantLinear: the settings of this layer are scale NONE, bias false, but the"
                            + " file has scale CHANNEL_MEAN, bias false",
                    manager,
                    trained,
                    linear(5, WeightScale.NONE, false),
                    x);
            ThermometerEncoding encoding = ThermometerEncoding.uniform(3, 0, 1);
            encoding.initialize(manager, DataType.FLOAT32, x.getShape());
            assertRefused(
                    "ThermometerEncoding: threshold 0 of this block is -1.0, but the file has 0.25",
                    manager,
                    encoding,
                    ThermometerEncoding.uniform(3, -2, 2),
                    x);
            BiPer biPer = new BiPer(20, 0);
            biPer.initialize(manager, DataType.FLOAT32, x.getShape());
            assertRefused(
                    "BiPer: the frequency of this quantizer is 30.0, but the file has 20.0",
                    manager,
                    biPer,
                    new BiPer(30, 0),
                    x);
        }
    }

    private static void assertRefused(
            String message, NDManager manager, Block trained, Block fresh, NDArray x) {
        AssertionError error =
                assertThrows(
                        AssertionError.class,
                        () -> Blocks.assertRoundTrip(manager, trained, fresh, x));
        assertEquals(message, error.getCause().getMessage());
    }

    @Test
    void aFileOfVersionOneIsRead() throws Exception {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray x = manager.randomNormal(new Shape(3, 7));
            QuantLinear trained = linear(5, WeightScale.CHANNEL_MEAN, false);
            trained.initialize(manager, DataType.FLOAT32, x.getShape());
            byte[] saved = Blocks.save(trained);
            byte[] settings = "scale CHANNEL_MEAN, bias false".getBytes(StandardCharsets.UTF_8);
            // Version 1 is version 2 without the settings, a text with its length in two bytes.
            String text = new String(saved, StandardCharsets.ISO_8859_1);
            int at = text.indexOf(new String(settings, StandardCharsets.ISO_8859_1)) - 2;
            byte[] old = new byte[saved.length - 2 - settings.length];
            System.arraycopy(saved, 0, old, 0, at);
            System.arraycopy(saved, at + 2 + settings.length, old, at, old.length - at);
            old[0] = 1;
            QuantLinear fresh = linear(5, WeightScale.CHANNEL_MEAN, false);
            fresh.loadParameters(manager, new DataInputStream(new ByteArrayInputStream(old)));
            assertEquals(
                    Blocks.infer(manager, trained, x).singletonOrThrow(),
                    Blocks.infer(manager, fresh, x).singletonOrThrow());
        }
    }

    @Test
    void badInputIsNamed() {
        assertMessage(
                "units must be set and positive, but was 0.", () -> QuantLinear.builder().build());
        assertMessage(
                "weightQuantizer must be given, but was null.",
                () -> QuantLinear.builder().optWeightQuantizer(null));
        ApproxSign shared = new ApproxSign();
        assertMessage(
                "inputQuantizer and weightQuantizer must be two objects, since the layer owns both,"
                        + " but were the same.",
                () ->
                        QuantLinear.builder()
                                .setUnits(3)
                                .optInputQuantizer(shared)
                                .optWeightQuantizer(shared)
                                .build());
        assertMessage(
                "kernelShape must be set.", () -> QuantConv2d.builder().setFilters(3).build());
        assertMessage(
                "groups must be a positive divisor of filters = 3, but was 2.",
                () ->
                        QuantConv2d.builder()
                                .setFilters(3)
                                .setKernelShape(new Shape(1, 1))
                                .optGroups(2)
                                .build());
        assertMessage(
                "stride must be two numbers of at least 1, but was (0, 1).",
                () ->
                        QuantConv2d.builder()
                                .setFilters(3)
                                .setKernelShape(new Shape(1, 1))
                                .optStride(new Shape(0, 1))
                                .build());
        try (NDManager manager = NDManager.newBaseManager()) {
            QuantLinear layer = linear(5, WeightScale.NONE, false);
            layer.initialize(manager, DataType.FLOAT32, new Shape(1, 7));
            assertMessage(
                    "QuantLinear was initialized for 7 features, but got an input of shape (1, 8).",
                    () -> Blocks.infer(manager, layer, manager.ones(new Shape(1, 8))));
            assertMessage(
                    "QuantConv2d takes an input of shape [batch, channels, height, width], but got"
                            + " (1, 8).",
                    () -> conv().initialize(manager, DataType.FLOAT32, new Shape(1, 8)));
            assertMessage(
                    "The kernel (3, 3) does not fit into an input of shape (1, 3, 0, 8) with"
                            + " padding (1, 1).",
                    () -> conv().initialize(manager, DataType.FLOAT32, new Shape(1, 3, 0, 8)));
        }
    }

    private static void assertMessage(
            String message, org.junit.jupiter.api.function.Executable action) {
        assertEquals(message, assertThrows(IllegalArgumentException.class, action).getMessage());
    }
}
