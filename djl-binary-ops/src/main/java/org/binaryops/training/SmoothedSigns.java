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
import ai.djl.ndarray.NDManager;
import java.util.function.Supplier;
import org.binaryops.gradient.DifferentiableFunction;
import org.binaryops.gradient.Temporaries;
import org.binaryops.quantizer.ApproxSign;
import org.binaryops.quantizer.BiPer;
import org.binaryops.quantizer.ErrorDecayEstimator;
import org.binaryops.quantizer.FourierSign;
import org.binaryops.quantizer.ReSte;
import org.binaryops.quantizer.StraightThroughSign;
import org.binaryops.quantizer.SwishSign;

/** The smooth functions of the estimators, and how their settings are found. */
final class SmoothedSigns {

    private static final int POINTS = 256;

    private SmoothedSigns() {}

    static SmoothedSign of(DifferentiableFunction estimator) {
        if (estimator instanceof StraightThroughSign) {
            return straightThrough(window(estimator));
        } else if (estimator instanceof ApproxSign) {
            return SmoothedSigns::parabola;
        } else if (estimator instanceof ReSte reSte) {
            return x -> freed(x, () -> x.sign().mul(x.abs().pow(1 / reSte.power())));
        } else if (estimator instanceof ErrorDecayEstimator ede) {
            return x -> {
                double t = ede.steepness();
                return freed(x, () -> x.mul(t).tanh().muli(Math.max(1 / t, 1)));
            };
        } else if (estimator instanceof FourierSign fourier) {
            // g(0) = 4ω/π · (n + 1).
            double omega = atZero(fourier) * Math.PI / (4 * (fourier.lastTerm() + 1));
            return x -> fourierSum(x, omega, fourier.lastTerm());
        } else if (estimator instanceof SwishSign) {
            return signSwish(atZero(estimator));
        } else if (estimator instanceof BiPer biPer) {
            return x -> freed(x, () -> x.mul(biPer.getFrequency()).sin());
        }
        return x -> integral(x, estimator);
    }

    private static NDArray freed(NDArray x, Supplier<NDArray> body) {
        return Temporaries.freed(x.getManager(), body);
    }

    private static SmoothedSign straightThrough(double window) {
        return x -> window == Double.POSITIVE_INFINITY ? x.duplicate() : x.clip(-window, window);
    }

    private static NDArray parabola(NDArray x) {
        return freed(
                x,
                () -> {
                    NDArray c = x.clip(-1, 1);
                    return c.abs().muli(-1).addi(2).muli(c);
                });
    }

    private static NDArray fourierSum(NDArray x, double omega, int last) {
        return freed(
                x,
                () -> {
                    NDArray sum = x.mul(omega).sin();
                    for (int k = 3; k <= 2 * last + 1; k += 2) {
                        sum.addi(x.mul(k * omega).sin().divi(k));
                    }
                    return sum.muli(4 / Math.PI);
                });
    }

    private static SmoothedSign signSwish(double beta) {
        return x ->
                freed(
                        x,
                        () -> {
                            NDArray u = x.mul(beta);
                            // σ(u) = (1 + tanh(u / 2)) / 2
                            NDArray sigma = u.mul(0.5).tanh().addi(1).muli(0.5);
                            NDArray rest = sigma.mul(-1).addi(1);
                            return u.muli(rest).addi(1).muli(sigma).muli(2).subi(1);
                        });
    }

    private static NDArray integral(NDArray x, DifferentiableFunction estimator) {
        return freed(
                x,
                () -> {
                    NDArray sum = x.zerosLike();
                    for (int i = 0; i < POINTS; ++i) {
                        try (NDArray point = x.mul((i + 0.5) / POINTS);
                                NDArray slope = estimator.derivative(point)) {
                            sum.addi(slope);
                        }
                    }
                    return sum.muli(x).divi(POINTS);
                });
    }

    /** The derivative at 0, from which a setting follows that the class does not tell. */
    private static double atZero(DifferentiableFunction estimator) {
        return derivatives(estimator, 0)[0];
    }

    /** The largest number whose derivative is not 0, found among all numbers of float64. */
    private static double window(DifferentiableFunction estimator) {
        if (derivatives(estimator, Double.MAX_VALUE)[0] != 0) {
            return Double.POSITIVE_INFINITY;
        }
        // The bits of positive numbers are in the order of the numbers.
        long inside = 0;
        long outside = Double.doubleToLongBits(Double.MAX_VALUE);
        while (outside - inside > 1) {
            int count = (int) Math.min(POINTS, outside - inside - 1);
            long step = (outside - inside) / (count + 1);
            double[] points = new double[count];
            for (int i = 0; i < count; ++i) {
                points[i] = Double.longBitsToDouble(inside + (i + 1) * step);
            }
            double[] slopes = derivatives(estimator, points);
            int passed = 0;
            while (passed < count && slopes[passed] != 0) {
                ++passed;
            }
            outside = passed < count ? inside + (passed + 1) * step : outside;
            inside += passed * step;
        }
        return Double.longBitsToDouble(inside);
    }

    private static double[] derivatives(DifferentiableFunction estimator, double... points) {
        try (NDManager manager = NDManager.newBaseManager()) {
            return estimator.derivative(manager.create(points)).toDoubleArray();
        }
    }
}
