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
package org.binaryops.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
import java.util.Arrays;
import java.util.Random;
import org.binaryops.testing.Gradients;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Sums and gradients of convolutions of small whole numbers, which floats hold exactly. */
class ConvolutionsTest {

    private static final int HEIGHT = 6;
    private static final int WIDTH = 5;

    private record Size(int batch, int channels, int filters, int kernel, int stride, int padding) {

        private int rows() {
            return (HEIGHT + 2 * padding - kernel) / stride + 1;
        }

        private int columns() {
            return (WIDTH + 2 * padding - kernel) / stride + 1;
        }
    }

    /** The sums, and the gradients of their products with numbers, by loops. */
    private static final class Sums {

        private final Size size;
        private final float[] x;
        private final float[] w;
        private final float[] bias;
        private final float[] factors;
        private final float[] y;
        private final float[] ofX;
        private final float[] ofW;

        private Sums(Size size, Random random) {
            this.size = size;
            x = numbers(random, size.batch * size.channels * HEIGHT * WIDTH);
            w = numbers(random, size.filters * size.channels * size.kernel * size.kernel);
            bias = numbers(random, size.filters);
            factors = numbers(random, size.batch * size.filters * size.rows() * size.columns());
            y = new float[factors.length];
            ofX = new float[x.length];
            ofW = new float[w.length];
            for (int b = 0; b < size.batch; ++b) {
                for (int n = 0; n < size.filters; ++n) {
                    for (int row = 0; row < size.rows(); ++row) {
                        for (int column = 0; column < size.columns(); ++column) {
                            add(b, n, row, column);
                        }
                    }
                }
            }
        }

        private void add(int b, int n, int row, int column) {
            int to = ((b * size.filters + n) * size.rows() + row) * size.columns() + column;
            y[to] = bias[n];
            for (int c = 0; c < size.channels; ++c) {
                for (int u = 0; u < size.kernel; ++u) {
                    for (int v = 0; v < size.kernel; ++v) {
                        int i = row * size.stride - size.padding + u;
                        int j = column * size.stride - size.padding + v;
                        if (i >= 0 && j >= 0 && i < HEIGHT && j < WIDTH) {
                            int at = ((b * size.channels + c) * HEIGHT + i) * WIDTH + j;
                            int k = ((n * size.channels + c) * size.kernel + u) * size.kernel + v;
                            y[to] += x[at] * w[k];
                            ofX[at] += factors[to] * w[k];
                            ofW[k] += factors[to] * x[at];
                        }
                    }
                }
            }
        }

        private static float[] numbers(Random random, int count) {
            float[] numbers = new float[count];
            for (int i = 0; i < count; ++i) {
                numbers[i] = random.nextInt(7) - 3;
            }
            return numbers;
        }
    }

    private interface Convolution {
        NDArray apply(NDArray x, NDArray w, NDArray bias, Shape stride, Shape padding, Shape one);
    }

    private static void check(Size size, Convolution convolution) {
        Sums sums = new Sums(size, new Random(3));
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray x = manager.create(sums.x, new Shape(size.batch, size.channels, HEIGHT, WIDTH));
            NDArray w =
                    manager.create(
                            sums.w,
                            new Shape(size.filters, size.channels, size.kernel, size.kernel));
            NDArray bias = manager.create(sums.bias);
            x.setRequiresGradient(true);
            w.setRequiresGradient(true);
            try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
                NDArray y =
                        convolution.apply(
                                x,
                                w,
                                bias,
                                new Shape(size.stride, size.stride),
                                new Shape(size.padding, size.padding),
                                new Shape(1, 1));
                assertArrayEquals(sums.y, y.toFloatArray());
                Gradients.backward(
                        collector, y.mul(manager.create(sums.factors, y.getShape())).sum());
            }
            assertArrayEquals(sums.ofX, x.getGradient().toFloatArray());
            assertArrayEquals(sums.ofW, w.getGradient().toFloatArray());
        }
    }

    @ParameterizedTest
    @CsvSource({
        "2, 24, 16, 3, 1, 0",
        "3, 17, 40, 2, 2, 1",
        "1, 24, 8, 3, 1, 1",
        "2, 16, 16, 3, 1, 1",
        "2, 3, 7, 3, 2, 1",
        "2, 12, 12, 3, 1, 1",
        "2, 9, 20, 3, 1, 1",
        "2, 40, 33, 1, 1, 0",
        "4, 63, 5, 5, 1, 2"
    })
    void sumsAndGradientsAreThoseOfTheFormula(
            int batch, int channels, int filters, int kernel, int stride, int padding) {
        Size size = new Size(batch, channels, filters, kernel, stride, padding);
        check(size, (x, w, b, s, p, one) -> Convolutions.convolve(x, w, b, s, p, one, 1));
        check(size, Convolutions::filledUp);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 9, 12, 16, 17, 24, 40})
    void sequencesAreSummedToo(int channels) {
        float[] ones = new float[2 * channels * 9];
        Arrays.fill(ones, 1);
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray x = manager.create(ones, new Shape(2, channels, 9));
            NDArray w = manager.ones(new Shape(5, channels, 3));
            Shape one = new Shape(1);
            NDArray y = Convolutions.convolve(x, w, null, one, new Shape(0), one, 1);
            assertEquals(new Shape(2, 5, 7), y.getShape());
            assertEquals(3f * channels, y.min().getFloat());
            assertEquals(3f * channels, y.max().getFloat());
            NDArray same = Convolutions.filledUp(x, w, null, one, new Shape(0), one);
            assertEquals(y, same);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"FLOAT32", "FLOAT64"})
    void nothingStaysBehind(DataType type) {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray x = manager.ones(new Shape(2, 24, 6, 6), type);
            NDArray w = manager.ones(new Shape(5, 24, 3, 3), type);
            Shape one = new Shape(1, 1);
            int before = manager.getManagedArrays().size();
            Convolutions.convolve(x, w, null, one, one, one, 1).close();
            Convolutions.filledUp(x, w, null, one, one, one).close();
            assertEquals(before, manager.getManagedArrays().size());
        }
    }
}
