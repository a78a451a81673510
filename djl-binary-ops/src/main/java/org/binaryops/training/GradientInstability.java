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
import ai.djl.nn.Parameter;
import ai.djl.training.Trainer;

/**
 * Records the gradient instability of Wu et al. ("Estimator Meets Equilibrium Perspective" (ReSTE),
 * ICCV 2023): s = Σ Var(|g|) over the trained parameters of the model with two elements or more,
 * where g is the gradient of the loss for one batch and the variance (unbiased) is over the
 * elements of the parameter. The larger it is, the less stable is the training.
 *
 * <p>It is taken after the backward pass, before the step; on several devices for the batch of the
 * model's own. Listeners that complete gradients ({@link GradientCuts}) must be added before. The
 * metric is called {@link #NAME}; the trainer must have metrics ({@code trainer.setMetrics(new
 * Metrics())}).
 */
public final class GradientInstability extends PeriodicMetric {

    /** The name of the metric. */
    public static final String NAME = "gradient_instability";

    /**
     * Creates a listener that records the instability every few batches.
     *
     * @param batches the number of batches, positive
     * @throws IllegalArgumentException if the number is not positive
     */
    public GradientInstability(int batches) {
        super(NAME, batches);
    }

    @Override
    NDArray measure(Trainer trainer) {
        NDArray sum = null;
        for (Parameter parameter : trainer.getModel().getBlock().getParameters().values()) {
            if (parameter.requiresGradient() && parameter.getShape().size() > 1) {
                NDArray g = parameter.getArray().getGradient();
                NDArray variance = Indicators.varianceOfMagnitude(g);
                sum = sum == null ? variance : sum.add(variance);
            }
        }
        return sum;
    }
}
