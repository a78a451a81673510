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
package org.binaryops.attention;

import org.binaryops.quantizer.ElasticQuantizer;
import org.binaryops.quantizer.Identity;
import org.binaryops.quantizer.Quantizer;
import org.binaryops.quantizer.StatisticsWeightQuantizer;

/** The quantizers of TBT by their number of bits, where 32 means none. */
final class BitWidths {

    private static final int FLOAT = 32;

    private BitWidths() {}

    static int checkWeight(int bits) {
        if (bits != 1 && bits != 2 && bits != FLOAT) {
            throw new IllegalArgumentException(
                    "weightBits must be 1, 2 or 32 (float), but was " + bits + ".");
        }
        return bits;
    }

    static int checkActivation(int bits) {
        if (bits != 1 && bits != 2 && bits != 4 && bits != 8 && bits != FLOAT) {
            throw new IllegalArgumentException(
                    "activationBits must be 1, 2, 4, 8 or 32 (float), but was " + bits + ".");
        }
        return bits;
    }

    static float checkDropout(float rate) {
        if (!(rate >= 0 && rate < 1)) {
            throw new IllegalArgumentException("dropout must be in [0, 1), but was " + rate + ".");
        }
        return rate;
    }

    static Quantizer weight(int bits) {
        return bits == FLOAT ? new Identity() : new StatisticsWeightQuantizer(bits);
    }

    static Quantizer signed(int bits) {
        return bits == FLOAT ? new Identity() : ElasticQuantizer.signed(bits);
    }

    static Quantizer nonNegative(int bits) {
        return bits == FLOAT ? new Identity() : ElasticQuantizer.nonNegative(bits);
    }
}
