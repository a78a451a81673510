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
import org.binaryops.gradient.DifferentiableFunction;
import org.binaryops.gradient.Temporaries;

/**
 * The firing of spiking neurons: a quantizer of membrane potentials with the values 0 and 1.
 *
 * <p>Forward $S = 1\{V \ge V_{th}\}$, so that a potential at the threshold fires. The subclasses
 * differ only in the surrogate derivative ∂S/∂V. The dynamics of the potential (leak, reset) are
 * not part of a quantizer.
 */
public abstract class SpikeQuantizer extends Quantizer implements DifferentiableFunction {

    private final double threshold;

    /**
     * Creates a quantizer.
     *
     * @param version the version of the parameter encoding of the concrete class
     * @param threshold V_th, finite
     * @throws IllegalArgumentException if {@code threshold} is not finite
     */
    protected SpikeQuantizer(byte version, double threshold) {
        super(version);
        if (!Double.isFinite(threshold)) {
            throw new IllegalArgumentException(
                    "threshold must be finite, but was " + threshold + ".");
        }
        this.threshold = threshold;
    }

    /** {@inheritDoc} */
    @Override
    public final NDArray quantize(ParameterStore store, NDArray x, boolean training) {
        return CustomGradient.apply(x, this);
    }

    /** {@inheritDoc} */
    @Override
    public final NDArray quantizeFrozen(ParameterStore store, NDArray x) {
        return value(x);
    }

    /**
     * Computes the spikes.
     *
     * @param x the potentials V, of any shape
     * @return 1 where V ≥ V_th, else 0, in the data type of {@code x}
     */
    @Override
    public final NDArray value(NDArray x) {
        return Temporaries.freed(
                x.getManager(),
                () -> SignQuantizer.sign(x.stopGradient().sub(threshold)).addi(1).muli(0.5));
    }

    /** {@inheritDoc} */
    @Override
    public final boolean isBinary() {
        return false;
    }

    /** {@inheritDoc} */
    @Override
    public final int getBits() {
        return 1;
    }

    /**
     * Returns the threshold.
     *
     * @return V_th
     */
    public final double getThreshold() {
        return threshold;
    }

    /** {@inheritDoc} */
    @Override
    protected void saveMetadata(DataOutputStream os) throws IOException {
        super.saveMetadata(os);
        os.writeDouble(threshold);
    }

    /** {@inheritDoc} */
    @Override
    protected void loadMetadata(byte loadVersion, DataInputStream is)
            throws IOException, MalformedModelException {
        super.loadMetadata(loadVersion, is);
        requireSaved("the threshold " + threshold, "the threshold " + is.readDouble());
    }
}
