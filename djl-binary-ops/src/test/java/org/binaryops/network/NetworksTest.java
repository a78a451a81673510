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

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import org.binaryops.nn.QuantConv2d;
import org.binaryops.nn.Shortcut;
import org.binaryops.testing.Blocks;
import org.junit.jupiter.api.Test;

/** Sizes, shapes and start values of the networks. */
class NetworksTest {

    private static final Shape CIFAR = new Shape(1, 3, 32, 32);

    private static BinaryMethod named(String name) {
        return BinaryMethod.named(name);
    }

    /** The number of parameters that training changes. */
    private static long parameters(Block net, Shape input, int classes) {
        try (NDManager manager = NDManager.newBaseManager()) {
            net.initialize(manager, DataType.FLOAT32, input);
            NDArray logits = Blocks.infer(manager, net, manager.zeros(input)).singletonOrThrow();
            assertEquals(new Shape(input.get(0), classes), logits.getShape());
            assertEquals(logits.getShape(), net.getOutputShapes(new Shape[] {input})[0]);
            return net.getParameters().values().stream()
                    .filter(Parameter::requiresGradient)
                    .mapToLong(p -> p.getShape().size())
                    .sum();
        }
    }

    private static long square(long in, long out) {
        return 9 * in * out;
    }

    @Test
    void resNet20Has270Thousand() {
        long convolutions =
                square(3, 16)
                        + 6 * square(16, 16)
                        + square(16, 32)
                        + 5 * square(32, 32)
                        + square(32, 64)
                        + 5 * square(64, 64);
        long filters = 6 * 16 + 6 * 32 + 6 * 64;
        long norms = 2 * (16 + filters + 64);
        long output = 64 * 10 + 10;
        long expected = convolutions + norms + output;
        assertEquals(269_850, expected);
        assertEquals(expected, parameters(ResNet.cifar20(named("bnn"), 10), CIFAR, 10));
        // A learned scale for each filter.
        assertEquals(expected + filters, parameters(ResNet.cifar20(named("biper"), 10), CIFAR, 10));
        // ReActNet: a shift for each input channel, three numbers for each channel of an RPReLU.
        long inputs = 7 * 16 + 6 * 32 + 5 * 64;
        assertEquals(
                expected + inputs + 3 * (16 + filters),
                parameters(ResNet.cifar20(named("reactnet"), 10), CIFAR, 10));
    }

    @Test
    void resNet18Has11Million() {
        long convolutions =
                square(3, 64)
                        + 4 * square(64, 64)
                        + square(64, 128)
                        + 3 * square(128, 128)
                        + square(128, 256)
                        + 3 * square(256, 256)
                        + square(256, 512)
                        + 3 * square(512, 512);
        long filters = 4 * (64 + 128 + 256 + 512);
        long output = 512 * 10 + 10;
        long features = 2 * 512;
        long base = convolutions + 2 * (64 + filters) + output;
        assertEquals(base + features, parameters(ResNet.resnet18(named("bnn"), 10), CIFAR, 10));
        // BiPer publishes 11.01 million.
        assertEquals(11_005_002, base + features + filters);
        assertEquals(
                base + features + filters,
                parameters(ResNet.resnet18(named("biper"), 10), CIFAR, 10));
        // With shortcuts by convolution and no norm of the features: the usual float network.
        long shortcuts = 64 * 128 + 128 * 256 + 256 * 512 + 2 * (128 + 256 + 512);
        assertEquals(11_173_962, base + shortcuts);
        Block usual =
                ResNet.builder()
                        .setMethod(named("float"))
                        .setClasses(10)
                        .optDepth(ResNet.Depth.RESNET_18)
                        .optShortcut(Shortcut.CONVOLVED)
                        .optNormBeforeOutput(false)
                        .build();
        assertEquals(base + shortcuts, parameters(usual, CIFAR, 10));
    }

    @Test
    void vggSmallHas466TenThousands() {
        long convolutions =
                square(3, 128)
                        + square(128, 128)
                        + square(128, 256)
                        + square(256, 256)
                        + square(256, 512)
                        + square(512, 512);
        long expected = convolutions + 2 * 2 * (128 + 256 + 512) + 512 * 16 * 10 + 10;
        assertEquals(4_660_106, expected);
        assertEquals(expected, parameters(VggSmall.build(named("bnn"), 10), CIFAR, 10));
    }

    @Test
    void reActNetAHas29Million() {
        int[] channels = {32, 64, 128, 128, 256, 256, 512, 512, 512, 512, 512, 512, 1024, 1024};
        long expected = square(3, 32) + 2 * 32;
        for (int i = 1; i < channels.length; ++i) {
            long in = channels[i - 1];
            long out = channels[i];
            long first = in + square(in, in) + 2 * in + 3 * in;
            long second = in + in * out + 2 * out + 3 * out;
            expected += first + second;
        }
        expected += 1024 * 1000 + 1000;
        assertEquals(29.3, expected / 1e6, 0.05);
        assertEquals(expected, parameters(ReActNetA.build(1000), new Shape(1, 3, 64, 64), 1000));
    }

    @Test
    void theOthersAnnounceTheirShapes() {
        parameters(ResNet.imageNet18(named("bireal"), 7), new Shape(1, 3, 64, 64), 7);
        // 16·1·9 in float, 16·32·9 + 32·64·9 + 64·64·9, four norms, the linear layer.
        assertEquals(
                144 + 4_608 + 18_432 + 36_864 + 2 * (16 + 32 + 64 + 64) + 650,
                parameters(SmallConvNet.build(named("bnn"), 10), new Shape(5, 1, 28, 28), 10));
        assertEquals(
                784 * 32 + 32 * 16 + 2 * (32 + 16) + 16 * 10 + 10,
                parameters(Mlp.build(named("bnn"), 10, 32, 16), new Shape(5, 784), 10));
    }

    @Test
    void weightsStartAsPublished() {
        try (NDManager manager = NDManager.newBaseManager()) {
            Block resNet = ResNet.cifar20(named("bnn"), 10);
            resNet.initialize(manager, DataType.FLOAT32, CIFAR);
            Block vgg = VggSmall.build(named("bnn"), 10);
            vgg.initialize(manager, DataType.FLOAT32, CIFAR);
            assertDeviation(Math.sqrt(2.0 / (64 * 9)), last(resNet, new Shape(64, 64, 3, 3)));
            // Fan out: 256 filters.
            assertDeviation(Math.sqrt(2.0 / (256 * 9)), last(vgg, new Shape(256, 128, 3, 3)));
            assertDeviation(0.01, last(vgg, new Shape(10, 8192)));
        }
    }

    private static NDArray last(Block net, Shape shape) {
        return net.getParameters().values().stream()
                .filter(p -> p.getShape().equals(shape))
                .reduce((first, second) -> second)
                .orElseThrow()
                .getArray();
    }

    private static void assertDeviation(double expected, NDArray w) {
        assertEquals(expected, Math.sqrt(w.square().mean().getFloat()), 0.03 * expected);
        assertEquals(0, w.mean().getFloat(), 0.02 * expected);
    }

    @Test
    void settingsAreChecked() {
        assertMessage("method must be set.", () -> ResNet.builder().setClasses(10).build());
        assertMessage(
                "classes must be set and positive, but was 0.",
                () -> VggSmall.build(named("bnn"), 0));
        assertMessage(
                "There must be at least one hidden layer.", () -> Mlp.build(named("bnn"), 10));
        assertMessage(
                "Hidden layers must have a positive number of units, but got [8, 0].",
                () -> Mlp.build(named("bnn"), 10, 8, 0));
        assertEquals(
                3,
                SmallConvNet.build(named("bnn"), 10).getChildren().values().stream()
                        .filter(QuantConv2d.class::isInstance)
                        .count());
    }

    private static void assertMessage(
            String message, org.junit.jupiter.api.function.Executable action) {
        assertEquals(message, assertThrows(IllegalArgumentException.class, action).getMessage());
    }
}
