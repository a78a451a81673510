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
package org.binaryops.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.dataset.ArrayDataset;
import ai.djl.training.loss.Loss;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.binaryops.nn.QuantLinear;
import org.binaryops.quantizer.ElasticQuantizer;
import org.binaryops.quantizer.Identity;
import org.binaryops.quantizer.Quantizer;
import org.binaryops.quantizer.StatisticsWeightQuantizer;
import org.junit.jupiter.api.Test;

/** Weights handed on from network to network. */
class ProgressiveDistillationTest {

    private static Block layer(boolean quantized, int units) {
        Quantizer input = quantized ? ElasticQuantizer.signed(1) : new Identity();
        Quantizer weight = quantized ? new StatisticsWeightQuantizer(1) : new Identity();
        return QuantLinear.builder()
                .setUnits(units)
                .optInputQuantizer(input)
                .optWeightQuantizer(weight)
                .optBias(true)
                .build();
    }

    @Test
    void copiesWhatBothNetworksHave() {
        try (NDManager manager = NDManager.newBaseManager()) {
            Block from = layer(false, 3);
            Block to = layer(true, 3);
            from.initialize(manager, DataType.FLOAT32, new Shape(1, 4));
            to.initialize(manager, DataType.FLOAT32, new Shape(1, 4));
            NDArray step =
                    to.getParameters().stream()
                            .filter(p -> p.getKey().endsWith("step"))
                            .findFirst()
                            .orElseThrow()
                            .getValue()
                            .getArray();
            assertEquals(2, WarmStart.copy(from, to), "weight and bias");
            assertArrayEquals(
                    from.getParameters().get("weight").getArray().toFloatArray(),
                    to.getParameters().get("weight").getArray().toFloatArray());
            assertTrue(to.getParameters().get("weight").getArray().hasGradient());
            assertEquals(1, step.toFloatArray()[0]);
            Block other = layer(true, 2);
            other.initialize(manager, DataType.FLOAT32, new Shape(1, 4));
            IllegalArgumentException e =
                    assertThrows(IllegalArgumentException.class, () -> WarmStart.copy(from, other));
            assertEquals(
                    "Both networks must have parameters of the same shapes, but weight#1 has (3, 4)"
                            + " in the one and (2, 4) in the other.",
                    e.getMessage());
        }
    }

    private static DefaultTrainingConfig config(float rate) {
        return new DefaultTrainingConfig(
                        new DistillationLoss(Loss.softmaxCrossEntropyLoss(), .2)
                                .plus(new DistributionLoss(), .8))
                .optOptimizer(Optimizer.adam().optLearningRateTracker(Tracker.fixed(rate)).build());
    }

    @Test
    void aChainOfStudentsEachFromTheOneBefore() throws Exception {
        Engine.getInstance().setRandomSeed(1);
        Random random = new Random(1);
        float[] x = new float[256 * 4];
        float[] y = new float[256];
        for (int i = 0; i < 256; ++i) {
            for (int d = 0; d < 4; ++d) {
                x[4 * i + d] = (float) random.nextGaussian();
            }
            y[i] = x[4 * i] + x[4 * i + 1] > x[4 * i + 2] ? 1 : 0;
        }
        try (Model teacher = Model.newInstance("teacher")) {
            NDManager manager = teacher.getNDManager();
            ArrayDataset data =
                    new ArrayDataset.Builder()
                            .setData(manager.create(x, new Shape(256, 4)))
                            .optLabels(manager.create(y))
                            .setSampling(32, false)
                            .build();
            teacher.setBlock(layer(false, 2));
            teacher.getBlock().initialize(manager, DataType.FLOAT32, new Shape(1, 4));
            NDArray w = teacher.getBlock().getParameters().get("weight").getArray();
            w.setRequiresGradient(false);
            w.set(new float[] {-2, -2, 2, 0, 2, 2, -2, 0});
            w.setRequiresGradient(true);
            List<Block> students = new ArrayList<>();
            List<String> epochs = new ArrayList<>();
            ProgressiveDistillation chain =
                    ProgressiveDistillation.builder()
                            .setTeacher(teacher)
                            .setInputShapes(new Shape(1, 4))
                            .setTrainingSet(data)
                            .optValidationSet(data)
                            .addStudent(
                                    "32", () -> kept(students, layer(false, 2)), 1, config(1e-8f))
                            .addStudent(
                                    "1-1", () -> kept(students, layer(true, 2)), 3, config(1e-2f))
                            .optOnEpoch(e -> epochs.add(e.stage() + "/" + e.epoch()))
                            .build();
            try (Model last = chain.run()) {
                assertEquals(List.of("32/1", "1-1/1", "1-1/2", "1-1/3"), epochs);
                assertEquals(students.get(1), last.getBlock());
                assertEquals(2, chain.getResults().size());
                // The binary student still has the teacher's signs: it started from them.
                float[] learned =
                        last.getBlock().getParameters().get("weight").getArray().toFloatArray();
                float[] taught = w.toFloatArray();
                for (int i = 0; i < 8; ++i) {
                    assertEquals(taught[i], learned[i], .4);
                }
                assertTrue(
                        ((ElasticQuantizer) ((QuantLinear) last.getBlock()).getInputQuantizer())
                                .isStepInitialized());
            }
            assertEquals(2, w.toFloatArray()[4], "the teacher stays as it was");
        }
        assertThrows(
                IllegalArgumentException.class, () -> ProgressiveDistillation.builder().build());
    }

    private static Block kept(List<Block> students, Block block) {
        students.add(block);
        return block;
    }
}
