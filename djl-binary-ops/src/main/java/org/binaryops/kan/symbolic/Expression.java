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

/**
 * A formula: an immutable tree of numbers, variables, sums, products, powers and named functions.
 *
 * <p>The static methods build trees with the obvious arithmetic done: numbers next to each other
 * are joined, 0 and 1 vanish where they do nothing, sums in sums and products in products are
 * merged. They change a value by rounding only.
 */
public sealed interface Expression {

    /**
     * Evaluates the formula.
     *
     * @param variables the values of the variables, by their index
     * @return the value, NaN outside the domain
     */
    double value(double... variables);

    /**
     * Prints the formula as people type it, such as {@code exp(x2^2 + sin(3.1416*x1))}, with every
     * number in full precision.
     *
     * @return the plain text; its value is that of the formula, to the last bit of each number
     */
    default String toText() {
        return new PlainText(NumberFormat.exact()).print(this);
    }

    /**
     * Prints the formula as people type it, for reading.
     *
     * @param digits the number of significant digits, positive
     * @return the plain text
     */
    default String toText(int digits) {
        return new PlainText(NumberFormat.significant(digits)).print(this);
    }

    /**
     * Prints the formula as LaTeX, with every number in full precision.
     *
     * @return the source, without dollar signs
     */
    default String toLatex() {
        return new Latex(NumberFormat.exact()).print(this);
    }

    /**
     * Prints the formula as LaTeX, for reading.
     *
     * @param digits the number of significant digits, positive
     * @return the source, without dollar signs
     */
    default String toLatex(int digits) {
        return new Latex(NumberFormat.significant(digits)).print(this);
    }

    /**
     * A number.
     *
     * @param value the number
     */
    record Constant(double value) implements Expression {

        /** {@inheritDoc} */
        @Override
        public double value(double... variables) {
            return value;
        }

        /** {@inheritDoc} */
        @Override
        public String toString() {
            return toText();
        }
    }

    /**
     * A variable.
     *
     * @param index its place among the arguments
     * @param name its name in print
     */
    record Variable(int index, String name) implements Expression {

        /** {@inheritDoc} */
        @Override
        public double value(double... variables) {
            return variables[index];
        }

        /** {@inheritDoc} */
        @Override
        public String toString() {
            return toText();
        }
    }

    /**
     * A sum.
     *
     * @param terms what is added, two or more
     */
    record Sum(List<Expression> terms) implements Expression {

        /**
         * Creates a sum.
         *
         * @param terms what is added
         */
        public Sum {
            terms = List.copyOf(terms);
        }

        /** {@inheritDoc} */
        @Override
        public double value(double... variables) {
            double sum = 0;
            for (Expression term : terms) {
                sum += term.value(variables);
            }
            return sum;
        }

        /** {@inheritDoc} */
        @Override
        public String toString() {
            return toText();
        }
    }

    /**
     * A product.
     *
     * @param factors what is multiplied, two or more
     */
    record Product(List<Expression> factors) implements Expression {

        /**
         * Creates a product.
         *
         * @param factors what is multiplied
         */
        public Product {
            factors = List.copyOf(factors);
        }

        /** {@inheritDoc} */
        @Override
        public double value(double... variables) {
            double product = 1;
            for (Expression factor : factors) {
                product *= factor.value(variables);
            }
            return product;
        }

        /** {@inheritDoc} */
        @Override
        public String toString() {
            return toText();
        }
    }

    /**
     * A power with a fixed exponent.
     *
     * @param base the base
     * @param exponent the exponent
     */
    record Power(Expression base, double exponent) implements Expression {

        /** {@inheritDoc} */
        @Override
        public double value(double... variables) {
            return Math.pow(base.value(variables), exponent);
        }

        /** {@inheritDoc} */
        @Override
        public String toString() {
            return toText();
        }
    }

    /**
     * The value of a named function.
     *
     * @param function the function
     * @param argument its argument
     */
    record Call(Elementary function, Expression argument) implements Expression {

        /** {@inheritDoc} */
        @Override
        public double value(double... variables) {
            return function.operator().applyAsDouble(argument.value(variables));
        }

        /** {@inheritDoc} */
        @Override
        public String toString() {
            return toText();
        }
    }

    /**
     * Makes a number.
     *
     * @param value the number
     * @return the constant
     */
    static Expression of(double value) {
        return new Constant(value);
    }

    /**
     * Makes a variable.
     *
     * @param index its place among the arguments, from 0
     * @param name its name in print
     * @return the variable
     */
    static Expression variable(int index, String name) {
        return new Variable(index, name);
    }

    /**
     * Adds.
     *
     * @param terms what is added
     * @return the sum
     */
    static Expression sum(List<Expression> terms) {
        List<Expression> kept = new ArrayList<>();
        double constant = 0;
        for (Expression term : terms) {
            for (Expression part : term instanceof Sum sum ? sum.terms() : List.of(term)) {
                if (part instanceof Constant number) {
                    constant += number.value();
                } else {
                    kept.add(part);
                }
            }
        }
        if (constant != 0 || kept.isEmpty()) {
            kept.add(of(constant));
        }
        return kept.size() == 1 ? kept.get(0) : new Sum(kept);
    }

    /**
     * Adds.
     *
     * @param one the first term
     * @param other the second term
     * @return the sum
     */
    static Expression sum(Expression one, Expression other) {
        return sum(List.of(one, other));
    }

    /**
     * Multiplies.
     *
     * @param factors what is multiplied
     * @return the product
     */
    static Expression product(List<Expression> factors) {
        List<Expression> kept = new ArrayList<>();
        double constant = 1;
        for (Expression factor : factors) {
            for (Expression part :
                    factor instanceof Product product ? product.factors() : List.of(factor)) {
                if (part instanceof Constant number) {
                    constant *= number.value();
                } else {
                    kept.add(part);
                }
            }
        }
        if (constant == 0 || kept.isEmpty()) {
            return of(constant);
        }
        if (constant != 1) {
            kept.add(0, of(constant));
        }
        return kept.size() == 1 ? kept.get(0) : new Product(kept);
    }

    /**
     * Multiplies.
     *
     * @param one the first factor
     * @param other the second factor
     * @return the product
     */
    static Expression product(Expression one, Expression other) {
        return product(List.of(one, other));
    }

    /**
     * Raises to a power.
     *
     * @param base the base
     * @param exponent the exponent
     * @return the power
     */
    static Expression power(Expression base, double exponent) {
        if (exponent == 1) {
            return base;
        }
        if (exponent == 0) {
            return of(1);
        }
        return base instanceof Constant number
                ? of(Math.pow(number.value(), exponent))
                : new Power(base, exponent);
    }

    /**
     * Applies a function.
     *
     * @param function the function
     * @param argument its argument
     * @return the value
     */
    static Expression call(Elementary function, Expression argument) {
        return argument instanceof Constant number
                ? of(function.operator().applyAsDouble(number.value()))
                : new Call(function, argument);
    }

    /**
     * Makes scale · e + shift.
     *
     * @param scale the factor
     * @param e the formula
     * @param shift the term
     * @return the formula
     */
    static Expression affine(double scale, Expression e, double shift) {
        return sum(product(of(scale), e), of(shift));
    }
}
