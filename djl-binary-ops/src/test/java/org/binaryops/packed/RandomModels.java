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

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Programs with random weights and thresholds of every rule, for tests. */
final class RandomModels {

    /** How a random program ends. */
    enum End {
        AFFINE,
        TWO_STAGES,
        TABLE,
        SIGN
    }

    private RandomModels() {}

    /** A program whose layers have the given widths; hidden layers have T thresholds too. */
    static PackedModel of(Random random, End end, int features, int perFeature, int... widths) {
        List<Operation> operations = new ArrayList<>();
        int bits = features * perFeature;
        operations.add(inputThresholds(random, features, perFeature));
        for (int i = 0; i < widths.length; ++i) {
            operations.add(linear(random, widths[i], bits));
            if (i + 1 < widths.length) {
                int perChannel = 1 + random.nextInt(2);
                operations.add(integerThresholds(random, widths[i], perChannel, bits));
                bits = widths[i] * perChannel;
            }
        }
        int outputs = widths[widths.length - 1];
        switch (end) {
            case AFFINE ->
                    operations.add(
                            AffineOutput.of(
                                    floats(random, outputs), floats(random, outputs), false));
            case TWO_STAGES ->
                    operations.add(
                            AffineOutput.of(floats(random, outputs), floats(random, outputs), false)
                                    .then(floats(random, outputs), floats(random, outputs), true));
            case TABLE ->
                    operations.add(
                            new TableOutput(outputs, bits, floats(random, outputs * (bits + 1))));
            case SIGN -> {
                operations.add(integerThresholds(random, outputs, 1, bits));
                operations.add(new SignOutput(outputs));
            }
        }
        return PackedModel.of(operations);
    }

    static InputThresholds inputThresholds(Random random, int features, int perFeature) {
        ThresholdRule[] rules = rules(random, features * perFeature);
        float[] thresholds = floats(random, rules.length);
        for (int i = 0; i < rules.length; ++i) {
            if (rules[i].isConstant()) {
                thresholds[i] = 0;
            } else if (random.nextInt(8) == 0) {
                thresholds[i] = random.nextBoolean() ? 0f : -0f;
            }
        }
        return new InputThresholds(features, perFeature, rules, thresholds);
    }

    static IntegerThresholds integerThresholds(
            Random random, int channels, int perChannel, int fanIn) {
        ThresholdRule[] rules = rules(random, channels * perChannel);
        int[] thresholds = new int[rules.length];
        for (int i = 0; i < rules.length; ++i) {
            if (!rules[i].isConstant()) {
                thresholds[i] = random.nextInt(2 * fanIn + 5) - fanIn - 2;
                thresholds[i] /= 1 + random.nextInt(8);
                if (random.nextInt(50) == 0) {
                    thresholds[i] = random.nextBoolean() ? Integer.MIN_VALUE : Integer.MAX_VALUE;
                }
            }
        }
        return new IntegerThresholds(channels, perChannel, rules, thresholds);
    }

    static BinaryLinear linear(Random random, int units, int inputs) {
        int words = (inputs + 63) / 64;
        long[] weights = random.longs((long) units * words).toArray();
        for (int last = words - 1; inputs % 64 != 0 && last < weights.length; last += words) {
            weights[last] &= (1L << inputs) - 1;
        }
        return new BinaryLinear(units, inputs, weights);
    }

    /** Mostly comparisons, some constants. */
    private static ThresholdRule[] rules(Random random, int count) {
        ThresholdRule[] rules = new ThresholdRule[count];
        for (int i = 0; i < count; ++i) {
            rules[i] = ThresholdRule.of(random.nextInt(6) == 0 ? random.nextInt(4) : i & 1);
        }
        return rules;
    }

    static float[] floats(Random random, int count) {
        float[] values = new float[count];
        for (int i = 0; i < count; ++i) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }
}
