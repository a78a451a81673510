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
package org.binaryops.nn;

import ai.djl.nn.Activation;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import ai.djl.nn.norm.BatchNorm;
import java.util.ArrayList;
import java.util.List;

/**
 * Builds multi-layer perceptrons in float, the counterpart that a {@link BinaryMlp} is measured
 * against: for each hidden layer a linear layer, a batch norm and a ReLU, then a linear layer.
 *
 * <p>Input [batch, features], output [batch, outputs], the logits.
 */
public final class FloatMlp {

    private FloatMlp() {}

    /**
     * Creates a builder.
     *
     * @return a new builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /** Builds the network. */
    public static final class Builder {

        private final List<Integer> hidden = new ArrayList<>();
        private int outputs;

        private Builder() {}

        /**
         * Sets the number of outputs.
         *
         * @param outputs the number of logits, positive
         * @return this builder
         */
        public Builder setOutputs(int outputs) {
            this.outputs = outputs;
            return this;
        }

        /**
         * Adds a hidden layer.
         *
         * @param units its width, positive
         * @return this builder
         */
        public Builder addHidden(int units) {
            hidden.add(units);
            return this;
        }

        /**
         * Builds the network.
         *
         * @return a new block
         * @throws IllegalArgumentException if a number is not positive
         */
        public SequentialBlock build() {
            BinaryMlp.checkSizes(hidden, outputs);
            SequentialBlock net = new SequentialBlock();
            for (int units : hidden) {
                net.add(Linear.builder().setUnits(units).optBias(false).build());
                net.add(BatchNorm.builder().build());
                net.add(Activation.reluBlock());
            }
            return net.add(Linear.builder().setUnits(outputs).build());
        }
    }
}
