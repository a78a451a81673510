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
package org.binaryops.kan.symbolic;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;

/** How formulas print numbers. */
final class NumberFormat {

    private final int digits;

    private NumberFormat(int digits) {
        this.digits = digits;
    }

    /** As few digits as give the same double again. */
    static NumberFormat exact() {
        return new NumberFormat(0);
    }

    static NumberFormat significant(int digits) {
        if (digits <= 0) {
            throw new IllegalArgumentException("digits must be positive, but was " + digits + ".");
        }
        return new NumberFormat(digits);
    }

    /** Prints a number, with an exponent, as in 1.5e-7, where zeros would be many. */
    String print(double value) {
        if (!Double.isFinite(value)) {
            return Double.toString(value);
        }
        BigDecimal exact = new BigDecimal(Double.toString(value));
        if (digits > 0) {
            exact = exact.round(new MathContext(digits, RoundingMode.HALF_EVEN));
        }
        exact = exact.stripTrailingZeros();
        if (exact.signum() == 0) {
            return "0";
        }
        int exponent = exact.precision() - exact.scale() - 1;
        if (exponent >= -4 && exponent < 9) {
            return exact.toPlainString();
        }
        return exact.scaleByPowerOfTen(-exponent).stripTrailingZeros().toPlainString()
                + "e"
                + exponent;
    }
}
