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
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.ParameterStore;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import org.binaryops.gradient.Temporaries;

/**
 * The sign with the derivative of its Fourier series (Xu et al., "Learning Frequency Domain
 * Approximation for Binary Neural Networks" (FDA), NeurIPS 2021).
 *
 * <p>Forward sign(x), sign(0) = +1. Backward the derivative of the first n + 1 terms of the series
 * of a square wave with the angular frequency ω:
 *
 * <p>$$g(x) = \frac{4 \omega}{\pi} \sum_{i=0}^{n} \cos((2i+1) \omega x) = \frac{2 \omega}{\pi}
 * \frac{\sin(2(n+1) \omega x)}{\sin(\omega x)} \quad \text{for } |x| \le 1, \text{ else } 0$$
 *
 * <p>The number of terms grows with the progress p of training, $n(p) = 9 + \lfloor 9 p \rfloor$.
 * The default is the published ω = 0.1. With many terms the derivative is negative near |x| = 1,
 * where the partial sum rings.
 *
 * <p>The paper adds a small network η to the sign that models the remaining error and is faded out
 * during training ({@link #withNoise}). In training the values then are $\mathrm{sign}(x) +
 * \alpha(p) \, \eta(x)$, and the gradient of α η goes to x, besides g, and to the parameters of η.
 * At inference, and in training once α = 0, the values are those of the sign alone.
 */
public final class FourierSign extends SignQuantizer implements Annealed {

    private static final byte VERSION = 2;
    private static final int FIRST = 9;
    private static final int GROWTH = 9;

    private final double frequency;
    private final NoiseAdaptation noise;
    private double progress;

    /** Creates a quantizer with the published ω = 0.1. */
    public FourierSign() {
        this(0.1);
    }

    /**
     * Creates a quantizer.
     *
     * @param frequency ω, in (0, π/2): half a period reaches past the window |x| ≤ 1
     * @throws IllegalArgumentException if {@code frequency} is out of this range
     */
    public FourierSign(double frequency) {
        this(frequency, null);
    }

    /**
     * Creates a quantizer with a noise adaptation module.
     *
     * @param frequency ω, in (0, π/2)
     * @param noise a new module, owned by this quantizer and saved with it; {@code null} for none
     * @throws IllegalArgumentException if {@code frequency} is out of this range
     */
    @SuppressWarnings("this-escape")
    public FourierSign(double frequency, NoiseAdaptation noise) {
        super(VERSION);
        if (!(frequency > 0 && frequency < Math.PI / 2)) {
            throw new IllegalArgumentException(
                    "frequency must be in (0, pi/2), but was " + frequency + ".");
        }
        this.frequency = frequency;
        this.noise = noise == null ? null : addChildBlock("noise", noise);
    }

    /**
     * Creates a quantizer with the published ω = 0.1 and a noise adaptation module.
     *
     * @param noise a new module, owned by this quantizer and saved with it, as {@code
     *     NoiseAdaptation.forLinear()}
     * @return a new quantizer
     */
    public static FourierSign withNoise(NoiseAdaptation noise) {
        return new FourierSign(0.1, noise);
    }

    /** {@inheritDoc} */
    @Override
    public void setProgress(double progress) {
        this.progress = Progress.check(progress);
        if (noise != null) {
            noise.setProgress(progress);
        }
    }

    /**
     * Returns the noise adaptation module.
     *
     * @return the child block, or {@code null} if there is none
     */
    public NoiseAdaptation getNoise() {
        return noise;
    }

    /** {@inheritDoc} */
    @Override
    public NDArray quantize(ParameterStore store, NDArray x, boolean training) {
        double share = noise == null || !training ? 0 : noise.share();
        if (share == 0) {
            return super.quantize(store, x, training);
        }
        return Temporaries.freed(
                x.getManager(),
                () -> {
                    NDArray faded = noise.noise(store, x, true).mul(Temporaries.constant(x, share));
                    return super.quantize(store, x, true).add(faded);
                });
    }

    /**
     * Returns n, the index of the last term of the series, at the current progress.
     *
     * @return n, from 9 at the start to 18 at the end of training
     */
    public int lastTerm() {
        // The progress is a rounded quotient, e / E, and must not fall short of a whole number.
        return FIRST + (int) Math.floor(GROWTH * progress + 1e-9);
    }

    /** {@inheritDoc} */
    @Override
    public NDArray derivative(NDArray x) {
        double multiple = 2.0 * (lastTerm() + 1);
        return Temporaries.freed(
                x.getManager(),
                () -> {
                    // The quotient has its limit, not 0 / 0, at the origin.
                    NDArray angle = x.abs().clip(nearZero(x.getDataType()), 1).muli(frequency);
                    NDArray sum = angle.mul(multiple).sin().divi(angle.sin());
                    return sum.muli(2 * frequency / Math.PI).muli(window(x, 1));
                });
    }

    /** So small that the quotient is that at 0, so large that its terms are normal numbers. */
    private static double nearZero(DataType type) {
        return type == DataType.FLOAT16 ? 1e-2 : 1e-7;
    }

    /** {@inheritDoc} */
    @Override
    protected void initializeChildBlocks(
            NDManager manager, DataType dataType, Shape... inputShapes) {
        if (noise != null) {
            noise.initialize(manager, dataType, inputShapes);
        }
    }

    /** {@inheritDoc} */
    @Override
    protected void saveMetadata(DataOutputStream os) throws IOException {
        super.saveMetadata(os);
        os.writeDouble(progress);
        os.writeBoolean(noise != null);
    }

    /** {@inheritDoc} */
    @Override
    protected void loadMetadata(byte loadVersion, DataInputStream is)
            throws IOException, MalformedModelException {
        // Version 1 knew no noise.
        super.loadMetadata(loadVersion == 1 ? VERSION : loadVersion, is);
        progress = Progress.read(is, "FourierSign");
        boolean saved = loadVersion != 1 && is.readBoolean();
        if (saved != (noise != null)) {
            throw new MalformedModelException(
                    saved
                            ? "FourierSign: the file has a noise adaptation module, but this"
                                    + " quantizer has none"
                            : "FourierSign: this quantizer has a noise adaptation module, but the"
                                    + " file has none");
        }
    }
}
