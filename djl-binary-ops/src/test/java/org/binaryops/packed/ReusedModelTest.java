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
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Blocks;
import ai.djl.nn.SequentialBlock;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.binaryops.nn.QuantConv2d;
import org.binaryops.nn.QuantLinear;
import org.binaryops.nn.QuantizedLayer;
import org.binaryops.packed.compiler.PackedCompiler;
import org.binaryops.packed.reuse.ReuseFigures;
import org.binaryops.packed.reuse.ReuseTree;
import org.binaryops.packed.reuse.ReuseTrial;
import org.binaryops.quantizer.ApproxSign;
import org.binaryops.quantizer.StraightThroughSign;
import org.junit.jupiter.api.Test;

/** Models with reuse predict what they predicted without, from their files too. */
class ReusedModelTest {

    /** Weights whose units are all but equal, or negated, so that reuse takes few products. */
    private static void makeTwins(QuantizedLayer layer, Random random) {
        int size = (int) layer.getDirectParameters().get("weight").getArray().size();
        int width = size / layer.getUnits();
        float[] first = RandomModels.floats(random, width);
        float[] weights = new float[size];
        for (int i = 0; i < size; ++i) {
            int unit = i / width;
            boolean negated = unit % 3 == 0;
            boolean changed = i % width == unit % width;
            weights[i] = negated == changed ? first[i % width] : -first[i % width];
        }
        layer.getDirectParameters().get("weight").getArray().set(weights);
    }

    /** The option of the compiler: a convolution, a linear layer, one in groups. */
    @Test
    void theCompilerTriesReuseAndKeepsItInTheFile() throws Exception {
        Random random = new Random(5);
        QuantConv2d.Builder builder =
                QuantConv2d.builder()
                        .setFilters(64)
                        .setKernelShape(new Shape(3, 3))
                        .optPadding(new Shape(1, 1))
                        .optInputQuantizer(new ApproxSign())
                        .optWeightQuantizer(new StraightThroughSign());
        QuantConv2d first = builder.build();
        QuantConv2d grouped =
                QuantConv2d.builder()
                        .setFilters(64)
                        .setKernelShape(new Shape(3, 3))
                        .optGroups(4)
                        .optInputQuantizer(new ApproxSign())
                        .optWeightQuantizer(new StraightThroughSign())
                        .build();
        QuantLinear last =
                QuantLinear.builder()
                        .setUnits(256)
                        .optInputQuantizer(new StraightThroughSign())
                        .optWeightQuantizer(new StraightThroughSign())
                        .build();
        SequentialBlock net =
                new SequentialBlock()
                        .add(first)
                        .add(grouped)
                        .add(Blocks.batchFlattenBlock())
                        .add(last);
        Shape input = new Shape(1, 32, 6, 6);
        try (NDManager manager = NDManager.newBaseManager()) {
            net.initialize(manager, DataType.FLOAT32, input);
            makeTwins(first, random);
            makeTwins(last, random);
            PackedModel plain = PackedCompiler.compile(net, input);
            PackedModel reused = PackedCompiler.builder().optReuse(8).compile(net, input);
            assertEquals(2, reused.reuseTrials().size(), reused::summary);
            for (int step : reused.reuseTrials().keySet()) {
                ReuseFigures figures = reused.reuseTrials().get(step);
                assertTrue(figures.reuseProducts() < 0.05 * figures.plainProducts());
                assertTrue(figures.depth() <= 8);
                boolean follows = reused.operations().get(step) instanceof ReusedConvolution;
                assertEquals(figures.wins(), follows);
                String verdict = follows ? "; reuse kept: " : "; reuse refused: ";
                assertTrue(
                        reused.summary()
                                .contains(verdict + "%,d of ".formatted(figures.reuseProducts())),
                        reused::summary);
            }
            float[] rows = RandomModels.floats(random, 5 * plain.inputs());
            assertArrayEquals(plain.predict(rows, 5), reused.predict(rows, 5));
            byte[] file = reused.toBytes();
            assertEquals(3, ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).getInt(8));
            PackedModel loaded = PackedModel.fromBytes(file);
            assertArrayEquals(plain.predict(rows, 5), loaded.predict(rows, 5));
            assertEquals(reused.summary(), loaded.summary());
            assertEquals(reused.reuseTrials(), loaded.reuseTrials());
            assertArrayEquals(file, loaded.toBytes());
            assertThrows(IllegalArgumentException.class, () -> plain.withReuse(0));
            assertThrows(
                    IllegalArgumentException.class, () -> PackedCompiler.builder().optReuse(0));
        }
    }

    /** A trial whose times are given: what a machine measures is its own affair. */
    private static ReuseTrials.Trial ofTime(double reuseNanoseconds) {
        return (weights, units, width) -> {
            ReuseTree tree = ReuseTree.of(weights, units, width, true, 4);
            ReuseFigures figures =
                    new ReuseFigures(
                            tree.depth(),
                            (long) units * width,
                            tree.operations(),
                            weights.length,
                            weights.length,
                            100,
                            reuseNanoseconds);
            return new ReuseTrial(tree, figures);
        };
    }

    /** Kept where it wins, refused where it does not, and the figures are in the file. */
    @Test
    void theFasterIsKept() throws Exception {
        Random random = new Random(6);
        List<Operation> operations = new ArrayList<>();
        operations.add(RandomModels.inputThresholds(random, 512, 1));
        operations.add(RandomModels.linear(random, 200, 512));
        float[] scales = new float[200];
        Arrays.fill(scales, 1);
        operations.add(AffineOutput.of(scales, new float[200], false));
        PackedModel plain = PackedModel.of(operations);
        assertTrue(plain.reuseTrials().isEmpty());
        float[] rows = RandomModels.floats(random, 5 * 512);
        for (double time : new double[] {50, 95, 200}) {
            PackedModel tried =
                    PackedModel.fromBytes(ReuseTrials.of(plain, ofTime(time)).toBytes());
            boolean wins = time < 90;
            Class<?> expected = wins ? ReusedConvolution.class : BinaryLinear.class;
            assertEquals(expected, tried.operations().get(1).getClass(), tried::summary);
            String text = wins ? "; reuse kept: " : "; reuse refused: ";
            assertTrue(tried.summary().contains(text), tried::summary);
            assertTrue(tried.summary().contains(time / 100 + "0 times the time") || time == 95);
            assertArrayEquals(plain.predict(rows, 5), tried.predict(rows, 5));
            // Once more: what follows a tree goes on, what was refused has another chance.
            PackedModel again = ReuseTrials.of(tried, ofTime(50));
            assertEquals(ReusedConvolution.class, again.operations().get(1).getClass());
            assertEquals(Set.of(1), again.reuseTrials().keySet());
        }
    }

    /** Sums along any tree are those of the convolution, whatever the shapes. */
    @Property(tries = 60)
    void sumsAlongATreeAreThoseOfTheConvolution(
            @ForAll long seed,
            @ForAll @IntRange(min = 1, max = 130) int channels,
            @ForAll @IntRange(min = 1, max = 20) int units,
            @ForAll @IntRange(min = 1, max = 3) int kernel,
            @ForAll @IntRange(min = 1, max = 2) int stride,
            @ForAll @IntRange(min = 0, max = 2) int padding,
            @ForAll @IntRange(min = 1, max = 5) int maxDepth)
            throws Exception {
        Random random = new Random(seed);
        Window window = RandomPrograms.square(channels, 5, 4, kernel, stride, padding);
        int width = kernel * kernel * channels;
        long[] weights = RandomPrograms.signs(random, units, width);
        ReuseTree tree = ReuseTree.of(weights, units, width, seed % 2 == 0, maxDepth);
        PackedModel plain =
                model(channels, new BinaryConvolution(window, units, 1, 1, weights), random);
        PackedModel reused =
                model(channels, new ReusedConvolution(window, weights, tree), new Random(seed));
        PackedModel loaded = PackedModel.fromBytes(reused.toBytes());
        float[] rows = RandomModels.floats(random, 3 * plain.inputs());
        assertArrayEquals(plain.predict(rows, 3), reused.predict(rows, 3));
        assertArrayEquals(plain.predict(rows, 3), loaded.predict(rows, 3));
        ReuseTree read = ((ReusedConvolution) loaded.operations().get(2)).tree();
        assertEquals(tree.operations(), read.operations());
        assertEquals(tree.depth(), read.depth());
    }

    private static PackedModel model(int channels, Operation layer, Random random) {
        ThresholdRule[] rules = new ThresholdRule[channels];
        Arrays.fill(rules, ThresholdRule.AT_LEAST);
        InputThresholds signs = new InputThresholds(channels, 1, rules, new float[channels]);
        List<Operation> operations = new ArrayList<>();
        operations.add(new Interleave(channels, 5, 4));
        operations.add(signs);
        operations.add(layer);
        ValueType sums =
                layer.output(List.of(new ValueType(ValueType.Kind.BITS, channels, 5, 4, 0)));
        operations.add(new Elementwise(sums.channels(), List.of()));
        return PackedModel.of(new int[] {channels, 5, 4}, Program.chain(operations));
    }
}
