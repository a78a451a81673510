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
package org.binaryops.packed.kernel;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** Comparisons of numbers with thresholds, a vector at a time. */
final class Comparisons {

    private static final VectorSpecies<Float> LANES_OF = VectorWidth.FLOATS;
    private static final int LANES = LANES_OF.length();

    private Comparisons() {}

    /** Makes whole words of bits. */
    static void words(float[] x, int from, float[] thresholds, int count, long[] out, int outFrom) {
        for (int base = 0; base < count; base += 64) {
            long bits = 0;
            for (int b = 0; b < 64; b += LANES) {
                FloatVector value = FloatVector.fromArray(LANES_OF, x, from + base + b);
                FloatVector threshold = FloatVector.fromArray(LANES_OF, thresholds, base + b);
                bits |= value.compare(VectorOperators.GE, threshold).toLong() << b;
            }
            out[outFrom + (base >>> 6)] = bits;
        }
    }

    /** Makes whole words of bits. */
    static void words(int[] x, int from, int[] thresholds, int count, long[] out, int outFrom) {
        for (int base = 0; base < count; base += 64) {
            long bits = 0;
            for (int b = 0; b < 64; b += LANES) {
                IntVector value = IntVector.fromArray(VectorWidth.INTS, x, from + base + b);
                IntVector limit = IntVector.fromArray(VectorWidth.INTS, thresholds, base + b);
                bits |= value.compare(VectorOperators.GE, limit).toLong() << b;
            }
            out[outFrom + (base >>> 6)] = bits;
        }
    }
}
