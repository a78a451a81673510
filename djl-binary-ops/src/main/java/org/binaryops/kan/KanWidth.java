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
package org.binaryops.kan;

import java.util.ArrayList;
import java.util.List;

/**
 * The nodes of one level of a Kolmogorov–Arnold network: nodes that add, and nodes that multiply
 * (Liu et al., "KAN 2.0: Kolmogorov–Arnold Networks Meet Science", arXiv 2408.10205).
 *
 * <p>The edges of a layer end in subnodes, which add. Each of the first is a node by itself; after
 * them, each multiplication node is the product of the next subnodes, as many as its arity. {@code
 * KanWidth.of(5).withProducts(1)} is pykan's width [5, 1].
 *
 * @param sums the number of nodes that add, not negative
 * @param arities for each node that multiplies, the number of its factors, at least 2
 */
public record KanWidth(int sums, List<Integer> arities) {

    /**
     * Creates a width.
     *
     * @param sums the number of nodes that add
     * @param arities for each node that multiplies, the number of its factors
     * @throws IllegalArgumentException if there is no node, or a number is out of its range
     */
    public KanWidth {
        arities = List.copyOf(arities);
        if (sums < 0 || sums + arities.size() == 0) {
            throw new IllegalArgumentException(
                    String.format(
                            "A width needs at least one node and no negative numbers, but has %d"
                                    + " sums and %d products.",
                            sums, arities.size()));
        }
        for (int arity : arities) {
            if (arity < 2) {
                throw new IllegalArgumentException(
                        "A product needs at least 2 factors, but got " + arity + ".");
            }
        }
    }

    /**
     * Creates a width of nodes that add.
     *
     * @param sums their number
     * @return the width
     */
    public static KanWidth of(int sums) {
        return new KanWidth(sums, List.of());
    }

    /**
     * Returns this width with more nodes that multiply, of two factors each.
     *
     * @param products their number
     * @return the width
     */
    public KanWidth withProducts(int products) {
        KanWidth width = this;
        for (int i = 0; i < products; ++i) {
            width = width.withProduct(2);
        }
        return width;
    }

    /**
     * Returns this width with one more node that multiplies.
     *
     * @param arity the number of its factors
     * @return the width
     */
    public KanWidth withProduct(int arity) {
        List<Integer> more = new ArrayList<>(arities);
        more.add(arity);
        return new KanWidth(sums, more);
    }

    /**
     * Returns the number of nodes, the inputs of the next layer.
     *
     * @return sums and products
     */
    public int nodes() {
        return sums + arities.size();
    }

    /**
     * Returns the number of subnodes, the units of the layer before.
     *
     * @return sums and factors of products
     */
    public int subnodes() {
        return sums + arities.stream().mapToInt(Integer::intValue).sum();
    }

    /**
     * Returns the first subnode of a node.
     *
     * @param node the node
     * @return the index of its first subnode
     */
    public int firstSubnode(int node) {
        int first = Math.min(node, sums);
        for (int p = 0; p < node - sums; ++p) {
            first += arities.get(p);
        }
        return first;
    }

    /**
     * Returns the number of subnodes of a node.
     *
     * @param node the node
     * @return 1 for a node that adds, the arity of one that multiplies
     */
    public int arity(int node) {
        return node < sums ? 1 : arities.get(node - sums);
    }

    /**
     * Returns the width of some of the nodes.
     *
     * @param kept the indices of the nodes, ascending
     * @return their width
     */
    public KanWidth only(int... kept) {
        int keptSums = 0;
        List<Integer> keptArities = new ArrayList<>();
        for (int node : kept) {
            if (node < sums) {
                ++keptSums;
            } else {
                keptArities.add(arity(node));
            }
        }
        return new KanWidth(keptSums, keptArities);
    }

    /** {@inheritDoc} */
    @Override
    public String toString() {
        return arities.isEmpty() ? Integer.toString(sums) : "[" + sums + ", " + arities + "]";
    }
}
