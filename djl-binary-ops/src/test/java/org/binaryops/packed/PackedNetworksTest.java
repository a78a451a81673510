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
package org.binaryops.packed;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.nn.SequentialBlock;
import ai.djl.util.Pair;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.function.BiFunction;
import org.binaryops.network.BinaryMethod;
import org.binaryops.network.Mlp;
import org.binaryops.network.ReActNetA;
import org.binaryops.network.ResNet;
import org.binaryops.network.SmallConvNet;
import org.binaryops.network.VggSmall;
import org.binaryops.packed.compiler.PackedCompiler;
import org.binaryops.quantizer.BiPer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every published method in every network: packed and trained give the same logits.
 *
 * <p>The first layer computes in float. Where the engine adds in another order, a value within
 * rounding of a threshold may fall on the other side and move the logits; how many rows that
 * happens to is counted.
 */
class PackedNetworksTest {

    private static final int ROWS = 6;

    @TempDir Path folder;

    static java.util.List<String> methods() {
        return BinaryMethod.names();
    }

    private static void check(
            String name, BiFunction<BinaryMethod, Integer, SequentialBlock> network, Shape input) {
        try (NDManager manager = NDManager.newBaseManager()) {
            Random random = new Random(name.hashCode());
            Block net = network.apply(BinaryMethod.named(name), 10);
            net.initialize(manager, DataType.FLOAT32, input);
            ConvolutionExactnessTest.randomize(net, random);
            binarize(net);
            PackedModel model = PackedCompiler.compile(net, input);
            float[] x = RandomModels.floats(random, ROWS * model.inputs());
            Shape batch = new Shape(ROWS).addAll(input.slice(1));
            float[] expected = TrainedNets.run(manager, net, x, batch);
            float[] actual = model.predict(x, ROWS);
            int flipped = 0;
            for (int row = 0; row < ROWS; ++row) {
                flipped += relativeError(expected, actual, 10 * row) > 1e-4 ? 1 : 0;
            }
            assertTrue(flipped <= 1, flipped + " rows of " + ROWS + " differ:\n" + model.summary());
            PackedModel loaded = PackedModel.fromBytes(model.toBytes());
            assertArrayEquals(model.toBytes(), loaded.toBytes());
            assertArrayEquals(actual, loaded.predict(x, ROWS));
            assertEquals(model.summary(), loaded.summary());
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** Puts weights that are real in a first stage of training into the last one. */
    private static void binarize(Block block) {
        if (block instanceof BiPer biper) {
            biper.setStage(BiPer.Stage.BINARY);
        }
        block.getChildren().values().forEach(PackedNetworksTest::binarize);
    }

    private static double relativeError(float[] expected, float[] actual, int from) {
        double largest = 0;
        double error = 0;
        for (int i = from; i < from + 10; ++i) {
            largest = Math.max(largest, Math.abs(expected[i]));
            error = Math.max(error, Math.abs(expected[i] - actual[i]));
        }
        return error / largest;
    }

    @ParameterizedTest
    @MethodSource("methods")
    void perceptronsArePacked(String method) {
        check(method, (m, classes) -> Mlp.build(m, classes, 130, 100, 65), new Shape(1, 50));
    }

    @ParameterizedTest
    @MethodSource("methods")
    void smallConvolutionalNetworksArePacked(String method) {
        check(method, SmallConvNet::build, new Shape(1, 1, 28, 28));
    }

    @ParameterizedTest
    @MethodSource("methods")
    void residualNetworksArePacked(String method) {
        check(method, ResNet::cifar20, new Shape(1, 3, 16, 16));
    }

    @ParameterizedTest
    @MethodSource("methods")
    void vggNetworksArePacked(String method) {
        check(method, VggSmall::build, new Shape(1, 3, 8, 8));
    }

    @ParameterizedTest
    @MethodSource("methods")
    void deepResidualNetworksArePacked(String method) {
        check(method, ResNet::resnet18, new Shape(1, 3, 8, 8));
    }

    /** Half of the paper's 29 million parameters are behind the image's last halving. */
    @ParameterizedTest
    @MethodSource("methods")
    void reActNetsArePacked(String method) {
        check(method, ReActNetA::build, new Shape(1, 3, 32, 32));
    }

    /**
     * Where the first convolution adds numbers of few digits, every order gives the same sums, and
     * the stream of the residuals behind 18 binary convolutions is the engine's to the last bit.
     */
    @ParameterizedTest
    @org.junit.jupiter.params.provider.ValueSource(strings = {"bnn", "bireal", "reactnet", "biper"})
    void residualStreamsAreTheEnginesToTheLastBit(String method) {
        Shape input = new Shape(1, 3, 16, 16);
        try (NDManager manager = NDManager.newBaseManager()) {
            Random random = new Random(7);
            SequentialBlock net = ResNet.cifar20(BinaryMethod.named(method), 10);
            // the global average, the norm and the linear layer
            net.removeLastBlock();
            net.removeLastBlock();
            net.removeLastBlock();
            net.initialize(manager, DataType.FLOAT32, input);
            ConvolutionExactnessTest.randomize(net, random);
            binarize(net);
            Pair<String, Parameter> first = net.getParameters().get(0);
            NDArray weight = first.getValue().getArray();
            weight.set(coarse(random, Math.toIntExact(weight.size())));
            PackedModel model = PackedCompiler.compile(net, input);
            float[] x = coarse(random, ROWS * model.inputs());
            float[] expected =
                    TrainedNets.run(manager, net, x, new Shape(ROWS).addAll(input.slice(1)));
            float[] actual = model.predict(x, ROWS);
            int different = 0;
            for (int i = 0; i < expected.length; ++i) {
                different += expected[i] == actual[i] ? 0 : 1;
            }
            assertEquals(0, different, "of " + expected.length);
        }
    }

    /** Multiples of 1/16 in [−2, 2]. */
    private static float[] coarse(Random random, int count) {
        float[] values = new float[count];
        for (int i = 0; i < count; ++i) {
            values[i] = (random.nextInt(65) - 32) / 16f;
        }
        return values;
    }

    @Test
    void aResNet18IsSmallAndLoadsAtOnce() throws IOException {
        Path file = folder.resolve("resnet18.bops");
        long parameters = 0;
        try (NDManager manager = NDManager.newBaseManager()) {
            Block net = ResNet.resnet18(BinaryMethod.named("bireal"), 10);
            Shape input = new Shape(1, 3, 32, 32);
            net.initialize(manager, DataType.FLOAT32, input);
            for (Pair<String, Parameter> pair : net.getParameters()) {
                parameters += pair.getValue().getArray().size();
            }
            PackedModel model = PackedCompiler.compile(net, input);
            assertArrayEquals(new int[] {3, 32, 32}, model.inputShape());
            model.save(file);
        }
        long bytes = Files.size(file);
        assertTrue(20 * bytes <= 4 * parameters, bytes + " bytes of " + 4 * parameters);
        long best = Long.MAX_VALUE;
        for (int i = 0; i < 30; ++i) {
            long start = System.nanoTime();
            PackedModel.load(file);
            best = Math.min(best, System.nanoTime() - start);
        }
        assertTrue(best < 20_000_000, "loaded in " + best / 1e6 + " ms");
    }

    /** The values of a row take a small part of what a file of the network's size may ask for. */
    @ParameterizedTest
    @org.junit.jupiter.params.provider.CsvSource({"resnet18, 32", "vgg, 32", "small, 28"})
    void networksFitTheMemoryThatTheirFilesMayAskFor(String name, int size) throws IOException {
        BinaryMethod method = BinaryMethod.named("reactnet");
        Block net =
                switch (name) {
                    case "resnet18" -> ResNet.resnet18(method, 10);
                    case "vgg" -> VggSmall.build(method, 10);
                    default -> SmallConvNet.build(method, 10);
                };
        Shape input = new Shape(1, 3, size, size);
        try (NDManager manager = NDManager.newBaseManager()) {
            net.initialize(manager, DataType.FLOAT32, input);
            byte[] file = PackedCompiler.compile(net, input).toBytes();
            PackedModel model = PackedModel.fromBytes(file);
            long bytes = model.program().types().stream().mapToLong(ValueType::bytes).sum();
            double taken = (double) bytes / Program.maxBytes(file.length);
            System.out.printf("%s of %d pixels: %.3f of the memory%n", name, size, taken);
            assertTrue(taken < 0.05, bytes + " bytes for a file of " + file.length);
        }
    }
}
