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
import ai.djl.training.ParameterStore;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import org.binaryops.gradient.CustomGradient;
import org.binaryops.gradient.Temporaries;

/**
 * The weight quantizer of Xu et al., "ReCU: Reviving the Dead Weights in Binary Neural Networks",
 * ICCV 2021.
 *
 * <p>Each output channel (first axis) is standardised, the weights far from 0 are clamped to the
 * quantiles ±Q of a Laplace distribution, and the sign is taken, with sign(0) = +1 (the authors'
 * code has 0 there):
 *
 * <p>$$w_1 = \frac{2 \sqrt 2 \, (w - \mathrm{mean}(w))}{\sqrt{\mathrm{var}(w) + 10^{-5}}}, \quad
 * Q_\tau = -\mathrm{mean}|w_1| \ln(2 - 2\tau), \quad w_q = \mathrm{sign}(\mathrm{clamp}(w_1,
 * -Q_\tau, Q_\tau))$$
 *
 * <p>with the unbiased variance of the channel and the mean |w₁| of the whole layer. Backward is
 * the identity through the sign, 1 where $|w_1| \le Q_\tau$ and else 0 through the clamp, none for
 * Q, and the true derivative through mean and variance. The clamp changes no sign: it stops the
 * gradient of the weights that would hardly ever flip.
 *
 * <p>The quantile τ grows with the progress p of training, $\tau(p) = A e^p + B$ with $A =
 * (\tau_{max} - \tau_{min}) / (e - 1)$ and $B = \tau_{min} - A$. Defaults as published: from 0.85
 * to 0.99. The paper's layers scale the output by a learned factor per channel ({@code
 * WeightScale.LEARNED}).
 *
 * <p>Shapes: any with two axes or more, as [units, features] or [filters, channels, height, width].
 */
public final class ReCuWeight extends Quantizer implements Annealed {

    private static final byte VERSION = 1;
    private static final double EPSILON = 1e-5;

    private final double start;
    private final double end;
    private double progress;

    /** Creates a quantizer with the published settings, τ from 0.85 to 0.99. */
    public ReCuWeight() {
        this(0.85, 0.99);
    }

    /**
     * Creates a quantizer.
     *
     * @param start τ at the start of training, in (0.5, 1)
     * @param end τ at the end of training, in (0.5, 1)
     * @throws IllegalArgumentException if an argument is out of its range
     */
    public ReCuWeight(double start, double end) {
        super(VERSION);
        this.start = check("start", start);
        this.end = check("end", end);
    }

    private static double check(String name, double tau) {
        if (!(tau > 0.5 && tau < 1)) {
            throw new IllegalArgumentException(name + " must be in (0.5, 1), but was " + tau + ".");
        }
        return tau;
    }

    /** {@inheritDoc} */
    @Override
    public void setProgress(double progress) {
        this.progress = Progress.check(progress);
    }

    /**
     * Returns the quantile τ at the current progress.
     *
     * @return τ
     */
    public double quantile() {
        double a = (end - start) / (Math.E - 1);
        return a * Math.exp(progress) + start - a;
    }

    /** {@inheritDoc} */
    @Override
    public NDArray quantize(ParameterStore store, NDArray x, boolean training) {
        double laplace = -Math.log(2 - 2 * quantile());
        return Temporaries.freed(
                x.getManager(),
                () -> {
                    NDArray centred = centred(x);
                    NDArray deviation = ChannelRows.variance(centred).add(EPSILON).sqrt();
                    NDArray factor = Temporaries.constant(x, 2 * Math.sqrt(2));
                    NDArray standard = centred.mul(factor).div(deviation);
                    NDArray magnitude = standard.stopGradient().abs();
                    NDArray bound = magnitude.mean().muli(laplace);
                    NDArray passed = bound.sub(magnitude).signi().addi(1).clip(0, 1);
                    return CustomGradient.of(standard, SignQuantizer.sign(standard), passed)
                            .reshape(x.getShape());
                });
    }

    /** {@inheritDoc} */
    @Override
    public NDArray quantizeFrozen(ParameterStore store, NDArray x) {
        return Temporaries.freed(
                x.getManager(),
                () -> SignQuantizer.sign(centred(x.stopGradient())).reshape(x.getShape()));
    }

    private static NDArray centred(NDArray w) {
        NDArray rows = ChannelRows.of(w, "ReCuWeight");
        return rows.sub(ChannelRows.mean(rows));
    }

    /** {@inheritDoc} */
    @Override
    public boolean isBinary() {
        return true;
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
        progress = Progress.read(is, "ReCuWeight");
    }
}
