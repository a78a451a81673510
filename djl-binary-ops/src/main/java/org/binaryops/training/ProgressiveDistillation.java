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

import ai.djl.Model;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.dataset.Dataset;
import ai.djl.translate.TranslateException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * A chain of networks, each of which starts from the weights of the one before and learns from it:
 * the multi-distillation of BiT (Liu et al., "BiT: Robustly Binarized Multi-distilled Transformer",
 * NeurIPS 2022), W32A32 → W1A2 → W1A1.
 *
 * <pre>{@code
 * try (Model binary =
 *         ProgressiveDistillation.builder()
 *                 .setTeacher(teacher)
 *                 .setInputShapes(new Shape(1, 128))
 *                 .setTrainingSet(training)
 *                 .addStudent("1-1-2", () -> bert("bit-1-1-2"), 4, first)
 *                 .addStudent("1-1-1", () -> bert("bit"), 4, second)
 *                 .build()
 *                 .run()) { ... }
 * }</pre>
 *
 * <p>Every student gets the data with the outputs of its teacher ({@link DistillationDataset}), so
 * that its loss is a {@link DistillationLoss}, a {@link DistributionLoss} or a {@link
 * HiddenStateLoss}; for hidden states teacher and students give them after their logits. Weights
 * are copied by {@link WarmStart}.
 */
public final class ProgressiveDistillation {

    private final Model teacher;
    private final Shape[] inputShapes;
    private final Dataset trainingSet;
    private final Dataset validationSet;
    private final List<Student> students;
    private final Consumer<StagedTraining.Epoch> onEpoch;
    private final List<StageResult> results = new ArrayList<>();

    private record Student(
            String name,
            Supplier<? extends Block> block,
            int epochs,
            DefaultTrainingConfig config) {}

    private ProgressiveDistillation(Builder builder) {
        teacher = builder.teacher;
        inputShapes = builder.inputShapes;
        trainingSet = builder.trainingSet;
        validationSet = builder.validationSet;
        students = List.copyOf(builder.students);
        onEpoch = builder.onEpoch;
    }

    /**
     * Trains the students, one after the other.
     *
     * @return the last student, which the caller closes; the teacher stays open
     * @throws IOException if a data set cannot be read
     * @throws TranslateException if a data set cannot be turned into arrays
     */
    public Model run() throws IOException, TranslateException {
        results.clear();
        Model last = teacher;
        for (Student student : students) {
            Model next = Model.newInstance(student.name(), teacher.getNDManager().getDevice());
            try {
                Block block = student.block().get();
                next.setBlock(block);
                block.initialize(
                        next.getNDManager(),
                        teacher.getBlock().getParameters().valueAt(0).getArray().getDataType(),
                        inputShapes);
                WarmStart.copy(last.getBlock(), block);
                results.addAll(train(next, last.getBlock(), student));
            } catch (IOException | TranslateException | RuntimeException e) {
                next.close();
                throw e;
            } finally {
                if (last != teacher) {
                    last.close();
                }
            }
            last = next;
        }
        return last;
    }

    private List<StageResult> train(Model model, Block lesson, Student student)
            throws IOException, TranslateException {
        StagedTraining.Builder training =
                StagedTraining.builder()
                        .setModel(model)
                        .setInputShapes(inputShapes)
                        .setTrainingSet(new DistillationDataset(trainingSet, lesson))
                        .optOnEpoch(onEpoch)
                        .addStage(
                                TrainingStage.builder()
                                        .setName(student.name())
                                        .setEpochs(student.epochs())
                                        .setConfig(student.config())
                                        .build());
        if (validationSet != null) {
            training.optValidationSet(new DistillationDataset(validationSet, lesson));
        }
        return training.build().run();
    }

    /**
     * Returns how the students of the last run did.
     *
     * @return a result for each student
     */
    public List<StageResult> getResults() {
        return List.copyOf(results);
    }

    /**
     * Creates a builder.
     *
     * @return a new builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /** Builds a {@link ProgressiveDistillation}. */
    public static final class Builder {

        private Model teacher;
        private Shape[] inputShapes;
        private Dataset trainingSet;
        private Dataset validationSet;
        private final List<Student> students = new ArrayList<>();
        private Consumer<StagedTraining.Epoch> onEpoch = epoch -> {};

        private Builder() {}

        /**
         * Sets the first teacher.
         *
         * @param teacher a trained model; it is not changed
         * @return this builder
         */
        public Builder setTeacher(Model teacher) {
            this.teacher = teacher;
            return this;
        }

        /**
         * Sets the shapes of the input.
         *
         * @param shapes what {@code trainer.initialize} takes
         * @return this builder
         */
        public Builder setInputShapes(Shape... shapes) {
            inputShapes = shapes.clone();
            return this;
        }

        /**
         * Sets the training set.
         *
         * @param dataset the data of all students
         * @return this builder
         */
        public Builder setTrainingSet(Dataset dataset) {
            trainingSet = dataset;
            return this;
        }

        /**
         * Sets the validation set, by which each student keeps its best epoch.
         *
         * @param dataset the data
         * @return this builder
         */
        public Builder optValidationSet(Dataset dataset) {
            validationSet = dataset;
            return this;
        }

        /**
         * Adds a student, whose teacher is the student before it.
         *
         * @param name its name
         * @param block makes the network
         * @param epochs the number of epochs, positive
         * @param config the loss, the optimizer (a new one) and the evaluators
         * @return this builder
         */
        public Builder addStudent(
                String name,
                Supplier<? extends Block> block,
                int epochs,
                DefaultTrainingConfig config) {
            students.add(new Student(name, block, epochs, config));
            return this;
        }

        /**
         * Sets what is told of every epoch.
         *
         * @param listener gets each epoch when it is over
         * @return this builder
         */
        public Builder optOnEpoch(Consumer<StagedTraining.Epoch> listener) {
            onEpoch = listener;
            return this;
        }

        /**
         * Builds the chain.
         *
         * @return a new chain
         * @throws IllegalArgumentException if a required setting is missing
         */
        public ProgressiveDistillation build() {
            require("teacher", teacher);
            require("inputShapes", inputShapes);
            require("trainingSet", trainingSet);
            if (students.isEmpty()) {
                throw new IllegalArgumentException("At least one student must be added.");
            }
            return new ProgressiveDistillation(this);
        }

        private static void require(String name, Object value) {
            if (value == null) {
                throw new IllegalArgumentException(name + " must be set.");
            }
        }
    }
}
