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

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
import ai.djl.training.ParameterStore;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import org.binaryops.testing.Blocks;
import org.binaryops.testing.Gradients;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The gradients of trees, folds and scans against folds written out in plain Java. */
class RaggedGradientTest {

    private static final double STEP = 1e-3;

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

    /** With single operations and with the engine's recurrent layer. */
    @ParameterizedTest
    @ValueSource(ints = {3, 4})
    void gradientsAreThoseOfTheUnrolledFold(int features) {
        int[] index = {1, 0, 1, 3, 1, 0, 1, 3, 1, 1};
        Segments segments = Segments.ofIndex(index, 4);
        BinaryOperator operator =
                Blocks.initialize64(
                        manager,
                        new Symmetrized(new GruOperator()),
                        new Shape(1, features),
                        new Shape(1, features));
        operator.getParameters().forEach(p -> p.getValue().getArray().muli(2));
        PlainMonoid plain = new PlainMonoid(operator, features);
        double[] values = new Random(3).doubles(10 * features, -1, 1).toArray();
        double[] up = new Random(4).doubles(10 * features, -1, 1).toArray();
        Function<NDArray, NDArray> tree =
                x -> TreeReduction.fold(operator, store, x, segments, true);
        check(
                plain,
                values,
                Arrays.copyOf(up, 4 * features),
                features,
                tree,
                v -> plain(plain, v, segments));
        Function<NDArray, NDArray> chain =
                x ->
                        TreeReduction.fold(
                                operator,
                                store,
                                x,
                                segments,
                                TreeShape.LEFT_TO_RIGHT,
                                null,
                                null,
                                true);
        check(
                plain,
                values,
                Arrays.copyOf(up, 4 * features),
                features,
                chain,
                v -> plainChain(plain, v, segments));
        Function<NDArray, NDArray> scan =
                x -> TreeReduction.scan(operator, store, x, segments, true);
        check(plain, values, up, features, scan, v -> plainScan(plain, v, segments));
    }

    private void check(
            PlainMonoid plain,
            double[] values,
            double[] up,
            int features,
            Function<NDArray, NDArray> function,
            Function<double[], double[]> formula) {
        NDArray x = manager.create(values, new Shape(values.length / features, features));
        x.setRequiresGradient(true);
        try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
            NDArray y = function.apply(x);
            assertArrayEquals(formula.apply(values), y.toDoubleArray(), 1e-12);
            Gradients.backward(collector, y.mul(manager.create(up, y.getShape())).sum(), true);
        }
        double[] gradient = x.getGradient().toDoubleArray();
        for (int i = 0; i < values.length; ++i) {
            double[] at = new double[4];
            double[] steps = {-2 * STEP, -STEP, STEP, 2 * STEP};
            for (int k = 0; k < 4; ++k) {
                double[] moved = values.clone();
                moved[i] += steps[k];
                double[] y = formula.apply(moved);
                for (int j = 0; j < y.length; ++j) {
                    at[k] += up[j] * y[j];
                }
            }
            assertEquals((at[0] - 8 * at[1] + 8 * at[2] - at[3]) / (12 * STEP), gradient[i], 1e-7);
        }
    }

    private static List<double[]> rows(double[] values, Segments segments, int set, int features) {
        List<double[]> rows = new ArrayList<>();
        for (int i = 0; i < segments.length(set); ++i) {
            int from = segments.row(set, i) * features;
            rows.add(Arrays.copyOfRange(values, from, from + features));
        }
        return rows;
    }

    private static double[] plain(PlainMonoid plain, double[] values, Segments segments) {
        double[] result = new double[segments.sets() * plain.features];
        for (int s = 0; s < segments.sets(); ++s) {
            List<double[]> rows = rows(values, segments, s, plain.features);
            if (!rows.isEmpty()) {
                System.arraycopy(plain.fold(rows), 0, result, s * plain.features, plain.features);
            }
        }
        return result;
    }

    private static double[] plainChain(PlainMonoid plain, double[] values, Segments segments) {
        double[] result = new double[segments.sets() * plain.features];
        for (int s = 0; s < segments.sets(); ++s) {
            List<double[]> rows = rows(values, segments, s, plain.features);
            double[] state = rows.isEmpty() ? new double[plain.features] : rows.get(0);
            for (int i = 1; i < rows.size(); ++i) {
                state = plain.symmetrized(state, rows.get(i));
            }
            System.arraycopy(state, 0, result, s * plain.features, plain.features);
        }
        return result;
    }

    private static double[] plainScan(PlainMonoid plain, double[] values, Segments segments) {
        double[] result = new double[values.length];
        for (int s = 0; s < segments.sets(); ++s) {
            List<double[]> prefixes = prefixes(plain, rows(values, segments, s, plain.features));
            for (int i = 0; i < prefixes.size(); ++i) {
                System.arraycopy(
                        prefixes.get(i),
                        0,
                        result,
                        segments.row(s, i) * plain.features,
                        plain.features);
            }
        }
        return result;
    }

    private static List<double[]> prefixes(PlainMonoid plain, List<double[]> rows) {
        if (rows.size() < 2) {
            return rows;
        }
        List<double[]> pairs = new ArrayList<>();
        for (int i = 0; i + 1 < rows.size(); i += 2) {
            pairs.add(plain.symmetrized(rows.get(i), rows.get(i + 1)));
        }
        List<double[]> ofPairs = prefixes(plain, pairs);
        List<double[]> all = new ArrayList<>();
        for (int i = 0; i < rows.size(); ++i) {
            if (i == 0) {
                all.add(rows.get(0));
            } else if (i % 2 == 1) {
                all.add(ofPairs.get(i / 2));
            } else {
                all.add(plain.symmetrized(ofPairs.get(i / 2 - 1), rows.get(i)));
            }
        }
        return all;
    }
}
