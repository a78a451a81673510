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

import ai.djl.Model;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import java.util.IdentityHashMap;
import java.util.Map;

/** A copy of the parameters of the best epoch so far, on their device. */
final class BestWeights implements AutoCloseable {

    private final NDManager manager;
    private final Map<Parameter, NDArray> copies = new IdentityHashMap<>();
    private int epoch;
    private double score;

    BestWeights(Model model) {
        manager = model.getNDManager().newSubManager();
    }

    /** Keeps the parameters if the score is the highest so far; NaN is never kept. */
    void offer(Block block, int epoch, double score) {
        if (Double.isNaN(score) || !copies.isEmpty() && score <= this.score) {
            return;
        }
        this.epoch = epoch;
        this.score = score;
        for (Parameter parameter : block.getParameters().values()) {
            try (NDArray view = parameter.getArray().stopGradient()) {
                NDArray copy = view.duplicate();
                copy.attach(manager);
                NDArray old = copies.put(parameter, copy);
                if (old != null) {
                    old.close();
                }
            }
        }
    }

    /** The epoch whose parameters are kept. */
    int epoch() {
        return epoch;
    }

    /** Puts the parameters back; returns whether there were any. */
    boolean restore() {
        copies.forEach((p, copy) -> LiveWeights.overwrite(p.getArray(), w -> copy));
        return !copies.isEmpty();
    }

    @Override
    public void close() {
        manager.close();
    }
}
