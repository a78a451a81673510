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
import ai.djl.nn.LambdaBlock;
import ai.djl.nn.ParallelBlock;
import ai.djl.nn.Parameter;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.norm.Dropout;
import ai.djl.util.Pair;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.binaryops.nn.QuantizedLayer;
import org.binaryops.nn.ThermometerEncoding;
import org.binaryops.nn.WeightOnlyQuantization;
import org.binaryops.quantizer.Identity;
import org.binaryops.quantizer.Quantizer;

/** Finds the layers of a network that knows its shapes, and what each costs. */
final class SummaryWalk {

    private static final String OURS = QuantizedLayer.class.getPackageName();

    private final List<Summary.Layer> layers = new ArrayList<>();
    private final Set<String> counted = new HashSet<>();
    private final Map<Parameter, Quantizer> wrapped = new IdentityHashMap<>();
    private long trainable;

    /** The bits of the values between two layers. */
    private int carried = Float.SIZE;

    List<Summary.Layer> layers() {
        return layers;
    }

    long trainable() {
        return trainable;
    }

    void visit(Block block) {
        visit("", block);
    }

    private void visit(String path, Block block) {
        if (block instanceof WeightOnlyQuantization wrapper) {
            wrapper.getQuantizedParameters()
                    .forEach((name, w) -> wrapped.put(w, wrapper.getQuantizers().get(name)));
        }
        if (isLayer(block)) {
            layers.add(layer(path, block));
            carried = after(block);
            return;
        }
        if (!block.getDirectParameters().isEmpty() || !isTransparent(block)) {
            // What it computes besides its children is not known.
            layers.add(row(path, block, null, parameters(block, false), -1));
        }
        int entry = carried;
        for (Pair<String, Block> child : block.getChildren()) {
            if (block instanceof WeightOnlyQuantization
                    && child.getValue().getParameters().isEmpty()) {
                continue;
            }
            if (!(block instanceof SequentialBlock)) {
                carried = block instanceof ParallelBlock ? entry : Float.SIZE;
            }
            visit(path.isEmpty() ? child.getKey() : path + "/" + child.getKey(), child.getValue());
        }
        if (!(block instanceof SequentialBlock)) {
            carried = Float.SIZE;
        }
    }

    /** Whether a block has no children but quantizers, which then are its parts. */
    private static boolean isLayer(Block block) {
        if (block instanceof Quantizer) {
            return true;
        }
        return block.getChildren().isEmpty()
                || !(block instanceof SequentialBlock || block instanceof ParallelBlock)
                        && block.getChildren().values().stream()
                                .allMatch(Quantizer.class::isInstance);
    }

    /** Whether a container does nothing but what its children do, or add their outputs. */
    private static boolean isTransparent(Block block) {
        return block instanceof SequentialBlock
                || block instanceof ParallelBlock
                || block.getClass().getPackageName().equals(OURS);
    }

    private static Quantizer child(Block block, String name) {
        for (Pair<String, Block> child : block.getChildren()) {
            if (child.getKey().endsWith(name) && child.getValue() instanceof Quantizer quantizer) {
                return quantizer;
            }
        }
        return null;
    }

    private int after(Block block) {
        if (block instanceof ThermometerEncoding) {
            return 1;
        } else if (block instanceof Identity
                || block instanceof Dropout
                || block instanceof GradientCut
                || block instanceof LambdaBlock lambda && isReshaping(lambda)) {
            return carried;
        }
        return block instanceof Quantizer quantizer ? quantizer.getBits() : Float.SIZE;
    }

    private static boolean isReshaping(LambdaBlock lambda) {
        return lambda.getName().equals("batchFlatten") || lambda.getName().equals("identity");
    }

    private Summary.Layer layer(String path, Block block) {
        long macs = Multiplications.count(block, input(block), output(block));
        Summary.Operands operands = null;
        if (macs > 0) {
            Quantizer input = child(block, "inputQuantizer");
            int inputBits = input == null ? Float.SIZE : input.getBits();
            Quantizer weight = weightQuantizer(block);
            operands =
                    new Summary.Operands(
                            inputBits == Float.SIZE ? carried : inputBits,
                            weight == null ? Float.SIZE : weight.getBits());
        }
        return row(path, block, operands, parameters(block, true), macs);
    }

    /** What quantizes the weight of a layer, its own child or a wrapper round the network. */
    private Quantizer weightQuantizer(Block block) {
        Quantizer own = child(block, "weightQuantizer");
        return own == null ? wrapped.get(block.getDirectParameters().get("weight")) : own;
    }

    private static Summary.Layer row(
            String path,
            Block block,
            Summary.Operands operands,
            SortedMap<Integer, Long> parameters,
            long macs) {
        Shape[] output = output(block);
        String type = block.getClass().getSimpleName();
        if (block instanceof LambdaBlock lambda && !lambda.getName().isEmpty()) {
            type = lambda.getName();
        }
        return new Summary.Layer(
                path.isEmpty() ? type : path,
                type,
                output == null ? List.of() : List.of(output),
                operands,
                parameters,
                macs);
    }

    private SortedMap<Integer, Long> parameters(Block block, boolean withChildren) {
        Quantizer own = child(block, "weightQuantizer");
        Parameter weight = block.getDirectParameters().get("weight");
        SortedMap<Integer, Long> counts = new TreeMap<>();
        for (Parameter parameter :
                (withChildren ? block.getParameters() : block.getDirectParameters()).values()) {
            if (counted.add(parameter.getId())) {
                Quantizer quantizer =
                        own != null && parameter == weight ? own : wrapped.get(parameter);
                long size = parameter.getShape().size();
                counts.merge(quantizer == null ? Float.SIZE : quantizer.getBits(), size, Long::sum);
                trainable += parameter.requiresGradient() ? size : 0;
            }
        }
        return counts;
    }

    private static Shape[] output(Block block) {
        Shape[] input = input(block);
        return input == null ? null : block.getOutputShapes(input);
    }

    /** The shapes that the block was initialized with, {@code null} if it does not tell. */
    private static Shape[] input(Block block) {
        Shape[] shapes;
        try {
            shapes = block.describeInput().values().toArray(new Shape[0]);
        } catch (IllegalArgumentException | IllegalStateException | NullPointerException e) {
            return null;
        }
        if (block instanceof ai.djl.nn.core.Linear) {
            // It describes its input without the last axis.
            long features = block.getDirectParameters().get("weight").getShape().get(1);
            return new Shape[] {shapes[0].add(features)};
        }
        return shapes;
    }
}
