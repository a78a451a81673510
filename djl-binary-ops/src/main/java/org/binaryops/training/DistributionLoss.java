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
 * The distance of a student's distribution from a teacher's, the distributional loss of Liu et al.,
 * "ReActNet: Towards Precise Binary Neural Network with Generalized Activation Functions", ECCV
 * 2020:
 *
 * <p>$$L = -\frac{T^2}{n} \sum_{i=1}^{n} \sum_c p^{teacher}_{ic} \log p^{student}_{ic}, \quad p =
 * \mathrm{softmax}(z / T)$$
 *
 * <p>It is the Kullback–Leibler divergence KL(teacher ‖ student) plus the entropy of the teacher,
 * on which the student has no influence. The paper has T = 1; a higher temperature T shows more of
 * the teacher's small probabilities, and T² keeps the size of the gradient (Hinton et al., 2015).
 *
 * <p>The labels end with the teacher's outputs, as many as the student's, the first of which are
 * the logits; {@link DistillationDataset} puts them there.
 */
public final class DistributionLoss extends Loss {

    private final double temperature;

    /** Creates the loss of the paper, T = 1. */
    public DistributionLoss() {
        this(1);
    }

    /**
     * Creates a loss.
     *
     * @param temperature T, positive
     * @throws IllegalArgumentException if the temperature is not positive
     */
    public DistributionLoss(double temperature) {
        super("DistributionLoss");
        if (!(temperature > 0 && temperature < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException(
                    "temperature must be positive and finite, but was " + temperature + ".");
        }
        this.temperature = temperature;
    }

    /** {@inheritDoc} */
    @Override
    public NDArray evaluate(NDList labels, NDList predictions) {
        NDArray teacher = Distillation.teacher(labels, predictions, 0);
        NDArray student = predictions.head();
        return Temporaries.freed(
                student.getManager(),
                () -> {
                    int last = student.getShape().dimension() - 1;
                    NDArray p = teacher.stopGradient().div(temperature).softmax(last);
                    NDArray log = heated(student).logSoftmax(last);
                    NDArray mean = p.mul(log).sum(new int[] {last}).mean();
                    return mean.mul(Temporaries.constant(student, -temperature * temperature));
                });
    }

    private NDArray heated(NDArray logits) {
        return temperature == 1
                ? logits
                : logits.mul(Temporaries.constant(logits, 1 / temperature));
    }
}
