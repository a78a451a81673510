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
package org.binaryops.packed.compiler;

import ai.djl.ndarray.NDManager;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.binaryops.packed.Add;
import org.binaryops.packed.BinaryConvolution;
import org.binaryops.packed.BinaryLinear;
import org.binaryops.packed.Concatenate;
import org.binaryops.packed.Elementwise;
import org.binaryops.packed.FloatConvolution;
import org.binaryops.packed.InputThresholds;
import org.binaryops.packed.IntegerConvolution;
import org.binaryops.packed.Interleave;
import org.binaryops.packed.Magnitudes;
import org.binaryops.packed.MaxPoolBits;
import org.binaryops.packed.Multiply;
import org.binaryops.packed.Operation;
import org.binaryops.packed.PadChannels;
import org.binaryops.packed.Pool;
import org.binaryops.packed.SignOutput;
import org.binaryops.packed.Stage;
import org.binaryops.packed.Step;
import org.binaryops.packed.Window;

/**
 * Writes the graph down as steps, from the output back to the input: a node becomes a step when the
 * first of its readers asks for its value, and what a threshold has swallowed is never asked for.
 */
final class Emitter {

    private final NDManager manager;
    private final ThresholdPass thresholds;
    private final List<Step> steps = new ArrayList<>();
    private final Map<Node, Integer> values = new HashMap<>();
    private final Map<Node, Integer> asFloats = new HashMap<>();

    Emitter(NDManager manager) {
        this.manager = manager;
        thresholds = new ThresholdPass(manager);
    }

    /** Writes the steps that yield a node as the outputs of the model. */
    List<Step> emit(Node output) {
        if (!hasLayer(output)) {
            throw output.origin.refuse("it has no layer");
        }
        Deque<Node.Elements> chain = chain(output);
        Node source = chain.isEmpty() ? output : chain.getFirst().input();
        if (source instanceof Node.Accumulate sums
                && sums.image.positions() == 1
                && isExact(sums)) {
            FloatChain functions =
                    FloatChain.ofAccumulators(manager, sums.image.channels(), sums.fanIn);
            for (Node.Elements node : chain) {
                functions.add(node.engine);
            }
            try {
                step(OutputFolding.fold(functions), value(source));
            } catch (IllegalArgumentException e) {
                throw output.origin.refuse("its outputs are not finite: " + e.getMessage());
            }
            return steps;
        }
        int value = floats(output);
        Node.Image image = output.image;
        if (image.positions() > 1 && image.channels() > 1) {
            // Back into the engine's order.
            step(new Interleave(image.positions(), 1, image.channels()), value);
        }
        return steps;
    }

    private static boolean hasLayer(Node node) {
        return node instanceof Node.Accumulate
                || node instanceof Node.FloatLayer
                || node.inputs.stream().anyMatch(Emitter::hasLayer);
    }

    /** Whether the sums take every second value from −K to K, which the exact outputs count on. */
    private static boolean isExact(Node.Accumulate sums) {
        return sums.step() == 2;
    }

    /** The functions of elements that end in a node, of which nothing else reads a value. */
    private static Deque<Node.Elements> chain(Node last) {
        Deque<Node.Elements> chain = new ArrayDeque<>();
        Node node = last;
        while (node instanceof Node.Elements elements && (node == last || node.uses == 1)) {
            chain.addFirst(elements);
            node = node.input();
        }
        return chain;
    }

    static boolean isBits(Node node) {
        return node instanceof Node.Sign
                || node instanceof Node.Pooling pooling
                        && pooling.kind == Pool.Kind.MAXIMUM
                        && isBits(pooling.input());
    }

    private int step(Operation operation, int... inputs) {
        List<Integer> reads = new ArrayList<>();
        for (int input : inputs) {
            reads.add(input);
        }
        steps.add(new Step(operation, reads));
        return steps.size();
    }

    /** The number of the value of a node as floats. */
    private int floats(Node node) {
        Integer known = asFloats.get(node);
        if (known != null) {
            return known;
        }
        int value = value(node);
        if (node instanceof Node.Accumulate) {
            value = step(new Elementwise(node.image.channels(), List.of()), value);
        } else if (isBits(node)) {
            value = step(new SignOutput(node.image.channels()), value);
        } else if (node instanceof Node.Quantized quantized) {
            value = step(quantized.levels.dequantize(), value);
        }
        asFloats.put(node, value);
        return value;
    }

    /** The number of the value of a node. */
    private int value(Node node) {
        Integer known = values.get(node);
        if (known == null) {
            known = write(node);
            values.put(node, known);
        }
        return known;
    }

    private int write(Node node) {
        Node.Image image = node.image;
        if (node instanceof Node.Input) {
            return 0;
        }
        if (node instanceof Node.Pixels) {
            Interleave operation = new Interleave(image.channels(), image.height(), image.width());
            return step(operation, value(node.input()));
        }
        if (node instanceof Node.Accumulate sums) {
            return placed(sums.layout, step(products(sums), value(node.input())));
        }
        if (node instanceof Node.Quantized quantized) {
            return step(quantized.levels.quantize(), floats(node.input()));
        }
        if (node instanceof Node.FloatLayer layer) {
            FloatConvolution operation =
                    new FloatConvolution(
                            layer.layout.window(),
                            layer.layout.groups(),
                            layer.weights,
                            layer.bias);
            return placed(layer.layout, step(operation, floats(node.input())));
        }
        if (node instanceof Node.Elements) {
            return elements(chain(node));
        }
        if (node instanceof Node.Sign sign) {
            ThresholdPass.Folded folded = thresholds.fold(sign);
            Node source = folded.source();
            boolean sums = source instanceof Node.Accumulate;
            int value = sums ? value(source) : floats(source);
            if (sums && folded.operations().get(0) instanceof InputThresholds) {
                value = floats(source);
            }
            for (Operation operation : folded.operations()) {
                value = step(operation, value);
            }
            return value;
        }
        if (node instanceof Node.Pooling pooling) {
            if (isBits(node)) {
                long[] rising = new long[(image.channels() + 63) / 64];
                return step(new MaxPoolBits(pooling.window, rising), value(node.input()));
            }
            return step(new Pool(pooling.window, pooling.kind), floats(node.input()));
        }
        if (node instanceof Node.Padding padding) {
            PadChannels operation = new PadChannels(padding.before, padding.after);
            return step(operation, floats(node.input()));
        }
        if (node instanceof Node.MeanMagnitudes means) {
            return step(new Magnitudes(means.window, means.groups), floats(node.input()));
        }
        if (node instanceof Node.Product) {
            Node numbers = node.input();
            int x = numbers instanceof Node.Accumulate ? value(numbers) : floats(numbers);
            return step(new Multiply(), x, floats(node.inputs.get(1)));
        }
        int a = floats(node.inputs.get(0));
        int b = floats(node.inputs.get(1));
        return step(node instanceof Node.Sum ? new Add() : new Concatenate(), a, b);
    }

    /** The outputs of a transposed convolution at their positions. */
    private int placed(LayerLayout layout, int value) {
        return layout.phases() == null ? value : step(layout.phases().operation(), value);
    }

    private static Operation products(Node.Accumulate sums) {
        Window window = sums.layout.window();
        int groups = sums.layout.groups();
        LayerWeights weights = sums.weights;
        Levels levels = sums.levels();
        if (levels != null) {
            return new IntegerConvolution(
                    window, groups, levels.count() - 1, levels.zeroPoint(), weights.integers());
        }
        boolean vector = window.equals(Window.ofVector(window.channels()));
        if (vector && groups == 1 && weights.planes() == 1) {
            return new BinaryLinear(weights.units(), window.channels(), weights.words());
        }
        return new BinaryConvolution(
                window, weights.units(), groups, weights.planes(), weights.words());
    }

    private int elements(Deque<Node.Elements> chain) {
        List<Stage> stages = new ArrayList<>();
        for (Node.Elements node : chain) {
            stages.addAll(new StageFolding(manager, node).fold());
        }
        Node.Image image = chain.getLast().image;
        stages = StageFolding.arranged(stages, image);
        Node source = chain.getFirst().input();
        int value = source instanceof Node.Accumulate ? value(source) : floats(source);
        int size = stages.get(0).first().length;
        return step(new Elementwise(size, stages), value);
    }
}
