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
package org.binaryops.network;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.core.Linear;
import ai.djl.nn.norm.BatchNorm;
import ai.djl.nn.pooling.Pool;
import ai.djl.training.GradientCollector;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.UnaryOperator;
import org.binaryops.gradient.Temporaries;
import org.binaryops.nn.Shortcut;
import org.binaryops.quantizer.Identity;
import org.binaryops.testing.Blocks;
import org.binaryops.testing.Gradients;
import org.junit.jupiter.api.Test;

/** ResNets whose quantizers are identities, against float graphs written out in DJL's functions. */
class ResNetTest {

    /** A network in float, but with the hard tanh of the binary ones. */
    private static final BinaryMethod IDENTITY =
            BinaryMethod.builder("identity").optActivation(Identity::new).build();

    /** The forward pass of the papers' code, taking parameters in the order of the layers. */
    private static final class Reference {

        private final Deque<NDArray> parameters = new ArrayDeque<>();
        private final boolean training;

        Reference(Block net, boolean training) {
            for (Parameter parameter : net.getParameters().values()) {
                parameters.add(parameter.getArray());
            }
            this.training = training;
        }

        NDArray convolution(NDArray x, int kernel, int stride) {
            int padding = kernel / 2;
            return Conv2d.conv2d(
                            x,
                            parameters.remove(),
                            null,
                            new Shape(stride, stride),
                            new Shape(padding, padding),
                            new Shape(1, 1))
                    .singletonOrThrow();
        }

        NDArray norm(NDArray x) {
            NDArray gamma = parameters.remove();
            NDArray beta = parameters.remove();
            // A copy: in training the pass updates them, and both networks must do so once.
            NDArray mean = parameters.remove().duplicate();
            NDArray variance = parameters.remove().duplicate();
            return BatchNorm.batchNorm(x, mean, variance, gamma, beta, 1, 0.9f, 1e-5f, training)
                    .singletonOrThrow();
        }

        NDArray linear(NDArray x) {
            return Linear.linear(x, parameters.remove(), parameters.remove()).singletonOrThrow();
        }

        static NDArray hardTanh(NDArray x) {
            return x.maximum(Temporaries.constant(x, -1)).minimum(Temporaries.constant(x, 1));
        }

        static NDArray average(NDArray x) {
            return Pool.avgPool2d(
                    x, new Shape(2, 2), new Shape(2, 2), new Shape(0, 0), false, true);
        }

        static NDArray zeroChannels(NDArray x) {
            Shape s = x.getShape();
            NDArray zeros =
                    x.getManager()
                            .zeros(
                                    new Shape(s.get(0), s.get(1) / 2, s.get(2), s.get(3)),
                                    x.getDataType());
            return ai.djl.ndarray.NDArrays.concat(new NDList(zeros, x, zeros), 1);
        }

        NDArray output(NDArray x) {
            return linear(norm(x.mean(new int[] {3}).mean(new int[] {2})));
        }
    }

    private static NDArray biPer(Reference r, NDArray x) {
        NDArray h = Reference.hardTanh(r.norm(r.convolution(x, 3, 1)));
        for (int block = 0; block < 9; ++block) {
            boolean down = block == 3 || block == 6;
            NDArray shortcut = down ? Reference.zeroChannels(Reference.average(h)) : h;
            h = Reference.hardTanh(r.norm(r.convolution(h, 3, down ? 2 : 1)).add(shortcut));
            h = Reference.hardTanh(r.norm(r.convolution(h, 3, 1)).add(h));
        }
        return r.output(h);
    }

    private static NDArray reste(Reference r, NDArray x) {
        NDArray h = r.norm(Activation.relu(r.convolution(x, 3, 1)));
        for (int block = 0; block < 9; ++block) {
            boolean down = block == 3 || block == 6;
            NDArray shortcut = down ? Reference.zeroChannels(h.get(":, :, ::2, ::2")) : h;
            NDArray y = r.norm(Activation.relu(r.convolution(h, 3, down ? 2 : 1)));
            h = r.norm(Activation.relu(r.convolution(y, 3, 1))).add(shortcut);
        }
        return r.output(h);
    }

    private static NDArray floatResNet18(Reference r, NDArray x) {
        NDArray h = Activation.relu(r.norm(r.convolution(x, 7, 2)));
        h = Pool.maxPool2d(h, new Shape(3, 3), new Shape(2, 2), new Shape(1, 1), false);
        for (int block = 0; block < 8; ++block) {
            boolean down = block == 2 || block == 4 || block == 6;
            NDArray y = Activation.relu(r.norm(r.convolution(h, 3, down ? 2 : 1)));
            y = r.norm(r.convolution(y, 3, 1));
            NDArray shortcut = down ? r.norm(r.convolution(Reference.average(h), 1, 1)) : h;
            h = Activation.relu(y.add(shortcut));
        }
        return r.linear(h.mean(new int[] {3}).mean(new int[] {2}));
    }

    private interface Forward {
        NDArray apply(Reference reference, NDArray x);
    }

    /** Logits at inference and in training, and the gradient of the input in training. */
    private static void assertEqualTo(Forward forward, Block net, Shape shape) {
        try (NDManager manager = NDManager.newBaseManager()) {
            Engine.getInstance().setRandomSeed(3);
            Blocks.initialize64(manager, net, shape);
            double[] pixels = new java.util.Random(4).doubles(shape.size(), -1, 1).toArray();
            double[] up = new java.util.Random(5).doubles(shape.get(0) * 10, -1, 1).toArray();
            UnaryOperator<NDArray> inference = x -> forward.apply(new Reference(net, false), x);
            UnaryOperator<NDArray> training = x -> forward.apply(new Reference(net, true), x);
            double[] expected = run(manager, training, pixels, shape, up);
            double[] actual =
                    run(
                            manager,
                            x -> Blocks.train(manager, net, x).singletonOrThrow(),
                            pixels,
                            shape,
                            up);
            assertArrayEquals(expected, actual, 1e-9, "training");
            // Now with running statistics that are no longer 0 and 1.
            assertArrayEquals(
                    run(manager, inference, pixels, shape, up),
                    run(
                            manager,
                            x -> Blocks.infer(manager, net, x).singletonOrThrow(),
                            pixels,
                            shape,
                            up),
                    1e-9,
                    "inference");
            assertEquals(new Shape(shape.get(0), 10), net.getOutputShapes(new Shape[] {shape})[0]);
        }
    }

    private static double[] run(
            NDManager manager,
            UnaryOperator<NDArray> net,
            double[] pixels,
            Shape shape,
            double[] up) {
        NDArray x = manager.create(pixels, shape);
        x.setRequiresGradient(true);
        double[] logits;
        try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
            NDArray y = net.apply(x);
            logits = y.toDoubleArray();
            Gradients.backward(collector, y.mul(manager.create(up, y.getShape())).sum());
        }
        return java.util.stream.DoubleStream.concat(
                        java.util.Arrays.stream(logits),
                        java.util.Arrays.stream(x.getGradient().toDoubleArray()))
                .toArray();
    }

    @Test
    void cifar20HasTheBlockOrderOfBiPer() {
        assertEqualTo(ResNetTest::biPer, ResNet.cifar20(IDENTITY, 10), new Shape(3, 3, 16, 16));
    }

    @Test
    void thePlainFormWithReluBeforeTheNormIsThatOfReSte() {
        Block net =
                ResNet.builder()
                        .setMethod(IDENTITY)
                        .setClasses(10)
                        .optForm(ResNet.Form.PLAIN)
                        .optReluBeforeNorm(true)
                        .optShortcut(Shortcut.SUBSAMPLED)
                        .build();
        assertEqualTo(ResNetTest::reste, net, new Shape(3, 3, 16, 16));
    }

    @Test
    void thePlainFormInFloatIsTheResNetOfLargeImages() {
        Block net =
                ResNet.builder()
                        .setMethod(BinaryMethod.named("float"))
                        .setClasses(10)
                        .optDepth(ResNet.Depth.RESNET_18)
                        .optForm(ResNet.Form.PLAIN)
                        .optStem(ResNet.Stem.IMAGENET)
                        .optShortcut(Shortcut.CONVOLVED)
                        .optNormBeforeOutput(false)
                        .build();
        assertEqualTo(ResNetTest::floatResNet18, net, new Shape(2, 3, 64, 64));
    }
}
