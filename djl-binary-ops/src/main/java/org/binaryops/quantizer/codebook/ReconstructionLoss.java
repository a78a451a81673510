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
import ai.djl.ndarray.NDList;
import ai.djl.nn.Block;
import ai.djl.training.loss.Loss;
import org.binaryops.gradient.Temporaries;

/**
 * A loss that lets the codebooks of a network learn from reconstruction too.
 *
 * <p>Its value is that of the loss it wraps. Its backward pass adds the gradients that the {@link
 * Objective} of each codebook prescribes, for the training pass before it.
 *
 * <pre>{@code
 * new DefaultTrainingConfig(new ReconstructionLoss(net, Loss.softmaxCrossEntropyLoss()));
 * }</pre>
 */
public final class ReconstructionLoss extends Loss {

    private final Block net;
    private final Loss task;

    /**
     * Creates a loss.
     *
     * @param net the network whose codebooks learn, searched with all its descendants
     * @param task the loss of the task, whose name this one has
     */
    public ReconstructionLoss(Block net, Loss task) {
        super(task.getName());
        this.net = net;
        this.task = task;
    }

    /** {@inheritDoc} */
    @Override
    public NDArray evaluate(NDList labels, NDList predictions) {
        return add(net, task.evaluate(labels, predictions));
    }

    /**
     * Adds to a loss what codebooks learn from besides it: the terms of all training passes since
     * the last call, on the device of the loss; for training loops that have no {@link Loss}.
     *
     * @param net the network whose codebooks learn, searched with all its descendants
     * @param loss the loss of a training pass of that network, a scalar
     * @return a new array with the values of {@code loss}, attached to its manager, that carries
     *     the added gradients too
     * @throws IllegalArgumentException if {@code loss} is not a scalar
     */
    public static NDArray add(Block net, NDArray loss) {
        if (loss.size() != 1) {
            throw new IllegalArgumentException(
                    "loss must be a scalar, but has shape " + loss.getShape() + ".");
        }
        return Temporaries.freed(
                loss.getManager(), () -> ReconstructionTerms.addAll(net, loss.add(0)));
    }
}
