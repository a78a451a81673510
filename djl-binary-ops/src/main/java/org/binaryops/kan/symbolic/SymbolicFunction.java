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
import java.util.Objects;
import java.util.function.DoubleUnaryOperator;
import java.util.function.UnaryOperator;

/**
 * A function of one variable that an edge of a network can be fixed to: its values on numbers and
 * on arrays, its formula, and how complex a reader would find it.
 *
 * @param name the name in the library, such as {@code x^2}
 * @param complexity a penalty in the choice between functions, not negative; pykan's range from 0
 *     to 5
 * @param onNumbers f on a number, NaN outside the domain
 * @param onArrays f on an array, element by element, of which the gradient flows back; a new array
 *     on the manager of the argument
 * @param formula f of a formula
 */
public record SymbolicFunction(
        String name,
        double complexity,
        DoubleUnaryOperator onNumbers,
        UnaryOperator<NDArray> onArrays,
        UnaryOperator<Expression> formula) {

    /**
     * Creates a function.
     *
     * @param name the name in the library
     * @param complexity a penalty, not negative
     * @param onNumbers f on a number
     * @param onArrays f on an array
     * @param formula f of a formula
     * @throws IllegalArgumentException if the name is empty or the complexity negative
     */
    public SymbolicFunction {
        Objects.requireNonNull(onNumbers, "onNumbers");
        Objects.requireNonNull(onArrays, "onArrays");
        Objects.requireNonNull(formula, "formula");
        if (name.isBlank()) {
            throw new IllegalArgumentException("A symbolic function needs a name.");
        }
        if (!(complexity >= 0)) {
            throw new IllegalArgumentException(
                    String.format(
                            "The complexity of \"%s\" must not be negative, but was %s.",
                            name, complexity));
        }
    }

    /**
     * Creates a function that formulas call by its name.
     *
     * @param function the name and the function on numbers
     * @param complexity a penalty, not negative
     * @param onArrays the function on arrays
     * @return a new function
     */
    public static SymbolicFunction of(
            Elementary function, double complexity, UnaryOperator<NDArray> onArrays) {
        return new SymbolicFunction(
                function.name(),
                complexity,
                function.operator(),
                onArrays,
                e -> Expression.call(function, e));
    }

    /**
     * Evaluates the function.
     *
     * @param x the argument
     * @return f(x)
     */
    public double at(double x) {
        return onNumbers.applyAsDouble(x);
    }
}
