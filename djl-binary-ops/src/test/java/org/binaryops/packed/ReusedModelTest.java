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

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.binaryops.packed.reuse.ReuseTrial;
import org.junit.jupiter.api.Test;

/** A model with reuse on trial predicts what it predicted, and says what the trial gave. */
class ReusedModelTest {

    /** A layer whose units are all but equal, or negated, so that reuse takes few products. */
    private static BinaryLinear twins(Random random, int units, int inputs) {
        int words = inputs / 64;
        long[] weights = new long[units * words];
        long[] first = random.longs(words).toArray();
        for (int unit = 0; unit < units; ++unit) {
            for (int k = 0; k < words; ++k) {
                weights[unit * words + k] = unit % 3 == 0 ? ~first[k] : first[k];
            }
            weights[unit * words + unit % words] ^= 1L << unit % 64;
        }
        return new BinaryLinear(units, inputs, weights);
    }

    @Test
    void predictionsAndFileAreTheSame() {
        Random random = new Random(5);
        List<Operation> operations = new ArrayList<>();
        operations.add(RandomModels.inputThresholds(random, 512, 1));
        operations.add(twins(random, 200, 512));
        float[] scales = new float[200];
        Arrays.fill(scales, 1);
        operations.add(AffineOutput.of(scales, new float[200], false));
        PackedModel plain = PackedModel.of(operations);
        PackedModel reused = plain.withReuse(8);
        BinaryLinear layer = (BinaryLinear) reused.operations().get(1);
        ReuseTrial trial = layer.reuseTrial().orElseThrow();
        assertTrue(trial.tree().operations() < 0.05 * trial.plainOperations(), trial::toString);
        assertTrue(trial.tree().depth() <= 8);
        String verdict = trial.wins() ? "reuse kept: " : "reuse refused: ";
        assertTrue(reused.summary().contains(verdict), reused::summary);
        float[] rows = new float[7 * 512];
        for (int i = 0; i < rows.length; ++i) {
            rows[i] = (float) random.nextGaussian();
        }
        assertArrayEquals(plain.predict(rows, 7), reused.predict(rows, 7));
        assertArrayEquals(plain.toBytes(), reused.toBytes());
        assertEquals(List.of(), plain.operations().stream().filter(o -> o == layer).toList());
        assertThrows(IllegalArgumentException.class, () -> plain.withReuse(0));
    }
}
