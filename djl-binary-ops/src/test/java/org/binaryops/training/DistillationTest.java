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
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import ai.djl.training.EasyTrain;
import ai.djl.training.GradientCollector;
import ai.djl.training.Trainer;
import ai.djl.training.dataset.ArrayDataset;
import ai.djl.training.dataset.Batch;
import ai.djl.training.dataset.Dataset;
import ai.djl.training.evaluator.Accuracy;
import ai.djl.training.listener.EvaluatorTrainingListener;
import ai.djl.training.loss.Loss;
import java.util.Random;
import org.binaryops.nn.QuantLinear;
import org.binaryops.quantizer.ApproxSign;
import org.binaryops.quantizer.StraightThroughSign;
import org.binaryops.testing.Gradients;
import org.binaryops.testing.Leaks;
import org.junit.jupiter.api.Test;

/** Losses towards a teacher against their formulas, and the way of its outputs into a batch. */
class DistillationTest {

    private static final int ROWS = 4;
    private static final int CLASSES = 3;

    private static double[] random(int seed) {
        return new Random(seed).doubles(ROWS * CLASSES, -3, 3).toArray();
    }

    private static double[] softmax(double[] z, int row, double t) {
        double[] p = new double[CLASSES];
        double sum = 0;
        for (int c = 0; c < CLASSES; ++c) {
            p[c] = Math.exp(z[row * CLASSES + c] / t);
            sum += p[c];
        }
        for (int c = 0; c < CLASSES; ++c) {
            p[c] /= sum;
        }
        return p;
    }

    private static NDArray logits(NDManager manager, double[] z) {
        return manager.create(z).reshape(ROWS, CLASSES);
    }

    @Test
    void theDistributionLossIsTheCrossEntropyOfTheTeacher() {
        double[] teacher = random(1);
        double[] student = random(2);
        for (double t : new double[] {1, 4}) {
            double expected = 0;
            double[] slope = new double[student.length];
            for (int row = 0; row < ROWS; ++row) {
                double[] p = softmax(teacher, row, t);
                double[] q = softmax(student, row, t);
                for (int c = 0; c < CLASSES; ++c) {
                    expected -= t * t * p[c] * Math.log(q[c]) / ROWS;
                    slope[row * CLASSES + c] = t * (q[c] - p[c]) / ROWS;
                }
            }
            try (NDManager manager = NDManager.newBaseManager()) {
                NDArray z = manager.create(student);
                z.setRequiresGradient(true);
                // Labels of the task stand before the teacher's.
                NDList labels =
                        new NDList(manager.zeros(new Shape(ROWS)), logits(manager, teacher));
                Loss loss = t == 1 ? new DistributionLoss() : new DistributionLoss(t);
                try (GradientCollector collector = manager.getEngine().newGradientCollector()) {
                    NDArray value = loss.evaluate(labels, new NDList(z.reshape(ROWS, CLASSES)));
                    Gradients.backward(collector, value);
                    assertEquals(expected, value.toDoubleArray()[0], 1e-12);
                }
                assertArrayEquals(slope, z.getGradient().toDoubleArray(), 1e-12);
            }
        }
    }

    @Test
    void aGarbageCollectionBeforeTheBackwardPassChangesNothing() {
        float[][] gradients = new float[2][];
        for (int run = 0; run < 2; ++run) {
            try (NDManager manager = NDManager.newBaseManager()) {
                NDArray z = logits(manager, random(2)).toType(DataType.FLOAT32, false);
                z.setRequiresGradient(true);
                NDList labels =
                        new NDList(
                                manager.zeros(new Shape(ROWS)),
                                logits(manager, random(1)).toType(DataType.FLOAT32, false));
                Loss loss =
                        new DistillationLoss(Loss.softmaxCrossEntropyLoss(), 0.5)
                                .plus(new DistributionLoss(3), 0.5);
                try (GradientCollector collector = manager.getEngine().newGradientCollector()) {
                    NDArray value = loss.evaluate(labels, new NDList(z));
                    Gradients.backward(collector, value, run == 1);
                }
                gradients[run] = z.getGradient().toFloatArray();
            }
        }
        assertArrayEquals(gradients[0], gradients[1], 0);
    }

    @Test
    void lossesAreWeightedAndHiddenStatesCompared() {
        double[] teacher = random(3);
        double[] student = random(4);
        double[] hidden = random(5);
        double[] wanted = random(6);
        int[] classes = {2, 0, 1, 1};
        double task = 0;
        double distribution = 0;
        double states = 0;
        for (int row = 0; row < ROWS; ++row) {
            double[] p = softmax(teacher, row, 1);
            double[] q = softmax(student, row, 1);
            task -= Math.log(q[classes[row]]) / ROWS;
            for (int c = 0; c < CLASSES; ++c) {
                distribution -= p[c] * Math.log(q[c]) / ROWS;
                int i = row * CLASSES + c;
                states += Math.pow(hidden[i] - wanted[i], 2) / hidden.length;
            }
        }
        try (NDManager manager = NDManager.newBaseManager()) {
            NDList labels =
                    new NDList(
                            manager.create(classes),
                            logits(manager, teacher),
                            logits(manager, wanted));
            NDList predictions = new NDList(logits(manager, student), logits(manager, hidden));
            Loss loss =
                    new DistillationLoss(Loss.softmaxCrossEntropyLoss(), 0.25)
                            .plus(new DistributionLoss(), 0.5)
                            .plus(new HiddenStateLoss(), 3);
            assertEquals(
                    0.25 * task + 0.5 * distribution + 3 * states,
                    loss.evaluate(labels, predictions).toDoubleArray()[0],
                    1e-12);
            assertEquals(
                    "The labels must be those of the task and then the teacher's outputs, one for"
                            + " each of the 2 predictions, but there are 2 labels. Wrap the data"
                            + " set in a DistillationDataset.",
                    message(() -> loss.evaluate(new NDList(labels.subList(0, 2)), predictions)));
            assertEquals(
                    "The teacher's output must have the shape (4, 3) of the student's, but has"
                            + " (4).",
                    message(
                            () ->
                                    new DistributionLoss()
                                            .evaluate(
                                                    new NDList(labels.head()),
                                                    new NDList(predictions.head()))));
            assertEquals(
                    "The labels must end with the teacher's outputs, one for each of the 2"
                            + " predictions, but there are 1 labels.",
                    message(
                            () ->
                                    new DistributionLoss()
                                            .evaluate(new NDList(labels.head()), predictions)));
            assertEquals(
                    "The network must give hidden states after its logits, but gave one array.",
                    message(
                            () ->
                                    new HiddenStateLoss()
                                            .evaluate(labels, new NDList(predictions.head()))));
        }
        assertEquals(
                "temperature must be positive and finite, but was 0.0.",
                message(() -> new DistributionLoss(0)));
    }

    private static String message(Runnable runnable) {
        return assertThrows(IllegalArgumentException.class, runnable::run).getMessage();
    }

    private static Block teacher(NDManager manager) {
        Block teacher = Linear.builder().setUnits(3).build();
        teacher.initialize(manager, DataType.FLOAT32, new Shape(1, 2));
        return teacher;
    }

    @Test
    void theDatasetAsksTheTeacherAndLeavesNothing() throws Exception {
        try (NDManager manager = NDManager.newBaseManager()) {
            Block teacher = teacher(manager);
            ArrayDataset clouds = Runs.clouds(manager, 90, 1);
            Dataset lessons = new DistillationDataset(clouds, teacher);
            int batches = 0;
            for (Batch batch : lessons.getData(manager)) {
                assertEquals(2, batch.getLabels().size());
                NDArray expected =
                        org.binaryops.testing.Blocks.infer(manager, teacher, batch.getData().head())
                                .singletonOrThrow();
                NDArray lesson = batch.getLabels().get(1);
                assertArrayEquals(expected.toFloatArray(), lesson.toFloatArray(), 0);
                assertEquals(batch.getManager(), lesson.getManager());
                batch.close();
                ++batches;
            }
            assertEquals(3, batches);
            Leaks.assertNothingLeft(
                    manager,
                    5,
                    m -> {
                        try {
                            for (Batch batch : lessons.getData(m)) {
                                batch.close();
                            }
                        } catch (Exception e) {
                            throw new AssertionError(e);
                        }
                    });
        }
    }

    /** A binary student that sees no label at all becomes as good as its teacher. */
    @Test
    void aBinaryStudentLearnsFromTheTeacherAlone() throws Exception {
        try (NDManager manager = NDManager.newBaseManager();
                Model model = Model.newInstance("student")) {
            ai.djl.engine.Engine.getInstance().setRandomSeed(2);
            Block teacher = teacher(manager);
            fit(teacher, Runs.clouds(manager, 300, 1));
            Block student =
                    new SequentialBlock()
                            .add(Linear.builder().setUnits(32).build())
                            .add(
                                    QuantLinear.builder()
                                            .setUnits(3)
                                            .optInputQuantizer(new ApproxSign())
                                            .optWeightQuantizer(new StraightThroughSign())
                                            .optScale(org.binaryops.nn.WeightScale.CHANNEL_MEAN)
                                            .build());
            model.setBlock(student);
            Dataset lessons = new DistillationDataset(Runs.clouds(manager, 300, 1), teacher);
            Dataset test = new DistillationDataset(Runs.clouds(manager, 300, 2), teacher);
            Accuracy accuracy = new Accuracy();
            try (Trainer trainer =
                    model.newTrainer(
                            Runs.config(new DistributionLoss(), 0.1)
                                    .addEvaluator(accuracy)
                                    .addTrainingListeners(new EvaluatorTrainingListener()))) {
                trainer.initialize(new Shape(1, 2));
                EasyTrain.fit(trainer, 20, lessons, test);
                float reached =
                        trainer.getTrainingResult().getEvaluations().get("validate_Accuracy");
                System.out.printf("binary student: accuracy %.3f%n", reached);
                assertTrue(reached > 0.95, "accuracy " + reached);
            }
        }
    }

    private static void fit(Block block, Dataset dataset) throws Exception {
        try (Model model = Model.newInstance("teacher")) {
            model.setBlock(block);
            try (Trainer trainer =
                    model.newTrainer(Runs.config(Loss.softmaxCrossEntropyLoss(), 0.5))) {
                trainer.initialize(new Shape(1, 2));
                EasyTrain.fit(trainer, 10, dataset, null);
            }
            // The parameters belong to the manager of the test.
            model.setBlock(new SequentialBlock());
        }
    }
}
