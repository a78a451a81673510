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
package org.binaryops.monoid;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.ParameterStore;
import org.binaryops.gradient.Temporaries;

/**
 * Folds every set of a batch along a balanced binary tree, one batched operator call per level.
 *
 * <p>A level pairs the elements (0, 1), (2, 3), …; the last of an odd number is carried to the next
 * level unchanged. After ⌈log₂ n⌉ levels one element is left. Where the right element of a pair is
 * absent, the left one is carried likewise (x ⊕ ∅ = x), so that a set shorter than the longest of
 * its batch goes through exactly the tree that it goes through alone: an absent element is an exact
 * identity, whatever the operator.
 *
 * <p>The depth follows from the shape and the rest is arithmetic on the device; nothing is copied
 * to the host.
 */
public final class TreeReduction {

    private TreeReduction() {}

    /**
     * Folds the sets of a batch.
     *
     * @param operator ⊕
     * @param store the store that holds the parameters of the operator
     * @param elements the elements, of shape [B, n, F] with n ≥ 1; those that are absent must be
     *     finite
     * @param presence whether an element is present, of shape [B, n] and boolean, in each set first
     *     all that are present and then all that are absent; {@code null} if all are present
     * @param training whether this is a training pass
     * @return the folded sets, a new array of shape [B, F], attached to the manager of {@code
     *     elements}; for an empty set it is the first (absent) element
     * @throws IllegalArgumentException if the shapes are not as described
     */
    public static NDArray reduce(
            BinaryOperator operator,
            ParameterStore store,
            NDArray elements,
            NDArray presence,
            boolean training) {
        check(elements.getShape(), presence == null ? null : presence.getShape());
        return Temporaries.freed(
                elements.getManager(),
                () -> {
                    NDArray nodes = elements;
                    NDArray present = presence;
                    while (nodes.getShape().get(1) > 1) {
                        nodes = level(operator, store, nodes, present, training);
                        present = present == null ? null : parents(present);
                    }
                    return nodes.squeeze(1);
                });
    }

    /** The nodes [B, ⌈n/2⌉, F] above the nodes [B, n, F]. */
    private static NDArray level(
            BinaryOperator operator,
            ParameterStore store,
            NDArray nodes,
            NDArray present,
            boolean training) {
        Shape shape = nodes.getShape();
        long batch = shape.get(0);
        long features = shape.get(2);
        long pairs = shape.get(1) / 2;
        NDList evenAndLast = evenAndLast(nodes);
        // A pair is one row of 2F numbers: its halves are the operands, without a copy.
        NDList operands = evenAndLast.get(0).reshape(batch * pairs, 2 * features).split(2, 1);
        NDArray left = operands.get(0);
        NDArray combined = operator.combine(store, left, operands.get(1), training);
        if (present != null) {
            NDArray rightPresent =
                    evenAndLast(present).get(0).reshape(batch * pairs, 2).split(2, 1).get(1);
            combined = NDArrays.where(rightPresent.broadcast(left.getShape()), combined, left);
        }
        combined = combined.reshape(batch, pairs, features);
        return evenAndLast.size() == 1 ? combined : combined.concat(evenAndLast.get(1), 1);
    }

    /** A node is present if its left child is: the absent ones are at the end. */
    private static NDArray parents(NDArray present) {
        Shape shape = present.getShape();
        NDList evenAndLast = evenAndLast(present);
        NDArray left =
                evenAndLast
                        .get(0)
                        .reshape(shape.get(0), shape.get(1) / 2, 2)
                        .split(2, 2)
                        .get(0)
                        .squeeze(2);
        return evenAndLast.size() == 1 ? left : left.concat(evenAndLast.get(1), 1);
    }

    /** Splits axis 1 into an even number of positions and, if it is odd, the last position. */
    private static NDList evenAndLast(NDArray array) {
        long n = array.getShape().get(1);
        return n % 2 == 0 ? new NDList(array) : array.split(new long[] {n - 1}, 1);
    }

    private static void check(Shape elements, Shape presence) {
        if (elements.dimension() != 3 || elements.get(1) < 1) {
            throw new IllegalArgumentException(
                    "TreeReduction: the elements must have the shape [batch, elements ≥ 1,"
                            + " features], but have "
                            + elements);
        }
        if (presence != null && !presence.equals(elements.slice(0, 2))) {
            throw new IllegalArgumentException(
                    String.format(
                            "TreeReduction: the presence must have the shape %s, but has %s",
                            elements.slice(0, 2), presence));
        }
    }
}
