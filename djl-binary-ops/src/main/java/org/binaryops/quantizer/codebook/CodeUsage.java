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
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import ai.djl.training.initializer.Initializer;
import org.binaryops.gradient.Temporaries;

/**
 * How often the training passes of a codebook used each code, since its dead codes were last
 * replaced. The counts live on the device and are saved with the codebook.
 */
public final class CodeUsage {

    private final Parameter counts =
            Parameter.builder()
                    .setName("usage")
                    // A type that trainers never unfreeze.
                    .setType(Parameter.Type.RUNNING_MEAN)
                    .optRequiresGrad(false)
                    .optInitializer(Initializer.ZEROS)
                    .build();

    CodeUsage() {}

    Parameter parameter() {
        return counts;
    }

    /** Counts ids of shape [vectors, groups, k]. */
    synchronized void count(ParameterStore store, NDArray ids) {
        NDArray here = Temporaries.parameter(store, counts, ids, true);
        Shape shape = here.getShape();
        NDArray batch = CodeTable.count(ids, shape.get(1), here.getDataType());
        here.addi(batch);
        NDArray original = counts.getArray();
        if (original != here) {
            // On another device the store holds a copy, which nobody saves.
            original.addi(batch.toDevice(original.getDevice(), false));
        }
    }

    /**
     * Returns the counts.
     *
     * @return the live array, of shape [groups, C]; in float32 exact up to 2<sup>24</sup>
     */
    public NDArray getCounts() {
        return counts.getArray();
    }

    /**
     * Counts the codes in use.
     *
     * @param manager the manager of the result
     * @return the number of codes that were used at least once, of shape [groups]
     */
    public NDArray active(NDManager manager) {
        return Temporaries.freed(manager, () -> counts.getArray().minimum(1).sum(new int[] {1}));
    }

    /**
     * Computes the perplexity of the use of codes, the exponential of its entropy.
     *
     * @param manager the manager of the result
     * @return C where all codes are used equally, 1 where one code serves all or nothing was
     *     counted; of shape [groups]
     */
    public NDArray perplexity(NDManager manager) {
        return Temporaries.freed(
                manager,
                () -> {
                    NDArray array = counts.getArray();
                    NDArray share = array.div(array.sum(new int[] {1}, true).maximum(1));
                    return share.xlogy(share).sum(new int[] {1}).neg().exp();
                });
    }

    /** Starts to count anew. */
    public void reset() {
        counts.getArray().muli(0);
    }
}
