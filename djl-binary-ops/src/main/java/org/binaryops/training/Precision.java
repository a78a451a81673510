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
package org.binaryops.training;

import org.binaryops.quantizer.IrNetWeight;
import org.binaryops.quantizer.Quantizer;
import org.binaryops.quantizer.SpikeQuantizer;
import org.binaryops.quantizer.Staged;
import org.binaryops.quantizer.TernaryQuantizer;
import org.binaryops.quantizer.XnorWeight;

/** How many bits the values that a quantizer gives at inference need. */
public final class Precision {

    /** The bits of a value that is not quantized. */
    public static final int FLOAT = 32;

    private Precision() {}

    /**
     * Returns the number of bits of a quantizer's values in its present state. Scales and zero
     * points, of which a layer or a channel has one, do not count.
     *
     * @param quantizer the quantizer
     * @return 1 for two levels (±1, ±α, {0, 1}), 2 for three, k for a k-bit grid, and 32 for a
     *     quantizer that is switched off or tells nothing
     */
    public static int of(Quantizer quantizer) {
        if (quantizer instanceof Staged staged) {
            return staged.isEnabled() ? of(Staged.inner(staged)) : FLOAT;
        } else if (quantizer instanceof TernaryQuantizer) {
            return 2;
        } else if (quantizer instanceof IrNetWeight
                || quantizer instanceof XnorWeight
                || quantizer instanceof SpikeQuantizer) {
            return 1;
        }
        return quantizer.getBits();
    }
}
