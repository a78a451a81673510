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

import ai.djl.ndarray.NDArray;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.binaryops.gradient.Temporaries;

/**
 * The functions that learned curves are compared with, by name. Immutable.
 *
 * <p>{@link #standard} has those of pykan with its complexities. Outside its domain a function is
 * NaN, as in the formula that a reader would write down; a fit never chooses an argument that takes
 * a sample there.
 */
public final class SymbolicLibrary {

    private static final SymbolicLibrary STANDARD = new SymbolicLibrary(standardFunctions());

    private final Map<String, SymbolicFunction> functions;

    private SymbolicLibrary(Collection<SymbolicFunction> functions) {
        Map<String, SymbolicFunction> byName = new LinkedHashMap<>();
        for (SymbolicFunction function : functions) {
            byName.put(function.name(), function);
        }
        this.functions = Collections.unmodifiableMap(byName);
    }

    /**
     * Returns the whole standard library: 0, x, x^2 … x^5, 1/x … 1/x^5, sqrt, x^1.5, 1/sqrt(x),
     * exp, log, abs, sin, cos, tan, tanh, sgn, arcsin, arccos, arctan, arctanh and gaussian.
     *
     * @return the library
     */
    public static SymbolicLibrary standard() {
        return STANDARD;
    }

    /**
     * Returns a part of this library.
     *
     * @param names the names of the functions, in the order wanted
     * @return the library of these functions
     * @throws IllegalArgumentException if there is no function of a name
     */
    public SymbolicLibrary only(String... names) {
        List<SymbolicFunction> chosen = new ArrayList<>();
        for (String name : names) {
            chosen.add(get(name));
        }
        return new SymbolicLibrary(chosen);
    }

    /**
     * Returns this library and one more function, which replaces one of the same name.
     *
     * @param function the function
     * @return the library with it
     */
    public SymbolicLibrary with(SymbolicFunction function) {
        List<SymbolicFunction> all = new ArrayList<>(functions.values());
        all.removeIf(old -> old.name().equals(function.name()));
        all.add(function);
        return new SymbolicLibrary(all);
    }

    /**
     * Returns a function.
     *
     * @param name its name
     * @return the function
     * @throws IllegalArgumentException if there is none of this name
     */
    public SymbolicFunction get(String name) {
        SymbolicFunction function = functions.get(name);
        if (function == null) {
            throw new IllegalArgumentException(
                    String.format(
                            "There is no symbolic function \"%s\"; the library has %s.",
                            name, String.join(", ", functions.keySet())));
        }
        return function;
    }

    /**
     * Returns all functions.
     *
     * @return the functions in their order
     */
    public Collection<SymbolicFunction> functions() {
        return functions.values();
    }

    private static List<SymbolicFunction> standardFunctions() {
        List<SymbolicFunction> all = new ArrayList<>();
        all.add(new SymbolicFunction("0", 0, x -> 0, NDArray::zerosLike, e -> Expression.of(0)));
        all.add(new SymbolicFunction("x", 1, x -> x, x -> x.add(0), e -> e));
        double[] powerComplexity = {2, 3, 3, 3};
        for (int n = 2; n <= 5; ++n) {
            int exponent = n;
            all.add(power("x^" + n, n, powerComplexity[n - 2], x -> product(x, exponent)));
        }
        double[] inverseComplexity = {2, 2, 3, 4, 5};
        for (int n = 1; n <= 5; ++n) {
            int exponent = n;
            all.add(
                    power(
                            n == 1 ? "1/x" : "1/x^" + n,
                            -n,
                            inverseComplexity[n - 1],
                            x -> one(x).div(product(x, exponent))));
        }
        all.add(power("sqrt", 0.5, 2, NDArray::sqrt));
        all.add(power("x^1.5", 1.5, 4, x -> x.sqrt().mul(x)));
        all.add(power("1/sqrt(x)", -0.5, 2, x -> one(x).div(x.sqrt())));
        all.add(SymbolicFunction.of(Elementary.EXP, 2, NDArray::exp));
        all.add(SymbolicFunction.of(Elementary.LOG, 2, NDArray::log));
        all.add(SymbolicFunction.of(Elementary.ABS, 3, NDArray::abs));
        all.add(SymbolicFunction.of(Elementary.SIN, 2, NDArray::sin));
        all.add(SymbolicFunction.of(Elementary.COS, 2, NDArray::cos));
        all.add(SymbolicFunction.of(Elementary.TAN, 3, NDArray::tan));
        all.add(SymbolicFunction.of(Elementary.TANH, 3, NDArray::tanh));
        all.add(named("sgn", Elementary.SIGN, 3, NDArray::sign));
        all.add(named("arcsin", Elementary.ASIN, 4, NDArray::asin));
        all.add(named("arccos", Elementary.ACOS, 4, NDArray::acos));
        all.add(named("arctan", Elementary.ATAN, 4, NDArray::atan));
        all.add(named("arctanh", Elementary.ATANH, 4, NDArray::atanh));
        all.add(
                new SymbolicFunction(
                        "gaussian",
                        3,
                        x -> Math.exp(-x * x),
                        x -> x.mul(x).neg().exp(),
                        e ->
                                Expression.call(
                                        Elementary.EXP,
                                        Expression.product(
                                                Expression.of(-1), Expression.power(e, 2)))));
        return all;
    }

    private static SymbolicFunction named(
            String name, Elementary function, double complexity, UnaryOperator<NDArray> onArrays) {
        return new SymbolicFunction(
                name, complexity, function.operator(), onArrays, e -> Expression.call(function, e));
    }

    private static SymbolicFunction power(
            String name, double exponent, double complexity, UnaryOperator<NDArray> onArrays) {
        return new SymbolicFunction(
                name,
                complexity,
                x -> Math.pow(x, exponent),
                onArrays,
                e -> Expression.power(e, exponent));
    }

    private static NDArray one(NDArray like) {
        return Temporaries.constant(like, 1);
    }

    /** xⁿ, n positive; products, because a number as exponent is not safe under a gradient. */
    private static NDArray product(NDArray x, int n) {
        if (n == 1) {
            return x.add(0);
        }
        NDArray half = product(x, n / 2);
        NDArray square = half.mul(half);
        return n % 2 == 0 ? square : square.mul(x);
    }
}
