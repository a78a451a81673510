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

import ai.djl.nn.Block;
import ai.djl.training.DefaultTrainingConfig;
import java.util.function.Consumer;
import org.binaryops.quantizer.BiPer;
import org.binaryops.quantizer.Staged;

/**
 * One stage of a {@link StagedTraining}: its name, its length, its own loss, optimizer and
 * listeners, and what the network is during the stage.
 */
public final class TrainingStage {

    private final String name;
    private final int epochs;
    private final DefaultTrainingConfig config;
    private final Consumer<Block> setup;
    private final double from;
    private final double to;

    private TrainingStage(Builder builder) {
        name = builder.name;
        epochs = builder.epochs;
        config = builder.config;
        setup = builder.setup;
        from = builder.from;
        to = builder.to;
    }

    String name() {
        return name;
    }

    int epochs() {
        return epochs;
    }

    DefaultTrainingConfig config() {
        return config;
    }

    Consumer<Block> setup() {
        return setup;
    }

    /** The progress at the start, or NaN if it follows from the lengths of the stages. */
    double from() {
        return from;
    }

    double to() {
        return to;
    }

    /**
     * Returns a setup that brings every {@link BiPer} of a network into a stage.
     *
     * @param stage the stage
     * @return what to give to {@link Builder#optSetup}
     */
    public static Consumer<Block> biPer(BiPer.Stage stage) {
        return root -> setStage(root, stage);
    }

    private static void setStage(Block root, BiPer.Stage stage) {
        if (root instanceof BiPer biPer) {
            biPer.setStage(stage);
        }
        root.getChildren().values().forEach(child -> setStage(child, stage));
    }

    /**
     * Returns a setup that switches every {@link Staged} quantizer of a network on or off.
     *
     * @param enabled whether they quantize
     * @return what to give to {@link Builder#optSetup}
     */
    public static Consumer<Block> staged(boolean enabled) {
        return root -> Staged.setEnabled(root, enabled);
    }

    /**
     * Creates a builder.
     *
     * @return a new builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /** Builds a {@link TrainingStage}. */
    public static final class Builder {

        private String name;
        private int epochs;
        private DefaultTrainingConfig config;
        private Consumer<Block> setup = root -> {};
        private double from = Double.NaN;
        private double to = Double.NaN;

        private Builder() {}

        /**
         * Sets the name, under which the results are reported.
         *
         * @param name the name
         * @return this builder
         */
        public Builder setName(String name) {
            this.name = name;
            return this;
        }

        /**
         * Sets the number of epochs.
         *
         * @param epochs the number of epochs, positive
         * @return this builder
         */
        public Builder setEpochs(int epochs) {
            this.epochs = epochs;
            return this;
        }

        /**
         * Sets the loss, the optimizer, the evaluators, the listeners and the devices. The
         * optimizer must be a new one: its moments and its learning rate belong to this stage.
         *
         * @param config the configuration; it is read and not changed
         * @return this builder
         */
        public Builder setConfig(DefaultTrainingConfig config) {
            this.config = config;
            return this;
        }

        /**
         * Sets what is done to the network for this stage, such as {@link #biPer} or {@link
         * #staged}; the default is nothing. It is done before the stage and again whenever the
         * progress of annealed quantizers has been set, and so has the last word.
         *
         * @param setup brings the network into the state of the stage
         * @return this builder
         */
        public Builder optSetup(Consumer<Block> setup) {
            this.setup = setup;
            return this;
        }

        /**
         * Sets the progress of annealed quantizers in this stage. By default all stages together go
         * from 0 to 1, each in proportion to its epochs.
         *
         * @param from the progress in the first epoch, in [0, 1]
         * @param to the progress at the end, in [0, 1]
         * @return this builder
         */
        public Builder optProgress(double from, double to) {
            this.from = from;
            this.to = to;
            return this;
        }

        /**
         * Builds the stage.
         *
         * @return a new stage
         * @throws IllegalArgumentException if a required setting is missing or one is out of range
         */
        public TrainingStage build() {
            if (name == null) {
                throw new IllegalArgumentException("name must be set.");
            }
            if (epochs <= 0) {
                throw new IllegalArgumentException(
                        "epochs must be set and positive, but was " + epochs + ".");
            }
            if (config == null) {
                throw new IllegalArgumentException("config must be set.");
            }
            if (setup == null) {
                throw new IllegalArgumentException("setup must be given, but was null.");
            }
            if (!Double.isNaN(from) && !(from >= 0 && from <= 1 && to >= 0 && to <= 1)) {
                throw new IllegalArgumentException(
                        String.format(
                                "The progress must be in [0, 1], but was %s to %s.", from, to));
            }
            return new TrainingStage(this);
        }
    }
}
