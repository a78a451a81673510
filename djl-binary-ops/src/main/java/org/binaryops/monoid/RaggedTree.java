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
import java.util.List;
import org.binaryops.gradient.Temporaries;

/** Carries out a {@link ReductionPlan}: one gather and one call of the operator a level. */
final class RaggedTree {

    private RaggedTree() {}

    /** Folds sets; to be called inside {@code Temporaries.freed}. */
    static NDArray reduce(
            Combination combination,
            NDArray elements,
            Segments segments,
            ReductionPlan plan,
            NDArray identity) {
        List<ReductionPlan.Level> levels = plan.levels();
        NDList indices = upload(elements, levels);
        int nextIndex = 0;
        NDArray nodes = elements;
        NDList leaving = new NDList();
        for (ReductionPlan.Level level : levels) {
            if (level.leaving().length > 0) {
                leaving.add(Rows.gather(nodes, indices.get(nextIndex++)));
            }
            if (level.pairs() == 0) {
                break;
            }
            NDArray index = level.gathered() == null ? null : indices.get(nextIndex++);
            NDArray from = nodes;
            nodes =
                    Temporaries.freed(
                            elements.getManager(), () -> level(combination, from, index, level));
        }
        return Rows.assemble(leaving, plan.result(), identity, elements);
    }

    private static NDArray level(
            Combination combination, NDArray nodes, NDArray index, ReductionPlan.Level level) {
        NDArray operands = index == null ? nodes : Rows.gather(nodes, index);
        if (level.carried() == 0) {
            return combination.halves(operands);
        }
        NDList pairsAndCarried = operands.split(new long[] {2L * level.pairs()}, 0);
        return combination.halves(pairsAndCarried.get(0)).concat(pairsAndCarried.get(1), 0);
    }

    /** All row numbers in one transfer: for each level those that leave, then those to gather. */
    private static NDList upload(NDArray like, List<ReductionPlan.Level> levels) {
        int[][] parts = new int[2 * levels.size()][];
        int count = 0;
        int total = 0;
        for (ReductionPlan.Level level : levels) {
            if (level.leaving().length > 0) {
                parts[count++] = level.leaving();
            }
            if (level.gathered() != null) {
                parts[count++] = level.gathered();
            }
        }
        long[] ends = new long[count];
        for (int i = 0; i < count; ++i) {
            total += parts[i].length;
            ends[i] = total;
        }
        if (count == 0) {
            return new NDList();
        }
        int[] all = new int[total];
        for (int i = 0, at = 0; i < count; at += parts[i++].length) {
            System.arraycopy(parts[i], 0, all, at, parts[i].length);
        }
        NDArray index = Rows.index(like, all);
        return count == 1 ? new NDList(index) : index.split(Arrays.copyOf(ends, count - 1), 0);
    }
}
