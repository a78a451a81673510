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

/**
 * Executes programs by their definition, one bit and one product at a time: what the kernels are
 * compared with.
 */
final class PlainProgram {

    final List<boolean[]> bits = new ArrayList<>();
    final List<int[]> accumulators = new ArrayList<>();
    float[] outputs;

    /**
     * Runs one row; the lists have an entry for every operation, null where it has another type.
     */
    static PlainProgram run(PackedModel model, float[] features) {
        PlainProgram run = new PlainProgram();
        boolean[] b = null;
        int[] a = null;
        for (Operation operation : model.operations()) {
            if (operation instanceof InputThresholds op) {
                b = new boolean[op.features() * op.perFeature()];
                for (int i = 0; i < b.length; ++i) {
                    float x = features[i / op.perFeature()];
                    b[i] =
                            switch (op.rule(i)) {
                                case AT_LEAST -> x >= op.threshold(i);
                                case BELOW -> x < op.threshold(i);
                                case NEVER -> false;
                                case ALWAYS -> true;
                            };
                }
                a = null;
            } else if (operation instanceof BinaryLinear op) {
                a = new int[op.units()];
                for (int n = 0; n < op.units(); ++n) {
                    for (int k = 0; k < op.inputs(); ++k) {
                        a[n] += op.weight(n, k) * (b[k] ? 1 : -1);
                    }
                }
                b = null;
            } else if (operation instanceof IntegerThresholds op) {
                b = new boolean[op.channels() * op.perChannel()];
                for (int i = 0; i < b.length; ++i) {
                    int x = a[i / op.perChannel()];
                    b[i] =
                            switch (op.rule(i)) {
                                case AT_LEAST -> x >= op.threshold(i);
                                case BELOW -> x < op.threshold(i);
                                case NEVER -> false;
                                case ALWAYS -> true;
                            };
                }
                a = null;
            } else if (operation instanceof SignOutput op) {
                run.outputs = new float[op.channels()];
                for (int i = 0; i < op.channels(); ++i) {
                    run.outputs[i] = b[i] ? 1 : -1;
                }
            }
            run.bits.add(b);
            run.accumulators.add(a);
        }
        return run;
    }

    static boolean bit(long[] words, int row, int width, int index) {
        return (words[row * ((width + 63) / 64) + index / 64] >>> (index % 64) & 1) == 1;
    }
}
