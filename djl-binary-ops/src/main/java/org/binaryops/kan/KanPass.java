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

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.training.ParameterStore;
import org.binaryops.gradient.Temporaries;

/** What lies between the layers of a network: the choice of features, affine maps, products. */
final class KanPass {

    private KanPass() {}

    /** The features that are used. */
    static NDArray select(Kan kan, NDArray x) {
        if (kan.settings().inputs == null) {
            return x;
        }
        return Temporaries.freed(
                x.getManager(),
                () -> {
                    NDList columns = new NDList();
                    for (int i : kan.settings().inputs) {
                        columns.add(x.get(new NDIndex("...,{}:{}", i, i + 1)));
                    }
                    return NDArrays.concat(columns, -1);
                });
    }

    /** From what the subnodes add up to, to the nodes. */
    static NDArray combine(
            Kan kan, ParameterStore store, NDArray sums, int layer, boolean training) {
        return Temporaries.freed(
                sums.getManager(),
                () -> {
                    NDArray x =
                            kan.settings().affine
                                    ? kan.affine(layer, true).apply(store, sums, training)
                                    : sums.add(0);
                    KanWidth width = kan.settings().widths.get(layer + 1);
                    if (!width.arities().isEmpty()) {
                        x = multiplied(x, width);
                    }
                    return kan.settings().affine
                            ? kan.affine(layer, false).apply(store, x, training)
                            : x;
                });
    }

    private static NDArray multiplied(NDArray x, KanWidth width) {
        NDList columns = new NDList();
        if (width.sums() > 0) {
            columns.add(x.get(new NDIndex("...,0:{}", width.sums())));
        }
        for (int node = width.sums(); node < width.nodes(); ++node) {
            int first = width.firstSubnode(node);
            NDArray product = x.get(new NDIndex("...,{}:{}", first, first + 1));
            for (int k = first + 1; k < first + width.arity(node); ++k) {
                product = product.mul(x.get(new NDIndex("...,{}:{}", k, k + 1)));
            }
            columns.add(product);
        }
        return columns.size() == 1 ? columns.get(0) : NDArrays.concat(columns, -1);
    }
}
