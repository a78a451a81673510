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

import ai.djl.ndarray.NDArray;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import ai.djl.util.Pair;
import java.util.ArrayList;
import java.util.List;
import org.binaryops.nn.WeightOnlyQuantization;
import org.binaryops.quantizer.BiPer;
import org.binaryops.quantizer.Quantizer;

/**
 * A latent weight and the quantizer that its layer sees it through.
 *
 * @param path the names of the blocks on the way to the layer
 * @param parameter the latent weight
 * @param quantizer the quantizer of the weight
 */
record QuantizedWeight(String path, Parameter parameter, Quantizer quantizer) {

    private static final String CHILD = "weightQuantizer";

    /**
     * All weights below a block that are quantized: by a layer that has a parameter of its own
     * called "weight" and a child called "weightQuantizer", or by {@link WeightOnlyQuantization}.
     */
    static List<QuantizedWeight> all(Block root) {
        List<QuantizedWeight> found = new ArrayList<>();
        collect("", root, found);
        return found;
    }

    /** Those among the quantized weights that are binary now, or will be (BiPer in stage 1). */
    static List<QuantizedWeight> binary(Block root) {
        List<QuantizedWeight> found = all(root);
        found.removeIf(w -> !(w.quantizer instanceof BiPer) && w.quantizer.getBits() != 1);
        return found;
    }

    /** Collects in the order of the network. A wrapper of any block names the weights itself. */
    private static void collect(String path, Block block, List<QuantizedWeight> found) {
        if (block instanceof WeightOnlyQuantization wrapper) {
            wrapper.getQuantizedParameters()
                    .forEach(
                            (name, weight) ->
                                    found.add(
                                            new QuantizedWeight(
                                                    path + "/" + name,
                                                    weight,
                                                    wrapper.getQuantizers().get(name))));
        }
        Parameter weight = block.getDirectParameters().get("weight");
        for (Pair<String, Block> child : block.getChildren()) {
            if (weight != null
                    && child.getKey().endsWith(CHILD)
                    && child.getValue() instanceof Quantizer quantizer) {
                found.add(new QuantizedWeight(path, weight, quantizer));
            } else {
                collect(path + "/" + child.getKey(), child.getValue(), found);
            }
        }
    }

    /** The live latent weight, without a gradient. */
    NDArray latent() {
        return parameter.getArray().stopGradient();
    }

    /** The weight as the layer sees it at inference. */
    NDArray value() {
        NDArray w = latent();
        return quantizer.quantizeFrozen(new ParameterStore(w.getManager(), false), w);
    }
}
