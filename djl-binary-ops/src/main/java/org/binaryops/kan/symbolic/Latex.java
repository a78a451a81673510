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
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Formulas as LaTeX. */
final class Latex extends Printer {

    private static final Pattern INDEXED = Pattern.compile("([A-Za-z])_?(\\d+)");

    Latex(NumberFormat format) {
        super(format);
    }

    @Override
    String number(String digits) {
        int e = digits.indexOf('e');
        return e < 0
                ? digits
                : digits.substring(0, e) + " \\cdot 10^{" + digits.substring(e + 1) + "}";
    }

    @Override
    String variable(String name) {
        Matcher indexed = INDEXED.matcher(name);
        if (indexed.matches()) {
            return indexed.group(1) + "_{" + indexed.group(2) + "}";
        }
        if (name.length() == 1) {
            return name;
        }
        return "\\mathrm{" + name.replaceAll("([#$%&_{}])", "\\\\$1").replace(" ", "\\ ") + "}";
    }

    @Override
    String bracket(String inner) {
        return "\\left(" + inner + "\\right)";
    }

    @Override
    String times(List<String> factors) {
        StringBuilder text = new StringBuilder();
        for (String factor : factors) {
            if (!text.isEmpty()) {
                text.append(Character.isDigit(factor.charAt(0)) ? " \\cdot " : " \\, ");
            }
            text.append(factor);
        }
        return text.toString();
    }

    @Override
    String fraction(String numerator, List<Expression> denominators) {
        return "\\frac{" + numerator + "}{" + print(Expression.product(denominators)) + "}";
    }

    @Override
    String power(Expression base, String exponent) {
        return print(base, Tightness.ATOM) + "^{" + exponent + "}";
    }

    @Override
    String root(Expression argument) {
        return "\\sqrt{" + print(argument) + "}";
    }

    @Override
    String call(Elementary function, Expression argument) {
        String inner = print(argument);
        if (function.equals(Elementary.EXP)) {
            return "e^{" + inner + "}";
        }
        if (function.equals(Elementary.ABS)) {
            return "\\left|" + inner + "\\right|";
        }
        return function.latex() + bracket(inner);
    }
}
