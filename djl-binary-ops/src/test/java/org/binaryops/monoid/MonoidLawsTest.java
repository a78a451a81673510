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
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.GradientCollector;
import ai.djl.training.ParameterStore;
import ai.djl.training.Trainer;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import org.binaryops.testing.Gradients;
import org.binaryops.training.MeanSquaredError;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class MonoidLawsTest {

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

    private NDArray normal(long... shape) {
        return manager.randomNormal(0, 1, new Shape(shape), DataType.FLOAT64);
    }

    private LcmAggregator initialized(LcmAggregator.Builder builder, int features) {
        LcmAggregator block = builder.build();
        block.initialize(manager, DataType.FLOAT64, new Shape(1, 1, features));
        return block;
    }

    @Test
    void associatorIsTheFormula() {
        int features = 4;
        LcmAggregator block =
                initialized(LcmAggregator.builder().optAssociativityWeight(0.25), features);
        PlainMonoid plain = new PlainMonoid(block, features);
        NDArray x = normal(6, features);
        NDArray y = normal(6, features);
        NDArray z = normal(6, features);
        double[] expected = new double[6];
        double mean = 0;
        for (int row = 0; row < 6; ++row) {
            expected[row] =
                    associator(
                            plain,
                            x.get(row).toDoubleArray(),
                            y.get(row).toDoubleArray(),
                            z.get(row).toDoubleArray());
            mean += expected[row] / 6;
        }
        assertTrue(mean > 1e-3, "an untrained operator is not associative");
        assertArrayEquals(
                expected,
                MonoidLaws.associator(block.getOperator(), store, x, y, z, false).toDoubleArray(),
                1e-13);
        assertEquals(
                0.25 * mean, block.associativityLoss(store, x, y, z, false).getDouble(), 1e-13);
    }

    private static double associator(PlainMonoid plain, double[] x, double[] y, double[] z) {
        double[] leftFirst = plain.symmetrized(plain.symmetrized(x, y), z);
        double[] rightFirst = plain.symmetrized(x, plain.symmetrized(y, z));
        double sum = 0;
        for (int i = 0; i < x.length; ++i) {
            sum += (leftFirst[i] - rightFirst[i]) * (leftFirst[i] - rightFirst[i]);
        }
        return sum;
    }

    @Test
    void triplesOfABatchAreConsecutivePresentElements() {
        int features = 3;
        LcmAggregator block = initialized(LcmAggregator.builder(), features);
        PlainMonoid plain = new PlainMonoid(block, features);
        NDArray elements = normal(3, 5, features);
        double[][][] rows = new double[3][5][];
        for (int set = 0; set < 3; ++set) {
            for (int i = 0; i < 5; ++i) {
                rows[set][i] = elements.get(set, i).toDoubleArray();
            }
        }
        double whole = 0;
        for (double[][] set : rows) {
            for (int i = 0; i < 3; ++i) {
                whole += associator(plain, set[i], set[i + 1], set[i + 2]) / 9;
            }
        }
        assertEquals(
                whole,
                block.associativityLoss(store, new NDList(elements), false).getDouble(),
                1e-13);

        // Set 0 keeps the elements 0, 2, 3, 4 (two triples), set 1 three (one), set 2 two (none).
        boolean[] mask = {
            true, false, true, true, true, true, true, true, false, false, true, true, false, false,
            false
        };
        double some =
                (associator(plain, rows[0][0], rows[0][2], rows[0][3])
                                + associator(plain, rows[0][2], rows[0][3], rows[0][4])
                                + associator(plain, rows[1][0], rows[1][1], rows[1][2]))
                        / 3;
        NDList masked = new NDList(elements, manager.create(mask, new Shape(3, 5)));
        assertEquals(some, block.associativityLoss(store, masked, false).getDouble(), 1e-13);

        NDList pairs = new NDList(elements, manager.create(new int[] {2, 1, 0}));
        assertEquals(0.0, block.associativityLoss(store, pairs, false).getDouble());
        NDList two = new NDList(normal(3, 2, features));
        assertEquals(0.0, block.associativityLoss(store, two, false).getDouble());
    }

    @Test
    void anAssociativeOperatorHasNoLoss() {
        NDArray elements = normal(10, 6, 4).mul(100).round();
        for (BinaryOperator operator :
                new BinaryOperator[] {new MaxOperator(), new SumOperator()}) {
            LcmAggregator block = initialized(LcmAggregator.builder().optOperator(operator), 4);
            assertEquals(
                    0.0, block.associativityLoss(store, new NDList(elements), false).getDouble());
        }
    }

    @Test
    void trainingReducesIt() {
        int features = 8;
        float before;
        float after;
        try (Model model = Model.newInstance("associativity")) {
            LcmAggregator block = LcmAggregator.builder().optAssociativityWeight(1).build();
            model.setBlock(block);
            DefaultTrainingConfig config =
                    new DefaultTrainingConfig(new MeanSquaredError())
                            .optOptimizer(
                                    Optimizer.adam()
                                            .optLearningRateTracker(Tracker.fixed(0.01f))
                                            .build());
            try (Trainer trainer = model.newTrainer(config)) {
                trainer.initialize(new Shape(1, 1, features));
                ParameterStore parameters = new ParameterStore(model.getNDManager(), false);
                NDArray held = manager.randomNormal(new Shape(64, 6, features));
                before = block.associativityLoss(parameters, new NDList(held), false).getFloat();
                for (int step = 0; step < 100; ++step) {
                    try (NDManager batch = manager.newSubManager();
                            GradientCollector collector = trainer.newGradientCollector()) {
                        NDList sets = new NDList(batch.randomNormal(new Shape(32, 6, features)));
                        // The task, the mean of the first feature, keeps the operator from
                        // collapsing to a constant.
                        NDArray task =
                                trainer.forward(sets)
                                        .get(0)
                                        .get(":, 0:1")
                                        .sub(sets.get(0).get(":, :, 0").mean(new int[] {1}, true))
                                        .square()
                                        .mean();
                        NDArray law = block.associativityLoss(parameters, sets, true);
                        Gradients.backward(collector, task.add(law));
                        trainer.step();
                    }
                }
                after = block.associativityLoss(parameters, new NDList(held), false).getFloat();
            }
        }
        System.out.printf("associativity loss: %.5f before, %.5f after%n", before, after);
        assertTrue(after < before / 4, () -> "from " + before + " to " + after);
    }
}
