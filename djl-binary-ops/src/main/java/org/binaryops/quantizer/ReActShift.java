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
import ai.djl.ndarray.types.Shape;
import ai.djl.training.ParameterStore;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import org.binaryops.gradient.CustomGradient;
import org.binaryops.gradient.Temporaries;

/**
 * The activation quantizer RSign, a sign with a learned threshold for each channel (Liu et al.,
 * "ReActNet: Towards Precise Binary Neural Network with Generalized Activation Functions", ECCV
 * 2020).
 *
 * <p>Forward $y = \mathrm{sign}(x + b_c)$ with sign(0) = +1: the threshold of channel c is −b
 * <sub>c</sub>. Backward that of {@link ApproxSign}, $g = \max(2 - 2|x + b_c|, 0)$, for x and,
 * summed over the channel, for b. The shifts b start at 0. {@link LearnedShift} puts such a shift
 * before any other quantizer.
 *
 * <p>Shapes:
 *
 * <ul>
 *   <li>input x: any with a channel axis, as [batch, channels, height, width] with the axis 1
 *   <li>shift b: [channels]
 * </ul>
 */
public final class ReActShift extends Quantizer {

    private static final byte VERSION = 1;

    private final ApproxSign sign = new ApproxSign();
    private final ChannelShift shift;

    /**
     * Creates a quantizer.
     *
     * @param axis the channel axis; a negative one counts from the end, −1 being the last
     */
    public ReActShift(int axis) {
        super(VERSION);
        shift = new ChannelShift("ReActShift", axis);
        addParameter(shift.parameter());
    }

    /**
     * Creates a quantizer for the input of a fully connected layer, [..., features].
     *
     * @return a new quantizer with a shift for each position of the last axis
     */
    public static ReActShift forLinear() {
        return new ReActShift(-1);
    }

    /**
     * Creates a quantizer for the input of a convolution, [batch, channels, ...].
     *
     * @return a new quantizer with a shift for each position of the axis 1
     */
    public static ReActShift forConvolution() {
        return new ReActShift(1);
    }

    /** {@inheritDoc} */
    @Override
    public NDArray quantize(ParameterStore store, NDArray x, boolean training) {
        return Temporaries.freed(
                x.getManager(), () -> CustomGradient.apply(shift.added(store, x, training), sign));
    }

    /** {@inheritDoc} */
    @Override
    public NDArray quantizeFrozen(ParameterStore store, NDArray x) {
        return Temporaries.freed(
                x.getManager(), () -> SignQuantizer.sign(shift.added(store, x, false)));
    }

    /**
     * Returns the channel axis.
     *
     * @return the axis; a negative one counts from the end
     */
    public int getAxis() {
        return shift.axis();
    }

    /** {@inheritDoc} */
    @Override
    public boolean isBinary() {
        return true;
    }

    /** {@inheritDoc} */
    @Override
    protected void prepare(Shape[] inputShapes) {
        shift.prepare(inputShapes[0]);
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
