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
 * A learned shift for each channel before another quantizer, $y = Q(x + b_c)$.
 *
 * <p>With an {@link ElasticQuantizer} of 1 bit it is the activation quantizer of Liu et al., "BiT:
 * Robustly Binarized Multi-distilled Transformer", NeurIPS 2022 (the shift is called move in the
 * authors' code), which BiPFT (AAAI 2024) uses too:
 *
 * <pre>{@code
 * LearnedShift.forLinear(ElasticQuantizer.signed(1))
 * }</pre>
 *
 * <p>With {@link ApproxSign} it is RSign, which {@link ReActShift} gives ready-made. The gradient
 * of Q goes to x and, summed over the channel, to b. The shifts start at 0.
 *
 * <p>Shapes:
 *
 * <ul>
 *   <li>input x: any with a channel axis, as [..., features] with the axis −1
 *   <li>shift b: [channels]
 * </ul>
 */
public final class LearnedShift extends Quantizer {

    private static final byte VERSION = 1;

    private final ChannelShift shift;
    private final Quantizer quantizer;

    /**
     * Creates a quantizer.
     *
     * @param axis the channel axis; a negative one counts from the end, −1 being the last
     * @param quantizer Q, a new quantizer, owned by this one and saved with it
     * @throws IllegalArgumentException if {@code quantizer} is {@code null}
     */
    @SuppressWarnings("this-escape")
    public LearnedShift(int axis, Quantizer quantizer) {
        super(VERSION);
        if (quantizer == null) {
            throw new IllegalArgumentException("quantizer must be given, but was null.");
        }
        shift = new ChannelShift("LearnedShift", axis);
        addParameter(shift.parameter());
        this.quantizer = addChildBlock("quantizer", quantizer);
    }

    /**
     * Creates a quantizer for the input of a fully connected layer, [..., features].
     *
     * @param quantizer Q, a new quantizer
     * @return a new quantizer with a shift for each position of the last axis
     */
    public static LearnedShift forLinear(Quantizer quantizer) {
        return new LearnedShift(-1, quantizer);
    }

    /**
     * Creates a quantizer for the input of a convolution, [batch, channels, ...].
     *
     * @param quantizer Q, a new quantizer
     * @return a new quantizer with a shift for each position of the axis 1
     */
    public static LearnedShift forConvolution(Quantizer quantizer) {
        return new LearnedShift(1, quantizer);
    }

    /** {@inheritDoc} */
    @Override
    public NDArray quantize(ParameterStore store, NDArray x, boolean training) {
        return Temporaries.freed(
                x.getManager(),
                () -> quantizer.quantize(store, shift.added(store, x, training), training));
    }

    /** {@inheritDoc} */
    @Override
    public NDArray quantizeFrozen(ParameterStore store, NDArray x) {
        return Temporaries.freed(
                x.getManager(),
                () -> quantizer.quantizeFrozen(store, shift.added(store, x, false)));
    }

    /**
     * Returns the channel axis.
     *
     * @return the axis; a negative one counts from the end
     */
    public int getAxis() {
        return shift.axis();
    }

    /**
     * Returns the quantizer of the shifted array.
     *
     * @return the child block
     */
    public Quantizer getQuantizer() {
        return quantizer;
    }

    /** {@inheritDoc} */
    @Override
    public boolean isBinary() {
        return quantizer.isBinary();
    }

    /** {@inheritDoc} */
    @Override
    public int getBits() {
        return quantizer.getBits();
    }

    /** {@inheritDoc} */
    @Override
    protected void prepare(Shape[] inputShapes) {
        shift.prepare(inputShapes[0]);
    }

    /** {@inheritDoc} */
    @Override
    protected void initializeChildBlocks(
            NDManager manager, DataType dataType, Shape... inputShapes) {
        quantizer.initialize(manager, dataType, inputShapes);
    }

    /** {@inheritDoc} */
    @Override
    protected void saveMetadata(DataOutputStream os) throws IOException {
        super.saveMetadata(os);
        shift.save(os);
    }

    /** {@inheritDoc} */
    @Override
    protected void loadMetadata(byte loadVersion, DataInputStream is)
            throws IOException, MalformedModelException {
        super.loadMetadata(loadVersion, is);
        shift.load(is);
    }
}
