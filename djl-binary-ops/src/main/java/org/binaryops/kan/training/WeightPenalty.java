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
import org.binaryops.gradient.Temporaries;
import org.binaryops.kan.Kan;
import org.binaryops.kan.KanLinear;

/**
 * The cheap penalty of efficient-kan, which looks at weights instead of samples: with u_ji = mean_m
 * |c_jim| for each edge, λ₁ Σ u + λ_H (−Σ p ln p), p = u / Σ u, summed over the layers.
 *
 * <p>It costs no memory for activations, and is not the penalty of the paper: an edge whose inputs
 * never vary is penalised as much as one that does everything.
 *
 * @param l1 λ₁, not negative
 * @param entropy λ_H, not negative
 */
public record WeightPenalty(double l1, double entropy) {

    /**
     * Creates a penalty.
     *
     * @param l1 λ₁
     * @param entropy λ_H
     * @throws IllegalArgumentException if a weight is negative or not finite
     */
    public WeightPenalty {
        if (!(l1 >= 0) || !(entropy >= 0) || !Double.isFinite(l1 + entropy)) {
            throw new IllegalArgumentException(
                    String.format(
                            "The weights must be finite and not negative, but were %s and %s.",
                            l1, entropy));
        }
    }

    /**
     * Computes the penalty.
     *
     * @param kan the network
     * @return a new scalar with the gradient to the coefficients, on their manager
     */
    public NDArray penalty(Kan kan) {
        NDArray like = coefficients(kan.getLayers().get(0));
        return Temporaries.freed(
                like.getManager(),
                () -> {
                    NDArray sum = Temporaries.constant(like, 0);
                    for (KanLinear layer : kan.getLayers()) {
                        sum = sum.add(ofLayer(coefficients(layer)));
                    }
                    return sum;
                });
    }

    private NDArray ofLayer(NDArray c) {
        NDArray u = c.abs().mean(new int[] {2});
        NDArray whole = u.sum();
        // Far below rounding, and keeps ln 0 away.
        NDArray tiny = Temporaries.constant(c, 1e-30);
        NDArray p = u.div(whole.add(tiny));
        NDArray h = p.mul(p.add(tiny).log()).sum();
        return whole.mul(Temporaries.constant(c, l1)).sub(h.mul(Temporaries.constant(c, entropy)));
    }

    private static NDArray coefficients(KanLinear layer) {
        return layer.getDirectParameters().get("coefficients").getArray();
    }
}
