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

import ai.djl.nn.SequentialBlock;
import ai.djl.nn.norm.BatchNorm;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.binaryops.quantizer.Identity;
import org.binaryops.quantizer.Quantizer;
import org.binaryops.quantizer.SignQuantizer;
import org.binaryops.quantizer.StraightThroughSign;

/**
 * Builds binarized multi-layer perceptrons in the manner of Hubara et al. ("Binarized Neural
 * Networks", NeurIPS 2016): ±1 weights and ±1 activations in every layer, a batch norm after each.
 *
 * <p>Input [batch, features], output [batch, outputs], the logits. The layers are
 *
 * <ol>
 *   <li>a {@link ThermometerEncoding} of the features (optionally a batch norm before it, for
 *       features of different scales),
 *   <li>for each hidden layer a {@link QuantLinear} and a batch norm,
 *   <li>a {@link QuantLinear} of the outputs and a batch norm.
 * </ol>
 *
 * <p>Every layer can be packed: the network runs on bits from the encoding on.
 */
public final class BinaryMlp {

    private BinaryMlp() {}

    /**
     * Creates a builder.
     *
     * @return a new builder
     */
    public static Builder builder() {
        return new Builder();
    }

    static void checkSizes(List<Integer> hidden, int outputs) {
        if (outputs <= 0) {
            throw new IllegalArgumentException(
                    "outputs must be set and positive, but was " + outputs + ".");
        }
        for (int units : hidden) {
            if (units <= 0) {
                throw new IllegalArgumentException(
                        "Hidden layers must have a positive number of units, but got "
                                + hidden
                                + ".");
            }
        }
    }

    /** Builds the network. */
    public static final class Builder {

        private final List<Integer> hidden = new ArrayList<>();
        private int outputs;
        private int levels = 4;
        private double low;
        private double high = 1;
        private boolean normalize;
        private Supplier<? extends SignQuantizer> activation = StraightThroughSign::new;
        private Supplier<? extends Quantizer> weight = StraightThroughSign::new;
        private WeightScale scale = WeightScale.NONE;

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
         * Sets the encoding of the features; the default is 4 thresholds inside [0, 1].
         *
         * @param levels the number of thresholds for each feature
         * @param low the lower end of the range of the features
         * @param high the upper end
         * @return this builder
         */
        public Builder optInput(int levels, double low, double high) {
            this.levels = levels;
            this.low = low;
            this.high = high;
            return this;
        }

        /**
         * Normalizes the features by a batch norm before they are encoded, for features of
         * different scales; a range of [−2, 2] suits its output.
         *
         * @param levels the number of thresholds for each feature
         * @return this builder
         */
        public Builder optNormalizedInput(int levels) {
            normalize = true;
            return optInput(levels, -2, 2);
        }

        /**
         * Sets the sign estimator of the activations; the default is {@link StraightThroughSign}.
         *
         * @param quantizer makes a new quantizer for each layer
         * @return this builder
         */
        public Builder optActivation(Supplier<? extends SignQuantizer> quantizer) {
            activation = quantizer;
            return this;
        }

        /**
         * Sets the quantizer of the weights; the default is {@link StraightThroughSign}.
         *
         * @param quantizer makes a new quantizer for each layer
         * @return this builder
         */
        public Builder optWeight(Supplier<? extends Quantizer> quantizer) {
            weight = quantizer;
            return this;
        }

        /**
         * Sets the scale of the weights; the default is {@link WeightScale#NONE}, since the batch
         * norm that follows makes up for it.
         *
         * @param scale the scale
         * @return this builder
         */
        public Builder optScale(WeightScale scale) {
            this.scale = scale;
            return this;
        }

        /**
         * Builds the network.
         *
         * @return a new block
         * @throws IllegalArgumentException if a setting is out of range
         */
        public SequentialBlock build() {
            checkSizes(hidden, outputs);
            SequentialBlock net = new SequentialBlock();
            if (normalize) {
                net.add(BatchNorm.builder().build());
            }
            net.add(ThermometerEncoding.uniform(levels, low, high));
            // The encoding has binarized the input of the first layer.
            Quantizer input = new Identity();
            for (int units : hidden) {
                net.add(layer(units, input));
                net.add(BatchNorm.builder().build());
                input = activation.get();
            }
            net.add(layer(outputs, input));
            return net.add(BatchNorm.builder().build());
        }

        private QuantLinear layer(int units, Quantizer input) {
            return QuantLinear.builder()
                    .setUnits(units)
                    .optInputQuantizer(input)
                    .optWeightQuantizer(weight.get())
                    .optScale(scale)
                    .build();
        }
    }
}
