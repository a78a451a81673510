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
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import org.binaryops.gradient.Temporaries;

/**
 * The sign with the error decay estimator, EDE (Qin et al., "Forward and Backward Information
 * Retention for Accurate Binary Neural Networks" (IR-Net), CVPR 2020).
 *
 * <p>Forward sign(x), sign(0) = +1. Backward the derivative of $k \tanh(t x)$:
 *
 * <p>$$g(x) = k t (1 - \tanh^2(t x)), \quad k = \max(1/t, 1)$$
 *
 * <p>The steepness t grows with the progress p of training, $t(p) = t_{min} (t_{max} / t_{min})^p$,
 * from nearly the identity to nearly the sign. Defaults as published: t from 10⁻³ to 10. The paper
 * uses this estimator for activations and, after standardising them, for weights ({@link
 * IrNetWeight}).
 */
public final class ErrorDecayEstimator extends SignQuantizer implements Annealed {

    private static final byte VERSION = 1;

    private final double start;
    private final double end;
    private double progress;

    /** Creates a quantizer with the published settings, t from 10⁻³ to 10. */
    public ErrorDecayEstimator() {
        this(1e-3, 10);
    }

    /**
     * Creates a quantizer.
     *
     * @param start t at the start of training, positive
     * @param end t at the end of training, at least {@code start}
     * @throws IllegalArgumentException if an argument is out of its range
     */
    public ErrorDecayEstimator(double start, double end) {
        super(VERSION);
        if (!(start > 0)) {
            throw new IllegalArgumentException("start must be positive, but was " + start + ".");
        }
        if (!(end >= start && end < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException(
                    String.format(
                            "end must be finite and at least start = %s, but was %s.", start, end));
        }
        this.start = start;
        this.end = end;
    }

    /** {@inheritDoc} */
    @Override
    public void setProgress(double progress) {
        this.progress = Progress.check(progress);
    }

    /**
     * Returns the steepness t at the current progress.
     *
     * @return t
     */
    public double steepness() {
        return start * Math.pow(end / start, progress);
    }

    /** {@inheritDoc} */
    @Override
    public NDArray derivative(NDArray x) {
        double t = steepness();
        double height = Math.max(1 / t, 1) * t;
        return Temporaries.freed(
                x.getManager(), () -> x.mul(t).tanh().square().muli(-height).addi(height));
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
        progress = Progress.read(is, "ErrorDecayEstimator");
    }
}
