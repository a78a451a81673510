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
package org.binaryops.monoid;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import java.util.Random;

/**
 * The second-minimum task: given a multiset of numbers of {@code bits} bits, tell the bits of its
 * second smallest number. Duplicates count: of {3, 3, 7} it is 3.
 */
final class SecondMinimum {

    private final int bits;
    private final int[][] multisets;

    private SecondMinimum(int bits, int[][] multisets) {
        this.bits = bits;
        this.multisets = multisets;
    }

    /** Multisets with a size that is uniform in {@code smallest..largest}. */
    static SecondMinimum random(int count, int bits, int smallest, int largest, long seed) {
        Random random = new Random(seed);
        int[][] multisets = new int[count][];
        for (int i = 0; i < count; ++i) {
            int size = smallest + random.nextInt(largest - smallest + 1);
            multisets[i] = random.ints(size, 0, 1 << bits).toArray();
        }
        return new SecondMinimum(bits, multisets);
    }

    int size() {
        return multisets.length;
    }

    int size(int multiset) {
        return multisets[multiset].length;
    }

    /**
     * The elements of some multisets, each element as the indicator of its bits: [B, n, 2·bits], 1
     * at 2·b + (bit b). A linear map without bias of that is the sum of one embedding per bit.
     */
    NDArray elements(NDManager manager, int[] chosen) {
        int longest = Arrays.stream(lengths(chosen)).max().orElseThrow();
        float[] indicators = new float[chosen.length * longest * 2 * bits];
        for (int row = 0; row < chosen.length; ++row) {
            int[] multiset = multisets[chosen[row]];
            for (int i = 0; i < multiset.length; ++i) {
                for (int b = 0; b < bits; ++b) {
                    int bit = multiset[i] >> (bits - 1 - b) & 1;
                    indicators[((row * longest + i) * bits + b) * 2 + bit] = 1;
                }
            }
        }
        return manager.create(indicators, new Shape(chosen.length, longest, 2L * bits));
    }

    int[] lengths(int[] chosen) {
        return Arrays.stream(chosen).map(this::size).toArray();
    }

    /** The bits of the second smallest numbers, most significant first: [B, bits]. */
    NDArray labels(NDManager manager, int[] chosen) {
        float[] labels = new float[chosen.length * bits];
        for (int row = 0; row < chosen.length; ++row) {
            int[] sorted = multisets[chosen[row]].clone();
            Arrays.sort(sorted);
            for (int b = 0; b < bits; ++b) {
                labels[row * bits + b] = sorted[1] >> (bits - 1 - b) & 1;
            }
        }
        return manager.create(labels, new Shape(chosen.length, bits));
    }
}
