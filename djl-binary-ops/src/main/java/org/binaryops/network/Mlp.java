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
package org.binaryops.network;

import ai.djl.nn.Activation;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import java.util.Arrays;
import org.binaryops.nn.QuantLinear;

/**
 * Builds multi-layer perceptrons whose inner layers are binarized by any method.
 *
 * <p>Input [batch, features], output [batch, outputs], the logits. The first layer and the last
 * stay in float, as in the convolutional networks of this package; a batch norm follows each but
 * the last, and a ReLU where no sign comes next. {@link org.binaryops.nn.BinaryMlp} binarizes every
 * layer, so that the whole network runs on bits.
 */
public final class Mlp {

    private Mlp() {}

    /**
     * Builds the network.
     *
     * @param method how the layers between the first and the last are binarized
     * @param outputs the number of logits, positive
     * @param hidden the width of each hidden layer, positive, at least one; with one alone nothing
     *     is binarized
     * @return a new network
     * @throws IllegalArgumentException if a number is out of its range
     */
    public static SequentialBlock build(BinaryMethod method, int outputs, int... hidden) {
        FloatLayers.check(method, outputs);
        if (hidden.length == 0) {
            throw new IllegalArgumentException("There must be at least one hidden layer.");
        }
        for (int units : hidden) {
            if (units <= 0) {
                throw new IllegalArgumentException(
                        "Hidden layers must have a positive number of units, but got "
                                + Arrays.toString(hidden)
                                + ".");
            }
        }
        SequentialBlock net =
                new SequentialBlock()
                        .add(Linear.builder().setUnits(hidden[0]).optBias(false).build())
                        .add(FloatLayers.norm());
        for (int i = 1; i < hidden.length; ++i) {
            if (!method.quantizesInputs()) {
                net.add(Activation.reluBlock());
            }
            net.add(method.applyTo(QuantLinear.builder()).setUnits(hidden[i]).build())
                    .add(FloatLayers.norm());
        }
        return net.add(Activation.reluBlock()).add(Linear.builder().setUnits(outputs).build());
    }
}
