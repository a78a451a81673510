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

import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * The width of vectors, decided before this class is initialized. The species are constants of the
 * compiled kernels: kernels that are handed a species, and see two, run many times slower.
 */
final class VectorWidth {

    static final int BITS =
            KernelChoice.requestedBits == 0 ? preferred() : KernelChoice.requestedBits;

    static final VectorSpecies<Long> LONGS = VectorShape.forBitSize(BITS).withLanes(long.class);
    static final VectorSpecies<Integer> INTS = VectorShape.forBitSize(BITS).withLanes(int.class);
    static final VectorSpecies<Float> FLOATS = VectorShape.forBitSize(BITS).withLanes(float.class);

    /** As many lanes as {@link #LONGS}. */
    static final VectorSpecies<Integer> HALF =
            VectorShape.forBitSize(BITS / 2).withLanes(int.class);

    private VectorWidth() {}

    /**
     * The widest vectors of this processor, in bits, though not more than there are kernels for.
     */
    static int preferred() {
        return Math.min(512, LongVector.SPECIES_PREFERRED.vectorBitSize());
    }
}
