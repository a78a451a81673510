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
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.UnaryOperator;
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
 * applied before and after, it knows identities between functions (sin² + cos² = 1) and the algebra
 * of polynomials and fractions.
 *
 * <p>Symja is an optional dependency of this library, {@code org.matheclipse:matheclipse-core},
 * under the LGPL 3; who uses this class adds it.
 *
 * <p>Of what Symja offers (the formula simplified, expanded, with its powers of sines and cosines
 * reduced, or as it is) the shortest is taken whose value agrees with that of the formula at random
 * points; a formula that Symja cannot treat comes back as {@link Canonical} leaves it. Symja's
 * search may take minutes on a large formula: it is ended after a limit, and what was found by then
 * counts.
 */
public final class SymjaSimplifier implements Simplifier {

    private static final int POINTS = 64;
    private static final double TOLERANCE = 1e-9;

    /** From the cheapest to the dearest. */
    private static final List<UnaryOperator<IExpr>> WISHES =
            List.of(
                    e -> e,
                    F::Expand,
                    F::TrigReduce,
                    e -> F.Expand(F.TrigReduce(F.Expand(e))),
                    F::Simplify,
                    F::FullSimplify);

    private final Canonical canonical = new Canonical();
    private final Duration limit;

    /** Creates a simplifier that takes ten seconds for a formula at most. */
    public SymjaSimplifier() {
        this(Duration.ofSeconds(10));
    }

    /**
     * Creates a simplifier.
     *
     * @param limit how long Symja may search for the forms of one formula, positive; its start, the
     *     first time in a JVM, comes on top
     * @throws IllegalArgumentException if the limit is not positive
     */
    public SymjaSimplifier(Duration limit) {
        if (limit.isZero() || limit.isNegative()) {
            throw new IllegalArgumentException("limit must be positive, but was " + limit + ".");
        }
        this.limit = limit;
    }

    /** {@inheritDoc} */
    @Override
    public Expression simplify(Expression e) {
        Expression best = canonical.simplify(e);
        try {
            // Symja loads its rules in the background.
            F.await();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            return best;
        }
        Translation translation = new Translation();
        IExpr original;
        try {
            original = translation.toSymja(best);
        } catch (UnsupportedOperationException unknownFunction) {
            return best;
        }
        for (IExpr form : forms(original)) {
            Expression candidate;
            try {
                candidate = canonical.simplify(translation.fromSymja(form));
            } catch (RuntimeException unsupported) {
                // What Symja found need not be a formula of ours.
                continue;
            }
            if (size(candidate) < size(best) && agree(e, candidate, translation.variables)) {
                best = candidate;
            }
        }
        return best;
    }

    /** What Symja makes of an expression within the limit. */
    private List<IExpr> forms(IExpr original) {
        List<IExpr> forms = new CopyOnWriteArrayList<>();
        ExprEvaluator evaluator = new ExprEvaluator(true, (short) 0);
        PrintStream nowhere =
                new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);
        evaluator.getEvalEngine().setErrorPrintStream(nowhere);
        evaluator.getEvalEngine().setOutPrintStream(nowhere);
        Thread search =
                new Thread(
                        () -> {
                            for (UnaryOperator<IExpr> wish : WISHES) {
                                try {
                                    forms.add(evaluator.eval(wish.apply(original)));
                                } catch (RuntimeException unsupported) {
                                    // Symja throws many kinds; none is the caller's fault.
                                }
                                if (Thread.currentThread().isInterrupted()) {
                                    return;
                                }
                            }
                        },
                        "symja");
        // A search that does not listen to its end must not keep the JVM alive.
        search.setDaemon(true);
        search.start();
        try {
            search.join(limit.toMillis() + 1);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
        if (search.isAlive()) {
            search.interrupt();
            evaluator.getEvalEngine().stopRequest();
        }
        return List.copyOf(forms);
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

        private static final Map<Elementary, UnaryOperator<IExpr>> FUNCTIONS =
                Map.ofEntries(
                        Map.entry(Elementary.LOG, e -> F.Log(e)),
                        Map.entry(Elementary.ABS, e -> F.Abs(e)),
                        Map.entry(Elementary.SIGN, e -> F.Sign(e)),
                        Map.entry(Elementary.SIN, e -> F.Sin(e)),
                        Map.entry(Elementary.COS, e -> F.Cos(e)),
                        Map.entry(Elementary.TAN, e -> F.Tan(e)),
                        Map.entry(Elementary.TANH, e -> F.Tanh(e)),
                        Map.entry(Elementary.ASIN, e -> F.ArcSin(e)),
                        Map.entry(Elementary.ACOS, e -> F.ArcCos(e)),
                        Map.entry(Elementary.ATAN, e -> F.ArcTan(e)),
                        Map.entry(Elementary.ATANH, e -> F.ArcTanh(e)));

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
                long exponent = (long) twice;
                return F.Power(
                        toSymja(power.base()),
                        exponent % 2 == 0 ? F.ZZ(exponent / 2) : F.QQ(exponent, 2));
            }
            Call call = (Call) e;
            if (call.function().equals(Elementary.EXP)) {
                return F.Exp(toSymja(call.argument()));
            }
            UnaryOperator<IExpr> function = FUNCTIONS.get(call.function());
            if (function == null) {
                throw new UnsupportedOperationException(call.function().name());
            }
            return function.apply(toSymja(call.argument()));
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
            for (Map.Entry<Elementary, UnaryOperator<IExpr>> entry : FUNCTIONS.entrySet()) {
                if (arguments.size() == 1 && entry.getValue().apply(F.C1).head().equals(e.head())) {
                    return Expression.call(entry.getKey(), arguments.get(0));
                }
            }
            throw new UnsupportedOperationException(e.toString());
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
