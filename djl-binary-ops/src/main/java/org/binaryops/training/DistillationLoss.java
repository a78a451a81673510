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
import java.util.LinkedHashMap;
import java.util.Map;
import org.binaryops.gradient.Temporaries;

/**
 * The loss of a task together with losses towards a teacher: L = λ₀ L<sub>task</sub> + Σ
 * λ<sub>i</sub> L<sub>i</sub>.
 *
 * <pre>{@code
 * Loss loss =
 *         new DistillationLoss(Loss.softmaxCrossEntropyLoss(), 0.5)
 *                 .plus(new DistributionLoss(), 0.5);
 * Dataset lessons = new DistillationDataset(images, teacher);
 * }</pre>
 *
 * <p>The task's loss gets the labels of the task and the first prediction, the logits; the others
 * get everything. Validation sets need the teacher too, since DJL evaluates the loss on them.
 */
public final class DistillationLoss extends Loss {

    private final Loss task;
    private final double taskWeight;
    private final Map<Loss, Double> others = new LinkedHashMap<>();

    /**
     * Creates a loss that has only the task so far.
     *
     * @param task L<sub>task</sub>
     * @param taskWeight λ₀
     */
    public DistillationLoss(Loss task, double taskWeight) {
        super("DistillationLoss");
        this.task = task;
        this.taskWeight = taskWeight;
    }

    /**
     * Adds a loss towards the teacher.
     *
     * @param loss L<sub>i</sub>, as {@link DistributionLoss} or {@link HiddenStateLoss}
     * @param weight λ<sub>i</sub>
     * @return this loss
     */
    public DistillationLoss plus(Loss loss, double weight) {
        others.put(loss, weight);
        return this;
    }

    /** {@inheritDoc} */
    @Override
    public NDArray evaluate(NDList labels, NDList predictions) {
        NDArray logits = predictions.head();
        NDList taskLabels = Distillation.task(labels, predictions);
        return Temporaries.freed(
                logits.getManager(),
                () -> {
                    NDArray sum =
                            weighted(task.evaluate(taskLabels, new NDList(logits)), taskWeight);
                    for (Map.Entry<Loss, Double> other : others.entrySet()) {
                        NDArray loss = other.getKey().evaluate(labels, predictions);
                        sum = sum.add(weighted(loss, other.getValue()));
                    }
                    return sum;
                });
    }

    private static NDArray weighted(NDArray loss, double weight) {
        return loss.mul(Temporaries.constant(loss, weight));
    }
}
