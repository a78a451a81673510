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
import org.binaryops.gradient.DifferentiableFunction;

/**
 * The smooth function f whose derivative an estimator uses in place of that of the sign.
 *
 * <p>It measures how far the backward pass is from the forward pass: the estimating error of Wu et
 * al. ("Estimator Meets Equilibrium Perspective", ICCV 2023) is ‖sign(z) − f(z)‖₂.
 */
@FunctionalInterface
public interface SmoothedSign {

    /**
     * Computes the smooth function.
     *
     * @param x the argument, of any shape, without a gradient
     * @return f(x), a new array of the same shape on the manager of {@code x}
     */
    NDArray value(NDArray x);

    /**
     * Returns the smooth function of an estimator. It follows the estimator: an annealed one is
     * evaluated at the progress that it has when {@link #value} is called.
     *
     * <p>The functions are those of the papers:
     *
     * <ul>
     *   <li>straight-through with window w: clip(x, −w, w); without a window: x
     *   <li>ApproxSign: $2x + x^2$ on [−1, 0), $2x - x^2$ on [0, 1), ±1 beyond
     *   <li>ReSTE: $\mathrm{sign}(x) |x|^{1/o}$. Its derivative is the estimator between the bounds
     *       m and t; the rectification inside m and the cut beyond t belong to the backward pass
     *   <li>EDE: $k \tanh(t x)$
     *   <li>FDA: $\frac{4}{\pi} \sum_{i=0}^{n} \frac{\sin((2i+1) \omega x)}{2i+1}$; its derivative
     *       is the estimator inside the window |x| ≤ 1, beyond which the backward pass has 0
     *   <li>SwishSign: $2 \sigma(\beta x)(1 + \beta x (1 - \sigma(\beta x))) - 1$
     *   <li>BiPer: sin(ωx), which stands for sign(sin(ωx))
     *   <li>any other: $\int_0^x g(u) \, du$ by the midpoint rule with 256 points, whose error is
     *       at most |x| / 512 for each unit that g jumps inside (0, x)
     * </ul>
     *
     * @param estimator the estimator
     * @return its smooth function
     */
    static SmoothedSign of(DifferentiableFunction estimator) {
        return SmoothedSigns.of(estimator);
    }
}
