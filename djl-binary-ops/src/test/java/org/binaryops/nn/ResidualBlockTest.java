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

import ai.djl.MalformedModelException;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.norm.BatchNorm;
import ai.djl.training.GradientCollector;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.util.List;
import java.util.Random;
import org.binaryops.gradient.Temporaries;
import org.binaryops.quantizer.ApproxSign;
import org.binaryops.quantizer.SignQuantizer;
import org.binaryops.quantizer.StraightThroughSign;
import org.binaryops.testing.Blocks;
import org.binaryops.testing.Gradients;
import org.binaryops.testing.Leaks;
import org.junit.jupiter.api.Test;

/** Shortcuts and the residual blocks of Bi-Real Net and ReActNet. */
class ResidualBlockTest {

    /** Of a batch norm, a float. */
    private static final double EPSILON = 1e-5f;

    private static double[] apply(NDManager manager, Block block, double[] x, Shape shape) {
        NDArray input = manager.create(x, shape);
        Blocks.initialize64(manager, block, shape);
        NDArray y = Blocks.infer(manager, block, input).singletonOrThrow();
        assertEquals(block.getOutputShapes(new Shape[] {shape})[0], y.getShape());
        return y.toDoubleArray();
    }

    /** An image of 5×4 pixels shrinks to 3×2; of the last row one pixel is left to average. */
    @Test
    void shortcutsWithoutParametersFollowTheirFormulas() {
        int channels = 2;
        double[] x = new Random(1).doubles(channels * 20, -1, 1).toArray();
        Shape shape = new Shape(1, channels, 5, 4);
        double[] averaged = new double[5 * 6];
        double[] subsampled = new double[5 * 6];
        double[] duplicated = new double[4 * 6];
        for (int c = 0; c < channels; ++c) {
            for (int i = 0; i < 3; ++i) {
                for (int j = 0; j < 2; ++j) {
                    double sum = 0;
                    int rows = i == 2 ? 1 : 2;
                    for (int r = 0; r < rows; ++r) {
                        int first = c * 20 + (2 * i + r) * 4 + 2 * j;
                        sum += x[first] + x[first + 1];
                    }
                    // Of 3 added channels one stands before and two stand after the others.
                    int padded = (c + 1) * 6 + i * 2 + j;
                    averaged[padded] = sum / (2 * rows);
                    subsampled[padded] = x[c * 20 + 2 * i * 4 + 2 * j];
                    duplicated[c * 6 + i * 2 + j] = averaged[padded];
                    duplicated[(channels + c) * 6 + i * 2 + j] = averaged[padded];
                }
            }
        }
        try (NDManager manager = NDManager.newBaseManager()) {
            assertArrayEquals(
                    averaged, apply(manager, Shortcut.AVERAGED.newBlock(5, 2), x, shape), 1e-15);
            assertArrayEquals(
                    subsampled,
                    apply(manager, Shortcut.SUBSAMPLED.newBlock(5, 2), x, shape),
                    1e-15);
            assertArrayEquals(
                    duplicated,
                    apply(manager, Shortcut.DUPLICATED.newBlock(4, 2), x, shape),
                    1e-15);
            assertArrayEquals(
                    x, apply(manager, Shortcut.AVERAGED.newBlock(2, 1), x, shape), "identity");
            assertMessage(
                    "A shortcut to 1 filters takes at most as many channels, but got 2.",
                    () -> apply(manager, Shortcut.AVERAGED.newBlock(1, 2), x, shape));
            assertMessage(
                    "filters and stride must be positive, but were 4 and 0.",
                    () -> Shortcut.CONVOLVED.newBlock(4, 0));
        }
    }

    @Test
    void theConvolvedShortcutAveragesBeforeItConvolves() {
        double[] x = new Random(2).doubles(2 * 16, -1, 1).toArray();
        Shape shape = new Shape(1, 2, 4, 4);
        try (NDManager manager = NDManager.newBaseManager()) {
            Block block = Shortcut.CONVOLVED.newBlock(3, 2);
            double[] actual = apply(manager, block, x, shape);
            double[] w = block.getParameters().valueAt(0).getArray().toDoubleArray();
            assertEquals(6, w.length, "no bias");
            double[] expected = new double[3 * 4];
            for (int f = 0; f < 3; ++f) {
                for (int p = 0; p < 4; ++p) {
                    for (int c = 0; c < 2; ++c) {
                        int first = c * 16 + p / 2 * 8 + p % 2 * 2;
                        double sum = x[first] + x[first + 1] + x[first + 4] + x[first + 5];
                        expected[f * 4 + p] += w[f * 2 + c] * sum / 4;
                    }
                    // The norm at its start: mean 0, variance 1, ε = 1e-5.
                    expected[f * 4 + p] /= Math.sqrt(1 + EPSILON);
                }
            }
            assertArrayEquals(expected, actual, 1e-12);
        }
    }

    private static BiRealBlock.Builder biReal(int filters) {
        return BiRealBlock.builder()
                .setFilters(filters)
                .setConvolution(
                        conv ->
                                conv.optInputQuantizer(new ApproxSign())
                                        .optWeightQuantizer(new StraightThroughSign())
                                        .optScale(WeightScale.CHANNEL_MEAN));
    }

    @Test
    void biRealBlockAddsItsInputAfterTheNorm() {
        double[] x = new Random(3).doubles(2 * 16, -1, 1).toArray();
        Shape shape = new Shape(1, 2, 4, 4);
        try (NDManager manager = NDManager.newBaseManager()) {
            Block block = biReal(2).optActivation(new HardTanh()).build();
            double[] actual = apply(manager, block, x, shape);
            double[] w = block.getParameters().valueAt(0).getArray().toDoubleArray();
            double[] expected = new double[x.length];
            for (int f = 0; f < 2; ++f) {
                double alpha = 0;
                for (int k = 0; k < 18; ++k) {
                    alpha += Math.abs(w[f * 18 + k]) / 18;
                }
                for (int p = 0; p < 16; ++p) {
                    double sum = 0;
                    for (int k = 0; k < 18; ++k) {
                        int row = p / 4 + k % 9 / 3 - 1;
                        int column = p % 4 + k % 3 - 1;
                        if (row >= 0 && row < 4 && column >= 0 && column < 4) {
                            double in = x[k / 9 * 16 + row * 4 + column];
                            sum += (in >= 0 ? 1 : -1) * (w[f * 18 + k] >= 0 ? 1 : -1);
                        }
                    }
                    double y = alpha * sum / Math.sqrt(1 + EPSILON) + x[f * 16 + p];
                    expected[f * 16 + p] = Math.max(-1, Math.min(1, y));
                }
            }
            assertArrayEquals(expected, actual, 1e-12);
            Block fresh = biReal(2).optActivation(new HardTanh()).build();
            Blocks.assertRoundTrip(manager, block, fresh, manager.create(x, shape));
            byte[] saved = Blocks.save(block);
            assertEquals(
                    "ResidualBlock: this block has a shortcut block: true, an activation: false,"
                            + " but the file has true and true",
                    assertThrows(
                                    MalformedModelException.class,
                                    () ->
                                            biReal(2)
                                                    .build()
                                                    .loadParameters(
                                                            manager,
                                                            new DataInputStream(
                                                                    new ByteArrayInputStream(
                                                                            saved))))
                            .getMessage());
        }
    }

    /** The paper's own form: two 1×1 convolutions of the same signs, concatenated. */
    @Test
    void oneConvolutionDoublesChannelsAsTwoOfThePaper() {
        int channels = 3;
        Shape shape = new Shape(2, channels, 6, 6);
        try (NDManager manager = NDManager.newBaseManager()) {
            Engine.getInstance().setRandomSeed(4);
            Block block =
                    ReActNetBlock.builder()
                            .setChannels(channels)
                            .optStride(2)
                            .optDoubling(true)
                            .build();
            block.setInitializer(
                    (m, s, type) -> m.randomUniform(-1, 1, s, type),
                    p -> p.getType() != ai.djl.nn.Parameter.Type.RUNNING_VAR);
            Blocks.initialize64(manager, block, shape);
            NDArray x = manager.create(new Random(5).doubles(216, -2, 2).toArray(), shape);
            NDArray reference = x.duplicate();
            x.setRequiresGradient(true);
            reference.setRequiresGradient(true);
            NDArray up =
                    manager.randomUniform(-1, 1, new Shape(2, 6, 3, 3))
                            .toType(x.getDataType(), false);
            double[] actual;
            double[] expected;
            try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
                NDArray y = Blocks.infer(manager, block, x).singletonOrThrow();
                actual = y.toDoubleArray();
                Gradients.backward(collector, y.mul(up).sum());
            }
            try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
                NDArray y = asPublished(block, reference);
                expected = y.toDoubleArray();
                Gradients.backward(collector, y.mul(up).sum());
            }
            assertArrayEquals(expected, actual, 1e-12);
            assertArrayEquals(
                    reference.getGradient().toDoubleArray(),
                    x.getGradient().toDoubleArray(),
                    1e-12);
        }
    }

    private static NDArray asPublished(Block block, NDArray x) {
        List<ai.djl.nn.Parameter> all = block.getParameters().values();
        NDArray[] p = all.stream().map(ai.djl.nn.Parameter::getArray).toArray(NDArray[]::new);
        // 3×3: weight, shift, norm (4); RPReLU (3); 1×1: weight, shift, norm (4); RPReLU (3).
        assertEquals(18, p.length);
        NDArray sum =
                norm(convolution(approxSign(x, p[1]), p[0], 2, 1), p, 2)
                        .add(
                                ai.djl.nn.pooling.Pool.avgPool2d(
                                        x,
                                        new Shape(2, 2),
                                        new Shape(2, 2),
                                        new Shape(0, 0),
                                        false,
                                        true));
        NDArray z = rprelu(sum, p, 6);
        NDArray signs = approxSign(z, p[10]);
        NDList halves = new NDList();
        for (int half = 0; half < 2; ++half) {
            String rows = 3 * half + ":" + 3 * (half + 1);
            NDArray[] norm = new NDArray[4];
            for (int i = 0; i < 4; ++i) {
                norm[i] = p[11 + i].get(rows);
            }
            halves.add(norm(convolution(signs, p[9].get(rows), 1, 0), norm, 0).add(z));
        }
        return rprelu(ai.djl.ndarray.NDArrays.concat(halves, 1), p, 15);
    }

    private static NDArray column(NDArray perChannel) {
        return perChannel.reshape(1, -1, 1, 1);
    }

    private static NDArray approxSign(NDArray x, NDArray shift) {
        NDArray z = x.add(column(shift));
        // F(z) of the paper, whose derivative is max(2 − 2|z|, 0).
        NDArray c = z.maximum(Temporaries.constant(z, -1)).minimum(Temporaries.constant(z, 1));
        NDArray f = c.add(c).sub(c.mul(c.abs()));
        return f.add(SignQuantizer.sign(z).sub(f).stopGradient());
    }

    private static NDArray convolution(NDArray x, NDArray w, int stride, int padding) {
        long filters = w.getShape().get(0);
        NDArray scale = w.abs().reshape(filters, -1).mean(new int[] {1}).reshape(filters, 1, 1, 1);
        return Conv2d.conv2d(
                        x,
                        SignQuantizer.sign(w).mul(scale),
                        null,
                        new Shape(stride, stride),
                        new Shape(padding, padding),
                        new Shape(1, 1))
                .singletonOrThrow();
    }

    private static NDArray norm(NDArray x, NDArray[] p, int first) {
        return BatchNorm.batchNorm(
                        x,
                        p[first + 2],
                        p[first + 3],
                        p[first],
                        p[first + 1],
                        1,
                        0.9f,
                        1e-5f,
                        false)
                .singletonOrThrow();
    }

    private static NDArray rprelu(NDArray x, NDArray[] p, int first) {
        NDArray z = x.add(column(p[first]));
        NDArray negative = z.sub(Activation.relu(z));
        return Activation.relu(z).add(negative.mul(column(p[first + 1]))).add(column(p[first + 2]));
    }

    @Test
    void nothingLeaks() {
        Shape shape = new Shape(2, 4, 6, 6);
        try (NDManager manager = NDManager.newBaseManager()) {
            for (Shortcut shortcut : Shortcut.values()) {
                Block block =
                        biReal(8)
                                .optStride(2)
                                .optShortcut(shortcut)
                                .optActivation(new RPReLU())
                                .build();
                block.initialize(manager, ai.djl.ndarray.types.DataType.FLOAT32, shape);
                Leaks.assertNothingLeft(
                        manager, 20, step -> Blocks.train(step, block, step.ones(shape)));
            }
        }
    }

    @Test
    void mismatchesAreAnsweredClearly() {
        Shape shape = new Shape(2, 4, 6, 6);
        try (NDManager manager = NDManager.newBaseManager()) {
            assertMessage("body must be set.", () -> ResidualBlock.builder().build());
            assertMessage(
                    "convolution must be set.", () -> BiRealBlock.builder().setFilters(3).build());
            assertMessage(
                    "The body of a ResidualBlock must have the output shape of its shortcut (2, 4,"
                            + " 6, 6), but has (2, 3, 6, 6).",
                    () ->
                            Blocks.initialize64(
                                    manager,
                                    ResidualBlock.builder()
                                            .setBody(
                                                    Conv2d.builder()
                                                            .setFilters(3)
                                                            .setKernelShape(new Shape(1, 1))
                                                            .build())
                                            .build(),
                                    shape));
        }
    }

    private static void assertMessage(
            String message, org.junit.jupiter.api.function.Executable action) {
        assertEquals(message, assertThrows(IllegalArgumentException.class, action).getMessage());
    }
}
