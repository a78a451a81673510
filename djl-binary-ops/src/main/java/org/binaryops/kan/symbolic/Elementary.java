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

import java.util.Objects;
import java.util.function.DoubleUnaryOperator;

/**
 * A named function of one variable that formulas can call.
 *
 * @param name the name in plain text, such as {@code sin}
 * @param latex the name in LaTeX, such as {@code \sin}
 * @param operator the function
 */
public record Elementary(String name, String latex, DoubleUnaryOperator operator) {

    /** eˣ. */
    public static final Elementary EXP = new Elementary("exp", "\\exp", Math::exp);

    /** The natural logarithm. */
    public static final Elementary LOG = new Elementary("log", "\\log", Math::log);

    /** The magnitude. */
    public static final Elementary ABS = new Elementary("abs", "\\mathrm{abs}", Math::abs);

    /** The sign, 0 at 0. */
    public static final Elementary SIGN =
            new Elementary("sign", "\\operatorname{sgn}", Math::signum);

    /** The sine. */
    public static final Elementary SIN = new Elementary("sin", "\\sin", Math::sin);

    /** The cosine. */
    public static final Elementary COS = new Elementary("cos", "\\cos", Math::cos);

    /** The tangent. */
    public static final Elementary TAN = new Elementary("tan", "\\tan", Math::tan);

    /** The hyperbolic tangent. */
    public static final Elementary TANH = new Elementary("tanh", "\\tanh", Math::tanh);

    /** The inverse sine. */
    public static final Elementary ASIN = new Elementary("asin", "\\arcsin", Math::asin);

    /** The inverse cosine. */
    public static final Elementary ACOS = new Elementary("acos", "\\arccos", Math::acos);

    /** The inverse tangent. */
    public static final Elementary ATAN = new Elementary("atan", "\\arctan", Math::atan);

    /** The inverse hyperbolic tangent. */
    public static final Elementary ATANH =
            new Elementary(
                    "atanh", "\\operatorname{artanh}", x -> 0.5 * (Math.log1p(x) - Math.log1p(-x)));

    /**
     * Creates a function.
     *
     * @param name the name in plain text
     * @param latex the name in LaTeX
     * @param operator the function
     */
    public Elementary {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(latex, "latex");
        Objects.requireNonNull(operator, "operator");
    }
}
