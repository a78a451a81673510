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
import ai.djl.training.Trainer;
import java.util.IdentityHashMap;
import java.util.Map;
import org.binaryops.gradient.DifferentiableFunction;
import org.binaryops.quantizer.Quantizer;
import org.binaryops.quantizer.Staged;

/**
 * Records the estimating error of Wu et al. ("Estimator Meets Equilibrium Perspective" (ReSTE),
 * ICCV 2023) over the weights of a model: the sum over the binary layers of e = ‖sign(w) − f(w)‖₂,
 * with the smooth function f of the layer's estimator ({@link SmoothedSign}).
 *
 * <p>Layers count whose weight quantizer is an estimator itself (STE, ApproxSign, ReSTE, EDE, FDA,
 * SwishSign, BiPer); one that first standardises its weights is left out. An annealed estimator is
 * taken at its present progress (the authors take o<sub>end</sub> throughout). The metric is called
 * {@link #NAME}; the trainer must have metrics ({@code trainer.setMetrics(new Metrics())}).
 */
public final class EstimatingError extends PeriodicMetric {

    /** The name of the metric. */
    public static final String NAME = "estimating_error";

    private final Map<Quantizer, SmoothedSign> smooth = new IdentityHashMap<>();

    /** Creates a listener that records the error after each epoch. */
    public EstimatingError() {
        super(NAME);
    }

    /**
     * Creates a listener that records the error every few batches.
     *
     * @param batches the number of batches, positive
     * @throws IllegalArgumentException if the number is not positive
     */
    public EstimatingError(int batches) {
        super(NAME, batches);
    }

    @Override
    NDArray measure(Trainer trainer) {
        NDArray sum = null;
        for (QuantizedWeight weight : QuantizedWeight.binary(trainer.getModel().getBlock())) {
            Quantizer quantizer = Staged.inner(weight.quantizer());
            if (quantizer instanceof DifferentiableFunction estimator) {
                SmoothedSign f = smooth.computeIfAbsent(quantizer, q -> SmoothedSign.of(estimator));
                NDArray error = Indicators.error(estimator, f, weight.latent());
                sum = sum == null ? error : sum.add(error);
            }
        }
        return sum;
    }
}
