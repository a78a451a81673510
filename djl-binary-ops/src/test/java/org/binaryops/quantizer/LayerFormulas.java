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

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
import java.util.Random;
import java.util.function.Consumer;
import java.util.function.Function;
import org.binaryops.nn.QuantConv2d;
import org.binaryops.nn.QuantLinear;
import org.binaryops.nn.QuantizedLayer;
import org.binaryops.testing.Blocks;
import org.binaryops.testing.Gradients;

/** Checks quantizers inside layers, whose products and gradients are written out in plain loops. */
final class LayerFormulas {

    /** A quantizer as its paper writes it, on a flat array. */
    interface Rule {
        double[] value(double[] x, Shape shape);

        /** The gradient at x of Σ value ⊙ upstream. */
        double[] pullback(double[] x, Shape shape, double[] upstream);
    }

    /** A rule that takes each element alone. */
    record Elementwise(
            java.util.function.DoubleUnaryOperator f, java.util.function.DoubleUnaryOperator g)
            implements Rule {
        @Override
        public double[] value(double[] x, Shape shape) {
            return java.util.Arrays.stream(x).map(f).toArray();
        }

        @Override
        public double[] pullback(double[] x, Shape shape, double[] upstream) {
            double[] result = new double[x.length];
            for (int i = 0; i < x.length; ++i) {
                result[i] = upstream[i] * g.applyAsDouble(x[i]);
            }
            return result;
        }
    }

    static final Rule APPROX_SIGN =
            new Elementwise(Formulas::sign, x -> Math.max(2 - 2 * Math.abs(x), 0));

    private static final Shape LINEAR = new Shape(5, 8);
    private static final Shape IMAGES = new Shape(2, 6, 4, 3);
    private static final int UNITS = 3;
    private static final int KERNEL = 3;

    private LayerFormulas() {}

    /** Multiplies the operands of a layer: forward, and both gradients. */
    private interface Products {
        double[] forward(double[] x, double[] w);

        void backward(double[] x, double[] w, double[] up, double[] dx, double[] dw);
    }

    /**
     * Checks a training pass of a QuantLinear: its outputs and the gradients of input and weight.
     *
     * @param prepare called with the initialized layer
     * @param input the rule of the layer's input quantizer
     * @param weight the rule of the layer's weight quantizer
     */
    static void assertThroughLinear(
            Quantizer inputQuantizer,
            Quantizer weightQuantizer,
            Consumer<QuantizedLayer> prepare,
            Function<QuantizedLayer, Rule> input,
            Function<QuantizedLayer, Rule> weight) {
        QuantLinear layer =
                QuantLinear.builder()
                        .setUnits(UNITS)
                        .optInputQuantizer(inputQuantizer)
                        .optWeightQuantizer(weightQuantizer)
                        .build();
        check(layer, LINEAR, prepare, input, weight, new Matrix());
    }

    /** The same for a QuantConv2d with a kernel of 3 × 3 and padding. */
    static void assertThroughConvolution(
            Quantizer inputQuantizer,
            Quantizer weightQuantizer,
            Consumer<QuantizedLayer> prepare,
            Function<QuantizedLayer, Rule> input,
            Function<QuantizedLayer, Rule> weight) {
        QuantConv2d layer =
                QuantConv2d.builder()
                        .setFilters(UNITS)
                        .setKernelShape(new Shape(KERNEL, KERNEL))
                        .optPadding(new Shape(1, 1))
                        .optInputQuantizer(inputQuantizer)
                        .optWeightQuantizer(weightQuantizer)
                        .build();
        check(layer, IMAGES, prepare, input, weight, new Convolution());
    }

    private static void check(
            QuantizedLayer layer,
            Shape shape,
            Consumer<QuantizedLayer> prepare,
            Function<QuantizedLayer, Rule> inputRule,
            Function<QuantizedLayer, Rule> weightRule,
            Products products) {
        Random random = new Random(41);
        try (NDManager manager = NDManager.newBaseManager()) {
            Engine.getInstance().setRandomSeed(6);
            Blocks.initialize64(manager, layer, shape);
            prepare.accept(layer);
            NDArray weight = layer.getDirectParameters().get("weight").getArray();
            double[] w = random.doubles(weight.size(), -1.5, 1.5).toArray();
            w[0] = 1;
            w[1] = 0;
            weight.muli(0).addi(manager.create(w, weight.getShape()));
            weight.setRequiresGradient(true);
            double[] x = random.doubles(shape.size(), -2, 2).toArray();
            x[0] = -1;
            x[1] = 0;
            NDArray input = manager.create(x, shape);
            input.setRequiresGradient(true);

            Rule in = inputRule.apply(layer);
            Rule of = weightRule.apply(layer);
            double[] qx = in.value(x, shape);
            double[] qw = of.value(w, weight.getShape());
            double[] y = products.forward(qx, qw);
            double[] up = random.doubles(y.length, -1, 1).toArray();
            double[] dqx = new double[x.length];
            double[] dqw = new double[w.length];
            products.backward(qx, qw, up, dqx, dqw);

            try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
                NDArray output = Blocks.train(manager, layer, input).singletonOrThrow();
                assertArrayEquals(y, output.toDoubleArray(), 1e-11, "outputs");
                Gradients.backward(
                        collector, output.mul(manager.create(up, output.getShape())).sum());
            }
            assertArrayEquals(
                    in.pullback(x, shape, dqx),
                    input.getGradient().toDoubleArray(),
                    1e-10,
                    "gradient of the input");
            assertArrayEquals(
                    of.pullback(w, weight.getShape(), dqw),
                    weight.getGradient().toDoubleArray(),
                    1e-10,
                    "gradient of the weight");
        }
    }

    private static final class Matrix implements Products {
        private final int rows = (int) LINEAR.get(0);
        private final int features = (int) LINEAR.get(1);

        @Override
        public double[] forward(double[] x, double[] w) {
            double[] y = new double[rows * UNITS];
            for (int i = 0; i < y.length; ++i) {
                for (int f = 0; f < features; ++f) {
                    y[i] += x[i / UNITS * features + f] * w[i % UNITS * features + f];
                }
            }
            return y;
        }

        @Override
        public void backward(double[] x, double[] w, double[] up, double[] dx, double[] dw) {
            for (int i = 0; i < up.length; ++i) {
                for (int f = 0; f < features; ++f) {
                    int a = i / UNITS * features + f;
                    int b = i % UNITS * features + f;
                    dx[a] += up[i] * w[b];
                    dw[b] += up[i] * x[a];
                }
            }
        }
    }

    private static final class Convolution implements Products {
        private final int channels = (int) IMAGES.get(1);
        private final int height = (int) IMAGES.get(2);
        private final int width = (int) IMAGES.get(3);

        /** Visits each product of a convolution: (output index, input index, weight index). */
        private interface Visitor {
            void visit(int y, int x, int w);
        }

        private void each(Visitor visitor) {
            int count = (int) IMAGES.get(0) * UNITS * height * width;
            for (int y = 0; y < count; ++y) {
                int column = y % width;
                int row = y / width % height;
                int filter = y / (width * height) % UNITS;
                int image = y / (width * height * UNITS);
                for (int k = 0; k < channels * KERNEL * KERNEL; ++k) {
                    int channel = k / (KERNEL * KERNEL);
                    int r = row + k / KERNEL % KERNEL - 1;
                    int c = column + k % KERNEL - 1;
                    if (r >= 0 && r < height && c >= 0 && c < width) {
                        visitor.visit(
                                y,
                                ((image * channels + channel) * height + r) * width + c,
                                filter * channels * KERNEL * KERNEL + k);
                    }
                }
            }
        }

        @Override
        public double[] forward(double[] x, double[] w) {
            double[] result = new double[(int) IMAGES.get(0) * UNITS * height * width];
            each((y, a, b) -> result[y] += x[a] * w[b]);
            return result;
        }

        @Override
        public void backward(double[] x, double[] w, double[] up, double[] dx, double[] dw) {
            each(
                    (y, a, b) -> {
                        dx[a] += up[y] * w[b];
                        dw[b] += up[y] * x[a];
                    });
        }
    }
}
