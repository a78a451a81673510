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
package org.binaryops.quantizer;

import ai.djl.MalformedModelException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import org.binaryops.gradient.Temporaries;

/**
 * The sign with the rectified straight-through estimator (Wu et al., "Estimator Meets Equilibrium
 * Perspective", ICCV 2023).
 *
 * <p>Forward sign(x), sign(0) = +1. Backward the derivative of $f(x) = \mathrm{sign}(x) |x|^{1/o}$,
 * made finite near 0 and cut off far from it:
 *
 * <p>$$g(x) = \begin{cases} 0 &amp; |x| > t \\ \frac1o |x|^{(1-o)/o} &amp; m &lt; |x| \le t \\
 * m^{1/o} / m &amp; |x| \le m \end{cases}$$
 *
 * <p>The power o grows with the progress p of training, from the identity estimator (o = 1) towards
 * the sign: $o(p) = 1 + (1 - \cos(\pi p / 2)) (o_{end} - 1)$. Defaults as published: o_end = 3, t =
 * 1.5, m = 0.1. The paper's layers scale the output by the mean |w| of the layer ({@code
 * WeightScale.LAYER_MEAN}).
 */
public final class ReSte extends SignQuantizer implements Annealed {

    private static final byte VERSION = 1;

    private final double endPower;
    private final double threshold;
    private final double interval;
    private double progress;

    /** Creates a quantizer with the published settings: o_end = 3, t = 1.5, m = 0.1. */
    public ReSte() {
        this(3, 1.5, 0.1);
    }

    /**
     * Creates a quantizer.
     *
     * @param endPower o_end, the power at the end of training, at least 1
     * @param threshold t, the largest |x| that passes a gradient, positive; the bound is inclusive
     * @param interval m, the half-width of the interval round 0 where the derivative is replaced by
     *     a difference quotient, in (0, t]
     * @throws IllegalArgumentException if an argument is out of its range
     */
    public ReSte(double endPower, double threshold, double interval) {
        super(VERSION);
        if (!(endPower >= 1 && endPower < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException(
                    "endPower must be a finite number of at least 1, but was " + endPower + ".");
        }
        if (!(threshold > 0)) {
            throw new IllegalArgumentException(
                    "threshold must be positive, but was " + threshold + ".");
        }
        if (!(interval > 0 && interval <= threshold)) {
            throw new IllegalArgumentException(
                    String.format(
                            "interval must be in (0, threshold = %s], but was %s.",
                            threshold, interval));
        }
        this.endPower = endPower;
        this.threshold = threshold;
        this.interval = interval;
    }

    /** {@inheritDoc} */
    @Override
    public void setProgress(double progress) {
        this.progress = Progress.check(progress);
    }

    /**
     * Returns the power o at the current progress.
     *
     * @return o, from 1 at the start to {@code endPower} at the end of training
     */
    public double power() {
        return 1 + (1 - Math.cos(Math.PI / 2 * progress)) * (endPower - 1);
    }

    /** {@inheritDoc} */
    @Override
    public NDArray derivative(NDArray x) {
        double o = power();
        double exponent = (1 - o) / o;
        double flat = Math.pow(interval, 1 / o) / interval;
        return Temporaries.freed(
                x.getManager(),
                () -> {
                    if (o == 1) {
                        return window(x, threshold);
                    }
                    NDArray magnitude = x.stopGradient().abs();
                    // An exponential is several times faster than DJL's pow.
                    NDArray curve = magnitude.log().muli(exponent).subi(Math.log(o)).exp();
                    NDArray factor =
                            NDArrays.where(
                                    magnitude.gt(interval), curve, Temporaries.constant(x, flat));
                    return factor.muli(inside(magnitude, threshold));
                });
    }

    /** {@inheritDoc} */
    @Override
    protected void saveMetadata(DataOutputStream os) throws IOException {
        super.saveMetadata(os);
        os.writeDouble(progress);
    }

    /** {@inheritDoc} */
    @Override
    protected void loadMetadata(byte loadVersion, DataInputStream is)
            throws IOException, MalformedModelException {
        super.loadMetadata(loadVersion, is);
        progress = Progress.read(is, "ReSte");
    }
}
