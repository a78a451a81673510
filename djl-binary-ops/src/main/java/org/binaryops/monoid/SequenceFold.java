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
import ai.djl.ndarray.NDList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;
import org.binaryops.gradient.Temporaries;

/**
 * Folds sets from left to right, one step for each position of the longest: ragged and without
 * padding, since the sets are sorted by size and those that have ended take no part.
 */
final class SequenceFold {

    private SequenceFold() {}

    /**
     * Folds sets; to be called inside {@code Temporaries.freed}.
     *
     * @param elements [N, F]
     * @param segments the sets
     * @param start the state before the first element, [1, G], or {@code null} if the first element
     *     is the first state
     * @param identity what an empty set gives, [G], or {@code null} for 0
     * @param step (state [M, G], elements [M, F]) ↦ state [M, G]
     */
    static NDArray fold(
            NDArray elements,
            Segments segments,
            NDArray start,
            NDArray identity,
            Combination step) {
        int[] bySize =
                IntStream.range(0, segments.sets())
                        .boxed()
                        .sorted(Comparator.comparingInt(set -> -segments.length(set)))
                        .mapToInt(Integer::intValue)
                        .toArray();
        int longest = segments.longest();
        NDList states = new NDList();
        int[] active = new int[longest + 1];
        if (longest > 0) {
            NDList steps = byPosition(elements, segments, bySize, active);
            NDArray first = steps.get(0);
            NDArray state =
                    start == null
                            ? longest == 1 ? first.add(0) : first
                            : step(start.repeat(0, active[0]), first, step);
            for (int t = 1; t < longest; ++t) {
                if (active[t] < active[t - 1]) {
                    NDList onAndEnded = state.split(new long[] {active[t]}, 0);
                    state = onAndEnded.get(0);
                    states.add(0, onAndEnded.get(1));
                }
                state = step(state, steps.get(t), step);
            }
            states.add(0, state);
        }
        int[] result = new int[segments.sets()];
        for (int i = 0; i < bySize.length; ++i) {
            result[bySize[i]] = Math.min(i, active[0]);
        }
        return Rows.assemble(states, result, identity, start == null ? elements : start);
    }

    private static NDArray step(NDArray state, NDArray elements, Combination step) {
        return Temporaries.freed(state.getManager(), () -> step.apply(state, elements));
    }

    /** The elements at position 0, 1, … of the sets that are so long, the largest set first. */
    private static NDList byPosition(
            NDArray elements, Segments segments, int[] bySize, int[] active) {
        int longest = segments.longest();
        int[] rows = new int[segments.elements()];
        long[] ends = new long[longest];
        int count = 0;
        for (int t = 0; t < longest; ++t) {
            while (active[t] < bySize.length && segments.length(bySize[active[t]]) > t) {
                rows[count++] = segments.row(bySize[active[t]++], t);
            }
            ends[t] = count;
        }
        boolean inOrder = rows.length == segments.rows();
        for (int i = 0; inOrder && i < rows.length; ++i) {
            inOrder = rows[i] == i;
        }
        NDArray sorted = inOrder ? elements : Rows.gather(elements, rows);
        return longest == 1
                ? new NDList(sorted)
                : sorted.split(Arrays.copyOf(ends, longest - 1), 0);
    }
}
