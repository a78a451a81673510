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
 * The periodic weight quantizer of Vargas et al., "BiPer: Binary Neural Networks using a Periodic
 * Function", CVPR 2024.
 *
 * <p>With the frequency ω, training has two stages:
 *
 * <ul>
 *   <li>stage 1 trains real-valued periodic weights, forward $\sin(\omega w)$;
 *   <li>stage 2 binarizes them, forward $\mathrm{sign}(\sin(\omega w))$ with sign(0) = +1.
 * </ul>
 *
 * <p>Backward is $g(w) = \omega \cos(\omega w)$ in both: the square wave is replaced by its first
 * harmonic. The paper's layers scale the output by a learned factor per channel ({@code
 * WeightScale.LEARNED}); its scripts use ω = 20, the default here.
 *
 * <p>The authors' loop for CIFAR-10 adds a penalty of the weights to the loss, {@link
 * #sineRegularizer}; their activations are quantized by {@link NormalizedSign}.
 *
 * <p>The stage is set by {@link #setStage}, or by the progress of training: a {@code BiPer} is in
 * stage 2 from the share {@code stageTwoFrom} on, by default 2/3 (the published CIFAR-10 recipe has
 * 600 and 300 epochs). The stage is saved with the block.
 */
public final class BiPer extends Quantizer implements Annealed, DifferentiableFunction {

    private static final byte VERSION = 2;

    /** The two stages of training. */
    public enum Stage {
        /** Real-valued weights sin(ωw). */
        PERIODIC,
        /** Binary weights sign(sin(ωw)). */
        BINARY
    }

    private final double frequency;
    private final double stageTwoFrom;
    private Stage stage = Stage.PERIODIC;

    /** Creates a quantizer with ω = 20, in stage 1. */
    public BiPer() {
        this(20, 2.0 / 3);
    }

    /**
     * Creates a quantizer, in stage 1 (in stage 2 if {@code stageTwoFrom} is 0).
     *
     * @param frequency ω, positive
     * @param stageTwoFrom the progress of training at which stage 2 begins, in [0, 1]
     * @throws IllegalArgumentException if an argument is out of its range
     */
    public BiPer(double frequency, double stageTwoFrom) {
        super(VERSION);
        if (!(frequency > 0 && frequency < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException(
                    "frequency must be positive and finite, but was " + frequency + ".");
        }
        if (!(stageTwoFrom >= 0 && stageTwoFrom <= 1)) {
            throw new IllegalArgumentException(
                    "stageTwoFrom must be in [0, 1], but was " + stageTwoFrom + ".");
        }
        this.frequency = frequency;
        this.stageTwoFrom = stageTwoFrom;
        setProgress(0);
    }

    /** {@inheritDoc} */
    @Override
    public void setProgress(double progress) {
        stage = Progress.check(progress) >= stageTwoFrom ? Stage.BINARY : Stage.PERIODIC;
    }

    /**
     * Sets the stage.
     *
     * @param stage the stage
     */
    public void setStage(Stage stage) {
        this.stage = stage;
    }

    /**
     * Returns the stage.
     *
     * @return the stage
     */
    public Stage getStage() {
        return stage;
    }

    /**
     * Returns the frequency.
     *
     * @return ω
     */
    public double getFrequency() {
        return frequency;
    }

    /**
     * Computes the penalty of the authors' CIFAR-10 training for a weight,
     *
     * <p>$$\tau \, \mathrm{mean}(\sin^2(\omega w)) = \tau \, \mathrm{mean}\left(\tfrac12 - \tfrac12
     * \cos(2 \omega w)\right)$$
     *
     * <p>to be added to the loss with a plus, as published. Minimizing it pulls sin(ωw) to 0, away
     * from ±1, and so the derivative ω cos(ωw) to its largest magnitude. The authors sum it over
     * the binarized layers, with τ = 0.001 by default, 0.037 in stage 1 and 0.0468 in stage 2 of
     * their ResNet-18, and leave it out on ImageNet.
     *
     * @param w the latent weight, of any shape
     * @param frequency ω
     * @param tau τ
     * @return a scalar on the manager of {@code w}, which the caller closes or attaches to a
     *     manager of the step; it carries the gradient τ ω sin(2ωw) / n to each of the n weights
     */
    public static NDArray sineRegularizer(NDArray w, double frequency, double tau) {
        return Temporaries.freed(
                w.getManager(),
                () -> {
                    NDArray sine = w.mul(Temporaries.constant(w, frequency)).sin();
                    return sine.square().mean().mul(Temporaries.constant(w, tau));
                });
    }

    /**
     * Computes the penalty {@link #sineRegularizer(NDArray, double, double)} with the frequency of
     * this quantizer.
     *
     * @param w the latent weight that this quantizer quantizes
     * @param tau τ
     * @return a scalar on the manager of {@code w}, which the caller closes or attaches to a
     *     manager of the step
     */
    public NDArray sineRegularizer(NDArray w, double tau) {
        return sineRegularizer(w, frequency, tau);
    }

    /** {@inheritDoc} */
    @Override
    public NDArray quantize(ParameterStore store, NDArray x, boolean training) {
        return CustomGradient.apply(x, this);
    }

    /** {@inheritDoc} */
    @Override
    public NDArray quantizeFrozen(ParameterStore store, NDArray x) {
        return value(x);
    }

    /** {@inheritDoc} */
    @Override
    public boolean isBinary() {
        return stage == Stage.BINARY;
    }

    /** {@inheritDoc} */
    @Override
    public NDArray value(NDArray x) {
        return Temporaries.freed(
                x.getManager(),
                () -> {
                    NDArray sine = x.mul(frequency).sin();
                    return stage == Stage.BINARY ? SignQuantizer.sign(sine) : sine;
                });
    }

    /** {@inheritDoc} */
    @Override
    public NDArray derivative(NDArray x) {
        return Temporaries.freed(x.getManager(), () -> x.mul(frequency).cos().muli(frequency));
    }

    /** {@inheritDoc} */
    @Override
    protected void saveMetadata(DataOutputStream os) throws IOException {
        super.saveMetadata(os);
        os.writeByte(stage.ordinal());
        os.writeDouble(frequency);
    }

    /** {@inheritDoc} */
    @Override
    protected void loadMetadata(byte loadVersion, DataInputStream is)
            throws IOException, MalformedModelException {
        super.loadMetadata(loadVersion, is);
        int saved = is.readByte();
        if (saved < 0 || saved >= Stage.values().length) {
            throw new MalformedModelException(
                    "BiPer: the stage must be 0 or 1, but the file says " + saved);
        }
        double savedFrequency = is.readDouble();
        if (savedFrequency != frequency) {
            throw new MalformedModelException(
                    String.format(
                            "BiPer: the frequency of this quantizer is %s, but the file has %s",
                            frequency, savedFrequency));
        }
        stage = Stage.values()[saved];
    }
}
