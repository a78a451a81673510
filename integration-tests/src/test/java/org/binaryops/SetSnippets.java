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
package org.binaryops;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.ParameterStore;
import org.binaryops.graph.GraphBatch;
import org.binaryops.graph.MpnnLayer;
import org.binaryops.monoid.LcmAggregator;
import org.binaryops.monoid.Segments;
import org.binaryops.monoid.TreeReduction;

/** The README's snippet about sets; {@link ReadmeTest} runs it and compares its text. */
final class SetSnippets {

    private SetSnippets() {}

    static Shape[] sets(NDManager manager) {
        ParameterStore store = new ParameterStore(manager, false);
        LcmAggregator lcm = LcmAggregator.builder().optAssociativityWeight(0.1).build();
        lcm.initialize(manager, DataType.FLOAT32, new Shape(1, 1, 16));

        Segments sets = Segments.ofLengths(5, 0, 1000); // three sets in one array, no padding
        NDArray elements = manager.randomNormal(new Shape(1005, 16));
        NDArray summaries = lcm.aggregate(store, elements, sets, false); // (3, 16)
        NDArray prefixes = TreeReduction.scan(lcm.getOperator(), store, elements, sets, false);

        // The same aggregators collect messages of neighbours and read whole graphs out.
        GraphBatch graph = GraphBatch.undirected(4, new int[] {0, 1, 2}, new int[] {1, 2, 3});
        MpnnLayer layer = new MpnnLayer(16, LcmAggregator.builder().build());
        layer.initialize(manager, DataType.FLOAT32, new Shape(1, 16));
        NDArray nodes = layer.apply(store, manager.randomNormal(new Shape(4, 16)), graph, false);
        NDArray whole = lcm.aggregate(store, nodes, graph.graphs(), false); // (1, 16)
        return new Shape[] {summaries.getShape(), prefixes.getShape(), whole.getShape()};
    }
}
