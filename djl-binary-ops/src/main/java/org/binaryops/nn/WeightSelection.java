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

import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.nn.SymbolBlock;
import ai.djl.util.Pair;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.BiPredicate;
import org.binaryops.quantizer.Quantizer;

/** The parameters of a tree of blocks that weight-only quantization replaces. */
final class WeightSelection {

    private final BiPredicate<String, Parameter> filter;
    private final Map<String, Parameter> found = new LinkedHashMap<>();
    private final Set<String> ids = new HashSet<>();

    private WeightSelection(BiPredicate<String, Parameter> filter) {
        this.filter = filter;
    }

    /**
     * Selects parameters.
     *
     * @param block the root, whose parameters have shapes
     * @param filter a test of the name and the parameter
     * @return the parameters by the names that they have in {@code block.getParameters()}; one that
     *     several blocks share appears once
     * @throws IllegalArgumentException if there is none
     */
    static Map<String, Parameter> of(Block block, BiPredicate<String, Parameter> filter) {
        WeightSelection selection = new WeightSelection(filter);
        selection.visit("", block);
        if (selection.found.isEmpty()) {
            throw new IllegalArgumentException(
                    String.format(
                            "The filter must select at least one parameter, but selected none of"
                                    + " the %d.",
                            block.getParameters().size()));
        }
        return selection.found;
    }

    private void visit(String prefix, Block block) {
        if (hasOwnQuantizers(block)) {
            return;
        }
        for (Pair<String, Parameter> pair : block.getDirectParameters()) {
            Parameter parameter = pair.getValue();
            String name = prefix + pair.getKey();
            if (!isStatistic(parameter)
                    && filter.test(name, parameter)
                    && ids.add(parameter.getId())) {
                found.put(name, parameter);
            }
        }
        for (Pair<String, Block> child : block.getChildren()) {
            visit(prefix + child.getKey() + "_", child.getValue());
        }
    }

    private static boolean hasOwnQuantizers(Block block) {
        return block instanceof QuantizedLayer
                || block instanceof QuantEmbedding
                || block instanceof WeightOnlyQuantization
                || block instanceof Quantizer;
    }

    /** Blocks write to their running statistics, and would write to a copy. */
    private static boolean isStatistic(Parameter parameter) {
        return parameter.getType() == Parameter.Type.RUNNING_MEAN
                || parameter.getType() == Parameter.Type.RUNNING_VAR;
    }

    /**
     * Checks that all parts of a block ask the parameter store for their parameters.
     *
     * @param block the root
     * @throws IllegalArgumentException if a part is a {@link SymbolBlock}
     */
    static void refuseSymbolBlocks(Block block) {
        if (block instanceof SymbolBlock) {
            throw new IllegalArgumentException(
                    "block must take its parameters from a parameter store, but has a part of type "
                            + block.getClass().getSimpleName()
                            + ", which runs on its own.");
        }
        block.getChildren().values().forEach(WeightSelection::refuseSymbolBlocks);
    }
}
