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

import java.util.List;
import org.binaryops.packed.BinaryLinear;
import org.binaryops.packed.InputThresholds;
import org.binaryops.packed.Operation;
import org.binaryops.packed.PackedModel;
import org.binaryops.packed.ThresholdRule;

/** A program whose only feature sets the accumulator of all its units. */
final class Counting {

    private final PackedModel model;
    private final int inputs;

    /** Puts an output operation behind K bits, bit k being set from the feature k on. */
    Counting(Operation output, int units, int inputs) {
        this.inputs = inputs;
        ThresholdRule[] rules = new ThresholdRule[inputs];
        float[] thresholds = new float[inputs];
        int words = (inputs + 63) / 64;
        long[] ones = new long[units * words];
        for (int k = 0; k < inputs; ++k) {
            rules[k] = ThresholdRule.AT_LEAST;
            thresholds[k] = k;
            for (int unit = 0; unit < units; ++unit) {
                ones[unit * words + k / 64] |= 1L << k;
            }
        }
        model =
                PackedModel.of(
                        List.of(
                                new InputThresholds(1, inputs, rules, thresholds),
                                new BinaryLinear(units, inputs, ones),
                                output));
    }

    /** The outputs for an accumulator: (a + K) / 2 of the K bits are set. */
    float[] outputs(int accumulator) {
        return model.predict(new float[] {(accumulator + inputs) / 2 - 0.5f});
    }
}
