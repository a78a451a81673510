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

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ExpressionTest {

    private static final Expression X = Expression.variable(0, "x1");
    private static final Expression Y = Expression.variable(1, "petal width");

    private static Expression of(double value) {
        return Expression.of(value);
    }

    @Test
    void plainTextHasTheBracketsItNeeds() {
        Expression sum = Expression.sum(X, of(-2));
        assertEquals("x1 - 2", sum.toText());
        assertEquals("3*(x1 - 2)", Expression.product(of(3), sum).toText());
        assertEquals("(x1 - 2)^2", Expression.power(sum, 2).toText());
        assertEquals("-(x1 - 2)^2", Expression.product(of(-1), Expression.power(sum, 2)).toText());
        assertEquals("1/(x1 - 2)", Expression.power(sum, -1).toText());
        assertEquals(
                "5*x1/(x1 - 2)^3",
                Expression.product(List.of(of(5), X, Expression.power(sum, -3))).toText());
        assertEquals("sqrt(x1)", Expression.power(X, .5).toText());
        assertEquals("1/sqrt(x1)", Expression.power(X, -.5).toText());
        assertEquals("(1/x1)^2", new Expression.Power(Expression.power(X, -1), 2).toText());
        assertEquals("(-2*x1)^2", new Expression.Power(Expression.product(of(-2), X), 2).toText());
        assertEquals(
                "exp(-x1)",
                Expression.call(Elementary.EXP, Expression.product(of(-1), X)).toText());
        assertEquals("1.5e-7*x1 + 1e12", Expression.affine(1.5e-7, X, 1e12).toText());
        assertEquals("0.3333*x1", Expression.affine(1 / 3., X, 0).toText(4));
    }

    @Test
    void latexIsLatex() {
        assertEquals("x_{1}^{2}", Expression.power(X, 2).toLatex());
        assertEquals(
                "\\frac{3}{x_{1}}", Expression.product(of(3), Expression.power(X, -1)).toLatex());
        assertEquals(
                "e^{\\sin\\left(3.142 \\, x_{1}\\right)}",
                Expression.call(
                                Elementary.EXP,
                                Expression.call(Elementary.SIN, Expression.affine(Math.PI, X, 0)))
                        .toLatex(4));
        assertEquals("\\sqrt{x_{1}}", Expression.power(X, .5).toLatex());
        assertEquals("\\left|x_{1}\\right|", Expression.call(Elementary.ABS, X).toLatex());
        assertEquals("2 \\, \\mathrm{petal\\ width}", Expression.product(of(2), Y).toLatex());
        assertEquals("1.5 \\cdot 10^{-7}", of(1.5e-7).toLatex());
    }

    @Test
    void arithmeticIsDoneOnTheWay() {
        assertEquals(of(0), Expression.product(of(0), X));
        assertEquals(X, Expression.affine(1, X, 0));
        assertEquals(of(7), Expression.sum(of(3), of(4)));
        assertEquals(of(9), Expression.power(of(3), 2));
        assertEquals("x1 + 3", Expression.sum(Expression.sum(X, of(1)), of(2)).toText());
    }

    /** Each rule of the canonical form, and that the value stays. */
    @Test
    void numbersMoveToWhereTheySayMost() {
        Expression u = Expression.affine(2, X, 3);
        assertCanonical("4*(x1 + 1.5)^2", Expression.power(u, 2));
        assertCanonical("1.41421*sqrt(x1 + 1.5)", Expression.power(u, .5));
        assertCanonical("20.0855*exp(2*x1)", Expression.call(Elementary.EXP, u));
        assertCanonical("log(x1 + 1.5) + 0.693147", Expression.call(Elementary.LOG, u));
        assertCanonical("2*abs(x1 + 1.5)", Expression.call(Elementary.ABS, u));
        assertCanonical("-sin(2*x1 - 0.141593)", Expression.call(Elementary.SIN, u));
        assertCanonical("-cos(2*x1 - 0.141593)", Expression.call(Elementary.COS, u));
        assertCanonical(
                "-sin(2*x1 - 1)", Expression.call(Elementary.SIN, Expression.affine(-2, X, 1)));
        assertCanonical(
                "-tanh(2*x1 - 1)", Expression.call(Elementary.TANH, Expression.affine(-2, X, 1)));
        assertCanonical("6*x1 + 9", Expression.product(of(3), u));
        assertCanonical("3*x1 + 3", Expression.sum(u, X));
    }

    private static void assertCanonical(String expected, Expression e) {
        Expression canonical = new Canonical().simplify(e);
        assertEquals(expected, canonical.toText(6));
        assertSameValue(e, canonical);
    }

    private static void assertSameValue(Expression e, Expression other) {
        Random random = new Random(1);
        for (int p = 0; p < 20; ++p) {
            double[] at = {4 * random.nextDouble() - 1.4, random.nextDouble()};
            double value = e.value(at);
            assertEquals(value, other.value(at), 1e-12 * Math.max(1, Math.abs(value)));
        }
    }

    @Test
    void roundingDropsWhatSaysNothing() {
        Expression e =
                Expression.affine(
                        1.00001, Expression.power(Expression.affine(1, X, 2e-6), 2), -1e-7);
        assertEquals("x1^2", new Rounding(4).simplify(e).toText());
        assertThrows(IllegalArgumentException.class, () -> new Rounding(-1));
    }

    @Test
    void symjaKnowsAlgebra() {
        Expression sum = Expression.sum(X, Y);
        Expression difference = Expression.sum(X, Expression.product(of(-1), Y));
        // A product as a KAN without multiplication nodes makes it.
        Expression e =
                Expression.sum(
                        Expression.affine(.25, Expression.power(sum, 2), 0),
                        Expression.affine(-.25, Expression.power(difference, 2), 0));
        Expression simple = new SymjaSimplifier().simplify(e);
        assertEquals("x1*petal width", sorted(simple));
        assertSameValue(e, simple);
        // What it does not know it leaves alone.
        Elementary bessel = new Elementary("bessel", "J_0", v -> v);
        Expression unknown = Expression.call(bessel, Expression.affine(2, X, 0));
        assertEquals("bessel(2*x1)", new SymjaSimplifier().simplify(unknown).toText());
    }

    @Test
    void symjaKnowsIdentitiesBetweenFunctions() {
        // sin²(1.5 x₁ + 0.3) + cos²(1.5 x₁ + 0.3) = 1, beside something else.
        Expression inner = Expression.affine(1.5, X, .3);
        Expression one =
                Expression.sum(
                        Expression.power(Expression.call(Elementary.SIN, inner), 2),
                        Expression.power(Expression.call(Elementary.COS, inner), 2));
        assertEquals("1", new SymjaSimplifier().simplify(one).toText());
        Expression more = Expression.sum(one, Expression.call(Elementary.EXP, Y));
        Expression simple = new SymjaSimplifier().simplify(more);
        assertFalse(simple.toText().contains("sin"), simple.toText());
        assertSameValue(more, simple);
        // Without any time it is the canonical form; the limit keeps what was found by then.
        assertThrows(IllegalArgumentException.class, () -> new SymjaSimplifier(Duration.ZERO));
    }

    /** A search that would take long comes back in time, with a formula of the same value. */
    @Test
    void symjaEndsAtTheLimit() {
        List<Expression> terms = new ArrayList<>();
        for (int i = 1; i <= 12; ++i) {
            Expression sine = Expression.call(Elementary.SIN, Expression.affine(i, X, .1 * i));
            Expression cosine = Expression.call(Elementary.COS, Expression.affine(.7 * i, Y, 1));
            terms.add(Expression.power(Expression.sum(sine, cosine), 3));
        }
        Expression large = Expression.sum(terms);
        new SymjaSimplifier().simplify(X); // loads Symja
        long start = System.nanoTime();
        Expression simple = new SymjaSimplifier(Duration.ofMillis(300)).simplify(large);
        double seconds = (System.nanoTime() - start) / 1e9;
        assertTrue(seconds < 20, seconds + " s");
        assertSameValue(large, simple);
    }

    private static String sorted(Expression product) {
        String text = product.toText();
        return text.equals("petal width*x1") ? "x1*petal width" : text;
    }

    @Test
    void eachFunctionIsTheSameOnNumbersAndInFormulas() {
        for (SymbolicFunction f : SymbolicLibrary.standard().functions()) {
            for (double x : new double[] {.1, .5, .9}) {
                Expression e = f.formula().apply(X);
                assertEquals(f.at(x), e.value(x, 0), 1e-14, f.name());
                assertTrue(Double.isFinite(f.at(x)), f.name());
            }
        }
        assertEquals(27, SymbolicLibrary.standard().functions().size());
    }
}
