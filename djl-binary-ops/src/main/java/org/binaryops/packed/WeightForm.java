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
package org.binaryops.packed;

/** How the weights of a float layer are stored. */
public enum WeightForm {
    /** 32-bit floats. */
    FLOATS,
    /** A bit for each weight and a factor for each unit: ±s. */
    SIGNS,
    /** Two bits for each weight and a factor for each unit: −s, 0 and s. */
    TERNARY,
    /** A signed byte for each weight and a factor for each unit. */
    BYTES;

    private static final WeightForm[] BY_CODE = values();

    /** The bytes of so many units of so many weights in a file, without the factors. */
    long bytes(long units, long inputs) {
        return switch (this) {
            case FLOATS -> Operation.padded(4 * units * inputs);
            case SIGNS -> 8 * units * ((inputs + 63) / 64);
            case TERNARY -> 16 * units * ((inputs + 63) / 64);
            case BYTES -> Operation.padded(units * inputs);
        };
    }

    static WeightForm of(int code) throws PackedFormatException {
        if (code < 0 || code >= BY_CODE.length) {
            throw new PackedFormatException("there are no weights of the form " + code);
        }
        return BY_CODE[code];
    }
}
