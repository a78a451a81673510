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
package org.binaryops.training.optimizer;

import java.util.function.DoubleFunction;

/**
 * A line search for the strong Wolfe conditions: enough decrease, f(t) ≤ f(0) + c₁ t f′(0), and a
 * flat enough end, |f′(t)| ≤ c₂ |f′(0)|.
 *
 * <p>Method: steps outwards until an interval must hold such a point, then narrows the interval by
 * cubic interpolation (Nocedal and Wright, Numerical Optimization, algorithms 3.5 and 3.6). A value
 * that is not finite counts as too high: the search comes back from a pole or from beyond the
 * domain of the function.
 */
final class StrongWolfe {

    private static final double DECREASE = 1e-4;
    private static final double FLATNESS = 0.9;

    private final DoubleFunction<Evaluation> line;
    private final Evaluation start;
    private final double leastWidth;
    private int evaluationsLeft;

    /**
     * Prepares a search.
     *
     * @param line evaluates f at a step
     * @param start f at step 0, with a negative slope
     * @param leastWidth the width of an interval that is not divided any more
     * @param evaluations how often f may be evaluated
     */
    StrongWolfe(
            DoubleFunction<Evaluation> line, Evaluation start, double leastWidth, int evaluations) {
        this.line = line;
        this.start = start;
        this.leastWidth = leastWidth;
        evaluationsLeft = evaluations;
    }

    /**
     * Searches.
     *
     * @param first the first step tried, positive
     * @return a point that satisfies the conditions or, when the evaluations are used up, the
     *     lowest point seen, which may be the start
     */
    Evaluation search(double first) {
        Evaluation previous = start;
        Evaluation current = evaluate(first);
        for (boolean moved = false; ; moved = true) {
            if (!decreasesEnough(current) || moved && current.value() >= previous.value()) {
                return narrow(previous, current);
            }
            if (isFlat(current)) {
                return current;
            }
            if (current.slope() >= 0) {
                return narrow(current, previous);
            }
            if (evaluationsLeft <= 0) {
                return current;
            }
            double least = current.step() + 0.01 * (current.step() - previous.step());
            double next = cubicMinimum(previous, current, least, 10 * current.step());
            previous = current;
            current = evaluate(next);
        }
    }

    /** Narrows an interval whose end {@code low} is the lowest admissible point so far. */
    private Evaluation narrow(Evaluation low, Evaluation high) {
        boolean stuck = false;
        while (evaluationsLeft > 0 && Math.abs(high.step() - low.step()) > leastWidth) {
            double left = Math.min(low.step(), high.step());
            double right = Math.max(low.step(), high.step());
            double t = cubicMinimum(low, high, left, right);
            double margin = 0.1 * (right - left);
            if (Math.min(right - t, t - left) < margin) {
                // Once near an end may be right, twice is no progress.
                if (stuck || t >= right || t <= left) {
                    t = right - t < t - left ? right - margin : left + margin;
                    stuck = false;
                } else {
                    stuck = true;
                }
            } else {
                stuck = false;
            }
            Evaluation middle = evaluate(t);
            if (!decreasesEnough(middle) || middle.value() >= low.value()) {
                high = middle;
                continue;
            }
            if (isFlat(middle)) {
                return middle;
            }
            if (middle.slope() * (high.step() - low.step()) >= 0) {
                high = low;
            }
            low = middle;
        }
        return low;
    }

    private boolean decreasesEnough(Evaluation at) {
        return at.isFinite() && at.value() <= start.value() + DECREASE * at.step() * start.slope();
    }

    private boolean isFlat(Evaluation at) {
        return Math.abs(at.slope()) <= -FLATNESS * start.slope();
    }

    private Evaluation evaluate(double step) {
        --evaluationsLeft;
        return line.apply(step);
    }

    /** The minimum of the cubic through two points with their slopes, within bounds. */
    private static double cubicMinimum(
            Evaluation one, Evaluation other, double least, double most) {
        double middle = (least + most) / 2;
        if (!one.isFinite() || !other.isFinite()) {
            return middle;
        }
        Evaluation left = one.step() <= other.step() ? one : other;
        Evaluation right = left == one ? other : one;
        double width = right.step() - left.step();
        double d1 = left.slope() + right.slope() - 3 * (right.value() - left.value()) / width;
        double square = d1 * d1 - left.slope() * right.slope();
        if (!(square >= 0)) {
            return middle;
        }
        double d2 = Math.sqrt(square);
        double minimum =
                right.step()
                        - width
                                * ((right.slope() + d2 - d1)
                                        / (right.slope() - left.slope() + 2 * d2));
        return Double.isNaN(minimum) ? middle : Math.min(Math.max(minimum, least), most);
    }
}
