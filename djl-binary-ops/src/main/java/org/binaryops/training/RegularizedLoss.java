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
import ai.djl.nn.Block;
import ai.djl.training.loss.Loss;
import org.binaryops.gradient.Temporaries;

/**
 * A loss plus the penalties of the quantized weights of a network: L = L<sub>task</sub> +
 * Σ<sub>layers</sub> R(w).
 *
 * <pre>{@code
 * Loss loss =
 *         new RegularizedLoss(
 *                 Loss.softmaxCrossEntropyLoss(), net, new PeriodicRegularizer(0.037));
 * }</pre>
 *
 * <p>The penalties use the arrays of the model itself. In a training on several devices they are
 * added once, on the model's own device.
 */
public final class RegularizedLoss extends Loss {

    private final Loss task;
    private final Block block;
    private final WeightRegularizer regularizer;

    /**
     * Creates a loss, under the name of the task's loss.
     *
     * @param task L<sub>task</sub>
     * @param block the network whose quantized weights are penalised
     * @param regularizer R
     */
    public RegularizedLoss(Loss task, Block block, WeightRegularizer regularizer) {
        super(task.getName());
        this.task = task;
        this.block = block;
        this.regularizer = regularizer;
    }

    /** {@inheritDoc} */
    @Override
    public NDArray evaluate(NDList labels, NDList predictions) {
        return Temporaries.freed(
                predictions.head().getManager(),
                () -> {
                    NDArray sum = task.evaluate(labels, predictions);
                    for (QuantizedWeight weight : QuantizedWeight.all(block)) {
                        NDArray live = weight.parameter().getArray();
                        if (live.getDevice().equals(sum.getDevice())) {
                            NDArray penalty = regularizer.penalty(live, weight.quantizer());
                            sum = penalty == null ? sum : sum.add(penalty);
                        }
                    }
                    return sum;
                });
    }
}
