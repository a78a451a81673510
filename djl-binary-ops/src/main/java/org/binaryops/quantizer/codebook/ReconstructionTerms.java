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
package org.binaryops.quantizer.codebook;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDScope;
import ai.djl.nn.Block;
import java.util.ArrayDeque;
import java.util.Queue;

/** The roots of backward passes that a codebook has made and that no loss has taken yet. */
final class ReconstructionTerms {

    private static final int MOST = 64;

    private final Queue<NDArray> pending = new ArrayDeque<>();

    /** Keeps a term until a loss takes it; its manager owns it, not the scope of the pass. */
    synchronized void keep(NDArray term) {
        if (pending.size() >= MOST || pending.stream().anyMatch(NDArray::isReleased)) {
            pending.clear();
            throw new IllegalStateException(
                    "The reconstruction terms of an earlier training pass of this Codebook never"
                            + " reached a loss: wrap the loss of the training in a"
                            + " ReconstructionLoss, or use Objective.BASE.");
        }
        NDScope.unregister(term);
        pending.add(term);
    }

    /** Adds the terms on the device of a loss to it, and forgets them. */
    synchronized NDArray addTo(NDArray loss) {
        NDArray total = loss;
        for (int i = pending.size(); i > 0; --i) {
            NDArray term = pending.remove();
            if (term.getDevice().equals(loss.getDevice())) {
                total = total.add(term);
                term.close();
            } else {
                pending.add(term);
            }
        }
        return total;
    }

    /** Adds the terms of all codebooks below a block. */
    static NDArray addAll(Block block, NDArray loss) {
        NDArray total = block instanceof Codebook codebook ? codebook.addTermsTo(loss) : loss;
        for (Block child : block.getChildren().values()) {
            total = addAll(child, total);
        }
        return total;
    }
}
