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

/** All prefixes of ragged sets in 2 · log₂ n calls of the operator. */
final class PrefixScan {

    private PrefixScan() {}

    /** The prefixes in the rows of their last elements; inside {@code Temporaries.freed}. */
    static NDArray scan(Combination combination, NDArray elements, Segments segments) {
        if (segments.elements() == 0) {
            return elements.zerosLike();
        }
        NDArray prefixes = scan(combination, Rows.compact(elements, segments), segments.lengths());
        if (segments.isInOrder()) {
            return prefixes.add(0);
        }
        int[] rows = segments.positionOfRow();
        NDList all = new NDList(prefixes);
        if (segments.elements() < segments.rows()) {
            all.add(Rows.identityRow(elements, null));
            for (int i = 0; i < rows.length; ++i) {
                rows[i] = rows[i] < 0 ? segments.elements() : rows[i];
            }
        }
        return Rows.gather(Rows.concat(all), rows);
    }

    /** Scans sets that lie one after another. */
    private static NDArray scan(Combination combination, NDArray nodes, int[] lengths) {
        int total = Arrays.stream(lengths).sum();
        int pairCount = Arrays.stream(lengths).map(n -> n / 2).sum();
        if (pairCount == 0) {
            return nodes;
        }
        int[] operands = new int[2 * pairCount];
        int[] halves = new int[lengths.length];
        int[] order = new int[total];
        // The prefixes x_0 ⊕ … ⊕ x_2i with i ≥ 1: that of the pairs before, and the element.
        int[] before = new int[total];
        int[] last = new int[total];
        int extra = 0;
        int pair = 0;
        for (int set = 0, row = 0; set < lengths.length; row += lengths[set++]) {
            halves[set] = lengths[set] / 2;
            for (int i = 0; i < lengths[set]; ++i) {
                if (i % 2 == 1) {
                    operands[pair] = row + i - 1;
                    operands[pairCount + pair] = row + i;
                    order[row + i] = total + pair++;
                } else if (i == 0) {
                    order[row] = row;
                } else {
                    before[extra] = pair - 1;
                    last[extra] = row + i;
                    order[row + i] = total + pairCount + extra++;
                }
            }
        }
        NDArray combined = combination.halves(Rows.gather(nodes, operands));
        NDArray ofPairs = scan(combination, combined, halves);
        NDList all = new NDList(nodes, ofPairs);
        if (extra > 0) {
            all.add(
                    combination.apply(
                            Rows.gather(ofPairs, Arrays.copyOf(before, extra)),
                            Rows.gather(nodes, Arrays.copyOf(last, extra))));
        }
        return Rows.gather(Rows.concat(all), order);
    }
}
