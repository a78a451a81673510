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

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.training.loss.Loss;
import org.binaryops.gradient.Temporaries;

/**
 * The mean of the squared errors, over all elements of the batch:
 *
 * <p>$$L = \frac{1}{N} \sum_i (\hat y_i - y_i)^2$$
 *
 * <p>It stands in for DJL's {@link ai.djl.training.loss.L2Loss}, which is half of it: that one
 * keeps its factor ½ in a buffer of the JVM on the CPU, and a garbage collection between the
 * forward and the backward pass may free it, which silently makes the gradients garbage (DJL
 * 0.35.1, see {@link Temporaries#constant}). This loss has no factor, and leaves nothing on the
 * label's manager.
 *
 * <p>The labels may have any shape with as many elements as the predictions; both must have the
 * same type.
 */
public final class MeanSquaredError extends Loss {

    /** Creates a loss with the name "MeanSquaredError". */
    public MeanSquaredError() {
        this("MeanSquaredError");
    }

    /**
     * Creates a loss.
     *
     * @param name the name under which metrics report it
     */
    public MeanSquaredError(String name) {
        super(name);
    }

    /**
     * Computes the loss.
     *
     * @param labels one array, y
     * @param predictions one array, ŷ
     * @return a new scalar on the manager of the prediction
     * @throws IllegalArgumentException if the numbers of elements differ
     */
    @Override
    public NDArray evaluate(NDList labels, NDList predictions) {
        NDArray wanted = labels.singletonOrThrow();
        NDArray got = predictions.singletonOrThrow();
        if (wanted.size() != got.size()) {
            throw new IllegalArgumentException(
                    String.format(
                            "labels must have as many elements as predictions of shape %s, but"
                                    + " have the shape %s.",
                            got.getShape(), wanted.getShape()));
        }
        return Temporaries.freed(
                got.getManager(), () -> got.sub(wanted.reshape(got.getShape())).square().mean());
    }
}
