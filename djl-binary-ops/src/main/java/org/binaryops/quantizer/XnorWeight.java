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
 * The weight quantizer of Rastegari et al., "XNOR-Net: ImageNet Classification Using Binary
 * Convolutional Neural Networks", ECCV 2016, and of the networks that took it over.
 *
 * <p>Each output channel (first axis) of n weights becomes $w_q = \alpha \, \mathrm{sign}(w)$ with
 * $\alpha = \mathrm{mean}|w|$ and sign(0) = +1. Papers and code differ in the derivative ({@link
 * Derivative}), and some take the mean of the channel from the weights first ({@link #centred}):
 *
 * <ul>
 *   <li>XNOR-Net as in its paper: {@code new XnorWeight(Derivative.PAPER)};
 *   <li>Bi-Real Net (Liu et al., ECCV 2018) and ReActNet (Liu et al., ECCV 2020) as in their
 *       authors' code, and the convolutions of XNOR-Net in BiBench (Qin et al., ICML 2023): {@code
 *       new XnorWeight(Derivative.UNSCALED)};
 *   <li>the product of a scale that is not differentiated and a clipped straight-through sign:
 *       {@code new XnorWeight(Derivative.SCALED)};
 *   <li>the linear layers of XNOR-Net in BiBench: {@code XnorWeight.centred(Derivative.SCALED)}.
 * </ul>
 *
 * <p>A layer with {@code WeightScale.CHANNEL_MEAN} and {@link StraightThroughSign} gives what
 * {@link Derivative#SCALED} gives and keeps its weights ±1, which the packed runtime needs; this
 * class is for layers that take the scaled weights as they are.
 *
 * <p>Shapes: any with two axes or more, as [units, features] or [filters, channels, height, width].
 */
public final class XnorWeight extends Quantizer {

    private static final byte VERSION = 2;

    /** The factor g of the backward pass, ∂L/∂w = g ⊙ ∂L/∂w_q. */
    public enum Derivative {
        /** The paper's 1/n + α·1[|w| ≤ 1], whose first term stands for the derivative of α. */
        PAPER,

        /** 1[|w| ≤ 1] as in public implementations: the gradient is not multiplied by α. */
        UNSCALED,

        /** α·1[|w| ≤ 1], the derivative of a product whose factor α is a constant. */
        SCALED
    }

    private final Derivative derivative;
    private final boolean centred;

    /**
     * Creates a quantizer of the weights as they are.
     *
     * @param derivative the factor of the backward pass
     */
    public XnorWeight(Derivative derivative) {
        this(derivative, false);
    }

    private XnorWeight(Derivative derivative, boolean centred) {
        super(VERSION);
        if (derivative == null) {
            throw new IllegalArgumentException("derivative must be given, but was null.");
        }
        this.derivative = derivative;
        this.centred = centred;
    }

    /**
     * Creates a quantizer of the weights less the mean of their channel: with c = w − mean(w),
     * forward mean|c|·sign(c), backward the factor g at c and then the true derivative of the mean,
     * ∂L/∂w = h − mean(h) with h = g ⊙ ∂L/∂w_q.
     *
     * @param derivative the factor of the backward pass; {@link Derivative#SCALED} is that of the
     *     linear layers of XNOR-Net in BiBench
     * @return a new quantizer
     */
    public static XnorWeight centred(Derivative derivative) {
        return new XnorWeight(derivative, true);
    }

    /** {@inheritDoc} */
    @Override
    public NDArray quantize(ParameterStore store, NDArray x, boolean training) {
        return Temporaries.freed(
                x.getManager(),
                () -> {
                    NDArray rows = rows(x);
                    NDArray fixed = rows.stopGradient();
                    NDArray alpha = ChannelRows.mean(fixed.abs());
                    NDArray factor = SignQuantizer.window(fixed, 1);
                    if (derivative != Derivative.UNSCALED) {
                        factor.muli(alpha);
                    }
                    if (derivative == Derivative.PAPER) {
                        factor.addi(1.0 / Math.max(1, fixed.getShape().get(1)));
                    }
                    return CustomGradient.of(rows, SignQuantizer.sign(fixed).muli(alpha), factor)
                            .reshape(x.getShape());
                });
    }

    /** {@inheritDoc} */
    @Override
    public NDArray quantizeFrozen(ParameterStore store, NDArray x) {
        return Temporaries.freed(
                x.getManager(),
                () -> {
                    NDArray rows = rows(x.stopGradient());
                    return SignQuantizer.sign(rows)
                            .muli(ChannelRows.mean(rows.abs()))
                            .reshape(x.getShape());
                });
    }

    private NDArray rows(NDArray w) {
        NDArray rows = ChannelRows.of(w, "XnorWeight");
        return centred ? rows.sub(ChannelRows.mean(rows)) : rows;
    }

    /**
     * Returns the derivative.
     *
     * @return the factor of the backward pass
     */
    public Derivative getDerivative() {
        return derivative;
    }

    /**
     * Returns whether the mean of each channel is taken from its weights.
     *
     * @return {@code true} for a quantizer made by {@link #centred}
     */
    public boolean isCentred() {
        return centred;
    }

    /** {@inheritDoc} */
    @Override
    public boolean isBinary() {
        return false;
    }

    /** {@inheritDoc} */
    @Override
    protected void saveMetadata(DataOutputStream os) throws IOException {
        super.saveMetadata(os);
        os.writeByte(derivative.ordinal());
        os.writeBoolean(centred);
    }

    /** {@inheritDoc} */
    @Override
    protected void loadMetadata(byte loadVersion, DataInputStream is)
            throws IOException, MalformedModelException {
        // Version 1 saved neither the derivative nor could it centre.
        super.loadMetadata(loadVersion == 1 ? VERSION : loadVersion, is);
        int savedDerivative = loadVersion == 1 ? derivative.ordinal() : is.readByte();
        boolean savedCentred = loadVersion != 1 && is.readBoolean();
        if (savedDerivative != derivative.ordinal() || savedCentred != centred) {
            throw new MalformedModelException(
                    String.format(
                            "XnorWeight: this quantizer has the derivative %d (%s) and centred %s,"
                                    + " but the file has %d and %s",
                            derivative.ordinal(),
                            derivative,
                            centred,
                            savedDerivative,
                            savedCentred));
        }
    }
}
