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
 * Derivative}):
 *
 * <ul>
 *   <li>XNOR-Net as in its paper: {@link Derivative#PAPER};
 *   <li>Bi-Real Net (Liu et al., ECCV 2018) and ReActNet (Liu et al., ECCV 2020) as in their
 *       authors' code, and the convolutions of XNOR-Net in BiBench (Qin et al., ICML 2023): {@link
 *       Derivative#UNSCALED};
 *   <li>the linear layers of XNOR-Net in BiBench, which take the mean of the channel from the
 *       weights first: {@code new CentredWeight(new XnorWeight(Derivative.SCALED))}.
 * </ul>
 *
 * <p>A layer with {@link StraightThroughSign} gives what {@link Derivative#SCALED} gives with
 * {@code WeightScale.CHANNEL_MEAN}, and what {@link Derivative#UNSCALED} gives with {@code
 * CHANNEL_MEAN_STRAIGHT_THROUGH}, and keeps its weights ±1, which the packed runtime needs; this
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

    /**
     * Creates a quantizer.
     *
     * @param derivative the factor of the backward pass
     * @throws IllegalArgumentException if {@code derivative} is {@code null}
     */
    public XnorWeight(Derivative derivative) {
        super(VERSION);
        if (derivative == null) {
            throw new IllegalArgumentException("derivative must be given, but was null.");
        }
        this.derivative = derivative;
    }

    /** {@inheritDoc} */
    @Override
    public NDArray quantize(ParameterStore store, NDArray x, boolean training) {
        return Temporaries.freed(
                x.getManager(),
                () -> {
                    NDArray rows = ChannelRows.of(x, "XnorWeight");
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
                    NDArray rows = ChannelRows.of(x.stopGradient(), "XnorWeight");
                    return SignQuantizer.sign(rows)
                            .muli(ChannelRows.mean(rows.abs()))
                            .reshape(x.getShape());
                });
    }

    /**
     * Returns the derivative.
     *
     * @return the factor of the backward pass
     */
    public Derivative getDerivative() {
        return derivative;
    }

    /** {@inheritDoc} */
    @Override
    public boolean isBinary() {
        return false;
    }

    /** {@inheritDoc} */
    @Override
    public int getBits() {
        return 1;
    }

    /** {@inheritDoc} */
    @Override
    protected void saveMetadata(DataOutputStream os) throws IOException {
        super.saveMetadata(os);
        os.writeByte(derivative.ordinal());
    }

    /** {@inheritDoc} */
    @Override
    protected void loadMetadata(byte loadVersion, DataInputStream is)
            throws IOException, MalformedModelException {
        // Version 1 did not save the derivative.
        super.loadMetadata(loadVersion == 1 ? VERSION : loadVersion, is);
        int saved = loadVersion == 1 ? derivative.ordinal() : is.readByte();
        if (saved != derivative.ordinal()) {
            throw new MalformedModelException(
                    String.format(
                            "XnorWeight: this quantizer has the derivative %d (%s), but the file"
                                    + " has %d",
                            derivative.ordinal(), derivative, saved));
        }
    }
}
