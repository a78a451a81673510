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
package org.binaryops.bench;

import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.nn.core.Linear;
import org.binaryops.nn.QuantizedLayer;
import org.binaryops.quantizer.BiPer;
import org.binaryops.quantizer.Quantizer;

/**
 * How large a network is, and how much work one image.
 *
 * @param parameters the number of trained parameters and of running statistics
 * @param binaryParameters how many of them are weights that one bit holds
 * @param macs multiplications with a weight of a convolution or linear layer, for one image
 * @param binaryMacs how many of them have two operands of one bit
 */
record NetworkCost(long parameters, long binaryParameters, long macs, long binaryMacs) {

    private static final double WORD = 32;

    /** How many products of bits a 64-bit processor makes at once, as papers count. */
    private static final double PARALLEL = 64;

    private static final NetworkCost NOTHING = new NetworkCost(0, 0, 0, 0);

    /** Measures an initialized block. */
    static NetworkCost of(Block block) {
        NetworkCost cost = NOTHING;
        boolean binaryWeight = false;
        boolean binaryProduct = false;
        if (block instanceof QuantizedLayer layer) {
            Quantizer quantizer = layer.getWeightQuantizer();
            // BiPer's real weights are those of its first stage only.
            binaryWeight = quantizer instanceof BiPer || quantizer.getBits() == 1;
            binaryProduct = binaryWeight && layer.getInputQuantizer().getBits() == 1;
        }
        for (Parameter parameter : block.getDirectParameters().values()) {
            Shape shape = parameter.getShape();
            long size = shape.size();
            boolean weight = parameter.getType() == Parameter.Type.WEIGHT && shape.dimension() >= 2;
            long macs = weight ? size / shape.get(0) * outputs(block) : 0;
            cost =
                    cost.plus(
                            new NetworkCost(
                                    size,
                                    weight && binaryWeight ? size : 0,
                                    macs,
                                    weight && binaryProduct ? macs : 0));
        }
        for (Block child : block.getChildren().values()) {
            cost = cost.plus(of(child));
        }
        return cost;
    }

    /** The number of outputs of a layer for one image; each takes a whole filter. */
    private static long outputs(Block layer) {
        Shape[] inputs = layer.describeInput().values().toArray(new Shape[0]);
        Shape output = layer.getOutputShapes(inputs)[0];
        // DJL's linear layer describes its input without the axis of the batch.
        return layer instanceof Linear ? output.size() : output.slice(1).size();
    }

    private NetworkCost plus(NetworkCost other) {
        return new NetworkCost(
                parameters + other.parameters,
                binaryParameters + other.binaryParameters,
                macs + other.macs,
                binaryMacs + other.binaryMacs);
    }

    /** The size in bytes: a bit for each binary weight, 32 for every other parameter. */
    double bytes() {
        return (binaryParameters + WORD * (parameters - binaryParameters)) / Byte.SIZE;
    }

    /** r_c: how many times smaller than with 32 bits for every parameter. */
    double compression() {
        return parameters / (binaryParameters / WORD + parameters - binaryParameters);
    }

    /** r_s: how many times fewer operations, 64 binary ones counted as one. */
    double speedup() {
        return macs / (binaryMacs / PARALLEL + macs - binaryMacs);
    }
}
