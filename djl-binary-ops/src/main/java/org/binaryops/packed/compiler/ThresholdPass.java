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

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.function.UnaryOperator;
import org.binaryops.packed.InputThresholds;
import org.binaryops.packed.IntegerThresholds;
import org.binaryops.packed.MaxPoolBits;
import org.binaryops.packed.Operation;
import org.binaryops.packed.Pool;
import org.binaryops.packed.PositionThresholds;
import org.binaryops.packed.Stage;
import org.binaryops.packed.ThresholdRule;

/**
 * Folds a sign and what stands before it into thresholds.
 *
 * <p>Scales, biases, batch norms, shifts and the usual activations never turn back on their way, so
 * that their sign is a comparison of what goes in with a threshold ({@link ThresholdFolding}). What
 * goes in are the accumulators of a binary layer, if nothing else reads the values in between; else
 * the floats that the last one shared yields. The maximum over a window of accumulators becomes an
 * OR or an AND of bits.
 */
final class ThresholdPass {

    private final NDManager manager;

    ThresholdPass(NDManager manager) {
        this.manager = manager;
    }

    /** The node whose value is compared and the operations that make the bits of it. */
    record Folded(Node source, List<Operation> operations) {}

    /** Folds a sign. */
    Folded fold(Node.Sign sign) {
        Deque<Node> chain = new ArrayDeque<>();
        Node source = sign.input();
        boolean pooled = false;
        while (source.uses == 1 && (isRising(source) || isMaximum(source) && !pooled)) {
            pooled |= isMaximum(source);
            chain.addFirst(source);
            source = source.input();
        }
        try {
            if (source instanceof Node.Accumulate sums && sums.isCountable()) {
                Folded folded = pooled ? foldPooled(sign, sums, chain) : fold(sign, sums, chain);
                if (folded != null) {
                    return folded;
                }
            }
            return foldFloats(sign);
        } catch (ArithmeticException e) {
            throw sign.origin.refuse("what comes before its sign has no order: " + e.getMessage());
        }
    }

    private boolean isRising(Node node) {
        if (!(node instanceof Node.Elements elements)) {
            return false;
        }
        if (elements.function == Node.Function.SLOPE || elements.function == Node.Function.RPRELU) {
            // With a negative slope the function falls and rises.
            for (Stage stage : new StageFolding(manager, elements).fold()) {
                for (float slope :
                        stage.kind() == Stage.Kind.SLOPE ? stage.first() : new float[0]) {
                    if (slope < 0) {
                        return false;
                    }
                }
            }
        }
        return true;
    }

    private static boolean isMaximum(Node node) {
        return node instanceof Node.Pooling pooling && pooling.kind == Pool.Kind.MAXIMUM;
    }

    private Folded fold(Node.Sign sign, Node.Accumulate sums, Deque<Node> chain) {
        FloatChain functions =
                FloatChain.ofAccumulators(manager, row(sums.image), 1, sums.fanIn, sums.step());
        add(functions, chain);
        Bisection found =
                ThresholdFolding.search(
                        functions, shaped(sign.row, sign.engine), sign.perChannel, 1);
        int[] thresholds = ThresholdFolding.integers(functions, found);
        int positions = sums.image.positions();
        int channels = sums.image.channels();
        if (positions == 1) {
            return folded(
                    sums,
                    new IntegerThresholds(channels, sign.perChannel, found.rules, thresholds));
        }
        if (sign.perChannel != 1) {
            return null;
        }
        boolean perChannel = true;
        for (int i = 0; i < thresholds.length; ++i) {
            int first = i / positions * positions;
            perChannel &=
                    thresholds[i] == thresholds[first] && found.rules[i] == found.rules[first];
        }
        int count = perChannel ? channels : thresholds.length;
        ThresholdRule[] rules = new ThresholdRule[count];
        int[] arranged = new int[count];
        for (int i = 0; i < count; ++i) {
            int from = i % channels * positions + i / channels;
            rules[i] = found.rules[from];
            arranged[i] = thresholds[from];
        }
        return folded(
                sums,
                perChannel
                        ? new IntegerThresholds(channels, 1, rules, arranged)
                        : new PositionThresholds(channels, positions, rules, arranged));
    }

    /** Folds through a maximum; null if the positions of a channel differ. */
    private Folded foldPooled(Node.Sign sign, Node.Accumulate sums, Deque<Node> chain) {
        int positions = sums.image.positions();
        FloatChain before =
                FloatChain.ofAccumulators(
                        manager, row(sums.image), positions, sums.fanIn, sums.step());
        FloatChain all =
                FloatChain.ofAccumulators(
                        manager, row(sums.image), positions, sums.fanIn, sums.step());
        Node.Pooling pooling = null;
        for (Node node : chain) {
            if (node instanceof Node.Pooling found) {
                pooling = found;
            } else if (pooling == null) {
                before.add(step(node));
            }
            all.add(step(node));
        }
        int channels = sums.image.channels();
        Bisection found;
        try {
            found =
                    ThresholdFolding.search(
                            all, shaped(sign.row, sign.engine), 1, sign.image.positions());
        } catch (ArithmeticException e) {
            return null;
        }
        float[] low = before.run(filled(channels, before.value(before.first())), x -> x);
        float[] high = before.run(filled(channels, before.value(before.last())), x -> x);
        long[] falling = new long[(channels + 63) / 64];
        for (int c = 0; c < channels; ++c) {
            boolean rises = high[c * positions] >= low[c * positions];
            if (rises != (found.rules[c] == ThresholdRule.AT_LEAST)) {
                falling[c >>> 6] |= 1L << c;
            }
        }
        int[] thresholds = ThresholdFolding.integers(all, found);
        return new Folded(
                sums,
                List.of(
                        new IntegerThresholds(channels, 1, found.rules, thresholds),
                        new MaxPoolBits(pooling.window, falling)));
    }

    private Folded foldFloats(Node.Sign sign) {
        Deque<Node> chain = new ArrayDeque<>();
        Node source = sign.input();
        while (source.uses == 1 && isRising(source)) {
            chain.addFirst(source);
            source = source.input();
        }
        Folded folded = foldFloats(sign, source, chain);
        if (folded == null && !chain.isEmpty()) {
            folded = foldFloats(sign, sign.input(), new ArrayDeque<>());
        }
        if (folded == null) {
            throw sign.origin.refuse("its thresholds differ from position to position of an image");
        }
        return folded;
    }

    /** Folds into thresholds of floats; null if the positions of a channel differ. */
    private Folded foldFloats(Node.Sign sign, Node source, Deque<Node> chain) {
        FloatChain functions =
                source instanceof Node.Input || source instanceof Node.Pixels
                        ? FloatChain.ofFeatures(manager, row(source.image))
                        : FloatChain.ofFloats(manager, row(source.image));
        add(functions, chain);
        Bisection found =
                ThresholdFolding.search(
                        functions, shaped(sign.row, sign.engine), sign.perChannel, 1);
        float[] thresholds = ThresholdFolding.floats(functions, found);
        int positions = source.image.positions();
        int channels = source.image.channels();
        if (positions == 1) {
            return folded(
                    source,
                    new InputThresholds(channels, sign.perChannel, found.rules, thresholds));
        }
        if (sign.perChannel != 1) {
            return null;
        }
        ThresholdRule[] rules = new ThresholdRule[channels];
        float[] arranged = new float[channels];
        for (int i = 0; i < thresholds.length; ++i) {
            int first = i / positions * positions;
            rules[i / positions] = found.rules[first];
            arranged[i / positions] = thresholds[first];
            if (thresholds[i] != thresholds[first] || found.rules[i] != found.rules[first]) {
                return null;
            }
        }
        return folded(source, new InputThresholds(channels, 1, rules, arranged));
    }

    private static Folded folded(Node source, Operation operation) {
        return new Folded(source, new ArrayList<>(List.of(operation)));
    }

    private static void add(FloatChain functions, Deque<Node> chain) {
        for (Node node : chain) {
            functions.add(step(node));
        }
    }

    private static UnaryOperator<NDArray> step(Node node) {
        if (node instanceof Node.Pooling pooling) {
            return shaped(pooling.row, pooling.engine);
        }
        Node.Elements elements = (Node.Elements) node;
        return shaped(elements.row, elements.engine);
    }

    /** A function on rows of a shape: what comes before may have left them in another. */
    private static UnaryOperator<NDArray> shaped(Shape row, UnaryOperator<NDArray> function) {
        return x -> function.apply(x.reshape(new Shape(x.getShape().get(0)).addAll(row)));
    }

    private static Shape row(Node.Image image) {
        return new Shape(image.channels(), image.height(), image.width());
    }

    private static float[] filled(int count, float value) {
        float[] values = new float[count];
        Arrays.fill(values, value);
        return values;
    }
}
