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
package org.binaryops.packed.compiler;

/** Numbers the finite floats in their order, so that they can be bisected in 32 steps. */
final class FloatOrder {

    /** The number of the least finite float. */
    static final int FIRST = number(-Float.MAX_VALUE);

    /** The number of the greatest finite float. */
    static final int LAST = number(Float.MAX_VALUE);

    private FloatOrder() {}

    /** The number of a float; −0 comes just before +0. */
    static int number(float value) {
        int bits = Float.floatToRawIntBits(value);
        return bits < 0 ? ~bits ^ Integer.MIN_VALUE : bits;
    }

    /** The float with a number. */
    static float value(int number) {
        return Float.intBitsToFloat(number < 0 ? ~number ^ Integer.MIN_VALUE : number);
    }
}
