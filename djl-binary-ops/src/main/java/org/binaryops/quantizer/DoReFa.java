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
import java.io.IOException;

/** What the weights and the activations of DoReFa-Net share. */
final class DoReFa {

    private DoReFa() {}

    /**
     * Rounds numbers to the levels of k bits.
     *
     * @param unit numbers in [0, 1] that carry no gradient
     * @param bits k
     * @return round((2^k − 1) r) / (2^k − 1), half to even
     */
    static NDArray quantize(NDArray unit, int bits) {
        int highest = (1 << bits) - 1;
        return unit.mul(highest).round().divi(highest);
    }

    static int checkBits(int bits) {
        if (bits < 1 || bits > 8) {
            throw new IllegalArgumentException("bits must be from 1 to 8, but was " + bits + ".");
        }
        return bits;
    }

    static void checkSaved(String owner, int bits, DataInputStream is)
            throws IOException, MalformedModelException {
        int saved = is.readByte();
        if (saved != bits) {
            throw new MalformedModelException(
                    String.format(
                            "%s: this quantizer has %d bits, but the file has %d",
                            owner, bits, saved));
        }
    }
}
