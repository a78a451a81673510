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

import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.convolutional.Convolution;
import ai.djl.nn.convolutional.Deconvolution;
import ai.djl.nn.core.Embedding;
import ai.djl.nn.core.Linear;
import ai.djl.nn.core.Prelu;
import ai.djl.nn.norm.BatchNorm;
import ai.djl.nn.norm.LayerNorm;
import org.binaryops.nn.LifNeuron;
import org.binaryops.nn.QuantConv1d;
import org.binaryops.nn.QuantConv2d;
import org.binaryops.nn.QuantDeconv2d;
import org.binaryops.nn.QuantEmbedding;
import org.binaryops.nn.QuantLinear;
import org.binaryops.nn.RPReLU;
import org.binaryops.nn.ThermometerEncoding;
import org.binaryops.quantizer.Quantizer;

/** How many multiply-accumulate operations a layer makes. */
final class Multiplications {

    private static final long UNKNOWN = -1;

    private Multiplications() {}

    /** The number for the given shapes, −1 for a layer that is not known. */
    static long count(Block block, Shape[] input, Shape[] output) {
        if (block.getParameters().isEmpty() || isElementwise(block)) {
            return 0;
        }
        if (input == null || output == null) {
            return UNKNOWN;
        }
        if (block instanceof Deconvolution || block instanceof QuantDeconv2d) {
            // Each input is spread over a kernel of each output channel of its group.
            Shape weight = block.getDirectParameters().get("weight").getShape();
            long groups = input[0].get(1) / weight.get(1);
            return input[0].size() * (weight.get(0) / groups) * weight.slice(2).size();
        }
        if (block instanceof Linear
                || block instanceof Convolution
                || block instanceof QuantLinear
                || block instanceof QuantConv1d
                || block instanceof QuantConv2d) {
            // Each output is a sum over one row of the weight.
            Shape weight = block.getDirectParameters().get("weight").getShape();
            return output[0].size() * weight.slice(1).size();
        }
        return UNKNOWN;
    }

    private static boolean isElementwise(Block block) {
        return block instanceof Quantizer
                || block instanceof ThermometerEncoding
                || block instanceof QuantEmbedding
                || block instanceof LifNeuron
                || block instanceof RPReLU
                || block instanceof BatchNorm
                || block instanceof LayerNorm
                || block instanceof Prelu
                || block instanceof Embedding;
    }
}
