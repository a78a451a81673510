package org.binaryops.packed.kernel;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** Comparisons of floats with thresholds, a vector at a time. */
final class Comparisons {

    private static final VectorSpecies<Float> LANES_OF = VectorWidth.FLOATS;
    private static final int LANES = LANES_OF.length();

    private Comparisons() {}

    /** Makes whole words of bits. */
    static void words(
            float[] x, int from, float[] thresholds, int count, long[] out, int outFrom) {
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
}
