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
import ai.djl.ndarray.NDList;
import java.util.List;

/**
 * Everything that happens in a network for a batch: what regularizers, attribution and pictures are
 * made of. The arrays carry gradients if the pass that made them did.
 *
 * @param layers the layers in their order
 * @param output the output of the network, [samples, outputs]
 */
public record KanTrace(List<LayerTrace> layers, NDArray output) implements AutoCloseable {

    /**
     * One layer.
     *
     * @param numeric the edges made of splines; where an edge is fixed to a function it is 0 here
     * @param post the values at the far ends of all edges, fixed ones too, [samples, subnodes,
     *     inputs]
     * @param sums what the subnodes add up to, before their affine maps, [samples, subnodes]
     */
    public record LayerTrace(EdgeActivations numeric, NDArray post, NDArray sums) {

        /**
         * Returns the input of the layer.
         *
         * @return the values of the nodes that the edges leave, [samples, inputs]
         */
        public NDArray input() {
            return numeric.input();
        }
    }

    /** Frees all arrays but the output of the network and the input of the first layer. */
    @Override
    public void close() {
        NDList all = new NDList();
        for (int l = 0; l < layers.size(); ++l) {
            LayerTrace layer = layers.get(l);
            if (l > 0) {
                all.add(layer.input());
            }
            layer.numeric().close();
            layer.post().close();
            layer.sums().close();
        }
        all.close();
    }
}
