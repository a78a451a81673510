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
package org.binaryops.results.attention;

import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import java.util.List;
import org.binaryops.attention.KArAt;
import org.binaryops.attention.QuantAttention;
import org.binaryops.attention.ResidualEstimators;
import org.binaryops.kan.BaseBranch;
import org.binaryops.nn.QuantEmbedding;
import org.binaryops.nn.QuantLinear;
import org.binaryops.quantizer.Quantizer;
import org.binaryops.quantizer.codebook.Codebook;

/**
 * How large a transformer is, and how much work one sequence.
 *
 * <p>Operations are counted as in BiViT: products of a quantized pair count their bits times each
 * other over 64, all others count 1. Norms, the softmax and other functions are not counted.
 *
 * @param bits the size of the parameters
 * @param operations the operations for one sequence
 */
record TransformerCost(double bits, double operations) {

    private static final double WORD = 64;
    private static final int FLOAT = 32;

    static TransformerCost of(Block block, int positions) {
        double bits = 0;
        double operations = 0;
        int weightBits = FLOAT;
        if (block instanceof QuantLinear layer) {
            weightBits = layer.getWeightQuantizer().getBits();
            Shape input = layer.describeInput().values().iterator().next();
            Parameter weight = layer.getDirectParameters().get("weight");
            // The output layer of a classifier sees one vector, the others one for each position.
            double rows = input.dimension() == 3 ? positions : 1;
            operations +=
                    products(
                            rows * weight.getShape().size(),
                            weightBits,
                            layer.getInputQuantizer().getBits());
        } else if (block instanceof QuantEmbedding table) {
            weightBits = table.getWeightQuantizer().getBits();
        } else if (block instanceof QuantAttention attention) {
            List<Quantizer> q = attention.getOperandQuantizers();
            double size = (double) positions * positions * attention.getUnits();
            operations += products(size, q.get(0).getBits(), q.get(1).getBits());
            operations += products(size, bitsOf(attention, q.get(2)), q.get(3).getBits());
            operations += normalizing(attention, positions);
        } else if (block instanceof Codebook codebook) {
            operations += positions * (double) codebook.getCodes().size();
        } else if (block instanceof ResidualEstimators estimators) {
            double width = estimators.getDirectParameters().get("valueWeight").getShape().size();
            double rank = estimators.getRank();
            operations += positions * width * (4 * rank + 1) + 2 * rank * positions * positions;
        }
        for (Parameter parameter : block.getDirectParameters().values()) {
            boolean weight =
                    parameter.getType() == Parameter.Type.WEIGHT
                            && parameter.getShape().dimension() == 2;
            bits += (double) parameter.getShape().size() * (weight ? weightBits : FLOAT);
        }
        for (Block child : block.getChildren().values()) {
            TransformerCost cost = of(child, positions);
            bits += cost.bits;
            operations += cost.operations;
        }
        return new TransformerCost(bits, operations);
    }

    /** Of KArAt, each row of scores passes the functions of all keys to the rank, and back. */
    private static double normalizing(QuantAttention attention, int positions) {
        if (!(attention.getNormalizer() instanceof KArAt learned)) {
            return 0;
        }
        double rows = (double) attention.getHeads() * positions;
        int base = learned.getBase() == BaseBranch.NONE ? 0 : 1;
        int functions = learned.getBasis().size() + base;
        return rows * positions * learned.getRank() * (functions + 1);
    }

    /** BiBERT's weights are bits without a quantizer after them. */
    private static int bitsOf(QuantAttention attention, Quantizer probabilities) {
        return attention.getNormalizer() instanceof org.binaryops.attention.BoolAttention
                ? 1
                : probabilities.getBits();
    }

    private static double products(double count, int a, int b) {
        return a < FLOAT && b < FLOAT ? count * a * b / WORD : count;
    }

    double bytes() {
        return bits / Byte.SIZE;
    }
}
