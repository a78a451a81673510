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
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.DataType;
import ai.djl.training.listener.TrainingListener;
import org.binaryops.gradient.DifferentiableFunction;
import org.binaryops.quantizer.BiPer;
import org.binaryops.quantizer.SignQuantizer;

/**
 * The two indicators by which Wu et al. ("Estimator Meets Equilibrium Perspective" (ReSTE), ICCV
 * 2023) weigh estimators of the sign, of one estimator on a sample: a close estimate of the sign
 * has unstable gradients.
 *
 * <p>On a sample of N(0, 1) they are a static stand-in for what {@link EstimatingError} and {@link
 * GradientInstability} measure in a training:
 *
 * <pre>{@code
 * Indicators.of(new ApproxSign(), manager.randomNormal(new Shape(1_000_000)))
 *         .rootMeanSquareError(); // 0.396
 * }</pre>
 *
 * @param error the estimating error e = ‖sign(z) − f(z)‖₂ over the sample z, with the smooth
 *     function f of {@link SmoothedSign} and sign(0) = +1 (a zero adds 1 to e², in the authors'
 *     code nothing)
 * @param instability s = Var(|g(z)|), the unbiased variance of the gradient's magnitude over the
 *     sample for an upstream gradient of 1
 * @param count n, the number of elements of the sample
 */
public record Indicators(double error, double instability, long count) {

    /**
     * Computes the indicators of an estimator at its present progress.
     *
     * @param estimator an estimator of the sign
     * @param sample the arguments z, of any shape with two elements or more
     * @return the indicators
     * @throws IllegalArgumentException if the sample has fewer than two elements
     */
    public static Indicators of(DifferentiableFunction estimator, NDArray sample) {
        if (sample.size() < 2) {
            throw new IllegalArgumentException(
                    "The sample must have two elements or more, but has shape "
                            + sample.getShape()
                            + ".");
        }
        try (NDScope scope = new NDScope()) {
            scope.suppressNotUsedWarning();
            NDArray z = sample.stopGradient();
            return new Indicators(
                    scalar(error(estimator, SmoothedSign.of(estimator), z)),
                    scalar(varianceOfMagnitude(estimator.derivative(z))),
                    sample.size());
        }
    }

    /**
     * Returns the estimating error for one element, which does not depend on the sample's size.
     *
     * @return e / √n
     */
    public double rootMeanSquareError() {
        return error / Math.sqrt(count);
    }

    /**
     * Creates the listeners that record all indicators of a training: {@link FlipRatio}, {@link
     * EstimatingError} and {@link GradientInstability}.
     *
     * <pre>{@code
     * new DefaultTrainingConfig(loss).addTrainingListeners(Indicators.listeners(50));
     * }</pre>
     *
     * @param batches after how many batches each indicator is recorded, positive
     * @return three new listeners
     * @throws IllegalArgumentException if the number is not positive
     */
    public static TrainingListener[] listeners(int batches) {
        return new TrainingListener[] {
            new FlipRatio(batches), new EstimatingError(batches), new GradientInstability(batches)
        };
    }

    /** ‖sign(z) − f(z)‖₂, a scalar. */
    static NDArray error(DifferentiableFunction estimator, SmoothedSign smooth, NDArray z) {
        NDArray f = smooth.value(z);
        NDArray sign = SignQuantizer.sign(estimator instanceof BiPer ? f : z);
        return sign.subi(f).square().sum().sqrt();
    }

    /** Var(|g|) over all elements, unbiased; a scalar. */
    static NDArray varianceOfMagnitude(NDArray g) {
        NDArray magnitude = g.abs();
        NDArray centred = magnitude.sub(magnitude.mean());
        return centred.square().sum().divi(g.size() - 1);
    }

    static double scalar(NDArray array) {
        return array.toType(DataType.FLOAT64, false).getDouble();
    }
}
