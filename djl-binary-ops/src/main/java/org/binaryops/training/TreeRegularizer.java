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
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.ndarray.types.SparseFormat;
import ai.djl.nn.core.Embedding;
import ai.djl.training.Trainer;
import ai.djl.training.listener.TrainingListenerAdapter;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.binaryops.gradient.Temporaries;
import org.binaryops.packed.reuse.ReuseTree;
import org.binaryops.quantizer.BiPer;
import org.binaryops.quantizer.Quantizer;
import org.binaryops.quantizer.Staged;

/**
 * Draws the units of a binary layer to their parents in a minimum spanning tree, so that a packed
 * layer can reuse the sums of other units: a loss for Vo et al., "MST-compression" (ICCV 2023),
 *
 * <p>$$R(w) = \frac{\lambda}{2} \sum_{(p,c) \in T} \| \tilde w_c - s_c \tilde w_p \|_1, \quad
 * \tilde w = \max(-1, \min(1, w)),$$
 *
 * <p>which is λ times the distance in the tree T where the weights are ±1; s is −1 where a unit
 * takes the negated sum of its parent. The gradient passes the clipping as a straight-through
 * estimator passes it. The paper gives no formula; this one is ours.
 *
 * <p>The tree follows the signs of the weights; it is made at the first use and again after each
 * epoch if this is among the trainer's listeners, or by {@link #refresh()}. That copies the weights
 * to the host. Units are the first axis of a weight.
 */
public final class TreeRegularizer extends TrainingListenerAdapter implements WeightRegularizer {

    private final double lambda;
    private final int maxDepth;
    private final Map<String, ReuseTree> trees = new ConcurrentHashMap<>();

    /**
     * Creates a regulariser.
     *
     * @param lambda λ, finite
     * @param maxDepth the most edges from the root of a tree to a unit, 1 or more
     * @throws IllegalArgumentException if an argument is out of its range
     */
    public TreeRegularizer(double lambda, int maxDepth) {
        if (!Double.isFinite(lambda)) {
            throw new IllegalArgumentException("lambda must be finite, but was " + lambda + ".");
        }
        if (maxDepth < 1) {
            throw new IllegalArgumentException("maxDepth must be positive, but was " + maxDepth);
        }
        this.lambda = lambda;
        this.maxDepth = maxDepth;
    }

    /** {@inheritDoc} */
    @Override
    public NDArray penalty(NDArray weight, Quantizer quantizer) {
        Quantizer inner = Staged.inner(quantizer);
        Shape shape = weight.getShape();
        if (inner instanceof BiPer || inner.getBits() != 1 || shape.dimension() < 2) {
            return null;
        }
        int units = (int) shape.get(0);
        if (units < 2) {
            return null;
        }
        ReuseTree tree = trees.computeIfAbsent(weight.getUid(), uid -> tree(weight, maxDepth));
        long[] parents = new long[units];
        float[] signs = new float[units];
        for (int unit = 0; unit < units; ++unit) {
            // The root is its own parent, at the distance 0.
            parents[unit] = tree.parent(unit) < 0 ? unit : tree.parent(unit);
            signs[unit] = tree.isNegated(unit) ? -1 : 1;
        }
        NDArray clipped = weight.reshape(units, -1).clip(-1, 1);
        NDManager manager = weight.getManager();
        // Copies, which the engine owns: the backward pass reads them when the arrays are closed.
        NDArray index = manager.create(parents).toDevice(weight.getDevice(), false).duplicate();
        NDArray sign =
                manager.create(signs, new Shape(units, 1))
                        .toDevice(weight.getDevice(), false)
                        .toType(weight.getDataType(), false)
                        .duplicate();
        NDArray ofParents =
                Embedding.embedding(index, clipped, SparseFormat.DENSE).singletonOrThrow();
        NDArray distance = clipped.sub(ofParents.mul(sign)).abs().sum();
        return distance.mul(Temporaries.constant(weight, lambda / 2));
    }

    /**
     * Measures the trees of the present signs of a weight.
     *
     * @param weight a weight, of N units in the first axis
     * @param maxDepth the most edges from the root to a unit
     * @return the tree
     */
    public static ReuseTree tree(NDArray weight, int maxDepth) {
        int units = (int) weight.getShape().get(0);
        int width = (int) (weight.getShape().size() / units);
        int words = width + 63 >>> 6;
        long[] bits = new long[units * words];
        try (NDArray copy = weight.stopGradient();
                NDArray real = copy.toType(DataType.FLOAT32, true)) {
            float[] values = real.toFloatArray();
            for (int i = 0; i < values.length; ++i) {
                if (values[i] >= 0) {
                    bits[i / width * words + (i % width >>> 6)] |= 1L << i % width;
                }
            }
        }
        return ReuseTree.of(bits, units, width, true, maxDepth);
    }

    /** Makes the trees anew at the next use. */
    public void refresh() {
        trees.clear();
    }

    /** {@inheritDoc} */
    @Override
    public void onEpoch(Trainer trainer) {
        refresh();
    }
}
