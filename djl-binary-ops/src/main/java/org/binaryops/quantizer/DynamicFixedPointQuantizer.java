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
import org.binaryops.gradient.CustomGradient;
import org.binaryops.gradient.Temporaries;

/**
 * Rounds an array as {@link DynamicFixedPoint} does (Das et al., ICLR 2018), for networks that are
 * trained for 16-bit integer arithmetic: mantissas of P bits and one exponent for the whole array,
 * taken from it at each pass.
 *
 * <p>$$E = \lfloor\log_2 \max|x|\rfloor - (P - 2), \quad y = 2^E \,
 * \mathrm{clamp}(\mathrm{round}(2^{-E} x), \pm(2^{P-1} - 1))$$
 *
 * <p>Rounding is half to even. Backward is the identity, ∂L/∂x = ∂L/∂y. The maximum counts as at
 * least 2<sup>−100</sup> and at most 2<sup>100</sup>; beyond, values are clamped.
 *
 * <p>Shapes: any that is not empty, in float32 or float64.
 */
public final class DynamicFixedPointQuantizer extends Quantizer {

    private static final byte VERSION = 1;

    private final int bits;

    /**
     * Creates a quantizer.
     *
     * @param bits P, 2 to 16
     * @throws IllegalArgumentException if {@code bits} is out of its range
     */
    public DynamicFixedPointQuantizer(int bits) {
        super(VERSION);
        this.bits = DynamicFixedPoint.checkBits(bits);
    }

    /** {@inheritDoc} */
    @Override
    public NDArray quantize(ParameterStore store, NDArray x, boolean training) {
        return quantize(x, bits);
    }

    /** {@inheritDoc} */
    @Override
    public NDArray quantizeFrozen(ParameterStore store, NDArray x) {
        return values(x, bits);
    }

    /**
     * Quantizes an array; the functional twin of this block.
     *
     * @param x the array, not empty, of float32 or float64
     * @param bits P, 2 to 16
     * @return y, attached to the manager of {@code x}; it carries the gradient to {@code x}
     * @throws IllegalArgumentException if {@code bits} is out of its range or {@code x} has another
     *     data type
     */
    public static NDArray quantize(NDArray x, int bits) {
        DynamicFixedPoint.checkBits(bits);
        return Temporaries.freed(
                x.getManager(), () -> CustomGradient.straightThrough(x, values(x, bits)));
    }

    private static NDArray values(NDArray x, int bits) {
        if (x.getDataType() != DataType.FLOAT32 && x.getDataType() != DataType.FLOAT64) {
            throw new IllegalArgumentException(
                    "DynamicFixedPointQuantizer takes float32 or float64, but got "
                            + x.getDataType()
                            + ".");
        }
        return Temporaries.freed(
                x.getManager(),
                () -> {
                    NDArray fixed = x.stopGradient();
                    // One axis, since numbers would turn a float32 array without axes to float64.
                    NDArray max = fixed.abs().max().reshape(1).clip(0x1p-100, 0x1p100);
                    NDArray step =
                            powerOfTwo(max).muli(Math.scalb(1.0, 2 - bits)).reshape(new Shape());
                    int limit = (1 << (bits - 1)) - 1;
                    return fixed.div(step).round().clip(-limit, limit).muli(step);
                });
    }

    /**
     * The largest power of two that is not above a number, without a logarithm, which might be
     * rounded across an integer: for a significand of p bits, $|c - (1 - 2^{-p}) c|$ with $c =
     * (2^{p-1} + 1) x$ (Rump, Ogita &amp; Oishi, "Accurate Floating-Point Summation", 2008).
     */
    private static NDArray powerOfTwo(NDArray x) {
        int p = x.getDataType() == DataType.FLOAT64 ? 53 : 24;
        NDArray c = x.mul(Math.scalb(1.0, p - 1) + 1);
        return c.sub(c.mul(1 - Math.scalb(1.0, -p))).abs();
    }

    /** {@inheritDoc} */
    @Override
    public boolean isBinary() {
        return false;
    }

    /**
     * Returns the number of bits of a mantissa, its sign included.
     *
     * @return P
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
