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
import java.util.Random;
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
 * <p>Sets come in two forms. Padded ones, [B, n, F] with a mask on the device: the depth follows
 * from the shape, the rest is arithmetic on the device, and nothing is copied to the host. Ragged
 * ones, [N, F] with {@link Segments} on the host: no padding, any {@link TreeShape}, and all
 * prefixes by {@link #scan}. Both give the same bits.
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
                    if (nodes.getShape().get(1) == 1) {
                        return nodes.squeeze(1);
                    }
                    Combination combination = operator.bind(store, elements, training);
                    while (nodes.getShape().get(1) > 1) {
                        nodes = level(combination, nodes, present);
                        present = present == null ? null : parents(present);
                    }
                    return nodes.squeeze(1);
                });
    }

    /** The nodes [B, ⌈n/2⌉, F] above the nodes [B, n, F]. */
    private static NDArray level(Combination combination, NDArray nodes, NDArray present) {
        Shape shape = nodes.getShape();
        long batch = shape.get(0);
        long features = shape.get(2);
        long pairs = shape.get(1) / 2;
        NDList evenAndLast = evenAndLast(nodes);
        // A pair is one row of 2F numbers: its halves are the operands, without a copy.
        NDList operands = evenAndLast.get(0).reshape(batch * pairs, 2 * features).split(2, 1);
        NDArray left = operands.get(0);
        NDArray combined = combination.apply(left, operands.get(1));
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

    /**
     * Folds ragged sets along balanced trees, without padding.
     *
     * @param operator ⊕
     * @param store the store that holds the parameters of the operator
     * @param elements the elements, of shape [N, F]
     * @param segments which rows are the elements of which set
     * @param training whether this is a training pass
     * @return the folded sets, a new array of shape [S, F], attached to the manager of {@code
     *     elements}; 0 for an empty set
     * @throws IllegalArgumentException if the elements do not have the rows of the segments
     */
    public static NDArray fold(
            BinaryOperator operator,
            ParameterStore store,
            NDArray elements,
            Segments segments,
            boolean training) {
        return fold(operator, store, elements, segments, TreeShape.BALANCED, null, null, training);
    }

    /**
     * Folds ragged sets along trees of a shape, without padding: the cost follows the number of
     * elements, however widely the sizes of the sets differ.
     *
     * @param operator ⊕
     * @param store the store that holds the parameters of the operator
     * @param elements the elements, of shape [N, F]
     * @param segments which rows are the elements of which set
     * @param shape the shape of the trees
     * @param random the random numbers for {@link TreeShape#RANDOM}, else {@code null}
     * @param identity what an empty set gives, of shape [F], or {@code null} for 0
     * @param training whether this is a training pass
     * @return the folded sets, a new array of shape [S, F], attached to the manager of {@code
     *     elements}
     * @throws IllegalArgumentException if the elements do not have the rows of the segments, or
     *     random trees lack random numbers
     */
    public static NDArray fold(
            BinaryOperator operator,
            ParameterStore store,
            NDArray elements,
            Segments segments,
            TreeShape shape,
            Random random,
            NDArray identity,
            boolean training) {
        Rows.check("TreeReduction", elements.getShape(), segments);
        if (shape == TreeShape.RANDOM && random == null) {
            throw new IllegalArgumentException(
                    "TreeReduction: random trees need random numbers, but random is null");
        }
        return Temporaries.freed(
                elements.getManager(),
                () -> {
                    Combination combination = operator.bind(store, elements, training);
                    return shape == TreeShape.LEFT_TO_RIGHT
                            ? SequenceFold.fold(elements, segments, null, identity, combination)
                            : RaggedTree.reduce(
                                    combination,
                                    elements,
                                    segments,
                                    shape == TreeShape.BALANCED
                                            ? segments.balanced()
                                            : ReductionPlan.of(segments, shape, random),
                                    identity);
                });
    }

    /**
     * Folds every prefix of ragged sets: the row of x_i becomes x_0 ⊕ … ⊕ x_i.
     *
     * <p>Neighbours are combined in pairs, the prefixes of the pairs are scanned in the same way,
     * and those of even length follow; the others need one more combination: 2n operations in 2 ·
     * log₂ n batched calls. For an associative operator these are the folds of all prefixes; for a
     * learned one they are folds along trees of this shape, in the order of the elements.
     *
     * @param operator ⊕
     * @param store the store that holds the parameters of the operator
     * @param elements the elements, of shape [N, F]
     * @param segments which rows are the elements of which set
     * @param training whether this is a training pass
     * @return the prefixes, a new array of shape [N, F], attached to the manager of {@code
     *     elements}; 0 in rows that are in no set
     * @throws IllegalArgumentException if the elements do not have the rows of the segments
     */
    public static NDArray scan(
            BinaryOperator operator,
            ParameterStore store,
            NDArray elements,
            Segments segments,
            boolean training) {
        Rows.check("TreeReduction", elements.getShape(), segments);
        return Temporaries.freed(
                elements.getManager(),
                () ->
                        PrefixScan.scan(
                                operator.bind(store, elements, training), elements, segments));
    }

    /**
     * Tells how many batched calls of the operator a reduction makes.
     *
     * @param segments the sets
     * @param shape the shape of the trees
     * @param random the random numbers for {@link TreeShape#RANDOM}, else {@code null}
     * @return the depth of the deepest tree
     */
    public static int depth(Segments segments, TreeShape shape, Random random) {
        return shape == TreeShape.LEFT_TO_RIGHT
                ? Math.max(0, segments.longest() - 1)
                : shape == TreeShape.BALANCED
                        ? segments.balanced().depth()
                        : ReductionPlan.of(segments, shape, random).depth();
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
