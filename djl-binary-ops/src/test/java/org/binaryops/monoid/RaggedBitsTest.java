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

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.ParameterStore;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A set has the same bits ragged, padded and alone. */
class RaggedBitsTest {

    private NDManager manager;
    private ParameterStore store;

    @BeforeEach
    void open() {
        manager = NDManager.newBaseManager();
        store = new ParameterStore(manager, false);
        Engine.getInstance().setRandomSeed(41);
    }

    @AfterEach
    void close() {
        manager.close();
    }

    @ParameterizedTest
    @EnumSource(
            value = DataType.class,
            names = {"FLOAT32", "FLOAT64"})
    void raggedPaddedAndAloneAreTheSameBits(DataType type) {
        for (int features : new int[] {1, 5, 32, 72}) {
            LcmAggregator block = LcmAggregator.builder().build();
            block.initialize(manager, type, new Shape(1, 1, features));
            int n = 21;
            int[] lengths = new int[n];
            Arrays.setAll(lengths, i -> i + 1);
            NDArray padded = manager.randomNormal(0, 1, new Shape(n, n, features), type);
            boolean[][] mask = new boolean[n][n];
            for (int s = 0; s < n; ++s) {
                Arrays.fill(mask[s], 0, lengths[s], true);
            }
            byte[] expected = block.aggregate(store, padded, lengths, false).toByteArray();
            assertArrayEquals(
                    expected,
                    block.aggregate(
                                    store,
                                    padded.reshape(n * n, features),
                                    Segments.ofMask(mask, lengths),
                                    false)
                            .toByteArray());
            NDArray together =
                    TreeReduction.fold(
                            block.getOperator(),
                            store,
                            padded.reshape(n * n, features),
                            Segments.ofMask(mask),
                            false);
            for (int s = 0; s < n; ++s) {
                NDArray alone = padded.get(s + ", 0:" + lengths[s]).duplicate();
                assertArrayEquals(
                        together.get(s).toByteArray(),
                        block.aggregate(store, alone, Segments.ofLengths(lengths[s]), false)
                                .toByteArray(),
                        type + " features " + features + " size " + lengths[s]);
            }
        }
    }

    /**
     * In every tree, in training too, and with elements that lie apart: a set has the bits that it
     * has where all other sets are empty.
     */
    @ParameterizedTest
    @EnumSource(TreeShape.class)
    void everyTreeIsTheSameInEveryBatch(TreeShape shape) {
        int features = 32;
        int sets = 9;
        int rows = 150;
        Random random = new Random(6);
        int[] index = random.ints(rows, 0, sets).toArray();
        NDArray elements = manager.randomNormal(new Shape(rows, features));
        for (BinaryOperator g :
                List.of(new GruOperator(), new GatedOperator(), new MlpOperator(9))) {
            BinaryOperator operator = new Symmetrized(g);
            operator.initialize(
                    manager, DataType.FLOAT32, new Shape(1, features), new Shape(1, features));
            for (boolean training : new boolean[] {false, true}) {
                NDArray together =
                        fold(operator, elements, Segments.ofIndex(index, sets), shape, training);
                for (int set = 0; set < sets; ++set) {
                    long[] own = new long[rows];
                    int count = 0;
                    for (int row = 0; row < rows; ++row) {
                        if (index[row] == set) {
                            own[count++] = row;
                        }
                    }
                    int[] lengths = new int[sets];
                    lengths[set] = count;
                    NDArray alone =
                            elements.get(manager.create(Arrays.copyOf(own, count))).duplicate();
                    assertArrayEquals(
                            together.get(set).toByteArray(),
                            fold(operator, alone, Segments.ofLengths(lengths), shape, training)
                                    .get(set)
                                    .toByteArray(),
                            shape + " of " + g + ", set " + set + " of " + count);
                }
            }
        }
    }

    /** Where a level is too large to go through in one piece. */
    @Test
    void aLargeBatchGivesTheSameBits() {
        for (int features : new int[] {64, 66}) {
            LcmAggregator block = LcmAggregator.builder().build();
            block.initialize(manager, DataType.FLOAT32, new Shape(1, 1, features));
            int sets = 90;
            int size = 41;
            NDArray elements = manager.randomNormal(new Shape(sets * size, features));
            NDArray together =
                    block.aggregate(store, elements, Segments.uniform(sets, size), false);
            for (int set = 0; set < sets; set += 17) {
                NDArray alone = elements.get(set * size + ":" + (set + 1) * size).duplicate();
                assertArrayEquals(
                        together.get(set).toByteArray(),
                        block.aggregate(store, alone, Segments.ofLengths(size), false)
                                .toByteArray(),
                        "features " + features + " set " + set);
            }
        }
    }

    private NDArray fold(
            BinaryOperator operator,
            NDArray elements,
            Segments segments,
            TreeShape shape,
            boolean training) {
        return TreeReduction.fold(
                operator, store, elements, segments, shape, new Random(3), null, training);
    }
}
