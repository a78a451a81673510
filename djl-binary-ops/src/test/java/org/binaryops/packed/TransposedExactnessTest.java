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

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.types.Shape;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.norm.BatchNorm;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.binaryops.nn.QuantConv2d;
import org.binaryops.nn.QuantDeconv2d;
import org.binaryops.nn.WeightScale;
import org.binaryops.quantizer.ApproxSign;
import org.binaryops.quantizer.StraightThroughSign;
import org.junit.jupiter.api.Test;

/** Transposed convolutions of bits: the engine's sums to the last bit, whatever the shapes. */
class TransposedExactnessTest {

    @Provide
    Arbitrary<Integer> channels() {
        return Arbitraries.oneOf(
                Arbitraries.integers().between(1, 130), Arbitraries.of(1, 63, 64, 65, 128));
    }

    @Property(tries = 40)
    void sumsAreTheEngines(
            @ForAll long seed,
            @ForAll("channels") int channels,
            @ForAll @IntRange(min = 1, max = 5) int kernel,
            @ForAll @IntRange(min = 1, max = 3) int stride,
            @ForAll @IntRange(min = 0, max = 2) int padding,
            @ForAll @IntRange(min = 1, max = 2) int dilation,
            @ForAll boolean grouped) {
        Random random = new Random(seed);
        int groups = grouped && channels % 2 == 0 ? 2 : 1;
        int outPadding = random.nextInt(Math.max(stride, dilation));
        QuantDeconv2d layer =
                QuantDeconv2d.builder()
                        .setFilters(3 * groups)
                        .setKernelShape(new Shape(kernel, 1 + random.nextInt(4)))
                        .optStride(new Shape(stride, 2))
                        .optPadding(new Shape(padding, random.nextInt(2)))
                        .optOutPadding(new Shape(outPadding, random.nextInt(2)))
                        .optDilation(new Shape(dilation, 1))
                        .optGroups(groups)
                        .optInputQuantizer(new ApproxSign())
                        .optWeightQuantizer(new StraightThroughSign())
                        .build();
        ConvolutionExactnessTest.assertExact(random, layer, new Shape(1, channels, 5, 4));
    }

    /** Between two layers there are integer thresholds and bits, nothing else. */
    @Property(tries = 20)
    void whatFollowsBecomesThresholds(
            @ForAll long seed,
            @ForAll("channels") int channels,
            @ForAll WeightScale scale,
            @ForAll @IntRange(min = 2, max = 4) int kernel) {
        SequentialBlock net =
                new SequentialBlock()
                        .add(
                                QuantDeconv2d.builder()
                                        .setFilters(channels)
                                        .setKernelShape(new Shape(kernel, kernel))
                                        .optStride(new Shape(2, 2))
                                        .optScale(scale)
                                        .optBias(true)
                                        .optInputQuantizer(new ApproxSign())
                                        .optWeightQuantizer(new StraightThroughSign())
                                        .build())
                        .add(BatchNorm.builder().build())
                        .add(
                                QuantConv2d.builder()
                                        .setFilters(4)
                                        .setKernelShape(new Shape(2, 2))
                                        .optInputQuantizer(new ApproxSign())
                                        .optWeightQuantizer(new StraightThroughSign())
                                        .build());
        PackedModel model =
                ConvolutionExactnessTest.assertExact(new Random(seed), net, new Shape(1, 5, 4, 3));
        assertEquals(
                1,
                model.operations().stream().filter(Elementwise.class::isInstance).count(),
                "only the outputs are floats: " + model.summary());
    }

    @Test
    void wrongSizesAreRefused() {
        for (int[] bad : new int[][] {{0, 1, 0, 0}, {1 << 13, 1 << 12, 0, 0}, {1, 1, -1, 0}}) {
            assertThrows(
                    IllegalArgumentException.class,
                    () -> new DepthToSpace(bad[0], bad[1], bad[2], bad[3], 1, 1));
        }
        DepthToSpace twice = new DepthToSpace(2, 2, 0, 0, 4, 4);
        ValueType three = new ValueType(ValueType.Kind.FLOATS, 3, 2, 2, 0);
        String message =
                assertThrows(IllegalArgumentException.class, () -> twice.output(List.of(three)))
                        .getMessage();
        assertTrue(message.contains("a multiple of 4 at each position"), message);
    }
}
