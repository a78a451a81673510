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
package org.binaryops.packed.compiler;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.norm.BatchNorm;
import ai.djl.training.ParameterStore;
import java.util.EnumMap;
import java.util.Map;
import java.util.Random;
import java.util.function.UnaryOperator;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.binaryops.nn.QuantLinear;
import org.binaryops.nn.ThermometerEncoding;
import org.binaryops.nn.WeightScale;
import org.binaryops.packed.AffineOutput;
import org.binaryops.packed.InputThresholds;
import org.binaryops.packed.IntegerThresholds;
import org.binaryops.packed.Operation;
import org.binaryops.packed.ThresholdRule;
import org.binaryops.packed.TrainedNets;
import org.binaryops.quantizer.StraightThroughSign;
import org.junit.jupiter.api.Test;

/** The folded forms against the engine, on every accumulator and around every float threshold. */
class FoldingTest {

    private static UnaryOperator<NDArray> inference(NDManager manager, Block block) {
        ParameterStore store = new ParameterStore(manager, false);
        return x -> block.forward(store, new NDList(x), false).singletonOrThrow();
    }

    private static boolean bit(ThresholdRule rule, double x, double threshold) {
        return switch (rule) {
            case AT_LEAST -> x >= threshold;
            case BELOW -> x < threshold;
            case NEVER -> false;
            case ALWAYS -> true;
        };
    }

    @Property(tries = 60)
    void thresholdsEqualTheEngineOnEveryAccumulator(
            @ForAll long seed,
            @ForAll WeightScale scale,
            @ForAll @IntRange(min = 1, max = 300) int inputs,
            @ForAll @IntRange(min = 1, max = 70) int units,
            @ForAll @IntRange(min = 0, max = 2) int norms) {
        Random random = new Random(seed);
        try (NDManager manager = NDManager.newBaseManager()) {
            FloatChain chain = chain(manager, random, scale, inputs, units, norms);
            StraightThroughSign sign = new StraightThroughSign();
            UnaryOperator<NDArray> quantizer = inference(manager, sign);
            IntegerThresholds folded =
                    (IntegerThresholds) ThresholdFolding.fold(chain, quantizer, 1);
            // one batch of all accumulators: the engine must not round by the row
            float[] signs = chain.run(everyAccumulator(inputs, units), quantizer);
            assertEquals((inputs + 1) * units, signs.length);
            for (int i = 0; i < signs.length; ++i) {
                int unit = i % units;
                int accumulator = 2 * (i / units) - inputs;
                if (signs[i] > 0 != bit(folded.rule(unit), accumulator, folded.threshold(unit))) {
                    fail("unit " + unit + " at " + accumulator + ": " + folded.rule(unit));
                }
            }
        }
    }

    /** Rows in which all units have the accumulator -K, -K + 2, … K. */
    private static float[] everyAccumulator(int inputs, int units) {
        float[] rows = new float[(inputs + 1) * units];
        for (int i = 0; i < rows.length; ++i) {
            rows[i] = 2 * (i / units) - inputs;
        }
        return rows;
    }

    /** A layer's scale and bias and some batch norms, with random parameters. */
    private static FloatChain chain(
            NDManager manager, Random random, WeightScale scale, int inputs, int units, int norms) {
        QuantLinear layer =
                TrainedNets.trained(
                        manager,
                        random,
                        QuantLinear.builder()
                                .setUnits(units)
                                .optScale(scale)
                                .optBias(random.nextBoolean())
                                .build(),
                        new Shape(1, inputs));
        ParameterStore store = new ParameterStore(manager, false);
        FloatChain chain = FloatChain.ofAccumulators(manager, units, inputs);
        chain.add(x -> layer.rescale(store, x, false));
        for (int i = 0; i < norms; ++i) {
            BatchNorm norm = BatchNorm.builder().optEpsilon(i == 0 ? 1e-5f : 1e-3f).build();
            TrainedNets.trained(manager, random, norm, new Shape(1, units));
            chain.add(inference(manager, norm));
        }
        return chain;
    }

    @Test
    void everyRuleOccursInRandomBatchNorms() {
        Map<ThresholdRule, Integer> seen = new EnumMap<>(ThresholdRule.class);
        try (NDManager manager = NDManager.newBaseManager()) {
            FloatChain chain = chain(manager, new Random(1), WeightScale.NONE, 100, 300, 1);
            UnaryOperator<NDArray> quantizer = inference(manager, new StraightThroughSign());
            IntegerThresholds folded =
                    (IntegerThresholds) ThresholdFolding.fold(chain, quantizer, 1);
            for (int c = 0; c < 300; ++c) {
                seen.merge(folded.rule(c), 1, Integer::sum);
            }
        }
        for (ThresholdRule rule : ThresholdRule.values()) {
            assertTrue(seen.getOrDefault(rule, 0) > 10, "rules seen: " + seen);
        }
    }

    @Property(tries = 15)
    void inputThresholdsEqualTheEngineAroundEachOfThem(
            @ForAll long seed,
            @ForAll @IntRange(min = 1, max = 40) int features,
            @ForAll @IntRange(min = 1, max = 5) int levels,
            @ForAll boolean normalized) {
        Random random = new Random(seed);
        try (NDManager manager = NDManager.newBaseManager()) {
            ThermometerEncoding encoding = ThermometerEncoding.uniform(levels, -2, 2);
            encoding.initialize(
                    manager, ai.djl.ndarray.types.DataType.FLOAT32, new Shape(1, features));
            FloatChain chain = FloatChain.ofFeatures(manager, new Shape(features));
            if (normalized) {
                BatchNorm norm = BatchNorm.builder().build();
                TrainedNets.trained(manager, random, norm, new Shape(1, features));
                chain.add(inference(manager, norm));
            }
            UnaryOperator<NDArray> quantizer = inference(manager, encoding);
            InputThresholds folded =
                    (InputThresholds) ThresholdFolding.fold(chain, quantizer, levels);
            float[] fixed = {
                0f, -0f, Float.MIN_VALUE, -Float.MIN_VALUE, Float.MAX_VALUE, -Float.MAX_VALUE, 1
            };
            for (int t = 0; t < levels; ++t) {
                for (int probe = 0; probe < fixed.length + 20; ++probe) {
                    float[] row = new float[features];
                    for (int f = 0; f < features; ++f) {
                        float threshold = folded.threshold(f * levels + t);
                        row[f] =
                                switch (probe) {
                                    case 0 -> threshold;
                                    case 1 -> Math.max(Math.nextDown(threshold), -Float.MAX_VALUE);
                                    case 2 -> Math.min(Math.nextUp(threshold), Float.MAX_VALUE);
                                    default ->
                                            probe - 3 < fixed.length
                                                    ? fixed[probe - 3]
                                                    : (float) random.nextGaussian() * probe;
                                };
                    }
                    float[] signs = chain.run(row, quantizer);
                    for (int i = 0; i < signs.length; ++i) {
                        int bit = i;
                        if (Float.isNaN(signs[i])) {
                            // the batch norm overflows, and the estimator's inf - inf is NaN
                            assertTrue(Math.abs(row[i / levels]) > 1e30f);
                            continue;
                        }
                        assertEquals(
                                signs[i] > 0,
                                bit(folded.rule(i), row[i / levels], folded.threshold(i)),
                                () ->
                                        folded.rule(bit)
                                                + " "
                                                + folded.threshold(bit)
                                                + ", but x = "
                                                + row[bit / levels]);
                    }
                }
            }
        }
    }

    @Property(tries = 60)
    void outputsEqualTheEngineToTheLastBitOnEveryAccumulator(
            @ForAll long seed,
            @ForAll WeightScale scale,
            @ForAll @IntRange(min = 1, max = 300) int inputs,
            @ForAll @IntRange(min = 1, max = 20) int units,
            @ForAll @IntRange(min = 0, max = 2) int norms) {
        try (NDManager manager = NDManager.newBaseManager()) {
            FloatChain chain = chain(manager, new Random(seed), scale, inputs, units, norms);
            Operation folded = OutputFolding.fold(chain);
            // The values -K … K by a layer that counts: see Counting.
            Counting counting = new Counting(folded, units, inputs);
            float[] rows = everyAccumulator(inputs, units);
            float[] engine = chain.run(rows, UnaryOperator.identity());
            for (int row = 0; row <= inputs; ++row) {
                float[] packed = counting.outputs(2 * row - inputs);
                for (int c = 0; c < units; ++c) {
                    int expected = Float.floatToRawIntBits(engine[row * units + c]);
                    if (expected != Float.floatToRawIntBits(packed[c])) {
                        fail(folded + " at " + rows[row * units]);
                    }
                }
            }
        }
    }

    @Test
    void ordinaryOutputsAreAffine() {
        int affine = 0;
        for (int seed = 0; seed < 20; ++seed) {
            try (NDManager manager = NDManager.newBaseManager()) {
                WeightScale scale = WeightScale.values()[seed % WeightScale.values().length];
                FloatChain chain = chain(manager, new Random(seed), scale, 256, 10, 1);
                affine += OutputFolding.fold(chain) instanceof AffineOutput ? 1 : 0;
            }
        }
        assertEquals(20, affine);
    }

    @Test
    void numbersThatAreNoneHaveNoOrder() {
        try (NDManager manager = NDManager.newBaseManager()) {
            FloatChain chain = FloatChain.ofAccumulators(manager, 2, 5);
            chain.add(x -> x.mul(manager.create(new float[] {1, Float.NaN})));
            UnaryOperator<NDArray> quantizer = inference(manager, new StraightThroughSign());
            String message =
                    assertThrows(
                                    ArithmeticException.class,
                                    () -> ThresholdFolding.fold(chain, quantizer, 1))
                            .getMessage();
            assertEquals("channel 1 is NaN for the value -5.0", message);
        }
    }
}
