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
import java.util.ArrayList;
import java.util.List;
import org.binaryops.gradient.Temporaries;

/** A pass through a network: its layers, and what lies between them. */
final class KanPass {

    private KanPass() {}

    /** The output. */
    static NDArray forward(Kan kan, ParameterStore store, NDArray x, boolean training) {
        return Temporaries.freed(
                x.getManager(),
                () -> {
                    NDArray level = select(kan, x);
                    for (int l = 0; l < kan.getLayers().size(); ++l) {
                        KanLinear layer = kan.getLayers().get(l);
                        NDArray sums =
                                layer.forward(store, new NDList(level), training)
                                        .singletonOrThrow();
                        SymbolicEdges fixed = kan.symbolic(l);
                        if (!fixed.isEmpty()) {
                            sums = sums.add(fixed.apply(store, level, training));
                        }
                        level = combine(kan, store, sums, l, training);
                    }
                    return level;
                });
    }

    /** All that happens on the way to the output. */
    static KanTrace trace(Kan kan, ParameterStore store, NDArray x, boolean training) {
        List<KanTrace.LayerTrace> all = new ArrayList<>();
        NDArray level = select(kan, x);
        for (int l = 0; l < kan.getLayers().size(); ++l) {
            KanLinear layer = kan.getLayers().get(l);
            EdgeActivations numeric = layer.activations(store, level, training);
            NDArray in = level;
            SymbolicEdges fixed = kan.symbolic(l);
            NDArray post =
                    Temporaries.freed(
                            x.getManager(),
                            () ->
                                    fixed.isEmpty()
                                            ? numeric.post().add(0)
                                            : numeric.post().add(fixed.post(store, in, training)));
            NDArray sums =
                    Temporaries.freed(
                            x.getManager(),
                            () -> {
                                NDArray sum = post.sum(new int[] {2});
                                NDArray b = layer.get(layer.bias, store, x, training);
                                return b == null ? sum : sum.add(b);
                            });
            all.add(new KanTrace.LayerTrace(numeric, post, sums));
            level = combine(kan, store, sums, l, training);
        }
        return new KanTrace(all, level);
    }

    /** The features that are used. */
    private static NDArray select(Kan kan, NDArray x) {
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
    private static NDArray combine(
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
