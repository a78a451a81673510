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

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.convolutional.Conv1d;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.training.GradientCollector;
import ai.djl.training.ParameterStore;
import java.util.Arrays;
import java.util.Random;
import java.util.function.DoubleUnaryOperator;
import net.jqwik.api.Assume;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.binaryops.quantizer.ApproxSign;
import org.binaryops.quantizer.StraightThroughSign;
import org.binaryops.testing.Blocks;
import org.binaryops.testing.Gradients;
import org.junit.jupiter.api.Test;

/** One-dimensional and transposed convolutions against loops over their definitions. */
class SpatialLayersTest {

    static double sign(double x) {
        return x >= 0 ? 1 : -1;
    }

    static double[] map(double[] x, DoubleUnaryOperator f) {
        return Arrays.stream(x).map(f).toArray();
    }

    static double[] array(QuantizedLayer layer, String name) {
        return layer.getDirectParameters().get(name).getArray().toDoubleArray();
    }

    private static double[] gradient(QuantizedLayer layer, String name) {
        return layer.getDirectParameters().get(name).getArray().getGradient().toDoubleArray();
    }

    private static double[] product(double[] x, double[] y) {
        double[] product = new double[x.length];
        for (int i = 0; i < x.length; ++i) {
            product[i] = x[i] * y[i];
        }
        return product;
    }

    /**
     * Checks the output, its announced shape and all gradients of a layer with the scale
     * CHANNEL_MEAN, a bias and, if {@code signs}, ApproxSign on the input and the straight-through
     * sign on the weight.
     */
    private static void check(
            QuantizedLayer layer, PlainConvolution plain, Shape in, boolean signs, long seed) {
        Random random = new Random(seed);
        double[] x = random.doubles(in.size(), -1.5, 1.5).toArray();
        double[] up = random.doubles(plain.outputs(), -1, 1).toArray();
        try (NDManager manager = NDManager.newBaseManager()) {
            layer.setInitializer(
                    (m, shape, type) -> m.randomUniform(-1.5f, 1.5f, shape, type), p -> true);
            Blocks.initialize64(manager, layer, in);
            double[] w = array(layer, "weight");
            double[] b = array(layer, "bias");
            assertEquals(plain.weights(), w.length);
            double[] qx = signs ? map(x, SpatialLayersTest::sign) : x;
            double[] qw = signs ? map(w, SpatialLayersTest::sign) : w;
            // What the accumulators become: alpha of each filter, and the bias.
            int each = plain.outH() * plain.outW();
            double[] y = plain.forward(qx, qw);
            double[] scaledUp = up.clone();
            double[] db = new double[b.length];
            for (int i = 0; i < y.length; ++i) {
                int filter = i / each % plain.f();
                int size = w.length / plain.f();
                double alpha = 0;
                for (int k = filter * size; k < (filter + 1) * size; ++k) {
                    alpha += Math.abs(w[k]) / size;
                }
                y[i] = alpha * y[i] + b[filter];
                scaledUp[i] *= alpha;
                db[filter] += up[i];
            }
            double[] dx = plain.inputGradient(qw, scaledUp);
            double[] dw = plain.weightGradient(qx, scaledUp);
            if (signs) {
                dx = product(dx, map(x, v -> Math.max(2 - 2 * Math.abs(v), 0)));
                dw = product(dw, map(w, v -> Math.abs(v) <= 1 ? 1 : 0));
            }

            NDArray input = manager.create(x, in);
            input.setRequiresGradient(true);
            Shape announced = layer.getOutputShapes(new Shape[] {in})[0];
            try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
                NDArray output = Blocks.train(manager, layer, input).singletonOrThrow();
                assertEquals(announced, output.getShape());
                assertArrayEquals(y, output.toDoubleArray(), 1e-11);
                Gradients.backward(collector, output.mul(manager.create(up, announced)).sum());
            }
            assertArrayEquals(dx, input.getGradient().toDoubleArray(), 1e-11);
            assertArrayEquals(dw, gradient(layer, "weight"), 1e-11);
            assertArrayEquals(db, gradient(layer, "bias"), 1e-11);
        }
    }

    @Property(tries = 40)
    void convolutionInOneDimensionFollowsItsFormula(
            @ForAll @IntRange(min = 1, max = 3) int channels,
            @ForAll @IntRange(min = 1, max = 3) int multiplier,
            @ForAll @IntRange(min = 1, max = 3) int groups,
            @ForAll @IntRange(min = 1, max = 9) int width,
            @ForAll @IntRange(min = 1, max = 4) int kernel,
            @ForAll @IntRange(min = 1, max = 3) int stride,
            @ForAll @IntRange(max = 3) int padding,
            @ForAll @IntRange(min = 1, max = 3) int dilation,
            @ForAll boolean signs,
            @ForAll long seed) {
        Shape in = new Shape(2, channels * groups, width);
        PlainConvolution plain =
                new PlainConvolution(
                        2,
                        channels * groups,
                        1,
                        width,
                        multiplier * groups,
                        groups,
                        new int[] {1, kernel},
                        new int[] {1, stride},
                        new int[] {0, padding},
                        new int[] {1, dilation},
                        new int[2],
                        false);
        Assume.that(plain.outW() > 0);
        QuantConv1d.Builder builder =
                QuantConv1d.builder()
                        .setFilters(multiplier * groups)
                        .setKernelShape(new Shape(kernel))
                        .optStride(new Shape(stride))
                        .optPadding(new Shape(padding))
                        .optDilation(new Shape(dilation))
                        .optGroups(groups)
                        .optScale(WeightScale.CHANNEL_MEAN)
                        .optBias(true);
        if (signs) {
            builder.optInputQuantizer(new ApproxSign())
                    .optWeightQuantizer(new StraightThroughSign());
        }
        check(builder.build(), plain, in, signs, seed);
    }

    @Property(tries = 60)
    void transposedConvolutionFollowsItsFormula(
            @ForAll @IntRange(min = 1, max = 2) int channels,
            @ForAll @IntRange(min = 1, max = 2) int multiplier,
            @ForAll @IntRange(min = 1, max = 3) int groups,
            @ForAll Random geometry,
            @ForAll boolean signs,
            @ForAll long seed) {
        int[] kernel = numbers(geometry, 1, 4);
        int[] stride = numbers(geometry, 1, 3);
        int[] padding = numbers(geometry, 0, 3);
        int[] dilation = numbers(geometry, 1, 3);
        int[] size = numbers(geometry, 1, 5);
        int[] outPadding = new int[2];
        for (int i = 0; i < 2; ++i) {
            outPadding[i] = geometry.nextInt(Math.max(stride[i], dilation[i]));
        }
        Shape in = new Shape(2, channels * groups, size[0], size[1]);
        PlainConvolution plain =
                new PlainConvolution(
                        2,
                        channels * groups,
                        size[0],
                        size[1],
                        multiplier * groups,
                        groups,
                        kernel,
                        stride,
                        padding,
                        dilation,
                        outPadding,
                        true);
        Assume.that(plain.outH() > 0 && plain.outW() > 0);
        QuantDeconv2d.Builder builder =
                QuantDeconv2d.builder()
                        .setFilters(multiplier * groups)
                        .setKernelShape(shape(kernel))
                        .optStride(shape(stride))
                        .optPadding(shape(padding))
                        .optOutPadding(shape(outPadding))
                        .optDilation(shape(dilation))
                        .optGroups(groups)
                        .optScale(WeightScale.CHANNEL_MEAN)
                        .optBias(true);
        if (signs) {
            builder.optInputQuantizer(new ApproxSign())
                    .optWeightQuantizer(new StraightThroughSign());
        }
        check(builder.build(), plain, in, signs, seed);
    }

    private static int[] numbers(Random random, int least, int most) {
        return random.ints(2, least, most + 1).toArray();
    }

    private static Shape shape(int... numbers) {
        return new Shape(Arrays.stream(numbers).asLongStream().toArray());
    }

    /** ⟨conv(y), x⟩ = ⟨y, deconv(x)⟩ with DJL's convolution, and PyTorch's layout of the weight. */
    @Test
    void transposedConvolutionIsTheAdjointOfTheEnginesConvolution() {
        try (NDManager manager = NDManager.newBaseManager()) {
            Shape stride = new Shape(2, 3);
            Shape padding = new Shape(1, 2);
            Shape dilation = new Shape(2, 1);
            int groups = 2;
            NDArray y = manager.randomNormal(0, 1, new Shape(3, 4, 9, 10), DataType.FLOAT64);
            NDArray torch = manager.randomNormal(0, 1, new Shape(6, 2, 3, 4), DataType.FLOAT64);
            NDArray down =
                    Conv2d.conv2d(y, torch, null, stride, padding, dilation, groups)
                            .singletonOrThrow();
            NDArray x = manager.randomNormal(0, 1, down.getShape(), DataType.FLOAT64);
            NDArray w = TransposedConvolution.fromTorch(torch, groups);
            assertEquals(new Shape(4, 3, 3, 4), w.getShape());
            NDArray up =
                    TransposedConvolution.deconv2d(
                            x, w, stride, padding, new Shape(0, 1), dilation, groups);
            assertEquals(new Shape(3, 4, 9, 10), up.getShape());
            assertEquals(
                    down.mul(x).sum().getDouble(), up.mul(y).sum().getDouble(), 1e-9, "adjoint");
        }
    }

    @Test
    void withoutQuantizersItIsTheLayerOfDjlExactly() {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray x = manager.randomNormal(new Shape(3, 4, 17));
            QuantConv1d layer =
                    QuantConv1d.builder()
                            .setFilters(6)
                            .setKernelShape(new Shape(5))
                            .optStride(new Shape(2))
                            .optPadding(new Shape(3))
                            .optGroups(2)
                            .build();
            layer.initialize(manager, DataType.FLOAT32, x.getShape());
            NDArray w = layer.getDirectParameters().get("weight").getArray();
            NDArray expected =
                    Conv1d.conv1d(x, w, null, new Shape(2), new Shape(3), new Shape(1), 2)
                            .singletonOrThrow();
            assertEquals(expected, Blocks.infer(manager, layer, x).singletonOrThrow());
        }
    }

    /** With ±1 operands the accumulators are integers, whatever the phases of the stride. */
    @Test
    void accumulatorsOfSignsAreExactIntegersInFloat32() {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray x = manager.randomNormal(new Shape(2, 64, 5, 5));
            QuantDeconv2d layer =
                    QuantDeconv2d.builder()
                            .setFilters(32)
                            .setKernelShape(new Shape(4, 4))
                            .optStride(new Shape(2, 2))
                            .optPadding(new Shape(1, 1))
                            .optInputQuantizer(new StraightThroughSign())
                            .optWeightQuantizer(new StraightThroughSign())
                            .build();
            layer.initialize(manager, DataType.FLOAT32, x.getShape());
            NDArray y = Blocks.infer(manager, layer, x).singletonOrThrow();
            assertEquals(new Shape(2, 32, 10, 10), y.getShape());
            assertEquals(y.round(), y);
            NDArray w = layer.quantizedWeight(new ParameterStore(manager, false), x);
            PlainConvolution plain =
                    new PlainConvolution(
                            2,
                            64,
                            5,
                            5,
                            32,
                            1,
                            new int[] {4, 4},
                            new int[] {2, 2},
                            new int[] {1, 1},
                            new int[] {1, 1},
                            new int[2],
                            true);
            double[] signs = doubles(x.gte(0).toType(DataType.FLOAT32, false).mul(2).sub(1));
            assertArrayEquals(plain.forward(signs, doubles(w)), doubles(y), 0);
        }
    }

    static double[] doubles(NDArray x) {
        return x.toType(DataType.FLOAT64, false).toDoubleArray();
    }
}
