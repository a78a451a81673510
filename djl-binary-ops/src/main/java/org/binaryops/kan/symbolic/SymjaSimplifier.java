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

import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.TreeMap;
import org.binaryops.kan.symbolic.Expression.Call;
import org.binaryops.kan.symbolic.Expression.Constant;
import org.binaryops.kan.symbolic.Expression.Power;
import org.binaryops.kan.symbolic.Expression.Product;
import org.binaryops.kan.symbolic.Expression.Sum;
import org.binaryops.kan.symbolic.Expression.Variable;
import org.matheclipse.core.eval.ExprEvaluator;
import org.matheclipse.core.expression.F;
import org.matheclipse.core.interfaces.IExpr;

/**
 * Simplifies formulas with Symja, a computer algebra system: besides {@link Canonical}, which is
 * applied before and after, it knows identities between functions and the algebra of polynomials
 * and fractions.
 *
 * <p>Symja is an optional dependency of this library, {@code org.matheclipse:matheclipse-core},
 * under the LGPL 3; who uses this class adds it.
 *
 * <p>Of what Symja offers (the formula simplified, expanded, or as it is) the shortest is taken
 * whose value agrees with that of the formula at random points; a formula that Symja cannot treat
 * comes back as {@link Canonical} leaves it.
 */
public final class SymjaSimplifier implements Simplifier {

    private static final int POINTS = 64;
    private static final double TOLERANCE = 1e-9;

    private final Canonical canonical = new Canonical();

    /** Creates the simplifier. */
    public SymjaSimplifier() {}

    /** {@inheritDoc} */
    @Override
    public Expression simplify(Expression e) {
        Expression best = canonical.simplify(e);
        Translation translation = new Translation();
        ExprEvaluator evaluator = new ExprEvaluator(true, (short) 0);
        PrintStream nowhere =
                new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);
        evaluator.getEvalEngine().setErrorPrintStream(nowhere);
        evaluator.getEvalEngine().setOutPrintStream(nowhere);
        IExpr original = translation.toSymja(best);
        for (IExpr wish : List.of(F.Simplify(original), F.Expand(original), original)) {
            Expression candidate;
            try {
                candidate = canonical.simplify(translation.fromSymja(evaluator.eval(wish)));
            } catch (RuntimeException unsupported) {
                // Symja throws many kinds of exceptions; none is the caller's fault.
                continue;
            }
            if (size(candidate) < size(best) && agree(e, candidate, translation.variables)) {
                best = candidate;
            }
        }
        return best;
    }

    private static int size(Expression e) {
        if (e instanceof Sum sum) {
            return 1 + sum.terms().stream().mapToInt(SymjaSimplifier::size).sum();
        }
        if (e instanceof Product product) {
            return 1 + product.factors().stream().mapToInt(SymjaSimplifier::size).sum();
        }
        if (e instanceof Power power) {
            return 2 + size(power.base());
        }
        return e instanceof Call call ? 1 + size(call.argument()) : 1;
    }

    /** Whether two formulas have the same domain and values at random points. */
    private static boolean agree(
            Expression one, Expression other, TreeMap<Integer, String> variables) {
        Random random = new Random(7);
        int count = variables.isEmpty() ? 0 : variables.lastKey() + 1;
        int seen = 0;
        for (int p = 0; p < POINTS; ++p) {
            double[] x = new double[count];
            // Near 0 and farther out.
            double range = p % 2 == 0 ? 1 : 5;
            for (int i = 0; i < count; ++i) {
                x[i] = range * (2 * random.nextDouble() - 1);
            }
            double a = one.value(x);
            double b = other.value(x);
            if (Double.isFinite(a)) {
                ++seen;
                if (!(Math.abs(a - b) <= TOLERANCE * Math.max(1, Math.abs(a)))) {
                    return false;
                }
            }
        }
        return seen > 0;
    }

    /** Between formulas of this package and Symja's trees. */
    private static final class Translation {

        private static final List<Elementary> FUNCTIONS =
                List.of(
                        Elementary.LOG,
                        Elementary.ABS,
                        Elementary.SIGN,
                        Elementary.SIN,
                        Elementary.COS,
                        Elementary.TAN,
                        Elementary.TANH,
                        Elementary.ASIN,
                        Elementary.ACOS,
                        Elementary.ATAN,
                        Elementary.ATANH);
        private static final List<String> NAMES =
                List.of(
                        "Log", "Abs", "Sign", "Sin", "Cos", "Tan", "Tanh", "ArcSin", "ArcCos",
                        "ArcTan", "ArcTanh");

        private final TreeMap<Integer, String> variables = new TreeMap<>();

        IExpr toSymja(Expression e) {
            if (e instanceof Constant constant) {
                double value = constant.value();
                // A whole number may be exact, which opens more rules.
                return value == Math.rint(value) && Math.abs(value) < 1 << 20
                        ? F.ZZ((long) value)
                        : F.num(value);
            }
            if (e instanceof Variable variable) {
                variables.put(variable.index(), variable.name());
                return F.Dummy("kanvariable" + variable.index());
            }
            if (e instanceof Sum sum) {
                return F.Plus(sum.terms().stream().map(this::toSymja).toArray(IExpr[]::new));
            }
            if (e instanceof Product product) {
                return F.Times(product.factors().stream().map(this::toSymja).toArray(IExpr[]::new));
            }
            if (e instanceof Power power) {
                double twice = 2 * power.exponent();
                if (twice != Math.rint(twice)) {
                    throw new UnsupportedOperationException("exponent " + power.exponent());
                }
                return F.Power(toSymja(power.base()), F.QQ((long) twice, 2));
            }
            Call call = (Call) e;
            if (call.function().equals(Elementary.EXP)) {
                return F.Exp(toSymja(call.argument()));
            }
            int at = FUNCTIONS.indexOf(call.function());
            if (at < 0) {
                throw new UnsupportedOperationException(call.function().name());
            }
            return F.unaryAST1(F.symbol(NAMES.get(at)), toSymja(call.argument()));
        }

        Expression fromSymja(IExpr e) {
            if (e.isReal()) {
                return Expression.of(e.evalf());
            }
            if (e.isSymbol()) {
                String name = e.toString().toLowerCase(Locale.ROOT);
                if (name.startsWith("kanvariable")) {
                    int index = Integer.parseInt(name.substring("kanvariable".length()));
                    return Expression.variable(index, variables.get(index));
                }
                return Expression.of(e.evalf());
            }
            List<Expression> arguments = new ArrayList<>();
            if (e.isPower()) {
                return power(e.first(), e.second());
            }
            for (int i = 1; i < e.size(); ++i) {
                arguments.add(fromSymja(e.getAt(i)));
            }
            if (e.isPlus()) {
                return Expression.sum(arguments);
            }
            if (e.isTimes()) {
                return Expression.product(arguments);
            }
            int at = NAMES.indexOf(e.head().toString());
            if (at < 0 || arguments.size() != 1) {
                throw new UnsupportedOperationException(e.toString());
            }
            return Expression.call(FUNCTIONS.get(at), arguments.get(0));
        }

        private Expression power(IExpr base, IExpr exponent) {
            if (exponent.isReal()) {
                return Expression.power(fromSymja(base), exponent.evalf());
            }
            if (base.isE()) {
                return Expression.call(Elementary.EXP, fromSymja(exponent));
            }
            if (base.isReal() && base.evalf() > 0) {
                Expression factor = Expression.of(Math.log(base.evalf()));
                return Expression.call(
                        Elementary.EXP, Expression.product(factor, fromSymja(exponent)));
            }
            throw new UnsupportedOperationException(base + "^" + exponent);
        }
    }
}
