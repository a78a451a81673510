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
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;

/** What the weights and the activations of DoReFa-Net share: k-bit levels and their file form. */
abstract class DoReFa extends Quantizer {

    private static final byte VERSION = 1;

    final int bits;

    DoReFa(int bits) {
        super(VERSION);
        if (bits < 1 || bits > 8) {
            throw new IllegalArgumentException("bits must be from 1 to 8, but was " + bits + ".");
        }
        this.bits = bits;
    }

    /**
     * Rounds numbers to the levels of k bits.
     *
     * @param unit numbers in [0, 1] that carry no gradient
     * @return round((2^k − 1) r) / (2^k − 1), half to even
     */
    final NDArray rounded(NDArray unit) {
        int highest = (1 << bits) - 1;
        return unit.mul(highest).round().divi(highest);
    }

    /**
     * Returns the number of bits.
     *
     * @return k
     */
    public final int getBits() {
        return bits;
    }

    /** {@inheritDoc} */
    @Override
    public final boolean isBinary() {
        return false;
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
