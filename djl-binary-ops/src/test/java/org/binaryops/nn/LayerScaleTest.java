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
import ai.djl.nn.Parameter;
import ai.djl.training.GradientCollector;
import java.util.Random;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.binaryops.quantizer.StraightThroughSign;
import org.binaryops.testing.Blocks;
import org.binaryops.testing.Gradients;
import org.binaryops.testing.Leaks;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every input scale with every weight scale, against sums in plain Java. */
class LayerScaleTest {

    static Stream<Arguments> scales() {
        return Stream.of(InputScale.values())
                .flatMap(
                        in ->
                                Stream.of(WeightScale.values())
                                        .map(weight -> Arguments.of(in, weight)));
    }

    private static <B extends QuantizedLayer.Builder<B>> B binary(
            B builder, InputScale in, WeightScale weight) {
        return builder.optInputQuantizer(new StraightThroughSign())
                .optWeightQuantizer(new StraightThroughSign())
                .optInputScale(in)
                .optScale(weight)
                .optBias(true);
    }

    private static QuantLinear linear(PlainLayer plain) {
        return binary(QuantLinear.builder(), plain.inputScale, plain.weightScale)
                .setUnits(plain.filters)
                .build();
    }

    private static QuantConv2d convolution(PlainLayer plain) {
        return binary(QuantConv2d.builder(), plain.inputScale, plain.weightScale)
                .setFilters(plain.filters)
                .setKernelShape(shape(plain.kernel))
                .optStride(shape(plain.stride))
                .optPadding(shape(plain.padding))
                .optDilation(shape(plain.dilation))
                .optGroups(plain.groups)
                .build();
    }

    private static Shape shape(int... sizes) {
        return new Shape(sizes[0], sizes[1]);
    }

    /** Sets every parameter to numbers that no formula would give by chance. */
    private static double[] set(QuantizedLayer layer, String name, Random random) {
        if (!layer.getDirectParameters().contains(name)) {
            return null;
        }
        NDArray array = layer.getDirectParameters().get(name).getArray();
        double[] values = random.doubles(array.size(), -1.4, 1.4).toArray();
        try (NDArray fresh = array.getManager().create(values, array.getShape())) {
            fresh.toType(array.getDataType(), false).copyTo(array);
        }
        return array.toType(DataType.FLOAT64, false).toDoubleArray();
    }

    private static void setAll(QuantizedLayer layer, PlainLayer plain, Random random) {
        plain.w = set(layer, "weight", random);
        plain.bias = set(layer, "bias", random);
        plain.learned = set(layer, "scale", random);
        plain.rowScale = set(layer, "spatialScale0", random);
        plain.columnScale = set(layer, "spatialScale1", random);
        if (plain.rowScale == null) {
            plain.rowScale = new double[] {1};
            plain.columnScale = new double[] {1};
        }
    }

    private static double[] gradient(QuantizedLayer layer, String name) {
        Parameter parameter = layer.getDirectParameters().get(name);
        return parameter.getArray().getGradient().toType(DataType.FLOAT64, false).toDoubleArray();
    }

    /** Compares forward, backward and inference. */
    private static void compare(
            QuantizedLayer layer,
            PlainLayer plain,
            Shape input,
            Random random,
            DataType type,
            double tolerance,
            boolean collect) {
        try (NDManager manager = NDManager.newBaseManager()) {
            layer.initialize(manager, type, input);
            setAll(layer, plain, random);
            NDArray x =
                    manager.create(random.doubles(input.size(), -1.5, 1.5).toArray(), input)
                            .toType(type, false);
            Shape output = layer.getOutputShapes(new Shape[] {input})[0];
            double[] upstream = random.doubles(output.size(), -1, 1).toArray();
            plain.run(x.toType(DataType.FLOAT64, false).toDoubleArray(), upstream);
            x.setRequiresGradient(true);
            NDArray up = manager.create(upstream, output).toType(type, false);
            try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
                NDArray y = Blocks.train(manager, layer, x).singletonOrThrow();
                assertEquals(output, y.getShape());
                assertClose("y", plain.y, y, tolerance);
                Gradients.backward(collector, y.mul(up).sum(), collect);
            }
            assertClose("dx", plain.dx, x.getGradient(), tolerance);
            assertArrayEquals(plain.dw, gradient(layer, "weight"), tolerance, "dw");
            assertArrayEquals(plain.dBias, gradient(layer, "bias"), tolerance, "db");
            if (plain.learned != null) {
                assertArrayEquals(plain.dLearned, gradient(layer, "scale"), tolerance, "dscale");
            }
            if (layer.getDirectParameters().contains("spatialScale0")) {
                assertArrayEquals(
                        plain.dRowScale, gradient(layer, "spatialScale0"), tolerance, "drow");
                assertArrayEquals(
                        plain.dColumnScale, gradient(layer, "spatialScale1"), tolerance, "dcolumn");
            }
            NDArray again = Blocks.infer(manager, layer, x).singletonOrThrow();
            assertClose("inference", plain.y, again, tolerance);
        }
    }

    private static void assertClose(
            String what, double[] expected, NDArray actual, double tolerance) {
        double[] values = actual.toType(DataType.FLOAT64, false).toDoubleArray();
        assertArrayEquals(expected, values, tolerance, what);
    }

    private static PlainLayer rows(InputScale in, WeightScale weight) {
        return PlainLayer.linear(6, 7, 5, in, weight);
    }

    /** Stride, padding and dilation each unlike the others; two filters for each of two groups. */
    private static PlainLayer images(InputScale in, WeightScale weight) {
        return new PlainLayer(
                new int[] {3, 4, 4, 2},
                new int[] {7, 6},
                new int[] {3, 2},
                new int[] {2, 1},
                new int[] {1, 2},
                new int[] {1, 2},
                in,
                weight);
    }

    private static Shape input(PlainLayer plain) {
        return new Shape(plain.batch, plain.channels, plain.size[0], plain.size[1]);
    }

    @ParameterizedTest
    @MethodSource("scales")
    void linearFollowsItsFormula(InputScale in, WeightScale weight) {
        PlainLayer plain = rows(in, weight);
        compare(
                linear(plain),
                plain,
                new Shape(6, 7),
                new Random(1),
                DataType.FLOAT64,
                1e-12,
                false);
    }

    @ParameterizedTest
    @MethodSource("scales")
    void linearFollowsItsFormulaOnSequences(InputScale in, WeightScale weight) {
        PlainLayer plain = rows(in, weight);
        compare(
                linear(plain),
                plain,
                new Shape(2, 3, 7),
                new Random(2),
                DataType.FLOAT64,
                1e-12,
                false);
    }

    @ParameterizedTest
    @MethodSource("scales")
    void convolutionFollowsItsFormulaAfterAGarbageCollection(InputScale in, WeightScale weight) {
        PlainLayer plain = images(in, weight);
        compare(
                convolution(plain),
                plain,
                input(plain),
                new Random(3),
                DataType.FLOAT64,
                1e-12,
                true);
    }

    @ParameterizedTest
    @MethodSource("scales")
    void convolutionFollowsItsFormulaInFloat32(InputScale in, WeightScale weight) {
        PlainLayer plain = images(in, weight);
        // Relative to sums of up to 100.
        compare(
                convolution(plain),
                plain,
                input(plain),
                new Random(4),
                DataType.FLOAT32,
                1e-4,
                false);
    }

    @Property(tries = 120)
    void anyConvolutionFollowsItsFormula(
            @ForAll Random random,
            @ForAll InputScale in,
            @ForAll WeightScale weight,
            @ForAll @IntRange(min = 1, max = 4) int groups) {
        PlainLayer plain =
                new PlainLayer(
                        new int[] {
                            1 + random.nextInt(3),
                            groups * (1 + random.nextInt(3)),
                            groups * (1 + random.nextInt(3)),
                            groups
                        },
                        new int[] {5 + random.nextInt(4), 5 + random.nextInt(4)},
                        pair(random, 1, 3),
                        pair(random, 1, 3),
                        pair(random, 0, 2),
                        pair(random, 1, 2),
                        in,
                        weight);
        compare(convolution(plain), plain, input(plain), random, DataType.FLOAT64, 1e-11, false);
    }

    private static int[] pair(Random random, int least, int most) {
        int count = most - least + 1;
        return new int[] {least + random.nextInt(count), least + random.nextInt(count)};
    }

    @ParameterizedTest
    @MethodSource("scales")
    void nothingLeaks(InputScale in, WeightScale weight) {
        PlainLayer plain = images(in, weight);
        try (NDManager manager = NDManager.newBaseManager()) {
            QuantConv2d layer = convolution(plain);
            layer.initialize(manager, DataType.FLOAT32, input(plain));
            Leaks.assertNothingLeft(
                    manager,
                    5,
                    step -> {
                        NDArray x = step.randomNormal(input(plain));
                        int before = step.getManagedArrays().size();
                        NDArray output;
                        try (GradientCollector collector =
                                Engine.getInstance().newGradientCollector()) {
                            output = Blocks.train(step, layer, x).singletonOrThrow();
                            assertEquals(before + 1, step.getManagedArrays().size());
                            Gradients.backward(collector, output.sum());
                        }
                        for (Parameter parameter : layer.getDirectParameters().values()) {
                            parameter.getArray().getGradient().close();
                        }
                        Blocks.infer(step, layer, x);
                    });
        }
    }
}
