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

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.ParameterStore;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

class SegmentsTest {

    private static int[][] rows(Segments segments) {
        int[][] rows = new int[segments.sets()][];
        for (int set = 0; set < rows.length; ++set) {
            rows[set] = new int[segments.length(set)];
            for (int i = 0; i < rows[set].length; ++i) {
                rows[set][i] = segments.row(set, i);
            }
        }
        return rows;
    }

    @Test
    void lengthsIndexAndMaskNameTheSameRows() {
        assertArrayEquals(new int[][] {{0, 1}, {}, {2, 3, 4}}, rows(Segments.ofLengths(2, 0, 3)));
        // Unsorted: rows of one set keep their order.
        Segments index = Segments.ofIndex(new int[] {2, 0, 2, 3, 0}, 4);
        assertArrayEquals(new int[][] {{1, 4}, {}, {0, 2}, {3}}, rows(index));
        assertEquals(5, index.rows());
        Segments mask =
                Segments.ofMask(
                        new boolean[][] {{true, false, true}, {false, false, false}},
                        new int[] {2, 0});
        assertArrayEquals(new int[][] {{0, 2}, {}}, rows(mask));
        assertEquals(6, mask.rows());
        assertEquals(2, mask.elements());
        assertEquals(2, mask.longest());
        assertArrayEquals(new int[] {2, 0}, mask.lengths());
        assertEquals("Segments(2 sets, 2 of 6 rows)", mask.toString());
    }

    @Test
    void shufflingKeepsTheSets() {
        Segments segments = Segments.ofLengths(50, 1, 0, 20);
        int[][] shuffled = rows(segments.shuffled(new Random(3)));
        assertEquals(false, Arrays.deepEquals(rows(segments), shuffled));
        for (int[] set : shuffled) {
            Arrays.sort(set);
        }
        assertArrayEquals(rows(segments), shuffled);
    }

    @Test
    void badInputGetsOneSentence() {
        assertMessage(
                "Segments: the length of set 1 must not be negative, but is -2",
                () -> Segments.ofLengths(3, -2));
        assertMessage(
                "Segments: the set of element 2 must be between 0 and 1, but is 2",
                () -> Segments.ofIndex(new int[] {0, 1, 2}, 2));
        assertMessage(
                "Segments: the set of element 0 must be between 0 and 1, but is -1",
                () -> Segments.ofIndex(new int[] {-1}, 2));
        assertMessage(
                "Segments: mask and lengths must agree, but in set 1 the mask has 1 elements and"
                        + " the length is 2",
                () ->
                        Segments.ofMask(
                                new boolean[][] {{true, true}, {false, true}}, new int[] {2, 2}));
        assertMessage(
                "Segments: mask and lengths must have as many sets, but the mask has 1 and there"
                        + " are 2 lengths",
                () -> Segments.ofMask(new boolean[][] {{true}}, new int[] {1, 1}));
        assertMessage(
                "Segments: the masks must have one length, but that of set 0 has 2 positions and"
                        + " that of set 1 has 1",
                () -> Segments.ofMask(new boolean[][] {{true, true}, {true}}));
        try (NDManager manager = NDManager.newBaseManager()) {
            ParameterStore store = new ParameterStore(manager, false);
            StatisticAggregator mean = new StatisticAggregator(Statistic.MEAN);
            mean.initialize(manager, DataType.FLOAT32, new Shape(1, 1, 2));
            assertMessage(
                    "StatisticAggregator: the MEAN of an empty set is not defined, but set 1 is"
                            + " empty",
                    () ->
                            mean.aggregate(
                                    store,
                                    manager.ones(new Shape(2, 2)),
                                    Segments.ofLengths(2, 0),
                                    false));
            assertMessage(
                    "StatisticAggregator: the elements must be finite, but element 1 of set 1 has"
                            + " NaN or infinity",
                    () ->
                            mean.aggregate(
                                    store,
                                    manager.create(
                                            new float[] {1, 2, 3, 4, 5, Float.NaN},
                                            new Shape(3, 2)),
                                    Segments.ofLengths(1, 2),
                                    false));
            assertMessage(
                    "StatisticAggregator: the elements must have the shape [3, features] for"
                            + " Segments(1 sets, 3 of 3 rows), but have (2, 2)",
                    () ->
                            mean.aggregate(
                                    store,
                                    manager.ones(new Shape(2, 2)),
                                    Segments.ofLengths(3),
                                    false));
            // Large finite numbers whose sum overflows are no error.
            mean.aggregate(
                    store, manager.full(new Shape(2, 2), 3e38f), Segments.ofLengths(1, 1), false);
        }
    }

    private static void assertMessage(String message, Executable executable) {
        assertEquals(
                message, assertThrows(IllegalArgumentException.class, executable).getMessage());
    }
}
