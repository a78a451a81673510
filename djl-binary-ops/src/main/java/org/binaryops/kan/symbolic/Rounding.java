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

import org.binaryops.kan.symbolic.Expression.Call;
import org.binaryops.kan.symbolic.Expression.Constant;
import org.binaryops.kan.symbolic.Expression.Power;
import org.binaryops.kan.symbolic.Expression.Product;
import org.binaryops.kan.symbolic.Expression.Sum;

/**
 * Rounds the numbers of a formula to a number of decimals, as pykan's ex_round: what rounds to 0
 * vanishes, a factor that rounds to 1 too. This changes the value of the formula.
 *
 * @param decimals the number of digits after the point, not negative
 */
public record Rounding(int decimals) implements Simplifier {

    /**
     * Creates a rounding.
     *
     * @param decimals the number of digits after the point
     * @throws IllegalArgumentException if the number is negative or above 15
     */
    public Rounding {
        if (decimals < 0 || decimals > 15) {
            throw new IllegalArgumentException(
                    "decimals must be from 0 to 15, but was " + decimals + ".");
        }
    }

    /** {@inheritDoc} */
    @Override
    public Expression simplify(Expression e) {
        if (e instanceof Constant constant) {
            double unit = Math.pow(10, decimals);
            double scaled = constant.value() * unit;
            // Without a fraction at this size already, or beyond what rint can hold.
            return Math.abs(scaled) > 1e15 || !Double.isFinite(scaled)
                    ? e
                    : Expression.of(Math.rint(scaled) / unit);
        }
        if (e instanceof Sum sum) {
            return Expression.sum(sum.terms().stream().map(this::simplify).toList());
        }
        if (e instanceof Product product) {
            return Expression.product(product.factors().stream().map(this::simplify).toList());
        }
        if (e instanceof Power power) {
            return Expression.power(simplify(power.base()), power.exponent());
        }
        if (e instanceof Call call) {
            return Expression.call(call.function(), simplify(call.argument()));
        }
        return e;
    }
}
