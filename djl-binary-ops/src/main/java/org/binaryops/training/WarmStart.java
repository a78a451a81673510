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
import ai.djl.util.Pair;
import java.util.HashMap;
import java.util.Map;

/**
 * Starts a network from the weights of another of the same layers, as the stages of progressive
 * methods do: a binary student from its float teacher (BiT, Liu et al., NeurIPS 2022; BiViT, He et
 * al., ICCV 2023).
 *
 * <p>Parameters go together by the names of their blocks, without the numbers that depend on which
 * other children there are. What only one of the networks has (a quantizer's step, a scale) keeps
 * its start value.
 */
public final class WarmStart {

    private WarmStart() {}

    /**
     * Copies all parameters that both networks have.
     *
     * @param from an initialized network
     * @param to an initialized network; its parameters of the same names and shapes are overwritten
     * @return the number of parameters copied
     * @throws IllegalArgumentException if a parameter of the same name has another shape
     */
    public static int copy(Block from, Block to) {
        Map<String, Parameter> source = byName(from);
        int copied = 0;
        for (Map.Entry<String, Parameter> entry : byName(to).entrySet()) {
            Parameter old = source.get(entry.getKey());
            if (old == null) {
                continue;
            }
            NDArray target = entry.getValue().getArray();
            NDArray values = old.getArray();
            if (!values.getShape().equals(target.getShape())) {
                throw new IllegalArgumentException(
                        String.format(
                                "Both networks must have parameters of the same shapes, but %s has"
                                        + " %s in the one and %s in the other.",
                                entry.getKey(), values.getShape(), target.getShape()));
            }
            overwrite(target, values);
            ++copied;
        }
        return copied;
    }

    private static Map<String, Parameter> byName(Block block) {
        Map<String, Parameter> names = new HashMap<>();
        Map<String, Integer> seen = new HashMap<>();
        for (Pair<String, Parameter> p : block.getParameters()) {
            // "03layer_01attention_weight": the third child may be the second elsewhere.
            String name = p.getKey().replaceAll("(^|_)\\d+", "$1");
            int count = seen.merge(name, 1, Integer::sum);
            names.put(name + "#" + count, p.getValue());
        }
        return names;
    }

    /** In place, so that a trainer that holds the array sees it. */
    private static void overwrite(NDArray target, NDArray values) {
        boolean required = target.hasGradient();
        target.setRequiresGradient(false);
        try (NDArray there = values.toDevice(target.getDevice(), true)) {
            target.muli(0).addi(there);
        }
        target.setRequiresGradient(required);
    }
}
