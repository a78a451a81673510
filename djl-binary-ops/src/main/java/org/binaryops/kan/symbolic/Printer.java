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

import java.util.ArrayList;
import java.util.List;
import org.binaryops.kan.symbolic.Expression.Call;
import org.binaryops.kan.symbolic.Expression.Constant;
import org.binaryops.kan.symbolic.Expression.Power;
import org.binaryops.kan.symbolic.Expression.Product;
import org.binaryops.kan.symbolic.Expression.Sum;
import org.binaryops.kan.symbolic.Expression.Variable;

/** What plain text and LaTeX have in common: signs, brackets and fractions. */
abstract class Printer {

    /** How tightly a formula holds together; a looser one needs brackets inside a tighter one. */
    enum Tightness {
        SUM,
        PRODUCT,
        POWER,
        ATOM
    }

    private final NumberFormat format;

    Printer(NumberFormat format) {
        this.format = format;
    }

    String print(Expression e) {
        return print(e, Tightness.SUM);
    }

    String print(Expression e, Tightness around) {
        String text = bare(e);
        Tightness own = tightness(e, text);
        return own.compareTo(around) < 0 ? bracket(text) : text;
    }

    private Tightness tightness(Expression e, String text) {
        if (e instanceof Sum) {
            return Tightness.SUM;
        }
        if (e instanceof Product
                || e instanceof Power power && power.exponent() < 0
                || text.startsWith("-")) {
            return Tightness.PRODUCT;
        }
        if (e instanceof Power power) {
            return isRoot(power) ? Tightness.ATOM : Tightness.POWER;
        }
        return e instanceof Constant && !isPlain(text) ? Tightness.PRODUCT : Tightness.ATOM;
    }

    private static boolean isPlain(String number) {
        return number.matches("[0-9.]+|[0-9.]+e-?[0-9]+");
    }

    private String bare(Expression e) {
        if (e instanceof Constant constant) {
            return number(format.print(constant.value()));
        }
        if (e instanceof Variable variable) {
            return variable(variable.name());
        }
        if (e instanceof Sum sum) {
            return sum(sum);
        }
        if (e instanceof Product product) {
            return product(product.factors());
        }
        if (e instanceof Power power) {
            return power.exponent() < 0
                    ? product(List.of(power))
                    : isRoot(power)
                            ? root(power.base())
                            : power(power.base(), exponent(power.exponent()));
        }
        Call call = (Call) e;
        return call(call.function(), call.argument());
    }

    private static boolean isRoot(Power power) {
        return power.exponent() == 0.5;
    }

    private String exponent(double value) {
        return number(format.print(value));
    }

    private String sum(Sum sum) {
        StringBuilder text = new StringBuilder();
        for (Expression term : sum.terms()) {
            String next = print(term, Tightness.SUM);
            if (text.isEmpty()) {
                text.append(next);
            } else if (next.startsWith("-")) {
                text.append(" - ").append(next.substring(1));
            } else {
                text.append(" + ").append(next);
            }
        }
        return text.toString();
    }

    private String product(List<Expression> factors) {
        List<String> above = new ArrayList<>();
        List<Expression> below = new ArrayList<>();
        String sign = "";
        for (Expression factor : factors) {
            if (factor instanceof Power power && power.exponent() < 0) {
                below.add(Expression.power(power.base(), -power.exponent()));
            } else if (factor instanceof Constant constant && above.isEmpty()) {
                String number = format.print(constant.value());
                if (number.startsWith("-")) {
                    sign = sign.isEmpty() ? "-" : "";
                    number = number.substring(1);
                }
                // In rounded print 1.00004 is 1, and says nothing.
                if (!number.equals("1")) {
                    above.add(number(number));
                }
            } else {
                above.add(print(factor, Tightness.PRODUCT));
            }
        }
        String numerator = above.isEmpty() ? "1" : times(above);
        return sign + (below.isEmpty() ? numerator : fraction(numerator, below));
    }

    abstract String number(String digits);

    abstract String variable(String name);

    abstract String bracket(String inner);

    abstract String times(List<String> factors);

    abstract String fraction(String numerator, List<Expression> denominators);

    abstract String power(Expression base, String exponent);

    abstract String root(Expression argument);

    abstract String call(Elementary function, Expression argument);
}
