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

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * In which order to lay out the pairs of balanced trees over sets of one size, so that the left
 * operands of a level, then the right ones, then the carried nodes are what the level below left:
 * only the elements themselves have to be moved.
 *
 * <p>Worked out from the top. Where the nodes of a level must lie tells the order of the pairs that
 * make them; those who lie last are the last of each set, which are the only ones to be carried.
 */
final class EqualSizes {

    private EqualSizes() {}

    /**
     * For every level the order of its pairs, numbered set by set; none where sizes differ, since
     * then the rows have to be gathered at every level.
     */
    static List<int[]> orders(Segments segments) {
        int sets = segments.sets();
        int size = segments.longest();
        for (int set = 0; set < sets; ++set) {
            if (segments.length(set) != size) {
                return List.of();
            }
        }
        List<Integer> sizes = new ArrayList<>();
        for (int n = size; n > 1; n = (n + 1) / 2) {
            sizes.add(n);
        }
        List<int[]> orders = new ArrayList<>();
        // The nodes above a level in their order: set · nodes of a set + position.
        int[] above = new int[sets];
        for (int set = 0; set < sets; ++set) {
            above[set] = set;
        }
        for (int level = sizes.size() - 1; level >= 0; --level) {
            int n = sizes.get(level);
            int pairs = n / 2;
            int nodesAbove = (n + 1) / 2;
            int[] order = new int[sets * pairs];
            int[] below = new int[sets * n];
            int count = 0;
            int carried = 2 * order.length;
            for (int node : above) {
                int set = node / nodesAbove;
                int position = node % nodesAbove;
                if (position < pairs) {
                    below[count] = set * n + 2 * position;
                    below[order.length + count] = set * n + 2 * position + 1;
                    order[count++] = set * pairs + position;
                } else {
                    below[carried++] = set * n + 2 * position;
                }
            }
            orders.add(order);
            above = below;
        }
        Collections.reverse(orders);
        return orders;
    }
}
