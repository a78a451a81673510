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
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.ParameterStore;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.Arrays;
import org.binaryops.gradient.CustomGradient;
import org.binaryops.gradient.Temporaries;

/**
 * The statistics-based weight quantizer of Liu et al., "Binary and Ternary Natural Language
 * Generation" (TBT), ACL 2023: each output channel (first axis) has the step that maximizes the
 * entropy of its levels, taken from its weights and not learned.
 *
 * <ul>
 *   <li>1 bit: $\alpha = \mathrm{mean}|w|$, $w_q = \alpha \, \mathrm{sign}(w)$ with sign(0) = +1
 *       (the authors' code has 0 there, a third value);
 *   <li>2 bits: $\alpha = \frac{4}{3} \mathrm{mean}|w|$, $w_q = \alpha \,
 *       \mathrm{round}(\mathrm{clamp}(w/\alpha, -1, 1))$, the levels −α, 0, α with the thresholds
 *       ±α/2 (rounding half to even: a weight at a threshold becomes 0). For uniformly distributed
 *       weights each level takes a third of them.
 * </ul>
 *
 * <p>Backward is the identity, ∂L/∂w = ∂L/∂w<sub>q</sub>, and none flows through α. As in the
 * authors' code, the weights are not centred. A channel of zeros stays zeros.
 *
 * <p>Shapes: any with two axes or more, as [units, features] or [filters, channels, height, width].
 */
public final class StatisticsWeightQuantizer extends Quantizer {

    private static final byte VERSION = 1;

    private final int bits;

    /**
     * Creates a quantizer.
     *
     * @param bits the number of bits, 1 (binary) or 2 (ternary)
     * @throws IllegalArgumentException if {@code bits} is another number
     */
    public StatisticsWeightQuantizer(int bits) {
        super(VERSION);
        if (bits != 1 && bits != 2) {
            throw new IllegalArgumentException("bits must be 1 or 2, but was " + bits + ".");
        }
        this.bits = bits;
    }

    /** {@inheritDoc} */
    @Override
    public NDArray quantize(ParameterStore store, NDArray x, boolean training) {
        return bits == 1 ? binary(x) : ternary(x);
    }

    /** {@inheritDoc} */
    @Override
    public NDArray quantizeFrozen(ParameterStore store, NDArray x) {
        return Temporaries.freed(
                x.getManager(), () -> bits == 1 ? binaryValues(x) : ternaryValues(x));
    }

    /**
     * Quantizes weights to one bit; a functional twin of this block.
     *
     * @param w the weights, first axis the output channel
     * @return α sign(w), of the shape of {@code w} and attached to its manager
     * @throws IllegalArgumentException if {@code w} has fewer than two axes
     */
    public static NDArray binary(NDArray w) {
        return Temporaries.freed(
                w.getManager(), () -> CustomGradient.straightThrough(w, binaryValues(w)));
    }

    private static NDArray binaryValues(NDArray w) {
        NDArray fixed = w.stopGradient();
        return SignQuantizer.sign(fixed).mul(meanOfChannels(fixed));
    }

    /**
     * Quantizes weights to the three levels −α, 0, α; a functional twin of this block.
     *
     * @param w the weights, first axis the output channel
     * @return the quantized weights, of the shape of {@code w} and attached to its manager
     * @throws IllegalArgumentException if {@code w} has fewer than two axes
     */
    public static NDArray ternary(NDArray w) {
        return Temporaries.freed(
                w.getManager(), () -> CustomGradient.straightThrough(w, ternaryValues(w)));
    }

    private static NDArray ternaryValues(NDArray w) {
        NDArray fixed = w.stopGradient();
        NDArray alpha = meanOfChannels(fixed).mul(4.0 / 3);
        // Only a channel of zeros has a step of zero: 0 / smallest is 0, 0 / 0 is not.
        NDArray divisor = alpha.maximum(smallest(w.getDataType()));
        return fixed.div(divisor).clip(-1, 1).round().mul(alpha);
    }

    private static NDArray meanOfChannels(NDArray w) {
        Shape shape = w.getShape();
        if (shape.dimension() < 2) {
            throw new IllegalArgumentException(
                    "StatisticsWeightQuantizer takes weights of two axes or more, the first the"
                            + " output channel, but got shape "
                            + shape
                            + ".");
        }
        long[] perChannel = new long[shape.dimension()];
        Arrays.fill(perChannel, 1);
        perChannel[0] = shape.get(0);
        // PyTorch's mean in DJL takes one axis.
        NDArray means = w.reshape(shape.get(0), -1).abs().mean(new int[] {1});
        return means.reshape(perChannel);
    }

    private static double smallest(DataType type) {
        return type == DataType.FLOAT16 ? 6.2e-5 : Float.MIN_NORMAL;
    }

    /** {@inheritDoc} */
    @Override
    public boolean isBinary() {
        return false;
    }

    /**
     * Returns the number of bits.
     *
     * @return 1 or 2
     */
    public int getBits() {
        return bits;
    }

    /** {@inheritDoc} */
    @Override
    protected void saveMetadata(DataOutputStream os) throws IOException {
        super.saveMetadata(os);
        os.writeByte(bits);
    }

    /** {@inheritDoc} */
    @Override
    protected void loadMetadata(byte loadVersion, DataInputStream is)
            throws IOException, MalformedModelException {
        super.loadMetadata(loadVersion, is);
        requireSaved(bits + " bits", is.readByte() + " bits");
    }
}
