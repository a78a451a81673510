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
package org.binaryops.kan.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.training.ParameterStore;
import ai.djl.training.loss.Loss;
import java.util.Objects;
import org.binaryops.gradient.Temporaries;
import org.binaryops.kan.Kan;
import org.binaryops.kan.KanTrace;

/**
 * A loss plus the sparsifying penalties of a network, for DJL's trainers: L = L<sub>task</sub> +
 * R(network).
 *
 * <p>The penalties use the arrays of the network itself; in a training on several devices they are
 * added on the network's own device only.
 */
public final class KanLoss extends Loss {

    private final Loss task;
    private final Kan kan;
    private final KanRegularizer regularizer;
    private final NDArray samples;
    private final WeightPenalty weightPenalty;

    private KanLoss(
            Loss task,
            Kan kan,
            KanRegularizer regularizer,
            NDArray samples,
            WeightPenalty weightPenalty) {
        super(task.getName());
        this.task = task;
        this.kan = Objects.requireNonNull(kan, "kan");
        this.regularizer = regularizer;
        this.samples = samples;
        this.weightPenalty = weightPenalty;
    }

    /**
     * Creates a loss with pykan's penalty. A loss does not see the inputs of a batch, so that the
     * penalty looks at samples of its own.
     *
     * @param task L<sub>task</sub>
     * @param kan the network
     * @param regularizer the penalty
     * @param samples what the activity of edges is measured on, [samples, features]; a few hundred
     *     will do, and they must stay open
     * @return a new loss
     */
    public static KanLoss of(Loss task, Kan kan, KanRegularizer regularizer, NDArray samples) {
        Objects.requireNonNull(samples, "samples");
        return new KanLoss(task, kan, regularizer, samples, null);
    }

    /**
     * Creates a loss with the penalty that looks at weights only.
     *
     * @param task L<sub>task</sub>
     * @param kan the network
     * @param penalty the penalty
     * @return a new loss
     */
    public static KanLoss of(Loss task, Kan kan, WeightPenalty penalty) {
        return new KanLoss(task, kan, null, null, Objects.requireNonNull(penalty, "penalty"));
    }

    /** {@inheritDoc} */
    @Override
    public NDArray evaluate(NDList labels, NDList predictions) {
        NDArray output = predictions.head();
        return Temporaries.freed(
                output.getManager(),
                () -> {
                    NDArray sum = task.evaluate(labels, predictions);
                    NDArray own = kan.getLayers().get(0).getParameters().valueAt(0).getArray();
                    if (!own.getDevice().equals(output.getDevice())) {
                        return sum;
                    }
                    if (weightPenalty != null) {
                        return sum.add(weightPenalty.penalty(kan));
                    }
                    ParameterStore store = new ParameterStore(output.getManager(), false);
                    NDArray x = samples.stopGradient();
                    KanTrace trace = kan.trace(store, x, true);
                    return sum.add(regularizer.penalty(kan, trace));
                });
    }
}
