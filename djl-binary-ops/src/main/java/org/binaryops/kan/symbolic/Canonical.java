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

/**
 * Moves numbers to where they say most, by rules that hold everywhere:
 *
 * <ul>
 *   <li>a factor before a sum goes to its terms, and like terms are joined;
 *   <li>(au)ⁿ is aⁿuⁿ, and (au + b)ⁿ is aⁿ(u + b/a)ⁿ, for an integer n or a positive a;
 *   <li>exp(u + b) is e^b exp(u), log(au) is log a + log u for a positive a, |au| is |a||u|;
 *   <li>the phase of a sine is brought to (−π/2, π/2], that of a cosine to (−π/2, π/2], and the
 *       sign of the leading factor is taken out.
 * </ul>
 *
 * <p>It needs no library. An edge c·f(ax + b) + d has more numbers than it needs for most f, and
 * after this a formula has none too many.
 */
public final class Canonical implements Simplifier {

    /** Creates the simplifier. */
    public Canonical() {}

    /** {@inheritDoc} */
    @Override
    public Expression simplify(Expression e) {
        if (e instanceof Sum sum) {
            return sum(sum.terms().stream().map(this::simplify).toList());
        }
        if (e instanceof Product product) {
            return product(product.factors().stream().map(this::simplify).toList());
        }
        if (e instanceof Power power) {
            return power(simplify(power.base()), power.exponent());
        }
        if (e instanceof Call call) {
            return call(call.function(), simplify(call.argument()));
        }
        return e;
    }

    private static double coefficient(Expression e) {
        if (e instanceof Product product && product.factors().get(0) instanceof Constant constant) {
            return constant.value();
        }
        return 1;
    }

    private static Expression withoutCoefficient(Expression e) {
        if (e instanceof Product product && product.factors().get(0) instanceof Constant) {
            return Expression.product(product.factors().subList(1, product.factors().size()));
        }
        return e;
    }

    private static double constant(Expression e) {
        if (e instanceof Sum sum
                && sum.terms().get(sum.terms().size() - 1) instanceof Constant constant) {
            return constant.value();
        }
        return 0;
    }

    private static Expression withoutConstant(Expression e) {
        return constant(e) == 0
                ? e
                : Expression.sum(((Sum) e).terms().subList(0, ((Sum) e).terms().size() - 1));
    }

    /** Joins terms that differ by a number only. */
    private static Expression sum(List<Expression> terms) {
        Expression flat = Expression.sum(terms);
        if (!(flat instanceof Sum sum)) {
            return flat;
        }
        List<Expression> parts = new ArrayList<>();
        List<Double> factors = new ArrayList<>();
        double constant = 0;
        for (Expression term : sum.terms()) {
            if (term instanceof Constant number) {
                constant += number.value();
                continue;
            }
            Expression part = withoutCoefficient(term);
            int at = parts.indexOf(part);
            if (at < 0) {
                parts.add(part);
                factors.add(coefficient(term));
            } else {
                factors.set(at, factors.get(at) + coefficient(term));
            }
        }
        List<Expression> joined = new ArrayList<>();
        for (int i = 0; i < parts.size(); ++i) {
            joined.add(Expression.product(Expression.of(factors.get(i)), parts.get(i)));
        }
        joined.add(Expression.of(constant));
        return Expression.sum(joined);
    }

    /** Gives the number of a product with a single sum to the terms of the sum. */
    private static Expression product(List<Expression> factors) {
        Expression flat = Expression.product(factors);
        double factor = coefficient(flat);
        if (factor != 1 && withoutCoefficient(flat) instanceof Sum sum) {
            return scaled(factor, sum);
        }
        return flat;
    }

    private static Expression scaled(double factor, Sum sum) {
        List<Expression> terms = new ArrayList<>();
        for (Expression term : sum.terms()) {
            terms.add(product(List.of(Expression.of(factor), term)));
        }
        return Expression.sum(terms);
    }

    /** The number that can be drawn out in front: of a product, or of the first term of a sum. */
    private static double leading(Expression e) {
        if (e instanceof Sum sum) {
            // With several functions in a sum none is special.
            return sum.terms().size() == 2 && constant(e) != 0
                    ? coefficient(sum.terms().get(0))
                    : 1;
        }
        return coefficient(e);
    }

    private static Expression divided(Expression e, double factor) {
        if (e instanceof Sum sum) {
            Expression first = withoutCoefficient(sum.terms().get(0));
            return Expression.sum(first, Expression.of(constant(e) / factor));
        }
        return withoutCoefficient(e);
    }

    private static Expression power(Expression base, double exponent) {
        double factor = leading(base);
        boolean integer = exponent == Math.rint(exponent);
        if (factor != 1 && (integer || factor > 0)) {
            return Expression.product(
                    Expression.of(Math.pow(factor, exponent)),
                    Expression.power(divided(base, factor), exponent));
        }
        if (base instanceof Power inner && integer) {
            return Expression.power(inner.base(), inner.exponent() * exponent);
        }
        return Expression.power(base, exponent);
    }

    private static Expression call(Elementary function, Expression argument) {
        double constant = constant(argument);
        if (function.equals(Elementary.EXP) && constant != 0) {
            return Expression.product(
                    Expression.of(Math.exp(constant)),
                    Expression.call(function, withoutConstant(argument)));
        }
        double factor = leading(argument);
        if (function.equals(Elementary.LOG) && factor > 0 && factor != 1) {
            return Expression.sum(
                    Expression.call(function, divided(argument, factor)),
                    Expression.of(Math.log(factor)));
        }
        if (function.equals(Elementary.ABS) && factor != 1 && factor != 0) {
            return Expression.product(
                    Expression.of(Math.abs(factor)),
                    Expression.call(function, divided(argument, factor)));
        }
        if (function.equals(Elementary.SIN)) {
            return sine(argument);
        }
        if (function.equals(Elementary.COS)) {
            return cosine(argument);
        }
        if (isOdd(function) && leading(argument) < 0) {
            return Expression.product(
                    Expression.of(-1), Expression.call(function, negated(argument)));
        }
        return Expression.call(function, argument);
    }

    private static boolean isOdd(Elementary function) {
        return function.equals(Elementary.TAN)
                || function.equals(Elementary.TANH)
                || function.equals(Elementary.ASIN)
                || function.equals(Elementary.ATAN)
                || function.equals(Elementary.ATANH)
                || function.equals(Elementary.SIGN);
    }

    private static Expression negated(Expression e) {
        return product(List.of(Expression.of(-1), e));
    }

    private static Expression sine(Expression argument) {
        double sign = 1;
        Expression u = argument;
        if (leading(u) < 0) {
            u = negated(u);
            sign = -sign;
        }
        double halfTurns = Math.ceil(constant(u) / Math.PI - 0.5);
        if (halfTurns % 2 != 0) {
            sign = -sign;
        }
        return Expression.product(
                Expression.of(sign), Expression.call(Elementary.SIN, turned(u, halfTurns)));
    }

    private static Expression cosine(Expression argument) {
        Expression u = leading(argument) < 0 ? negated(argument) : argument;
        double halfTurns = Math.ceil(constant(u) / Math.PI - 0.5);
        return Expression.product(
                Expression.of(halfTurns % 2 == 0 ? 1 : -1),
                Expression.call(Elementary.COS, turned(u, halfTurns)));
    }

    private static Expression turned(Expression u, double halfTurns) {
        return halfTurns == 0 ? u : Expression.sum(u, Expression.of(-halfTurns * Math.PI));
    }
}
