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

import java.util.List;

/** Formulas as people type them. */
final class PlainText extends Printer {

    PlainText(NumberFormat format) {
        super(format);
    }

    @Override
    String number(String digits) {
        return digits;
    }

    @Override
    String variable(String name) {
        return name;
    }

    @Override
    String bracket(String inner) {
        return "(" + inner + ")";
    }

    @Override
    String times(List<String> factors) {
        return String.join("*", factors);
    }

    @Override
    String fraction(String numerator, List<Expression> denominators) {
        StringBuilder text = new StringBuilder(numerator);
        for (Expression denominator : denominators) {
            text.append('/').append(print(denominator, Tightness.POWER));
        }
        return text.toString();
    }

    @Override
    String power(Expression base, String exponent) {
        return print(base, Tightness.ATOM) + "^" + exponent;
    }

    @Override
    String root(Expression argument) {
        return "sqrt(" + print(argument) + ")";
    }

    @Override
    String call(Elementary function, Expression argument) {
        return function.name() + "(" + print(argument) + ")";
    }
}
