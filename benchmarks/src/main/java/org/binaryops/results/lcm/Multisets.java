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
package org.binaryops.results.lcm;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;

import org.binaryops.monoid.Segments;

import java.util.Arrays;
import java.util.Random;

/**
 * The second-minimum task: of a multiset of numbers of some bits, tell the bits of the second
 * smallest. Duplicates count: of {3, 3, 7} it is 3.
 */
record Multisets(int bits, int[][] sets) {

    /** Multisets with a size that is uniform in {@code smallest..largest}. */
    static Multisets random(int count, int bits, int smallest, int largest, long seed) {
        Random random = new Random(seed);
        int[][] sets = new int[count][];
        for (int i = 0; i < count; ++i) {
            int size = smallest + random.nextInt(largest - smallest + 1);
            sets[i] = random.ints(size, 0, 1 << bits).toArray();
        }
        return new Multisets(bits, sets);
    }

    Segments segments(int[] chosen) {
        return Segments.ofLengths(Arrays.stream(chosen).map(i -> sets[i].length).toArray());
    }

    /** The indicators of the bits of all elements, one after another: [N, 2·bits]. */
    NDArray elements(NDManager manager, int[] chosen) {
        int total = Arrays.stream(chosen).map(i -> sets[i].length).sum();
        float[] indicators = new float[total * 2 * bits];
        int at = 0;
        for (int i : chosen) {
            for (int number : sets[i]) {
                for (int b = bits - 1; b >= 0; --b) {
                    indicators[at + (number >> b & 1)] = 1;
                    at += 2;
                }
            }
        }
        return manager.create(indicators, new Shape(total, 2L * bits));
    }

    /** The bits of the second smallest numbers, most significant first. */
    float[] labels(int[] chosen) {
        float[] labels = new float[chosen.length * bits];
        int at = 0;
        for (int i : chosen) {
            int[] sorted = sets[i].clone();
            Arrays.sort(sorted);
            for (int b = bits - 1; b >= 0; --b) {
                labels[at++] = sorted[1] >> b & 1;
            }
        }
        return labels;
    }
}
