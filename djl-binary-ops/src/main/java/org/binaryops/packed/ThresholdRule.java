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

/**
 * When a threshold sets its bit.
 *
 * <p>A bit is a comparison of a number x with a threshold t. Batch normalization with a negative
 * factor turns the comparison round; one with the factor 0, or a threshold beyond every value that
 * can occur, makes the bit a constant.
 */
public enum ThresholdRule {
    /** The bit is set if x ≥ t. */
    AT_LEAST,
    /** The bit is set if x &lt; t. */
    BELOW,
    /** The bit is never set. */
    NEVER,
    /** The bit is always set. */
    ALWAYS;

    private static final ThresholdRule[] BY_CODE = values();

    boolean isConstant() {
        return this == NEVER || this == ALWAYS;
    }

    /** The byte that stands for this rule in files: the order of the constants is fixed. */
    byte code() {
        return (byte) ordinal();
    }

    static ThresholdRule of(int code) {
        if (code < 0 || code >= BY_CODE.length) {
            throw new IllegalArgumentException("unknown threshold rule " + code);
        }
        return BY_CODE[code];
    }
}
