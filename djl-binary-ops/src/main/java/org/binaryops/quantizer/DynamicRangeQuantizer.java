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
import ai.djl.nn.Activation;
import ai.djl.training.ParameterStore;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.Locale;
import org.binaryops.gradient.CustomGradient;
import org.binaryops.gradient.Temporaries;

/**
 * The 8-bit activation quantizer of Liu et al., "Binary and Ternary Natural Language Generation"
 * (TBT), ACL 2023 (after TernaryBERT), whose range is that of the array at hand, clipped to [−c, c]
 * with c = 2.5. With x̄ = clamp(x, −c, c), rounding half to even:
 *
 * <ul>
 *   <li>symmetric: $y = \mathrm{round}(\bar x s) / s$ with $s = (2^{b-1} - 1) / \max|\bar x|$;
 *   <li>asymmetric: $y = \mathrm{round}(\frac{\bar x - low}{r} n) \frac{r}{n} + low$ with $low =
 *       \min \bar x$, $r = \max \bar x - low + 10^{-8}$, $n = 2^b - 1$.
 * </ul>
 *
 * <p>Backward $\partial x = g \cdot 1\{|x| \lt c\}$; none flows through the range. An array of
 * zeros stays zeros.
 *
 * <p>Since the range is taken over the whole array, what one row gives depends on the others: a
 * sequence on its own may differ from the same in a batch by a step. {@link ElasticQuantizer} has a
 * learned range instead.
 */
public final class DynamicRangeQuantizer extends Quantizer {

    private static final byte VERSION = 1;
    private static final double CLIP = 2.5;

    /** Below every range, and large enough that 2^15 over it is finite in float32. */
    private static final double SMALLEST = 1e-30;

    private final boolean symmetric;
    private final int bits;
    private final double clip;

    /**
     * Creates a quantizer.
     *
     * @param symmetric whether the range is symmetric around 0, else from the minimum up
     * @param bits the number of bits b, 2 to 16
     * @param clip c, positive; {@link Double#POSITIVE_INFINITY} clips nothing
     * @throws IllegalArgumentException if an argument is out of its range
     */
    public DynamicRangeQuantizer(boolean symmetric, int bits, double clip) {
        super(VERSION);
        if (bits < 2 || bits > 16) {
            throw new IllegalArgumentException("bits must be from 2 to 16, but was " + bits + ".");
        }
        if (!(clip > 0)) {
            throw new IllegalArgumentException("clip must be positive, but was " + clip + ".");
        }
        this.symmetric = symmetric;
        this.bits = bits;
        this.clip = clip;
    }

    /**
     * Creates a quantizer for values of both signs, clipped at 2.5.
     *
     * @param bits the number of bits, 2 to 16; 8 in the paper
     * @return a new quantizer
     */
    public static DynamicRangeQuantizer symmetric(int bits) {
        return new DynamicRangeQuantizer(true, bits, CLIP);
    }

    /**
     * Creates a quantizer for values from their minimum up, clipped at 2.5.
     *
     * @param bits the number of bits, 2 to 16; 8 in the paper
     * @return a new quantizer
     */
    public static DynamicRangeQuantizer asymmetric(int bits) {
        return new DynamicRangeQuantizer(false, bits, CLIP);
    }

    /** {@inheritDoc} */
    @Override
    public NDArray quantize(ParameterStore store, NDArray x, boolean training) {
        return Temporaries.freed(
                x.getManager(),
                () -> {
                    NDArray fixed = x.stopGradient();
                    NDArray inside = Activation.relu(fixed.abs().negi().addi(clip).signi());
                    return CustomGradient.of(x, values(fixed), inside);
                });
    }

    /** {@inheritDoc} */
    @Override
    public NDArray quantizeFrozen(ParameterStore store, NDArray x) {
        return Temporaries.freed(x.getManager(), () -> values(x.stopGradient()));
    }

    private NDArray values(NDArray x) {
        NDArray clipped = x.clip(-clip, clip);
        if (symmetric) {
            // Of zeros any scale makes zeros.
            NDArray s = clipped.abs().max().maximum(SMALLEST);
            NDArray scale = s.onesLike().mul((1 << (bits - 1)) - 1).div(s);
            return clipped.mul(scale).round().div(scale);
        }
        int n = (1 << bits) - 1;
        NDArray low = clipped.min();
        NDArray range = clipped.max().sub(low).add(1e-8);
        return clipped.sub(low).div(range).muli(n).round().divi(n).mul(range).add(low);
    }

    /** {@inheritDoc} */
    @Override
    public boolean isBinary() {
        return false;
    }

    /**
     * Returns the number of bits.
     *
     * @return b
     */
    @Override
    public int getBits() {
        return bits;
    }

    /** {@inheritDoc} */
    @Override
    protected void saveMetadata(DataOutputStream os) throws IOException {
        super.saveMetadata(os);
        os.writeBoolean(symmetric);
        os.writeByte(bits);
        os.writeDouble(clip);
    }

    /** {@inheritDoc} */
    @Override
    protected void loadMetadata(byte loadVersion, DataInputStream is)
            throws IOException, MalformedModelException {
        super.loadMetadata(loadVersion, is);
        requireSaved(
                describe(symmetric, bits, clip),
                describe(is.readBoolean(), is.readByte(), is.readDouble()));
    }

    private static String describe(boolean symmetric, int bits, double clip) {
        return String.format(
                Locale.ROOT,
                "%d %s bits clipped at %s",
                bits,
                symmetric ? "symmetric" : "asymmetric",
                clip);
    }
}
